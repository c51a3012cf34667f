"""The whole chain: train, sample, score, record, table; and publishing."""

import json
from pathlib import Path

import pandas as pd
import pytest
from builders.data import toy_data
from builders.scorers import SIZES

from benchmark import tasks
from benchmark.cli import main
from benchmark.commands import benchmark, curve, model_run, sample, score
from benchmark.commands.plan import plan
from benchmark.data.datasets import DATASETS, dataset_of
from benchmark.data.labels import EYES
from benchmark.definitions import model_settings
from benchmark.errors import UsageError
from benchmark.leaderboard import output_files
from benchmark.records.per_sample import load_per_sample
from benchmark.scoring.scorer import Scorer
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from evaluators import EVALUATORS
from reference_models import MODELS


def test_every_model_of_every_task_ends_in_a_table(toy, capsys):
    assert main(["benchmark", "--profile", "smoke", "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    embedded = {name: task for name, task in TASKS.items() if DATASETS[task.dataset].render}
    models = [model for task in embedded.values() for model in model_settings.models_of(task)]
    assert len(result["records"]) == len(models) + sum(3 if task.conditional else 2 for task in embedded.values())
    for name, task in embedded.items():
        table = (toy / "runs/leaderboards" / f"{name}.md").read_text()
        assert all(f" {model} " in table for model in model_settings.models_of(task))
        assert "smoke: shows that everything runs, not a result" in table
    assert all((toy / grid).exists() for grid in result["grids"])
    assert captured.err.splitlines()[-2:] == ["sample grids: runs/samples", "page: runs/index.html"]
    assert len(list((toy / "runs/samples").glob("*-smoke-seed0-*.png"))) == len(models)
    assert not (toy / "results").exists()


def test_tasks_are_consistent():
    """Conditions are those of the data, the score that ranks is shown, and every evaluator is shown by a task."""
    for task in TASKS.values():
        assert task.condition_kind == dataset_of(task).kind
        assert task.headline[0] == task.main_score
        assert set(task.headline) <= set(task.scores)
        assert len(set(task.scores)) == len(task.scores)
        models = model_settings.models_of(task)
        assert models[: len(task.models)] == list(task.models), "those that a task names come first, in its order"
    assert {name for task in TASKS.values() for name in task.scores} == set(EVALUATORS)
    signs = [found.tells_collapse for found in EVALUATORS.values() if found.tells_collapse]
    assert sorted(signs) == ["distance", "repetition"]


@pytest.mark.parametrize("task", [task for task in TASKS.values() if DATASETS[task.dataset].render])
def test_every_task_has_what_its_scores_ask_for(task):
    """The bundled judges, detector and features, which the toys of the other tests stand in for."""
    scorer = model_run.scorer_of(task, toy_data(DATASETS[task.dataset]), "smoke", this_machine("cpu"))
    assert ("judge" not in scorer.networks) == (task.judge is None)
    assert ("detector" not in scorer.networks) == (not task.face_scores)
    names = {*task.condition_scores, *task.face_scores, *task.fidelity_scores, *task.transfer_scores}
    needed = {EVALUATORS[name].network for name in names} - {"none", "inception"}  # fid is scored where it is requested
    assert needed <= set(scorer.networks)
    assert scorer.protocol.task == task.name


def test_a_second_benchmark_trains_and_scores_nothing_again(toy, monkeypatch):
    benchmark.benchmark(toy / "runs", profile="smoke", tasks="anime-faces", models="cdcgan_pairs")
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda *_: pytest.fail("trained again"))
    monkeypatch.setattr(Scorer, "scores", lambda *_: pytest.fail("scored again"))
    benchmark.benchmark(toy / "runs", profile="smoke", tasks="anime-faces", models="cdcgan_pairs")


def test_publishing_copies_records_and_renders_tables_that_check(toy):
    models = "cdcgan_pairs,acgan_hair_eyes"
    benchmark.benchmark(toy / "runs", profile="short", tasks="anime-faces", models=models, seeds=2, publish=True)
    published = list((toy / "results/records").glob("*.json"))
    assert len(published) == 2 * 2 + 3
    with_scores = [path for path in published if json.loads(path.read_text())["scores"]]
    assert with_scores
    assert {path.with_suffix("").name for path in with_scores} == {
        path.with_suffix("").name for path in (toy / "results/records").glob("*.safetensors")
    }
    assert all(load_per_sample(path).scores for path in with_scores)
    assert output_files.check(toy / "results/records", toy / "results/leaderboards") == []
    assert len(list((toy / "results/samples").glob("anime-faces-*seed1-*.png"))) == 2


def test_leaderboard_check_fails_when_a_table_was_edited(toy, capsys):
    benchmark.benchmark(toy / "runs", profile="smoke", tasks="anime-faces", models="cdcgan_pairs")
    table = toy / "runs/leaderboards/anime-faces.csv"
    arguments = ["leaderboard", str(toy / "runs/records"), "--out", str(toy / "runs/leaderboards"), "--check"]
    assert main(arguments) == 0
    table.write_text(table.read_text().replace("1", "2", 1))
    assert main(arguments) == 1
    assert "changed" in capsys.readouterr().out


def test_sample_and_score_work_from_a_run_folder(toy, capsys):
    benchmark.benchmark(toy / "runs", profile="smoke", tasks="iclevr", models="cdcgan_iclevr")
    run = toy / "runs/iclevr/cdcgan_iclevr/smoke-seed0"
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"data_label": "synthetic"}))
    assert main(["sample", str(run), "--out", str(toy / "drawn")]) == 0
    words = json.loads((toy / "drawn/conditions.json").read_text())
    assert {part: len(list((toy / "drawn" / part).iterdir())) for part in words} == {
        part: len(rows) for part, rows in words.items()
    }
    capsys.readouterr()
    assert main(["score", str(run), "--out", str(toy / "records"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    found = rows[0]["scores"]["topk_accuracy"]
    (kept,) = [json.loads(path.read_text()) for path in (toy / "records").glob("*-cdcgan_iclevr-*.json")]
    assert found.items() <= kept["scores"]["topk_accuracy"].items()
    assert main(["score", str(run), "--out", str(toy / "records")]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("topk_accuracy "))
    assert f"{found['value']:.4f}" in line
    assert f"(n={found['n']})" in line


def test_a_run_that_has_not_ended_is_not_drawn_from(toy, capsys):
    benchmark.benchmark(toy / "runs", profile="smoke", tasks="iclevr", models="cdcgan_iclevr")
    run = toy / "runs/iclevr/cdcgan_iclevr/smoke-seed0"
    (run / "outcome.json").unlink()
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"data_label": "synthetic"}))
    assert main(["sample", str(run), "--out", str(toy / "drawn")]) == 2
    assert "holds a run that has not ended; go on with" in capsys.readouterr().err


def test_a_model_that_diverges_does_not_stop_the_others(toy, monkeypatch):
    monkeypatch.setitem(tasks.UPDATES, "short", 3)
    names = "mlp_gan:sgd_raw:sgd_learning_rate=1000000.0,mlp_gan"
    result = benchmark.benchmark(toy / "runs", profile="short", tasks="anime-faces-unconditional", models=names)
    table = (toy / "runs/leaderboards/anime-faces-unconditional.md").read_text()
    records = {path: json.loads(Path(path).read_text()) for path in result["records"]}
    (diverged,) = (record for record in records.values() if record["status"] == "diverged")
    assert "was not finite at generator update" in diverged["reason"]
    assert [path for path, record in records.items() if record["kind"] == "model" and record["status"] == "valid"]
    assert "diverged" in table
    (name,) = result["failed"]
    assert "sgd_raw" in name
    assert result["failed"][name].startswith("diverged: ")


def failing(error, times=1):
    """Score as ever, but raise the error at the first models."""
    kept = model_run.record_run

    def record_run(*arguments):
        record_run.calls += 1
        if record_run.calls <= times:
            raise error
        return kept(*arguments)

    record_run.calls = 0
    return record_run


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UsageError("the memory does not suffice"), "failed: the memory does not suffice"),
        (OSError(28, "No space left on device"), "failed: [Errno 28] No space left on device"),
        (ZeroDivisionError("ours"), "failed: ZeroDivisionError: ours"),
    ],
)
def test_a_matrix_goes_on_when_a_run_fails_names_it_before_its_page_and_ends_with_1(
    toy, monkeypatch, capsys, error, words
):
    monkeypatch.setattr(model_run, "record_run", failing(error))
    names = "mlp_gan,dcgan"
    words_of = ["benchmark", "--profile", "smoke", "--tasks", "anime-faces-unconditional", "--models", names]
    assert main([*words_of, "--out", "runs"]) == 1
    said = capsys.readouterr()
    failure = f"runs/anime-faces-unconditional/mlp_gan/smoke-seed0 {words}"
    assert said.out.splitlines()[-2:] == [failure, "page: runs/index.html"]
    assert ("Traceback" in said.err) == isinstance(error, ZeroDivisionError)
    assert [json.loads(path.read_text())["model"]["name"] for path in Path("runs/records").glob("*dcgan*.json")]
    assert main([*words_of, "--out", "runs"]) == 0  # the second time only what failed is done


def test_a_matrix_of_which_every_run_fails_names_them_all(toy, monkeypatch, capsys):
    monkeypatch.setattr(model_run, "record_run", failing(UsageError("no"), times=2))
    options = ["--profile", "smoke", "--tasks", "anime-faces-unconditional", "--models", "mlp_gan,dcgan"]
    assert main(["benchmark", *options, "--out", "runs", "--publish"]) == 2  # a smoke run is not published
    assert main(["benchmark", *options, "--out", "runs", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["failed"]) == 2


def test_an_interruption_ends_a_matrix(toy, monkeypatch):
    monkeypatch.setattr(model_run, "record_run", failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        benchmark.benchmark(toy / "runs", profile="smoke", tasks="anime-faces-unconditional", models="mlp_gan,dcgan")


def test_a_slow_run_has_its_curve_published(toy, monkeypatch):
    monkeypatch.setitem(tasks.UPDATES, "short", 12)
    benchmark.benchmark(toy / "runs", profile="short", tasks="anime-faces", models="cdcgan_pairs", publish=True)
    (record,) = (toy / "results/records").glob("anime-faces-cdcgan_pairs-*.json")
    assert json.loads(record.read_text())["status"] == "undertrained"
    curve = toy / "results/curves" / f"{record.stem}.csv"
    rows = pd.read_csv(curve)
    assert rows["generator_updates"].tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert curve.with_suffix(".png").exists()
    assert [path.stem.rpartition("-")[0] for path in sorted((toy / "results/samples").glob("*.png"))] == [
        "anime-faces-cdcgan_pairs-short-seed0", "anime-faces-reference-real",
    ]  # fmt: skip


def toy_faces_with_gray_eyes():
    return int((toy_data(DATASETS["anime-faces"], count=400).conditions[:, 1] == EYES.index("gray")).sum())


def test_a_model_that_cannot_express_every_condition_gets_a_table_of_its_own(toy, capsys):
    models = "cdcgan_pairs,cdcgan_pairs:without_gray_eyes"
    result = benchmark.benchmark(toy / "runs", profile="smoke", tasks="anime-faces", models=models)
    gray = toy_faces_with_gray_eyes()
    records = [json.loads(Path(path).read_text()) for path in result["records"]]
    whole, part = (
        {r["model"]["variant"] if r["model"] else r["reference"]["name"]: r for r in records if r["data_name"] == name}
        for name in ("toy", f"toy without {gray} images")
    )
    assert (set(whole), set(part)) == (
        {None, "real", "shuffled", "untrained"}, {"without_gray_eyes", "real", "shuffled", "untrained"},
    )  # fmt: skip
    assert part["without_gray_eyes"]["training"]["images_left_out"] == gray
    assert "images_left_out" not in whole[None]["training"]
    assert {r["protocol"]["id"] for r in whole.values()} != {r["protocol"]["id"] for r in part.values()}
    for field in ("condition_sha256", "data_digest"):
        assert {r["protocol"][field] for r in whole.values()}.isdisjoint(r["protocol"][field] for r in part.values())
    table = (toy / "runs/leaderboards/anime-faces.md").read_text()
    assert table.count("\n## ") == 2
    assert f"| data | toy without {gray} images (" in table
    assert f"toy: {gray} of 400 images are left out, for cdcgan_pairs:without_gray_eyes" in capsys.readouterr().err


@pytest.mark.parametrize(("variant", "has_gray"), [(":without_gray_eyes", False), ("", True)])
def test_no_verb_draws_a_condition_that_the_model_cannot_express(toy, monkeypatch, variant, has_gray):
    for module in (sample, curve):
        monkeypatch.setattr(module, "sizes_of", lambda _: SIZES, raising=False)
    monkeypatch.setattr(curve, "scorer_of", score.scorer_of)
    run, of_toys = toy / "run", ["--data", "toy"]
    training = ["train", "--task", "anime-faces", "--model", f"cdcgan_pairs{variant}", "--budget", "2"]
    assert main([*training, *of_toys, "--snapshot-every", "1", "--out", str(run)]) == 0
    assert json.loads((run / "config.json").read_text()).get("images_left_out", 0) == (
        0 if has_gray else toy_faces_with_gray_eyes()
    )
    assert len(list((run / "samples").iterdir())) == 1
    assert main(["sample", str(run), *of_toys, "--out", str(toy / "drawn")]) == 0
    words = json.loads((toy / "drawn/conditions.json").read_text())["fidelity"]
    assert len(words) == SIZES.fidelity
    assert any("gray eyes" in word for word in words) == has_gray
    assert main(["curve", str(run), *of_toys, "--out", str(toy / "curve.csv")]) == 0
    assert pd.read_csv(toy / "curve.csv")["generator_updates"].tolist() == [0, 1, 2]
    assert main(["score", str(run), *of_toys, "--out", str(toy / "records")]) == 0
    assert main(["pack", str(run), "--out", str(toy / "mine.zip")]) == 0


@pytest.mark.parametrize("name", list(MODELS))
def test_all_means_every_model_with_every_variant(name):
    planned = {model for _, models in plan(None, "all") for model in models}
    assert {name, *(f"{name}:{variant}" for variant in MODELS[name].variants)} <= planned


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tasks": "iclevr,faces"}, "no task is called 'faces'"),
        ({"models": "cdcgan"}, "no model is called 'cdcgan'"),
        ({"models": "cdcgan_iclevr,acgan_iclevr:n_critic=0"}, "n_critic is 0; it must be from 1 to 1,000"),
        ({"tasks": "anime-faces", "models": "cdcgan_iclevr"}, "cdcgan_iclevr cannot do anime-faces"),
        ({"seeds": 0}, "--seeds is 0; give 1 or more"),
        ({"publish": True}, "--publish with smoke"),
    ],
)
def test_wrong_choices_are_refused_before_any_work(toy, options, words):
    with pytest.raises(UsageError, match=words):
        benchmark.benchmark(toy / "runs", profile="smoke", **options)
    assert not (toy / "runs").exists()
