"""``python -m benchmark.throughput`` from start to end, on suites of stand-ins with known speeds."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders.leaderboards import run

import benchmark.throughput.__main__ as program
from benchmark.commands.leaderboard.render import page_of

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(__file__).with_name("stand_in_work.py")
CONFTEST = "from benchmark.throughput.suites.conftest import *\n"
TOYS = """
from pathlib import Path
import pytest
from benchmark.throughput.side import Side

def side(name, function="takes", needs=(), tree=Path({tree!r}), **arguments):
    return Side(name, f"stand_in_work.{{function}}", arguments, needs, tree, file=Path({work!r}))

@pytest.mark.benchmark(group="toys")
def test_twice_as_fast(timed):
    absent = side("absent", seconds=[1.0], needs=("no_such_package",))
    timed(side("ours", seconds=[0.5], units=100), side("peer", seconds=[1.0], units=100), absent)

@pytest.mark.benchmark(group="toys")
def test_restless(timed):
    timed(side("ours", seconds=[1.0]), side("peer", seconds=[1.0, 7.0]))
"""
CHANGED = """
@pytest.mark.benchmark(group="toys")
def test_changed(timed):
    timed(side("ours", "of_the_tree"))

@pytest.mark.benchmark(group="toys")
def test_new(timed):
    timed(side("ours", "takes", seconds=[1.0]))
"""
MAIN = """
import signal
import sys
from pathlib import Path
import benchmark.throughput.__main__ as program
signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the program itself does
program.SUITES, program.GROUPS, program.ROOT = Path({suites!r}), ["toys"], Path({root!r})
sys.exit(program.main(sys.argv[1:]))
"""


@pytest.fixture
def bench(tmp_path):
    """Run the program on toy suites; ``tree`` is the checkout whose code the toys are of."""

    def run(*words, suite=TOYS, tree=ROOT):
        suites = tmp_path / "suites"
        suites.mkdir(exist_ok=True)
        (suites / "conftest.py").write_text(CONFTEST)
        (suites / "bench_toys.py").write_text(suite.format(tree=str(tree), work=str(WORK)))
        code = MAIN.format(suites=str(suites), root=str(tree))
        mine = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}  # not one of xdist's
        environment = mine | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code, *map(str, words)]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def git(folder, *words):
    names = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def history(tmp_path):
    """A checkout of which the commit before the last took half as long."""
    tree = tmp_path / "tree"
    (tree / "benchmark").mkdir(parents=True)
    git(tree, "init", "-q")
    for seconds, new in ((1.0, ""), (2.0, "NEW = 1.0\n")):
        (tree / "benchmark" / "__init__.py").write_text(f"SECONDS = {seconds}\n{new}")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", "x")
    return tree


def test_results_are_kept_by_machine_and_rendered_as_ratios(bench, tmp_path):
    done = bench("toys", "--out", tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    (machine,) = (path for path in (tmp_path / "kept").iterdir() if path.is_dir())
    newest = json.loads((machine / "newest.json").read_text())
    assert sorted(newest["machine_info"]["fingerprint"]) == sorted(
        ["cpu", "flags", "processors", "threads", "system", "python", "torch", "torch_capability", "gpu", "cuda"]
    )
    assert [one["name"] for one in newest["benchmarks"]] == ["test_restless", "test_twice_as_fast"]
    assert newest["benchmarks"][1]["stats"]["median"] == 0.5  # pytest-benchmark's own numbers are the rounds'
    assert len(list((machine / "history").iterdir())) == 1
    page = (tmp_path / "kept" / "README.md").read_text()
    assert "| toys | twice_as_fast | peer | 2.00 | 2.00 to 2.00 | 200 images |" in page
    assert "| toys | twice_as_fast | absent | skipped: no_such_package is not installed | - |" in page
    assert re.search(r"\nMeasured: toys on \d{4}-\d\d-\d\d at \w{8}(, changed)?\.\n", page)
    (restless,) = (line for line in page.splitlines() if "restless" in line)
    assert "| unresolved (spread " in restless


def test_a_race_keeps_its_peer_where_this_machine_lacks_the_peers_package_now(bench, tmp_path):
    words = ("toys", "--out", tmp_path / "kept")
    assert bench(*words).returncode == 0
    (newest,) = (tmp_path / "kept").glob("*/newest.json")
    first = {one["name"]: one["extra_info"] for one in json.loads(newest.read_text())["benchmarks"]}
    gone = 'side("peer", seconds=[1.0], needs=("no_such_package",), units=100)'
    done = bench(*words, suite=TOYS.replace('side("peer", seconds=[1.0], units=100)', gone))
    said = "test_twice_as_fast is kept as it was measured before: peer cannot be timed now (no_such_package is not inst"
    assert said in done.stderr
    assert "test_restless is kept" not in done.stderr
    second = {one["name"]: one["extra_info"] for one in json.loads(newest.read_text())["benchmarks"]}
    assert second["test_twice_as_fast"] == first["test_twice_as_fast"]
    assert second["test_restless"]["datetime"] > first["test_restless"]["datetime"]
    assert len(list((newest.parent / "history").iterdir())) == 2


def test_kept_results_stand_on_the_page_of_the_records_next_to_them(bench, tmp_path):
    run("good").save(tmp_path / "results/records")
    without = page_of(tmp_path / "results/records", tmp_path / "results/index.html")
    assert 'id="throughput"' not in without
    bench("-k", "twice", "--out", tmp_path / "results/throughput")
    html = page_of(tmp_path / "results/records", tmp_path / "results/index.html")
    section = html[html.index('id="throughput"') :]
    assert re.findall(r"<td[^>]*>(.*?)</td>", section[: section.index("</table>")])[:6] == [
        "toys", "twice_as_fast", "peer", "2.00", "2.00 to 2.00", "200 images",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "complaint"),
    [("no_such", "no benchmark matches -k 'no_such'; give a part of: twice_as_fast, restless"),
     ("twice and", "-k is 'twice and'; give words with and, or, not between them")],
)  # fmt: skip
def test_names_that_match_nothing_are_refused(bench, tmp_path, words, complaint):
    done = bench("-k", words, "--out", tmp_path / "kept")
    assert (done.returncode, complaint in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "kept").exists()


def test_a_damaged_file_of_kept_results_is_refused_before_anything_is_timed(bench, tmp_path):
    (tmp_path / "kept" / "machine").mkdir(parents=True)
    (tmp_path / "kept" / "machine" / "newest.json").write_text("{")
    done = bench("toys", "--out", tmp_path / "kept")
    assert (done.returncode, "newest.json is no kept throughput" in done.stderr) == (2, True), done.stderr
    assert "rounds" not in done.stderr


def test_what_an_older_commit_cannot_do_is_skipped_with_the_reason(bench, history):
    new = TOYS.partition("@pytest")[0] + CHANGED.replace('"of_the_tree"', '"of_what_is_new"')
    done = bench("--compare", "HEAD~1", "-k", "changed", suite=new, tree=history)
    assert "changed: skipped (AttributeError: " in done.stdout
    assert done.returncode == 0, done.stderr


def test_a_program_that_is_told_to_end_leaves_no_worktree(bench, history):
    suite = TOYS.partition("@pytest")[0] + CHANGED.replace('"of_the_tree"', '"ends_the_program"')
    done = bench("--compare", "HEAD~1", "-k", "changed", suite=suite, tree=history)
    assert done.returncode == 130, done.stderr
    assert "bench: interrupted; only what was finished counts" in done.stderr
    trees = subprocess.run(["git", "worktree", "list"], cwd=history, capture_output=True, text=True, check=True)
    assert len(trees.stdout.splitlines()) == 1


def test_a_commit_that_made_something_slower_fails_the_comparison(bench, history, tmp_path):
    done = bench("--compare", suite=TOYS.partition("@pytest")[0] + CHANGED, tree=history)
    assert done.returncode == 1, done.stderr
    assert "toys changed: slower, 0.50 times as fast (0.50 to 0.50; noise 0%, 6 rounds)" in done.stdout
    assert "toys new: unresolved, 1.00 times as fast (1.00 to 1.00; noise 0%, 12 rounds)" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["suites", "tree"]  # nothing is kept
    trees = subprocess.run(["git", "worktree", "list"], cwd=history, capture_output=True, text=True, check=True)
    assert len(trees.stdout.splitlines()) == 1


def test_a_comparison_looks_at_files_that_are_not_committed_and_at_the_commit_that_is_named(bench, history):
    (history / "benchmark" / "__init__.py").write_text("SECONDS = 0.5\n")
    done = bench("--compare", "-k", "changed", suite=TOYS.partition("@pytest")[0] + CHANGED, tree=history)
    assert (done.returncode, "changed: faster, 4.00 times as fast" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("other",), "bench: 'other' is no group of benchmarks; give some of: commands, "),
        (("--rounds", "4"), "bench: --rounds is 4; give 5 or more, fewer have no spread"),
        (("--compare", "HEAD", "--rounds", "5"), "bench: --rounds is 5; give 6 or more"),
        (("--images", "21"), "bench: --images is 21; give 22 or more"),
        (("--compare", "distances"), "bench: --compare is 'distances', a group; give groups first"),
        (("--out", "/proc/no/such"), "bench: cannot write in /proc/no/such"),
        (("--compare=",), "bench: --compare= has no commit; give one, or --compare alone"),
        (("--compare", "no-such-commit"), "Needed a single revision); give a commit of this checkout"),
    ],
)
def test_wrong_use_is_one_line(words, complaint, history, monkeypatch, capsys):
    monkeypatch.setattr(program, "ROOT", history)
    assert program.main(words) == 2
    assert complaint in capsys.readouterr().err
