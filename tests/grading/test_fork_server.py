"""Copies of the fork server are as shut in as programs of their own, and nothing of one reaches the next."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from attempts import ATTEMPTS
from builders.submissions import encoded
from grading.test_sandbox import alive, children, wait_for
from looks import ASSIGNMENT
from users import HERE, USERS, run_as

from benchmark.grading.sandbox import fork_server, forking, launch
from benchmark.grading.sandbox.confine import WALLS, Limits

pytestmark = pytest.mark.skipif(not forking.can_fork(), reason="there is no fork server here")

ALL = (1 << len(WALLS)) - 1
LIMITS = Limits(cpu_seconds=10, wall_seconds=300)


@pytest.fixture
def honest(tmp_path):
    """An honest submission of two images."""
    (tmp_path / "honest" / "test").mkdir(parents=True)
    for number, image in enumerate(np.random.default_rng(0).integers(0, 256, (2, 3, 64, 64), dtype=np.uint8)):
        (tmp_path / "honest" / "test" / f"{number}.png").write_bytes(encoded(image))
    return str(tmp_path / "honest")


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return str(tmp_path / "work")


@pytest.fixture
def copies(monkeypatch):
    """Stand-ins run in copies of a server that this process starts, which ends with the test."""
    names = ("sleeps", "computes", "crashes", "tells_its_user")
    monkeypatch.setattr(launch, "EXTRA", (str(HERE),))
    monkeypatch.setattr(launch, "FORKED", tuple(f"stand_in:{name}" for name in names))
    monkeypatch.setattr(forking, "_SERVERS", {})
    yield lambda path, name, limits=LIMITS: launch.look_at(Path(path), ASSIGNMENT, limits, main=f"stand_in:{name}")
    for server in forking._SERVERS.values():
        server.end()


def server():
    return next(iter(forking._SERVERS.values())).process.pid


@pytest.mark.parametrize("user", USERS)
def test_every_attempt_is_refused_in_a_copy(user, work):
    (answer,), _ = run_as(user, "looks", "look_by_fork", [(work, "tries_all_attempts")])
    assert answer["reason"] == f"{len(ATTEMPTS)} tried; worked:"
    assert answer["walls"] == ALL


@pytest.mark.parametrize("user", USERS)
def test_a_submission_that_damages_its_process_does_not_change_the_next_answer(user, work, honest):
    alone = run_as(user, "looks", "look_by_program", honest)
    looks = [(honest, ""), (work, "damages_its_process"), (honest, ""), (honest, "spoils_and_reads"), (honest, "")]
    answers, servers = run_as(user, "looks", "look_by_fork", looks)
    assert len(servers) == 1
    assert (alone["status"], alone["walls"], len(alone["images"])) == ("ready", ALL, 1)
    assert answers[0] == answers[2] == answers[4] == alone
    assert "SIGSEGV" in answers[1]["reason"]
    assert answers[3]["status"] == "ready"  # the damage works where it is done
    assert answers[3]["images"] != alone["images"]


@pytest.mark.parametrize("user", USERS)
def test_nothing_about_earlier_submissions_is_in_a_copy_s_memory(user, tmp_path, work):
    for number in (1, 2):
        (tmp_path / f"neighbour-{number}").mkdir()
    looks = [(str(tmp_path / f"neighbour-{number}"), "searches_its_memory") for number in (1, 2)]
    answers, _ = run_as(user, "looks", "look_by_fork", [*looks, (work, "searches_its_memory")])
    assert [answer["reason"] for answer in answers] == ["neighbour-1", "neighbour-2", ""]


@pytest.mark.parametrize("user", USERS)
def test_a_copy_shares_nothing_that_can_be_written_but_its_answer(user, work):
    looks = [(work, "sleeps_two_seconds"), (work, "tells_what_it_shares"), (work, "sleeps_two_seconds")]
    (_, answer, _), _ = run_as(user, "looks", "look_by_fork", looks, len(looks))
    job, *nothing, own, memory = answer["reason"].split("; ")
    assert job == f"0 /memfd:job (deleted) {os.O_RDONLY}"
    assert nothing == [f"{number} /dev/null {os.O_RDWR}" for number in (1, 2)]
    assert own.startswith(f"{fork_server.ANSWER} …/")  # in the temporary folder, which no message names
    assert memory == "memory:"


def test_a_copy_that_goes_on_too_long_is_stopped(copies, work):
    assert copies(work, "sleeps", Limits(wall_seconds=1)).reason == "it was stopped after 1 s"
    answer = copies(work, "computes", Limits(cpu_seconds=1, wall_seconds=600))
    assert answer.reason == "it used more processor time than it may"
    assert not children(server())


def test_an_interrupt_ends_all_copies_that_are_looked_at(copies, work):
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(copies, work, "sleeps") for _ in range(3)]
        wait_for(lambda: len(launch.RUNNING) == 3 and len(children(server())) == 3)
        launch.end_all()
        assert {"SIGKILL" in each.result().reason for each in waiting} == {True}
    assert not launch.RUNNING


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends users")
def test_two_copies_at_once_are_two_users(copies, work):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: copies(work, "tells_its_user"), range(2)))
    assert len({answer.reason for answer in answers}) == 2


def test_a_server_that_was_killed_fails_what_it_ran_and_the_next_look_starts_another(copies, work):
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(copies, work, "sleeps")
        (copy,) = wait_for(lambda: forking._SERVERS and children(server()))
        first = server()
        wait_for(lambda: "Seccomp:\t2" in Path(f"/proc/{copy}/status").read_text())  # the last wall stands
        os.kill(first, signal.SIGKILL)
        assert "the process that starts those that read submissions has ended" in waiting.result().reason
    assert wait_for(lambda: not alive(copy))
    assert "SIGABRT" in copies(work, "crashes").reason
    assert server() != first


def test_server_and_copies_end_with_the_one_that_started_them(work):
    code = (
        f"import sys; sys.path[:0] = {[str(HERE), str(launch.ROOT)]!r}\n"
        "import looks, pathlib; from benchmark.grading.sandbox import launch\n"
        f"launch.EXTRA, launch.FORKED = ({str(HERE)!r},), ('stand_in:sleeps',)\n"
        f"launch.look_at(pathlib.Path({work!r}), looks.ASSIGNMENT, looks.Limits(), 'stand_in:sleeps')"
    )
    grader = subprocess.Popen([sys.executable, "-c", code])
    (server,) = wait_for(lambda: children(grader.pid))
    (copy,) = wait_for(lambda: children(server))
    wait_for(lambda: "Seccomp:\t2" in Path(f"/proc/{copy}/status").read_text())
    grader.kill()
    grader.wait()
    assert wait_for(lambda: not alive(server) and not alive(copy))


def test_where_no_server_can_be_a_submission_is_read_by_a_program_of_its_own(monkeypatch, honest):
    monkeypatch.setattr(forking, "_SERVERS", {})
    monkeypatch.setattr(launch, "can_fork", lambda: False)
    answer = launch.look_at(Path(honest), ASSIGNMENT, LIMITS)
    assert (answer.status, answer.walls, forking._SERVERS) == ("ready", ALL, {})
    assert answer.images["images", "test"].shape == (2, 3, 64, 64)
