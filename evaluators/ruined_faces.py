"""The share of generated images that show no face, or one laid out like no real face."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from evaluators.base import Score, TooFewImagesError
from evaluators.diversity import LEAST_REAL, nearest_of
from evaluators.face_hit_rate import FaceEvaluator
from evaluators.intervals import share
from evaluators.large_tensors import stacked

GRID = 8  # average colours a side: the layout of a face without its texture
SHARE = 0.99  # of held-out real images that are no farther from the training images


def layouts(images: Tensor) -> Tensor:
    """Mean colours of an 8 x 8 grid over each of uint8 (N, 3, S, S) images: float32 (N, 192), 0 to 255."""
    return functional.adaptive_avg_pool2d(images.cpu().float(), GRID).flatten(1)


class RuinedFaceRate(FaceEvaluator):
    """Share of generated images without a detected face, or farther from every training image than real images are.

    The distance is that of two layouts of colours; texture does not count. Farther is beyond the 99 % quantile of the
    held-out images' distances to the nearest training image. So about 1 % of real images count as ruined, besides those
    in which the detector misses the face.

    Args:
        detector: maps uint8 (N, 3, S, S) images to bool (N,); several evaluators may share one.
    """

    name = "ruined_face_rate"
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "R2, claim 2.1, in numbers; outliers as in Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991"

    def __init__(self, detector: Callable[[Tensor], Tensor]) -> None:
        super().__init__(detector)
        self._layouts: dict[str, list[Tensor]] = {"training": [], "held out": [], "generated": []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        self._layouts["training" if real else "generated"].append(layouts(images))
        super().update(images, condition, real=real)

    def hold_out(self, images: Tensor) -> None:
        self._layouts["held out"].append(layouts(images))

    def compute(self) -> Score:
        training, held_out, generated = map(stacked, self._layouts.values())
        if len(held_out) < LEAST_REAL or min(len(training), len(generated)) < 1:
            raise TooFewImagesError(
                f"{self.name} saw {len(training)} real, {len(generated)} generated images and {len(held_out)} held-out "
                f"ones; it needs at least 1 real, 1 generated and {LEAST_REAL} held-out ones"
            )
        usual = nearest_of(held_out, training).quantile(SHARE)
        return share(~self.hits() | (nearest_of(generated, training) > usual))
