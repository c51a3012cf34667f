"""One JSON file per scored run: what was run, under which protocol, and what came out; never overwritten."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from benchmark.errors import UsageError
from benchmark.records.part import Count, Name, Part, Sha256
from benchmark.records.protocol import Protocol
from benchmark.records.ranges import Bounds, bounds_of, check_interval, check_range
from benchmark.records.subject import Subject
from benchmark.system.files import replacing

SCHEMA_VERSION = 1
# History: 1 - first version.

BUSY_CORES = 0.1  # if other programs kept more processors busy than this, a measured speed may be too low

OLDER_STATUSES = {"slow": "undertrained"}  # as older records have them
Status = Annotated[
    Literal["valid", "invalid", "diverged", "collapsed", "undertrained"],
    BeforeValidator(lambda status: OLDER_STATUSES.get(status, status) if isinstance(status, str) else status),
]
Interval = Annotated[tuple[float, float], Field(strict=False)]  # JSON has only lists
Range = Annotated[Bounds, Field(strict=False)]
Cores = Annotated[float, Field(ge=0)]
# What a score's evaluator declares; see evaluators.base.Evaluator.
DECLARED = ("direction", "unit", "version", "best_value", "images_of_a_unit", "has_independent_images",
            "is_over_real_images", "depends_on_count")  # fmt: skip


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
    groups: dict[str, float] = Field(default_factory=dict)  # the same number for parts, such as condition lists
    second: SecondEntry | None = None  # None: no judge was used
    value_range: Range | None = Field(default=None, exclude_if=lambda bounds: bounds is None)  # None: an older record
    # The fields from here on are not in the file if they have the default.
    # Of the plug-in's file that computed the score; None: a bundled evaluator, or an older record.
    evaluator_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)
    best_value: float | None = Field(default=None, exclude_if=lambda value: value is None)
    images_of_a_unit: Annotated[int, Field(ge=1)] = Field(default=1, exclude_if=lambda count: count == 1)
    has_independent_images: bool = Field(default=True, exclude_if=lambda holds: holds)
    is_over_real_images: bool = Field(default=False, exclude_if=lambda holds: not holds)
    depends_on_count: bool = Field(default=False, exclude_if=lambda holds: not holds)

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
    # Processors that other programs kept busy during the training, and during the scoring, of which sampling is a part;
    # None: the system or an older record does not say.
    other_cores: Cores | None = Field(default=None, exclude_if=lambda cores: cores is None)
    sample_other_cores: Cores | None = Field(default=None, exclude_if=lambda cores: cores is None)


class System(Part):
    """Machine, versions and time."""

    device: str
    cpu: str
    instruction_sets: Annotated[tuple[str, ...], Field(strict=False)] | None = Field(
        default=None, exclude_if=lambda names: names is None
    )  # those that matter for speed; None here and below: an older record
    threads: Count | None = Field(default=None, exclude_if=lambda count: count is None)  # of torch
    torch: str  # version
    python: str  # version
    cgan_bench: str  # version
    git_commit: str | None
    code_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)  # with its libraries
    created: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")]  # UTC


class PluginEntry(Part):
    """A model, evaluator, task or data set of another package that took part."""

    kind: str
    distribution: str | None  # the installed package; None: a file that no package lists
    version: str | None
    sha256: Sha256  # of the file that defines it


class Ranking(Part):
    """The scores that a task which is not bundled is about."""

    main_score: Name
    headline: Annotated[tuple[Name, ...], Field(strict=False)]


class Record(Subject):
    """Everything behind one result."""

    schema_version: Literal[1] = SCHEMA_VERSION
    status: Status
    reason: str | None = None  # why the status is not "valid"
    protocol: Protocol
    data_name: str  # "synthetic", or what the folder or zip was called, and how much was left out: not in the protocol
    scores: dict[Name, ScoreEntry]  # by evaluator
    refused: dict[Name, str] = Field(default_factory=dict)  # scores that would mean nothing, with the reason
    throughput: Throughput = Throughput()
    system: System
    plugins: dict[str, PluginEntry] = Field(
        default_factory=dict, exclude_if=lambda entries: not entries
    )  # by module:Object
    ranking: Ranking | None = Field(default=None, exclude_if=lambda ranking: ranking is None)  # None: a bundled task's
    # Of the file with the data of single images; None: there is no such file.
    per_sample_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.status == "valid") != (self.reason is None) or self.reason == "":
            raise ValueError(f"reason is {self.reason!r} with status {self.status!r}; give one unless 'valid'")
        return self

    @property
    def samples(self) -> tuple[str, str]:
        """The samples that its scores are over; image i of two records belongs together only if these are equal.

        Digests of the frozen conditions and latents; of a row of held-out images, its name and the data's digest.
        """
        if self.reference is not None and self.reference.name != "untrained":
            return self.reference.name, self.protocol.data_digest
        return self.protocol.condition_sha256, self.protocol.latent_sha256

    @property
    def file_name(self) -> str:
        """One name per result."""
        return self.name_under(self.protocol)

    @property
    def data_option(self) -> str:
        """The option that gives a command the same data, after a blank; empty for the embedded data."""
        source = re.sub(r" without [\d,]+ images$", "", self.data_name)  # those that a model leaves out by itself
        return "" if source == "synthetic" else f" --data {shlex.quote(source)}"

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
    except OSError:  # the name is taken; or there are no hard links here, and the rename will do
        check_free(path)


def check_free(path: Path) -> None:
    """Refuse a path that a record has already.

    Raises:
        UsageError: one has; the message says what to do.
    """
    if path.exists():
        raise UsageError(
            f"{path} exists, and a record is never overwritten; if another program has just written it, give the same "
            "command again, else write to another folder, or move that file away first"
        )
