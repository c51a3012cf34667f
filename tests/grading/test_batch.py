"""From a folder of submissions to a gradebook."""

import csv
import hashlib
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from builders.batches import COUNT, SCHEME, grades, hand_in, inbox
from builders.submissions import encoded
from hostile import config, constant, gray_image_nodes, with_graph, with_weights

from benchmark.cli import main
from benchmark.commands import grade
from benchmark.commands.check_form import check_form
from benchmark.errors import UsageError
from benchmark.grading import grader, looking
from benchmark.grading.kept import resume_cache
from benchmark.grading.pages.templates import page_name
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox import launch
from benchmark.grading.sandbox.answer import Answer


def test_images_of_what_was_requested_earn_all_points_and_shuffled_ones_none(tmp_path, exam, scenes):
    hand_in(tmp_path / "inbox" / "right", scenes[0])
    hand_in(tmp_path / "inbox" / "wrong", np.roll(scenes[0], 5, axis=0))
    (tmp_path / "inbox" / "=1+1").mkdir()
    (tmp_path / "inbox" / "rar.rar").write_bytes(b"Rar!")
    (tmp_path / "inbox" / "notes.txt").write_text("not a submission")
    summary = grade.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    found = grades(tmp_path / "out")
    assert (summary["graded"], summary["rejected"], summary["failed"]) == (2, 2, 0)
    assert (found["right"]["points"], found["right"]["verdict"]) == (100, "pass")
    assert (found["wrong"]["points"], found["wrong"]["verdict"]) == (0, "fail")
    assert found["right"]["scores"]["exam"]["topk_accuracy"]["value"] > 0.9
    assert found["right"]["conditions"] == "public only"
    assert [flag["name"] for flag in found["wrong"]["flags"]] == ["ignores_condition", "shared_images"]
    assert found["=1+1"]["status"] == "rejected"
    assert found["rar.rar"]["reason"].startswith("'rar.rar' was not opened: of archives only zip and tar are read")
    book = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert book["ignored"] == ["notes.txt"]
    assert all(book["protections"].values())
    text = (tmp_path / "out" / "gradebook.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["id"] for row in rows] == ["'=1+1", "rar.rar", "right", "wrong"]  # no spreadsheet runs the first
    page = (tmp_path / "out" / "pages" / "right.html").read_text()
    assert page.count("<figure") == COUNT
    assert "http" not in page.replace("http-equiv", "")


@pytest.fixture
def looked(monkeypatch, scenes):
    """Submissions looked at, without processes; the one called "crash" brings the grader down."""
    names = []

    def look_at(path, assignment, limits):
        if path.name == "crash":
            raise KeyboardInterrupt("power cut")
        names.append(path.name)
        return Answer("ready", "", 7, {("images", "exam"): scenes[0]})

    monkeypatch.setattr(looking, "look_at", look_at)
    return names


@pytest.mark.parametrize("gradescope", [False, True])
def test_pages_of_submissions_that_are_gone_go_too(tmp_path, exam, scenes, looked, gradescope):
    paths = inbox(tmp_path, scenes, "a", "bb")
    requested = replace(exam, gradescope=gradescope)
    grade.grade(paths, tmp_path / "out", requested)
    shutil.rmtree(tmp_path / "inbox" / "bb")
    grade.grade(paths, tmp_path / "out", requested)
    assert [path.name for path in (tmp_path / "out" / "pages").iterdir()] == ["a.html"]
    assert [path.name for path in (tmp_path / "out").glob("gradescope/*")] == ["a.json"] * gradescope


def test_grades_among_the_submissions_are_refused(tmp_path, exam, scenes):
    paths = inbox(tmp_path, scenes, "a")
    with pytest.raises(UsageError, match="among the submissions"):
        grade.grade(paths, tmp_path / "inbox" / "grades", exam)
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["a"]


def test_grades_among_other_things_are_refused(tmp_path, exam, scenes, looked):
    """Pages of an earlier batch are removed there, and nobody else's may be."""
    paths = inbox(tmp_path, scenes, "a")
    (tmp_path / "site" / "pages").mkdir(parents=True)
    (tmp_path / "site" / "pages" / "mine.html").write_text("mine")
    with pytest.raises(UsageError, match="site holds other things and no grades; give a new folder"):
        grade.grade(paths, tmp_path / "site", exam)
    assert [path.name for path in (tmp_path / "site").rglob("*")] == ["pages", "mine.html"]
    grade.grade(paths, tmp_path / "out", exam)
    grade.grade(paths, tmp_path / "out", exam)


def test_grades_of_other_homework_are_not_replaced(tmp_path, exam, scenes, looked):
    hand_in(tmp_path / "first" / "a", scenes[0])
    hand_in(tmp_path / "first" / "bb", scenes[0])
    paths, out = inbox(tmp_path, scenes, "other"), tmp_path / "out"
    grade.grade([tmp_path / "first"], out, exam)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    complaint = (
        r"out holds the grades of 2 submissions: a, bb, and none of the submissions given now is among them "
        r"\(1 submission: other\); give another --out, or --afresh to replace those grades"
    )
    with pytest.raises(UsageError, match=complaint):
        grade.grade(paths, out, exam)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    grade.grade([*paths, tmp_path / "first" / "bb"], out, exam)
    assert set(grades(out)) == {"bb", "other"}
    shutil.rmtree(out)
    grade.grade([tmp_path / "first"], out, exam)
    grade.grade(paths, out, replace(exam, only_changed=False))
    assert set(grades(out)) == {"other"}


def test_grades_of_another_task_are_not_replaced(tmp_path, exam, scenes, looked):
    paths, out = inbox(tmp_path, scenes, "a"), tmp_path / "out"
    grade.grade(paths, out, exam)
    book = json.loads((out / "grades.json").read_text())
    (out / "grades.json").write_text(json.dumps(book | {"task": "anime-faces"}))
    with pytest.raises(UsageError, match="holds grades of anime-faces, and these are submissions to iclevr; give"):
        grade.grade(paths, out, exam)


def test_what_was_seen_and_is_damaged_is_looked_at_again(tmp_path, exam, scenes, looked):
    paths = inbox(tmp_path, scenes, "a")
    grade.grade(paths, tmp_path / "out", exam)
    before = (tmp_path / "out" / "grades.json").read_bytes()
    for path in (tmp_path / "out" / "seen").glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    grade.grade(paths, tmp_path / "out", replace(exam, only_changed=True))
    assert looked == ["a", "a"]
    assert (tmp_path / "out" / "grades.json").read_bytes() == before


def test_a_list_that_is_missing_is_said_and_earns_nothing(tmp_path, exam, scenes, looked):
    (tmp_path / "more.json").write_text(json.dumps(scenes[1][:4]))
    (tmp_path / "scheme.toml").write_text(SCHEME.replace("exam = 1.0", "exam = 1.0, more = 1.0"))
    requested = replace(exam, conditions=(*exam.conditions, tmp_path / "more.json"))
    grade.grade(inbox(tmp_path, scenes, ""), tmp_path / "out", requested)
    (found,) = grades(tmp_path / "out").values()
    assert found["points"] == 50
    assert found["remarks"] == [{"kind": "list missing", "text": "there are no images for more, so it earns nothing"}]
    (page,) = (tmp_path / "out" / "pages").iterdir()
    assert "no images for more" in page.read_text()


def test_a_hidden_list_that_is_the_public_one_is_refused(tmp_path, exam):
    with pytest.raises(UsageError, match="requests the same as the public list 'exam'"):
        grader.Grader(replace(exam, hidden=exam.conditions[0]))


SAME_START = (f"Ann {'x' * 46}58594", f"Ann {'x' * 46}107854")  # letters and 32 bits of a hash; found by trying


@pytest.mark.parametrize(
    "ids",
    [
        ("alice smith", f"alice_smith-{hashlib.sha256(b'alice smith').hexdigest()[:32]}"),
        ("Alice", "alice"),
        ("a/", "a_"),
        (".a", "a"),
        SAME_START,
    ],
)
def test_no_two_submissions_have_one_page(ids):
    names = {page_name(submission_id).casefold() for submission_id in ids}
    assert len(names) == 2
    assert all(re.fullmatch(r"[a-z0-9_][a-z0-9._-]*", name) for name in names)


@pytest.mark.parametrize(
    ("submission_id", "name"),
    [
        ("王小明_4003", "王小明_4003"),
        ("Jo\u0308rg <b>_4004", "Jörg__b__4004"),
        ("กิตติ/../x", "กิตติ_.._x"),
        ("\U0001f600\U00020000" * 200, "_\U00020000" * 25),
    ],
    ids=["Chinese", "accents and markup", "vowel signs and folders", "long"],
)
def test_the_name_of_a_page_can_be_read_in_any_script(submission_id, name, tmp_path):
    found = page_name(submission_id)
    assert re.fullmatch(rf"{name}-[0-9a-f]{{32}}", found)
    (tmp_path / f"{found}.html").touch()


def contents(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_grading_twice_gives_the_same_bytes(tmp_path, exam, scenes, looked):
    paths = inbox(tmp_path, scenes, "a", "bb", "ccc")
    grade.grade(paths, tmp_path / "one", exam)
    grade.grade(paths, tmp_path / "two", exam)
    grade.grade(paths, tmp_path / "two", exam)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_batch_that_was_cut_off_goes_on_where_it_was(tmp_path, exam, scenes, looked):
    paths = inbox(tmp_path, scenes, "a", "bb", "crash")
    with pytest.raises(KeyboardInterrupt, match="power cut"):
        grade.grade(paths, tmp_path / "out", exam)
    assert sorted(looked) == ["a", "bb"]
    shutil.rmtree(tmp_path / "inbox" / "crash")
    grade.grade(paths, tmp_path / "out", exam)
    assert sorted(looked) == ["a", "bb"]


@pytest.mark.parametrize(("only_changed", "again"), [(True, ["bb"]), (False, ["a", "bb"])])
def test_only_changed_submissions_are_looked_at_again_on_request(tmp_path, exam, scenes, looked, only_changed, again):
    paths = inbox(tmp_path, scenes, "a", "bb")
    grade.grade(paths, tmp_path / "out", exam)
    looked.clear()
    (tmp_path / "inbox" / "bb" / "exam" / "0.png").write_bytes(encoded(scenes[0][3]))
    requested = GradingRequest(task="iclevr", scheme=exam.scheme, conditions=exam.conditions, only_changed=only_changed)
    grade.grade(paths, tmp_path / "out", requested)
    assert sorted(looked) == again


@pytest.mark.slow
def test_weights_are_requested_for_the_hidden_list_with_latents_of_the_graders_choice(tmp_path, exam):
    (tmp_path / "inbox" / "weights").mkdir()
    with_weights(tmp_path / "inbox" / "weights", lambda state: None)
    (tmp_path / "inbox" / "graph").mkdir()
    sizes = {"axis": [1], "more": [2, 3], "shape": [1, 3, 64, 64]}
    with_graph(tmp_path / "inbox" / "graph", gray_image_nodes(), [constant(*item) for item in sizes.items()])
    pages = []
    for seed in (0, 0, 1):
        requested = GradingRequest(
            task="iclevr", scheme=exam.scheme, conditions=exam.conditions, hidden=tmp_path / "hidden.json", seed=seed
        )
        grade.grade([tmp_path / "inbox"], tmp_path / "out", requested)
        found = grades(tmp_path / "out")
        assert found["weights"]["status"] == found["graph"]["status"] == "graded", found
        assert found["weights"]["conditions"] == "public and hidden"
        assert {name: scores["exact_match"]["n"] for name, scores in found["weights"]["scores"].items()} == {
            "exam": 2 * COUNT, "hidden": 2 * 4,
        }  # fmt: skip
        pages.append((tmp_path / "out" / "pages" / "weights.html").read_bytes())
    assert pages[0] == pages[1]
    assert pages[0] != pages[2]


def test_a_participant_can_check_the_form_before_handing_in(tmp_path, exam, scenes, capsys, monkeypatch):
    hand_in(tmp_path / "inbox" / "a", scenes[0])
    options = ["--task", "iclevr", "--scheme", str(exam.scheme), "--conditions", str(exam.conditions[0]), "--check"]
    assert main(["grade", str(tmp_path / "inbox"), *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["found"] == f"images exam: {COUNT}"
    (tmp_path / "inbox" / "a" / "exam" / "5.png").unlink()
    assert main(["grade", str(tmp_path / "inbox"), *options]) == 1
    assert "lacks 1: 5" in capsys.readouterr().out


def test_a_participant_is_told_of_a_list_that_is_missing(tmp_path, scenes, capsys):
    hand_in(tmp_path / "a", [scenes[0][0]] * 32)
    (tmp_path / "a" / "exam").rename(tmp_path / "a" / "test")
    assert main(["grade", str(tmp_path / "a"), "--task", "iclevr", "--check", "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == "partly ready"
    assert row["reason"] == "there are no images for new_test, so it earns nothing"


def test_what_failed_is_looked_at_again_whatever_is_kept(tmp_path, exam, scenes, looked, monkeypatch):
    paths = inbox(tmp_path, scenes, "a")
    monkeypatch.setattr(looking, "look_at", lambda *_: Answer("failed", "it was stopped after 180 s", 7, {}))
    grade.grade(paths, tmp_path / "out", exam)
    assert grades(tmp_path / "out")["a"]["status"] == "failed"
    monkeypatch.setattr(looking, "look_at", lambda *_: Answer("ready", "", 7, {("images", "exam"): scenes[0]}))
    grade.grade(paths, tmp_path / "out", replace(exam, only_changed=True))
    assert grades(tmp_path / "out")["a"]["status"] == "graded"


def test_a_changed_program_looks_again(tmp_path, exam, scenes, looked, monkeypatch):
    paths = inbox(tmp_path, scenes, "a")
    for code in ("1", "1", "2"):
        monkeypatch.setattr(resume_cache, "code_digest", lambda code=code: code)
        grade.grade(paths, tmp_path / "out", replace(exam, only_changed=True))
    assert looked == ["a", "a"]
    assert len(list((tmp_path / "out" / "seen").glob("*.safetensors"))) == 2  # an answer and a judgement


def test_gradescope_gets_points_and_what_can_be_earned(tmp_path, exam, scenes, looked):
    grade.grade(inbox(tmp_path, scenes, "a"), tmp_path / "out", replace(exam, gradescope=True))
    document = json.loads((tmp_path / "out" / "gradescope" / "a.json").read_text())
    assert document["score"] == grades(tmp_path / "out")["a"]["points"] == 100
    first = document["tests"][0]
    assert (first["name"], first["score"], first["max_score"]) == ("exam: topk_accuracy", 100, 100)


def test_too_little_training_data_to_tell_copies_is_refused_before_anything_is_written(tmp_path, exam, scenes, looked):
    with pytest.raises(UsageError, match="has 8 images; give more than 10"):
        grade.grade(inbox(tmp_path, scenes, "a"), tmp_path / "out", replace(exam, data="synthetic:8"))
    assert not (tmp_path / "out").exists()


def test_the_schema_of_the_manifest_is_printed(capsys):
    assert main(["grade", "--schema"]) == 0
    assert {"images", "weights", "onnx"} <= set(json.loads(capsys.readouterr().out)["properties"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["grade"], "no submission was given"),
        (["grade", "nowhere", "--out", "out"], "does not exist"),
        (["grade", "."], "--out is missing"),
        (
            ["grade", ".", "--out", "out", "--task", "celeba-transfer"],
            "celeba-transfer has no judge; tasks",
        ),
        (["grade", ".", "--out", "out", "--jobs", "0"], "--jobs is 0"),
        (["pack", "nowhere", "--out", "a.tar"], "ending in .zip"),
    ],
)
def test_wrong_use_is_one_line_and_exits_with_2(arguments, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_packed_run_is_a_valid_submission_unless_it_diverged(tmp_path, capsys):
    from hostile import weights
    from safetensors.torch import save_file

    run = tmp_path / "run"
    run.mkdir()
    save_file({name: tensor.contiguous() for name, tensor in weights().items()}, run / "generator.safetensors")
    extra = {
        "task": "iclevr",
        "budget": "short",
        "train_config": {},
        "data_label": "x",
        "data_digest": "0",
        "precision": "float32",
        "memory_format": "channels_last",
    }
    (run / "config.json").write_text(json.dumps(config() | extra))
    outcome = {"status": "finished", "images_seen": 1, "seconds": 1.0, "images_per_second": 1.0}
    (run / "outcome.json").write_text(json.dumps(outcome | {"status": "diverged", "reason": "x was not finite"}))
    assert main(["pack", str(run), "--out", str(tmp_path / "none.zip")]) == 2
    assert "run diverged: x was not finite; pack a run that did not" in capsys.readouterr().err
    assert not (tmp_path / "none.zip").exists()
    (run / "outcome.json").write_text(json.dumps(outcome))
    for name in ("one.zip", "two.zip"):
        assert main(["pack", str(run), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assignment = grader.Grader(GradingRequest(task="iclevr")).assignment
    answer = launch.look_at(
        tmp_path / "one.zip", assignment, grader.Grader(GradingRequest(task="iclevr")).scheme.limits.limits()
    )
    assert (answer.status, answer.reason) == ("ready", "")


def test_images_of_one_person_that_a_platform_has_packed_get_the_grade_that_they_get_in_a_folder(
    tmp_path, exam, scenes
):
    hand_in(tmp_path / "apart" / "ann", scenes[0])
    images = {f"ann_LATE_11_{900 + n}_exam_{n}.png": image for n, image in enumerate(scenes[0])}
    for name, image in images.items():
        (tmp_path / "inbox" / name).write_bytes(encoded(image))
    (tmp_path / "inbox" / "ann_LATE_11_999_report.pdf").write_bytes(b"%PDF")
    (tmp_path / "inbox" / "bob_12_1000_report.pdf").write_bytes(b"%PDF")
    grade.grade([tmp_path / "apart"], tmp_path / "alone", exam)
    summary = grade.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    assert (summary["submissions"], summary["graded"]) == (1, 1)
    packed, alone = grades(tmp_path / "out")["ann_11"], grades(tmp_path / "alone")["ann"]
    assert packed["handed_in"] == "late"
    assert packed["remarks"] == [{"kind": "not read", "text": "not read: 'report.pdf'"}]
    assert packed | {"id": "ann", "handed_in": "", "platform": "", "remarks": []} == alone
    (row,) = check_form([tmp_path / "inbox"], exam)
    assert (row["status"], row["found"]) == ("ready", "images exam: 12")
