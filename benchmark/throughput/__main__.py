"""``nox -s bench``, that is ``python -m benchmark.throughput``: run the suites, keep and render, or compare commits."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmark.errors import UsageError
from benchmark.system.files import write_text
from benchmark.system.terminal import say
from benchmark.throughput import comparison, recorded_time, store
from benchmark.throughput.render import to_markdown
from benchmark.throughput.side import ROOT

SUITES = Path(__file__).parent / "suites"
GROUPS = sorted(path.stem.removeprefix("bench_") for path in SUITES.glob("bench_*.py"))
PREVIOUS = "previous"  # value of --compare without a commit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; 1 if one failed or a comparison says slower, 2 for wrong use."""
    given = parser().parse_args(arguments)
    try:
        return compare(given) if given.compare else measure(given)
    except UsageError as error:
        say(f"bench: {error}")
        return 2


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(prog="nox -s bench --", description="Time this project next to its peers.")
    found.add_argument("groups", nargs="*", metavar="GROUP", help=f"All by default, or some of: {', '.join(GROUPS)}.")
    found.add_argument("-k", metavar="EXPRESSION", help="Only the benchmarks whose names match, as pytest's -k.")
    found.add_argument(
        "--compare", nargs="?", const=PREVIOUS, metavar="COMMIT",
        help="Time an older commit instead of peers; by default the last one that differs from these files.",
    )  # fmt: skip
    found.add_argument("--rounds", type=int, help="The least number of rounds; 5, or 6 with --compare.")
    found.add_argument("--images", type=int, default=5_000, help="Images that a whole score draws; 5,000.")
    found.add_argument("--out", type=Path, default=Path("results/throughput"), help="Folder to keep results in.")
    return found


def measure(given: argparse.Namespace) -> int:
    """Time all sides, keep the result and render every kept one."""
    code, document = run(given)
    if document is None:
        return code
    newest = store.keep(document, given.out)
    page = to_markdown(store.all_rows(given.out))
    write_text(given.out / "README.md", page)
    print(page)
    say(f"kept in {newest}")
    return code


def compare(given: argparse.Namespace) -> int:
    """Time this commit and an older one in alternation; nothing is kept, and nothing kept is read."""
    commit = comparison.previous(ROOT) if given.compare == PREVIOUS else given.compare
    with comparison.checkout(commit, ROOT) as before:
        code, document = run(given, f"--before={before}")
    rows = comparison.answers(document) if document else []
    print("\n".join(comparison.line(row) for row in rows))
    return code or int(any(row["verdict"] == "slower" for row in rows))


def run(given: argparse.Namespace, *options: str) -> tuple[int, dict | None]:
    """Exit code (0 or 1) and pytest-benchmark's document of the suites; None where nothing was timed.

    Raises:
        UsageError: there is no such group, or nothing matches.
    """
    unknown = [group for group in given.groups if group not in GROUPS]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no group of benchmarks; give some of: {', '.join(GROUPS)}")
    if given.rounds is not None and given.rounds < 1:
        raise UsageError(f"--rounds is {given.rounds}; give 1 or more")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "benchmarks.json"
        files = [str(SUITES / f"bench_{group}.py") for group in given.groups or GROUPS]
        code = pytest.main([*files, *pytest_options(given, kept), *options])
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise UsageError(f"no benchmark matches -k {given.k!r}; leave it out to see their names")
        document = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() and kept.stat().st_size else None
    return int(code != pytest.ExitCode.OK), document


def pytest_options(given: argparse.Namespace, kept: Path) -> list[str]:
    """Options for pytest: the clock of recorded rounds, the result's file, and none of the settings for tests."""
    found = [
        "--quiet", "--capture=no", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "default",
        "-o", "python_files=bench_*.py", "-o", "addopts=", f"--images={given.images}", "--benchmark-enable",
        f"--benchmark-json={kept}", f"--benchmark-storage=file://{kept.parent}",
        f"--benchmark-timer={recorded_time.__name__}.now", "--benchmark-columns=median,iqr,rounds",
    ]  # fmt: skip
    return found + (["-k", given.k] if given.k else []) + ([f"--rounds={given.rounds}"] if given.rounds else [])


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a waiting side must not slow the other
    sys.exit(main())
