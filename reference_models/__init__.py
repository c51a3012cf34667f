"""The bundled models. To add one: write its file, then add one line here."""

from __future__ import annotations

from reference_models.base import ConditionalGAN
from reference_models.cdcgan_iclevr import CDCGANIclevr
from reference_models.wgan_gp_hardest_negative import WGANGPHardestNegative

MODELS: dict[str, type[ConditionalGAN]] = {
    "cdcgan_iclevr": CDCGANIclevr,
    "wgan_gp_hardest_negative": WGANGPHardestNegative,
}
