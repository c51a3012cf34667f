"""Tuning a judge on generated images, by the conditions that were requested.

A generated image does not always show its condition. So its target is a mixture of the requested condition and of the
judge's own answer before: it learns the look of generated images and keeps what it is sure of. Where somebody else's
score of a whole list is known, it says how much of the conditions was drawn, and lists of which the judge missed most
are learned from most often. Half of every batch stays labelled images, bent and smeared as small generators draw, and
in the end the weights go only a part of the way.

Sources: Hinton et al. 2015, https://arxiv.org/abs/1503.02531 (soft targets); Quadrianto et al. 2009, "Estimating
labels from label proportions", JMLR 10 (a list's score); Wortsman et al. 2022, https://arxiv.org/abs/2109.01903,
eq. 1 (weights between two ends).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from evaluators.judges.augmentation import augment, distort
from evaluators.judges.judge import Judge
from evaluators.judges.training import Progress, check_data, fit

LEAST_GIVEN = 0.3  # score of a list below which what was requested says too little of what was drawn
MOST_TRUST = 0.8
UNTRUSTED = 0.2  # added to an image's trust: its chance to be learned from, as there is most to learn where trust is


@dataclass(frozen=True, kw_only=True)
class TuneSettings:
    """Everything but the data and the seed that decides what a judge becomes."""

    updates: int = 800
    batch_size: int = 64  # half labelled images, half drawn ones
    learning_rate: float = 1.5e-3  # the top of the one-cycle schedule
    weight_decay: float = 0.05
    way: float = 0.6  # how far the weights go from the old ones to the tuned ones


def tune_judge(
    judge: Judge,
    labelled: tuple[Tensor, Tensor],
    drawn: tuple[Tensor, Tensor],
    trust: Tensor,
    *,
    settings: TuneSettings,
    seed: int,
    progress: Progress | None = None,
) -> Judge:
    """A judge of the same architecture that knows drawn images better.

    Args:
        judge: a multi-label judge.
        labelled: uint8 images (N, 3, 64, 64) and what they show, multi-hot (N, C).
        drawn: uint8 images (M, 3, 64, 64) and what was requested, multi-hot (M, C).
        trust: float (M,), 0 to 1: in the condition requested of each; the rest in the judge's own answer.
        settings: see there.
        seed: of the choice of images and their augmentation.
        progress: called now and then with the progress.

    Raises:
        ValueError: the judge is of attributes, or shapes do not fit.
    """
    if judge.kind != "multi_label":
        raise ValueError(f"a judge of kind {judge.kind!r} cannot be tuned by what was requested; give 'multi_label'")
    for images, conditions in (labelled, drawn):
        check_data(images, conditions, judge.kind, judge.sizes)
    targets = torch.lerp(judge(drawn[0]).sigmoid(), drawn[1].float(), trust[:, None].float())
    network = copy.deepcopy(judge.network).train().requires_grad_(True)
    rng, half = Generator().manual_seed(seed), settings.batch_size // 2

    def batch_loss() -> Tensor:
        known = torch.randint(len(labelled[0]), (half,), generator=rng)
        requested = choose(trust, half, rng)
        batch = augment(torch.cat([distort(labelled[0][known].float(), rng), drawn[0][requested].float()]), rng)
        target = torch.cat([labelled[1][known].float(), targets[requested]])
        return functional.binary_cross_entropy_with_logits(network(batch), target, reduction="sum") / len(batch)

    fit(network, batch_loss, settings, progress)
    return Judge(between(judge.network, network, settings.way), judge.kind, judge.sizes, judge.attributes)


def choose(trust: Tensor, count: int, rng: Generator) -> Tensor:
    """Indices of drawn images for a batch, int64 (count,): often those with most to learn from, by their trust."""
    return torch.multinomial(UNTRUSTED + trust.float(), count, replacement=True, generator=rng)


def trust_by_score(given: float, own: float) -> float:
    """Trust in the requested conditions of a list, from another evaluator's score of it and the judge's own score.

    Of the objects that the judge misses, the other evaluator found a share of (given - own) / (1 - own). The trust is
    twice this share, at most ``MOST_TRUST``. It is 0 if the judge's score is as high, or ``given`` is too low.
    """
    if given < LEAST_GIVEN or own >= given:
        return 0.0
    return min(MOST_TRUST, 2 * (given - own) / (1 - own))


@torch.no_grad()
def between(old: nn.Module, new: nn.Module, way: float) -> nn.Module:
    """A network whose weights lie on the line from ``old`` (0) to ``new`` (1), as a float16 file can hold them."""
    network = copy.deepcopy(old)
    for parameter, tuned in zip(network.parameters(), new.parameters(), strict=True):
        parameter.lerp_(tuned, way)
    return network.half().float().eval().requires_grad_(False)
