"""Points and verdicts from scores, by a scheme in TOML."""

import math

import pytest

from benchmark.errors import UsageError
from benchmark.grading.marking.scheme import load_scheme
from benchmark.grading.marking.thresholds import near_thresholds
from benchmark.records.record import ScoreEntry
from benchmark.tasks import TASKS

LISTS = ["test", "new_test"]
SCORES = TASKS["iclevr"].headline_conditions
TEXT = """
name = "mine"
task = "iclevr"
[[scores]]
name = "topk_accuracy"
lists = { test = 1.0 }
points = [[0.8, 100], [0.4, 60]]
"""


def entry(value, half=0.01):
    interval = (max(0.0, value - half), min(1.0, value + half))
    return ScoreEntry(
        value=value, interval=interval, method="wilson", n=72, direction="higher", unit="fraction", version=1
    )


def found(**values):
    return {name: {"topk_accuracy": entry(value)} for name, value in values.items()}


def scheme(tmp_path, text=TEXT):
    (tmp_path / "scheme.toml").write_text(text)
    return load_scheme(tmp_path / "scheme.toml", "iclevr", SCORES, LISTS)


@pytest.mark.parametrize(
    ("value", "points"), [(0.81, 100), (0.8, 100), (0.79, 90), (0.6, 80), (0.59, 70), (0.4, 60), (0.39, 0)]
)
def test_the_bundled_scheme_is_the_courses(value, points):
    bundled = load_scheme(None, "iclevr", SCORES, LISTS)
    assert bundled.points(found(test=value, new_test=value)) == points


def test_a_mean_that_is_the_threshold_but_for_rounding_reaches_it(tmp_path):
    ours = scheme(tmp_path)
    almost = math.nextafter(0.8, 0.0)
    assert (ours.points(found(test=almost)), ours.points(found(test=0.8 - 1e-6))) == (100, 60)
    assert ours.verdict({"test": {"topk_accuracy": entry(0.5, 0.5 - almost / 2)}}) == "pass"


def test_lists_are_weighted_and_a_missing_one_earns_nothing():
    bundled = load_scheme(None, "iclevr", SCORES, LISTS)
    assert bundled.points(found(test=0.9, new_test=0.65)) == 90
    assert bundled.points(found(test=0.9)) == 50
    assert bundled.points({}) == 0


@pytest.mark.parametrize(
    ("value", "half", "verdict"),
    [(0.5, 0.05, "pass"), (0.42, 0.05, "borderline"), (0.38, 0.05, "borderline"), (0.3, 0.05, "fail")],
)
def test_the_interval_decides_between_pass_borderline_and_fail(value, half, verdict, tmp_path):
    assert scheme(tmp_path).verdict({"test": {"topk_accuracy": entry(value, half)}}) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.0, "fail"), (0.01, "borderline"), (0.99, "borderline"), (1.0, "pass")]
)
def test_nothing_right_fails_and_everything_right_passes_however_few_the_images_are(value, verdict, tmp_path):
    ours = {"test": {"topk_accuracy": entry(value, 0.7)}}
    assert scheme(tmp_path).verdict(ours) == verdict
    assert (near_thresholds(scheme(tmp_path), ours, "") == []) == (verdict != "borderline")


def test_what_was_not_handed_in_is_not_passed(tmp_path):
    assert scheme(tmp_path).verdict({}) == "fail"


def test_every_task_with_a_bundled_scheme_can_be_graded():
    for name in ("iclevr", "anime-faces"):
        lists = {"iclevr": LISTS, "anime-faces": ["sample_testing_text"]}[name]
        assert load_scheme(None, name, TASKS[name].headline_conditions, lists).task == name


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("topk_accuracy", "beauty"), "names the score 'beauty'"),
        (("test = 1.0", "exam = 1.0"), "names the condition list 'exam'"),
        (('task = "iclevr"', 'task = "anime-faces"'), "names the task 'anime-faces'"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.4, 60], [0.8, 100]]"), "from the highest to the lowest"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.4, 60], [0.4, 60]]"), "each once"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.8, 60], [0.4, 100]]"), "0.4 earns more points than 0.8"),
        (("[[0.8, 100], [0.4, 60]]", "[[80, 100], [40, 60]]"), "less than or equal to 1"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.8, 100], [0.4, -60]]"), "greater than or equal to 0"),
        (("[[0.8, 100], [0.4, 60]]", '[["0.8", 100], [0.4, 60]]'), "valid number"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.8, 100], [0.4, true]]"), "valid number"),
        (("[[0.8, 100], [0.4, 60]]", "[[0.8, 1e308], [0.4, 60]]"), "less than or equal to 1000000"),
        (("test = 1.0", "test = true"), "valid number"),
        (("points =", "passing = 40\npoints ="), "less than or equal to 1"),
        (('name = "mine"', 'name = "mine"\nlimits = { wall_seconds = 1e9 }'), "less than or equal to 86400"),
        (('name = "mine"', 'name = "mine"\ncolour = 1'), "colour"),
        (('name = "mine"', "name ="), "cannot be read as TOML"),
    ],
)
def test_a_scheme_with_a_mistake_is_refused_with_the_mistake(change, reason, tmp_path):
    with pytest.raises(UsageError) as error:
        scheme(tmp_path, TEXT.replace(*change))
    assert reason in str(error.value)
    assert "scheme.toml" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("points =", "pasing = 0.3\npoints ="),
            r"no key 'pasing' in a table \[\[scores\]\]; it may have name, weight, li",
        ),
        (("task =", "tasks = 1\ntask ="), "no key 'tasks' in a scheme; it may have name, task, draws, scores, limits"),
        (("test = 1.0", "hidden = 1.0"), "gives the list 'hidden' a weight; give its conditions as --hidden FILE"),
        (("test = 1.0", "tset = 1.0"), "names the condition list 'tset'; here it may be test, new_test"),
    ],
)
def test_a_wrong_scheme_says_what_may_stand_there_or_what_to_give(change, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        scheme(tmp_path, TEXT.replace(*change))


def test_a_key_of_limits_that_there_is_not_names_those_that_there_are(tmp_path):
    with pytest.raises(
        UsageError, match=r"no key 'ram' in \[limits\]; it may have memory_mib, cpu_seconds, wall_seconds"
    ):
        scheme(tmp_path, TEXT + "[limits]\nram = 3\n")


def test_shares_are_relative_to_all_weights(tmp_path):
    ours = scheme(tmp_path, TEXT.replace("test = 1.0", "test = 3, new_test = 1"))
    assert [ours.share(ours.scores[0], name) for name in LISTS] == [0.75, 0.25]
    twice = (
        TEXT.partition("[[scores]]")[2].replace("topk_accuracy", "exact_match").replace("lists", "weight = 3\nlists")
    )
    ours = scheme(tmp_path, TEXT + f"[[scores]]{twice}")
    assert [ours.share(rule, "test") for rule in ours.scores] == [0.25, 0.75]


def test_shares_are_of_the_points_that_each_score_can_earn(tmp_path):
    second = TEXT.partition("[[scores]]")[2].replace("topk_accuracy", "exact_match")
    second = second.replace("[[0.8, 100], [0.4, 60]]", "[[0.8, 20]]")
    ours = scheme(tmp_path, f"{TEXT}[[scores]]{second}")
    most = [rule.points[0][1] for rule in ours.scores]
    assert most[1] == 20
    assert [ours.share(rule, "test") for rule in ours.scores] == [points / sum(most) for points in most]
    assert ours.maximum == sum(most) / 2


def test_a_scheme_that_an_editor_begins_with_a_byte_order_mark_is_read(tmp_path):
    assert scheme(tmp_path, f"\ufeff{TEXT}") == scheme(tmp_path)
