"""The number of images of one list that may be alike, or like training images, by chance.

Scenes with a single object near the middle look alike, whoever draws them. The draws of one condition are alike, too,
so the first draw of each condition alone is counted, and images that are the same count once: neither more draws nor a
collapsed generator then raises the number of chance likenesses.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from evaluators.multi_label import requested_objects

FEW = 4  # images that may be the same by chance, whatever the list
SINGLE, OTHER = 0.11, 0.03  # share of new rendered scenes that pass for copies: of one object, and of others at most
SURE = 0.001  # chance to flag honest images of a list, at most
SHARE_OF_SINGLE = 1 / 3  # of scenes of one object that may be the same as another one; .25 of 32 rendered ones are


def single_objects(conditions: Tensor, kind: str) -> np.ndarray:
    """Images that are requested to show one object: bool (N,); none, of conditions that are no lists of objects.

    Args:
        conditions: uint8 (N, C).
        kind: of the conditions, as a data set has it.
    """
    if kind != "multi_label":
        return np.zeros(len(conditions), dtype=bool)
    return (requested_objects(conditions) == 1).numpy()


def most_copies(single: np.ndarray) -> int:
    """Images that may pass for copies of training images by chance.

    Args:
        single: images that show one object, bool (N,); no two images the same, nor of one condition.

    Source: the binomial distribution with the mean of the images' own chances, whose upper tail is at least that of
    their sum: Hoeffding 1956, "On the distribution of the number of successes in independent trials", theorem 5.
    """
    from scipy.special import bdtrc

    chance = float(np.where(single, SINGLE, OTHER).mean())
    numbers = np.arange(len(single) + 1)
    return max(FEW, int(np.argmax(bdtrc(numbers, len(single), chance) <= SURE)))


def most_repeated(single: np.ndarray) -> int:
    """Images that may be the same as one for another condition by chance.

    Args:
        single: images that show one object, bool (N,); one of each condition.
    """
    return max(FEW, int(SHARE_OF_SINGLE * single.sum()))
