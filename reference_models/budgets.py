"""Training lengths of the sources, each in the unit that its source counts in, turned into generator updates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_models.base import ModelConfig


@dataclass(frozen=True)
class Cycles:
    """Training cycles, see ``ConditionalGAN.cycle``; a cycle has ``n_generator`` generator updates."""

    count: int
    stated: bool = True  # by a report; else chosen: see "Differs from the source"

    def updates(self, config: ModelConfig) -> int:
        """Generator updates in so many cycles."""
        return self.count * config.n_generator


@dataclass(frozen=True)
class Epochs:
    """Passes over the data, one batch per discriminator update.

    An epoch has as many updates as the usual loader gives batches: the last, smaller one counts. Batches here are all
    full, so the same number of updates sees up to one batch more per epoch.
    """

    count: int
    images: int  # in an epoch
    stated: bool = True  # as for Cycles

    def updates(self, config: ModelConfig) -> int:
        """Generator updates in so many epochs, at the batch size and the ratio of updates of the settings; at least 1.

        The last cycle is left out if it is incomplete.
        """
        batches = self.count * math.ceil(self.images / config.batch_size)
        return max(1, batches // config.n_critic) * config.n_generator


@dataclass(frozen=True)
class Updates:
    """Generator updates, whatever the settings; no report counts in them."""

    count: int
    stated: bool = False

    def updates(self, config: ModelConfig) -> int:
        """The count."""
        return self.count


Budget = Cycles | Epochs | Updates
