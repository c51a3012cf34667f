"""Models, evaluators, tasks and data sets of other packages: by entry point, or by ``package.module:Object``.

Only what a person named is imported. The grader has no way here: :func:`benchmark.registry.find` knows bundled names
alone.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from benchmark.errors import UsageError
from benchmark.plugins.source_files import source_sha256
from benchmark.registry import Plugin, find

T = TypeVar("T")
GROUPS = {  # entry points by what they stand for
    "model": "cgan_bench.models",
    "evaluator": "cgan_bench.evaluators",
    "task": "cgan_bench.tasks",
    "data set": "cgan_bench.datasets",
    "generator": "cgan_bench.generators",
}


_loaded: dict[tuple[str, str], Plugin] = {}


def find_or_load(kind: str, name: str, bundled: Mapping[str, T]) -> T:
    """The bundled thing of that name, or else the plug-in.

    Raises:
        UsageError: there is neither, or the plug-in cannot be imported; the message says which module and why.
    """
    if name in bundled or not names_plugin(kind, name):
        return find(kind, name, bundled)
    return load_plugin(kind, name).found


def load_plugin(kind: str, name: str) -> Plugin:
    """Import the plug-in that a person named, once in a process.

    Args:
        kind: of :data:`GROUPS`.
        name: an entry point's, or ``package.module:Object``.

    Raises:
        UsageError: there is none, or it cannot be imported.
    """
    if (kind, name) not in _loaded:
        _loaded[kind, name] = _load(kind, name)
    return _loaded[kind, name]


def loaded(kind: str, name: str) -> Plugin | None:
    """The plug-in of that name if it was imported, else None."""
    return _loaded.get((kind, name))


def names_plugin(kind: str, name: str) -> bool:
    """True for an entry point's name, and for ``module:Object`` as :func:`names_object` has it.

    Imports nothing.
    """
    module, _, named = name.partition(":")
    return _entry_point(kind, name) is not None or names_object(module, named)


def names_object(module: str, named: str) -> bool:
    """True for an object of a module that is there or dotted, and for a capitalised one of any module."""
    return bool(named) and (is_module(module) or (module.isidentifier() and named[0].isupper()))


def is_module(name: str) -> bool:
    """True for the name of a module: dotted, or one that could be imported."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    return "." in name or (name not in sys.stdlib_module_names and importlib.util.find_spec(name) is not None)


def _load(kind: str, name: str) -> Plugin:
    point = _entry_point(kind, name)
    reference = point.value if point else name
    module_name, _, path = reference.partition(":")
    module = _module(kind, name, module_name)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{kind} {name!r}: {module_name} has no {path!r}; {_there(module, part)}")
        found = getattr(found, part)
    file, defining = _source_of(found, module)
    owner = point.dist if point else _owner(file, module_name)
    return _plugin(kind, name, reference, found, source_sha256(file, defining), owner)


def reference_of(found: type) -> str:
    """A class as ``module:Class``."""
    return f"{found.__module__}:{found.__qualname__}"


def brought_along(kind: str, found: type) -> Plugin:
    """A class that a plug-in's object brings along, as a plug-in of its own."""
    file, module = _source_of(found, sys.modules[found.__module__])
    reference = reference_of(found)
    return _plugin(kind, reference, reference, found, source_sha256(file, module), _owner(file, module))


def _plugin(kind: str, name: str, reference: str, found: Any, sha256: str, owner: Distribution | None) -> Plugin:  # noqa: ANN401
    return Plugin(
        kind=kind, name=name, reference=reference, found=found, sha256=sha256,
        distribution=owner.name if owner else None, version=owner.version if owner else None,
    )  # fmt: skip


def _entry_point(kind: str, name: str) -> EntryPoint | None:
    """The entry point of that name, whose group says the kind.

    Raises:
        UsageError: two packages have one.
    """
    points = [point for point in entry_points(group=GROUPS[kind]) if point.name == name] if ":" not in name else []
    if len({point.value for point in points}) > 1:
        both = " and ".join(sorted({point.value for point in points}))
        raise UsageError(f"{kind} {name!r} is an entry point of several packages: {both}; name one of these instead")
    return points[0] if points else None


def _module(kind: str, name: str, module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever another's file does when it is read
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise UsageError(
            f"{kind} {name!r}: cannot import {module} ({reason}); fix that, install its package, or put its folder "
            "into PYTHONPATH"
        ) from error


def _there(module: ModuleType, missing: str) -> str:
    """The nearest name that a module offers, and its first names: its own, or those that it collects from others."""
    public = {name: value for name, value in vars(module).items() if name[0] != "_" and hasattr(value, "__module__")}
    own = [name for name, value in public.items() if value.__module__ == module.__name__]
    package = module.__name__.partition(".")[0]
    collected = [name for name, value in public.items() if str(value.__module__).partition(".")[0] == package]
    names = sorted(own or collected)
    close = difflib.get_close_matches(missing, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}it has: {', '.join(names[:20]) or 'nothing'}{', ...' if len(names) > 20 else ''}"


def _source_of(found: Any, module: ModuleType) -> tuple[Path, str]:  # noqa: ANN401
    """The file and the module that define a class or a function; of any other object, those that it was found in."""
    name = found.__module__ if isinstance(found, type) or inspect.isroutine(found) else module.__name__
    return Path(inspect.getfile(sys.modules[name])), name


def _owner(file: Path, module: str) -> Distribution | None:
    """The installed package that a file belongs to; of an editable one, by its folder.

    Only packages next to the module have their files listed: to list those of all takes most of a second.
    """
    top = sys.modules[module.partition(".")[0]]
    folders = {str(Path(place).parent) for place in getattr(top, "__path__", [top.__file__ or ""])}
    beside = (owner for owner in distributions(path=list(folders)) if _holds(owner, top.__name__))
    editable = (owner for owner in distributions() if file.is_relative_to(_editable_folder(owner) or "/dev"))
    return next(beside, None) or next(editable, None)


def _holds(owner: Distribution, package: str) -> bool:
    """True for an installed package with a module, or a package of modules, of that name."""
    if package in (owner.read_text("top_level.txt") or "").split():
        return True
    paths = owner.files or ()
    return any((path.parts[0] if path.parts[1:] else inspect.getmodulename(path.name)) == package for path in paths)


def _editable_folder(owner: Distribution) -> Path | None:
    """The folder that an editable package was installed from; None for any other."""
    origin = json.loads(owner.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(origin["url"]).path))
