"""Base of R1 and R3: conditional Wasserstein GANs on the tags of hair and eyes."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from reference_models.base import repeated
from reference_models.layers import Collapse, DCGANGenerator, ScoreLinear, doubling, downsample, planes
from reference_models.wasserstein import WassersteinConfig, WassersteinGAN


@dataclass(frozen=True, kw_only=True)
class TagWGANConfig(WassersteinConfig):
    """The networks are R1's, and the numbers of the penalty those of Gulrajani et al. 2017."""

    channels: int = 64  # the generator's feature maps at 32x32; doubles at each halving
    critic_channels: int = 32  # the critic's feature maps at 32x32; doubles at each halving
    head_channels: int = 128  # filters of the critic's two layers after the condition joins
    n_critic: int = repeated(5)
    gradient_penalty: float = 10.0  # lambda


class Critic(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) unbounded scores; high means real and right.

    The condition joins at 4x4, so one pass of :attr:`trunk` serves any number of conditions.
    """

    def __init__(self, config: TagWGANConfig) -> None:
        super().__init__()
        widths = [3, *doubling(config.critic_channels, config.image_size)]
        self.trunk = downsample(widths, slope=0.2, normalise_from=None)
        joined, head = widths[-1] + config.conditions.one_hot_dim, config.head_channels
        self.head = nn.Sequential(
            nn.Conv2d(joined, head, 1), nn.LeakyReLU(0.2),
            Collapse(head, head, 4), nn.LeakyReLU(0.2),
            nn.Flatten(), ScoreLinear(head, 1),
        )  # fmt: skip

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.score(self.trunk(images), condition)

    def score(self, features: Tensor, condition: Tensor) -> Tensor:
        """(N, F, 4, 4) features of the trunk and (N, C) condition to (N,) scores."""
        return self.head(planes(features, condition)).flatten()


class TagWGAN(WassersteinGAN):
    """DCGAN's generator with the tags next to the latent, and a critic that sees them at 4x4."""

    condition_kinds = ("attributes",)

    def __init__(self, config: TagWGANConfig) -> None:
        inputs = config.latent_dim + config.conditions.one_hot_dim
        super().__init__(config, DCGANGenerator(inputs, config.channels, config.image_size), Critic(config))
