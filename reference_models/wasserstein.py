"""Base of every Wasserstein GAN here: the losses, RMSprop, and how the critic is kept Lipschitz."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, RMSprop

from reference_models.base import ConditionalGAN, ModelConfig, fraction


@dataclass(frozen=True, kw_only=True)
class WassersteinConfig(ModelConfig):
    """Settings of the two ways to keep the critic Lipschitz; a model may use one or both."""

    gradient_penalty: float = 0.0  # weight of the penalty (lambda); 0 leaves it out
    clip: float = 0.0  # bound of the critic's weights after each update; 0 leaves them alone
    rmsprop_decay: float = fraction(0.99)  # of the running mean of squared gradients; PyTorch's default


class WassersteinGAN(ConditionalGAN):
    """Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875, Algorithm 1; the signs are turned, to be minimised.

    No report names RMSprop's decay: PyTorch's default is used, unless a model's file says otherwise.
    """

    unused = ("betas",)
    critic_has_batch_norm: ClassVar[bool] = False

    @classmethod
    def contradiction(cls, config: WassersteinConfig) -> str | None:
        """The reason against a gradient penalty on a critic with batch norm (Gulrajani et al. 2017, section 4)."""
        if not (config.gradient_penalty and cls.critic_has_batch_norm):
            return None
        return (
            f"gradient_penalty is {config.gradient_penalty}, but this critic has batch norm, and with it an image's "
            "score and gradient depend on the other images of the batch; leave gradient_penalty out"
        )

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        critic = self.discriminator
        losses = {"wasserstein": critic(fake, condition).mean() - critic(real, condition).mean()}
        return losses | self.penalty(real, fake, condition)

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {"wasserstein": -self.discriminator(fake, condition).mean()}

    def penalty(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """The weighted gradient penalty, if the method has one."""
        if not self.config.gradient_penalty:
            return {}
        penalty = gradient_penalty(lambda images: self.discriminator(images, condition), real, fake)
        return {"gradient_penalty": self.config.gradient_penalty * penalty}

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        return RMSprop(parameters, lr=self.config.learning_rate, alpha=self.config.rmsprop_decay)

    @torch.no_grad()
    def after_discriminator_update(self) -> None:
        """Clip every weight of the critic, batch norm's too."""
        if self.config.clip:
            for weight in self.discriminator.parameters():
                weight.clamp_(-self.config.clip, self.config.clip)


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """Mean squared distance of the critic's gradient norm from 1, between real and fake.

    Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, eq. 3.

    Args:
        critic: (N, 3, S, S) images to their scores, of any shape.
        real: (N, 3, S, S) images.
        fake: as many.
    """
    mix = torch.rand(len(real), 1, 1, 1, device=real.device)
    images = (mix * real + (1 - mix) * fake).requires_grad_()
    scores = critic(images)
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
