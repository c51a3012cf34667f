"""Changes to images for judges: the maths of torchvision's v2 transforms, but not their bytes."""

import inspect

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from evaluators.judges import augmentation


def rng():
    return torch.Generator().manual_seed(3)


IMAGES = 255 * torch.rand(16, 3, 64, 64, generator=rng())


def uniform(draws, *shape):
    """In [-1, 1), as the changes draw it."""
    return torch.rand(shape, generator=draws) * 2 - 1


def smeared_by_torchvision():
    draws = rng()
    deviation = 1.05 + 0.45 * uniform(draws, 1).item()
    chosen = uniform(draws, len(IMAGES), 1, 1, 1) < 0
    return torch.where(chosen, functional.gaussian_blur(IMAGES, [7, 7], [deviation, deviation]), IMAGES)


def blurred_by_torchvision():
    binomial = (2 * torch.tensor(2.0).log()).rsqrt().item()  # the deviation whose weights are 1, 2, 1
    smooth = functional.gaussian_blur(IMAGES, [3, 3], [binomial, binomial])
    return torch.lerp(IMAGES, smooth, uniform(rng(), len(IMAGES), 1, 1, 1))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(augmentation.smear, smeared_by_torchvision), (augmentation.blur, blurred_by_torchvision)],
    ids=["smear", "blur"],
)
def test_a_blur_is_torchvisions_to_rounding_but_has_other_bytes(ours, theirs):
    found, expected = ours(IMAGES, rng()), theirs()
    assert (found - expected).abs().max() < 1e-3
    assert (found - IMAGES).abs().max() > 10, "it does something"
    assert not torch.equal(found, expected), "else v2 could be used, and a judge trained again would keep its sha256"


def test_torchvisions_random_changes_take_no_generator_and_draw_once_for_all_images():
    assert "generator" not in inspect.signature(v2.RandomAffine.__init__).parameters
    same = IMAGES[:1].expand(8, -1, -1, -1)
    moved = v2.RandomAffine(degrees=5, translate=(0.06, 0.06), scale=(0.9, 1.1))(same)
    assert torch.equal(moved[0], moved[7])
    ours = augmentation.move(same, rng())
    assert not torch.equal(ours[0], ours[7])
