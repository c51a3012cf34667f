"""What every single picture did, beside the record that counts them: for comparing two records pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from benchmark.atomic import replacing
from benchmark.checkpoint import load_tensors


def outcomes_path(record: Path) -> Path:
    """Where the outcomes behind a record lie."""
    return record.parent / "outcomes" / f"{record.stem}.safetensors"


def save_outcomes(record: Path, outcomes: Mapping[str, Tensor]) -> None:
    """Write the outcomes, uint8 (N, 2) hits and trials of each picture, by score; nothing if there are none."""
    if outcomes:
        with replacing(outcomes_path(record)) as temporary:
            save_file({name: tensor.contiguous() for name, tensor in outcomes.items()}, temporary)


def load_outcomes(record: Path) -> dict[str, Tensor]:
    """The outcomes behind a record, by score.

    Raises:
        UsageError: they are missing or damaged.
    """
    return load_tensors(outcomes_path(record), "score the run again into an empty folder")
