"""The folders that this Python imports the libraries of reading from, for processes that start without them.

Those processes know neither the user's own packages nor ``PYTHONPATH``. They get the folders that hold these libraries,
and no other folder.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

DIRECT = ("numpy", "PIL", "torch", "safetensors", "onnx", "onnxruntime", "pydantic")  # by the names that are imported
OF_THESE = (
    "annotated_types", "coloredlogs", "filelock", "flatbuffers", "fsspec", "google.protobuf", "jinja2", "markupsafe",
    "ml_dtypes", "mpmath", "networkx", "packaging", "pydantic_core", "sympy", "typing_extensions", "typing_inspection",
)  # fmt: skip
SITE = ("site-packages", "dist-packages")


def library_folders() -> list[str]:
    """Folders with these libraries, in the order in which this Python looks into them."""
    return list(_library_folders(tuple(sys.path)))


@cache
def _library_folders(places: Sequence[str]) -> tuple[str, ...]:
    found = {folder for name in (*DIRECT, *OF_THESE) for folder in _folders_of(name)}
    return tuple(dict.fromkeys(path for path in map(os.path.abspath, filter(None, places)) if path in found))


def _folders_of(name: str) -> Iterator[str]:
    """The folder in which the top of a package lies; none where it is missing or has no single place."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # its parent is missing, or it was put there by hand
        return
    if spec is not None and spec.origin is not None:
        levels = name.count(".") + (2 if spec.submodule_search_locations else 1)
        yield str(Path(os.path.abspath(spec.origin)).parents[levels - 1])


def add_folders(folders: Sequence[str]) -> None:
    """Have Python import from these as well: after its own library, before other packages."""
    new = [folder for folder in folders if folder not in sys.path]
    place = next((index for index, path in enumerate(sys.path) if path.endswith(SITE)), len(sys.path))
    sys.path[place:place] = new


def code_of(folders: Sequence[str], packages: Sequence[str], then: str) -> str:
    """A program for ``python -I -c``, which imports from folders and packages.

    Args:
        folders: that hold this program; before everything else.
        packages: of :func:`library_folders`.
        then: what it does.
    """
    add = f"from {__name__} import add_folders; add_folders({list(packages)!r})"
    return f"import sys; sys.path[:0] = {list(folders)!r}; {add}; {then}"
