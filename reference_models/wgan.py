"""R2's DCGAN turned into a WGAN by four changes.

No sigmoid at the critic's end, no logarithm in the losses, the critic's weights clipped after each update, and
RMSprop instead of Adam.

Source: report R2; Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875, Algorithm 1.

Differs from the source: the paper's five critic updates per generator update and its learning rate of 5e-5 are not
among the report's four changes, so both stay as in the DCGAN. RMSprop's decay is not stated: PyTorch's default,
0.99. Clipping includes batch norm's weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_models import dcgan
from reference_models.wasserstein import WassersteinConfig, WassersteinGAN


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.Config, WassersteinConfig):
    """The DCGAN's, and the bound."""

    clip: float = 0.02  # bound of the critic's weights after each update


class WGAN(WassersteinGAN, dcgan.DCGAN):
    """R2's DCGAN with the four changes; see the top of the file."""

    Config = Config
    name = "wgan"
    source = "R2; Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875"
    critic_has_batch_norm = True
