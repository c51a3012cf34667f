"""Judges that learn toy images within a second."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace

import pytest
import torch
from filelock import FileLock

from evaluators.judges.network import ARCHITECTURES
from evaluators.judges.store import make_card, save_judge
from evaluators.judges.training import JudgeSettings, train_judge

COLOURS = torch.tensor([[230, 40, 40], [40, 210, 60], [50, 60, 230], [230, 220, 50]])

SIZES = {"attributes": (4, 3), "multi_label": (4,)}

TINY = JudgeSettings(updates=40, batch_size=32, learning_rate=1e-2, widths=(8, 12, 16, 16))

FACTS = {
    "name": "toy", "task": "toys", "command": "pytest", "data": "toy", "data_digest": "0" * 64,
    "split": "by seed", "training_images": 256, "seed": 0, "train_seconds": 1.5,
}  # fmt: skip


def toys(kind, n, seed):
    """Noise with a band above and one below, or with one square for each object, whose colours are the classes."""
    rng = torch.Generator().manual_seed(seed)
    images = torch.randint(90, 160, (n, 3, 64, 64), generator=rng)
    if kind == "attributes":
        conditions = torch.stack([torch.randint(size, (n,), generator=rng) for size in SIZES[kind]], dim=1)
        images[:, :, :24] = COLOURS[conditions[:, 0], :, None, None]
        images[:, :, 40:] = COLOURS[conditions[:, 1], :, None, None]
        return images.to(torch.uint8), conditions
    ranks = torch.rand(n, 4, generator=rng).argsort(dim=1)
    conditions = (ranks < torch.randint(1, 4, (n, 1), generator=rng)).to(torch.uint8)
    for row, requested in enumerate(conditions):
        for place, index in enumerate(requested.nonzero().flatten().tolist()):
            images[row, :, 12:48, 4 + 20 * place : 20 + 20 * place] = COLOURS[index, :, None, None]
    return images.to(torch.uint8), conditions


@pytest.fixture(
    scope="module", params=[(kind, name) for name in ARCHITECTURES for kind in SIZES], ids=lambda pair: " ".join(pair)
)
def trained(request, for_all_processes):
    """A kind of conditions and a judge of it, trained once for all processes of these tests."""
    kind, architecture = request.param
    path = for_all_processes / f"{kind} {architecture}.pickle"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            settings = replace(TINY, architecture=architecture)
            path.write_bytes(
                pickle.dumps(train_judge(*toys(kind, 256, 0), kind, SIZES[kind], settings=settings, seed=0))
            )
    return kind, pickle.loads(path.read_bytes())


def class_names(kind):
    return [[f"class {index}" for index in range(size)] for size in SIZES[kind]]


@pytest.fixture(scope="module")
def judge_files(trained, tmp_path_factory):
    """The trained judge as files that no test changes."""
    kind, judge = trained
    images, conditions = toys(kind, 64, 1)
    card = make_card(judge, images, conditions, class_names=class_names(kind), settings=TINY, **FACTS)
    save_judge(judge, card, images, path := tmp_path_factory.mktemp("judge") / "toy.safetensors")
    return path


@pytest.fixture
def saved(judge_files, tmp_path):
    """The trained judge as files of the test's own."""
    for path in judge_files.parent.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / judge_files.name
