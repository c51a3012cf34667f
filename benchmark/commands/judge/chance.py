"""A trained judge's accuracy next to chance: that of always giving the most frequent answer of the training images."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from evaluators.judges import accuracy
from evaluators.judges.accuracy import Rate
from evaluators.judges.judge import Judge
from evaluators.judges.self_test import fault_in
from evaluators.judges.store import JudgeCard

REMEDY = "check the labels, or give more images or --updates"


def beside_chance(judge: Judge, card: JudgeCard, shown: Tensor, held_out: tuple[Tensor, Tensor]) -> list[str]:
    """A line with a judge's accuracies beside chance; and one more if it is not fit to score with, which says why.

    Args:
        judge: as it was trained.
        card: with what it answered to the held-out images.
        shown: conditions of the training images.
        held_out: images with their conditions.
    """
    by_chance = accuracy.check_judge(one_answer(judge, shown), *held_out)
    each = (f"{name} {_percent(rate)} (by chance {_percent(by_chance[name])})" for name, rate in card.held_out.items())
    lines = [f"right on {card.held_out_images:,} held-out images: {', '.join(each)}"]
    if faults := faults_of(card, by_chance):
        lines.append(f"do not score with this judge: {'; '.join(faults)}")
    return lines


def one_answer(judge: Judge, shown: Tensor) -> Judge:
    """The judge of the same classes that answers to every image what is most frequent among these conditions."""
    if judge.kind == "multi_label":
        shares = shown.float().mean(dim=0)
    else:
        columns = zip(shown.long().unbind(dim=1), judge.sizes, strict=True)
        shares = torch.cat([one_hot(column, size).float().mean(dim=0) for column, size in columns])
    return Judge(_Constant(shares), judge.kind, judge.sizes, judge.attributes)


class _Constant(nn.Module):
    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.register_buffer("logits", logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits.expand(len(images), -1)


def faults_of(card: JudgeCard, by_chance: Mapping[str, Rate]) -> list[str]:
    """The reasons not to score with a judge, in words; none if it is better than chance and passes its self-test."""
    weak = [name for name, rate in card.held_out.items() if rate.interval[0] <= by_chance[name].value]
    bands = card.self_test.bands
    fault = fault_in({name: band.measured for name, band in bands.items()}, bands)
    found = [f"it fails its self-test ({fault}), so records by it would be 'invalid'"] if fault else []
    return [f"of {', '.join(weak)} it is not surely better than chance ({REMEDY})", *found] if weak else found


def _percent(rate: Rate) -> str:
    return f"{100 * rate.value:.1f} %"
