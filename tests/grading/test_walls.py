"""Everything that a taken-over process tries is refused, started by root or by an ordinary user."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from attempts import ATTEMPTS, NEEDED
from users import USERS, run_as

from benchmark.commands import doctor
from benchmark.grading.sandbox.confine import WALLS
from benchmark.grading.sandbox.users import own_user

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

ALL = (1 << len(WALLS)) - 1
FILTER = 1 << WALLS.index("no_system_calls_outside")


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return str(tmp_path / "work")


WHITE = 255 * 2 * 3 * 64 * 64


@pytest.mark.parametrize("user", USERS)
def test_every_attempt_is_refused(user, work):
    answer = run_as(user, "looks", "look", work, "tries_all_attempts")
    assert answer["reason"] == f"{len(ATTEMPTS)} tried; worked:"
    assert answer["walls"] == ALL


@pytest.mark.parametrize("user", USERS)
def test_what_libraries_need_is_left(user, work):
    answer = run_as(user, "looks", "look", work, "needs_what_is_left")
    assert (answer["status"], answer["reason"]) == ("rejected", f"{len(NEEDED)} tried; refused:")


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("way", ["signals_later", "signals_later_past_the_filter"])
def test_no_signal_reaches_the_grader_by_way_of_a_file(user, way, work):
    answer = run_as(user, "looks", "look", work, way)
    assert isinstance(answer, dict), f"the grader was ended by signal {-answer}"
    assert answer["walls"] | FILTER == ALL


def test_a_user_of_its_own_keeps_signals_in_where_no_other_wall_does(work):
    answer = run_as("root", "looks", "look", work, "signals_later_past_the_filter_and_landlock")
    assert isinstance(answer, dict), f"the grader was ended by signal {-answer}"


def test_without_any_of_these_walls_the_signal_would_arrive(work):
    """The attack of the tests above works."""
    assert run_as("ordinary", "looks", "look", work, "signals_later_past_the_filter_and_landlock") == -15


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dies_by_a_real_time_signal", "the process that read it was ended by signal 40"),
        ("ends_with_255", "the process that read it ended with 255"),
        ("is_ready_with_nothing", "the process that read it left a damaged answer"),
        ("says_nothing", "the process that read it gave no answer"),
        ("lies", "the process that read it left a damaged answer"),
        (
            "has_no_room",
            "its answer could not be written (File too large); make room in the temporary folder and grade it again",
        ),
    ],
)
def test_a_process_that_ends_in_an_odd_way_fails_alone(user, name, reason, work):
    answer = run_as(user, "looks", "look", work, name)
    assert answer == {"status": "failed", "reason": reason, "walls": ALL, "sums": {}}


@pytest.mark.parametrize("user", USERS)
def test_the_grader_reads_an_answer_whatever_is_set_on_the_handle_of_the_process(user, work):
    answer = run_as(user, "looks", "look", work, "spoils_the_handle")
    assert (answer["status"], answer["sums"]) == ("ready", {"test": WHITE})


@pytest.mark.parametrize("user", USERS)
def test_a_process_cannot_claim_a_wall_that_does_not_stand(user, work):
    answer = run_as(user, "looks", "look", work, "claims_all_walls")
    assert (answer["status"], answer["walls"]) == ("ready", ALL & ~FILTER)


def test_two_processes_at_once_are_two_users(work):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: run_as("root", "looks", "look", work, "tells_its_user"), range(2)))
    users = {answer["reason"] for answer in answers}
    assert len(users) == 2
    assert all(re.fullmatch(r"user 6[0-9]{4}", user) for user in users)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends users")
def test_a_user_is_lent_to_one_at_a_time():
    with own_user() as first, own_user() as second:
        assert first != second
    with own_user() as again:
        assert again == first


def as_the_doctor_says(user, work, name):
    """The walls around a stand-in, in the doctor's words."""
    found = run_as(user, "looks", "walls_of", work, name)
    return {wall: doctor.wall_in_words(found[wall]) for wall in WALLS}


@pytest.mark.parametrize("user", USERS)
def test_the_doctor_says_why_a_wall_does_not_stand(user, work):
    whole = as_the_doctor_says(user, work, "says_nothing")
    assert whole == dict.fromkeys(WALLS, "yes")
    reported = as_the_doctor_says(user, work, "claims_all_walls")
    missing = "no (left out): grade on another machine if you do not trust what is handed in"
    assert reported == whole | {"no_system_calls_outside": missing}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends users")
def test_a_user_of_its_own_stands_for_an_older_landlock_and_without_one_the_doctor_names_the_version(work):
    reported = {user: as_the_doctor_says(user, work, "has_an_old_landlock") for user in USERS}
    assert reported["root"]["no_signals"] == "yes"
    assert reported["ordinary"]["no_signals"].startswith(
        "no (Landlock has version 4 here, and knows no signals before 6)"
    )
