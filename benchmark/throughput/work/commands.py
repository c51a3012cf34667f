"""Whole commands, from start to end, in processes of their own: scoring, grading, ``--help``, a leaderboard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Prepared = tuple[Callable[[], None], Callable[[], int]]
TASK, MODEL = "anime-faces-unconditional", "mlp_gan"
SMALLER = """
import sys
from dataclasses import replace
from benchmark import tasks
tasks.STANDARD = replace(tasks.STANDARD, fidelity={images}, reference={references})
from benchmark.cli import main
sys.exit(main(sys.argv[1:]))
"""  # the command line, with other numbers of images than the protocol's


def command(*words: str, cache: Path | None = None, code: str | None = None) -> None:
    """Run cgan-bench.

    Raises:
        RuntimeError: it failed; the message has its last lines.
    """
    start = ["-c", code] if code else ["-m", "benchmark"]
    environment = os.environ | ({"CGAN_BENCH_CACHE": str(cache)} if cache else {})
    done = subprocess.run(
        [sys.executable, *start, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-5:])
        raise RuntimeError(f"cgan-bench {' '.join(words)} ended with {done.returncode}: {last}")


def score(images: int, references_there: bool, data: str = "synthetic") -> Prepared:
    """A first score of a run of 5 updates, with an empty cache of features or with those of the reference rows.

    Args:
        images: drawn by the run, and by the untrained generator of the reference rows.
        references_there: True if the reference rows' records and features are kept from before.
        data: of the run.
    """
    place = Path(tempfile.mkdtemp())
    cache, records, code = place / "cache", place / "records", SMALLER.format(images=images, references=2 * images)
    run = str(place / "run")
    command("train", "--task", TASK, "--model", MODEL, "--budget", "5", "--data", data, "--out", run, cache=cache)
    words = ("score", run, "--data", data, "--out", str(records))
    if references_there:
        command("references", "--task", TASK, "--data", data, "--out", str(records), cache=cache, code=code)
    kept = {path: path.read_bytes() for path in _files(cache / "features", records)}

    def before() -> None:
        for path in _files(cache / "features", records):
            if path not in kept:
                path.unlink()
        for path, content in kept.items():
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def score_it() -> int:
        command(*words, cache=cache, code=code)
        return images

    return before, score_it


def _files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def grading(submissions: int) -> Prepared:
    """Submissions of 64 images to the i-CLEVR course, graded by a process that starts for it."""
    import numpy as np
    from PIL import Image

    place, random = Path(tempfile.mkdtemp()), np.random.default_rng(0)
    for number in range(submissions):
        for part in ("test", "new_test"):
            target = place / "submissions" / f"participant_{number:02d}" / part
            target.mkdir(parents=True)
            for index in range(32):
                smooth = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 64))
                smooth.save(target / f"{index}.png")
    grades = place / "grades"

    def run() -> int:
        command("grade", str(place / "submissions"), "--task", "iclevr", "--out", str(grades))
        return submissions

    return (lambda: shutil.rmtree(grades, ignore_errors=True)), run


def verb(words: list[str]) -> Callable[[], int]:
    """A command that starts, says something and ends."""

    def run() -> int:
        command(*words)
        return 1

    return run


def module(words: list[str]) -> Callable[[], int]:
    """Another package's command, as ``python -m``."""

    def run() -> int:
        subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True)
        return 1

    return run


def leaderboard(records: int, source: str) -> Prepared:
    """Tables of so many records: those of a folder, over and over under other names, as if of other seeds."""
    place = Path(tempfile.mkdtemp())
    copies(Path(source), place / "records", records)

    def run() -> int:
        command("leaderboard", str(place / "records"), "--out", str(place / "tables"))
        return records

    return (lambda: shutil.rmtree(place / "tables", ignore_errors=True)), run


def copies(source: Path, target: Path, count: int) -> None:
    """Records of trained runs under other seeds and digests of their weights, with what single images did."""
    target.mkdir(parents=True)
    found = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(source.glob("*.json"))}
    trained = [(path, record) for path, record in found.items() if record["kind"] == "model"]
    for number in range(count):
        path, record = trained[number % len(trained)]
        seed = 1_000 + number
        training = record["training"] | {"seed": seed, "config": record["training"]["config"] | {"seed": seed}}
        model = record["model"] | {"weights_sha256": f"{seed:064x}"}
        name = path.name.replace(f"-seed{record['training']['seed']}-", f"-seed{seed}-")
        document = record | {"training": training, "model": model}
        (target / name).write_text(json.dumps(document), encoding="utf-8")
        if (answers := path.with_suffix(".safetensors")).exists():
            (target / name).with_suffix(".safetensors").symlink_to(answers.absolute())
