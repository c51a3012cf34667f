"""Single images in words, as the page shows them: classes, what is confused, the surest mistakes."""

from __future__ import annotations

import torch

from benchmark.commands.leaderboard.answers import answers_in_words, by_list
from benchmark.data.datasets import dataset_of
from benchmark.records.per_sample import Answers
from benchmark.tasks import TASKS

FACES, SCENES = dataset_of(TASKS["anime-faces"]), dataset_of(TASKS["iclevr"])
HAIR, EYES = FACES.attributes["hair"], FACES.attributes["eyes"]
(OBJECTS,) = SCENES.attributes.values()


def faces(*pairs):
    """Answers to images that request and show (hair, eyes), by how much the judge is sure."""
    logits = torch.zeros(1, len(pairs), len(HAIR) + len(EYES))
    for row, (_, (hair, eyes), sure) in enumerate(pairs):
        logits[0, row, hair], logits[0, row, len(HAIR) + eyes] = sure, sure
    conditions = torch.tensor([[requested for requested, _, _ in pairs]], dtype=torch.uint8)
    return {"fidelity": Answers(logits, conditions)}


def test_attributes_are_counted_confused_and_wrong_as_the_judge_said():
    wrong = (((0, 1), (2, 1), 3.0), ((0, 1), (2, 1), 5.0), ((3, 1), (3, 4), 7.0))
    found = answers_in_words(faces(((0, 0), (0, 0), 9.0), *wrong), FACES)
    classes = {name: (requested, right) for name, requested, right in found.classes}
    assert classes[f"{HAIR[0]} hair"] == (3, 1)
    assert classes[f"{EYES[1]} eyes"] == (3, 2)
    assert all(right <= requested for requested, right in classes.values())
    assert found.confused == [(f"{HAIR[0]} hair", f"{HAIR[2]} hair", 2), (f"{EYES[1]} eyes", f"{EYES[4]} eyes", 1)]
    assert [file for file, _, _ in found.wrong] == ["fidelity/3.png", "fidelity/2.png", "fidelity/1.png"]
    assert found.wrong[0][1:] == (f"{HAIR[3]} hair, {EYES[1]} eyes", f"{HAIR[3]} hair, {EYES[4]} eyes")


def test_each_condition_list_and_each_draw_has_its_score_with_an_interval():
    conditions = torch.eye(4, len(OBJECTS), dtype=torch.uint8)[None]
    logits = conditions * 2.0
    logits = torch.cat([logits, logits.roll(1, dims=2)])  # the second draw shows other objects
    answers = {"test": Answers(logits, conditions.repeat(2, 1, 1)), "held_out": Answers(logits[:1], conditions)}
    ((name, whole, draws),) = by_list(answers, TASKS["iclevr"])
    assert (name, [draw.split(" ")[0] for draw in draws], whole.split(" ")[0]) == ("test", ["100.0", "0.0"], "50.0")
    assert all("[" in text for text in (whole, *draws))


def test_objects_are_counted_confused_and_wrong_by_the_rule_of_the_course():
    conditions = torch.zeros(1, 2, len(OBJECTS), dtype=torch.uint8)
    conditions[0, :, [0, 1]] = 1
    logits = torch.full((2, 2, len(OBJECTS)), -5.0)
    logits[:, :, [0, 1]] = 4.0
    logits[1, 1, 1], logits[1, 1, 7] = -3.0, 6.0
    found = answers_in_words({"test": Answers(logits, conditions.repeat(2, 1, 1))}, SCENES)
    assert dict((name, (requested, right)) for name, requested, right in found.classes)[OBJECTS[1]] == (4, 3)
    assert found.confused == [(OBJECTS[1], OBJECTS[7], 1)]
    assert [file for file, _, _ in found.wrong] == ["test/3.png"]
    assert OBJECTS[7] in found.wrong[0][2]
