"""``claims run``: what claims need is trained and scored once, and listed before."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders.claims import TOML
from builders.leaderboards import run as record
from builders.scorers import scorer_of, with_fault

from benchmark.cli import main
from benchmark.commands.claims.run import (
    Training,
    longest_first,
    plan,
    recorded_runs,
    run,
    select_claims,
    snapshot_interval,
)
from benchmark.errors import UsageError
from benchmark.records.store import load_record
from benchmark.records.training_log import load_log
from benchmark.reports.load import load_claims
from benchmark.system.files import file_sha256
from benchmark.tasks import TASKS
from benchmark.training.run_folder import WEIGHTS

FACES = {"task": "anime-faces-unconditional", "version": TASKS["anime-faces-unconditional"].version}
TIPS = "mlp_gan:sgd_raw", "mlp_gan:sgd"


def dry(tmp_path, *chosen, budget="report", seeds=(0,)):
    return run(chosen, tmp_path / "runs", tmp_path / "records", budget=budget, seeds=seeds, dry_run=True)


def lengths(rows):
    return {(row["model"], row["budget"]): row["updates"] for row in rows}


def test_a_dry_run_lists_runs_with_their_updates_and_makes_nothing(tmp_path):
    rows = dry(tmp_path, "4.4", "4.2")
    assert lengths(rows) == {
        ("acgan_iclevr", "report"): 141_000,
        ("cdcgan_iclevr", "report"): 56_400,
        ("cdcgan_iclevr", "33840"): 33_840,
        ("wgan_iclevr", "report"): 56_400,
        ("wgan_iclevr", "33840"): 33_840,
    }
    assert not any(row["trained"] for row in rows)
    assert len({row["run"] for row in rows}) == 3, "33,840 updates are the beginning of the report's"
    assert list(tmp_path.iterdir()) == []


def other_paper(tmp_path, updates):
    path = tmp_path / "paper.toml"
    path.write_text(TOML.replace("updates = 1_500", f"updates = {updates}"))
    return path


def test_runs_of_another_papers_claim_are_as_long_as_that_paper_says(tmp_path):
    def planned(*chosen, budget):
        rows = run(
            chosen, tmp_path / "runs", tmp_path / "records", budget=budget, seeds=(0,), dry_run=True,
            others=(other_paper(tmp_path, 10_000),),
        )  # fmt: skip
        return lengths(rows)

    own = {("cdcgan_iclevr", "10000"): 10_000, ("acgan_iclevr", "10000"): 10_000}
    assert planned("P1.1", budget="report") == own
    assert set(planned("P1.1", budget="short").values()) == {1_500}
    assert planned("P1.1", "4.2", budget="report") == own | {("acgan_iclevr", "report"): 141_000}


def test_a_run_that_a_bundled_and_another_papers_claim_need_is_listed_once(tmp_path):
    path = other_paper(tmp_path, 141_000)
    places = tmp_path / "runs", tmp_path / "records"
    rows = run(["P1.1", "4.2"], *places, budget="report", seeds=(0,), others=(path,), dry_run=True)
    (acgan,) = (row for row in rows if row["model"] == "acgan_iclevr")
    assert (acgan["claims"], acgan["budget"], acgan["updates"]) == ("4.2, P1.1", "report", 141_000)


def test_a_run_that_several_claims_need_is_listed_once(tmp_path):
    rows = dry(tmp_path, "2.2b", "2.1")
    (dcgan,) = (row for row in rows if (row["model"], row["budget"]) == ("dcgan", "report"))
    assert dcgan["claims"] == "2.1, 2.2b"
    assert len(rows) == 3


def test_every_seed_is_a_run_of_its_own(tmp_path):
    rows = dry(tmp_path, "2.1", seeds=(0, 3, 3))
    assert [(row["model"], row["seed"]) for row in rows] == [("wgan", 0), ("wgan", 3), ("dcgan", 0), ("dcgan", 3)]
    assert len({row["run"] for row in rows}) == 4


def test_a_row_longer_than_the_budget_is_left_out_and_told(tmp_path, capsys):
    assert lengths(dry(tmp_path, "2.2b", budget="short")) == {("dcgan", "short"): 1_500}
    assert "claim 2.2b: dcgan@15000 is left out, for short gives it 1,500 updates" in capsys.readouterr().err
    assert lengths(dry(tmp_path, "2.2b", budget="15000")) == {("dcgan", "15000"): 15_000}


def test_a_report_names_all_of_its_claims_and_no_name_all_claims():
    claims = load_claims()
    assert [claim.id for claim in select_claims(claims, ["R5", "1.1"])] == ["1.1", "5.1", "5.2", "5.3", "5.4"]
    assert select_claims(claims, []) == list(claims.claims)
    assert {training.model for training in plan(select_claims(claims, ["2.3"]), "short", [0])} == set(TIPS)


def test_the_command_trains_scores_and_does_nothing_twice(toy, capsys, monkeypatch):
    words = ["claims", "run", "2.5", "--out", "runs", "--records", "records", "--budget", "30", "--seed", "1", "--json"]
    assert main(words) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {(row["model"], row["seed"], row["trained"]) for row in rows} == {
        ("mlp_gan", 1, True),
        ("mlp_gan:adam_raw", 1, True),
    }
    records = sorted((toy / "records").glob("*mlp_gan*.json"))
    assert len(records) == 2
    assert [line["step"] for line in load_log(records[0])] == list(range(1, 31))
    assert main(["claims", "report", "records", "--out", "pages", "--json"]) == 0
    found = {one["id"]: one for one in json.loads(capsys.readouterr().out)["claims"]}
    assert found["2.5"]["updates"] == 30
    assert all(test["seeds"] == 1 for test in found["2.5"]["tests"] if "number" in test)
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda *_: pytest.fail("trained again"))
    monkeypatch.setattr("benchmark.scoring.scorer.Scorer.scores", lambda *_: pytest.fail("scored again"))
    assert main(words) == 0


@pytest.fixture
def own_claim(toy):
    """The options of a claim about a run and its first 10 updates, at a budget of 30."""
    text = TOML.replace("acgan_iclevr", "mlp_gan@10").replace("cdcgan_iclevr", "mlp_gan")
    text = text.replace('"iclevr"', '"anime-faces-unconditional"').replace("topk_accuracy", "face_hit_rate")
    (toy / "own.toml").write_text(text)
    places = ["--claims", "own.toml", "--out", "runs", "--records", "records"]
    return ["claims", "run", "P1", *places, "--budget", "30", "--json"]


def by_updates(rows):
    return {row["updates"]: Path(row["run"]) for row in rows if row["trained"]}


def test_the_beginning_of_a_longer_run_is_scored_without_a_training_of_its_own(own_claim, toy, capsys):
    train = ["train", "--task", "anime-faces-unconditional", "--model", "mlp_gan", "--device", "cpu"]
    assert main([*train, "--budget", "10", "--out", "alone"]) == 0
    capsys.readouterr()
    assert main(own_claim) == 0
    runs = by_updates(json.loads(capsys.readouterr().out))
    assert runs[10] == runs[30]
    assert [path.name for path in (toy / "runs" / "anime-faces-unconditional" / "mlp_gan").iterdir()] == ["30-seed0"]
    (record,) = (toy / "records").glob("*-mlp_gan-custom10-*.json")
    assert [line["step"] for line in load_log(record)] == list(range(1, 11))
    assert load_record(record).model.weights_sha256 == file_sha256(toy / "alone" / WEIGHTS)


def test_a_run_whose_snapshots_are_of_other_updates_is_kept_and_its_beginning_trained(own_claim, toy, capsys):
    folder = toy / "runs" / "anime-faces-unconditional" / "mlp_gan" / "30-seed0"
    train = ["train", "--task", "anime-faces-unconditional", "--model", "mlp_gan", "--device", "cpu"]
    assert main([*train, "--budget", "30", "--snapshot-every", "7", "--out", str(folder)]) == 0
    capsys.readouterr()
    assert main(own_claim) == 0
    runs = by_updates(json.loads(capsys.readouterr().out))
    assert {length: run.name for length, run in runs.items()} == {10: "10-seed0", 30: "30-seed0"}
    assert len(list((toy / "records").glob("*-mlp_gan-custom*.json"))) == 2


@pytest.mark.parametrize(
    ("updates", "ends", "interval"),
    [
        (20_000, [1_000, 15_000], 1_000),
        (20_000, [10_000], 2_500),
        (56_400, [33_840], 8_460),
        (20_000, [], None),
        (20_000, [10_007], None),
        (3, [1], 1),
    ],
)
def test_snapshots_are_kept_of_the_ends_of_shorter_runs_and_of_a_curve(tmp_path, updates, ends, interval):
    def training(length):
        return Training(task="iclevr", model="dcgan", budget=str(length), updates=length, seed=0, claims=())

    planned = [training(length) for length in (*ends, updates)]
    other = replace(planned[0], seed=1, updates=updates // 2)
    assert snapshot_interval(planned[-1], [*planned, other], tmp_path) == interval
    assert longest_first([*planned, other]) in ([*planned[::-1], other], [planned[-1], *planned[:-1], other])


def test_what_has_a_record_of_embedded_data_needs_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.commands.claims.run.run_model", lambda *_, **__: pytest.fail("trained"))
    monkeypatch.setattr("benchmark.commands.claims.run.ready_scorer", lambda _: None)
    first, second = (
        record(name, budget="custom", updates=30, seed=1, protocol=FACES) for name in ("mlp_gan", "mlp_gan:adam_raw")
    )
    for one in (first, second):
        one.save(tmp_path / "records")

    def found(**options):
        places = tmp_path / "runs", tmp_path / "records"
        rows = run(["2.5"], *places, budget="30", seeds=(1,), **options)
        return {row["model"]: (row["recorded"], row["trained"]) for row in rows}

    assert found() == {"mlp_gan": (True, False), "mlp_gan:adam_raw": (True, False)}
    path = tmp_path / "records" / second.file_name
    path.write_text(path.read_text().replace('"synthetic"', '"faces.zip"'))
    assert found(dry_run=True) == {"mlp_gan": (True, False), "mlp_gan:adam_raw": (False, False)}
    with pytest.raises(pytest.fail.Exception, match="trained"):
        found()


def test_records_of_a_task_that_is_not_bundled_are_no_runs_of_claims(tmp_path):
    for task in ("my-faces", "anime-faces-unconditional"):
        record("mlp_gan", budget="custom", updates=30, seed=1, protocol=FACES | {"task": task}).save(tmp_path)
    assert recorded_runs(tmp_path) == {("anime-faces-unconditional", "mlp_gan", 30, 1)}


def test_nothing_is_trained_where_a_network_fails_its_self_test(toy, monkeypatch, capsys):
    monkeypatch.setattr(
        "benchmark.commands.model_run.scorer_of", lambda task, *_: with_fault(scorer_of(task), "judge", "it is blind")
    )
    assert main(["claims", "run", "4.2", "--out", "runs", "--records", "records", "--budget", "1"]) == 3
    assert "it is blind; nothing was trained" in capsys.readouterr().err
    assert list(toy.glob("runs/**/*")) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["R6"], "no claim or report is called 'R6'; known: 1.1, "),
        (["2.1", "--budget", "much"], "budget is 'much'; give smoke, short, report"),
        (["2.1", "--seed", "-1"], "--seed is -1; give 0 or more"),
        (["2.1", "--claims", "no.toml"], "cannot read no.toml"),
    ],
)
def test_wrong_use_is_refused_before_any_work(tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    assert main(["claims", "run", *options, "--out", "runs", "--records", "records"]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmark.commands.claims.run.train_task", interrupt)
    words = ["claims", "run", "2.1", "--out", str(tmp_path / "runs"), "--records", str(tmp_path / "records")]
    assert main(words) == 130
    assert "the same command goes on from the last checkpoint" in capsys.readouterr().err


def test_a_bad_name_is_told_with_what_is_known():
    with pytest.raises(UsageError, match="R1, R2, R3, R4, R5"):
        select_claims(load_claims(), ["2.9"])
