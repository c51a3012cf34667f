"""Saved training states: tensors as safetensors, counters as JSON, whole or not at all, the last two kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NotRequired

import torch
from torch import Tensor
from typing_extensions import TypedDict

from benchmark.errors import UsageError
from benchmark.system.files import Amount, Count, read_checked, sha256_text, write_json
from benchmark.system.tensors import are_finite, digest_of_tensors, load_tensors, save_tensors
from benchmark.training.run_folder import numbered, step_file, step_of

KEPT = 2


class Counters(TypedDict):
    """The numbers of a training state."""

    step: Count
    turns: Count
    images_seen: Count
    seconds: Amount
    sha256: NotRequired[str]  # of the above and of the tensors; checkpoints by earlier versions have none


def save(folder: Path, step: int, tensors: dict[str, Tensor], counters: Counters) -> Path:
    """Write ``step_<step>.safetensors``, then the JSON that completes the checkpoint; keep only the one before it.

    Checkpoints of later updates stay until the run reaches those updates and overwrites them. There are some if a later
    checkpoint was damaged and the run went on from an earlier one.

    Returns:
        The path of the JSON.
    """
    path = step_file(folder, step, ".json")
    digest = save_tensors(path.with_suffix(".safetensors"), tensors)
    write_json(path, counters | {"sha256": _sealed(counters, digest)})
    for old in [other for other in complete(folder) if step_of(other) <= step][:-KEPT]:
        old.unlink()
        old.with_suffix(".safetensors").unlink(missing_ok=True)
    return path


def _sealed(counters: Counters, tensors_digest: str) -> str:
    """sha256 of a checkpoint's numbers and tensors."""
    return sha256_text(f"{json.dumps(counters, sort_keys=True)} {tensors_digest}")


def complete(folder: Path) -> list[Path]:
    """The JSON files of the checkpoints that were written to the end, oldest first."""
    return [path for path in numbered(folder, ".json") if path.with_suffix(".safetensors").exists()]


def load(path: Path) -> tuple[dict[str, Tensor], Counters]:
    """Tensors and counters of one checkpoint.

    Args:
        path: of its JSON.

    Raises:
        UsageError: the file is damaged; the message names it and says how to go on.
    """
    counters = read_checked(path, Counters, remedy(path))
    tensors = load_tensors(path.with_suffix(".safetensors"), remedy(path))
    sealed = counters.pop("sha256", None)
    if sealed and sealed != _sealed(counters, digest_of_tensors(tensors)):
        raise UsageError(f"{path} is damaged: it is not what was written (sha256); {remedy(path)}")
    if counters["step"] != step_of(path):
        raise UsageError(f"{path} says that it is of update {counters['step']}; {remedy(path)}")
    if not sealed and not are_finite(tensors):
        raise UsageError(f"{path} is damaged: it has numbers that are not finite; {remedy(path)}")
    return tensors, counters


def remedy(path: Path) -> str:
    """Advice about a damaged checkpoint: go on from an earlier one, or without any from the beginning of the run."""
    if any(step_of(other) < step_of(path) for other in complete(path.parent)):
        return f"delete {path} to go on from the checkpoint before it"
    later = [other.name for other in numbered(path.parent, ".json") if step_of(other) > step_of(path)]
    names = ", ".join([str(path), *later])
    return f"put a whole copy back, or delete {names} to begin this run again; the other files can stay"


def remove_incomplete(folder: Path) -> None:
    """Remove tensors without their JSON, as a killed process leaves them; no other process may be writing there."""
    for path in numbered(folder, ".safetensors"):
        if not path.with_suffix(".json").exists():
            path.unlink()


def pack_optimizer(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's running tensors, flat; its settings come from the model's configuration."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}.{i}.{name}": torch.as_tensor(v) for i, values in state.items() for name, v in values.items()}


def unpack_optimizer(prefix: str, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Restore an optimizer from the tensors of :func:`pack_optimizer`, each in the memory layout of its weights.

    A fused optimizer reads weights and running tensors in the order of memory, so the layouts have to be the same.
    """
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix + "."):
            index, _, key = name[len(prefix) + 1 :].partition(".")
            weight = weights[int(index)]
            alike = torch.empty_like(weight).copy_(tensor) if tensor.shape == weight.shape else tensor
            state.setdefault(int(index), {})[key] = alike.detach()
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
