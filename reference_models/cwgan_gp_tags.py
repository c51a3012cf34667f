"""Conditional WGAN-GP on tags, and the clipped WGAN it was compared with.

Source: report R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, Algorithm 1 and eq. 3.

Differs from the source: its layers, optimiser and lambda are in pictures that the text lost. The networks, their
first weights, batch size and RMSprop are those of R1, which trains on the same tags, and lambda is the paper's 10. The
report's formulas leave the tags out of D(x) and G(z); both see them here. The clipping bound is unsaid: the WGAN
paper's 0.01.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reference_models.base import Turn
from reference_models.tag_wgan import TagWGAN, TagWGANConfig

CLIP = {"gradient_penalty": 0.0, "clip": 0.01}


@dataclass(frozen=True, kw_only=True)
class Config(TagWGANConfig):
    """Settings of the report; those of the networks are R1's."""

    generator_first: bool = False  # in each cycle


class CWGANGPTags(TagWGAN):
    """The report's objectives with their signs turned, to be minimised; see the top of the file."""

    Config = Config
    name = "cwgan_gp_tags"
    source = "R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028"
    variants: ClassVar = {
        "generator_first": {"generator_first": True},
        "clip": CLIP,
        "clip_generator_first": CLIP | {"generator_first": True},
        "clip_ratio_1": CLIP | {"n_critic": 1, "n_generator": 1},
        "clip_ratio_0_2": CLIP | {"n_critic": 1, "n_generator": 5},
        "ratio_1": {"n_critic": 1, "n_generator": 1},
        "ratio_0_2": {"n_critic": 1, "n_generator": 5},
    }
    report_cycles = 10_000

    def cycle(self) -> tuple[Turn, ...]:
        turns = super().cycle()
        return turns[::-1] if self.config.generator_first else turns
