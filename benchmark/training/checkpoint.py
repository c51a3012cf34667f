"""Saved training states: tensors as safetensors, counters as JSON, whole or not at all, the last two kept."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from typing_extensions import TypedDict

from benchmark.system.files import Amount, Count, read_checked, write_json
from benchmark.system.tensors import load_tensors, save_tensors
from benchmark.training.run_folder import numbered, step_file

KEPT = 2


class Counters(TypedDict):
    """The numbers of a training state."""

    step: Count
    turns: Count
    images_seen: Count
    seconds: Amount


def save(folder: Path, step: int, tensors: dict[str, Tensor], counters: Counters) -> Path:
    """Write ``step_<step>.safetensors``, then the JSON that makes it count; drop all but the last two.

    Returns:
        The path of the JSON.
    """
    path = step_file(folder, step, ".json")
    save_tensors(path.with_suffix(".safetensors"), tensors)
    write_json(path, counters)
    for old in complete(folder)[:-KEPT]:
        old.unlink()
        old.with_suffix(".safetensors").unlink(missing_ok=True)
    return path


def complete(folder: Path) -> list[Path]:
    """The JSON files of the checkpoints that were written to the end, oldest first."""
    return [path for path in numbered(folder, ".json") if path.with_suffix(".safetensors").exists()]


def load(path: Path) -> tuple[dict[str, Tensor], Counters]:
    """Tensors and counters of one checkpoint, given its JSON.

    Raises:
        UsageError: the file is damaged; the message names it and says how to go on.
    """
    counters = read_checked(path, Counters, remedy(path))
    return load_tensors(path.with_suffix(".safetensors"), remedy(path)), counters


def remedy(path: Path) -> str:
    """Advice about a damaged checkpoint."""
    others = [other for other in complete(path.parent) if other != path]
    return f"delete {path} to " + ("go on from the checkpoint before it" if others else "begin again")


def pack_optimizer(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's running tensors, flat; its settings come from the model's configuration."""
    state = optimizer.state_dict()["state"]
    return {f"{prefix}.{i}.{name}": torch.as_tensor(v) for i, values in state.items() for name, v in values.items()}


def unpack_optimizer(prefix: str, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what :func:`pack_optimizer` took out."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith(prefix + "."):
            index, _, key = name[len(prefix) + 1 :].partition(".")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
