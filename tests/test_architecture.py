"""The import rules of the packages: imports point one way, and what must start quickly imports no torch."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import QUICK

from evaluators import EVALUATORS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("benchmark", "evaluators", "reference_models")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
OURS = [path for path in FILES if path.is_relative_to(ROOT / "benchmark")]
FLOORS = (  # a package imports those of lower floors; packages of one floor do not import each other
    ("cli",),
    ("api",),
    ("commands",),
    ("throughput", "grading", "leaderboard", "reports"),
    ("training", "scoring"),
    ("definitions", "sampling", "executors"),
    ("data", "records"),
    ("tasks", "plugins"),
    ("system", "registry", "random_streams"),
    ("errors",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
LIGHT = (
    "cli", "errors", "registry", "tasks", "system.files", "records.record", "records.store", "records.provenance",
    "leaderboard.output_files", "leaderboard.render", "leaderboard.screen", "leaderboard.page.render",
    "reports.pages", "reports.load", "commands.claims.report",
    "api", "commands.list_cache", "data.decoding", "random_streams", "grading.sandbox.launch",
    "grading.submission.child", "grading.submission.archives", "grading.submission.manifest",
)  # fmt: skip


@cache
def nodes(path):
    """Everything in a file's syntax tree."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports(path):
    """The modules that a file imports, anywhere in it."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def room(module):
    """The package or file below ``benchmark`` that a module belongs to; None for any other."""
    parts = module.split(".")
    return parts[1] if parts[0] == "benchmark" and len(parts) > 1 and parts[1] in FLOOR else None


def test_every_package_has_a_floor():
    names = {path.relative_to(ROOT / "benchmark").parts[0].removesuffix(".py") for path in OURS}
    assert names - {"__init__", "__main__"} == set(FLOOR)


@pytest.mark.parametrize("path", OURS, ids=lambda path: ".".join(path.relative_to(ROOT).with_suffix("").parts[1:]))
def test_imports_point_downwards(path):
    own = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    others = {other for module in imports(path) if (other := room(module)) and other != own} if own else set()
    assert {other for other in others if FLOOR[other] <= FLOOR[own]} == set()


def test_there_are_at_most_ten_floors():
    assert len(FLOORS) <= 10


def code_lines(function):
    """Lines of a function without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    return function.end_lineno - function.lineno + 1 - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


@pytest.mark.parametrize("path", FILES, ids=lambda path: ".".join(path.relative_to(ROOT).with_suffix("").parts))
def test_a_file_fits_on_a_few_screens_and_a_function_on_one(path):
    functions = [node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
    assert [node.name for node in functions if code_lines(node) > 40] == []


OPENINGS = ("What ", "Whether ", "Where ", "How ", "Why ", "When ", "Which ", "Who ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: ".".join(path.relative_to(ROOT).with_suffix("").parts))
def test_a_docstring_begins_with_what_the_thing_is(path):
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    texts = [ast.get_docstring(node) or "" for node in nodes(path) if isinstance(node, documented)]
    assert [text for text in texts if text.startswith(OPENINGS)] == [], "begin with a noun: what the thing is"


def test_only_the_command_line_and_the_python_api_import_commands():
    users = {path for path in FILES if any(module.startswith("benchmark.commands") for module in imports(path))}
    assert {path.relative_to(ROOT).parts[1] for path in users} == {"cli", "api.py", "commands"}


@pytest.mark.parametrize("package", ["evaluators", "reference_models"])
def test_evaluators_and_models_know_neither_the_harness_nor_each_other(package):
    for path in FILES:
        if path.is_relative_to(ROOT / package):
            assert not {module.split(".")[0] for module in imports(path)} & ({*PACKAGES} - {package}), path


# tasks.py: what ranks, what stands in a table itself, what raises an alarm; doubts.py: measured gaps by score;
# breakdown.py: columns of its own tables
MAY_NAME_EVALUATORS = {"tasks.py", "leaderboard/doubts.py", "commands/breakdown.py"}


def test_one_file_says_which_scores_a_task_is_about_and_no_other_names_an_evaluator():
    named = {
        path.relative_to(ROOT / "benchmark").as_posix()
        for path in OURS
        for node in nodes(path)
        if isinstance(node, ast.Constant) and node.value in set(EVALUATORS)
    }
    assert named == MAY_NAME_EVALUATORS


def test_what_must_start_quickly_imports_no_torch():
    """If all of them together do not, none does alone."""
    code = (
        "import sys, importlib\n"
        f"for module in {LIGHT}:\n"
        "    importlib.import_module(f'benchmark.{module}')\n"
        "    assert 'torch' not in sys.modules, module"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


SLOW = {"torchvision", "torchmetrics", "face_recognition", "scipy.stats"}  # each takes a second or more to import


@pytest.mark.parametrize("path", FILES, ids=lambda path: ".".join(path.relative_to(ROOT).with_suffix("").parts))
def test_what_is_slow_to_import_is_imported_where_it_is_used_and_not_before(path):
    """Two commands alone need scipy's statistics from the start."""
    at_once = {
        name
        for node in nodes(path)[0].body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    allowed = {"scipy.stats"} if path.name == "agree.py" else set()
    assert {name for name in at_once if name in SLOW or name.split(".")[0] in SLOW} <= allowed


def test_scoring_and_grading_pay_for_neither_torchvision_nor_pandas():
    """The networks that a score needs are loaded and used; nothing on the way imports more than that."""
    code = (
        "import sys, torch, benchmark.commands.grade, benchmark.commands.score\n"
        "from benchmark.scoring.networks import Tools, networks_of\n"
        "from benchmark.system.machine import this_machine\n"
        "from benchmark.tasks import TASKS\n"
        "networks = networks_of(TASKS['anime-faces'], Tools(), this_machine('cpu'))\n"
        "images = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)\n"
        "assert all(len(network.compute(images)) == 2 for network in networks.values()) and len(networks) == 5\n"
        "print([name for name in ('torchvision', 'torchmetrics', 'pandas') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "[]\n"), found.stderr


def test_the_quick_round_has_tests_of_every_package():
    tests = Path(__file__).parent
    assert all((tests / f"{name}.py").is_file() for name in QUICK)
    packages = {path.parent.name for path in tests.glob("*/test_*.py")}
    assert packages == {name.split("/")[0] for name in QUICK if "/" in name}
