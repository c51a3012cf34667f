"""Records that are handed in: whole ones pass, and each kind of fault is named."""

import json
import shutil
from pathlib import Path

import pytest
from builders.forgeries import FACES, OBJECTS, TIPS, copied, forged, rewritten, with_tensors
from builders.records import model_record

from benchmark.cli import main
from benchmark.commands.validate.check import faults
from evaluators.intervals import wilson_interval

RECORDS = Path(__file__).resolve().parents[2] / "results" / "records"


def test_the_published_records_are_right(capsys):
    paths = sorted(RECORDS.glob("anime-transfer-*.json"))
    assert paths
    assert main(["validate", *map(str, paths)]) == 0


def test_a_number_that_was_changed_is_found(tmp_path):
    def edit(record):
        found = record["scores"]["precision_efficientnet_lite0"]
        found |= {"value": 0.9, "interval": wilson_interval(0.9, found["n"])}

    (fault,) = forged(tmp_path / "a", TIPS, edit)
    assert fault.startswith("precision_efficientnet_lite0 is 0.9, but its images give ")


def test_a_number_is_found_where_both_it_and_its_images_were_changed(tmp_path):
    def right(tensors):
        kept = tensors["per_image/exact_match"]
        kept[:, 0] = 1
        return tensors

    def edit(record):
        record["scores"]["exact_match"] |= {"value": 1.0, "interval": wilson_interval(1.0, 640)}
        record["scores"]["exact_match"]["second"]["gap"] = 1.0 - record["scores"]["exact_match"]["second"]["value"]

    assert any("but the judge's answers give" in fault for fault in forged(tmp_path / "a", OBJECTS, edit, right))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda record: record["scores"].update(beauty=record["scores"]["sharpness"]), "no score is called 'beauty'"),
        (lambda record: record["scores"]["sharpness"].update(direction="lower"), "sharpness has direction 'lower'"),
        (lambda record: record["training"].update(budget="smoke"), "smoke is no result"),
        (lambda record: record["model"].update(name="<b>"), "no bundled model is called '<b>', and no"),
        (lambda record: record["model"].update(variant="shy"), "its model cannot be made: no variant of mlp_gan is"),
        (lambda record: record["scores"].pop("fd_efficientnet_lite0"), "it has neither fd_efficientnet_lite0, which"),
        (lambda record: record["scores"].pop("memorised_rate"), "it has neither memorised_rate, which can"),
    ],
)  # fmt: skip
def test_what_no_table_could_use_is_named(tmp_path, edit, words):
    assert any(fault.startswith(words) for fault in forged(tmp_path / "a", TIPS, edit))


def test_a_task_that_is_not_there_is_named(tmp_path):
    found = faults(model_record(protocol={"task": "poems"}).save(tmp_path))
    assert any(fault.startswith("no task is called 'poems'") for fault in found)


@pytest.mark.parametrize(("name", "gives"), [(FACES, "valid"), (OBJECTS, "undertrained"), (TIPS, "collapsed")])
def test_a_status_follows_from_the_scores_next_to_the_untrained_row(tmp_path, name, gives):
    other = "collapsed" if gives != "collapsed" else "undertrained"
    found = forged(tmp_path / "a", name, lambda record: record.update(status=other, reason="as I say"))
    assert [fault for fault in found if fault.startswith(f"its status is {other}, but its scores give {gives}")]


def test_a_record_without_anything_about_single_images_is_named_unless_it_diverged(tmp_path):
    found = forged(tmp_path / "a", TIPS, lambda record: record.pop("per_sample_sha256"))
    assert "nothing about single images lies next to it" in found


def test_damage_is_a_fault_of_that_record_alone_and_the_exit_code_is_1(tmp_path, capsys):
    whole = copied(tmp_path, TIPS)
    renamed = tmp_path / "renamed.json"
    for kind in (".json", ".safetensors"):
        shutil.copy(whole.with_suffix(kind), renamed.with_suffix(kind))
    (tmp_path / "broken.json").write_text("{")
    real = tmp_path / "anime-faces-unconditional-reference-real-9202d1e9.safetensors"
    real.unlink()
    assert main(["validate", str(tmp_path), "--json"]) == 1
    rows = {Path(row["record"]).name: row["faults"] for row in json.loads(capsys.readouterr().out)}
    assert {name: len(found) for name, found in rows.items() if found} == {
        "renamed.json": 2, "broken.json": 1, real.with_suffix(".json").name: 1,
    }  # fmt: skip
    assert "belong in" in rows["renamed.json"][0]
    assert "not a whole JSON file" in rows["broken.json"][0]
    assert "cannot read" in rows[real.with_suffix(".json").name][0]


def test_a_damaged_log_is_a_fault(tmp_path):
    path = copied(tmp_path, TIPS)
    (tmp_path / "logs" / f"{path.stem}.csv").write_text("step,images_seen\n1\n")
    assert any("line 2" in fault for fault in faults(path))


def test_a_fault_of_a_file_leaves_the_faults_of_the_record(tmp_path):
    path = copied(tmp_path, TIPS)
    rewritten(path, lambda record: record["training"].update(seed=3))
    with_tensors(path, lambda tensors: tensors | {"else": tensors["per_image/sharpness"]})
    found = faults(path)
    assert "belong in" in found[0]
    assert "unknown key 'else'" in found[-1]


def test_no_record_is_wrong_use(tmp_path, capsys):
    assert main(["validate"]) == 2
    assert main(["validate", str(tmp_path)]) == 2
    capsys.readouterr()
    assert main(["validate", str(tmp_path / "no.json")]) == 2
    streams = capsys.readouterr()
    assert (streams.out, streams.err.count("\n")) == ("", 1)
    assert "no.json is not there; give records, or folders of them" in streams.err


def test_two_seeds_with_the_same_weights_are_named_and_one_run_under_two_protocols_is_not(tmp_path):
    for seed in (0, 1):
        model_record(training={"seed": seed}).save(tmp_path / "seeds")
    model_record(model={"weights_sha256": "f" * 64}, training={"seed": 2}).save(tmp_path / "seeds")
    found = [faults(path) for path in sorted((tmp_path / "seeds").glob("*.json"))]
    named = [
        any(fault.startswith("it has the weights of iclevr-cdcgan-wide-short-seed") for fault in each) for each in found
    ]
    assert named == [True, True, False]
    for version in (1, 2):
        model_record(protocol={"version": version}).save(tmp_path / "protocols")
    assert not any(
        "it has the weights of" in fault for path in (tmp_path / "protocols").glob("*.json") for fault in faults(path)
    )
