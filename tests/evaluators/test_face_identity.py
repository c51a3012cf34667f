"""Whose face it is: photographs of two people, and what becomes of Pillow and setuptools on the way."""

import sys

import pytest
import torch
from builders.people import person, variants
from PIL import ImageFile

from evaluators.base import TooFewImagesError
from evaluators.face_identity import FaceIdentityDistance, SamePersonRate
from evaluators.photographed_faces import encode_faces, library, missing


def score(evaluator, sources, made):
    one = evaluator(encode_faces)
    one.update(sources, None, real=True)
    one.update(made, None, real=False)
    return one.compute()


@pytest.fixture(scope="module")
def collins():
    return variants("collins", 4)


@pytest.fixture(scope="module")
def hopper():
    return variants("hopper", 4)


def test_the_package_is_there():
    assert missing() is None


def test_encodings_tell_one_person_from_another(collins, hopper):
    first, second = encode_faces(collins), encode_faces(hopper)
    assert torch.cdist(first, first).max() < 0.4
    assert torch.cdist(second, second).max() < 0.4
    assert torch.cdist(first, second).min() > 0.6


def test_where_there_is_no_face_there_is_no_encoding(hopper):
    images = torch.stack([hopper[0].flip(1), torch.full_like(hopper[0], 127), hopper[0]])
    assert encode_faces(images).isnan().all(dim=1).tolist() == [True, True, False]


def test_a_recoloured_face_stays_the_same_person_and_another_ones_does_not(collins, hopper):
    tinted = (collins.float() * torch.tensor([1.1, 0.9, 0.8]).reshape(1, 3, 1, 1)).clamp(0, 255).to(torch.uint8)
    same, other = score(SamePersonRate, collins, tinted), score(SamePersonRate, collins, hopper)
    assert (same.value, other.value, same.n) == (1.0, 0.0, 4)
    near, far = score(FaceIdentityDistance, collins, tinted), score(FaceIdentityDistance, collins, hopper)
    assert near.value < 0.3
    assert far.value > 0.6
    assert near.interval[0] < near.value < near.interval[1]


def test_a_face_that_is_gone_is_not_the_same_person_and_has_no_distance(collins):
    half = torch.cat([collins[:2], torch.zeros_like(collins[2:])])
    assert score(SamePersonRate, collins, half).value == 0.5
    distance = score(FaceIdentityDistance, collins, half)
    assert distance.n == 4
    assert distance.outcomes[:, 1].tolist() == [1, 1, 0, 0]
    assert distance.outcomes[2:, 0].tolist() == [0, 0]


def test_distances_of_two_runs_are_paired_by_their_source_whichever_faces_are_gone(collins):
    gone = torch.zeros_like(collins[:1])
    first, last = (score(FaceIdentityDistance, collins, one) for one in (
        torch.cat([gone, collins[1:]]), torch.cat([collins[:3], gone]))
    )  # fmt: skip
    assert first.outcomes[:, 1].tolist() == [0, 1, 1, 1]
    assert last.outcomes[:, 1].tolist() == [1, 1, 1, 0]
    assert first.value == pytest.approx(float(first.outcomes[:, 0].sum() / first.outcomes[:, 1].sum()))


def test_a_source_without_a_face_counts_for_no_distance_either(collins):
    sources = torch.cat([torch.zeros_like(collins[:1]), collins[1:]])
    assert score(FaceIdentityDistance, sources, collins).outcomes[:, 1].tolist() == [0, 1, 1, 1]


def test_a_source_without_a_face_does_not_count(collins):
    sources = torch.cat([torch.zeros_like(collins[:1]), collins[1:]])
    assert score(SamePersonRate, sources, collins).n == 3
    with pytest.raises(TooFewImagesError, match="0 of 4 sources show a face; it needs 2"):
        score(SamePersonRate, torch.zeros_like(collins), collins)


def test_the_package_leaves_pillow_strict_and_no_module_behind():
    """It would have Pillow read damaged files in silence, in the whole process."""
    before = sys.modules.get("pkg_resources")
    for name in [name for name in sys.modules if name.startswith("face_recognition")]:
        del sys.modules[name]
    assert library().face_locations(person("hopper").permute(1, 2, 0).contiguous().numpy(), 2)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert sys.modules.get("pkg_resources") is before


def test_a_missing_package_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"face_recognition is not installed; pip install --no-deps face-recognition"):
        library()
