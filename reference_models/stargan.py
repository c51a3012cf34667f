"""StarGAN: one generator redraws a given image with any target attribute.

Source: report R2; Choi et al. 2018, https://arxiv.org/abs/1711.09020, eqs. 2 to 6 and 8, tables 4 and 5.

Differs from the source: images are not flipped at random. 64x64 images need one layer less in the discriminator
to keep the paper's 2x2 patches. The learning rate stays where the paper lets it fall to 0 over the second half.
Domains are the first attribute's values, hair colours (a softmax over them, as the paper for RaFD), or all classes
where those are independent (as for CelebA). The report names no number of updates; the 200,000 of the published
code are the discriminator's: 40,000 of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig, one_hot, repeated
from reference_models.budgets import Cycles
from reference_models.layers import ScoreConv, planes
from reference_models.wasserstein import gradient_penalty


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the paper."""

    channels: int = 64  # feature maps of both networks' first layers
    residual_blocks: int = repeated(6, least=0)
    n_critic: int = repeated(5)
    batch_size: int = 16
    learning_rate: float = 1e-4
    gradient_penalty: float = 10.0  # weights of the losses
    class_weight: float = 1.0
    reconstruction_weight: float = 10.0


class Generator(nn.Module):
    """(N, 3, S, S) images in [-1, 1] and (N, D) target domain to images of the same size and range."""

    def __init__(self, config: Config, domains: int) -> None:
        super().__init__()
        width = config.channels
        layers = [nn.Conv2d(3 + domains, width, 7, 1, 3, bias=False), *_normalised(width)]
        for before, after in ((width, 2 * width), (2 * width, 4 * width)):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), *_normalised(after)]
        layers += [ResidualBlock(4 * width) for _ in range(config.residual_blocks)]
        for before, after in ((4 * width, 2 * width), (2 * width, width)):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), *_normalised(after)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 3, 7, 1, 3, bias=False), nn.Tanh())

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.layers(planes(images, condition))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with instance norm around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), *_normalised(width),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.InstanceNorm2d(width, affine=True),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Discriminator(nn.Module):
    """(N, 3, S, S) images to (N, P) scores of patches, high means real, and (N, D) logits of the domains."""

    def __init__(self, config: Config, domains: int) -> None:
        super().__init__()
        levels = (config.image_size // 2).bit_length() - 1  # down to 2x2
        widths = [3, *(config.channels * 2**level for level in range(levels))]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.01)]
        self.trunk = nn.Sequential(*layers)
        self.patches = ScoreConv(widths[-1], 1, 3, 1, 1, bias=False)
        self.domains = ScoreConv(widths[-1], domains, 2, bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(images)
        return self.patches(features).flatten(1), self.domains(features).flatten(1)


class StarGAN(ConditionalGAN):
    """Adversarial, domain classification and reconstruction losses; see the top of the file."""

    Config = Config
    name = "stargan"
    source = "R2; Choi et al. 2018, https://arxiv.org/abs/1711.09020"
    condition_kinds = ("attributes", "multi_label")
    least_batch_size = 2
    translates = True
    unused = ("latent_dim",)
    budget = Cycles(40_000, stated=False)

    def __init__(self, config: Config) -> None:
        self.domain_space = ConditionSpace(kind=config.conditions.kind, sizes=config.conditions.sizes[:1])
        domains = self.domain_space.one_hot_dim
        super().__init__(config, Generator(config, domains), Discriminator(config, domains))

    def encode(self, condition: Tensor) -> Tensor:
        """The domain: float32 (N, D), a one-hot of the first attribute, or the multi-hot as it is."""
        domain = condition if self.domain_space.kind == "multi_label" else condition[:, :1]
        return one_hot(domain, self.domain_space)

    def discriminator_turn(self, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            fake = self.generator(real, exchanged(condition)).float()
        return self.discriminator_loss(real, fake, condition)

    def generator_turn(self, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        target = exchanged(condition)
        fake = self.generator(real, target).float()
        distance = (real - self.generator(fake, condition).float()).abs().mean()
        return self.generator_loss(real, fake, target) | {
            "reconstruction": self.config.reconstruction_weight * distance
        }

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Terms for real images with their own domain, and fakes (eqs. 2, 5 and 8)."""
        scores, domains = self.discriminator(torch.cat([real, fake]))
        real_scores, fake_scores = scores.chunk(2)
        penalty = gradient_penalty(lambda images: self.discriminator(images)[0], real, fake)
        return {
            "wasserstein": fake_scores.mean() - real_scores.mean(),
            "gradient_penalty": self.config.gradient_penalty * penalty,
            "real_classes": self.class_loss(domains[: len(real)], condition),
        }

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Terms for fakes with the domain that they were requested (eqs. 3, 6 and 8)."""
        scores, domains = self.discriminator(fake)
        return {"wasserstein": -scores.mean(), "fake_classes": self.class_loss(domains, condition)}

    def class_loss(self, logits: Tensor, condition: Tensor) -> Tensor:
        """Weighted cross-entropy of (N, D) logits and the domain, mean over images."""
        if self.domain_space.kind == "multi_label":
            total = F.binary_cross_entropy_with_logits(logits, condition, reduction="sum") / len(logits)
        else:
            total = F.cross_entropy(logits, condition)
        return self.config.class_weight * total


def exchanged(condition: Tensor) -> Tensor:
    """Target domains for a batch: its own, shuffled, as the paper's code draws them; a few images keep theirs."""
    return condition[torch.randperm(len(condition), device=condition.device)]


def _normalised(width: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(width, affine=True), nn.ReLU(inplace=True)
