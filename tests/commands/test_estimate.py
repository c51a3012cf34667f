"""A benchmark says before it begins what it will train, and how long that takes by the first updates."""

import pytest
from builders import runs
from builders.data import toy_data

from benchmark.cli import main
from benchmark.commands import benchmark, estimate, train
from benchmark.commands.estimate import Training, announce_budget, longest_budget, time_training
from benchmark.errors import UsageError
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS

CPU = this_machine("cpu", "float32")
FACES = TASKS["anime-faces-unconditional"]
CHOSEN = [(FACES, ["dcgan", "wgan"])]


def plan(*seconds, report=20_000):
    return [Training(task="faces", model=str(each), report=report, update_seconds=each) for each in seconds]


@pytest.fixture
def timed(monkeypatch):
    """Updates of 0.1 s."""
    monkeypatch.setattr(estimate, "time_training", runs.timed)


@pytest.mark.usefixtures("timed")
def test_each_training_and_their_sum_are_said_with_what_was_measured(capsys):
    assert announce_budget(CHOSEN, "short", 2, CPU) == "short"
    lines = capsys.readouterr().err.splitlines()
    assert f"timing the first updates of 2 models on {CPU.device_name}" in lines
    assert "  anime-faces-unconditional dcgan: 1,500 updates of 100 ms times 2 seeds: 5 min" in lines
    assert lines[-1] == "all 4 trainings together: 10 min; scoring comes on top"


@pytest.mark.usefixtures("timed")
@pytest.mark.parametrize(("minutes", "budget"), [(60, "10000"), (600, "report"), (8, "short"), (0.01, "10")])
def test_an_hour_gives_all_models_as_many_updates_as_fit_beside_scoring(minutes, budget):
    """Two models of 0.1 s: three quarters of an hour are 13,500 updates of both."""
    assert announce_budget(CHOSEN, "hour", 1, CPU, minutes=minutes) == budget


def test_the_slowest_models_and_the_seeds_count():
    assert longest_budget(plan(0.1, 0.1), 1, 1_000) == "5000"
    assert longest_budget(plan(0.1, 0.9), 1, 1_000) == "1000"
    assert longest_budget(plan(0.1, 0.1), 5, 1_000) == "1000"
    assert longest_budget(plan(0.1, 0.1, report=3_000), 1, 1_000) == "report"


def test_reports_of_any_length_are_given_once_all_of_them_fit():
    """56,400 and 141,000 updates, the longest of the bundled models, lie beyond every length that all models get."""
    long = plan(0.1, report=56_400) + plan(0.1, report=141_000)
    assert longest_budget(long, 1, 19_741) == "report"
    assert longest_budget(long, 1, 19_739) == "50000"
    assert longest_budget(long, 2, 19_741) == "30000"


def test_a_gpu_gets_an_hour_by_itself_and_a_cpu_smoke(timed, monkeypatch, capsys):
    assert announce_budget(CHOSEN, "auto", 1, CPU) == "smoke"
    assert "smoke: 2 runs of 2 generator updates each" in capsys.readouterr().err

    class Cuda:
        type = "cuda"

    class Gpu:
        device, device_name = Cuda, "a GPU"

    assert announce_budget(CHOSEN, "auto", 1, Gpu) == "10000"


def test_the_first_updates_are_timed_on_the_models_own_networks(monkeypatch):
    monkeypatch.setattr(estimate, "open_data", lambda dataset, _: toy_data(dataset, count=400))
    slow, fast = (time_training(FACES, f"mlp_gan:widths=[{width}]", CPU) for width in (1_500, 8))
    assert slow.report == fast.report == 20_000
    assert slow.update_seconds > 2 * fast.update_seconds > 0


def test_timing_changes_no_training(toy, monkeypatch):
    monkeypatch.setattr(estimate, "open_data", lambda dataset, _: toy_data(dataset, count=400))
    request = train.TrainingRequest(task=FACES.name, model="mlp_gan", budget="short", device="cpu")
    train.train(request, toy / "before")
    time_training(FACES, "mlp_gan:widths=[8]", CPU)
    train.train(request, toy / "after")
    assert (toy / "before/generator.safetensors").read_bytes() == (toy / "after/generator.safetensors").read_bytes()


def test_the_plan_comes_before_the_first_training(toy, timed, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark, "compute", stop)
    assert main(["benchmark", "--profile", "short", "--tasks", FACES.name, "--models", "dcgan"]) == 130
    assert "all 1 trainings together" in capsys.readouterr().err


def test_a_profile_that_is_none_is_refused_with_all_that_there_are(capsys):
    assert main(["benchmark", "--profile", "nightly", "--device", "cpu"]) == 2
    words = "--profile (--budget) is 'nightly'; give auto, first, hour, smoke, short, report, or a number of generator"
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("profile", ["hour", "short", "auto"])
@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(profile, minutes, capsys):
    assert main(["benchmark", "--profile", profile, "--device", "cpu", "--minutes", minutes]) == 2
    assert f"--minutes is {minutes}; give a number above 0" in capsys.readouterr().err
    with pytest.raises(UsageError):
        announce_budget(CHOSEN, "hour", 1, CPU, minutes=float(minutes))


@pytest.mark.parametrize(
    ("options", "profile"), [([], "first"), (["--tasks", "iclevr"], "smoke"), (["--profile", "short"], "short")]
)
def test_a_time_that_the_profile_does_not_use_is_refused(options, profile, toy, capsys):
    assert main(["benchmark", "--device", "cpu", "--minutes", "10", *options]) == 2
    words = f"--minutes is 10, but --profile {profile} has its own length; give --profile hour"
    assert words in capsys.readouterr().err
    assert not (toy / "runs").exists()


@pytest.mark.parametrize(("options", "minutes"), [([], 60), (["--minutes", "10"], 10)])
def test_an_hour_is_as_long_as_requested(options, minutes, toy, monkeypatch):
    given = []
    monkeypatch.setattr(benchmark, "announce_budget", lambda *_, **found: given.append(found["minutes"]) or "smoke")
    monkeypatch.setattr(benchmark, "matrix_jobs", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(["benchmark", "--profile", "hour", *options]) == 130
    assert given == [minutes]
