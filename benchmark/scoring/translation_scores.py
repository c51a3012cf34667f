"""Scores of pairs of a source and its translation, for another condition and back, and for the source's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from benchmark.sampling import translate
from benchmark.scoring.image_sets import Images, show_images
from benchmark.scoring.results import compute_scores
from evaluators.base import Score
from reference_models.base import ConditionalGAN

if TYPE_CHECKING:
    from benchmark.scoring.scorer import Scorer


def translation_scores(
    scorer: Scorer, model: ConditionalGAN, translated: Tensor
) -> tuple[dict[str, Score], dict[str, str]]:
    """Scores and refusals of images translated for other conditions and back, and for their own ones.

    Args:
        scorer: of a task that redraws images.
        model: any of that task.
        translated: uint8 (N, 3, S, S), what it made of the first sources.
    """
    count = scorer.sizes.returned
    sources, own = scorer.samples.sources[:count], scorer.samples.own[:count]
    made = {
        "redrawn": translated[:count],
        "returned": translate(model, translated[:count], own, scorer.machine),
        "kept": translate(model, sources, own, scorer.machine),
    }
    evaluators = {name: scorer.evaluator(name) for name in scorer.usable_scores(scorer.task.transfer_scores)}
    show_images(Images(sources, own), evaluators.values(), real=True)
    for how, images in made.items():
        show_images(Images(images, own), [each for each in evaluators.values() if each.made == how], real=False)
    return compute_scores(evaluators)
