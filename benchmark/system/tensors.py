"""Tensors by name as safetensors files, whole or not at all, with a digest of what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.system.files import replacing

DIGEST = "sha256"  # in the header of a file; files by earlier versions have none


def digest_of_tensors(tensors: Mapping[str, Tensor]) -> str:
    """sha256 of names, number formats, shapes and bytes of tensors on the CPU, in the order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> str:
    """Write tensors, moved to the CPU in the usual layout, whole or not at all; return their digest."""
    plain = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}
    digest = digest_of_tensors(plain)
    with replacing(path) as temporary:
        save_file(plain, temporary, metadata={DIGEST: digest})
    return digest


def load_tensors(path: Path, remedy: str = "write it anew") -> dict[str, Tensor]:
    """Read tensors.

    Raises:
        UsageError: the file is missing, truncated, no safetensors file, or not as it was written.
    """
    try:
        with safe_open(path, framework="pt") as file:
            written = (file.metadata() or {}).get(DIGEST)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise UsageError(f"{path} is not a readable safetensors file ({error}); {remedy}") from error
    if written and written != digest_of_tensors(tensors):
        raise UsageError(f"{path} is damaged: its content is not what was written (sha256); {remedy}")
    return tensors


def are_finite(tensors: Mapping[str, Tensor]) -> bool:
    """True unless a number of the tensors is infinite or NaN."""
    return all(tensor.isfinite().all() for tensor in tensors.values())
