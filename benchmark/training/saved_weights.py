"""The generator that a run leaves, and the check that it is still the one that was trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from benchmark.errors import UsageError
from benchmark.system.files import file_sha256
from benchmark.system.tensors import are_finite, save_tensors
from benchmark.training.run_config import Outcome
from benchmark.training.run_folder import OUTCOME, WEIGHTS

REMEDY = f"delete {OUTCOME} next to it and train again: that goes on from the checkpoint"


def save_weights(folder: Path, weights: Mapping[str, Tensor]) -> str:
    """Write the averaged generator of a run that has ended; return the file's sha256."""
    save_tensors(folder / WEIGHTS, weights)
    return file_sha256(folder / WEIGHTS)


def check_weights(path: Path, outcome: Outcome) -> str:
    """The sha256 of a generator's file, if the outcome names the same one, or none, as older outcomes do.

    Raises:
        UsageError: the file is missing, or another one.
    """
    named = outcome.weights_sha256
    if not path.exists():
        raise UsageError(f"{path} is missing; {REMEDY}")
    found = file_sha256(path)
    if named and found != named:
        raise UsageError(f"{path} has sha256 {found[:16]}, but the run ended with {named[:16]}; {REMEDY}")
    return found


def check_numbers(path: Path, weights: Mapping[str, Tensor], outcome: Outcome) -> None:
    """Raise UsageError if weights of a run that did not diverge are not all finite."""
    if outcome.status == "finished" and not are_finite(weights):
        raise UsageError(f"{path} has weights that are not finite, though the run did not diverge; {REMEDY}")
