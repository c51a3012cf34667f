"""The summary on the screen, and thresholds nearby in it, in the gradebook and on staff's pages."""

import csv

import pytest

from benchmark.grading.marking.grades import FlagEntry, Grade, Gradebook, NearEntry
from benchmark.grading.marking.scheme import Scheme, ScoreRule
from benchmark.grading.output import gradebook
from benchmark.grading.pages import staff


def grade(name, verdict="pass", status="graded", flags=(), near=()):
    return Grade(
        id=name, status=status, reason=None, remarks=[], kind="images", conditions="public only", scores={}, points=1.0,
        verdict=verdict, flags=[FlagEntry(name=flag, evidence="e") for flag in flags], near=list(near),
    )  # fmt: skip


def book(*grades):
    return Gradebook(
        task="iclevr", scheme="s", judge_sha256="0" * 64, seed=0, protections={}, not_checked=[], ignored=[],
        submissions=list(grades),
    )  # fmt: skip


def test_a_summary_counts_verdicts_and_names_the_first_flagged_rows(tmp_path):
    flagged = [grade(f"f{number}", flags=("shared_images", "shared_images", "ignores_latent")) for number in range(7)]
    others = (grade("b", "borderline"), grade("n", "fail"), grade("r", "fail", "rejected"))
    found = gradebook.summary(book(*flagged, *others), tmp_path)
    assert found["verdicts"] == "7 pass, 1 borderline, 2 fail, 1 of these not graded"
    assert found["flagged"] == 7
    named = [f"f{number} (shared_images, ignores_latent)" for number in range(5)]
    assert found["flagged rows"] == "; ".join([*named, "2 more"])
    quiet = gradebook.summary(book(grade("a"), *flagged[:1]), tmp_path)
    assert (quiet["verdicts"], quiet["flagged rows"]) == ("2 pass, 0 borderline, 0 fail", named[0])
    assert "flagged rows" not in gradebook.summary(book(grade("a")), tmp_path)


@pytest.mark.parametrize("scores", [("topk_accuracy",), ("topk_accuracy", "exact_match")])
def test_a_threshold_nearby_is_named_with_its_score_where_a_scheme_has_several(tmp_path, scores):
    near = NearEntry(
        list_name="test", score="topk_accuracy", threshold=0.2, distance=0.01, within_judge_difference=False
    )
    rules = [ScoreRule(name=name, lists={"test": 1.0}, points=[(0.2, 1.0)]) for name in scores]
    scheme, one = Scheme(name="s", task="iclevr", scores=rules), grade("a", near=[near])
    gradebook.write(book(one), tmp_path, scheme=scheme, gradescope=False)
    (row,) = csv.DictReader((tmp_path / "gradebook.csv").read_text(encoding="utf-8-sig").splitlines())
    several = len(scores) > 1
    words = "near 0.20 (test, topk_accuracy)" if several else "near 0.20 (test)"
    assert row["near"] == words
    found = gradebook.summary(book(one), tmp_path, names_score=scheme.has_several_scores)
    assert found["near a threshold"] == f"1: a {words}"
    index = staff.index([staff.Row(one, None)], book(one), scheme)
    assert f'<div class="line">test{" topk_accuracy" * several} 0.20</div>' in index
    assert f" · {words}</p>" in index
