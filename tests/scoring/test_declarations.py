"""What a person declares of images that were drawn elsewhere is part of what their record is of."""

import pytest
import torch
from builders.scorers import scorer_of

from benchmark.errors import UsageError
from benchmark.records.store import load_record
from benchmark.records.subject import Declaration
from benchmark.scoring.recording import record_images
from benchmark.tasks import TASKS

CARD = Declaration(updates=20_000, images_seen=1_280_000, seeds=(0,), source="a paper")
OTHER = CARD.model_copy(update={"updates": 10_000})


@pytest.fixture
def recorded(tmp_path):
    """Writes the record of the same images with a declaration, or none, into the same folder."""
    scorer = scorer_of(TASKS["iclevr"])
    drawn = {part: torch.zeros(len(rows), 3, 64, 64, dtype=torch.uint8) for part, rows in scorer.samples.parts.items()}
    return lambda declared: load_record(record_images(scorer, "mine", drawn, tmp_path, declared=declared)[0])


@pytest.mark.parametrize("declared", [None, CARD])
def test_the_same_declaration_finds_the_record_that_is_there(recorded, declared, capsys):
    assert recorded(declared).images.declared == declared
    assert recorded(declared).images.declared == declared
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(("before", "now"), [(None, CARD), (CARD, None), (CARD, OTHER)])
def test_another_declaration_is_refused_rather_than_lost(recorded, before, now):
    recorded(before)
    words = [declared.digest[:16] if declared else "none" for declared in (before, now)]
    with pytest.raises(UsageError, match=f"declared {words[0]}, now it is {words[1]}; move that file away"):
        recorded(now)
