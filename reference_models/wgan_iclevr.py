"""R4's conditional DCGAN on i-CLEVR turned into a WGAN by R2's four changes.

Source: report R4, which refers to the same four changes as R2; Arjovsky et al. 2017,
https://arxiv.org/abs/1701.07875, Algorithm 1.

Differs from the source: the report does not state the bound (R2's 0.02 is used), RMSprop's decay (PyTorch's default of
0.99) or how long it trained (200 epochs, as the conditional DCGAN, with which all else is shared).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reference_models import cdcgan_iclevr
from reference_models.budgets import Epochs
from reference_models.wasserstein import WassersteinConfig, WassersteinGAN


@dataclass(frozen=True, kw_only=True)
class Config(cdcgan_iclevr.Config, WassersteinConfig):
    """The conditional DCGAN's, and the bound."""

    clip: float = 0.02  # bound of the critic's weights after each update


class WGANIclevr(WassersteinGAN, cdcgan_iclevr.CDCGANIclevr):
    """R4's WGAN on i-CLEVR."""

    Config = Config
    name = "wgan_iclevr"
    source = "R4; Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875"
    critic_has_batch_norm = True
    variants: ClassVar = {}
    beyond_reports: ClassVar = {}
    budget = Epochs(200, images=18_009, stated=False)
