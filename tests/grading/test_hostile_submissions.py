"""Hostile submissions: each ends with one line of reason, harms nothing, and changes nobody else's grade."""

import json
import re

import pytest
from builders.batches import ONE_LIST_SCHEME, honest
from hostile import HOSTILE, MARKER

from benchmark.commands.grade import grade
from benchmark.grading.grader import GradingRequest

pytestmark = pytest.mark.slow

HONEST = "honest <script>alert(1)</script> $(touch touched)"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grading")
    (folder / "scheme.toml").write_text(ONE_LIST_SCHEME)
    return folder


def graded(places, name, ids):
    """Grade an honest submission next to some of the hostile ones; all entries by id."""
    submissions = places / name
    for one in ids:
        (submissions / one).mkdir(parents=True)
        HOSTILE[one][0](submissions / one)
    honest(submissions / HONEST.replace("/", "-"))
    grade([submissions], places / f"{name}-grades", GradingRequest(task="iclevr", scheme=places / "scheme.toml"))
    text = (places / f"{name}-grades" / "grades.json").read_text()
    return {entry["id"]: entry for entry in json.loads(text)["submissions"]}


@pytest.fixture(scope="module")
def grades(places):
    return graded(places, "all", HOSTILE)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_ends_with_one_line_of_reason(name, grades):
    entry = grades[name]
    assert entry["status"] in {"rejected", "failed"}
    assert re.search(HOSTILE[name][1], entry["reason"]), entry["reason"]
    assert "\n" not in entry["reason"]
    assert (entry["points"], entry["verdict"], entry["scores"]) == (0.0, "fail", {})


def test_nothing_outside_is_touched(grades, places):
    assert not list(places.rglob(MARKER))


def test_the_honest_submission_beside_them_gets_the_grade_it_gets_alone(grades, places):
    alone = graded(places, "alone", [])
    name = HONEST.replace("/", "-")
    assert alone[name]["status"] == "graded"
    assert grades[name] == alone[name]


def test_a_name_with_markup_is_text_on_its_page(grades, places):
    (page,) = (path for path in (places / "all-grades" / "pages").glob("honest*.html"))
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
