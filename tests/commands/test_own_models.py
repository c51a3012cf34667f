"""``benchmark`` on data of one's own, with models of one's own beside the bundled ones."""

import json
import pickle

import pytest
from builders.data import png
from builders.plugins import PLAIN_TASK, toys  # noqa: F401 - a fixture

from benchmark.cli import main
from benchmark.commands.matrix import Runs, matrix_jobs
from benchmark.commands.model_run import scorer_for
from benchmark.commands.plan import checked_plan, plan, with_variants
from benchmark.commands.run_job import run_job
from benchmark.data.source import PartialSource
from benchmark.tasks import TASKS

TOY = "cgan_bench_toys.gans:ToyGAN"


@pytest.fixture
def mine(tmp_path, toys):  # noqa: F811
    """A folder of unlabelled images, and a task file."""
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number}.png").write_bytes(png((2 * number, 50, 50), size=(40, 40)))
    (tmp_path / "plain.toml").write_text(PLAIN_TASK)
    return tmp_path


def run(folder, *words):
    return main(["benchmark", "--out", str(folder / "runs"), "--tasks", str(folder / "plain.toml"), *words])


def test_own_models_are_trained_scored_and_ranked_on_own_images(mine, capsys):
    words = ("--data", str(mine / "faces"), "--models", f"{TOY},{TOY}:small", "--budget", "2")
    assert run(mine, *words, "--evaluator", "cgan_bench_toys.scores:Contrast", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == {}
    table = json.loads((mine / "runs/leaderboards/plain.json").read_text())["tables"][0]
    ranks = {row["name"]: row["rank"] for row in table["rows"]}
    assert ranks.keys() == {"real", "untrained", TOY, f"{TOY}:small"}
    assert sorted(rank for name, rank in ranks.items() if name.startswith(TOY)) in ([1, 1], [1, 2])
    assert [score["name"] for score in table["scores"]] == ["brightness", "contrast"]
    records = [json.loads(path.read_text()) for path in (mine / "runs/records").glob("*.json")]
    assert {record["data_name"] for record in records} == {"faces"}


def test_a_score_that_a_task_file_names_later_is_measured_of_runs_that_are_there(mine, capsys):
    words = ("--data", str(mine / "faces"), "--models", TOY, "--budget", "smoke")
    later = PLAIN_TASK.replace("evaluators = [", 'evaluators = ["near_duplicate_rate", ')
    for given, scores, again in ((PLAIN_TASK, 1, False), (PLAIN_TASK, 1, False), (later, 2, True)):
        (mine / "plain.toml").write_text(given)
        assert run(mine, *words) == 0
        assert ("lacks near_duplicate_rate; it is measured again" in capsys.readouterr().err) == again
        (table,) = json.loads((mine / "runs/leaderboards/plain.json").read_text())["tables"]
        assert [len(row["scores"]) for row in table["rows"][1:]] == 2 * [scores]


def test_jobs_of_relative_names_are_computed_from_any_folder(mine, monkeypatch):
    """As by a worker of a cluster, which has another current folder than the program that gives the jobs."""
    monkeypatch.chdir(mine)
    runs = Runs(budget="2", seeds=1, device="cpu", data=PartialSource("faces"), evaluators=())
    (job,) = matrix_jobs(checked_plan("plain.toml", TOY, (), "faces", publish=False), "runs", runs)
    scorer_for.cache_clear()
    (mine / "elsewhere").mkdir()
    monkeypatch.chdir(mine / "elsewhere")
    result = run_job(pickle.loads(pickle.dumps(job)))
    assert (mine / "runs" / result.record).exists()
    assert list((mine / "elsewhere").iterdir()) == []
    assert isinstance(pickle.loads(pickle.dumps(job)).made_of.data, PartialSource)


def test_all_stands_for_the_bundled_models_next_to_own_ones(toys):  # noqa: F811
    ((task, names),) = plan("iclevr", f"all,{TOY}")
    assert task is TASKS["iclevr"]
    assert names[-1] == TOY
    assert set(names[:-1]) <= set(with_variants())
    assert {"cdcgan_iclevr", "modern_cgan"} <= set(names)
    assert "stargan" not in names


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--models", "cdcgan_iclevr"), "cdcgan_iclevr cannot do plain; see 'cgan-bench list models'"),
        (("--models", f"all,{TOY}:large"), "no variant of cgan_bench_toys.gans:ToyGAN is called 'large'"),
        (
            ("--budget", "soon"),
            "--profile (--budget) is 'soon'; give auto, first, hour, smoke, short, report, or a number of",
        ),
        (("--evaluator", "face_hit_rate"), "face_hit_rate looks for faces, and plain shows none"),
        (("--data", "nowhere.zip"), "nowhere.zip does not exist"),
        (("--data", "nowhere.zip", "--publish"), "--publish with --data nowhere.zip"),
    ],
)
def test_a_wrong_word_is_one_line_before_any_work(mine, capsys, words, line):
    assert run(mine, *words) == 2
    err = capsys.readouterr().err
    assert line in err
    assert err.count("\n") == 1
    assert not (mine / "runs").exists()


def test_own_data_needs_a_task(tmp_path, capsys):
    assert main(["benchmark", "--data", "faces.zip", "--out", str(tmp_path / "runs")]) == 2
    assert "name its tasks with --tasks" in capsys.readouterr().err
