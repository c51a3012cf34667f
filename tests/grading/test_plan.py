"""Condition lists of one's own without a scheme: a check needs none, and no weight is made up for a grade."""

import json

import pytest
from builders.batches import SCHEME, hand_in

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.grading.plan import plan
from benchmark.grading.request import GradingRequest
from benchmark.tasks import TASKS

TEXTS = "1,blue hair blue eyes\n2,green hair red eyes\n"


def planned(folder, task, names, *, gives_grades=True, hidden=None):
    content = TEXTS if task == "anime-faces" else '[["red cube"], ["blue sphere"]]'
    paths = [folder / f"{name}.{'txt' if task == 'anime-faces' else 'json'}" for name in names]
    for path in paths:
        path.write_text(content)
    request = GradingRequest(task=task, conditions=tuple(paths), hidden=hidden)
    return plan(TASKS[task], request, gives_grades=gives_grades)


def test_the_bundled_scheme_of_one_list_serves_one_list_of_another_name(tmp_path):
    scheme, assignment = planned(tmp_path, "anime-faces", ["mine"])
    bundled, _ = plan(TASKS["anime-faces"], GradingRequest(task="anime-faces"))
    assert list(assignment.public()) == list(scheme.scores[0].lists) == ["mine"]
    assert scheme.share(scheme.scores[0], "mine") == 1
    assert (scheme.scores[0].points, scheme.draws) == (bundled.scores[0].points, bundled.draws)


def test_lists_of_the_bundled_schemes_names_keep_its_weights(tmp_path):
    scheme, _ = planned(tmp_path, "iclevr", ["test", "new_test", "more"])
    assert scheme.scores[0].lists == {"test": 0.5, "new_test": 0.5}


@pytest.mark.parametrize(
    ("task", "names", "own"),
    [
        ("iclevr", ["test"], "new_test and test, and --conditions gives test"),
        ("iclevr", ["a", "b"], "new_test and test, and --conditions gives a and b"),
        ("anime-faces", ["a", "b"], "sample_testing_text, and --conditions gives a and b"),
    ],
)
def test_other_lists_are_refused_for_a_grade_and_not_for_a_check(task, names, own, tmp_path):
    with pytest.raises(UsageError) as error:
        planned(tmp_path, task, names)
    assert str(error.value) == (
        f"the bundled scheme of {task} has points for {own}; give --scheme FILE with the weights of these lists"
    )
    scheme, assignment = planned(tmp_path, task, names, gives_grades=False)
    assert set(scheme.scores[0].lists) == set(assignment.public()) == set(names)


@pytest.mark.parametrize(("lists", "gives_grades", "is_said"), [
    ("exam = 1.0", True, True), ("exam = 1.0, hidden = 1.0", True, False), ("exam = 1.0", False, False),
])  # fmt: skip
def test_a_hidden_list_without_a_weight_is_said_for_a_grade(lists, gives_grades, is_said, tmp_path, capsys):
    for name, rows in (("exam", '[["red cube"]]'), ("secret", '[["blue cube"]]')):
        (tmp_path / f"{name}.json").write_text(rows)
    (tmp_path / "scheme.toml").write_text(SCHEME.replace("exam = 1.0", lists))
    request = GradingRequest(
        task="iclevr", scheme=tmp_path / "scheme.toml", conditions=(tmp_path / "exam.json",),
        hidden=tmp_path / "secret.json",
    )  # fmt: skip
    plan(TASKS["iclevr"], request, gives_grades=gives_grades)
    line = f"--hidden {tmp_path / 'secret.json'} counts for nothing: the scheme gives the list 'hidden' no weight\n"
    assert capsys.readouterr().err == line * is_said


def test_the_check_of_a_list_needs_no_scheme_and_a_grade_says_to_give_one(tmp_path, scenes, capsys):
    hand_in(tmp_path / "ann", scenes[0])
    (tmp_path / "exam.json").write_text(json.dumps(scenes[1]))
    options = ["grade", str(tmp_path / "ann"), "--conditions", str(tmp_path / "exam.json")]
    assert main([*options, "--check"]) == 0
    assert "images exam: 12" in capsys.readouterr().out
    assert main([*options, "--out", str(tmp_path / "out")]) == 2
    assert "--conditions gives exam; give --scheme FILE" in capsys.readouterr().err


@pytest.mark.parametrize("names", [["test", "Test"], ["new_test", "new-test"], ["new_test", "newtest"]])
def test_two_lists_whose_names_submissions_may_write_alike_are_refused(names, tmp_path):
    with pytest.raises(UsageError, match=f"have one name, up to case and marks .{', '.join(names)}.; rename a file"):
        planned(tmp_path, "iclevr", names)
