"""Pages of a batch: those of participants name nobody else, those of staff everybody; nothing is made twice."""

import csv
import json
import re
from dataclasses import replace

import pytest
from builders.batches import COUNT, PEOPLE, grades

from benchmark.cli import main
from benchmark.commands import grade
from benchmark.commands.check_form import as_table, check_form
from benchmark.commands.regrade import regrade_one
from benchmark.data.datasets import DATASETS
from benchmark.grading import grader, looking
from benchmark.grading.evidence.shared import Shared
from benchmark.grading.kept import kept_batch
from benchmark.grading.marking.grades import Grade, Gradebook, NearEntry
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.marking.scheme import Scheme, ScoreRule, load_scheme
from benchmark.grading.output import gradebook
from benchmark.grading.pages import participant, staff
from benchmark.grading.pages.participant import next_band
from benchmark.grading.pages.templates import number_matches
from benchmark.records.entries import score_entry
from evaluators import EVALUATORS
from evaluators.base import Score

NAMES = (*PEOPLE, "hopper-grace", "Lovelace", "George", "Hopper")


def page_of(folder, name, kind="pages"):
    (path,) = (path for path in (folder / "out" / kind).iterdir() if path.name.startswith(name.replace(" ", "_")))
    return path.read_text()


def test_no_participants_page_names_another_participant(batch):
    folder, _ = batch
    own = {"Anna Lovelace_40711": "Lovelace", "boole-george": "George", "hopper-grace": "Hopper"}
    pages = {name: page_of(folder, name) for name in (*PEOPLE, "hopper-grace")}
    assert len(list((folder / "out" / "pages").iterdir())) == len(pages)
    for name, text in pages.items():
        others = [other for other in NAMES if other not in (name, own.get(name))]
        assert [other for other in others if other.casefold() in text.casefold()] == []


def test_flags_stand_on_staffs_pages_alone(batch):
    folder, _ = batch
    flagged = {name: entry["flags"] for name, entry in grades(folder / "out").items() if entry["flags"]}
    assert {flag["name"] for some in flagged.values() for flag in some} >= {"shared_images", "ignores_condition"}
    for name, flags in flagged.items():
        for flag in flags:
            assert flag["name"] in page_of(folder, name, "staff")
            assert flag["name"] not in page_of(folder, name)
        assert "also in" not in page_of(folder, name)


def test_the_index_counts_what_was_not_graded_among_those_that_fail(batch):
    folder, _ = batch
    entries = grades(folder / "out").values()
    fails = [entry["status"] for entry in entries if entry["verdict"] == "fail"]
    text = (folder / "out" / "index.html").read_text()
    assert {"graded", "rejected", "missing"} == set(fails)
    assert f"<b>{len(fails)}</b> fail</li>" in text
    assert f"<b>{len(fails) - fails.count('graded')}</b> of these rejected, failed or missing</li>" in text
    assert text.count("<td>fail</td>") == len(fails)
    assert text.count('data-words="rejected fail') == fails.count("rejected")


def test_staffs_pages_name_the_others_and_mark_the_images_that_match(batch):
    folder, _ = batch
    text = page_of(folder, "boole-george", "staff")
    assert "6 of 12 images are also in Anna Lovelace_40711" in text
    assert "6 of 12 images are also in curie_marie" in text
    first, second = text.split("<h3>")[1:3]
    assert first.startswith("6 images like those of Anna Lovelace_40711")
    marks = re.findall(r'<i style="left:([\d.]+)%;top:([\d.]+)%[^"]*">(\d)</i>', first)
    assert len(marks) == 12
    assert marks[:6] == marks[6:]  # the same images in the same places
    assert second.startswith("6 images like those of curie_marie")
    assert "emmy-noether" not in text


def test_a_page_says_the_points_of_how_many_and_what_would_have_given_the_next_band(batch):
    folder, _ = batch
    assert "<b>100 of 100 points</b>" in page_of(folder, "Anna")
    assert "That is the highest band." in page_of(folder, "Anna")
    text = page_of(folder, "dirac")
    assert "<b>0 of 100 points</b>" in text
    value = grades(folder / "out")["dirac.paul"]["scores"]["exam"]["topk_accuracy"]
    missing = next(count for count in range(1, 99) if value["value"] + count / value["n"] >= 0.4 - 1e-9)
    assert f"From 0.4 on it earns 60: {missing} more of {value['n']} would have given that." in text


def test_right_and_wrong_are_said_in_words_and_signs(batch):
    text = page_of(batch[0], "boole-george")
    assert text.count("✓ right</b>") + text.count("✗ wrong</b>") == text.count("<figure") == COUNT
    assert text.count("✓ right</b>") == text.count('<figure class="right">') >= 5


def test_text_of_a_roster_is_no_markup(batch):
    for path in (batch[0] / "out").rglob("*.html"):
        assert "<b>George" not in path.read_text()
    assert "&lt;b&gt;George&lt;/b&gt; =1+1" in (batch[0] / "out" / "index.html").read_text()


STUDENT = {"id": "40711", "name": "Anna Lovelace", "number": "", "login": "", "platform": ""}


def test_everybody_in_the_roster_has_a_row_and_who_is_not_in_it_a_note(batch):
    found = grades(batch[0] / "out")
    assert set(found) == {*PEOPLE, "hopper-grace"}
    assert (found["hopper-grace"]["status"], found["hopper-grace"]["points"]) == ("missing", 0)
    assert found["Anna Lovelace_40711"]["student"] == STUDENT
    assert found["curie_marie"]["notes"] == ["no person in the roster matches it"]
    text = (batch[0] / "out" / "gradebook.csv").read_text(encoding="utf-8-sig")
    rows = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    assert rows["hopper-grace"]["status"] == "missing"
    assert (rows["boole-george"]["student id"], rows["boole-george"]["maximum"]) == ("boole-george", "100.0")


def test_the_index_has_every_submission_once_and_needs_no_network(batch):
    text = (batch[0] / "out" / "index.html").read_text()
    assert text.count("<tr data-number=") == text.count('<section class="detail"') == len(PEOPLE) + 1
    assert len(re.findall(r"\.s\d+ \{ background-image: url\(data:image/webp", text)) == 4
    assert "http" not in text.replace("http-equiv", "")
    assert "<b>1</b> rejected" in text
    assert "<b>1</b> missing" in text


@pytest.mark.parametrize("count", [0, 1_000])
def test_an_index_of_any_number_of_rows_is_written(batch, count):
    book = Gradebook.model_validate_json((batch[0] / "out" / "grades.json").read_text())
    one = book.submissions[1]
    many = [one.model_copy(update={"id": f"person {number}"}) for number in range(count)]
    scheme = Scheme(
        name="mine", task="iclevr", scores=[{"name": "topk_accuracy", "lists": {"exam": 1.0}, "points": [(0.8, 100.0)]}]
    )
    rows = [staff.Row(grade, None) for grade in many]
    text = staff.index(rows, book.model_copy(update={"submissions": many}), scheme)
    assert text.count("<tr data-number=") == count
    assert ("There is no submission." in text) == (count == 0)


def test_when_something_was_handed_in_is_for_staff_where_a_platform_says_it(batch):
    folder, request = batch
    book = kept_batch.read_book(folder / "out")
    scheme = load_scheme(request.scheme, "iclevr", ("topk_accuracy",), ["exam"])
    one, other = (book.submissions[0].model_copy(update={"handed_in": when}) for when in ("late", ""))
    timed = book.model_copy(update={"submissions": [one, other]})
    table = staff.index([staff.Row(one, None), staff.Row(other, None)], timed, scheme)
    assert table.count("<td>late</td>") == 1
    assert "graded · images · conditions: public only · handed in late" in table
    assert '<button type="button">handed in</button>' in table
    assert "handed in</button>" not in (folder / "out" / "index.html").read_text()
    rows = list(csv.DictReader(gradebook.table(timed, 100).splitlines()))
    assert [row["handed in"] for row in rows] == ["late", ""]
    assert re.search(r"\blate\b", participant.html(one, {}, timed, scheme, DATASETS["iclevr"])) is None


def test_the_thresholds_that_a_row_is_near_stand_by_list_the_nearest_first(batch):
    folder, request = batch
    book = kept_batch.read_book(folder / "out")
    scheme = load_scheme(request.scheme, "iclevr", ("topk_accuracy",), ["exam"])
    near = [
        NearEntry(list_name=name, score="topk_accuracy", threshold=at, distance=far, within_judge_difference=far < 0.03)
        for name, at, far in (("test", 0.7, 0.01), ("other", 0.825, 0.02), ("test", 0.825, 0.09))
    ]
    one = book.submissions[0].model_copy(update={"near": near})
    near_one = book.model_copy(update={"submissions": [one]})
    text = staff.index([staff.Row(one, None)], near_one, scheme)
    rows = re.findall(r'<div class="line">(.*?)</div>', text)
    assert rows == ["other <b>0.825</b>", "test <b>0.70</b> 0.825"]
    assert " · <b>near 0.70 (test)</b> · <b>near 0.825 (other)</b> · near 0.825 (test)</p>" in text
    (row,) = csv.DictReader(gradebook.table(near_one, 100).splitlines())
    assert row["near"] == "near 0.70 (test); near 0.825 (other); near 0.825 (test)"
    assert gradebook.near_in_words(near_one).endswith(f": {one.id} near 0.70 (test)")


@pytest.mark.parametrize("is_known", [True, False])
def test_the_index_speaks_of_the_judges_difference_only_where_one_is_known(batch, monkeypatch, is_known):
    folder, request = batch
    monkeypatch.setattr(staff, "known_difference", lambda *_: 0.037 * is_known)
    book = kept_batch.read_book(folder / "out")
    scheme = load_scheme(request.scheme, "iclevr", ("topk_accuracy",), ["exam"])
    text = staff.index([staff.Row(grade, None) for grade in book.submissions], book, scheme)
    assert ("known difference" in text) == ("within the judge&#39;s difference" in text) == is_known


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 file is no submission, or was"), (2, "2 files are no submissions, or were")]
)
def test_the_index_counts_what_was_left_out_in_good_english(batch, count, words):
    folder, request = batch
    book = kept_batch.read_book(folder / "out").model_copy(update={"ignored": ["a.txt"] * count})
    scheme = load_scheme(request.scheme, "iclevr", ("topk_accuracy",), ["exam"])
    assert f"<summary>{words} left out</summary>" in staff.index([], book, scheme)


@pytest.mark.parametrize(
    ("remark", "doubt"),
    [
        (Remark(kind="red and blue", text="test: red and blue seem to be exchanged"), ["red and blue"]),
        (Remark(kind="black", text="test: every byte is 0 or 1"), ["black"]),
        (Remark(kind="half a range", text="test: nothing is darker than middle gray"), ["half a range"]),
        (Remark.no_images("new_test", hidden=False), ["list missing"]),
        (Remark.no_images("hidden", hidden=True), []),
        (Remark(kind="not read", text="not read: 'report.pdf'"), []),
    ],
)
def test_what_probably_spoiled_a_submission_is_a_doubt(batch, remark, doubt):
    book = kept_batch.read_book(batch[0] / "out")
    one = next(grade for grade in book.submissions if grade.id == "Anna Lovelace_40711")
    clean = one.model_copy(update={"flags": [], "near": [], "verdict": "pass", "notes": [], "remarks": []})
    assert staff.Row(clean, None).doubts == []
    assert staff.Row(clean.model_copy(update={"remarks": [remark]}), None).doubts == doubt


@pytest.mark.parametrize(
    ("difference", "within", "doubts"), [(0.037, True, ["near"]), (0.037, False, []), (0.0, False, ["near"])]
)
def test_near_a_threshold_is_a_doubt_by_the_judges_difference_and_where_none_is_known_by_the_interval(
    batch, monkeypatch, difference, within, doubts
):
    book = kept_batch.read_book(batch[0] / "out")
    monkeypatch.setattr(
        staff, "known_difference", lambda judge, score: difference * (judge == book.judge_sha256 and score == "a score")
    )
    near = NearEntry(list_name="test", score="a score", threshold=0.8, distance=0.02, within_judge_difference=within)
    one = next(grade for grade in book.submissions if grade.id == "Anna Lovelace_40711")
    clean = one.model_copy(update={"flags": [], "verdict": "pass", "notes": [], "remarks": []})
    shared = Shared({}, {})
    for entries, expected in (([near], doubts), ([], [])):
        (row,) = staff.rows_of([clean.model_copy(update={"near": entries})], {}, shared, book.judge_sha256)
        assert row.doubts == expected


def test_an_image_is_called_as_it_was_handed_in_and_numbered_where_a_generator_drew_more(batch):
    folder, _ = batch
    book = kept_batch.read_book(folder / "out")
    _, (graded, *_) = kept_batch.kept_graded(folder / "out", book, kept_batch.read_batch(folder / "out"))
    marks, names = graded.handed_in["exam"], [f"sample_{number}_1" for number in range(1, COUNT + 1)]
    named, numbered = (
        [image["number"] for image in participant.list_part("exam", marks, DATASETS["iclevr"], some)["images"]]
        for some in (names, names[:3])
    )
    assert sorted(named) == sorted(names)
    assert sorted(numbered, key=int) == list(map(str, range(COUNT)))


def test_a_summary_names_only_checks_that_there_was_nothing_for(batch, tmp_path):
    book = kept_batch.read_book(batch[0] / "out")
    assert gradebook.summary(book, tmp_path)["not checked"] == "copies of training images: no --data was given"
    assert "not checked" not in gradebook.summary(book.model_copy(update={"not_checked": []}), tmp_path)


def test_what_has_not_changed_is_neither_read_nor_judged_nor_written_again(batch, monkeypatch):
    folder, request = batch
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (folder / "out").rglob("*.html")}

    def never(*_, **__):
        raise AssertionError("this was done before")

    monkeypatch.setattr(looking, "look_at", never)
    monkeypatch.setattr(grader, "mark", never)
    monkeypatch.setattr(grader.judges, "check_self_test", never)
    summary = grade.grade([folder / "inbox"], folder / "out", request)
    assert (summary["graded"], summary["rejected"], summary["missing"]) == (4, 1, 1)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (folder / "out").rglob("*.html")} == before


def test_a_page_that_somebody_has_changed_is_written_again(batch):
    folder, request = batch
    path = next((folder / "out" / "pages").iterdir())
    whole = path.read_text()
    path.write_text("100 of 100 points")
    grade.grade([folder / "inbox"], folder / "out", request)
    assert path.read_text() == whole


def test_the_check_has_a_line_for_everybody_and_says_from_the_start_how_far_it_is(batch, capsys):
    folder, request = batch
    rows = check_form([folder / "inbox"], replace(request, jobs=1))
    error = capsys.readouterr().err
    assert error.startswith("checking: 1 of 5")
    *lines, last = as_table(rows)
    assert [line.split()[0] for line in lines] == ["ready", "ready", "ready", "ready", "rejected", "missing"]
    assert all("\n" not in line for line in lines)
    assert lines[0].startswith("ready     Anna Lovelace_40711  40711 Anna Lovelace              images exam: 12")
    assert [row["student"] for row in rows[2:5]] == [""] * 3
    assert last == "4 ready, 1 rejected, 1 missing"
    assert lines[-1] == "missing   hopper-grace         hopper-grace Grace Hopper        nothing was handed in"
    in_nobodys_name = [line.split()[1] for line in lines if line.endswith("no person in the roster matches it")]
    assert in_nobodys_name == ["curie_marie", "dirac.paul", "emmy-noether"]


def test_two_rosters_are_one_line(batch, capsys, tmp_path):
    options = ["--roster", "a.csv", "--roster", "b.csv", "--out", str(tmp_path / "out")]
    assert main(["grade", str(batch[0] / "inbox"), *options]) == 2
    error = capsys.readouterr().err
    assert "--roster specified multiple times" in error
    assert error.count("\n") == 1


def test_grades_of_the_first_version_are_read(batch):
    document = json.loads((batch[0] / "out" / "grades.json").read_text())
    new = ("student", "earlier", "notes", "near")
    old = [{key: value for key, value in one.items() if key not in new} for one in document["submissions"]]
    for flag in (flag for one in old for flag in one["flags"]):
        assert "public" not in flag
        del flag["others"]
    old = [one | {"remarks": [remark["text"] for remark in one["remarks"]]} for one in old]
    missing_is_new = [one for one in old if one["status"] != "missing"]
    book = Gradebook.model_validate(document | {"schema_version": 1, "submissions": missing_is_new}, strict=False)
    assert book.submissions[0].near == []
    kinds = {remark.kind for grade in book.submissions for remark in grade.remarks}
    assert kinds <= {"earlier version", "list missing", "hidden list"}


@pytest.mark.parametrize("hidden", [True, False])
def test_a_remark_of_an_earlier_version_on_a_missing_list_is_replaced_under_another_scheme(batch, hidden):
    grade = kept_batch.read_book(batch[0] / "out").submissions[0]
    missing = Remark.no_images("of_another_scheme", hidden=hidden)
    old = grade.model_dump(mode="json") | {"status": "graded", "remarks": [missing.text, "left out: x"]}
    read = Grade.model_validate(old, strict=False)
    assert read.remarks == [missing, Remark(kind="earlier version", text="left out: x")]
    scheme = load_scheme(None, "iclevr", ["topk_accuracy"], ["test", "new_test"])
    assert "of_another_scheme" not in "".join(one.text for one in regrade_one(read, scheme, "0" * 64).remarks)


@pytest.mark.parametrize(
    ("name", "value", "n", "words"),
    [
        ("topk_accuracy", 0.75, 72, "From 0.8 on it earns 100: 4 more of 72 would have given that."),
        ("exact_match", 0.3, 32, "From 0.4 on it earns 60: 4 more of 32 would have given that."),
        ("topk_accuracy_per_image", 0.75, 32, "From 0.8 on it earns 100: a score 0.050 higher would have given that."),
        ("micro_f1", 0.7999, 768, "From 0.8 on it earns 100: a score 0.001 higher would have given that."),
        ("micro_f1", 0.8, 768, "That is the highest band."),
    ],
)
def test_only_where_a_score_is_a_share_so_many_more_would_have_given_the_next_band(name, value, n, words):
    rule = ScoreRule(name=name, lists={"test": 1.0}, points=[(0.8, 100.0), (0.4, 60.0)])
    entry = score_entry(EVALUATORS[name], Score(value=value, n=n, interval=(value, value), method="wilson"))
    assert next_band(rule, entry, 1.0) == words
    half = next_band(rule, entry, 0.5)
    assert half == words.replace("earns 100:", "earns 50:").replace("earns 60:", "earns 30:")


def test_an_image_and_all_its_copies_have_one_number():
    matches = [(0, 7), (1, 3), (2, 7)]
    assert number_matches(matches, 0) == [(0, 1), (1, 2), (2, 1)]
    assert number_matches(matches, 1) == [(7, 1), (3, 2)]
