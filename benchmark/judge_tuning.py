"""``cgan-bench judge tune``: a judge that has also learned from pictures that were handed in."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmark import judging
from benchmark.data.datasets import dataset_of
from benchmark.data.packing import open_data
from benchmark.errors import UsageError, complaints, refuse_bad_seed
from benchmark.grading.lists import assignment_of
from benchmark.handed_in import HandedIn, groups, read_pictures
from benchmark.judge_training import fraction
from benchmark.progress import Progress
from evaluators import judges
from evaluators.judges import Judge, JudgeCard, TuneSettings


def tune(
    task_name: str, paths: list[Path], part: str, source: str, start: Path | None, out: Path, seed: int,
    settings: TuneSettings,
) -> dict[str, Any]:  # fmt: skip
    """Tune a judge, check it on the held-out labelled pictures, and write it with its card.

    Submissions that share pictures are never divided between the parts.

    Raises:
        UsageError: a name, a number, the part or a file is wrong.
    """
    refuse_bad_options(out, seed, settings)
    task = judging.judged_task(task_name)
    path = start or judging.bundled(task)
    with complaints():
        old, card = judges.load_judge(path)
    handed_in = read_pictures(paths, assignment_of(task, [], None, draws=1, seed=0))
    chosen = part_of(groups(handed_in), part)
    drawn = drawn_pictures(handed_in, chosen)
    data = open_data(dataset_of(task), source)
    train, held_out, started = data.indices("train"), data.indices("held_out"), time.perf_counter()
    with Progress(f"tuning the judge of {task.name}", settings.updates) as progress, complaints():
        judge = judges.tune_judge(
            old, (data.images[train], data.conditions[train]), drawn, settings=settings, seed=seed,
            progress=lambda update, loss: progress.update(update, f"loss {loss:.3g}"),
        )  # fmt: skip
    tuning = {
        "submissions": chosen, "pictures": len(drawn[0]), "part": part, "seed": seed, "settings": asdict(settings),
        "pictures_sha256": hashlib.sha256(drawn[0].numpy().tobytes()).hexdigest(), "from_sha256": card.weights_sha256,
        "data": data.label, "data_digest": data.digest, "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    new_card = tuned_card(card, judge, data.images[held_out], data.conditions[held_out], tuning)
    judges.save_judge(judge, new_card, data.images[held_out], out)
    return {"judge": str(out), "tuned_on": len(chosen)} | judging.flat_rates(new_card.held_out)


def tuned_card(
    card: JudgeCard, judge: Judge, images: torch.Tensor, conditions: torch.Tensor, tuning: dict[str, Any]
) -> JudgeCard:
    """The card of the judge before, with what the tuned one does on held-out labelled pictures."""
    return card.model_copy(
        update={
            "weights_sha256": hashlib.sha256(judges.judge_bytes(judge)).hexdigest(),
            "held_out": judges.check_judge(judge, images, conditions),
            "held_out_by_class": judges.check_judge_by_class(judge, images, conditions, card.class_names),
            "held_out_images": len(images),
            "self_test": judges.make_self_test(judge, *judges.known_pictures(images, conditions)),
            "tuning": tuning,
        }
    )


def refuse_bad_options(out: Path, seed: int, settings: TuneSettings) -> None:
    """Raise UsageError for the first option that cannot be."""
    if out.suffix != ".safetensors":
        raise UsageError(f"--out is {out}; give a file name ending in .safetensors")
    refuse_bad_seed(seed)
    if settings.updates < 1:
        raise UsageError(f"--updates is {settings.updates}; give 1 or more")
    for name in ("trust", "way"):
        if not 0 <= getattr(settings, name) <= 1:
            raise UsageError(f"--{name} is {getattr(settings, name)}; give 0 to 1")


def part_of(found: list[list[str]], part: str) -> list[str]:
    """The submissions of every n-th group, beginning with the k-th, for ``k/n``.

    Raises:
        UsageError: it is no such fraction, or it leaves nothing.
    """
    number, count = fraction(part)
    chosen = sorted(name for group in found[number - 1 :: count] for name in group)
    if not chosen:
        raise UsageError(f"--part {part} leaves nothing of {sum(map(len, found))} submissions")
    return chosen


def drawn_pictures(handed_in: HandedIn, chosen: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """All pictures of some submissions, and what each was asked to show."""
    lists = [(images, handed_in.conditions(name)) for one in chosen for name, images in handed_in.pictures[one].items()]
    images, conditions = zip(*lists, strict=True)
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(conditions))
