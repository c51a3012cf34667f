"""Names of the files in a run folder. Does not import torch, so that a command can look at one quickly."""

from __future__ import annotations

from pathlib import Path

CONFIG = "config.json"  # what is trained, on what, how; a resumed run must agree with it
LOG = "log.jsonl"  # losses, turns, images seen and seconds, one line per generator update
SAMPLES = "samples"  # step_*.png: the same latents and conditions, now and then
CHECKPOINTS = "checkpoints"  # step_*.{safetensors,json}: the last two
SNAPSHOTS = "snapshots"  # step_*.safetensors: averaged generators for a curve, on request
WEIGHTS = "generator.safetensors"  # the averaged generator at the end
OUTCOME = "outcome.json"  # finished, or diverged and when
EVENTS = "tensorboard"  # event files, on request
CURVE = "curve.csv"  # of a benchmark's run that was undertrained; the image next to it

ENTRIES = (CONFIG, LOG, SAMPLES, CHECKPOINTS, SNAPSHOTS, WEIGHTS, OUTCOME, EVENTS, CURVE, "curve.png")


def step_file(folder: Path, step: int, suffix: str) -> Path:
    """Path of a file after that many generator updates."""
    return folder / f"step_{step:07d}{suffix}"


def numbered(folder: Path, suffix: str) -> list[Path]:
    """The files of a folder that :func:`step_file` names, by number."""
    found = [path for path in folder.glob(f"step_*{suffix}") if path.stem.removeprefix("step_").isdecimal()]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    """The generator updates in the name of such a file."""
    return int(path.stem.removeprefix("step_"))


def snapshots_of(folder: Path) -> dict[int, Path]:
    """The kept averaged generators of a run by their generator updates, in order."""
    return {step_of(path): path for path in numbered(folder / SNAPSHOTS, ".safetensors")}


def is_run(folder: Path) -> bool:
    """True if a run was begun there."""
    return (folder / CONFIG).exists()


def has_ended(folder: Path) -> bool:
    """True if a run was trained to its end, or to divergence."""
    return (folder / OUTCOME).exists()
