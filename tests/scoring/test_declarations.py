"""What a person declares of images that were drawn elsewhere is part of what their record is of."""

import json
import re

import pytest
import torch
from builders.scorers import scorer_of

from benchmark.errors import UsageError
from benchmark.records.store import load_record
from benchmark.records.subject import Declaration
from benchmark.scoring.external_samples import read_card
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


def card(folder, **changes):
    """Reads the fields of ``CARD`` with changes as a person's file."""
    path = folder / "card.json"
    path.write_text(json.dumps(CARD.model_dump() | changes))
    return read_card(path)


@pytest.mark.parametrize(
    "fields",
    [
        {"updates": 1_500, "budget": "short"},
        {"updates": 7, "budget": "report"},
        {"updates": 999_999_999},
        {"seeds": [0, 1, 2**63 - 1]},
    ],
)
def test_a_card_may_name_a_budget_and_several_seeds(tmp_path, fields):
    declared = json.loads(card(tmp_path, **fields).model_dump_json())
    assert declared == json.loads(CARD.model_dump_json()) | fields


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"budget": "short"}, "updates is 20,000, but the budget 'short' has 1,500; leave budget out"),
        ({"budget": "long"}, "budget: got 'long'; input should be 'short', 'report' or 'custom'"),
        ({"updates": 10**9}, "updates: got 1000000000; input should be less than or equal to 999999999"),
        ({"updates": 2.5}, "updates: got 2.5; input should be a valid integer"),
        ({"images_seen": 10**16}, "images_seen: got 10000000000000000; input should be less than"),
        ({"seeds": [-1]}, "seeds.0: got -1; input should be greater than or equal to 0"),
        ({"seeds": [3, 2**63]}, "seeds.1: got 9223372036854775808; input should be less than"),
        ({"seeds": [3, 4, 3]}, "seeds has 3 twice; give each seed of a training once"),
        ({"seeds": "012"}, "seeds: got '012'; input should be a valid tuple"),
    ],
)
def test_a_card_that_no_training_can_have_is_refused_by_the_field(tmp_path, fields, complaint):
    with pytest.raises(UsageError, match=re.escape(complaint)):
        card(tmp_path, **fields)
