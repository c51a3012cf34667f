"""The contract of a model: a generator, a discriminator, their losses and how they take turns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.optim import Adam, Optimizer

from reference_models.budgets import Budget

Turn = Literal["discriminator", "generator"]


@dataclass(frozen=True, kw_only=True)
class ConditionSpace:
    """Kind and sizes of a condition, as a data set gives it (the model decides how to encode it)."""

    kind: Literal["multi_label", "attributes", "none"]  # zeros and ones per class, or a value index per attribute
    sizes: tuple[int, ...]  # multi_label: (number of classes,); attributes: number of values of each; none: ()

    @property
    def one_hot_dim(self) -> int:
        """Length of the multi-hot, or of all attributes' one-hots joined."""
        return sum(self.sizes)


LEAST, MOST = 1, 1_000_000  # of a whole number in a model's settings, unless it is bounded otherwise


def bounded(default: int, *, least: int = LEAST, most: int = MOST, below_image_size: bool = False) -> Any:  # noqa: ANN401
    """A whole number's default and bounds."""
    return field(default=default, metadata={"least": least, "most": most, "below_image_size": below_image_size})


def repeated(default: int, *, least: int = LEAST) -> Any:  # noqa: ANN401
    """A setting that counts repetitions; bounded, since each costs time."""
    return bounded(default, least=least, most=1_000)


def fraction(default: float) -> Any:  # noqa: ANN401
    """The default of a number from 0 up to but not including 1."""
    return field(default=default, metadata={"below": 1})


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Settings every model has. A report's own settings go in a subclass, in the report's file."""

    conditions: ConditionSpace
    image_size: int = 64  # height and width, pixels
    latent_dim: int = 100
    n_critic: int = repeated(1)  # discriminator updates in one cycle
    n_generator: int = repeated(1)  # generator updates in one cycle
    batch_size: int = 64
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam; these and the learning rate are DCGAN's


class ConditionalGAN(nn.Module, ABC):
    """A generator, a discriminator and the two losses that train them.

    A method whose turns need more than a generated batch overrides :meth:`discriminator_turn` and
    :meth:`generator_turn`, which the trainer calls.

    Every turn takes its own real images, conditions and latents. Some sources, R4 among them, let the generator's step
    reuse those of the discriminator's step before it. That differs from the source in all models here alike.

    Shapes used throughout: N batch, Z ``latent_dim``, C the encoded condition's length, S ``image_size``.
    Images are float32 (N, 3, S, S) in [-1, 1]. Losses see conditions as :meth:`encode` returns them.
    Scores and logits are float32, also under autocast: a discriminator's last layers are those of ``layers.py``.
    """

    Config: ClassVar[type[ModelConfig]] = ModelConfig
    name: ClassVar[str]  # key in MODELS, in checkpoints and in records
    source: ClassVar[str]  # where the method comes from: paper or report
    condition_kinds: ClassVar[tuple[str, ...]]  # kinds of ConditionSpace that it can take
    attribute_count: ClassVar[int | None] = None  # of conditions of kind "attributes"; None: any number
    translates: ClassVar[bool] = False  # the generator takes (N, 3, S, S) images where others take latents
    unused: ClassVar[tuple[str, ...]] = ()  # settings of its Config that do nothing here
    least_batch_size: ClassVar[int] = 1  # 2 where an image needs another one's condition
    variants: ClassVar[Mapping[str, Mapping[str, Any]]] = {}  # named settings: fields of Config to replace
    beyond_reports: ClassVar[Mapping[str, str]] = {}  # variants that no report tried: where each comes from
    budget: ClassVar[Budget]  # how long the source trained
    variant_budgets: ClassVar[Mapping[str, Budget]] = {}  # of the variants that have one of their own

    def __init__(self, config: ModelConfig, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.generator = generator
        self.discriminator = discriminator

    @classmethod
    def idle(cls, config: ModelConfig) -> tuple[str, ...]:
        """Settings that do nothing with the others; a person who gives one gets an error."""
        return ()

    @classmethod
    def contradiction(cls, config: ModelConfig) -> str | None:
        """The reason why these settings cannot go together, in one sentence, and the remedy; None if they can."""
        return None

    @classmethod
    def accepts(cls, config: ModelConfig, condition: Tensor) -> Tensor:
        """Bool (N,): True for each condition of the data set, (N, classes) or (N, attributes), that has an encoding.

        A model is neither trained nor scored on images with the others.
        """
        return torch.ones(len(condition), dtype=torch.bool, device=condition.device)

    def encode(self, condition: Tensor) -> Tensor:
        """Conditions of the data set, (N, classes) or (N, attributes), as the layers take them: (N, C).

        Raises:
            ValueError: a condition is none that :meth:`accepts` takes.
        """
        return one_hot(condition, self.config.conditions)

    @abstractmethod
    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Named, already weighted terms (scalars); the trainer minimises their sum."""

    @abstractmethod
    def generator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Named, already weighted terms (scalars); the trainer minimises their sum."""

    def generate(self, condition: Tensor) -> Tensor:
        """Images, float32, for encoded conditions from fresh latents."""
        latent = torch.randn(len(condition), self.config.latent_dim, device=condition.device)
        return self.generator(latent, condition).float()

    def discriminator_turn(self, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Losses of one discriminator update; the generator runs once, without gradients."""
        with torch.no_grad():
            fake = self.generate(condition)
        return self.discriminator_loss(real, fake, condition)

    def generator_turn(self, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Losses of one generator update."""
        return self.generator_loss(real, self.generate(condition), condition)

    def losses_of_turn(self, player: Turn, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Losses of one update of a player. In the generator's, the discriminator's weights need no gradient."""
        if player == "discriminator":
            return self.discriminator_turn(real, condition)
        self.discriminator.requires_grad_(False)
        try:
            return self.generator_turn(real, condition)
        finally:
            self.discriminator.requires_grad_(True)

    def cycle(self) -> tuple[Turn, ...]:
        """The turns of one training cycle, in order."""
        return ("discriminator",) * self.config.n_critic + ("generator",) * self.config.n_generator

    def optimizers(self) -> dict[Turn, Optimizer]:
        """One optimizer per player."""
        return {
            "discriminator": self.optimizer(self.discriminator.parameters()),
            "generator": self.optimizer(self.generator.parameters()),
        }

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """A player's optimizer."""
        return Adam(parameters, lr=self.config.learning_rate, betas=self.config.betas, fused=True)

    @torch.no_grad()
    def after_discriminator_update(self) -> None:
        """Change of the weights after each discriminator update, such as clipping."""


def one_hot(condition: Tensor, space: ConditionSpace) -> Tensor:
    """A multi-hot as it is, attribute indices as joined one-hots: float32 (N, ``space.one_hot_dim``)."""
    if space.kind != "attributes":
        return condition.float()
    columns = zip(condition.long().unbind(dim=1), space.sizes, strict=True)
    return torch.cat([F.one_hot(index, size) for index, size in columns], dim=1).float()
