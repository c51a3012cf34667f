"""Today's small recipe, the baseline to beat: a relativistic loss and both gradient penalties on residual networks.

Source: Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN), https://arxiv.org/abs/2501.05441, eqs. 2 to 4:
real and generated images are compared in pairs, and the gradient is penalised at both. The condition modulates the
generator's batch norm (Brock et al. 2019, https://arxiv.org/abs/1809.11096) and enters the discriminator by projection
(Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637). The discriminator also learns to score a real image higher
with its own condition than with a wrong one (Reed et al. 2016, https://arxiv.org/abs/1605.05396). The images of both
players are flipped and shifted at random (Zhao et al. 2020, https://arxiv.org/abs/2006.10738), since the data sets are
small; colours stay as they are, since they are conditions. With ``mode_seeking``, which is off by default, each
condition of the generator's turn is drawn twice, and the generator gains by images that differ with their latents (Mao
et al. 2019, https://arxiv.org/abs/1903.05628, eq. 5, as 1 / (ratio + 1e-5), the form of its code).

Differs from the source: no report has it. The penalties are of the flipped and shifted images; a wrong condition is
that of the image before it in the batch, which now and then is the same. R3GAN has no batch norm, but grouped
convolutions; with a few thousand updates batch norm learns faster, and plain convolutions of these widths run faster on
a CPU. R3GAN's code lowers the learning rate and the penalties' weight and raises beta2 during training. Here they are
constant: the weight is that at the end of its training on ImageNet at 64x64, beta2 that at the end of all its
trainings. beta1 is 0, as in that code. Nothing is cut out of the images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from reference_models.base import ConditionalGAN, bounded
from reference_models.budgets import Cycles
from reference_models.residual import Discriminator, Generator, ResidualConfig


@dataclass(frozen=True, kw_only=True)
class Config(ResidualConfig):
    """Settings, the same for both kinds of conditions."""

    penalty: float = 0.1  # weight of the gradient penalties (gamma; each has half of it)
    mismatch_weight: float = 1.0  # of telling right conditions from wrong ones
    mode_seeking: float = 0.0  # weight of the term for images of one condition that differ; 0: no such term
    max_shift: int = bounded(8, least=0, below_image_size=True)  # pixels, each way; 0 leaves images where they are
    learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.99)


class ModernCGAN(ConditionalGAN):
    """The baseline: R3GAN's loss and penalties on conditional residual networks."""

    Config = Config
    name = "modern_cgan"
    source = "Huang et al. 2024, https://arxiv.org/abs/2501.05441"
    condition_kinds = ("attributes", "multi_label")
    least_batch_size = 2
    budget = Cycles(20_000, stated=False)  # as R2's and R5's on such data

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Discriminator(config))

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        critic = self.discriminator
        images = self.augment(torch.cat([real, fake])).requires_grad_()
        real_features, fake_features = critic.trunk(images).chunk(2)
        real_score, fake_score = critic.score(real_features, condition), critic.score(fake_features, condition)
        wrong_score = critic.score(real_features, condition.roll(1, dims=0))
        (gradient,) = torch.autograd.grad((real_score + fake_score).sum(), images, create_graph=True)
        squared = gradient.square().sum(dim=(1, 2, 3))
        return {
            "relativistic": F.softplus(fake_score - real_score).mean(),
            "mismatch": self.config.mismatch_weight * F.softplus(wrong_score - real_score).mean(),
            "gradient_penalty": self.config.penalty * squared.mean(),  # gamma / 2 times the penalties R1 + R2
        }

    def generator_turn(self, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        if not self.config.mode_seeking:
            return super().generator_turn(real, condition)
        half = len(condition) // 2
        twice = condition[:half].repeat(2, 1)
        latent = torch.randn(2 * half, self.config.latent_dim, device=condition.device)
        fake = self.generator(latent, twice).float()
        real_score = self.real_score(real[: 2 * half], condition[: 2 * half])
        term = self.config.mode_seeking / (sensitivity(fake, latent) + 1e-5)
        return {"relativistic": self.relativistic(real_score, fake, twice), "mode_seeking": term}

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {"relativistic": self.relativistic(self.real_score(real, condition), fake, condition)}

    @torch.no_grad()
    def real_score(self, real: Tensor, condition: Tensor) -> Tensor:
        """The discriminator's scores of real images, (N,), for the generator's turn."""
        return self.discriminator(self.augment(real), condition)

    def relativistic(self, real_score: Tensor, fake: Tensor, condition: Tensor) -> Tensor:
        """The generator's loss: a scalar, from each generated image's score and that of a real image, (N,)."""
        return F.softplus(real_score - self.discriminator(self.augment(fake), condition)).mean()

    def augment(self, images: Tensor) -> Tensor:
        """Augmented images: each flipped with probability 1/2, and shifted at random, padded with black."""
        return shifted(flipped(images), self.config.max_shift)


def sensitivity(images: Tensor, latents: Tensor) -> Tensor:
    """Difference of two images of one condition as a share of that of their latents, on average: a scalar.

    Args:
        images: (2N, 3, S, S); the i-th and the (N + i)-th are of one condition.
        latents: (2N, Z) of the images.
    """
    (image, other), (latent, another) = images.chunk(2), latents.chunk(2)
    return ((image - other).abs().mean(dim=(1, 2, 3)) / (latent - another).abs().mean(dim=1)).mean()


def flipped(images: Tensor) -> Tensor:
    """Each image flipped left to right with probability 1/2."""
    flip = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(flip, images.flip(3), images)


def shifted(images: Tensor, most: int) -> Tensor:
    """Each image shifted at random by up to ``most`` pixels along each axis, padded with black."""
    if not most:
        return images
    n, size = len(images), images.shape[-1]
    padded = F.pad(images, (most, most, most, most), value=-1.0).permute(0, 2, 3, 1)
    start = torch.randint(0, 2 * most + 1, (2, n, 1), device=images.device)
    rows, columns = start + torch.arange(size, device=images.device)
    number = torch.arange(n, device=images.device)[:, None, None]
    return padded[number, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
