"""The environment of jobs on a machine: code, libraries, data, storage. Machines are compared before any work."""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmark.errors import UsageError
from benchmark.records.provenance import digest_of_files, installed_packages, own_files

SAME = "install the same on every machine"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything besides the job itself that determines the bytes of a result."""

    host: str
    python: str
    code: str  # sha256 of this project's files
    libraries: Mapping[str, str]  # version by name
    data: Mapping[str, str] = field(default_factory=dict)  # digest by task
    faults: Mapping[str, str] = field(default_factory=dict)  # by task, of a judge or detector
    refusal: str = ""  # why this machine cannot do the work at all


def environment(**more: object) -> Environment:
    """The environment of this machine."""
    libraries = {library.name: library.version for library in installed_packages()}
    return Environment(
        host=socket.gethostname(),
        python=platform.python_version(),
        code=digest_of_files(own_files()),
        libraries=libraries,
        **more,
    )


def check_same(here: Environment, others: Sequence[Environment]) -> None:
    """Raise UsageError if another machine would compute something else, or cannot do the work."""
    for other in others:
        if other.refusal:
            raise UsageError(f"worker {other.host} refuses: {other.refusal}")
        if difference := environment_difference(here, other):
            raise UsageError(f"worker {other.host} has {difference}; {SAME}")


def environment_difference(here: Environment, other: Environment) -> str | None:
    """The first difference in words, the other machine's value first; None if there is none."""
    if here.python != other.python:
        return f"Python {other.python}, this machine {here.python}"
    if here.code != other.code:
        return f"other code of cgan-bench (digest {other.code[:16]}), this machine {here.code[:16]}"
    for name in sorted({*here.libraries, *other.libraries}):
        theirs, ours = other.libraries.get(name, "none"), here.libraries.get(name, "none")
        if theirs != ours:
            return f"{name} {theirs}, this machine {ours}"
    for task, digest in here.data.items():
        if other.data.get(task) != digest:
            return f"other data for {task} (digest {str(other.data.get(task))[:16]}), this machine {digest[:16]}"
    return None
