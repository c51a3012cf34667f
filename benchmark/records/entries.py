"""Parts of a record made from what they describe: a training, a score, a second judge's score."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmark.records.record import ModelEntry, Parameters, ScoreEntry, SecondEntry, TrainingEntry
from evaluators.base import Evaluator, Score
from evaluators.intervals import SecondOpinion

if TYPE_CHECKING:
    from reference_models.base import ConditionalGAN


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """A training that has ended, with the averaged generator that it left."""

    model: ConditionalGAN
    config: dict[str, Any]  # as in the run folder's config.json
    outcome: dict[str, Any]  # as in its outcome.json
    weights_sha256: str  # of the generator's file
    log: tuple[dict[str, float | None], ...] = ()  # a line of each generator update; None is not finite

    @property
    def finished(self) -> bool:
        """True if it reached its budget; False if it diverged."""
        return self.outcome["status"] == "finished"

    @property
    def images_per_second(self) -> float:
        """Real images shown to the discriminator per second of training."""
        return self.outcome["images_per_second"]

    def model_entry(self) -> ModelEntry:
        """The trained model."""
        name, _, variant = self.config["model"].partition(":")
        return ModelEntry(
            name=name,
            variant=variant or None,
            config=self.config["model_config"],
            parameters=Parameters(
                generator=sum(p.numel() for p in self.model.generator.parameters()),
                discriminator=sum(p.numel() for p in self.model.discriminator.parameters()),
            ),
            weights_sha256=self.weights_sha256,
        )

    def training_entry(self) -> TrainingEntry:
        """The training."""
        return TrainingEntry(
            budget=self.config["budget"],
            total_updates=self.config["train_config"]["total_updates"],
            images_seen=self.outcome["images_seen"],
            batch_size=self.config["model_config"]["batch_size"],
            seed=self.config["train_config"]["seed"],
            seconds=self.outcome["seconds"],
            precision=self.config["precision"],
            memory_format=self.config["memory_format"],
            config=self.config["train_config"],
        )


def score_entry(evaluator: type[Evaluator], score: Score, second: SecondEntry | None = None) -> ScoreEntry:
    """A score with what its evaluator says that it means, and what a second judge says."""
    return ScoreEntry(
        value=score.value,
        interval=score.interval,
        method=score.method,
        n=score.n,
        direction=evaluator.direction,
        unit=evaluator.unit,
        version=evaluator.version,
        groups=score.groups,
        second=second,
        value_range=tuple(bound if math.isfinite(bound) else None for bound in evaluator.value_range),
    )


def second_entry(digest: str, opinion: SecondOpinion) -> SecondEntry:
    """A second judge's answer, by the judge's sha256."""
    return SecondEntry(judge_sha256=digest, disagrees=opinion.disagrees, **asdict(opinion))
