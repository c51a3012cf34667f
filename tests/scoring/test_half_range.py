"""Images of a generator that draws from 0 to 1, where -1 is black, are scored with a remark."""

from types import SimpleNamespace

import pytest
import torch
from builders.records import model_record
from builders.scorers import scorer_of

from benchmark.records.entries import TrainedRun
from benchmark.records.subject import Subject
from benchmark.scoring.generator_functions import draw_with
from benchmark.scoring.image_sets import Images
from benchmark.scoring.recording import record_images, record_run, remark_on_bright_images
from benchmark.tasks import TASKS

REMARK = (
    "no number of its images is below 0, where -1 is black and 1 is white; if it draws from 0 to 1, give 2 * images - 1"
)


@pytest.fixture(scope="module")
def scorer():
    return scorer_of(TASKS["anime-faces-unconditional"])


def draws(lowest):
    """A generator of floats from ``lowest`` to 1."""
    return lambda latents, _: (lowest + (1 - lowest) * latents[:, :3].sigmoid())[:, :, None, None].expand(-1, 3, 64, 64)


def remarks(capsys):
    """The lines on stderr that are no progress."""
    return [line for line in capsys.readouterr().err.splitlines() if "below 0" in line]


@pytest.mark.parametrize(("lowest", "expected"), [(0.0, [f"mine: {REMARK}"]), (-1.0, [])])
def test_a_generator_function_from_0_to_1_gets_one_line(scorer, tmp_path, capsys, lowest, expected):
    drawn = draw_with(draws(lowest), scorer.samples, 64, 100)
    (path, *_) = record_images(scorer, "mine", drawn, tmp_path)
    assert remarks(capsys) == expected
    assert path.exists()


@pytest.mark.parametrize(("lowest", "expected"), [(0.0, [f"cdcgan:wide: {REMARK}"]), (-1.0, [])])
def test_a_model_from_0_to_1_gets_one_line(scorer, tmp_path, capsys, lowest, expected):
    record = model_record()
    model = SimpleNamespace(
        generator=draws(lowest), encode=lambda conditions: conditions, config=SimpleNamespace(latent_dim=100)
    )
    run = TrainedRun(
        model=model, subject=Subject(kind="model", model=record.model, training=record.training), divergence=None,
        images_per_second=1.0,
    )  # fmt: skip
    record_run(scorer, run, tmp_path)
    assert remarks(capsys) == expected


@pytest.mark.parametrize(("real", "expected"), [(127, 1), (128, 0)])
def test_nothing_is_said_where_the_real_images_are_all_as_bright(capsys, real, expected):
    images = Images(torch.full((2, 3, 4, 4), real, dtype=torch.uint8), torch.zeros(2, 1, dtype=torch.uint8))
    remark_on_bright_images("mine", 128, images)
    assert len(remarks(capsys)) == expected
