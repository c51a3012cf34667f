"""Another scheme for a graded batch, from kept scores, and what differs between two batches."""

import json
import shutil

import pytest
from builders.batches import SCHEME, grades

from benchmark.cli import main
from benchmark.commands.grade_diff import as_lines, diff
from benchmark.commands.regrade import regrade, regrade_one
from benchmark.errors import UsageError
from benchmark.grading import grader, looking
from benchmark.grading.kept.kept_batch import read_book
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.marking.scheme import load_scheme
from benchmark.scoring import judges

HARD = SCHEME.replace('"short"', '"hard"').replace("[[0.8, 100], [0.4, 60]]", "[[0.95, 50]]")
RULE = HARD[HARD.index("[[scores]]") :]
OTHER_FIRST = HARD.replace(RULE, RULE.replace("topk_accuracy", "exact_match") + "\n" + RULE)


@pytest.fixture
def never(monkeypatch):
    """No submission is looked at, and no judge is loaded."""

    def refuse(*_, **__):
        raise AssertionError("kept scores are enough")

    for module, name in ((looking, "look_at"), (grader, "mark"), (judges, "judge_network")):
        monkeypatch.setattr(module, name, refuse)


@pytest.fixture
def hard(batch, tmp_path, never):
    """The course by a harder scheme."""
    (tmp_path / "hard.toml").write_text(HARD)
    regrade(batch[0] / "out", tmp_path / "hard.toml", tmp_path / "hard", gradescope=True, platforms=["plain"])
    return tmp_path / "hard"


def test_a_changed_scheme_marks_kept_scores_anew(batch, hard):
    before, after = grades(batch[0] / "out"), grades(hard)
    assert before.keys() == after.keys()
    right, shared = "Anna Lovelace_40711", "boole-george"
    assert before[right]["scores"]["exam"]["topk_accuracy"]["value"] >= 0.95
    assert (before[right]["points"], after[right]["points"]) == (100, 50)
    assert (before[shared]["points"], after[shared]["points"]) == (60, 0)
    for name, entry in after.items():
        kept = ("scores", "flags", "student", "status", "reason")
        assert {key: entry[key] for key in kept} == {key: before[name][key] for key in kept}
    assert "<b>50 of 50 points</b>" in next((hard / "pages").glob("Anna*")).read_text()
    assert len(list((hard / "staff").iterdir())) == len(after)
    assert (hard / "plain.csv").exists()
    assert "Grades: hard" in (hard / "index.html").read_text()
    document = json.loads((hard / "gradescope" / f"{shared}.json").read_text())
    assert (document["score"], document["tests"][0]["max_score"]) == (0, 50)


def test_a_scheme_with_another_first_score_is_refused_and_one_with_a_further_score_is_not(batch, tmp_path, never):
    """Flags compare by the first score, and so do remarks; they are kept as they were."""
    (tmp_path / "other.toml").write_text(OTHER_FIRST)
    (tmp_path / "more.toml").write_text(HARD + "\n" + RULE.replace("topk_accuracy", "exact_match"))
    out, old = tmp_path / "out", tmp_path / "old"
    with pytest.raises(UsageError, match="names exact_match first"):
        regrade(batch[0] / "out", tmp_path / "other.toml", out, gradescope=False, platforms=[])
    assert not out.exists()
    regrade(batch[0] / "out", tmp_path / "more.toml", out, gradescope=False, platforms=[])
    assert {name: entry["flags"] for name, entry in grades(out).items()} == {
        name: entry["flags"] for name, entry in grades(batch[0] / "out").items()
    }
    shutil.copytree(batch[0] / "out", old)
    kept = json.loads((old / "seen" / "batch.json").read_text())
    del kept["first_score"]  # as an earlier version wrote it, which does not say
    (old / "seen" / "batch.json").write_text(json.dumps(kept))
    regrade(old, tmp_path / "other.toml", tmp_path / "earlier", gradescope=False, platforms=[])


def test_the_same_scheme_gives_the_same_pages(batch, tmp_path, never):
    regrade(batch[0] / "out", batch[1].scheme, tmp_path / "out", gradescope=False, platforms=[])
    for path in (batch[0] / "out").rglob("*.html"):
        assert path.read_bytes() == (tmp_path / "out" / path.relative_to(batch[0] / "out")).read_bytes()


def test_without_a_scheme_the_kept_one_holds_and_other_files_are_written(batch, tmp_path, never, capsys):
    out = ["grade", "--regrade", str(batch[0] / "out"), "--csv", "canvas", "--out", str(tmp_path / "out")]
    assert main(out) == 0
    assert (tmp_path / "out" / "grades.json").read_bytes() == (batch[0] / "out" / "grades.json").read_bytes()
    assert (tmp_path / "out" / "canvas.csv").exists()
    shutil.copytree(batch[0] / "out", tmp_path / "old")
    kept = json.loads((tmp_path / "old" / "seen" / "batch.json").read_text())
    assert kept.pop("scheme")["name"] == "short"
    (tmp_path / "old" / "seen" / "batch.json").write_text(json.dumps(kept))
    assert main(["grade", "--regrade", str(tmp_path / "old"), "--out", str(tmp_path / "new")]) == 2
    assert "was graded by an earlier version, which kept no scheme; give it as --scheme" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_folder_of_other_things_stays_as_it_is(batch, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "moodle.csv").write_text("a roster")
    with pytest.raises(UsageError, match="own holds other things and no grades; give a new folder"):
        regrade(batch[0] / "out", batch[1].scheme, tmp_path / "own", gradescope=False, platforms=[])
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["moodle.csv"]


def test_a_difference_names_whose_points_changed_and_why(batch, hard, capsys):
    rows = {row["id"]: row for row in diff(batch[0] / "out", hard)}
    assert set(rows) == {"Anna Lovelace_40711", "boole-george"}
    assert rows["boole-george"]["why"] == "the same scores under another scheme (short, hard); borderline became fail"
    assert diff(hard, hard / "grades.json") == []
    assert main(["grade", "--diff", str(batch[0] / "out"), str(hard)]) == 0
    assert "boole-george         60 of 100 -> 0 of 50  the same scores" in capsys.readouterr().out


def test_other_scores_and_other_people_are_said(batch, tmp_path):
    document = json.loads((batch[0] / "out" / "grades.json").read_text())
    document["submissions"] = document["submissions"][1:]
    one = next(entry for entry in document["submissions"] if entry["id"] == "dirac.paul")
    one["scores"]["exam"]["topk_accuracy"]["value"], one["points"] = 0.2, 20.0
    other = next(entry for entry in document["submissions"] if entry["id"] == "curie_marie")
    other |= {"status": "failed", "points": 5.0, "scores": {}, "reason": "it was stopped after 180 s"}
    document |= {"judge_sha256": "1" * 64}
    (tmp_path / "grades.json").write_text(json.dumps(document))
    rows = {row["id"]: row["why"] for row in diff(batch[0] / "out", tmp_path)}
    assert rows["Anna Lovelace_40711"] == "it is no longer there"
    assert "became 0.200; another judge" in rows["dirac.paul"]
    assert rows["curie_marie"].startswith("graded became failed: it was stopped after 180 s")
    assert list(as_lines([]))[-1] == "0 whose share of the points or verdict differs"


STUDENT = {"id": "B007", "name": "Gus", "number": "", "login": "", "platform": ""}


def edited(batch, folder, **changes):
    """Grades of the course in which the last submission is a student's, with other values."""
    document = json.loads((batch[0] / "out" / "grades.json").read_text())
    one = next(entry for entry in document["submissions"] if entry["id"] == "emmy-noether")
    one |= {"student": STUDENT} | changes
    folder.mkdir()
    (folder / "grades.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize("points", [0.0, 60.0])
def test_a_student_whose_submission_comes_or_goes_is_one_row_if_the_points_differ(batch, tmp_path, points):
    there = edited(batch, tmp_path / "there", id="Gus_4717", points=points)
    gone = edited(batch, tmp_path / "gone", id="B007", points=0.0, status="missing", reason="nothing was handed in")
    row = {"before of": 100.0, "after of": 100.0}
    went = {"id": "B007", "before": 60.0, "after": 0.0, "why": "rejected became missing: nothing was handed in"}
    came = {"id": "Gus_4717", "before": 0.0, "after": 60.0, "why": "missing became rejected"}
    for before, after, expected, was in ((there, gone, went, "Gus_4717"), (gone, there, came, "B007")):
        rows = diff(before, after)
        assert len(rows) == (points > 0)
        for found in rows:
            why = found.pop("why")
            assert found == row | {key: value for key, value in expected.items() if key != "why"}
            assert why.startswith(expected["why"])
            assert why.endswith(f"; it was {was} before")


def test_a_name_that_another_student_s_work_has_now_compares_nobody_with_another(batch, tmp_path):
    before, after = (json.loads((batch[0] / "out" / "grades.json").read_text()) for _ in range(2))
    ann, bob = (dict(STUDENT, id=name) for name in ("A001", "B001"))
    for document, names in ((before, {"final": ann, "draft": bob}), (after, {"final": bob, "final-1": ann})):
        rows = document["submissions"]
        rows[0] |= {"points": 70.0}
        rows[1] |= {"points": 30.0}
        for name, student in names.items():
            row = rows[0] if student is ann else rows[1]
            row |= {"id": name, "student": student}
    after["submissions"][1] |= {"points": 35.0}
    for name, document in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "grades.json").write_text(json.dumps(document))
    (row,) = diff(tmp_path / "before", tmp_path / "after")
    assert (row["id"], row["before"], row["after"]) == ("final", 30.0, 35.0)
    assert row["why"].endswith("; it was draft before")


def test_one_name_for_the_work_of_two_students_is_two_rows(batch, tmp_path):
    there = edited(batch, tmp_path / "there", id="final", points=10.0)
    other = edited(batch, tmp_path / "other", id="final", points=10.0, student=dict(STUDENT, id="C008"))
    rows = diff(there, other)
    assert [(row["before"], row["after"], row["why"]) for row in rows] == [
        (None, 10.0, "it is new"), (10.0, None, "it is no longer there"),
    ]  # fmt: skip


def test_of_two_submissions_of_one_student_none_takes_the_others_place(batch, tmp_path):
    before = edited(batch, tmp_path / "before", id="B007_a", points=10.0)
    after = edited(batch, tmp_path / "after", id="B007_b", points=20.0)
    document = json.loads((after / "grades.json").read_text())
    document["submissions"].append(document["submissions"][-1] | {"id": "B007_c", "student": STUDENT})
    (after / "grades.json").write_text(json.dumps(document))
    assert {"B007_a", "B007_b", "B007_c"} <= {row["id"] for row in diff(before, after)}


def test_the_maximum_stands_in_a_difference_only_where_it_differs_and_is_known(batch, hard, tmp_path):
    assert any("60 of 100 -> 0 of 50" in line for line in as_lines(diff(batch[0] / "out", hard)))
    other = edited(batch, tmp_path / "other", points=7.0)
    assert "emmy-noether  0 -> 7 " in "\n".join(as_lines(diff(batch[0] / "out", other)))
    document = json.loads((hard / "grades.json").read_text()) | {"maximum": None, "schema_version": 5}
    (tmp_path / "grades.json").write_text(json.dumps(document))
    assert any("60 of 100 -> 0  the same" in line for line in as_lines(diff(batch[0] / "out", tmp_path)))


def test_equal_shares_of_another_maximum_are_no_difference_and_another_verdict_is_one(batch, tmp_path):
    document = json.loads((batch[0] / "out" / "grades.json").read_text())
    halves = [one | {"points": one["points"] / 2} for one in document["submissions"]]
    document |= {"maximum": document["maximum"] / 2, "submissions": halves}
    (tmp_path / "grades.json").write_text(json.dumps(document))
    assert diff(batch[0] / "out", tmp_path) == []
    before = halves[0]["verdict"]
    halves[0]["verdict"] = "pass" if before == "fail" else "fail"
    (tmp_path / "grades.json").write_text(json.dumps(document))
    (row,) = diff(batch[0] / "out", tmp_path)
    assert row["id"] == halves[0]["id"]
    assert row["why"].endswith(f"{before} became {halves[0]['verdict']}")


def changed(batch, folder, *, kind="images", value=None, interval=None, **book):
    """What ``--diff`` says about the one who is right, whose points and verdict, and what else is given, are others."""
    document = json.loads((batch[0] / "out" / "grades.json").read_text())
    one = next(entry for entry in document["submissions"] if entry["id"] == "Anna Lovelace_40711")
    one["kind"] = kind
    folder.mkdir()
    (folder / "before.json").write_text(json.dumps(document))
    score = one["scores"]["exam"]["topk_accuracy"]
    if value is not None:
        score |= {"value": value, "interval": [0.25, 1.0]}
    score["interval"] = interval or score["interval"]
    one |= {"verdict": "borderline", "points": one["points"] if value is None else 60.0}
    (folder / "after.json").write_text(json.dumps(document | book))
    (row,) = diff(folder / "before.json", folder / "after.json")
    return row["why"].split("; ")


def test_an_interval_that_changed_where_the_score_did_not_is_said_with_both(batch, tmp_path):
    first, *rest = changed(batch, tmp_path / "a", interval=[0.25, 1.0])
    assert first.startswith("the interval of exam topk_accuracy ")
    assert first.endswith("] became [0.2500, 1.0000]")
    assert rest == ["pass became borderline"]
    _, *rest = changed(batch, tmp_path / "b", interval=[0.25, 1.0], scheme="hard")
    assert rest == ["the same scores under another scheme (short, hard)", "pass became borderline"]
    assert changed(batch, tmp_path / "c")[0] == "the same scores under another scheme that is called short, too"


def test_another_scheme_and_a_changed_score_are_both_said(batch, tmp_path):
    first, *rest = changed(batch, tmp_path / "a", value=0.5, scheme="hard")
    assert first.endswith(" became 0.500")
    assert rest == ["another scheme (short, hard)", "pass became borderline"]
    _, *rest = changed(batch, tmp_path / "b", value=0.5)
    assert rest == ["pass became borderline"]


@pytest.mark.parametrize(
    ("kind", "said"), [("images", False), ("generator", True), ("images and generator", True), (None, False)]
)
def test_another_seed_is_a_cause_only_for_what_a_generator_drew(batch, tmp_path, kind, said):
    why = changed(batch, tmp_path / "a", kind=kind, value=0.5, seed=9)
    assert ("another seed (0, 9)" in why) == said


def test_what_is_no_longer_kept_cannot_be_marked_anew(batch, tmp_path, hard):
    with pytest.raises(
        UsageError, match="keeps nothing to mark anew; give the folder that the submissions were graded to"
    ):
        regrade(hard, batch[1].scheme, tmp_path / "x", gradescope=False, platforms=[])
    shutil.copytree(batch[0] / "out", tmp_path / "copy")
    for path in (tmp_path / "copy" / "seen").glob("*.judged.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UsageError, match="no longer keeps what was seen of 'Anna Lovelace_40711'"):
        regrade(tmp_path / "copy", batch[1].scheme, tmp_path / "x", gradescope=False, platforms=[])
    assert not (tmp_path / "x").exists()


def test_images_of_another_attempt_are_not_shown_with_the_scores_that_were_graded(batch, tmp_path):
    """A grading that was ended after it wrote grades, and before it kept which attempts they are of."""
    shutil.copytree(batch[0] / "out", tmp_path / "copy")
    kept = tmp_path / "copy" / "seen" / "batch.json"
    document = json.loads(kept.read_text())
    document["digests"]["dirac.paul"] = document["digests"]["boole-george"]
    kept.write_text(json.dumps(document))
    with pytest.raises(
        UsageError, match=r"no longer keeps what was seen of 'dirac\.paul'; grade the submissions again"
    ):
        regrade(tmp_path / "copy", batch[1].scheme, tmp_path / "x", gradescope=False, platforms=[])
    assert not (tmp_path / "x").exists()


def test_what_is_shared_with_a_submission_that_the_grades_lack_is_one_line(batch, tmp_path):
    """A grading that was ended after it compared all submissions, and before it wrote grades."""
    shutil.copytree(batch[0] / "out", tmp_path / "copy")
    kept = tmp_path / "copy" / "seen" / "shared.json"
    document = json.loads(kept.read_text())
    document["matches"].append(["boole-george", "zuse", [[0, 0]]])
    kept.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="no longer keeps what was seen of 'zuse'; grade the submissions again"):
        regrade(tmp_path / "copy", batch[1].scheme, tmp_path / "x", gradescope=False, platforms=[])
    assert not (tmp_path / "x").exists()


def test_points_are_compared_where_one_of_the_maxima_is_not_known(batch, tmp_path):
    document = json.loads((batch[0] / "out" / "grades.json").read_text()) | {"maximum": None, "schema_version": 5}
    (tmp_path / "grades.json").write_text(json.dumps(document))
    assert diff(batch[0] / "out", tmp_path) == diff(tmp_path, batch[0] / "out") == []
    changed = document["submissions"][0]
    changed["points"] += 1
    (tmp_path / "grades.json").write_text(json.dumps(document))
    assert [row["id"] for row in diff(batch[0] / "out", tmp_path)] == [changed["id"]]


def test_remarks_stand_in_the_order_of_a_grading(batch, tmp_path):
    book = read_book(batch[0] / "out")
    texts = {"left out": "a", "not read": "b", "list missing": "there are no images for more", "black": "c"}
    remarks = [Remark(kind=kind, text=text) for kind, text in texts.items()]
    (tmp_path / "s.toml").write_text(HARD.replace("{ exam = 1.0 }", "{ exam = 1.0, more = 1.0 }"))
    scheme = load_scheme(tmp_path / "s.toml", "iclevr", ("topk_accuracy",), ["exam", "more"])
    old = book.submissions[0].model_copy(update={"remarks": remarks})
    assert [one.kind for one in regrade_one(old, scheme, book.judge_sha256).remarks] == list(texts)


@pytest.mark.parametrize(
    ("scheme", "reason"),
    [
        (HARD.replace("draws = 2", "draws = 5"), "has draws = 5, and 2 images were drawn"),
        (HARD.replace("[[0.95, 50]]", "[[0.4, 60], [0.8, 100]]"), "from the highest to the lowest"),
        (HARD.replace("exam", "other"), "names the condition list 'other'"),
        (OTHER_FIRST, "names exact_match first; flags and remarks are about a scheme's first score, and the kept"),
        (HARD.replace("topk_accuracy", "exact_match"), "ones about topk_accuracy; put that first, or grade the subm"),
    ],
)
def test_a_scheme_that_kept_scores_do_not_serve_is_one_line(batch, tmp_path, scheme, reason, capsys):
    (tmp_path / "s.toml").write_text(scheme)
    options = ["--scheme", str(tmp_path / "s.toml"), "--out", str(tmp_path / "x")]
    assert main(["grade", "--regrade", str(batch[0] / "out"), *options]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--regrade", "a", "--out", "b", "--hidden", "h"], "by --scheme and --decisions alone"),
        (["--regrade", "a", "--scheme", "s", "--out", "b", "--seed", "1"], "give no other of Scoring"),
        (["--regrade", "a", "--scheme", "s", "--out", "b", "c"], "grade submissions again"),
        (["--regrade", "a", "--scheme", "s", "--out", "b", "--roster", "c"], "again for another roster"),
        (["--regrade", "a", "--scheme", "s"], "--out is missing"),
        (["--regrade", "a", "--scheme", "s", "--out", "b"], "a/grades.json cannot be read"),
        (["--diff", "a"], "compares two folders of grades, and 1 was given"),
        (["--diff", "a", "b"], "a does not exist; give a folder"),
    ],
)
def test_wrong_use_is_one_line(arguments, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir() if reason.startswith("a/") else None
    assert main(["grade", *arguments]) == 2
    assert reason in capsys.readouterr().err
