"""Conditional WGAN-GP whose critic is pushed by the harder of two negatives: a fake, or a wrong condition.

Source: report R1. The penalty is Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028; the wrong condition
as a negative is Reed et al. 2016, https://arxiv.org/abs/1605.05396, section 4.2.

Differs from the source: where the report leaves a number unsaid, batch 64, leaky slope 0.2 and DCGAN's padding are
used; the critic's two 128-filter layers end in one linear number; transposed convolutions have no bias where batch
norm follows; RMSprop decays its mean square by PyTorch's default of 0.99; weights begin as PyTorch draws them.
Variant ``clip`` keeps the hardest negative, so that it differs by its constraint alone, and clips at the WGAN paper's
0.01, for the report names no bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from reference_models.base import ConditionSpace, one_hot
from reference_models.layers import DCGANGenerator, doubling, downsample, planes
from reference_models.wasserstein import WassersteinConfig, WassersteinGAN


@dataclass(frozen=True, kw_only=True)
class Config(WassersteinConfig):
    """Settings of the report."""

    channels: int = 64  # the generator's feature maps at 32x32; doubles at each halving
    critic_channels: int = 32  # the critic's feature maps at 32x32; doubles at each halving
    head_channels: int = 128  # filters of the critic's two layers after the condition joins
    n_critic: int = 5
    gradient_penalty: float = 10.0  # lambda in the report
    negative: Literal["hardest", "mean"] = "hardest"  # how the two negatives of an image become one score


class Critic(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) unbounded scores; high means real and right.

    The condition joins at 4x4, so one pass of :attr:`trunk` serves any number of conditions.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [3, *doubling(config.critic_channels, config.image_size)]
        self.trunk = downsample(widths, slope=0.2, normalise_from=None)
        joined, head = widths[-1] + config.conditions.one_hot_dim, config.head_channels
        self.head = nn.Sequential(
            nn.Conv2d(joined, head, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(head, head, 4), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(head, 1),
        )  # fmt: skip

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.score(self.trunk(images), condition)

    def score(self, features: Tensor, condition: Tensor) -> Tensor:
        """(N, F, 4, 4) features of the trunk and (N, C) condition to (N,) scores."""
        return self.head(planes(condition, features)).flatten()


class WGANGPHardestNegative(WassersteinGAN):
    """The report's objective with its signs turned, to be minimised; see the top of the file."""

    Config = Config
    name = "wgan_gp_hardest_negative"
    source = "R1; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028"
    condition_kinds = ("attributes",)
    variants: ClassVar = {
        "mean_negative": {"negative": "mean"},  # what the report tried before
        "clip": {"gradient_penalty": 0.0, "clip": 0.01},  # the original WGAN that it is compared with
    }
    report_cycles = 24_028  # 230 epochs of course A's 33,431 images / batches of 64 / 5 critic updates

    def __init__(self, config: Config) -> None:
        inputs = config.latent_dim + config.conditions.one_hot_dim
        super().__init__(config, DCGANGenerator(inputs, config.channels, config.image_size), Critic(config))

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        critic = self.discriminator
        real_features, fake_features = critic.trunk(torch.cat([real, fake])).chunk(2)
        right = critic.score(real_features, condition)
        unreal = critic.score(fake_features, condition)
        wrong = critic.score(real_features, wrong_condition(condition, self.config.conditions))
        losses = {"wasserstein": self.negative(unreal, wrong).mean() - right.mean()}
        return losses | self.penalty(real, fake, condition)

    def negative(self, unreal: Tensor, wrong: Tensor) -> Tensor:
        """The score to push down, (N,): of each image's two negatives the one rated higher, or their mean."""
        return torch.maximum(unreal, wrong) if self.config.negative == "hardest" else (unreal + wrong) / 2


def wrong_condition(condition: Tensor, space: ConditionSpace) -> Tensor:
    """For each encoded condition another one, uniform over all combinations but the right one."""
    columns = condition.split(space.sizes, dim=1)
    combination = torch.zeros(len(condition), dtype=torch.long, device=condition.device)
    for column, size in zip(columns, space.sizes, strict=True):
        combination = combination * size + column.argmax(dim=1)
    total = torch.Size(space.sizes).numel()
    combination = (combination + torch.randint_like(combination, 1, total)) % total
    return one_hot(torch.stack(torch.unravel_index(combination, space.sizes), dim=1), space)
