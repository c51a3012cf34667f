"""Conditional WGAN-GP on tags, and the clipped WGAN it was compared with.

Source: report R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028, Algorithm 1 and eq. 3.

Differs from the source: its layers, optimisers and lambda are in figures that the report's text lacks. The numbers are
those of the code that it names as its model, https://github.com/jiamings/wgan: for the penalty lambda 10 and Adam with
1e-4 and betas (0.5, 0.9), for the clipped WGAN a bound of 0.01 and RMSprop with 5e-5 and a decay of 0.9 (TensorFlow's
default there), batches of 64 for both. RMSprop's epsilon is PyTorch's. Of that code, these are left out: its L1 norm of
the clipped WGAN's weights and its 100 critic updates in some cycles, for the report has a fixed ratio; and its penalty,
which mixes a whole batch by one number and subtracts 1 twice, for the report has the paper's formula. The networks and
their first weights are those of R1, which trains on the same tags. The report's formulas leave the tags out of D(x) and
G(z); both see them here. The ratio experiments are of the clipped WGAN: ``clip`` (5), ``clip_ratio_1`` and
``clip_ratio_0_2``. How long the clipped WGAN trained is not stated: here 10,000 cycles, as for the penalty, with which
it is compared. Nor is it stated how long the ratios and the two orders trained: here 2,000 generator updates, at which
the defaults and ``clip`` are compared with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import nn
from torch.optim import Optimizer

from reference_models.base import ConditionalGAN, Turn, fraction
from reference_models.budgets import Cycles, Updates
from reference_models.tag_wgan import TagWGAN, TagWGANConfig

CLIP = {"gradient_penalty": 0.0, "clip": 0.01, "optimizer": "rmsprop", "learning_rate": 5e-5}


@dataclass(frozen=True, kw_only=True)
class Config(TagWGANConfig):
    """Settings of the code that the report follows; those of the networks are R1's."""

    optimizer: Literal["adam", "rmsprop"] = "adam"  # of both players
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.9)
    rmsprop_decay: float = fraction(0.9)
    generator_first: bool = False  # in each cycle


class CWGANGPTags(TagWGAN):
    """The report's objectives with their signs turned, to be minimised; see the top of the file."""

    Config = Config
    name = "cwgan_gp_tags"
    source = "R3; Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028"
    unused = ()
    variants: ClassVar = {
        "generator_first": {"generator_first": True},
        "clip": CLIP,
        "clip_generator_first": CLIP | {"generator_first": True},
        "clip_ratio_1": CLIP | {"n_critic": 1, "n_generator": 1},
        "clip_ratio_0_2": CLIP | {"n_critic": 1, "n_generator": 5},
        "ratio_1": {"n_critic": 1, "n_generator": 1},
        "ratio_0_2": {"n_critic": 1, "n_generator": 5},
    }
    beyond_reports: ClassVar = {"ratio_1": "no report tried it", "ratio_0_2": "no report tried it"}
    budget = Cycles(10_000)
    variant_budgets: ClassVar = {"clip": Cycles(10_000, stated=False)} | dict.fromkeys(
        ("generator_first", "clip_generator_first", "clip_ratio_1", "clip_ratio_0_2"), Updates(2_000)
    )

    @classmethod
    def idle(cls, config: Config) -> tuple[str, ...]:
        """The numbers of the optimizer that is not in use."""
        return ("rmsprop_decay",) if config.optimizer == "adam" else ("betas",)

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        if self.config.optimizer == "rmsprop":
            return super().optimizer(parameters)
        return ConditionalGAN.optimizer(self, parameters)

    def cycle(self) -> tuple[Turn, ...]:
        turns = super().cycle()
        return turns[::-1] if self.config.generator_first else turns
