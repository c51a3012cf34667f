"""``nox -s bench``, that is ``python -m benchmark.throughput``: run the suites, keep and render, or compare commits."""

from __future__ import annotations

import argparse
import ast
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmark.errors import UsageError
from benchmark.system.files import check_writable, write_text
from benchmark.system.terminal import say
from benchmark.throughput import comparison, recorded_time, store
from benchmark.throughput.race import COMPARED, Rounds
from benchmark.throughput.render import to_markdown
from benchmark.throughput.side import ROOT

SUITES = Path(__file__).parent / "suites"
GROUPS = sorted(path.stem.removeprefix("bench_") for path in SUITES.glob("bench_*.py"))
PREVIOUS = "previous"  # value of --compare without a commit
LEAST_IMAGES = 22  # of a whole score: the data has three times as many, which leaves a training batch of 64
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; return 1 if one failed or a comparison says slower, 2 for wrong use, 130 if interrupted."""
    given = parser().parse_args(arguments)
    try:
        check(given)
        return measure(given) if given.compare is None else compare(given)
    except UsageError as error:
        say(f"bench: {error}")
        return 2
    except KeyboardInterrupt:
        return _with_remark(INTERRUPTED)


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(prog="nox -s bench --", description="Time this project next to its peers.")
    found.add_argument("groups", nargs="*", metavar="GROUP", help=f"All by default, or some of: {', '.join(GROUPS)}.")
    found.add_argument("-k", metavar="EXPRESSION", help="Only the benchmarks whose names match, as pytest's -k.")
    found.add_argument(
        "--compare", nargs="?", const=PREVIOUS, metavar="COMMIT",
        help="Time an older commit instead of peers; by default the last one that differs from these files.",
    )  # fmt: skip
    found.add_argument("--rounds", type=int, help="The least number of rounds; 5 by default, or 6 with --compare.")
    found.add_argument("--images", type=int, default=5_000, help="Images that a whole score draws; 5,000.")
    found.add_argument("--out", type=Path, default=ROOT / "results" / "throughput", help="Folder to keep results in.")
    return found


def check(given: argparse.Namespace) -> None:
    """Raise UsageError for a wrong option, before anything is timed."""
    if given.compare == "":
        raise UsageError("--compare= has no commit; give one, or --compare alone for the last one that differs")
    if given.compare in GROUPS:
        raise UsageError(f"--compare is {given.compare!r}, a group; give groups first, or a commit as --compare=COMMIT")
    unknown = [group for group in given.groups if group not in GROUPS]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no group of benchmarks; give some of: {', '.join(GROUPS)}")
    least = COMPARED.least if given.compare else Rounds.least
    if given.rounds is not None and given.rounds < least:
        raise UsageError(f"--rounds is {given.rounds}; give {least} or more, fewer have no spread")
    if given.images < LEAST_IMAGES:
        raise UsageError(f"--images is {given.images}; give {LEAST_IMAGES} or more")
    if not given.compare:
        check_writable(given.out)
        store.all_rows(given.out)  # a damaged file is refused now, not after hours


def measure(given: argparse.Namespace) -> int:
    """Time all sides, keep the result and render every kept one."""
    code, document = run(given)
    if document is None:
        return _with_remark(code)
    newest = store.keep(document, given.out)
    page = to_markdown(store.all_rows(given.out))
    write_text(given.out / "README.md", page)
    print(page)
    say(f"kept in {newest}")
    return _with_remark(code)


def _with_remark(code: int) -> int:
    """The exit code unchanged, after a remark if it is that of an interrupt."""
    if code == INTERRUPTED:
        say("bench: interrupted; only what was finished counts")
    return code


def compare(given: argparse.Namespace) -> int:
    """Time this commit and an older one in alternation; nothing is kept, and nothing kept is read."""
    commit = comparison.previous_commit(ROOT) if given.compare == PREVIOUS else given.compare
    with comparison.checkout(commit, ROOT) as before:
        code, document = run(given, f"--before={before}")
    rows = comparison.comparison_rows(document) if document else []
    print("\n".join(comparison.comparison_line(row) for row in rows))
    return _with_remark(code) or int(any(row["verdict"] == "slower" for row in rows))


def run(given: argparse.Namespace, *options: str) -> tuple[int, dict | None]:
    """Exit code (0, 1 or 130) and pytest-benchmark's document of the suites; None where nothing was timed.

    Raises:
        UsageError: nothing matches, or ``-k`` is no expression.
    """
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "benchmarks.json"
        files = [str(SUITES / f"bench_{group}.py") for group in given.groups or GROUPS]
        code = pytest.main([*files, *pytest_options(given, kept), *options])
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise UsageError(f"no benchmark matches -k {given.k!r}; give a part of: {', '.join(names(given.groups))}")
        if code == pytest.ExitCode.USAGE_ERROR:
            raise UsageError(f"-k is {given.k!r}; give words with and, or, not between them")
        document = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() and kept.stat().st_size else None
    return INTERRUPTED if code == pytest.ExitCode.INTERRUPTED else int(code != pytest.ExitCode.OK), document


def names(groups: Sequence[str]) -> list[str]:
    """The benchmarks of some groups, or of all."""
    trees = [ast.parse((SUITES / f"bench_{group}.py").read_text(encoding="utf-8")) for group in groups or GROUPS]
    functions = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name.removeprefix("test_") for name in functions if name.startswith("test_")]


def pytest_options(given: argparse.Namespace, kept: Path) -> list[str]:
    """Options for pytest: the clock of recorded rounds, the result's file, and none of the settings for tests."""
    found = [
        "--quiet", "--capture=no", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "default",
        "-o", "python_files=bench_*.py", "-o", "addopts=", f"--images={given.images}", "--benchmark-enable",
        f"--benchmark-json={kept}", f"--benchmark-storage=file://{kept.parent}",
        f"--benchmark-timer={recorded_time.__name__}.now", "--benchmark-quiet",
    ]  # fmt: skip
    return found + (["-k", given.k] if given.k else []) + ([f"--rounds={given.rounds}"] if given.rounds else [])


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a waiting side must not slow the other
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it leaves no worktree behind
    sys.exit(main())
