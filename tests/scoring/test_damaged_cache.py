"""Outputs of networks that are kept on disk: what is damaged there is computed again."""

from dataclasses import replace

import pytest
import torch
from builders.trainings import flip_bit
from safetensors.torch import save_file

from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.system.cache import cache_folder

IMAGES = torch.arange(4 * 3 * 8 * 8).reshape(4, 3, 8, 8).to(torch.uint8)


def network(calls):
    """A network that notes each time it runs."""
    return ScoringNetwork("toy", "0" * 64, lambda images: calls.append(len(images)) or images.float().mean((2, 3)))


def test_kept_outputs_are_read_back(capsys):
    calls = []
    first, second = (network(calls).outputs(IMAGES) for _ in range(2))
    assert torch.equal(first, second)
    assert calls == [4]
    assert "damaged" not in capsys.readouterr().err


def test_outputs_that_another_version_of_a_library_computed_are_computed_again():
    calls = []
    for version in ("toy 1", "toy 2", "toy 1"):
        replace(network(calls), computed_by=version).outputs(IMAGES)
    assert calls == [4, 4]


DAMAGES = {
    "a bit": lambda path: flip_bit(path, -1),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-8]),
    "empty": lambda path: path.write_bytes(b""),
    "another file": lambda path: save_file({"x": torch.zeros(1)}, path),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_outputs_are_computed_again_with_a_remark(damage, capsys):
    calls = []
    first = network(calls).outputs(IMAGES).clone()  # they lie in the file that is to be damaged
    (path,) = (cache_folder() / "features").iterdir()
    DAMAGES[damage](path)
    assert torch.equal(network(calls).outputs(IMAGES), first)
    assert calls == [4, 4]
    assert capsys.readouterr().err
    network(calls).outputs(IMAGES)
    assert calls == [4, 4]
