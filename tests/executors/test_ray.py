"""Matrices and grades on a real Ray cluster of this machine, or by several processes: as here, whatever is killed."""

import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from builders import matrices
from builders.batches import exam_in, grades, inbox
from builders.matrices import MODELS, TASK, UPDATES, drive, drive_grade, hold, process_at, results, updates_of

from benchmark.cli import main
from benchmark.commands import benchmark, grade
from benchmark.errors import UsageError
from benchmark.executors.local import Local
from benchmark.executors.request import ExecutorRequest
from benchmark.grading import remote_looking
from benchmark.grading.grader import Grader
from benchmark.grading.intake.contents import content_digest
from benchmark.grading.intake.discover import Submission
from benchmark.grading.remote_looking import LookJob, check_grading_workers
from benchmark.grading.sandbox import launch
from benchmark.grading.sandbox.confine import EVERY_WALL, WALLS, Limits
from benchmark.training.runs import Housekeeping

pytestmark = pytest.mark.slow
ON_RAY = ExecutorRequest(name="ray")


def compute(out, models=MODELS, **options):
    return benchmark.benchmark(out, profile="short", tasks=TASK, models=models, device="cpu", **options)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """What the local executor computes."""
    return matrices.results_of(compute, tmp_path_factory.mktemp("local"))


def when(ready, act, seconds=120):
    """In a thread, act once on what ``ready`` returns, when it returns something."""

    def watch():
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if found := ready():
                return act(found)
            time.sleep(0.005)
        return None

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_ray_gives_the_bytes_of_the_local_executor_and_computes_nothing_twice(toy_matrix, ray_address, local):
    out = toy_matrix / "ray"
    found = compute(out, executor=ON_RAY)
    assert found["failed"] == {}
    assert results(out) == local
    assert {row["status"] for row in found["runs"]} == {"done"}
    assert {row["process"] for row in found["runs"]}.isdisjoint({os.getpid(), 0})
    before = updates_of(out)
    again = compute(out, executor=ON_RAY)
    assert {row["status"] for row in again["runs"]} == {"kept"}
    assert updates_of(out) == before
    next((out / "records").glob("*-mlp_gan-*.json")).unlink()
    again = compute(out, executor=ON_RAY)
    assert sorted(row["status"] for row in again["runs"]) == ["done", "kept"]
    assert results(out) == local


def test_a_run_whose_worker_is_killed_goes_on_from_its_last_checkpoint(toy_matrix, ray_address, local, capfd):
    out = toy_matrix / "ray"
    held = hold(out, UPDATES // 2 + 1)

    def kill(process):
        os.kill(process, signal.SIGKILL)
        held.unlink()

    killer = when(lambda: process_at(out, UPDATES // 2 + 1), kill)
    found = compute(out, executor=ON_RAY)
    killer.join()
    assert found["failed"] == {}
    assert results(out) == local
    assert sorted(row["attempts"] for row in found["runs"]) == [1, 2]
    assert "its worker died" in capfd.readouterr().err
    (killed,) = [lines for lines in updates_of(out).values() if len({process for process, _ in lines}) == 2]
    steps = [step for _, step in killed]
    again = steps[steps.index(max(steps[: UPDATES // 2 + 1])) + 1]
    assert 1 < again <= UPDATES // 2 + 2, "it went on, and did not begin again"


def test_a_driver_that_is_killed_and_started_again_ends_as_if_it_had_not_been(toy_matrix, ray_address, local):
    out = toy_matrix / "ray"
    held = hold(out, 5)
    driver = drive(out, "--executor", "ray", "--ray-address", ray_address, models="mlp_gan")
    killer = when(lambda: process_at(out, 5), lambda _: driver.kill())
    driver.wait(180)
    killer.join()
    assert driver.returncode == -signal.SIGKILL, (toy_matrix / "ray.said").read_text()
    held.unlink()
    assert compute(out, executor=ON_RAY)["failed"] == {}
    assert results(out) == local


def test_a_driver_waits_for_the_runs_of_another_and_takes_over_when_that_is_told_to_end(
    toy_matrix, ray_address, local, monkeypatch
):
    from benchmark.commands import matrix

    out, said = toy_matrix / "ray", []
    held = {model: hold(out, 5, model) for model in MODELS.split(",")}
    other = drive(out, "--executor", "ray", "--ray-address", ray_address, "--cpus-per-run", "0.5")

    def say(line):
        said.append(line)
        if "waiting for 1 runs" in line and other.poll() is None:
            assert_ends_when_told(other, out, ["mlp_gan"])
            held["mlp_gan"].unlink()
        held["dcgan"].unlink(missing_ok=True)

    monkeypatch.setattr(matrix, "BUSY_PAUSE", 0.2)
    monkeypatch.setattr(matrix, "say", say)
    wait_for_runs_at(5, out, other)
    assert compute(out, executor=replace(ON_RAY, cpus_per_run=0.5))["failed"] == {}
    assert "waiting for 2 runs of another program" in said[0]
    assert results(out) == local
    lines = updates_of(out)
    assert [step for _, step in lines["dcgan"]] == [*range(1, UPDATES + 1)], "each update was computed once"
    steps = [step for _, step in lines["mlp_gan"]]
    assert steps[steps.index(5) + 1] > 1, "it went on, and did not begin again"


def wait_for_runs_at(update, out, driver):
    """Return when each run of a driver has come to an update."""
    while not all(process_at(out, update, model) for model in MODELS.split(",")):
        assert driver.poll() is None, Path(f"{out}.said").read_text()
        time.sleep(0.02)


def assert_ends_when_told(driver, out, models):
    """Tell a driver to end: it says how to go on and leaves neither workers of these models nor half a folder."""
    driver.terminate()
    said = Path(f"{out}.said")
    assert driver.wait(120) == 130, said.read_text()
    assert said.read_text().splitlines()[-1].startswith("cgan-bench: interrupted; the same command")
    for model in models:
        wait_until_gone(process_at(out, 5, model))
    assert not list(out.rglob("*.part"))


def test_a_matrix_in_two_processes_that_is_told_to_end_goes_on_to_the_bytes_of_one(
    toy_matrix, local, ends_when_told, capfd
):
    out = toy_matrix / "told"
    options = ["--profile", "short", "--tasks", TASK, "--models", MODELS, "--device", "cpu", "--out", str(out)]
    held = hold(out, 5)

    def held_alone():
        return process_at(out, 5) if list(out.glob("jobs/*-dcgan-*.json")) else None

    teller = when(held_alone, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["benchmark", *options, "--jobs", "2"]) == 130
    teller.join()
    assert capfd.readouterr().err.splitlines()[-1].startswith("cgan-bench: interrupted; the same command")
    wait_until_gone(process_at(out, 5))
    assert not list(out.rglob("*.part"))
    held.unlink()
    found = compute(out, executor=ExecutorRequest(jobs=2))
    assert found["failed"] == {}
    assert {row["status"] for row in found["runs"]} == {"kept", "done"}
    assert results(out) == local
    steps = steps_of(out)
    assert steps["dcgan"] == [*range(1, UPDATES + 1)]
    assert steps["mlp_gan"][steps["mlp_gan"].index(5) + 1] > 1, "it went on, and did not begin again"
    processes = [process for lines in updates_of(out).values() for process in {process for process, _ in lines}]
    assert len({*processes, os.getpid()}) == 4, "each run in a process of its own, the second one once more"


@pytest.fixture
def ends_when_told():
    """SIGTERM interrupts this process, as it does a command."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


def steps_of(out):
    return {model: [step for _, step in lines] for model, lines in updates_of(out).items()}


def test_a_matrix_in_this_process_that_is_interrupted_goes_on(toy_matrix, local, monkeypatch, capsys):
    out = toy_matrix / "told"
    options = ["--profile", "short", "--tasks", TASK, "--models", MODELS, "--device", "cpu", "--out", str(out)]
    with monkeypatch.context() as patch:
        patch.setattr(Housekeeping, "__call__", interrupted_at(5))
        assert main(["benchmark", *options]) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("cgan-bench: interrupted; the same command")
    assert not list(out.rglob("*.part"))
    assert compute(out)["failed"] == {}
    assert results(out) == local
    assert steps_of(out)["mlp_gan"] == [1, 2, 3, 4, 5, *range(5, UPDATES + 1)]


def interrupted_at(update):
    kept = Housekeeping.__call__

    def interrupts(self, state):
        kept(self, state)
        if state.step == update:
            raise KeyboardInterrupt

    return interrupts


def test_a_run_that_fails_or_diverges_is_named_last_and_the_others_go_on(toy_matrix, ray_address, capsys):
    models = "mlp_gan,mlp_gan:sgd_raw:sgd_learning_rate=1000000.0"
    options = ["--profile", "short", "--tasks", TASK, "--models", models, "--device", "cpu", "--executor", "ray"]
    assert main(["benchmark", *options, "--out", "ray", "--json"]) == 1
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert len(document["records"]) == 4
    (reason,) = document["failed"].values()
    assert reason.startswith("diverged: ")
    assert said.err.splitlines()[-2].endswith(reason)


def test_a_worker_with_other_code_is_one_line_before_any_work(toy_matrix, ray_address, monkeypatch, capsys):
    from benchmark.commands import matrix

    kept = matrix.environment
    monkeypatch.setattr(matrix, "environment", lambda **more: replace(kept(**more), libraries={"numpy": "1.0"}))
    options = ["--profile", "short", "--tasks", TASK, "--models", MODELS, "--device", "cpu", "--executor", "ray"]
    assert main(["benchmark", *options, "--out", "ray"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].endswith("this machine none; install the same on every machine")
    assert not updates_of(toy_matrix / "ray")


def wait_until_gone(process, seconds=60):
    ends = time.monotonic() + seconds
    while Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes():
        assert time.monotonic() < ends, f"process {process} goes on"
        time.sleep(0.05)


@pytest.fixture(params=["accepts and is silent", "has no listener", "drops"])
def dead_address(request):
    """An address at which no cluster is: it takes connections and says nothing, refuses them, or does not answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0 if request.param == "drops" else 16)
        address = listener.getsockname()
        if request.param == "has no listener":
            listener.close()
        with ExitStack() as full:
            for _ in range(4 if request.param == "drops" else 0):  # more than wait in line: the next are dropped
                waiting = full.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(address)
            yield f"127.0.0.1:{address[1]}"


def test_an_address_that_does_not_answer_is_one_line_within_its_time(toy_matrix, dead_address, capsys, monkeypatch):
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("benchmark.executors.ray_cluster.ANSWER", 2.0)
    options = ["--profile", "short", "--tasks", TASK, "--models", MODELS, "--executor", "ray", "--out", "ray"]
    begun = time.monotonic()
    assert main(["benchmark", *options, "--ray-address", dead_address]) == 2
    assert time.monotonic() - begun < 2.0 + 5
    (said,) = capsys.readouterr().err.splitlines()
    assert f"no Ray cluster answers at --ray-address {dead_address} within 2 s" in said
    assert not (toy_matrix / "ray").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--gpus-per-run", "0.5"], "--gpus-per-run is 0.5, but no machine of the cluster has more than 0"),
        (["--cpus-per-run", "3"], "--cpus-per-run is 3; give more than 0 and at most 2"),
        (["--jobs", "2"], "--jobs is 2, but a cluster has as many at once as fit"),
        (["--out", "memory://x"], "lies in this process alone"),
    ],
)
def test_what_a_cluster_does_not_have_is_one_line_before_any_work(toy_matrix, ray_address, capsys, options, words):
    wanted = ["--profile", "short", "--tasks", TASK, "--models", MODELS, "--executor", "ray", "--out", "ray"]
    wanted = wanted[:-2] if "--out" in options else wanted
    assert main(["benchmark", *wanted, *options]) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert not updates_of(toy_matrix)


@pytest.mark.parametrize(
    ("error", "tries", "words"),
    [
        (
            PermissionError(13, "Permission denied", "/home/theirs/.ray"),
            1,
            r"'/home/theirs/.ray'\); set HOME to a folder",
        ),
        (ConnectionError("no answer"), 5, r"\(no answer\); end other programs"),
    ],
)
def test_a_start_that_fails_is_tried_again_unless_a_file_is_the_reason(monkeypatch, error, tries, words):
    from benchmark.executors import ray_cluster

    calls = []

    def refuse(**_):
        calls.append(1)
        raise error

    for name, stand_in in (("init", refuse), ("shutdown", lambda: None), ("is_initialized", lambda: False)):
        monkeypatch.setattr(f"ray.{name}", stand_in)
    with pytest.raises(UsageError, match=words), ray_cluster.cluster(None):
        pass
    assert len(calls) == tries


@pytest.fixture
def cluster_of_gpus(monkeypatch):
    """A cluster of a machine with eight GPUs and one with none, as Ray lists them; the functions that look at it."""
    from benchmark.executors import ray_cluster

    machines = [{"Resources": {"GPU": 8.0, "CPU": 16.0}}, {"Resources": {"CPU": 64.0}}]
    monkeypatch.setattr(ray_cluster, "nodes", lambda: machines)
    return ray_cluster


@pytest.mark.parametrize("gpus", [0, 0.25, 0.3333, 1, 8])
def test_a_run_gets_the_gpus_that_one_machine_can_give(cluster_of_gpus, gpus):
    assert cluster_of_gpus.gpus_for(gpus) == gpus
    assert cluster_of_gpus.gpus_for(None) == 1


@pytest.mark.parametrize("gpus", [-1, 1.5, 0.33333, 9, float("nan"), float("inf"), -float("inf")])
def test_gpus_that_no_machine_can_give_are_refused(cluster_of_gpus, gpus):
    with pytest.raises(
        UsageError, match=rf"--gpus-per-run is {gpus:g}[;,] .*give (a fraction such as 0.25|at most that)"
    ):
        cluster_of_gpus.gpus_for(gpus)


@pytest.mark.parametrize("cpus", [0, -1, 65, 0.33333, float("nan"), float("inf")])
def test_processors_that_no_machine_can_give_are_refused(cluster_of_gpus, cpus):
    cluster_of_gpus.check_cpus(64)
    cluster_of_gpus.check_cpus(0.5)
    with pytest.raises(UsageError, match=rf"--cpus-per-run is {cpus:g}; give more than 0 and at most 64"):
        cluster_of_gpus.check_cpus(cpus)


def contents(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def graded_here(tmp_path_factory, scenes):
    """An exam, submissions to it (images, some of them wrong, and a link), and what the local executor gives them."""
    folder = tmp_path_factory.mktemp("graded")
    exam = exam_in(folder, scenes)
    paths = inbox(folder, scenes, "a", "bb")
    (folder / "inbox" / "link").symlink_to("/etc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGAN_BENCH_CACHE", str(folder / "cache"))
        grade.grade(paths, folder / "here", exam)
    return exam, paths, contents(folder / "here")


@pytest.fixture
def mark(graded_here):
    """A file with the process that waits, in a worker that looks slowly once."""
    path = graded_here[1][0].with_name("looking")
    path.unlink(missing_ok=True)
    return path


def test_grades_by_ray_are_byte_for_byte_those_of_here_even_if_a_worker_is_killed(
    tmp_path, graded_here, mark, ray_address, monkeypatch, capfd
):
    monkeypatch.setattr(remote_looking, "look_from_worker", matrices.look_slowly_once)
    exam, submissions, graded = graded_here
    killer = when(lambda: mark.exists() and mark.read_text(), lambda pid: os.kill(int(pid), signal.SIGKILL))
    grade.grade(submissions, tmp_path / "there", replace(exam, executor="ray"))
    killer.join()
    assert "bb: its worker died" in capfd.readouterr().err
    assert contents(tmp_path / "there") == graded
    assert {entry["status"] for entry in grades(tmp_path / "there").values()} == {"graded", "rejected"}


def test_of_two_drivers_at_one_grade_the_second_is_refused_and_a_killed_one_is_done_by_the_next(
    tmp_path, graded_here, mark, ray_address
):
    out, (exam, submissions, graded) = tmp_path / "there", graded_here
    with (tmp_path / "said").open("w") as said:
        driver = drive_grade(submissions, out, exam, ray_address, said)
    while driver.poll() is None and not mark.exists():
        time.sleep(0.02)
    assert driver.poll() is None, (tmp_path / "said").read_text()
    with pytest.raises(UsageError, match=r"another process is working in .*there"):
        grade.grade(submissions, out, replace(exam, executor="ray"))
    driver.kill()
    assert driver.wait(60) == -signal.SIGKILL
    grade.grade(submissions, out, replace(exam, executor="ray"))
    assert contents(out) == graded


def test_an_answer_of_another_size_fails_its_submission_alone(tmp_path, graded_here, ray_address, monkeypatch):
    exam, submissions, _ = graded_here
    monkeypatch.setattr(remote_looking, "look_from_worker", matrices.short_answer)
    grade.grade(submissions, tmp_path / "there", replace(exam, executor="ray"))
    found = grades(tmp_path / "there")
    assert found["bb"]["status"] == "failed"
    assert found["bb"]["reason"] == "the process that read it left a damaged answer"
    assert found["a"]["status"] == "graded"


def test_a_worker_that_cannot_shut_submissions_in_refuses_before_any_work(tmp_path, scenes, exam, monkeypatch):
    inbox(tmp_path, scenes, "a")
    missing = {name: None for name in WALLS} | {"no_network": "the kernel has none"}
    monkeypatch.setattr(remote_looking, "walls_around", lambda *_: missing)
    worker = remote_looking.walls_here(Grader(exam).assignment, Limits())
    monkeypatch.setattr(Local, "everywhere", lambda *_: [worker])
    with pytest.raises(UsageError, match=r"refuses: it cannot shut submissions in \(no_network: the kernel has none\)"):
        check_grading_workers(Local(), Grader(exam).assignment, Limits())
    raw = launch.RawAnswer(b"", EVERY_WALL & ~1)
    monkeypatch.setattr(remote_looking, "raw_answer", lambda *_: raw)
    job = LookJob(
        submission=Submission("a", tmp_path / "inbox" / "a"), digest=content_digest(tmp_path / "inbox" / "a"),
        assignment=Grader(exam).assignment, limits=Limits(),
    )  # fmt: skip
    with pytest.raises(UsageError, match="cannot shut submissions in"):
        remote_looking.look_from_worker(job)
    (tmp_path / "inbox" / "a" / "more").write_text("other")
    with pytest.raises(UsageError, match="holds other files on"):
        remote_looking.look_from_worker(job)
