"""A GAN of linear layers, and the training tips that make it work one after another.

Source: report R2. The losses are those of Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, with the
generator's -log D; the tips are normalised input and Adam, for the generator or for both; all tips at once make the
DCGAN of ``dcgan.py``.

Differs from the source: the discriminator's widths are not stated: here the generator's hidden ones in reverse order,
with leaky slope 0.2. The batch size is not stated (64); Adam's numbers are the DCGAN's. The report took the best
learning rate that it found for SGD and does not state it. Here it is 0.03, the best of six for ``sgd`` on the embedded
faces (seed 1 alone, 1,500 updates, averaged weights; Fréchet distance ``fd_efficientnet_lite0`` and near duplicates of
1,500 images):

- 0.1 diverged at update 300.
- 0.03 drew faces that vary, over-exposed or plain gray: distance 338.8 [337.7, 339.9], near duplicates 100 %.
- 0.01 drew one mean face for every latent: distance 378.0 [377.6, 378.4], near duplicates 100 %.
- 0.003, 0.001 and 0.0001 drew gray noise and were not scored.

With ``sgd_raw``, 0.1, 0.03, 0.01 and 0.003 diverged at updates 3, 4, 4 and 6, at once as in the report; 0.001 and
0.0001 drew noise. So it has the same learning rate, and so have the discriminators of the ``adam_generator`` variants,
for which there was no sweep.

Without normalisation the discriminator sees both real and generated images with pixels from 0 to 255. If only the real
ones had this range, a generator that ends in tanh could not have drawn the faces that the report shows. How long each
variant trained is not stated; all get the 20,000 updates of the report's DCGAN, so that they compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from reference_models import dcgan
from reference_models.base import ModelConfig, Turn
from reference_models.budgets import Cycles
from reference_models.layers import DCGANGenerator, ScoreLinear, draw_dcgan_weights
from reference_models.non_saturating import NonSaturatingGAN

OptimizerName = Literal["sgd", "adam"]
RAW, NORMALISED = {"normalise": False}, {"normalise": True}
SGD_FOR_BOTH = {"generator_optimizer": "sgd", "discriminator_optimizer": "sgd"}
ADAM_FOR_G = SGD_FOR_BOTH | {"generator_optimizer": "adam"}
ADAM = ADAM_FOR_G | {"discriminator_optimizer": "adam"}


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the report; the defaults are those of its last linear network: Adam for both, normalised images."""

    widths: tuple[int, ...] = (128, 256, 256, 256)  # of the generator's layers between latent and pixels
    normalise: bool = True  # pixels from -1 to 1; else from 0 to 255
    generator_optimizer: OptimizerName = "adam"
    discriminator_optimizer: OptimizerName = "adam"
    sgd_learning_rate: float = 0.03  # best of a sweep, see the top of the file
    convolutions: bool = False  # all tips at once: the networks are the DCGAN's
    channels: int = 64  # feature maps of those at 32x32


class Generator(nn.Module):
    """(N, Z) latent to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.shape = (3, config.image_size, config.image_size)
        layers: list[nn.Module] = []
        for before, after in pairwise((config.latent_dim, *config.widths)):
            layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
        layers += [nn.Linear(config.widths[-1], 3 * config.image_size**2), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        return self.layers(latent).unflatten(1, self.shape)


class Discriminator(nn.Module):
    """(N, 3, S, S) images in [-1, 1], looked at as such or as pixels, to (N,) logits; high means real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.normalise = config.normalise
        widths = (3 * config.image_size**2, *config.widths[::-1])
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers, ScoreLinear(widths[-1], 1))

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.layers(images if self.normalise else (images + 1) * 127.5).flatten()


class MLPGAN(NonSaturatingGAN):
    """R2's GAN of linear layers."""

    Config = Config
    name = "mlp_gan"
    source = "R2; Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661"
    condition_kinds = ("none",)
    variants: ClassVar = {
        "sgd_raw": SGD_FOR_BOTH | RAW,
        "sgd": SGD_FOR_BOTH | NORMALISED,
        "adam_generator_raw": ADAM_FOR_G | RAW,
        "adam_generator": ADAM_FOR_G | NORMALISED,
        "adam_raw": ADAM | RAW,
        "all_tips": {"convolutions": True},
    }
    budget = Cycles(20_000, stated=False)

    def __init__(self, config: Config) -> None:
        if config.convolutions:
            generator = DCGANGenerator(config.latent_dim, config.channels, config.image_size)
            super().__init__(config, generator, dcgan.Discriminator(config))
            self.apply(draw_dcgan_weights)
        else:
            super().__init__(config, Generator(config), Discriminator(config))

    @classmethod
    def idle(cls, config: Config) -> tuple[str, ...]:
        """The settings of the networks and optimizers that are not in use."""
        networks = ("widths", "normalise") if config.convolutions else ("channels",)
        optimizers = {config.generator_optimizer, config.discriminator_optimizer}
        sgd = () if "sgd" in optimizers else ("sgd_learning_rate",)
        adam = () if "adam" in optimizers else ("learning_rate", "betas")
        return networks + sgd + adam

    def optimizers(self) -> dict[Turn, Optimizer]:
        return {
            "discriminator": self.optimizer_named(self.config.discriminator_optimizer, self.discriminator.parameters()),
            "generator": self.optimizer_named(self.config.generator_optimizer, self.generator.parameters()),
        }

    def optimizer_named(self, name: OptimizerName, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """The optimizer of that name."""
        return SGD(parameters, lr=self.config.sgd_learning_rate) if name == "sgd" else self.optimizer(parameters)
