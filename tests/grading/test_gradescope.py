"""Gradescope's results.json against its documented schema, and gradebook.csv as spreadsheets take it."""

import csv
import io
import json
import unicodedata
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.grading.marking.grades import FlagEntry, Grade, Gradebook, NearEntry
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.output import gradebook, spreadsheet
from benchmark.grading.output.gradescope import results
from benchmark.records.record import ScoreEntry

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Documented(BaseModel):
    """Output as https://gradescope-autograders.readthedocs.io/en/latest/specs/ has it; nothing else may stand in it."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Case(_Documented):
    score: Number | None = None
    max_score: Number | None = None
    status: Literal["passed", "failed"] | None = None
    name: str | None = None
    name_format: Format = "text"
    number: str | None = None
    output: str | None = None
    output_format: Format = "text"
    tags: list[str] = []
    visibility: Visibility = "visible"
    extra_data: dict[str, Any] = {}


class Place(_Documented):
    name: str
    value: float | str
    order: Literal["asc", "desc"] = "desc"


class Results(_Documented):
    score: Number | None = None
    execution_time: Number | None = None
    output: str | None = None
    output_format: Format = "text"
    test_output_format: Format = "text"
    test_name_format: Format = "text"
    visibility: Visibility = "visible"
    stdout_visibility: Visibility = "visible"
    extra_data: dict[str, Any] = {}
    tests: list[Case] | None = None
    leaderboard: list[Place] | None = None

    @model_validator(mode="after")
    def _scored(self):
        """The score of all is required unless every test case has one, and test cases unless it is there."""
        assert self.score is not None or (self.tests and all(case.score is not None for case in self.tests))
        return self


def entry(value):
    return ScoreEntry(
        value=value, interval=(value - 0.1, value + 0.1), method="wilson", n=72, direction="higher", unit="fraction",
        version=1,
    )  # fmt: skip


def grade(status="graded", reason=None, lists=("test", "hidden"), **changes):
    scores = {name: {"topk_accuracy": entry(0.5), "exact_match": entry(0.3)} for name in lists}
    document = {
        "id": "許功蓋", "status": status, "reason": reason, "kind": "generator",
        "remarks": [Remark(kind="left out", text="a remark")],
        "conditions": "public and hidden", "scores": {} if reason else scores, "points": 60.0, "verdict": "borderline",
        "flags": [],
    }  # fmt: skip
    return Grade(**document | changes)


def scheme(**lists):
    return Scheme(
        name="mine", task="iclevr",
        scores=[
            {"name": "topk_accuracy", "weight": 3.0, "lists": lists, "points": [(0.8, 100.0), (0.4, 60.0)]},
            {"name": "exact_match", "lists": {"test": 1.0}, "points": [(0.9, 40.0)]},
        ],
    )  # fmt: skip


def named(document):
    return {case["name"]: case for case in document["tests"]}


GRADES = {
    "graded": grade(),
    "without a hidden list": grade(lists=("test",), conditions="public only"),
    "rejected": grade("rejected", "it is no whole zip archive"),
    "failed": grade("failed", "it was stopped after 180 s"),
}


@pytest.mark.parametrize("hidden", [{"hidden"}, set()])
@pytest.mark.parametrize("one", GRADES.values(), ids=GRADES)
def test_every_grade_follows_gradescope_s_schema(one, hidden):
    document = results(one, scheme(test=1.0, hidden=2.0), hidden)
    Results.model_validate(document)
    with pytest.raises(ValidationError):
        Results.model_validate(document | {"points": 3})
    with pytest.raises(ValidationError):
        Results.model_validate(document | {"tests": [{"visibility": "later"}]})


def test_flags_and_thresholds_nearby_are_for_staff_alone():
    flag = FlagEntry(
        name="shared_images", evidence="12 of 64 images are also in bob", public="in another", others=["bob"]
    )
    near = NearEntry(
        list_name="test", score="topk_accuracy", threshold=0.7, distance=0.012, within_judge_difference=True
    )
    finer = near.model_copy(update={"threshold": 0.825})
    document = results(grade(flags=[flag], near=[near, finer]), scheme(test=1.0), set())
    Results.model_validate(document)
    assert document["extra_data"]["for_staff"] == [
        "flag: shared_images: 12 of 64 images are also in bob",
        "near 0.70 (test): topk_accuracy is 0.012 from it",
        "near 0.825 (test): topk_accuracy is 0.012 from it",
    ]
    assert "bob" not in json.dumps(document | {"extra_data": {}})
    assert results(grade(), scheme(test=1.0), set())["extra_data"]["for_staff"] == []


@pytest.mark.parametrize("one", GRADES.values(), ids=GRADES)
def test_participants_see_the_sum_of_their_points(one):
    """Gradescope hides the score of all while any test case is hidden."""
    flag = FlagEntry(name="shared_images", evidence="as in bob", others=["bob"])
    document = results(one.model_copy(update={"flags": [flag]}), scheme(test=1.0), set())
    assert document["score"] == one.points
    assert {document["visibility"], *(case["visibility"] for case in document["tests"])} == {"visible"}
    assert document["stdout_visibility"] == "hidden"


def test_the_points_of_test_cases_are_parts_of_the_whole():
    """Weights 3 and 1 of the scores, 1 and 2 of the lists; .5 earns 60 of 100, .3 nothing of 40."""
    cases = named(results(grade(), scheme(test=1.0, hidden=2.0), {"hidden"}))
    points = {name: (case["score"], case["max_score"]) for name, case in cases.items() if "score" in case}
    assert points == {
        "test: topk_accuracy": (15.0, 25.0), "hidden: topk_accuracy": (30.0, 50.0), "test: exact_match": (0.0, 10.0),
    }  # fmt: skip
    assert "score" not in cases["hidden: exact_match"]
    assert cases["hidden: exact_match"]["output"] == "0.3000 [0.2000, 0.4000]"


def test_what_speaks_of_a_hidden_list_waits_until_grades_are_published():
    document = results(grade(), scheme(test=1.0, hidden=2.0), {"hidden"})
    shown = {name: case["visibility"] for name, case in named(document).items()}
    later = dict.fromkeys(["verdict", "hidden: topk_accuracy", "hidden: exact_match"], "after_published")
    assert shown == later | dict.fromkeys(["test: topk_accuracy", "test: exact_match"], "visible")
    assert "borderline" not in document["output"]
    assert named(document)["verdict"]["output"] == "borderline; a remark"


def test_without_a_hidden_list_everything_is_shown():
    document = results(grade(lists=("test",)), scheme(test=1.0), set())
    assert document["output"] == "borderline; a remark"
    assert {case["visibility"] for case in document["tests"]} == {"visible"}


def test_a_rejection_is_shown_with_its_reason_and_with_what_could_be_earned():
    document = results(GRADES["rejected"], scheme(test=1.0), {"hidden"})
    assert document["output"] == "it is no whole zip archive; a remark"
    assert [(case["score"], case["max_score"]) for case in document["tests"]] == [(0.0, 75.0), (0.0, 10.0)]


def book(*grades):
    return Gradebook(
        task="iclevr", scheme="mine", judge_sha256="0" * 64, seed=0, protections={}, not_checked=[], ignored=[],
        submissions=list(grades),
    )  # fmt: skip


def test_a_gradebook_begins_with_a_byte_order_mark_and_is_read_back(tmp_path):
    gradebook.write(book(grade(), GRADES["rejected"]), tmp_path, scheme=scheme(test=1.0), gradescope=False)
    content = (tmp_path / "gradebook.csv").read_bytes()
    assert content.startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode() + b'"id","status",')
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (first["id"], first["points"], first["test topk_accuracy"]) == ("許功蓋", "60.0", "0.5")
    assert (second["reason"], second["test topk_accuracy"]) == ("it is no whole zip archive; a remark", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", *spreadsheet.WIDE])
@pytest.mark.parametrize("place", ["{}1+1", " {}1+1", "a;{}1+1", "a; {}1+1;{}2", 'a;"{}1', 'a; "" {}1'])
def test_no_cell_of_a_gradebook_begins_a_formula(start, place):
    assert [unicodedata.normalize("NFKC", wide) for wide in spreadsheet.WIDE] == ["=", "+", "-", "@"]
    name = place.replace("{}", start)
    text = gradebook.table(book(grade(id=name, remarks=[Remark(kind="left out", text=name)])), 100.0)
    (row,) = csv.DictReader(io.StringIO(text.removeprefix(spreadsheet.MARK), newline=""))
    assert row["id"].replace("'", "") == name
    for cell in (row["id"], row["reason"]):
        for part in cell.split(";"):
            assert not part.strip(' "').startswith(start)
    assert all(
        field.startswith('"') or field[0].isdigit() for field in text.strip().splitlines()[-1].split(",") if field
    )


@pytest.mark.parametrize("text", ["alice-smith", "a+b", "3 - 2", "許功蓋", "x; y", "mail@home"])
def test_other_text_stays_as_it_is(text):
    assert spreadsheet.safe_cell(text) == text


def test_a_list_called_like_a_formula_makes_no_formula_of_a_heading():
    text = gradebook.table(book(grade(lists=("=1+1",))), 100.0)
    assert '"\'=1+1 topk_accuracy"' in text
