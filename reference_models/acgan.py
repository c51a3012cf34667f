"""Base of both ACGANs: two players that both want the classes to be recognised."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch import Tensor

from reference_models.base import ConditionalGAN
from reference_models.layers import bce


class ACGAN(ConditionalGAN):
    """Odena et al. 2017, https://arxiv.org/abs/1610.09585, eqs. 2 and 3, with the generator's -log D.

    The discriminator maps (N, 3, S, S) images to (N,) logits, high means real, and to class logits in whatever form
    :meth:`class_loss` takes them.
    """

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        real_source, real_classes = self.discriminator(real)
        fake_source, fake_classes = self.discriminator(fake)
        return {
            "real": bce(real_source, 1.0),
            "fake": bce(fake_source, 0.0),
            "real_classes": self.class_loss(real_classes, condition),
            "fake_classes": self.class_loss(fake_classes, condition),
        }

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        source, classes = self.discriminator(fake)
        return {"fake": bce(source, 1.0), "fake_classes": self.class_loss(classes, condition)}

    @abstractmethod
    def class_loss(self, logits: Any, condition: Tensor) -> Tensor:  # noqa: ANN401
        """Loss of the discriminator's class logits against the condition; weighted, mean over images."""
