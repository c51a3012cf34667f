"""One JSON file per scored run: what was run, under which protocol, and what came out; never overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    computed_field,
    model_validator,
)

from benchmark.errors import UsageError
from benchmark.records.ranges import Bounds, bounds_of, check_interval, check_range
from benchmark.system.files import replacing

SCHEMA_VERSION = 1
# History: 1 - first version.

OLDER_STATUSES = {"slow": "undertrained"}  # as older records have them
Status = Annotated[
    Literal["valid", "invalid", "diverged", "collapsed", "undertrained"],
    BeforeValidator(lambda status: OLDER_STATUSES.get(status, status) if isinstance(status, str) else status),
]
BudgetName = Literal["smoke", "short", "report", "custom"]


def _plain_json(value: object) -> object:
    """Settings as JSON gives them back: tuples become lists; NaN and infinity are refused."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except TypeError as error:
        raise ValueError(str(error)) from error


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
TaskName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Settings = Annotated[dict[str, JsonValue], BeforeValidator(_plain_json)]
Interval = Annotated[tuple[float, float], Field(strict=False)]  # JSON has only lists
Range = Annotated[Bounds, Field(strict=False)]
Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A part of a record: immutable, exact about types and keys, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _exact_keys(cls, data: Any, handler: Callable[[Any], Self], info: ValidationInfo) -> Self:  # noqa: ANN401
        """Name the allowed keys where one is unknown; computed fields in a file must agree with the rest."""
        if not isinstance(data, dict):
            return handler(data)
        computed = list(cls.model_computed_fields)
        for key in data:
            if key not in cls.model_fields and key not in computed:
                raise ValueError(f"unknown field {key!r}; allowed: {', '.join([*cls.model_fields, *computed])}")
        part = handler({key: value for key, value in data.items() if key not in computed})
        for key in computed:
            if (key in data or info.mode == "json") and data.get(key) != getattr(part, key):
                raise ValueError(f"{key} is {data.get(key)!r}, but the other fields give {getattr(part, key)!r}")
        return part


class Protocol(Part):
    """The protocol of the scores; two records compare only if all of this is equal."""

    task: TaskName
    version: int
    condition_sha256: Sha256  # of the frozen conditions
    latent_sha256: Sha256  # of the frozen latents
    n_generated: Count
    n_real: Count
    reference_split: str
    data_digest: Sha256  # of the packed data
    resizer: str
    judge_sha256: Sha256 | None  # None: the task needs none
    backbone_sha256: Sha256 | None
    # What came later is left out where it is None, so that older records keep their id:
    detector_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)  # of faces
    inception_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)  # of fid

    @computed_field
    @property
    def id(self) -> str:
        """Task, version and the digest's first 8 digits."""
        return f"{self.task}-v{self.version}-{self.digest[:8]}"

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON (sorted keys, no spaces) of all fields."""
        fields = self.model_dump(mode="json", exclude={"id"})
        return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


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


class ImagesEntry(Part):
    """Images that were drawn elsewhere; how is not known."""

    name: Name  # that the person who scored them gave
    images_sha256: Sha256


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


class SecondEntry(Part):
    """The same number by a second judge, of another architecture, seed and half of the data."""

    judge_sha256: Sha256
    value: float
    gap: float  # the first judge's value minus this one's
    spread: Annotated[float, Field(ge=0)] | None  # half of the gap's 95 % interval; None without outcomes
    disagrees: bool  # the gap is above its spread


class ScoreEntry(Part):
    """One evaluator's answer, with what the number means."""

    value: float
    interval: Interval | None  # 95 %, over the images
    method: str  # how the interval was made
    n: Count  # what the value is an average over
    direction: Literal["higher", "lower"]  # which is better
    unit: str  # one that starts with "fraction" is shown in %
    version: int
    groups: dict[str, float] = {}  # the same number for parts, such as condition lists
    second: SecondEntry | None = None  # None: no judge was used
    value_range: Range | None = Field(default=None, exclude_if=lambda bounds: bounds is None)  # None: an older record

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.interval is not None:
            check_interval(self.value, self.interval)
        check_range(self._numbers(), bounds_of(self.value_range, self.unit))
        return self

    def _numbers(self) -> dict[str, float]:
        """Every number on the evaluator's scale, with its name."""
        low, high = self.interval or (self.value, self.value)
        numbers = {"value": self.value, "interval's low end": low, "interval's high end": high}
        numbers |= {f"group {name!r}": value for name, value in self.groups.items()}
        return numbers | ({"the second judge's value": self.second.value} if self.second else {})


class Throughput(Part):
    """Speeds; None where nothing was timed."""

    train_images_per_second: Annotated[float, Field(ge=0)] | None = None
    sample_images_per_second: Annotated[float, Field(ge=0)] | None = None


class System(Part):
    """Machine, versions and time."""

    device: str
    cpu: str
    torch: str  # version
    python: str  # version
    cgan_bench: str  # version
    git_commit: str | None
    code_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)  # with its libraries
    created: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")]  # UTC


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
        """The digest of what was scored, by its name; empty for a reference row, which protocol and code decide."""
        if self.model is not None:
            return {"weights_sha256": self.model.weights_sha256}
        return {} if self.images is None else {"images_sha256": self.images.images_sha256}

    def name_under(self, protocol: Protocol) -> str:
        """File name of its record: task, what was scored, budget and seed if known, and the protocol's digest."""
        parts = [protocol.task, *self._middle(), protocol.digest[:8]]
        return "-".join(re.sub(r"[^A-Za-z0-9._]", "-", part) for part in parts) + ".json"

    def _middle(self) -> list[str]:
        if self.images is not None:
            return ["images", self.images.name]
        if self.reference is not None:
            return ["reference", self.reference.name]
        budget, updates = self.training.budget, self.training.total_updates
        return [
            self.model.full_name,
            f"custom{updates}" if budget == "custom" else budget,
            f"seed{self.training.seed}",
        ]


class Record(Subject):
    """Everything behind one result."""

    schema_version: Literal[1] = SCHEMA_VERSION
    status: Status
    reason: str | None = None  # why the status is not "valid"
    protocol: Protocol
    data_name: str  # "synthetic", or what the folder or zip was called: no part of the protocol
    scores: dict[Name, ScoreEntry]  # by evaluator
    refused: dict[Name, str] = {}  # scores that would mean nothing, with the reason
    throughput: Throughput = Throughput()
    system: System

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.status == "valid") != (self.reason is None) or self.reason == "":
            raise ValueError(f"reason is {self.reason!r} with status {self.status!r}; give one unless 'valid'")
        return self

    @property
    def file_name(self) -> str:
        """One name per result."""
        return self.name_under(self.protocol)

    def to_json(self) -> str:
        """Sorted keys, two spaces, a newline at the end; the same record gives the same bytes."""
        return json.dumps(self.model_dump(), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, folder: Path) -> Path:
        """Write the record into ``folder`` under :attr:`file_name`, whole or not at all; return the path.

        Raises:
            UsageError: that name is taken (the message says what to do), or the disk is full.
        """
        path = folder / self.file_name
        with replacing(path) as temporary:
            temporary.write_text(self.to_json(), encoding="utf-8", newline="\n")
            _claim(temporary, path)
        return path


def _claim(temporary: Path, path: Path) -> None:
    """Take the final name, or fail: a hard link never replaces a file, whoever else is writing it."""
    try:
        os.link(temporary, path)
    except OSError as error:  # the name is taken; or there are no hard links here, and the rename will do
        if path.exists():
            raise UsageError(
                f"{path} exists, and a record is never overwritten; "
                "train with another seed, write to another folder, or move that file away first"
            ) from error
