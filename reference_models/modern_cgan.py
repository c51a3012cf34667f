"""Today's small recipe, and the row to beat: a relativistic loss with both gradient penalties on residual networks.

Source: Huang et al. 2024, "The GAN is dead; long live the GAN!" (R3GAN), https://arxiv.org/abs/2501.05441, eqs. 2 to 4:
real and generated images are compared in pairs, and the gradient is penalised at both. The condition modulates the
generator's batch norm (Brock et al. 2019, https://arxiv.org/abs/1809.11096), meets the discriminator's features in a
product (Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637), and a real image with a wrong condition is a
second thing to tell a right one from (Reed et al. 2016, https://arxiv.org/abs/1605.05396). Both players' images are
flipped and shifted alike (Zhao et al. 2020, https://arxiv.org/abs/2006.10738), for the data is short; colours are
left alone, for they are conditions.

Differs from the source: no report has it. The penalties are of the flipped and shifted images; a wrong condition is
that of the next image in the batch, which now and then is the same. R3GAN has no batch norm and grouped convolutions;
with a few thousand updates batch norm learns faster, and plain convolutions of these widths run faster on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.base import ConditionalGAN, ModelConfig
from reference_models.layers import Project, doubling

REPORT_CYCLES = 20_000  # as R2's and R5's on such data


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Both condition spaces take the same."""

    channels: int = 32  # feature maps at 32x32 in both networks; doubles at each halving
    embedding_dim: int = 128  # numbers that latent and condition become for the generator's layers
    penalty: float = 1.0  # weight of the gradient penalties (gamma; each has half of it)
    mismatch_weight: float = 1.0  # of telling right conditions from wrong ones
    max_shift: int = 8  # pixels, each way; 0 leaves images where they are
    learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.5, 0.99)


class Generator(nn.Module):
    """(N, Z) latent and (N, C) condition to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, widths = config.embedding_dim, doubling(config.channels, config.image_size)[::-1]
        self.embed = nn.Linear(config.latent_dim + config.conditions.one_hot_dim, dim)
        self.start = Project(dim, widths[0], 4)
        self.blocks = nn.ModuleList(UpBlock(before, after, dim) for before, after in pairwise([*widths, widths[-1]]))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.paint = nn.Conv2d(widths[-1], 3, 3, 1, 1)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        style = self.embed(torch.cat([latent, condition], dim=1))
        x = self.start(style[:, :, None, None])
        for block in self.blocks:
            x = block(x, style)
        return self.paint(F.relu(self.norm(x))).tanh()


class UpBlock(nn.Module):
    """(N, I, H, W) features and (N, E) style to (N, O, 2H, 2W), around a shortcut."""

    def __init__(self, inputs: int, outputs: int, style_dim: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([StyledNorm(inputs, style_dim), StyledNorm(outputs, style_dim)])
        self.grow = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
        self.refine = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        y = self.grow(F.relu(self.norms[0](x, style)))
        y = self.refine(F.relu(self.norms[1](y, style)))
        return y + F.interpolate(self.shortcut(x), scale_factor=2.0)


class StyledNorm(nn.Module):
    """Batch norm whose gain and offset come from the style: (N, I, H, W) and (N, E) to (N, I, H, W)."""

    def __init__(self, width: int, style_dim: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.style = nn.Linear(style_dim, 2 * width)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        gain, offset = self.style(style)[:, :, None, None].chunk(2, dim=1)
        return self.norm(x) * (1 + gain) + offset


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) scores; high means real and right.

    The condition joins last, so one pass of :attr:`trunk` serves any number of conditions.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = doubling(config.channels, config.image_size)
        features = widths[-1]
        blocks = [DownBlock(before, after) for before, after in pairwise(widths)]
        self.trunk = nn.Sequential(
            nn.Conv2d(3, widths[0], 4, 2, 1), *blocks,
            nn.LeakyReLU(0.2), nn.Conv2d(features, features, 4), nn.LeakyReLU(0.2), nn.Flatten(),
        )  # fmt: skip
        self.real = nn.Linear(features, 1)
        self.right = nn.Linear(config.conditions.one_hot_dim, features)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.score(self.trunk(images), condition)

    def score(self, features: Tensor, condition: Tensor) -> Tensor:
        """(N, F) features of the trunk and (N, C) condition to (N,) scores."""
        match = (features * self.right(condition)).sum(dim=1) / features.shape[1] ** 0.5
        return self.real(features).flatten() + match


class DownBlock(nn.Module):
    """(N, I, H, W) features to (N, O, H/2, W/2), around a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.refine = nn.Conv2d(inputs, inputs, 3, 1, 1)
        self.shrink = nn.Conv2d(inputs, outputs, 4, 2, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.refine(F.leaky_relu(x, 0.2))
        return self.shrink(F.leaky_relu(y, 0.2)) + self.shortcut(F.avg_pool2d(x, 2))


class ModernCGAN(ConditionalGAN):
    """See the top of the file."""

    Config = Config
    name = "modern_cgan"
    source = "Huang et al. 2024, https://arxiv.org/abs/2501.05441"
    condition_kinds = ("attributes", "multi_label")
    report_cycles = REPORT_CYCLES

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Discriminator(config))

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        critic = self.discriminator
        images = self.augment(torch.cat([real, fake])).requires_grad_()
        real_features, fake_features = critic.trunk(images).chunk(2)
        right, unreal = critic.score(real_features, condition), critic.score(fake_features, condition)
        wrong = critic.score(real_features, condition.roll(1, dims=0))
        (gradient,) = torch.autograd.grad((right + unreal).sum(), images, create_graph=True)
        squared = gradient.square().sum(dim=(1, 2, 3))
        return {
            "relativistic": F.softplus(unreal - right).mean(),
            "mismatch": self.config.mismatch_weight * F.softplus(wrong - right).mean(),
            "gradient_penalty": self.config.penalty * squared.mean(),  # the mean of both halves: (R1 + R2) / 2
        }

    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            right = self.discriminator(self.augment(real), condition)
        unreal = self.discriminator(self.augment(fake), condition)
        return {"relativistic": F.softplus(right - unreal).mean()}

    def augment(self, images: Tensor) -> Tensor:
        """Half of the images flipped, each shifted by its own whole number of pixels, black flowing in."""
        return shifted(flipped(images), self.config.max_shift)


def flipped(images: Tensor) -> Tensor:
    """Each image flipped left to right, or not, by lot."""
    flip = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(flip, images.flip(3), images)


def shifted(images: Tensor, most: int) -> Tensor:
    """Each image moved by up to ``most`` pixels along each axis, by lot."""
    if not most:
        return images
    n, size = len(images), images.shape[-1]
    padded = F.pad(images, (most, most, most, most), value=-1.0).permute(0, 2, 3, 1)
    start = torch.randint(0, 2 * most + 1, (2, n, 1), device=images.device)
    rows, columns = start + torch.arange(size, device=images.device)
    number = torch.arange(n, device=images.device)[:, None, None]
    return padded[number, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
