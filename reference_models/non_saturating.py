"""The losses of the first GANs, shared by all that judge an image by one logit."""

from __future__ import annotations

from torch import Tensor

from reference_models.base import ConditionalGAN
from reference_models.layers import bce


class NonSaturatingGAN(ConditionalGAN):
    """Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, with the generator's -log D of section 3.

    The sigmoid and the logarithm are one function of the logit: the same number in safer arithmetic.
    """

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {
            "real": bce(self.discriminator(real, condition), 1.0),
            "fake": bce(self.discriminator(fake, condition), 0.0),
        }

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {"fake": bce(self.discriminator(fake, condition), 1.0)}
