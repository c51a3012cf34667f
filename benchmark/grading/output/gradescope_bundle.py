"""An autograder for Gradescope: one zip with this program, the versions of its libraries, and what a course chose.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/: ``setup.sh`` runs once, ``run_autograder`` for
each submission, in ``/autograder`` with ``source/``, ``submission/`` and ``results/``.
"""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import requires, version
from importlib.resources import files
from pathlib import Path

from benchmark.errors import UsageError, check_ending
from benchmark.grading.grader import Grader
from benchmark.grading.request import GradingRequest, say_known_seed
from benchmark.records.provenance import ROOT, own_files
from benchmark.system.files import replacing

TIME = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same choices give the same bytes
SCRIPTS = ("setup.sh", "run_autograder")
SECONDS = 550  # after which run_autograder stops; Gradescope does after ten minutes
OF_GRADER = 100  # seconds of these for loading the judges and for grading
NAME = re.compile(r"[A-Za-z0-9._-]+")  # of a requirement, before extras, versions and markers


def write_bundle(request: GradingRequest, out: Path) -> dict[str, object]:
    """Write the autograder.

    Args:
        request: task, scheme, condition lists, hidden list, judges and seed, which are packed.
        out: the zip.

    Raises:
        UsageError: another ending of the name, training data, a roster, decisions, or a scheme that is wrong.
    """
    check_ending("--gradescope-bundle", out, ".zip")
    if request.data is not None or request.roster is not None or request.decisions is not None:
        raise UsageError("an autograder sees one submission and no data; leave out --data, --roster and --decisions")
    grader = Grader(request)
    _check_time(grader.scheme.limits.wall_seconds)
    grader.prepare()  # whatever is wrong shows here, not at Gradescope
    chosen = dict(_chosen(request))
    contents: dict[str, bytes] = {
        "requirements.txt": "".join(f"{line}\n" for line in requirements()).encode(),
        "options.json": (json.dumps(options(request), indent=1) + "\n").encode(),
        **{f"chosen/{name}": path.read_bytes() for name, path in chosen.items()},
        **{f"cgan-bench/{path.relative_to(ROOT).as_posix()}": path.read_bytes() for path in own_files()},
    }
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in SCRIPTS:
            _add(archive, name, (files(__package__) / "gradescope_files" / name).read_bytes(), mode=0o755)
        for name, content in contents.items():
            _add(archive, name, content)
    say_known_seed(request.seed, "generators will get")
    return {"autograder": str(out), "bytes": out.stat().st_size, "task": request.task}


def _check_time(wall_seconds: float) -> None:
    """Raise UsageError if a submission may take so long that the autograder is stopped first."""
    if wall_seconds > SECONDS - OF_GRADER:
        raise UsageError(
            f"the scheme's wall_seconds is {wall_seconds:g}, and an autograder is stopped after {SECONDS} s, of which "
            f"grading itself takes some; say wall_seconds = {SECONDS - OF_GRADER} or less"
        )


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = zipfile.ZipInfo(name, TIME)
    entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def requirements() -> list[str]:
    """The libraries that this program needs, in the versions that are installed here."""
    return sorted(f"{name}=={version(name).partition('+')[0]}" for name in map(_name, _needed()))


def _needed() -> list[str]:
    """Requirements of this program: of the checkout that it runs from, or of its installation."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [line for line in requires("cgan-bench") or [] if "extra ==" not in line]


def _name(requirement: str) -> str:
    match = NAME.match(requirement)
    assert match is not None, requirement
    return match[0]


def options(request: GradingRequest) -> list[str]:
    """The options of ``cgan-bench grade`` for every submission; ``{source}`` stands for where the bundle lies."""
    words = ["--task", request.task, "--seed", str(request.seed)]
    single = {
        "scheme": request.scheme,
        "hidden": request.hidden,
        "judge": request.judge,
        "second-judge": request.second_judge,
    }
    for name, path in single.items():
        words += [f"--{name}", f"{{source}}/chosen/{name}/{path.name}"] if path else []
    for number, path in enumerate(request.conditions):
        words += ["--conditions", f"{{source}}/chosen/conditions-{number}/{path.name}"]
    return words


def _chosen(request: GradingRequest) -> Iterator[tuple[str, Path]]:
    """Files that the options name, by their place in the bundle; a judge with its card and its known images."""
    for name, path in (("scheme", request.scheme), ("hidden", request.hidden)):
        if path:
            yield f"{name}/{path.name}", path
    for number, path in enumerate(request.conditions):
        yield f"conditions-{number}/{path.name}", path
    for name, path in (("judge", request.judge), ("second-judge", request.second_judge)):
        for file in _with_card(path) if path else ():
            yield f"{name}/{file.name}", file


def _with_card(path: Path) -> list[Path]:
    card = path.with_suffix(".json")
    if not card.is_file():
        return [path]
    sheet = _sheet(json.loads(card.read_text(encoding="utf-8")), path)
    return [path, card, *([sheet] if sheet.is_file() else [])]


def _sheet(card: Mapping[str, Mapping[str, str | None]], path: Path) -> Path:
    return path.parent / (card["self_test"].get("sheet") or path.with_suffix(".png").name)
