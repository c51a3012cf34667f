"""Scores of redrawn images: by a model that does nothing, one that obeys, and one that paints all alike."""

import dataclasses
from types import SimpleNamespace

import pytest
import torch
from builders.data import toy_data
from builders.scorers import MACHINE, scorer_of
from PIL import Image

from benchmark.data.datasets import dataset_of
from benchmark.data.images import to_float
from benchmark.sampling import translate
from benchmark.scoring.translation_scores import translation_scores
from benchmark.tasks import TASKS
from benchmark.training import sample_grids
from evaluators.image_translation import IdentityDistance, NoOpRate, ReconstructionDistance, pixel_distances


def shade_model(change):
    """A stand-in whose generator redraws plain images: ``change`` maps shades and requested first values to shades."""

    def generator(inputs, encoded):
        shades = ((inputs.mean(dim=(1, 2, 3)) + 1) * 12.75).round()
        return to_float(
            (10 * change(shades, encoded)).clamp(0, 255)[:, None, None, None].expand_as(inputs).contiguous()
        )

    return SimpleNamespace(generator=generator, encode=lambda conditions: conditions[:, 0].float())


MODELS = {
    "does as requested": (shade_model(lambda shades, requested: requested), 0.0, 0.0, 0.0),
    "does nothing": (shade_model(lambda shades, requested: shades), 1.0, 0.0, 0.0),
    "paints all alike": (shade_model(lambda shades, requested: torch.full_like(shades, 25)), None, 0.3, 0.3),
}


@pytest.mark.parametrize("name", MODELS)
def test_no_ops_reconstruction_and_identity_tell_models_apart(name):
    scorer = scorer_of(TASKS["anime-transfer"])
    model, no_ops, reconstruction, identity = MODELS[name]
    random_images = dataclasses.replace(
        scorer.held_out, images=scorer.samples.sources, conditions=scorer.samples.conditions
    )
    redrawn = dataclasses.replace(
        random_images, images=translate(model, random_images.images, scorer.samples.conditions, MACHINE)
    )
    found, refused = translation_scores(scorer, model, redrawn.images)
    assert refused == {}
    own = scorer.samples.own[: scorer.sizes.returned, 0]
    alike = (own == 11).double().mean().item()  # the judge sees the last colour in shade 25
    assert 0 < alike < 0.2
    assert found["no_op_rate"].value == (alike if no_ops is None else no_ops)
    assert found["reconstruction_distance"].value >= reconstruction
    assert (found["reconstruction_distance"].value == 0.0) == (reconstruction == 0.0)
    assert (found["identity_distance"].value == 0.0) == (identity == 0.0)


def test_an_old_hair_colour_is_looked_for_only_among_as_many_as_the_evaluator_knows():
    task = TASKS["anime-transfer"]
    assert "no_op_rate" in task.transfer_scores
    few = dataclasses.replace(task, condition_sizes=(3, 4))
    assert "no_op_rate" not in few.transfer_scores, "it would take an eye colour for a hair colour"
    assert "reconstruction_distance" in few.transfer_scores


def test_a_sheet_shows_each_face_before_and_after_with_what_was_requested(tmp_path, monkeypatch):
    task, sheets = TASKS["anime-transfer"], []
    data = toy_data(dataset_of(task), count=400)
    kept = sample_grids.captioned_sheet
    monkeypatch.setattr(
        sample_grids, "captioned_sheet", lambda *sheet, **options: sheets.append(sheet) or kept(*sheet, **options)
    )
    model, plan = MODELS["does as requested"][0], sample_grids.grid_plan(task, data)
    sample_grids.save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")
    ((images, captions, columns),) = sheets
    hair = dataset_of(task).attributes["hair"]
    shades = [int(shade) for shade in images[:, 0, 0, 0] // 10]  # toy images carry their hair as a shade
    assert [caption.splitlines()[0] for caption in captions] == [f"{hair[shade]} hair" for shade in shades]
    assert all(before != after for before, after in zip(shades[::2], shades[1::2], strict=True))
    assert [caption.splitlines()[1] for caption in captions[::2]] == [c.splitlines()[1] for c in captions[1::2]]
    assert (len(images), columns % 2) == (32, 0)


def test_a_sheet_is_one_image_of_all_pairs(tmp_path):
    task, model = TASKS["anime-transfer"], MODELS["does nothing"][0]
    plan = sample_grids.grid_plan(task, toy_data(dataset_of(task), count=400))
    with Image.open(sample_grids.save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        wide = (sheet.width - 6) // 8
        cells = [sheet.getpixel((6 + wide * column + 32, 38)) for column in range(8)]
    assert cells[::2] == cells[1::2]
    assert len(set(cells)) > 1


def test_pixel_distance_is_a_mean_over_the_range():
    sources = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    made = sources.clone()
    made[1, 0] = 255
    assert pixel_distances(sources, made).tolist() == pytest.approx([0.0, 1 / 3])


def test_no_op_looks_at_the_attribute_that_changes_only():
    answers = {0: [5.0, 0, 0, 1], 1: [5.0, 0, 1, 0]}  # two values of the first attribute, two of another
    score = NoOpRate(lambda images: torch.tensor([answers[int(i)] for i in images.flatten(1)[:, 0]]), values=2)
    score.update(torch.zeros(3, 3, 2, 2), torch.zeros(3, 2), real=True)
    score.update(torch.ones(3, 3, 2, 2), torch.zeros(3, 2), real=False)
    assert score.compute().value == 1.0


@pytest.mark.parametrize("cls", [ReconstructionDistance, IdentityDistance])
def test_unpaired_images_are_refused_with_both_numbers(cls):
    evaluator = cls()
    evaluator.update(torch.zeros(3, 3, 2, 2, dtype=torch.uint8), torch.zeros(3, 2), real=True)
    evaluator.update(torch.zeros(2, 3, 2, 2, dtype=torch.uint8), torch.zeros(2, 2), real=False)
    with pytest.raises(ValueError, match="saw 3 sources and 2 generated images; give one for each"):
        evaluator.compute()
