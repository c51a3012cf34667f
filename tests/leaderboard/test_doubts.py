"""When a table says that the second judge differs: beyond what the two judges are known to differ by."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch
from builders.leaderboards import DIGEST, SCORE, reference, run
from PIL import Image

from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.leaderboard.doubts import KNOWN_GAPS
from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.model_cards import cards
from benchmark.leaderboard.render import to_markdown
from benchmark.leaderboard.tables import build
from benchmark.records.record import Record
from benchmark.scoring.from_logits import score_of
from benchmark.scoring.judges import bundled_second_judge, judge_network
from benchmark.tasks import TASKS
from evaluators.intervals import second_opinion

ICLEVR = TASKS["iclevr"]
FIRST, SECOND = next(iter(KNOWN_GAPS))


def with_second(record, gap, spread, judge=DIGEST, name="topk_accuracy", **more):
    """The record, in which a second judge's topk_accuracy is lower by ``gap``."""
    disagrees = spread is not None and abs(gap) > spread
    second = {"judge_sha256": judge, "value": 0.5 - gap, "gap": gap, "spread": spread, "disagrees": disagrees}
    entry = SCORE | {"value": 0.5, "interval": (0.45, 0.55), "second": second} | more
    return Record(**dict(record) | {"scores": {name: entry}})


def page(*records):
    return to_markdown(build(records))


@pytest.mark.parametrize(
    ("gap", "spread", "expected"),
    [(0.20, 0.05, True), (-0.20, 0.05, True), (0.11, 0.05, False), (0.01, 0.05, False), (0.20, None, False)],
)
def test_the_second_judge_is_heard_where_it_differs_by_more_than_on_the_reference_rows(gap, spread, expected):
    references = [with_second(reference("real"), 0.01, 0.01), with_second(reference("untrained"), -0.04, 0.04)]
    text = page(with_second(run("good"), gap, spread), *references)
    value = f"{100 * (0.5 - gap):.1f}"
    sentence = (
        f"- good:\n  - In doubt: the second judge differs by more than the judges usually do: topk_accuracy {value} "
        "instead of 50.0\n"
    )
    assert (sentence in text) == expected
    assert ("second judge" in text) == expected


def test_readme_and_cards_hear_the_second_judge_too():
    doubtful, calm = with_second(run("doubtful"), 0.20, 0.05), with_second(run("calm"), 0.01, 0.05)
    lines = headline(build([doubtful, calm, with_second(reference("real"), 0.01, 0.01)])).splitlines()
    ends = {line.split(" | ")[1]: line.split(" | ")[-1] for line in lines}
    assert ["in doubt" in ends[name] for name in ("doubtful", "calm")] == [True, False]
    found = cards([doubtful, calm, with_second(reference("real"), 0.01, 0.01)])
    said = "- In doubt: topk_accuracy is 50.0 [45.0, 55.0] %, by a second judge 30.0; the judges usually differ by less"
    assert [said in text for text in (found[doubtful.file_name[:-5] + ".md"], found[calm.file_name[:-5] + ".md"])] == [
        True, False
    ]  # fmt: skip


def test_a_large_gap_in_a_score_of_another_unit_silences_none():
    angle = {"unit": "degrees", "value_range": (None, None)}
    wide = with_second(reference("real"), 2.1, 0.1, name="angle", **angle)
    calm = with_second(reference("untrained"), 0.0, 0.01)
    assert "In doubt: the second judge differs" in page(with_second(run("good"), 0.20, 0.05), wide, calm)


@pytest.mark.parametrize("references", [[], [reference("real")]], ids=["no reference rows", "none with a second judge"])
def test_where_no_usual_gap_is_known_no_score_is_in_doubt(references):
    doubtful = with_second(run("good"), 0.2, 0.05)
    assert "second judge differs" not in page(doubtful, *references)
    assert "In doubt" not in cards([doubtful, *references])[doubtful.file_name[:-5] + ".md"]
    assert "second judge differs" in page(doubtful, *references, with_second(reference("untrained"), 0.0, 0.01))


def test_a_model_is_no_measure_of_itself_and_reference_rows_are_never_in_doubt():
    wide = with_second(run("wide"), 0.3, 0.05)
    text = page(wide, with_second(run("good"), 0.2, 0.05), with_second(reference("untrained"), 0.09, 0.01))
    assert "wide:\n  - In doubt: the second judge differs" in text
    assert "good:\n  - In doubt: the second judge differs" in text
    assert text.count("In doubt: the second judge differs") == 2


@pytest.mark.parametrize(("beyond", "expected"), [(0.001, True), (-0.001, False)])
@pytest.mark.parametrize("name", ICLEVR.condition_scores)
def test_the_measured_gaps_of_the_bundled_judges_are_what_is_usual(name, beyond, expected):
    gap = KNOWN_GAPS[FIRST, SECOND][name] + 0.02 + beyond
    bundled, other = run("good", protocol={"judge_sha256": FIRST}), run("good")
    doubt = "good:\n  - In doubt: the second judge differs"
    assert (doubt in page(with_second(bundled, gap, 0.02, SECOND, name))) == expected, "without reference rows, too"
    calm = with_second(reference("real"), 0.0, 0.01)
    calm_of_bundled = Record(**dict(calm) | {"protocol": bundled.protocol})
    assert (doubt in page(with_second(bundled, gap, 0.02, SECOND, name), calm_of_bundled)) == expected
    assert doubt in page(with_second(other, gap, 0.02, SECOND, name), calm), "another first judge"
    assert doubt in page(with_second(bundled, gap, 0.02, DIGEST, name), calm_of_bundled), "another second judge"


def test_one_seed_in_doubt_is_enough_and_the_mean_of_all_is_reported():
    calm = with_second(reference("real"), 0.0, 0.01)
    text = page(with_second(run("good"), 0.3, 0.05), with_second(run("good", seed=1), 0.1, 0.2), calm)
    words = "In doubt: the second judge differs by more than the judges usually do: topk_accuracy 30.0 instead of 50.0"
    assert f"- good:\n  - {words}\n" in text


def test_the_known_gaps_are_those_of_the_bundled_judges():
    """New judges have to be measured: the next test prints what."""
    assert judge_network(ICLEVR, None).sha256 == FIRST
    assert judge_network(ICLEVR, bundled_second_judge(ICLEVR)).sha256 == SECOND
    assert set(KNOWN_GAPS[FIRST, SECOND]) == set(ICLEVR.condition_scores)


def submissions(archive):
    """Images and conditions of each submission, both of its lists one after the other."""
    lists = {rows.name: rows.rows for rows in assignment_of(ICLEVR, [], None, draws=1, seed=0).lists}
    with zipfile.ZipFile(archive) as zipped:
        names = set(zipped.namelist())
        for submission in sorted({name.split("/")[0] for name in names if "/" in name}):
            complete = [part for part in lists if f"{submission}/{part}/31.png" in names]
            files = [zipped.read(f"{submission}/{part}/{index}.png") for part in complete for index in range(32)]
            images = np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])
            conditions = torch.tensor([row for part in complete for row in lists[part]], dtype=torch.uint8)
            yield torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), conditions


@pytest.mark.slow
def test_the_known_gaps_are_the_largest_beyond_chance_on_real_submissions(shared):
    judges = [judge_network(ICLEVR, path).compute for path in (None, bundled_second_judge(ICLEVR))]
    beyond = dict.fromkeys(ICLEVR.condition_scores, 0.0)
    for images, conditions in submissions(shared / "iclevr/submissions.zip"):
        answers = [judge(images).float() for judge in judges]
        for name in beyond:
            opinion = second_opinion(*(score_of(logits, conditions, name) for logits in answers))
            beyond[name] = max(beyond[name], abs(opinion.gap) - opinion.spread)
    assert KNOWN_GAPS[FIRST, SECOND] == pytest.approx({name: gap + 0.0005 for name, gap in beyond.items()}, abs=0.0006)
