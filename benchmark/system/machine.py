"""The machine: device, number format, memory layout, processor, and what a record says about it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import torch
from torch import nn

from benchmark.errors import UsageError

DEVICES = ("cpu", "cuda", "mps")
BFLOAT16_FLAGS = frozenset({"amx_tile", "avx512_bf16"})  # of processors that multiply bfloat16 without emulation
SPEED_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt(3)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Device and precision of computations; recorded with every result.

    bfloat16 is chosen where there are instructions for it: CUDA devices since Ampere, and CPUs with AMX or
    AVX512_BF16 (an update then takes about half the time). Other CPUs emulate it at a loss and stay with float32.
    """

    device: torch.device
    precision: str  # "float32" or "bfloat16": what autocast computes convolutions in
    channels_last: bool

    def autocast(self) -> torch.autocast:
        """The context of a model's forward pass."""
        enabled = self.precision == "bfloat16"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=enabled)

    @property
    def device_name(self) -> str:
        """Name of the device."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else cpu_name()

    def memory(self) -> int:
        """Bytes that the device has in all."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_properties(self.device).total_memory
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    @property
    def memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def wait(self) -> None:
        """Wait until the device has done what it was given, which a GPU does behind Python's back."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def place(self, network: nn.Module) -> nn.Module:
        """Move a network to the device, in the layout in which it runs fastest."""
        return network.to(self.device, memory_format=self.memory_format)


def this_machine(device: str = "auto", precision: str = "auto") -> Machine:
    """Choose device and number format; a named CUDA device becomes torch's current device.

    Random states, free memory and CUDA graphs are those of the current device.

    Args:
        device: ``"auto"`` (CUDA if there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ...
        precision: ``"auto"``, ``"float32"`` or ``"bfloat16"``.

    Raises:
        UsageError: the device is not available, or the precision is unknown.
    """
    chosen = _device(device)
    if chosen.type == "cuda":  # products are repeatable with this; cuBLAS reads it when it is first used
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if precision not in {"auto", "float32", "bfloat16"}:
        raise UsageError(f"precision is {precision!r}; it may be auto, float32 or bfloat16")
    if precision == "auto":
        precision = "bfloat16" if _gains_from_bfloat16(chosen) else "float32"
    return Machine(device=chosen, precision=precision, channels_last=True)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.partition(":")[0] not in DEVICES:
        raise UsageError(f"device is {name!r}; give auto, {', '.join(DEVICES)}, or one of several as cuda:1")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = shorten(str(error).splitlines()[0], 120)
        raise UsageError(f"device {name!r} cannot be used here ({reason}); give cpu, cuda or auto") from error
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    return device


def _gains_from_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and not BFLOAT16_FLAGS.isdisjoint(cpu_flags())


def keep_freed_memory() -> None:
    """Tell glibc to keep freed activations for the next step instead of handing them back page by page.

    Without it each step faults its tens of megabytes in again: about a tenth of a CPU step. No effect elsewhere.
    """
    if platform.system() == "Linux" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Same seed, same device, same bytes, as far as torch can: inside, its kernels are repeatable ones.

    With CUDA, torch warns of an operation that has no such kernel. A CPU needs no settings for it.

    Source: https://docs.pytorch.org/docs/stable/notes/randomness.html
    """
    cudnn, memory = torch.backends.cudnn, torch.utils.deterministic
    before = cudnn.deterministic, cudnn.benchmark, memory.fill_uninitialized_memory
    kernels = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn.deterministic, cudnn.benchmark = True, False
    if device.type == "cuda":
        memory.fill_uninitialized_memory = False  # it takes time, and nothing here reads what was not written
        torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        cudnn.deterministic, cudnn.benchmark, memory.fill_uninitialized_memory = before
        if device.type == "cuda":
            torch.use_deterministic_algorithms(kernels[0], warn_only=kernels[1])


def cpu_name() -> str:
    """The processor's name."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def cpu_flags() -> set[str]:
    """Instruction sets, such as ``amx_tile``; empty where the system does not say."""
    return set(_cpuinfo("flags").split())


def instruction_sets() -> tuple[str, ...]:
    """The instruction sets that decide how fast this processor computes."""
    there = cpu_flags()
    return tuple(name for name in SPEED_FLAGS if name in there)


def _cpuinfo(field: str) -> str:
    """The first value of a field in Linux's list of processors; empty elsewhere."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == field:
                return value.strip()
    return ""
