"""Peak memory of one score, with stand-ins for its networks: ``PYTHONPATH=tests python -m builders.memory 100000``.

The numbers that are printed are the most megabytes that the process had of its own at once, without what the system can
take back at any time because it lies in files, and how much of that came after the start.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.nn import functional

CELLS = 3 * 8 * 8  # mean colours that tell all stand-ins what an image shows


class Flat:
    """A generator whose images are 8 x 8 flat squares."""

    name, config = "flat", SimpleNamespace(latent_dim=CELLS)

    def encode(self, conditions):
        return conditions

    def generator(self, latents, conditions):
        return functional.interpolate(latents.view(-1, 3, 8, 8).tanh(), size=64)


def colours(images):
    return functional.avg_pool2d(images.float(), 8).flatten(1)


def mixed(width):
    """Features of so many dimensions."""
    weights = torch.randn(CELLS, width, generator=torch.Generator().manual_seed(0)) / 500
    return lambda images: (colours(images) @ weights).relu()


def scorer_of(images, width):
    """A scorer of a task with a judge, a detector and a backbone, 1,000 real images and so many generated ones."""
    from benchmark.data.datasets import dataset_of
    from benchmark.scoring.scorer import Scorer
    from benchmark.scoring.scoring_network import ScoringNetwork
    from benchmark.tasks import TASKS, Sizes
    from builders.data import toy_data
    from builders.scorers import MACHINE, bright, shade_judge

    task = TASKS["anime-faces"]
    draws = torch.Generator().manual_seed(1)
    squares = torch.randint(256, (1_000, 3, 8, 8), dtype=torch.uint8, generator=draws)
    computes = {"backbone": mixed(width), "judge": shade_judge(task), "judge_features": mixed(16), "detector": bright}
    return Scorer(
        task=task, machine=MACHINE, sizes=Sizes(draws=1, fidelity=images, reference=1_000, returned=1),
        data=replace(toy_data(dataset_of(task), 1_000), images=squares.repeat_interleave(8, 2).repeat_interleave(8, 3)),
        networks={role: ScoringNetwork(role, role, compute) for role, compute in computes.items()},
    )  # fmt: skip


class Peak(threading.Thread):
    """The most memory of its own that this process has had since it was started, in MB; Linux alone tells it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.first = self.most = own_memory()

    def run(self):
        while True:
            self.most = max(self.most, own_memory())
            time.sleep(0.002)


def own_memory():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon:")).split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=int)
    parser.add_argument("--width", type=int, default=1_280, help="dimensions of the backbone's features")
    parser.add_argument("--large", type=int, help="rows from which on a matrix lies in a file")
    parser.add_argument("--keep", action="store_true", help="keep all images, to see what that takes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CGAN_BENCH_CACHE"] = cache
        from evaluators import large_tensors

        if given.large:
            large_tensors.LARGE, large_tensors.PAIRS = given.large, given.large * 1_000
        peak = measured(scorer_of(given.images, given.width), keep=given.keep)
    print(f"{peak.most:.0f} {peak.most - peak.first:.0f}")


def measured(scorer, *, keep):
    """The peak of one score."""
    from benchmark.scoring.condition_scores import FirstImages

    first = FirstImages(len(scorer.samples) if keep else 0)
    model, peak = Flat(), Peak()
    peak.start()
    drawn = scorer.generated(model, "fidelity")
    scorer.scores({"fidelity": drawn}, drawn, first)
    return peak


if __name__ == "__main__":
    main()
