"""The source files of a plug-in: the one that defines it, and those next to it that it imports, at any depth.

Those of its own package count, and for a module outside of any package those in its folder. Other packages are known by
their versions. The files are read; nothing is imported. A package's ``__init__.py`` counts where a name is imported
from it, not where a module inside is.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.system.files import file_sha256, sha256_text

OF_THIS_PROJECT = ("benchmark", "evaluators", "reference_models")  # each record has a digest of these
INSTALLED = ("site-packages", "dist-packages")  # folders in which modules side by side have nothing in common


def source_sha256(file: Path, module: str) -> str:
    """The hexadecimal sha256 of a plug-in's file, or of the names and contents of several.

    Args:
        file: that defines the plug-in.
        module: that the file is imported as.
    """
    files = source_files(file, module)
    if len(files) == 1:
        return file_sha256(file)
    return sha256_text(json.dumps([[name, file_sha256(files[name])] for name in sorted(files)]))


def source_files(file: Path, module: str) -> dict[str, Path]:
    """The files of a plug-in by the names of their modules; arguments as for :func:`source_sha256`."""
    neighbours, found, waiting = _neighbours(file, module), {module: file}, [module]
    while waiting:
        name = waiting.pop()
        for imported, path in neighbours.imported_by(name, found[name]):
            if imported not in found:
                found[imported] = path
                waiting.append(imported)
    return found


@dataclass(frozen=True)
class _Neighbours:
    """The modules that count as one with a plug-in's."""

    folder: Path  # in which Python finds them
    package: str  # to which all of them belong; empty for a module outside of any

    def imported_by(self, name: str, path: Path) -> Iterator[tuple[str, Path]]:
        """The modules that a module imports, with their files; none for one that is no Python source."""
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_bytes())) if path.suffix == ".py" else ():
            for names in _imported(node, package):
                there = [(each, file) for each in names if (file := self._file(each))]
                yield from there[:1]

    def _file(self, name: str) -> Path | None:
        """The file of a module; None of one that is not there, or does not count."""
        first = name.partition(".")[0]
        belongs = first == self.package if self.package else self.folder.name not in INSTALLED
        if not belongs or first in OF_THIS_PROJECT:
            return None
        *folders, last = name.split(".")
        inside = self.folder.joinpath(*folders)
        return next((file for file in (inside / f"{last}.py", inside / last / "__init__.py") if file.is_file()), None)


def _neighbours(file: Path, module: str) -> _Neighbours:
    is_package = file.name == "__init__.py"
    levels = module.count(".") + is_package
    return _Neighbours(file.parents[levels], module.partition(".")[0] if levels else "")


def _imported(node: ast.AST, package: str) -> Iterator[tuple[str, ...]]:
    """Names of modules that an import statement may mean, each with its nearest first: ``a.b`` before ``a``."""
    if isinstance(node, ast.Import):
        yield from ((alias.name,) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: 1 - node.level or None] if node.level else []
        start = ".".join([*above, *([node.module] if node.module else [])])
        yield from ((f"{start}.{alias.name}", start) for alias in node.names)
