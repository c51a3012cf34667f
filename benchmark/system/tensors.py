"""Tensors by name as safetensors files, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.system.files import replacing


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors, moved to the CPU in the usual layout, whole or not at all."""
    plain = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        save_file(plain, temporary)


def load_tensors(path: Path, remedy: str = "write it anew") -> dict[str, Tensor]:
    """Read tensors.

    Raises:
        UsageError: the file is missing, truncated or no safetensors file.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise UsageError(f"{path} is not a readable safetensors file ({error}); {remedy}") from error
