"""Conditional WGAN-GP on tags, and the clipped WGAN it was compared with.

Source: report R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, Algorithm 1 and eq. 3.

Differs from the source: its layers, optimiser and lambda are in pictures that the text lost. The networks, their
first weights and RMSprop are those of R1, which trains on the same tags, and lambda is the paper's 10. The report's
formulas leave the tags out of D(x) and G(z); both see them here. The clipping bound is unsaid: the WGAN paper's 0.01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reference_models.base import Turn
from reference_models.layers import DCGANGenerator
from reference_models.wasserstein import WassersteinConfig, WassersteinGAN
from reference_models.wgan_gp_hardest_negative import Critic

CLIP = {"gradient_penalty": 0.0, "clip": 0.01}


@dataclass(frozen=True, kw_only=True)
class Config(WassersteinConfig):
    """Settings of the report; those of the networks are R1's."""

    channels: int = 64  # the generator's feature maps at 32x32; doubles at each halving
    critic_channels: int = 32  # the critic's feature maps at 32x32; doubles at each halving
    head_channels: int = 128  # filters of the critic's two layers after the condition joins
    n_critic: int = 5
    generator_first: bool = False  # in each cycle
    gradient_penalty: float = 10.0


class CWGANGPTags(WassersteinGAN):
    """The report's objectives with their signs turned, to be minimised; see the top of the file."""

    Config = Config
    name = "cwgan_gp_tags"
    source = "R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028"
    condition_kinds = ("attributes",)
    variants: ClassVar = {
        "generator_first": {"generator_first": True},
        "clip": CLIP,
        "clip_generator_first": CLIP | {"generator_first": True},
        "clip_ratio_1": CLIP | {"n_critic": 1},
        "clip_ratio_0_2": CLIP | {"n_critic": 1, "n_generator": 5},
        "ratio_1": {"n_critic": 1},
        "ratio_0_2": {"n_critic": 1, "n_generator": 5},
    }
    report_cycles = 10_000

    def __init__(self, config: Config) -> None:
        inputs = config.latent_dim + config.conditions.one_hot_dim
        super().__init__(config, DCGANGenerator(inputs, config.channels, config.image_size), Critic(config))

    def cycle(self) -> tuple[Turn, ...]:
        turns = super().cycle()
        return turns[::-1] if self.config.generator_first else turns
