"""``cgan-bench score`` asked again is answered from what was kept, without torch; changed questions are asked anew."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_records import model_record, reference_record

from benchmark.cli import main
from benchmark.commands.score import record_row
from benchmark.records.provenance import code_digest
from benchmark.records.store import answers_path, outcomes_path
from benchmark.scoring import asked_before
from benchmark.training.run_folder import SCORED


@pytest.fixture
def run(tmp_path):
    """What of a run decides its scores."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in SCORED:
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def asked(monkeypatch):
    """The question that scoring was asked, each time that it was."""
    questions = []

    def score(*question, **options):
        questions.append((question, options))
        return rows_of(question[1])

    monkeypatch.setattr("benchmark.commands.score.score", score)
    return questions


def rows_of(out, code=None):
    """Two records in a folder, with what lies beside the first, as rows."""
    system = model_record().system.model_copy(update={"code_sha256": code or code_digest()})
    records = [model_record(system=system), reference_record(system=system)]
    paths = [out / record.file_name for record in records]
    for record, path in zip(records, paths, strict=True):
        if not path.exists():
            record.save(out)
    for place in (outcomes_path, answers_path):
        place(paths[0]).parent.mkdir(exist_ok=True)
        place(paths[0]).write_bytes(b"what it is made of")
    return [record_row(path) for path in paths]


def score(run, out, *options):
    return main(["score", str(run), "--out", str(out), "--json", *options])


def test_the_second_answer_is_a_copy_of_the_first(run, asked, tmp_path, capsys):
    assert score(run, tmp_path / "first") == 0
    first = json.loads(capsys.readouterr().out)
    assert score(run, tmp_path / "second") == 0
    second = json.loads(capsys.readouterr().out)
    assert len(asked) == 1
    assert [row | {"record": None} for row in second] == [row | {"record": None} for row in first]
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert len(files) == 4
    for name in files:
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()


def test_records_that_are_there_already_stay_as_they_are(run, asked, tmp_path, capsys):
    score(run, tmp_path / "records")
    capsys.readouterr()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "records").glob("*.json")}
    assert score(run, tmp_path / "records") == 0
    assert capsys.readouterr().err.count("is there already") == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "records").glob("*.json")} == before
    assert len(asked) == 1


def test_an_answer_that_was_kept_needs_no_torch(run, asked, tmp_path):
    score(run, tmp_path / "first")
    program = (
        "import sys; from benchmark.cli import main; code = main(sys.argv[1:]); "
        "sys.exit(code or 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", program, "score", str(run), "--out", str(tmp_path / "second"), "--json"]
    environment = os.environ | {"PYTHONPATH": str(Path(asked_before.__file__).parents[2])}
    answered = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert answered.returncode == 0, answered.stderr
    assert len(json.loads(answered.stdout)) == 2


@pytest.mark.parametrize("name", SCORED)
def test_another_run_is_another_question(run, asked, tmp_path, name):
    score(run, tmp_path / "first")
    (run / name).write_text("changed")
    score(run, tmp_path / "second")
    assert len(asked) == 2


def test_what_a_run_has_beside_its_weights_changes_nothing(run, asked, tmp_path):
    score(run, tmp_path / "first")
    (run / "log.jsonl").write_text("{}")
    score(run, tmp_path / "second")
    assert len(asked) == 1


@pytest.mark.parametrize("options", [("--device", "cpu"), ("--detector", "lbp"), ("--inception", "fetched")])
def test_other_options_are_another_question(run, asked, tmp_path, options):
    score(run, tmp_path / "first")
    score(run, tmp_path / "second", *options)
    assert len(asked) == 2


@pytest.mark.parametrize("option", ["--judge", "--detector", "--inception", "--data"])
def test_a_file_that_an_option_names_counts_with_its_content(run, asked, tmp_path, option):
    file = tmp_path / "file.svm"
    for number, content in enumerate(("one", "one", "another")):
        if not file.exists() or file.read_text() != content:
            file.write_text(content)
        score(run, tmp_path / str(number), option, str(file))
    assert len(asked) == 2


def test_a_judges_card_and_fetched_files_count_too(run, asked, tmp_path, cache):
    judge = tmp_path / "judge.safetensors"
    judge.write_text("weights")
    for number, changed in enumerate((judge, judge.with_suffix(".json"), cache / "files" / "cascade.xml")):
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_text(f"written {number}")
        score(run, tmp_path / str(number), "--judge", str(judge))
    assert len(asked) == 3


def test_other_code_answers_anew(run, asked, tmp_path, monkeypatch):
    score(run, tmp_path / "first")
    monkeypatch.setattr(asked_before, "code_digest", lambda: "d" * 64)
    score(run, tmp_path / "second")
    assert len(asked) == 2


def test_what_other_code_wrote_is_not_kept(run, asked, tmp_path):
    rows_of(tmp_path / "records", code="d" * 64)
    score(run, tmp_path / "records")
    score(run, tmp_path / "elsewhere")
    assert len(asked) == 2


def test_pictures_are_another_question_when_one_of_them_changes(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "benchmark.commands.score.score_pictures", lambda given, out, **_: asked.append(given) or rows_of(out)
    )
    (tmp_path / "drawn" / "test").mkdir(parents=True)
    for number, content in enumerate(("one", "one", "another")):
        (tmp_path / "drawn" / "test" / "0.png").write_text(content)
        (tmp_path / "drawn" / "notes.txt").write_text(f"beside the pictures, and not looked at: {number}")
        score(tmp_path / "drawn", tmp_path / str(number), "--task", "iclevr")
    assert len(asked) == 2
