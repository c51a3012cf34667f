"""The bundled models. To add one: write its file, then add one line here."""

from __future__ import annotations

from reference_models.acgan_hair_eyes import ACGANHairEyes
from reference_models.acgan_iclevr import ACGANIclevr
from reference_models.base import ConditionalGAN
from reference_models.cdcgan_iclevr import CDCGANIclevr
from reference_models.cdcgan_pairs import CDCGANPairs
from reference_models.cwgan_gp_tags import CWGANGPTags
from reference_models.dcgan import DCGAN
from reference_models.mlp_gan import MLPGAN
from reference_models.modern_cgan import ModernCGAN
from reference_models.stargan import StarGAN
from reference_models.wgan import WGAN
from reference_models.wgan_gp_hardest_negative import WGANGPHardestNegative
from reference_models.wgan_iclevr import WGANIclevr

MODELS: dict[str, type[ConditionalGAN]] = {
    "wgan_gp_hardest_negative": WGANGPHardestNegative,
    "dcgan": DCGAN,
    "cdcgan_pairs": CDCGANPairs,
    "wgan": WGAN,
    "mlp_gan": MLPGAN,
    "stargan": StarGAN,
    "cwgan_gp_tags": CWGANGPTags,
    "cdcgan_iclevr": CDCGANIclevr,
    "acgan_iclevr": ACGANIclevr,
    "wgan_iclevr": WGANIclevr,
    "acgan_hair_eyes": ACGANHairEyes,
    "modern_cgan": ModernCGAN,
}
