"""The file next to a record: everything known of single images, named by the record, copied and read whole."""

import pytest
import torch
from builders.records import model_record

from benchmark.errors import UsageError
from benchmark.records import per_sample, record
from benchmark.records.per_sample import Answers, PerSample, load_per_sample, outcome_tensors, save_per_sample
from benchmark.records.store import copy_record, load_record
from benchmark.system.tensors import load_tensors, save_tensors
from evaluators.base import Score

RNG = torch.Generator().manual_seed(0)
GIVEN = PerSample(
    answers={
        "test": Answers(torch.randn(2, 3, 4, generator=RNG), torch.ones(2, 3, 4, dtype=torch.uint8)),
        "a/b": Answers(torch.randn(1, 5, 4, generator=RNG), torch.zeros(1, 5, 4, dtype=torch.uint8)),
    },
    scores={
        "topk_accuracy": torch.randint(0, 2, (6, 2), dtype=torch.uint8, generator=RNG),
        "fd_judge": torch.rand(7, dtype=torch.float64, generator=RNG),
    },
)


def saved(folder, given=GIVEN, seed=0):
    """A record with such a file next to it."""
    path = folder / model_record(training={"seed": seed}).file_name
    digest = save_per_sample(path, given)
    return model_record(training={"seed": seed}, per_sample_sha256=digest).save(folder)


def same(one, other):
    one, other = one.tensors(), other.tensors()
    kinds = {name: value.dtype for name, value in one.items()} == {name: value.dtype for name, value in other.items()}
    return one.keys() == other.keys() and kinds and all(torch.equal(one[name], other[name]) for name in one)


def test_the_file_has_the_keys_of_its_kinds_and_comes_back_as_it_was(tmp_path):
    path = saved(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.stem}.safetensors"]
    assert set(load_tensors(path.with_suffix(".safetensors"))) == {
        "logits/test", "conditions/test", "logits/a/b", "conditions/a/b",
        "per_image/topk_accuracy", "resampled/fd_judge",
    }  # fmt: skip
    assert same(load_per_sample(path), GIVEN)
    assert load_per_sample(path).answers.keys() == {"test", "a/b"}


def test_the_same_contents_are_the_same_bytes_and_others_are_not(tmp_path):
    digests = [save_per_sample(tmp_path / f"{name}.json", GIVEN) for name in ("one", "two")]
    assert digests[0] == digests[1]
    assert save_per_sample(tmp_path / "three.json", PerSample(scores=GIVEN.scores)) != digests[0]


def test_a_record_without_anything_by_image_has_no_file_and_says_so(tmp_path):
    path = saved(tmp_path, PerSample())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert "per_sample_sha256" not in path.read_text()
    with pytest.raises(UsageError, match="has nothing about single images next to it; score the run again"):
        load_per_sample(path)


def test_another_records_file_is_refused_with_both_hashes(tmp_path):
    path, other = saved(tmp_path), saved(tmp_path, PerSample(scores=GIVEN.scores), seed=1)
    other.with_suffix(".safetensors").replace(path.with_suffix(".safetensors"))
    hashes = [load_record(one).per_sample_sha256[:16] for one in (other, path)]
    for reads in (load_per_sample, lambda path: copy_record(path, tmp_path / "copies")):
        with pytest.raises(UsageError, match=f"has sha256 {hashes[0]}, but its record names {hashes[1]}; score the"):
            reads(path)
    assert not (tmp_path / "copies").exists()


def test_a_file_cut_short_is_refused(tmp_path):
    path = saved(tmp_path)
    nearby = path.with_suffix(".safetensors")
    nearby.write_bytes(nearby.read_bytes()[:-1])
    with pytest.raises(UsageError, match="but its record names"):
        load_per_sample(path)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"outcomes/topk_accuracy": torch.zeros(1)}, "unknown key 'outcomes/topk_accuracy'; keys start with logits/"),
        ({"logits": torch.zeros(1)}, "unknown key 'logits'"),
        ({"logits/test": torch.zeros(1)}, "part 'test' has logits or conditions, but not both"),
    ],
)
def test_other_keys_are_refused_by_name(tmp_path, monkeypatch, tensors, words):
    path = tmp_path / model_record().file_name
    save_tensors(path.with_suffix(".safetensors"), tensors)
    digest = per_sample.file_sha256(path.with_suffix(".safetensors"))
    with pytest.raises(UsageError, match=f"safetensors: {words}"):
        load_per_sample(model_record(per_sample_sha256=digest).save(tmp_path))


def test_copying_a_record_copies_two_files_byte_for_byte(tmp_path):
    path = saved(tmp_path / "from")
    copy = copy_record(path, tmp_path / "to")
    assert {file.name: file.read_bytes() for file in (tmp_path / "to").iterdir()} == {
        file.name: file.read_bytes() for file in (tmp_path / "from").iterdir()
    }
    assert same(load_per_sample(copy), GIVEN)


def test_a_copy_that_is_cut_off_leaves_no_record(tmp_path, monkeypatch):
    path = saved(tmp_path / "from")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(record.os, "link", killed)
    with pytest.raises(KeyboardInterrupt):
        copy_record(path, tmp_path / "to")
    assert list((tmp_path / "to").glob("*.json")) == []
    monkeypatch.undo()
    assert same(load_per_sample(copy_record(path, tmp_path / "to")), GIVEN)


def test_scores_of_which_nothing_is_known_by_image_are_left_out():
    by_image, resampled = torch.ones(2, 2), torch.ones(3, dtype=torch.float64)
    given = {
        "a": Score(value=1.0, n=2, outcomes=by_image),
        "b": Score(value=1.0, n=2, resampled=resampled),
        "c": Score(value=1.0, n=2),
    }
    found = outcome_tensors(given)
    assert found.keys() == {"a", "b"}
    assert found["a"] is by_image
    assert found["b"] is resampled
