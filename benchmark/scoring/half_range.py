"""A remark on images that are all bright, as those of a generator are that draws from 0 to 1 in place of -1 to 1."""

from __future__ import annotations

from benchmark.scoring.image_sets import Images
from benchmark.system.terminal import say

MIDDLE = 128  # of 255: the pixel of 0, in the middle of -1 to 1
FEW = 250  # real images that are looked at


def remark_on_half_range(name: str, darkest: int, real: Images) -> None:
    """Say that no number of a generator's images is below 0, unless the same is true of real ones.

    Args:
        name: of the generator.
        darkest: the darkest pixel of all its images, 0 to 255.
        real: images of the data.
    """
    if darkest >= MIDDLE > int(real.images[:FEW].min()):
        say(
            f"{name}: no number of its images is below 0, where -1 is black and 1 is white; "
            "if it draws from 0 to 1, give 2 * images - 1"
        )
