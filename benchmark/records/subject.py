"""The subject of a record: a trained model with its training, a reference row, or images that were drawn elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from benchmark.records.part import Count, Name, Part, Sha256
from benchmark.system.files import sha256_text
from benchmark.tasks import MOST_UPDATES, UPDATES

if TYPE_CHECKING:
    from benchmark.records.protocol import Protocol

BudgetName = Literal["smoke", "short", "report", "custom"]
Budget = tuple[str, int | None]  # a name; its updates only where it is "custom"
Seed = Annotated[int, Field(ge=0, lt=2**63)]  # as --seed


def _plain_json(value: object) -> object:
    """Settings as JSON gives them back: tuples become lists; NaN and infinity are refused."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except TypeError as error:
        raise ValueError(str(error)) from error


Settings = Annotated[dict[str, JsonValue], BeforeValidator(_plain_json)]


class Parameters(Part):
    """Numbers of learned parameters."""

    generator: Count
    discriminator: Count


class ModelEntry(Part):
    """The trained model."""

    name: Name
    variant: Name | None
    config: Settings
    parameters: Parameters
    weights_sha256: Sha256 | None  # None: the run left no weights

    @property
    def full_name(self) -> str:
        """``model`` or ``model:variant``, as on the command line."""
        return self.name if self.variant is None else f"{self.name}:{self.variant}"


class ReferenceEntry(Part):
    """Images that were scored instead of a trained model's."""

    name: Literal["real", "shuffled", "untrained"]
    description: str


class Declaration(Part):
    """A person's statement on the training of a generator that drew images elsewhere; nobody has checked it."""

    budget: Literal["short", "report", "custom"] = "custom"  # report: as many updates as the source states
    updates: Annotated[int, Field(ge=1, le=MOST_UPDATES)]  # generator updates
    images_seen: Annotated[int, Field(ge=1, le=10**15)]  # real images shown to the discriminator, or to what trained it
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=1_000, strict=False)]  # of the trainings
    source: Annotated[str, Field(min_length=1, max_length=500)]  # paper, repository, person

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.budget == "short" and self.updates != UPDATES["short"]:
            raise ValueError(
                f"updates is {self.updates:,}, but the budget 'short' has {UPDATES['short']:,}; leave budget out"
            )
        if twice := [seed for seed in self.seeds if self.seeds.count(seed) > 1]:
            raise ValueError(f"seeds has {twice[0]} twice; give each seed of a training once")
        return self

    @property
    def digest(self) -> str:
        """sha256 of all fields."""
        return sha256_text(self.model_dump_json())


class ImagesEntry(Part):
    """Images that were drawn elsewhere; how is not known, or only declared."""

    name: Name  # that the person who scored them gave
    images_sha256: Sha256
    generator: str | None = Field(default=None, exclude_if=lambda name: name is None)  # a function that drew them
    declared: Declaration | None = Field(default=None, exclude_if=lambda declared: declared is None)


class TrainingEntry(Part):
    """The training: settings and duration."""

    budget: BudgetName
    total_updates: Count  # generator updates
    images_seen: Count
    batch_size: Annotated[int, Field(ge=1)]
    seed: int
    seconds: Annotated[float, Field(ge=0)]
    precision: Literal["float32", "bfloat16"]
    memory_format: Literal["channels_last", "contiguous"]
    config: Settings
    images_left_out: Count = Field(default=0, exclude_if=lambda count: count == 0)  # the model cannot express these
    # Of the log next to the record; None: there is none, or the record is older than this field.
    log_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)


PARTS = {"model": {"model", "training"}, "reference": {"reference"}, "images": {"images"}}  # by kind of record


class Subject(Part):
    """The record of one scored model or image set; its parts depend on its kind, see ``PARTS``."""

    kind: Literal["model", "reference", "images"]
    model: ModelEntry | None = None
    reference: ReferenceEntry | None = None
    training: TrainingEntry | None = None
    images: ImagesEntry | None = Field(default=None, exclude_if=lambda entry: entry is None)

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        expected = PARTS[self.kind]
        given = {name for name in set.union(*PARTS.values()) if getattr(self, name) is not None}
        if given != expected:
            raise ValueError(f"kind {self.kind!r} has {sorted(given)}; it must have {sorted(expected)} only")
        return self

    @property
    def content(self) -> dict[str, str | None]:
        """Digests of what was scored and what is declared of it; a reference row has none: protocol and code decide."""
        if self.model is not None:
            return {"weights_sha256": self.model.weights_sha256}
        if self.images is None:
            return {}
        declared = self.images.declared
        return {"images_sha256": self.images.images_sha256, "declared": declared and declared.digest}

    @property
    def budget_key(self) -> Budget:
        """The budget of a training, also a declared one."""
        budget, updates = self._budget
        return budget_of(updates) if budget == "custom" else (budget, None)

    @property
    def length_key(self) -> Budget:
        """The budget by number that a training of any budget is as long as; ``smoke`` is no length."""
        budget, updates = self._budget
        return (budget, None) if budget == "smoke" else budget_of(updates)

    @property
    def _budget(self) -> tuple[str, int]:
        if self.training is None:
            return self.images.declared.budget, self.images.declared.updates
        return self.training.budget, self.training.total_updates

    def name_under(self, protocol: Protocol) -> str:
        """File name of its record: task, what was scored, budget and seed if known, and the protocol's digest."""
        return record_name(protocol, self._name_parts())

    def _name_parts(self) -> list[str]:
        if self.images is not None:
            return ["images", self.images.name]
        if self.reference is not None:
            return ["reference", self.reference.name]
        training = self.training
        return run_parts(self.model.full_name, training.budget, training.total_updates, training.seed)


def budget_of(updates: int) -> Budget:
    """The budget of a training of so many updates that was requested by number."""
    return ("short", None) if updates == UPDATES["short"] else ("custom", updates)


def run_parts(model: str, budget: str, updates: int, seed: int) -> list[str]:
    """The parts of a record's file name that say which run it is of."""
    return [model, f"custom{updates}" if budget == "custom" else budget, f"seed{seed}"]


def record_name(protocol: Protocol, parts: Iterable[str]) -> str:
    """The file name of a record under a protocol."""
    named = [protocol.task, *parts, protocol.digest[:8]]
    return "-".join(re.sub(r"[^A-Za-z0-9._]", "-", part) for part in named) + ".json"
