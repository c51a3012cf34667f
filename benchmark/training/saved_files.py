"""What a run folder's JSON files hold: read with every type checked, for they may have been edited or damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from benchmark.errors import UsageError
from benchmark.system.json_files import Amount, Count, read_checked
from benchmark.training.loop import TrainConfig
from benchmark.training.run_folder import CONFIG, OUTCOME, has_ended, is_run


class SavedConfig(TypedDict):
    """What a run computes."""

    task: str
    budget: str
    model: str
    model_config: dict[str, Any]  # configs.from_json looks closer
    train_config: TrainConfig
    data_label: str
    data_digest: str
    precision: Literal["float32", "bfloat16"]
    memory_format: Literal["channels_last", "contiguous"]


class SavedOutcome(TypedDict):
    """How a run ended."""

    status: Literal["finished", "diverged"]
    reason: NotRequired[str]
    step: NotRequired[Count]
    turns: NotRequired[Count]
    images_seen: Count
    seconds: Amount
    images_per_second: Amount


def read_config(folder: Path) -> dict[str, Any]:
    """A run's configuration as JSON.

    Raises:
        UsageError: the folder holds no run, or the file is damaged.
    """
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run (no {CONFIG}); give the folder that 'cgan-bench train' wrote")
    return read_checked(folder / CONFIG, SavedConfig, "train into another folder")


def read_outcome(folder: Path) -> dict[str, Any]:
    """How a run ended.

    Raises:
        UsageError: it has not ended, or the file is damaged.
    """
    if not has_ended(folder):
        raise UsageError(f"{folder} holds a run that has not ended; go on with the 'cgan-bench train' that began it")
    remedy = "delete it and train again: that goes on from the checkpoint"
    return read_checked(folder / OUTCOME, SavedOutcome, remedy)
