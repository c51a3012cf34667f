"""The network of fid: torch-fidelity's, layer by layer and pixel by pixel, with whatever weights both are given."""

import hashlib

import pytest
import torch
from torch import nn

from benchmark.errors import UsageError
from benchmark.scoring.networks import inception_weights
from evaluators.features import inception_v3
from evaluators.features.inception_v3 import DIMENSION, WEIGHTS_NAME, Inception, bilinear_matrix, load_inception_v3


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random numbers in the layout of the real file, with batch norms that are not neutral."""
    torch.manual_seed(0)
    network = Inception()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)
            nn.init.uniform_(module.running_var, 0.2, 0.6)
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(network.state_dict() | {"fc.weight": torch.zeros(1008, DIMENSION), "fc.bias": torch.zeros(1008)}, path)
    return path


def trusted(path, monkeypatch):
    monkeypatch.setattr(inception_v3, "WEIGHTS_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return load_inception_v3(path)


def random_images(n=2, size=64):
    return torch.randint(256, (n, 3, size, size), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def test_features_agree_with_torch_fidelity(weights, monkeypatch):
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    theirs = FeatureExtractorInceptionV3("inception", [str(DIMENSION)], feature_extractor_weights_path=str(weights))
    with torch.no_grad():
        expected = theirs(random_images())[0]
    assert expected.std() > 1e-3  # the weights say something
    torch.testing.assert_close(trusted(weights, monkeypatch)(random_images()), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("size", [64, 96, 299, 400])
def test_resizing_agrees_with_torch_fidelity(size):
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    images, matrix = random_images(1, size).float(), bilinear_matrix(size)
    expected = interpolate_bilinear_2d_like_tensorflow1x(images, size=(299, 299), align_corners=False)
    torch.testing.assert_close(matrix @ images @ matrix.T, expected, rtol=1e-5, atol=1e-3)


def test_features_do_not_depend_on_the_batch(weights, monkeypatch):
    features = trusted(weights, monkeypatch)
    torch.testing.assert_close(features(random_images(3))[2:], features(random_images(3)[2:]), rtol=1e-4, atol=1e-6)


def test_weights_of_another_content_are_refused_with_both_hashes(weights):
    with pytest.raises(ValueError, match=rf"{weights} has sha256 [0-9a-f]+, expected 6726825d0af5"):
        load_inception_v3(weights)


def test_a_file_that_is_missing_or_was_not_fetched_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.pth: cannot be read"):
        load_inception_v3(inception_weights(str(tmp_path / "none.pth")))
    with pytest.raises(UsageError, match=f"run 'cgan-bench judge fetch {WEIGHTS_NAME}'"):
        inception_weights("fetched")


def test_a_checkpoint_that_holds_code_is_not_run(tmp_path, monkeypatch):
    class Evil:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"fc.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match="not a checkpoint of plain tensors"):
        trusted(tmp_path / "evil.pth", monkeypatch)
