"""Links from each score to the line that computes it, found in the evaluators' source without importing them."""

from __future__ import annotations

import ast
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from evaluators import EVALUATORS

SHARE_OF_OUTCOMES = "return share(self.seen())"  # what each image counts for is decided in ``outcomes``


def score_links(folder: Path) -> str:
    """Markdown: a link for each bundled evaluator, one a line.

    Args:
        folder: of the document that has the links.
    """
    found = {name: compute_of(*place.split(":")) for name, place in EVALUATORS.data.items() if isinstance(place, str)}
    links = [f"[`{name}`]({_relative(path, folder)}#L{line})" for name, (path, line) in found.items()]
    return ",\n".join(links) + ".\n"


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder.resolve())).as_posix()


def compute_of(module: str, name: str) -> tuple[Path, int]:
    """File and line of a class's ``compute``, or of its ``outcomes`` where ``compute`` takes their share alone.

    Args:
        module: full name of the class's module.
        name: of the class.
    """
    path, node = _method(module, name, "compute")
    if [ast.unparse(line) for line in node.body] == [SHARE_OF_OUTCOMES]:
        path, node = _method(module, name, "outcomes")
    return path, min(one.lineno for one in (node, *node.decorator_list))


def _method(module: str, name: str, method: str) -> tuple[Path, ast.FunctionDef]:
    """A method of a class with its file: the class's own, or that of the first base class that has one."""
    path, tree = _source(module)
    known = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    for node in known.body:
        if isinstance(node, ast.FunctionDef) and node.name == method:
            return path, node
    base = next(base.id for base in known.bases if isinstance(base, ast.Name))
    return _method(_module_of(tree, base) or module, base, method)


@cache
def _source(module: str) -> tuple[Path, ast.Module]:
    path = Path(find_spec(module).origin)
    return path, ast.parse(path.read_text(encoding="utf-8"))


def _module_of(tree: ast.Module, name: str) -> str | None:
    """The module that a name is imported from; None for one that is defined in the file itself."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return next((node.module for node in imports if name in {one.name for one in node.names}), None)
