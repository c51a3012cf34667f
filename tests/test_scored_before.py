"""What was scored once is copied, with everything beside it; unless anything that decides it changed."""

import pytest
import torch
from test_records import model_record

from benchmark.errors import UsageError
from benchmark.records.per_sample import Answers, load_answers, load_outcomes
from benchmark.records.store import load_record
from benchmark.scoring.recording import complete


def blank(code="c" * 64, commit=None, **changes):
    record = model_record(**changes)
    system = record.system.model_copy(update={"code_sha256": code, "git_commit": commit})
    return record.model_copy(update={"scores": {}, "system": system})


def findings():
    outcomes = {"exact_match": torch.tensor([[1, 1], [0, 1]], dtype=torch.uint8)}
    answers = {"test": Answers(torch.randn(2, 3, 4), torch.ones(2, 3, 4, dtype=torch.uint8))}
    return {"scores": model_record().scores, "outcomes": outcomes, "answers": answers}


def never():
    pytest.fail("scored again")


def test_the_second_time_all_files_are_copies(tmp_path, capsys):
    first = complete(blank(), tmp_path / "first", findings)
    second = complete(blank(commit="0123456789ab"), tmp_path / "second", never)
    assert "was computed before" in capsys.readouterr().err
    assert second.read_bytes() == first.read_bytes()
    assert load_record(second) == load_record(first)
    assert torch.equal(load_outcomes(second)["exact_match"], load_outcomes(first)["exact_match"])
    assert torch.equal(load_answers(second)["test"].logits, load_answers(first)["test"].logits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"code": "d" * 64}),
        ({}, {"second_digest": "5" * 64}),
        ({}, {"judge_fault": "0.200 on known good pictures"}),
        ({}, {"protocol": {"data_digest": "6" * 64}}),
        ({}, {"model": {"weights_sha256": "7" * 64}}),
    ],
)
def test_anything_else_is_scored_anew(tmp_path, before, after):
    calls = []

    def score(folder, second_digest=None, judge_fault=None, **changes):
        complete(blank(**changes), folder, lambda: calls.append(1) or findings(), second_digest, judge_fault)

    score(tmp_path / "first", **before)
    score(tmp_path / "second", **after)
    assert len(calls) == 2


def test_a_kept_record_that_is_damaged_is_refused_and_named(tmp_path, cache):
    complete(blank(), tmp_path / "first", findings)
    (kept,) = cache.glob("scores/*/*.json")
    kept.write_text("{")
    with pytest.raises(UsageError, match=kept.name):
        complete(blank(), tmp_path / "second", never)
    assert not (tmp_path / "second").exists()


def test_what_is_invalid_is_not_kept(tmp_path):
    broken = findings() | {"status": "invalid", "reason": "the face detector fails its self-test: blind"}
    complete(blank(), tmp_path / "first", lambda: broken)
    path = complete(blank(), tmp_path / "second", findings)
    assert load_record(path).status == "valid"


def test_what_was_cut_short_is_not_kept(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        complete(blank(), tmp_path / "first", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    calls = []
    complete(blank(), tmp_path / "first", lambda: calls.append(1) or findings())
    assert calls
