"""The strip of images that the judge got wrong: made by scoring, drawn again on request, and of nothing else."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from builders.scorers import MACHINE, scorer_of
from PIL import Image

from benchmark.cli import main
from benchmark.commands import mistakes
from benchmark.commands.leaderboard.answers import answers_of
from benchmark.commands.mistakes import by_model, with_mistakes
from benchmark.commands.validate.check import faults
from benchmark.errors import UsageError
from benchmark.records.store import copy_record, load_record, strip_path
from benchmark.records.strips import load_strip
from benchmark.scoring.recording import record_images, record_references
from benchmark.tasks import TASKS

FACES = TASKS["anime-faces"]


def tiles(path):
    """The images of a strip, as float arrays (64, 64, 3)."""
    with Image.open(io.BytesIO(load_strip(strip_path(path), load_record(path)).webp)) as strip:
        whole = np.asarray(strip, dtype=float)
    return np.split(whole, whole.shape[1] // 64, axis=1)


@pytest.fixture
def scorer():
    return scorer_of(FACES)


@pytest.fixture
def drawn(scorer):
    """Flat images of all shades for every part of the sample set: most are wrong."""
    return {
        part: (torch.arange(len(indices)) * 12 % 250)[:, None, None, None].expand(-1, 3, 64, 64).to(torch.uint8)
        for part, indices in scorer.samples.parts.items()
    }


@pytest.fixture
def scored(scorer, drawn, tmp_path):
    """The record of those images, with its strip."""
    paths = record_images(scorer, "mine", drawn, tmp_path / "records")
    return with_mistakes(paths, scorer, lambda part, number: drawn[part][number])[0]


def test_scoring_leaves_the_surest_mistakes_in_order_next_to_the_record(scored, drawn):
    files = [file for file, _, _ in answers_of(scored, FACES.name).wrong]
    assert list(load_strip(strip_path(scored), load_record(scored)).files) == files
    assert len(files) == 12
    for file, tile in zip(files, tiles(scored), strict=True):
        part, number = re.fullmatch(r"(\w+)/(\d+)\.png", file).groups()
        assert abs(tile.mean() - drawn[part][int(number), 0, 0, 0].item()) < 3


def test_real_images_that_were_taken_for_others_have_a_strip_and_shuffled_ones_have_none(scorer, tmp_path):
    paths = with_mistakes(record_references(scorer, tmp_path), scorer, None)
    there = {path.name.split("-")[3]: strip_path(path).exists() for path in paths}
    wrong = {path.name.split("-")[3]: len(answers_of(path, FACES.name).wrong) for path in paths}
    assert (there, wrong["shuffled"]) == ({"real": wrong["real"] > 0, "shuffled": False, "untrained": False}, 12)


def test_a_model_draws_one_sample_as_it_draws_all():
    scorer = scorer_of(TASKS["iclevr"])
    model = SimpleNamespace(
        name="m", generator=shades, encode=lambda given: given, config=SimpleNamespace(latent_dim=9)
    )
    look = by_model(model, scorer.samples, MACHINE)
    for part in scorer.samples.parts:
        whole = scorer.generated(model, part).images[:]
        assert len(whole.unique()) > len(whole) / 2
        assert all(torch.equal(look(part, number), image) for number, image in enumerate(whole))


def shades(latents, conditions):
    """A shade for each latent and condition."""
    shade = (latents.sum(dim=1) + conditions.float() @ torch.arange(1.0, 25)).sin()
    return shade[:, None, None, None].expand(-1, 3, 64, 64)


def test_a_copied_record_has_its_strip(scored, tmp_path):
    copy = copy_record(scored, tmp_path / "copies")
    assert strip_path(copy).read_bytes() == strip_path(scored).read_bytes()


def test_a_strip_of_other_answers_or_none_at_all_is_refused_by_name(scorer, scored):
    assert faults(scored) == []
    other = record_images(scorer, "other", {"fidelity": torch.zeros(20, 3, 64, 64, dtype=torch.uint8)}, scored.parent)
    strip_path(other[0]).write_bytes(strip_path(scored).read_bytes())
    assert "is of other answers" in faults(other[0])[0]
    strip_path(other[0]).write_bytes(b"no image")
    assert "is no strip" in faults(other[0])[0]
    Image.new("RGB", (64, 64)).save(strip_path(other[0]))
    with pytest.raises(UsageError, match="is no strip"):
        load_strip(strip_path(other[0]), load_record(other[0]))


def test_breakdown_draws_them_again_from_what_was_scored_and_refuses_anything_else(
    scorer, scored, drawn, monkeypatch, capsys
):
    monkeypatch.setattr(mistakes, "open_data", lambda *_: scorer.data)
    monkeypatch.setattr(mistakes, "sizes_of", lambda _: scorer.sizes)
    before = strip_path(scored).read_bytes()
    strip_path(scored).unlink()
    given = scored.parent.parent / "drawn.npz"
    np.savez(given, **{part: images.numpy()[::-1] for part, images in drawn.items()})
    assert main(["breakdown", str(scored), "--images-of", str(given)]) == 2
    assert "give what it scored" in capsys.readouterr().err
    assert not strip_path(scored).exists()
    np.savez(given, **{part: images.numpy() for part, images in drawn.items()})
    assert main(["breakdown", str(scored), "--images-of", str(given)]) == 0
    assert str(strip_path(scored)) in capsys.readouterr().out
    assert strip_path(scored).read_bytes() == before
    untrained = next(scored.parent.glob("*untrained*.json"))
    assert main(["breakdown", str(untrained), "--images-of", str(given)]) == 2
    assert "cannot be drawn again" in capsys.readouterr().err
    assert main(["breakdown", str(scored), "--data", "synthetic"]) == 2
    assert "--data synthetic is of --images-of alone" in capsys.readouterr().err
