"""A judge proves itself on known images before it judges; one that is broken is found out, and gives no score."""

import json
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from builders.judges import toys
from builders.scorers import scorer_of, with_fault

from benchmark.cli import main
from benchmark.commands import score
from benchmark.commands.judge import check
from benchmark.errors import JudgeError, UsageError
from benchmark.leaderboard import tables
from benchmark.records.store import load_records
from benchmark.scoring import judges
from benchmark.scoring.recording import record_references
from benchmark.tasks import TASKS
from evaluators import EVALUATORS
from evaluators.judges.judge import Judge, judge_bytes
from evaluators.judges.self_test import GOOD, fault_in, images_of, known_rates, make_self_test, sheet_bytes
from evaluators.judges.store import load_judge, load_known_images, sheet_path

JUDGED = [task for task in TASKS.values() if task.judge and not task.translates]
FILES = [find(task) for task in JUDGED for find in (judges.bundled_judge, judges.bundled_second_judge)]


def broken(judge, change):
    network = deepcopy(judge.network)
    with torch.no_grad():
        change(network)
    return replace(judge, network=network)


def say_the_same(network):
    network.head.weight.zero_()


def forget_the_first_layer(network):
    next(network.parameters()).zero_()


def swap_classes(network):
    network.head.weight.copy_(network.head.weight.roll(1, dims=0))


def turn_round(network):
    network.head.weight.neg_()


BREAKS = [say_the_same, forget_the_first_layer, swap_classes, turn_round]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@pytest.mark.parametrize("change", [None, *BREAKS])
def test_a_bundled_judge_passes_and_a_broken_one_fails(path, change):
    judge, card = load_judge(path)
    known = load_known_images(path, card)
    fault = fault_in(known_rates(broken(judge, change) if change else judge, *known), card.self_test.bands)
    assert (fault is None) == (change is None)


def test_a_judge_that_is_right_on_spoiled_images_fails_too(trained):
    """It must be looking at something else than the image."""
    kind, judge = trained
    bands = make_self_test(judge, *toys(kind, 64, 1)).bands
    rates = {name: band.measured for name, band in bands.items()}
    assert "1.000 on noise images, outside" in fault_in(rates | {"noise": 1.0}, bands)
    assert "outside" not in (fault_in(rates, bands) or "")


def test_without_bands_only_a_judge_that_tells_nothing_apart_fails():
    rates = {GOOD: 0.9, "upside down": 0.4, "noise": 0.1, "flat": 0.1, "shuffled labels": 0.1}
    assert fault_in(rates, {}) is None
    assert "it hardly tells them apart" in fault_in(rates | {"flat": 0.75}, {})


def test_images_survive_the_sheet():
    images = torch.randint(256, (11, 3, 64, 64), dtype=torch.uint8)
    assert torch.equal(images_of(sheet_bytes(images), 11), images)
    assert sheet_bytes(images) == sheet_bytes(images)


@pytest.mark.parametrize(("content", "word"), [(None, "cannot be read"), (b"\x89PNG", "the judge's card says")])
def test_missing_or_other_images_are_refused_by_name(saved, content, word):
    sheet = saved.with_suffix(".png")
    sheet.unlink() if content is None else sheet.write_bytes(content)
    with pytest.raises(ValueError, match=rf"toy\.png: .*{word}"):
        load_known_images(saved, load_judge(saved)[1])


@pytest.mark.parametrize("task", JUDGED, ids=lambda task: task.name)
def test_both_judges_of_a_task_are_tested_on_one_sheet(task):
    first, second = judges.bundled_judge(task), judges.bundled_second_judge(task)
    assert not second.with_suffix(".png").exists()
    assert (
        sheet_path(second, load_judge(second)[1])
        == sheet_path(first, load_judge(first)[1])
        == first.with_suffix(".png")
    )


def on_sheet(path, name):
    """The saved judge with a card that names a sheet."""
    _, card = load_judge(path)
    path.with_suffix(".json").write_text(
        card.model_copy(update={"self_test": replace(card.self_test, sheet=name)}).model_dump_json()
    )
    return path


def test_a_card_may_name_the_sheet_of_a_judge_next_to_it(saved):
    own = load_known_images(saved, load_judge(saved)[1])
    saved.with_suffix(".png").rename(saved.with_name("other.png"))
    found = load_known_images(path := on_sheet(saved, "other.png"), load_judge(path)[1])
    assert all(torch.equal(*pair) for pair in zip(own, found, strict=True))


@pytest.mark.parametrize("name", ["../toy.png", "/etc/toy.png", "a/toy.png", ""])
def test_a_sheet_elsewhere_is_refused(saved, name):
    with pytest.raises(ValueError, match=r"its card names the sheet .*; it must be a file in the same folder"):
        load_known_images(path := on_sheet(saved, name), load_judge(path)[1])


@pytest.fixture
def broken_file(tmp_path):
    """The bundled i-CLEVR judge with its classes swapped, and a card that vouches for the bytes."""
    import hashlib
    import shutil

    path, source = tmp_path / "judge.safetensors", judges.bundled_judge(TASKS["iclevr"])
    judge, card = load_judge(source)
    content = judge_bytes(Judge(broken(judge, swap_classes).network, judge.kind, judge.sizes))
    path.write_bytes(content)
    shutil.copy(source.with_suffix(".png"), path.with_suffix(".png"))
    digest = hashlib.sha256(content).hexdigest()
    path.with_suffix(".json").write_text(card.model_copy(update={"weights_sha256": digest}).model_dump_json())
    return path


def test_a_broken_judge_file_is_loaded_with_its_fault_and_trusted_by_nobody(broken_file):
    judge = judges.judge_network(TASKS["iclevr"], broken_file)
    assert "on known good images, outside" in judge.fault
    with pytest.raises(JudgeError, match=r"fails its self-test: .*; give another with --judge"):
        judges.check_self_test(judge)
    assert judges.check_self_test(judges.judge_network(TASKS["iclevr"])).fault is None


def test_grading_with_a_broken_judge_ends_with_3_before_anything_is_written(broken_file, tmp_path, capsys):
    (tmp_path / "work" / "one").mkdir(parents=True)
    arguments = ["grade", str(tmp_path / "work"), "--task", "iclevr", "--out", str(tmp_path / "grades")]
    assert main([*arguments, "--judge", str(broken_file)]) == 3
    assert "fails its self-test" in capsys.readouterr().err
    assert not (tmp_path / "grades").exists()


def test_scores_of_a_broken_judge_are_invalid_with_the_reason_and_never_zero(tmp_path):
    fault = "0.200 on known good images, outside 0.900 to 1.000"
    scorer = with_fault(scorer_of(TASKS["iclevr"]), "judge", fault)
    record_references(scorer, tmp_path)
    for record in load_records(tmp_path):
        assert record.status == "invalid"
        assert record.reason.startswith("the judge fails its self-test: 0.200 on known good")
        assert not set(record.scores) & set(TASKS["iclevr"].condition_scores)
    (table,) = tables.build(load_records(tmp_path))
    assert all(not row.scores and "self-test" in row.reason for row in table.rows)


def test_a_second_judge_that_fails_says_nothing_and_the_records_are_invalid(tmp_path):
    fault = "0.300 on flat images, outside 0.000 to 0.200"
    scorer = with_fault(scorer_of(TASKS["iclevr"]), "second_judge", fault)
    record_references(scorer, tmp_path)
    for record in load_records(tmp_path):
        assert (record.status, record.reason) == ("invalid", f"the second judge fails its self-test: {fault}")
        assert set(record.scores) >= set(TASKS["iclevr"].condition_scores)
        assert all(entry.second is None for entry in record.scores.values())


def test_a_face_detector_that_fails_is_requested_for_no_score(tmp_path):
    working = scorer_of(TASKS["anime-faces"])
    scorer = with_fault(working, "detector", "it sees faces everywhere")
    assert scorer.fault == "the face detector fails its self-test: it sees faces everywhere"
    detected = {name for name in TASKS["anime-faces"].face_scores if EVALUATORS[name].network == "detector"}
    found = scorer.scores({"held_out": scorer.held_out}, scorer.held_out)
    assert not detected & found.scores.keys()
    found = working.scores({"held_out": scorer.held_out}, scorer.held_out)
    assert "face_hit_rate" in found.scores
    assert found.scores.keys() | found.refused.keys() >= detected
    assert working.fault is None


def test_scoring_with_a_broken_judge_writes_invalid_records_and_ends_with_3(broken_file, tmp_path, monkeypatch):
    broken = with_fault(scorer_of(TASKS["iclevr"]), "judge", judges.judge_network(TASKS["iclevr"], broken_file).fault)
    monkeypatch.setattr(
        score.trained_run, "read_config", lambda run: SimpleNamespace(budget="short", task="iclevr", task_source=None)
    )
    monkeypatch.setattr(score, "task_and_data", lambda *_: (TASKS["iclevr"], None))
    subject = SimpleNamespace(training=SimpleNamespace(budget="short"))
    monkeypatch.setattr(score.trained_run, "load_run", lambda *_: SimpleNamespace(model=None, subject=subject))
    monkeypatch.setattr(score, "scorer_of", lambda *_: broken)
    monkeypatch.setattr(score, "record_run", lambda scorer, run, out: record_references(scorer, out))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    assert main(["score", str(tmp_path / "run"), "--out", str(tmp_path / "records")]) == 3
    assert {record.status for record in load_records(tmp_path / "records")} == {"invalid"}


def test_check_says_whether_the_self_test_passed(broken_file, monkeypatch, capsys):
    from builders.data import toy_data

    monkeypatch.setattr(check, "open_data", lambda dataset, source: toy_data(dataset))
    assert main(["judge", "check", "--task", "iclevr", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["self_test"] == "passed"
    assert main(["judge", "check", "--task", "iclevr", "--judge", str(broken_file), "--json"]) == 3
    assert "outside" in json.loads(capsys.readouterr().out)["self_test"]


def test_a_missing_second_judge_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(judges, "bundled_second_judge", lambda task: tmp_path / "none.safetensors")
    with pytest.raises(UsageError, match=r"none\.json: cannot be read"):
        judges.judge_network(TASKS["iclevr"], judges.bundled_second_judge(TASKS["iclevr"]))


@pytest.fixture
def measured(monkeypatch):
    """The judges that were measured on known images, in order."""
    found = []

    def measure(judge, images, conditions):
        found.append(judge)
        return known_rates(judge, images, conditions)

    monkeypatch.setattr(judges, "known_rates", measure)
    return found


def fault_in_new_process(judge, monkeypatch):
    """The fault of a judge in a process that has measured none yet."""
    monkeypatch.setattr(judges, "_MEASURED", {})
    return judges.self_test(judge, FILES[0])


def test_another_process_takes_the_rates_of_a_judge_from_the_cache(measured, monkeypatch):
    judge, _ = load_judge(FILES[0])
    assert [fault_in_new_process(judge, monkeypatch) for _ in range(2)] == [None, None]
    assert len(measured) == 1
    assert fault_in_new_process(broken(judge, turn_round), monkeypatch), "other weights are measured"
    monkeypatch.setattr(judges, "cpu_name", lambda: "another")
    assert fault_in_new_process(judge, monkeypatch) is None
    assert len(measured) == 3, "and another processor measures anew"


@pytest.mark.parametrize("content", ["", "[]", '{"known good": null}', '{"known good": 7.0}', '{"known good": NaN}'])
def test_damaged_rates_in_the_cache_are_measured_again(content, measured, monkeypatch):
    judge, _ = load_judge(FILES[0])
    assert fault_in_new_process(judge, monkeypatch) is None
    (path,) = judges.cache_folder().glob("self_tests/*.json")
    whole = path.read_bytes()
    path.write_text(content)
    assert fault_in_new_process(judge, monkeypatch) is None
    assert len(measured) == 2
    assert path.read_bytes() == whole
