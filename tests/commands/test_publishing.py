"""Publishing adds the rows of one call to what is published, all of them or none, and changes nothing there."""

import json
import shutil
from pathlib import Path

import pytest
from builders.records import model_record

from benchmark.commands import benchmark
from benchmark.errors import UsageError
from benchmark.leaderboard import output_files
from benchmark.records import provenance

COMMITTED = Path(__file__).resolve().parents[2] / "results/records"
FEW = ("iclevr-reference-*", "iclevr-wgan_iclevr-short-*")
TASK = "anime-faces"


def publish(models="cdcgan_pairs", out="runs", **options):
    given = {"profile": "short", "tasks": TASK, "models": models, "publish": True} | options
    return benchmark.benchmark(out, **given)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def published(toy, monkeypatch):
    """A few of the committed records, and a row with its reference rows that another machine has published."""
    folder = toy / "results/records"
    folder.mkdir(parents=True)
    for path in (path for pattern in FEW for path in COMMITTED.glob(pattern)):
        shutil.copy(path, folder)
    assert len(list(folder.glob("*.json"))) == 4
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(provenance, "own_digest", lambda: "e" * 64)
        publish(out="elsewhere")
    return folder


def test_a_new_row_comes_to_published_ones_and_keeps_them_and_their_reference_rows(published, toy, capsys):
    before, grids = files(published), files(toy / "results/samples")
    capsys.readouterr()
    publish("cdcgan_pairs,acgan_hair_eyes", seeds=2)
    after = files(published)
    assert {name: after[name] for name in before} == before
    new = sorted(name.rpartition("-")[0] for name in after.keys() - before.keys() if name.endswith(".json"))
    assert new == [f"{TASK}-acgan_hair_eyes-short-seed{seed}" for seed in (0, 1)] + [f"{TASK}-cdcgan_pairs-short-seed1"]
    assert {name: files(toy / "results/samples")[name] for name in grids} == grids
    assert output_files.check(published, toy / "results/leaderboards") == []
    said = capsys.readouterr().err.splitlines()
    assert f"published already, so that these runs are left out: {TASK} cdcgan_pairs seed 0" in said
    assert said[-1].startswith("published 3 records into results/records")
    assert said[-1].endswith("are rendered by 'nox -s leaderboard -- --write'")


def test_what_a_folder_has_of_other_runs_is_not_published(toy):
    publish("acgan_hair_eyes", profile="smoke", publish=False)
    private = model_record(protocol={"n_real": 7}, data_name="mine.zip")
    private.save(toy / "runs/records")
    publish()
    names = {path.name.rpartition("-")[0] for path in (toy / "results/records").glob("*.json")}
    references = {f"{TASK}-reference-{name}" for name in ("real", "shuffled", "untrained")}
    assert names == {f"{TASK}-cdcgan_pairs-short-seed0", *references}


def test_a_second_call_finds_its_own_rows_and_changes_nothing(toy, monkeypatch):
    publish()
    before = files(toy / "results")
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda *_: pytest.fail("trained again"))
    publish()
    assert files(toy / "results") == before


def test_a_row_alone_that_is_published_already_is_refused_before_the_training(published, monkeypatch):
    before = files(published)
    monkeypatch.setattr(benchmark, "compute", lambda *_: pytest.fail("trained"))
    with pytest.raises(UsageError, match=r"every row is published already, the first as results.*cdcgan_pairs-short"):
        publish()
    assert files(published) == before


def test_a_seed_that_cannot_share_the_row_of_published_seeds_is_refused_before_the_training(published, monkeypatch):
    (row,) = published.glob(f"{TASK}-cdcgan_pairs-*.json")
    document = json.loads(row.read_text())
    document["model"]["config"]["learning_rate"] = 0.5
    row.write_text(json.dumps(document))
    monkeypatch.setattr(benchmark, "compute", lambda *_: pytest.fail("trained"))
    with pytest.raises(UsageError, match=rf"{row.name}: learning_rate is 0\.5 there and 0\.0002 now"):
        publish(seeds=2)


def test_a_row_that_cannot_stand_in_its_table_keeps_all_of_them_from_being_published(published):
    (row,) = published.glob(f"{TASK}-cdcgan_pairs-*.json")
    document = json.loads(row.read_text())
    document["training"]["config"]["ema_half_life"] = 7
    row.write_text(json.dumps(document))
    before = files(published)
    with pytest.raises(UsageError, match=r"cannot share a row: training\.config\.ema_half_life is 7 in"):
        publish("acgan_hair_eyes,cdcgan_pairs", seeds=2)
    assert files(published) == before
