"""Conditional WGAN-GP whose critic is pushed by the harder of two negatives: a fake, or a wrong condition.

Source: report R1. The penalty is Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, eq. 3; the wrong
condition as a negative is Reed et al. 2016, https://arxiv.org/abs/1605.05396, section 4.2.

Differs from the source: where the report leaves a number unsaid, batch 64, leaky slope 0.2 and DCGAN's
padding are used; the critic's two 128-filter layers end in one linear number; transposed convolutions
have no bias where batch norm follows; RMSprop decays its mean square by PyTorch's default of 0.99.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.optim import Optimizer, RMSprop

from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig, Turn, one_hot
from reference_models.layers import Project


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the report."""

    channels: int = 64  # the generator's feature maps at 32x32; doubles at each halving
    critic_channels: int = 32  # the critic's feature maps at 32x32; doubles at each halving
    head_channels: int = 128  # filters of the critic's two layers after the condition joins
    n_critic: int = 5
    gradient_penalty: float = 10.0  # weight of the penalty (lambda in the report)


class Generator(nn.Module):
    """(N, Z) latent and (N, C) condition to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.channels * config.image_size // 8  # feature maps at 4x4
        inputs = config.latent_dim + config.conditions.one_hot_dim
        layers = [Project(inputs, width, 4, 2, bias=False)]
        size = 4
        while size < config.image_size // 2:
            layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            layers += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False)]
            width, size = width // 2, size * 2
        layers += [
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(width, 3, 4, 2, 1),
            nn.Tanh(),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        x = torch.cat([latent, condition], dim=1)
        return self.layers(x[:, :, None, None])


class Critic(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) unbounded scores; high means real and right.

    The condition joins at 4x4, so one pass of :attr:`trunk` serves any number of conditions.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [3] + [config.critic_channels * 2**i for i in range((config.image_size // 8).bit_length())]
        trunk = []
        for before, after in pairwise(widths):
            trunk += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.trunk = nn.Sequential(*trunk)
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
        planes = condition[:, :, None, None].expand(-1, -1, *features.shape[2:])
        return self.head(torch.cat([features, planes], dim=1)).flatten()


class WGANGPHardestNegative(ConditionalGAN):
    """The report's objective with its signs turned, to be minimised; see the top of the file."""

    Config = Config
    name = "wgan_gp_hardest_negative"
    source = "R1; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028"
    condition_kinds = ("attributes",)
    report_updates = 24_028  # 230 epochs of course A's 33,431 images / batches of 64 / 5 critic updates

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Critic(config))

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        critic = self.discriminator
        real_features, fake_features = critic.trunk(torch.cat([real, fake])).chunk(2)
        right = critic.score(real_features, condition)
        unreal = critic.score(fake_features, condition)
        wrong = critic.score(real_features, wrong_condition(condition, self.config.conditions))
        penalty = gradient_penalty(critic, real, fake, condition)
        return {
            "wasserstein": self.negative(unreal, wrong).mean() - right.mean(),
            "gradient_penalty": self.config.gradient_penalty * penalty,
        }

    def generator_loss(self, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {"wasserstein": -self.discriminator(fake, condition).mean()}

    def negative(self, unreal: Tensor, wrong: Tensor) -> Tensor:
        """The score to push down, (N,): of each image's two negatives, the one the critic rates higher."""
        return torch.maximum(unreal, wrong)

    def optimizers(self) -> dict[Turn, Optimizer]:
        rate = self.config.learning_rate
        return {
            "discriminator": RMSprop(self.discriminator.parameters(), lr=rate),
            "generator": RMSprop(self.generator.parameters(), lr=rate),
        }


def wrong_condition(condition: Tensor, space: ConditionSpace) -> Tensor:
    """For each encoded condition another one, uniform over all combinations but the right one."""
    columns = condition.split(space.sizes, dim=1)
    combination = torch.zeros(len(condition), dtype=torch.long, device=condition.device)
    for column, size in zip(columns, space.sizes, strict=True):
        combination = combination * size + column.argmax(dim=1)
    total = torch.Size(space.sizes).numel()
    combination = (combination + torch.randint_like(combination, 1, total)) % total
    return one_hot(torch.stack(torch.unravel_index(combination, space.sizes), dim=1), space)


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, condition: Tensor) -> Tensor:
    """Mean squared distance of the critic's gradient norm from 1, between real and fake (eq. 3)."""
    mix = torch.rand(len(real), 1, 1, 1, device=real.device)
    images = (mix * real + (1 - mix) * fake).requires_grad_()
    scores = critic(images, condition)
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
