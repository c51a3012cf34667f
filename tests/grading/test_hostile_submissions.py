"""Hostile submissions: each ends with one line of reason, harms nothing, and changes nobody else's grade."""

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest
from builders.batches import ONE_LIST_SCHEME, honest
from hostile import HOSTILE, MARKER
from users import USERS, run_as

from benchmark.commands.grade import grade
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox import forking

pytestmark = pytest.mark.slow

OWN = "root" if os.geteuid() == 0 else "ordinary"
WHERE_USERS_DIFFER = (  # what lies outside, runs code of its own, or is ended by a limit of its process
    "folder_with_link", "a_link_in_its_place", "a_pipe_in_its_place", "folders_too_deep", "tar_device", "zip_bomb",
    "zip_of_lzma_with_a_dictionary_of_4_gib", "image_of_2_5_gigapixels", "array_of_pickles",
    "pickle_runs_code_at_the_top", "pickle_nested_100_000_deep", "config_of_terabytes", "onnx_with_external_data",
    "onnx_that_never_ends", "onnx_that_draws_100_gigabytes",
)  # fmt: skip
NAMES = {user: tuple(HOSTILE) if user == OWN else WHERE_USERS_DIFFER for user in USERS}
CASES = [(user, name) for user in USERS for name in NAMES[user]]
HONEST = "honest <script>alert(1)<-script> $(touch touched)"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """For each user an honest submission next to hostile ones, and alone."""
    folder = tmp_path_factory.mktemp("grading")
    (folder / "scheme.toml").write_text(ONE_LIST_SCHEME.replace("cpu_seconds = 8", "cpu_seconds = 4"))
    for user, names in NAMES.items():
        for one in names:
            (folder / user / one).mkdir(parents=True)
            HOSTILE[one][0](folder / user / one)
        honest(folder / user / HONEST)
    honest(folder / "alone" / HONEST)
    return folder


def graded(folder, user):
    """All entries by id: of submissions for a user, and of the honest one alone. Runs in a process of its own.

    Torch is imported once, where processes are copied from, and not by each that reads weights; so each of them needs
    less processor time than the scheme of other tests gives.
    """
    forking.SERVE = f"import torch; {forking.SERVE}"
    return [entries(Path(folder), inbox, f"{inbox}-by-{user}") for inbox in (user, "alone")]


def entries(folder, inbox, out):
    grade([folder / inbox], folder / out, GradingRequest(task="iclevr", scheme=folder / "scheme.toml"))
    return {entry["id"]: entry for entry in json.loads((folder / out / "grades.json").read_text())["submissions"]}


@pytest.fixture(scope="module")
def grades_by(places, judges_tested):
    """A user's entries beside hostile submissions, and alone; whichever user it is."""

    @cache
    def grades(user):
        words = ("grading.test_hostile_submissions", "graded", str(places), user)
        found = run_as(user, *words, timeout=1_200, **judges_tested)
        assert isinstance(found, list), f"the grader ended with {found}"
        return found

    return grades


@pytest.mark.parametrize(("user", "name"), CASES)
def test_a_hostile_submission_ends_with_one_line_of_reason(user, name, grades_by):
    entry = grades_by(user)[0][name]
    assert entry["status"] in {"rejected", "failed"}
    assert re.search(HOSTILE[name][1], entry["reason"]), entry["reason"]
    assert "\n" not in entry["reason"]
    assert (entry["points"], entry["verdict"], entry["scores"]) == (0.0, "fail", {})


@pytest.mark.parametrize("user", USERS)
def test_nothing_outside_is_touched(user, grades_by, places):
    assert set(grades_by(user)[0]) == {*NAMES[user], HONEST}
    assert not list(places.rglob(MARKER))


@pytest.mark.parametrize("user", USERS)
def test_the_honest_submission_beside_them_gets_the_grade_it_gets_alone(user, grades_by):
    beside, alone = grades_by(user)
    assert alone[HONEST]["status"] == "graded"
    assert beside[HONEST] == alone[HONEST]


@pytest.mark.parametrize("user", USERS)
def test_a_name_with_markup_is_text_on_its_page(user, grades_by, places):
    assert grades_by(user)
    pages = [path.read_text() for path in places.glob(f"*-by-{user}/pages/honest*.html")]
    assert len(pages) == 2
    assert all("<script" not in page and "&lt;script&gt;" in page for page in pages)
