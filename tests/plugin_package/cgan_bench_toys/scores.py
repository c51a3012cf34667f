"""How bright the images are."""

import torch

from evaluators.base import Evaluator
from evaluators.intervals import mean


class Brightness(Evaluator):
    """Mean of all pixels."""

    name = "brightness"
    direction = "higher"
    unit = "mean pixel, of its range"
    value_range = (0.0, 1.0)
    source = "a toy"
    network = "none"

    def __init__(self):
        self.found = []

    def update(self, images, condition, *, real):
        if not real:
            self.found.append(images.double().mean(dim=(1, 2, 3)) / 255)

    def compute(self):
        return mean(torch.cat(self.found), "images", at_most=1.0)


class Contrast(Brightness):
    """Mean over the images of how far their darkest and brightest pixels are apart."""

    name = "contrast"
    unit = "difference of pixels, of their range"

    def update(self, images, condition, *, real):
        if not real:
            pixels = images.double().flatten(1) / 255
            self.found.append(pixels.amax(dim=1) - pixels.amin(dim=1))
