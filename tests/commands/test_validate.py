"""Records that are handed in: whole ones pass, and each kind of fault is named."""

import json
from pathlib import Path

import pytest
import torch
from builders.records import SCORE, model_record

from benchmark.cli import main
from benchmark.commands.validate import faults
from benchmark.records.per_sample import Answers, PerSample, pooled, save_per_sample
from benchmark.records.record import Record
from benchmark.records.subject import ReferenceEntry
from benchmark.scoring.from_logits import score_of
from benchmark.tasks import ALARMS
from evaluators.intervals import wilson_interval

RECORDS = Path(__file__).resolve().parents[2] / "results" / "records"
HITS = torch.stack([torch.tensor([1, 0, 1, 1]), torch.ones(4, dtype=torch.int64)], dim=1).to(torch.uint8)


ENTRY = {"name": "cdcgan_iclevr", "variant": "c_dim_400"}
NO_ALARM = dict.fromkeys(ALARMS, "too few images")


def saved(folder, scores=None, per_sample=None, **changes):
    """A record whose one score follows from four images: 0.75."""
    scores = scores or {"topk_accuracy": score(0.75)}
    kept = per_sample or PerSample(scores={"topk_accuracy": HITS})
    changes = {"scores": scores, "model": ENTRY, "refused": NO_ALARM, **changes}
    digest = save_per_sample(folder / model_record(**changes).file_name, kept)
    return model_record(**changes, per_sample_sha256=digest).save(folder)


def score(value, **changes):
    by_hand = {"interval": (value - 0.1, value + 0.1), "method": "by hand", "groups": {}}
    return SCORE | {"value": value} | by_hand | changes


def test_the_published_records_are_right(capsys):
    paths = sorted(RECORDS.glob("anime-transfer-*.json"))
    assert paths
    assert main(["validate", *map(str, paths)]) == 0


def test_a_score_that_follows_from_its_images_passes(tmp_path):
    assert faults(saved(tmp_path)) == []


def test_a_number_that_was_changed_is_found(tmp_path):
    path = saved(tmp_path, {"topk_accuracy": score(0.8)})
    assert faults(path) == ["topk_accuracy is 0.8, but its images give 0.75"]


def test_a_number_is_found_where_both_it_and_its_images_were_changed(tmp_path):
    (fault,) = faults(saved(tmp_path, per_sample=right_once(scores={"topk_accuracy": HITS})))
    assert fault == "topk_accuracy is 0.75, but the judge's answers give 0.5"


def right_once(**known):
    """The judge's answers say that one object of two was right."""
    logits = torch.tensor([[[9.0, 8.0, *[-9.0] * 22], [9.0, 8.0, *[-9.0] * 22]]])
    conditions = torch.zeros(1, 2, 24, dtype=torch.uint8)
    conditions[0, 0, 0] = conditions[0, 1, 2] = 1
    return PerSample(answers={"test": Answers(logits, conditions)}, **known)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scores": {"beauty": score(0.75)}}, "no score is called 'beauty'"),
        ({"scores": {"topk_accuracy": score(0.75, direction="lower")}}, "topk_accuracy has direction 'lower'"),
        ({"protocol": {"task": "poems"}}, "no task is called 'poems'"),
        ({"training": {"budget": "smoke"}}, "smoke is no result"),
        ({"model": {"name": "<script>"}}, "no bundled model is called '<script>', and no plug-in is named"),
        ({"scores": {"exact_match": score(0.75)}}, "it has neither topk_accuracy, which ranks its task, nor a reason"),
        ({"refused": {"memorised_rate": "few"}}, "it has neither near_duplicate_rate, which can raise an alarm, nor"),
    ],
)
def test_what_no_table_could_use_is_named(tmp_path, changes, words):
    assert any(fault.startswith(words) for fault in faults(saved(tmp_path, **changes)))


def half():
    """The score of those answers, as an evaluator gives it."""
    found = score_of(*pooled(right_once().answers), "topk_accuracy")
    return SCORE | {
        "value": found.value,
        "interval": found.interval,
        "n": found.n,
        "method": found.method,
        "groups": {},
    }


def test_an_interval_that_was_narrowed_is_found(tmp_path):
    (low, high), wilson = wilson_interval(0.75, 640), {"method": "wilson", "n": 640}
    assert faults(saved(tmp_path / "a", {"topk_accuracy": score(0.75, interval=(low, high), **wilson)})) == []
    (fault,) = faults(saved(tmp_path / "b", {"topk_accuracy": score(0.75, interval=(0.74, 0.76), **wilson)}))
    assert fault == f"topk_accuracy has the interval [0.74, 0.76]; of 640 it is [{low:.6g}, {high:.6g}]"


@pytest.mark.parametrize(("status", "found"), [("valid", 1), ("undertrained", 0)])
def test_a_status_that_does_not_follow_from_the_scores_is_found_next_to_the_untrained_row(tmp_path, status, found):
    """The score's interval reaches down to the untrained row's."""
    entry = {"kind": "reference", "model": None, "training": None, "scores": {"topk_accuracy": score(0.7)}}
    untrained = dict(model_record()) | entry | {"reference": ReferenceEntry(name="untrained", description="none yet")}
    Record(**untrained).save(tmp_path)
    reason = None if status == "valid" else "at its floor"
    lines = faults(
        saved(tmp_path, per_sample=right_once(), status=status, reason=reason, scores={"topk_accuracy": half()})
    )
    assert [
        line.startswith("its status is valid, but its scores give undertrained: topk_accuracy") for line in lines
    ] == [True] * found


def test_a_record_without_anything_about_single_images_is_named_unless_it_diverged(tmp_path):
    alone = model_record(model=ENTRY, refused=NO_ALARM)
    assert faults(alone.save(tmp_path / "a")) == ["nothing about single images lies next to it"]
    diverged = model_record(model=ENTRY, status="diverged", reason="at update 3", scores={})
    assert faults(diverged.save(tmp_path / "b")) == []


def test_damage_is_a_fault_of_that_record_alone_and_the_exit_code_is_1(tmp_path, capsys):
    whole = saved(tmp_path)
    renamed = tmp_path / "renamed.json"
    renamed.write_bytes(whole.read_bytes())
    renamed.with_suffix(".safetensors").write_bytes(whole.with_suffix(".safetensors").read_bytes())
    (tmp_path / "broken.json").write_text("{")
    lost = saved(tmp_path, training={"seed": 7})
    lost.with_suffix(".safetensors").unlink()
    assert main(["validate", str(tmp_path), "--json"]) == 1
    rows = {Path(row["record"]).name: row["faults"] for row in json.loads(capsys.readouterr().out)}
    assert rows.pop(whole.name) == []
    assert [len(found) for found in rows.values()] == [1, 1, 1]
    assert "belong in" in rows["renamed.json"][0]
    assert "not a whole JSON file" in rows["broken.json"][0]
    assert "cannot read" in rows[lost.name][0]


def test_a_damaged_log_is_a_fault(tmp_path):
    path = saved(tmp_path)
    log = tmp_path / "logs" / f"{path.stem}.csv"
    log.parent.mkdir()
    log.write_text("step,images_seen\n1\n")
    assert "line 2" in faults(path)[0]


def test_no_record_is_wrong_use(tmp_path, capsys):
    assert main(["validate"]) == 2
    assert main(["validate", str(tmp_path)]) == 2
    assert faults(tmp_path / "no.json")[0].startswith("cannot read")
