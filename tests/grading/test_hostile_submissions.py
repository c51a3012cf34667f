"""Hostile submissions: each ends with one line of reason, harms nothing, and changes nobody else's grade."""

import json
import re
from pathlib import Path

import pytest
from builders.batches import ONE_LIST_SCHEME, honest
from hostile import HOSTILE, MARKER
from users import USERS, run_as

from benchmark.commands.grade import grade
from benchmark.grading.request import GradingRequest

pytestmark = pytest.mark.slow

HONEST = "honest <script>alert(1)<-script> $(touch touched)"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """An honest submission next to all of the hostile ones, and alone."""
    folder = tmp_path_factory.mktemp("grading")
    (folder / "scheme.toml").write_text(ONE_LIST_SCHEME)
    for one, (build, _) in HOSTILE.items():
        (folder / "all" / one).mkdir(parents=True)
        build(folder / "all" / one)
    for inbox in ("all", "alone"):
        honest(folder / inbox / HONEST)
    return folder


def graded(folder, inbox, out):
    """Grade some submissions; all entries by id. Runs in a process of its own."""
    folder, out = Path(folder), Path(out)
    grade([folder / inbox], out, GradingRequest(task="iclevr", scheme=folder / "scheme.toml"))
    return {entry["id"]: entry for entry in json.loads((out / "grades.json").read_text())["submissions"]}


@pytest.fixture(scope="module", params=USERS)
def graded_by(request, places):
    """Grades in a folder, as one user gives them; whichever user it is."""

    def grades_of(inbox):
        out = places / f"{inbox}-by-{request.param}"
        function = "grading.test_hostile_submissions", "graded"
        return run_as(request.param, *function, str(places), inbox, str(out), timeout=1_200)

    return grades_of


@pytest.fixture(scope="module")
def grades(graded_by):
    found = graded_by("all")
    assert isinstance(found, dict), f"the grader ended with {found}"
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_ends_with_one_line_of_reason(name, grades):
    entry = grades[name]
    assert entry["status"] in {"rejected", "failed"}
    assert re.search(HOSTILE[name][1], entry["reason"]), entry["reason"]
    assert "\n" not in entry["reason"]
    assert (entry["points"], entry["verdict"], entry["scores"]) == (0.0, "fail", {})


def test_nothing_outside_is_touched(grades, places):
    assert not list(places.rglob(MARKER))


def test_the_honest_submission_beside_them_gets_the_grade_it_gets_alone(grades, graded_by):
    alone = graded_by("alone")
    assert alone[HONEST]["status"] == "graded"
    assert grades[HONEST] == alone[HONEST]


def test_a_name_with_markup_is_text_on_its_page(grades, places):
    pages = [path.read_text() for path in places.glob("all-by-*/pages/honest*.html")]
    assert pages
    assert all("<script" not in page and "&lt;script&gt;" in page for page in pages)
