"""Provenance of a score: machine, versions, code, time."""

from __future__ import annotations

import datetime
import hashlib
import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from benchmark import __version__
from benchmark.records.record import PluginEntry, System
from benchmark.system.files import file_sha256, sha256_text

if TYPE_CHECKING:
    from benchmark.registry import Plugin
    from benchmark.system.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
NO_PLUGINS: Mapping[str, PluginEntry] = MappingProxyType({})
PACKAGES = ("benchmark", "reference_models", "evaluators")


def system(machine: Machine, plugins: Mapping[str, PluginEntry] = NO_PLUGINS) -> System:
    """Machine, versions and time of a new record."""
    import torch  # the rest of this file does without

    from benchmark.system.machine import cpu_name, instruction_sets

    return System(
        device=machine.device_name,
        cpu=cpu_name(),
        instruction_sets=instruction_sets(),
        threads=torch.get_num_threads(),
        torch=version("torch"),
        python=platform.python_version(),
        cgan_bench=__version__,
        git_commit=git_commit(),
        code_sha256=code_digest(plugins),
        created=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def git_commit() -> str | None:
    """The commit of the checkout this package runs from, with ``+changes`` if it is not clean; None outside git."""

    def git(*arguments: str) -> str | None:
        try:
            run = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
        except OSError:  # no git on this machine
            return None
        return run.stdout.strip() if run.returncode == 0 else None

    if not (ROOT / ".git").exists() or (commit := git("rev-parse", "--short=12", "HEAD")) is None:
        return None
    return commit + ("+changes" if git("status", "--porcelain") else "")


def code_digest(plugins: Mapping[str, PluginEntry] = NO_PLUGINS) -> str:
    """sha256 of the code behind a score: :func:`own_digest`, with the plug-ins that took part."""
    if not plugins:
        return own_digest()
    files = sorted(f"{name} {entry.sha256}" for name, entry in plugins.items())
    return sha256_text(json.dumps([own_digest(), files]))


def plugin_entries(plugins: Iterable[Plugin]) -> dict[str, PluginEntry]:
    """Plug-ins by their ``module:Object``, for a record."""
    return {
        plugin.reference: PluginEntry(
            kind=plugin.kind, distribution=plugin.distribution, version=plugin.version, sha256=plugin.sha256
        )
        for plugin in plugins
    }


@cache
def own_digest() -> str:
    """sha256 of the files of this project, and of its libraries' versions."""
    libraries = sorted(set(map(name_and_version, installed_packages())))  # a folder may be on the path twice
    return digest_of_files(own_files(), json.dumps([platform.python_version(), libraries]))


def installed_packages() -> Iterable[Distribution]:
    """Installed packages, without those that another package bundles and adds to the path on import, as Ray does."""
    within = [path for path in sys.path if not {"site-packages", "dist-packages"} & set(Path(path).parts[:-1])]
    return distributions(path=within)


def name_and_version(library: Distribution) -> str:
    """``name version`` of an installed package, read directly from its metadata, which is faster than parsing them."""
    text = library.read_text("METADATA") or library.read_text("PKG-INFO") or ""
    fields = dict(line.split(": ", 1) for line in reversed(text.partition("\n\n")[0].splitlines()) if ": " in line)
    if "Name" in fields and "Version" in fields:
        return f"{fields['Name']} {fields['Version']}"
    return f"{library.name} {library.version}"


def digest_of_files(paths: Iterable[Path], before: str = "") -> str:
    """sha256 of a text, then the names and contents of files of this project."""
    digest = hashlib.sha256(before.encode())
    for path in paths:
        content = file_sha256(path)
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def own_files() -> Iterator[Path]:
    """All files of this project's packages, in a fixed order."""
    for package in PACKAGES:
        yield from sorted(p for p in (ROOT / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
