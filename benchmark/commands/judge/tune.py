"""``cgan-bench judge tune``: a judge that has also learned from images that were handed in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.commands.judge import check
from benchmark.commands.judge.train import parse_fraction
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.errors import UsageError, check_ending, check_seed, complaints
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.grading.scored_submissions import GivenScore, HandedIn, groups, read_images, read_scores
from benchmark.scoring import judges as task_judges
from benchmark.system.terminal import Progress
from benchmark.tasks import Task
from evaluators.judges import accuracy, self_test, store
from evaluators.judges.judge import Judge, judge_bytes
from evaluators.judges.store import JudgeCard
from evaluators.judges.tuning import TuneSettings, trust_by_score, tune_judge
from evaluators.multi_label import requested_objects, topk_hits

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Images on which a judge is tuned."""

    submissions: list[Path]  # or folders of them
    part: str = "1/1"  # the k-th of n parts of them; those that share images are never divided
    scores: Path | None = None  # that somebody else gave them
    trust: float = 0.5  # in what was requested, where there is no such score
    data: str = "synthetic"  # labelled images


def tune(task_name: str, source: Source, start: Path | None, out: Path, seed: int, settings: TuneSettings) -> Row:
    """Tune a judge, check it on the held-out labelled images, and write it with its card.

    Raises:
        UsageError: a name, a number, the part or a file is wrong.
    """
    check_options(out, seed, settings, source.trust)
    task = task_judges.judged_task(task_name)
    given = {score.id: score for score in read_scores(source.scores)} if source.scores else {}
    with complaints():
        old, card = store.load_judge(start or task_judges.bundled_judge(task))
    handed_in = read_images(source.submissions, assignment_of(task, [], None, draws=1, seed=0))
    chosen = part_of(groups(handed_in), source.part)
    *drawn, trust = drawn_images(handed_in, chosen, old, given, source.trust)
    data = task_judges.judgeable(task, open_data(dataset_of(task), source.data))
    train, held_out, started = data.chosen("train"), data.chosen("held_out"), time.perf_counter()
    with Progress(f"tuning the judge of {task.name}", settings.updates) as progress, complaints():
        judge = tune_judge(
            old, (data.images[train], data.conditions[train]), tuple(drawn), trust, settings=settings, seed=seed,
            progress=lambda update, loss: progress.update(update, f"loss {loss:.3g}"),
        )  # fmt: skip
    tuning = {
        "command": command(task, source, settings, seed), "submissions": chosen,
        "images": len(drawn[0]), "part": source.part, "seed": seed,
        "images_sha256": hashlib.sha256(drawn[0].numpy().tobytes()).hexdigest(), "from_sha256": card.weights_sha256,
        "scores": source.scores.name if source.scores else None, "trust": source.trust, "settings": asdict(settings),
        "data": data.label, "data_digest": data.digest, "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    new_card = tuned_card(card, judge, data.images[held_out], data.conditions[held_out], tuning)
    store.save_judge(judge, new_card, data.images[held_out], out)
    return {"judge": str(out), "tuned_on": len(chosen)} | check.flat_rates(new_card.held_out)


def command(task: Task, source: Source, settings: TuneSettings, seed: int) -> str:
    """The command line that tunes the same judge again."""
    submissions = " ".join(path.name for path in source.submissions)
    scores = f"--scores {source.scores.name} " if source.scores else ""
    return (
        f"cgan-bench judge tune {submissions} --task {task.name} {scores}--part {source.part} --trust {source.trust} "
        f"--data {source.data} --seed {seed} --updates {settings.updates} --way {settings.way}"
    )


def tuned_card(card: JudgeCard, judge: Judge, images: Tensor, conditions: Tensor, tuning: dict[str, Any]) -> JudgeCard:
    """The card of the judge before, with what the tuned one does on held-out labelled images."""
    return card.model_copy(
        update={
            "weights_sha256": hashlib.sha256(judge_bytes(judge)).hexdigest(),
            "held_out": accuracy.check_judge(judge, images, conditions),
            "held_out_by_class": accuracy.check_judge_by_class(judge, images, conditions, card.class_names),
            "held_out_images": len(images),
            "self_test": self_test.make_self_test(judge, *self_test.known_images(images, conditions)),
            "tuning": tuning,
        }
    )


def check_options(out: Path, seed: int, settings: TuneSettings, trust: float) -> None:
    """Raise UsageError for the first option that cannot be."""
    check_ending("--out", out, ".safetensors")
    check_seed(seed)
    if settings.updates < 1:
        raise UsageError(f"--updates is {settings.updates}; give 1 or more")
    for name, value in (("trust", trust), ("way", settings.way)):
        if not 0 <= value <= 1:
            raise UsageError(f"--{name} is {value}; give 0 to 1")


def part_of(found: list[list[str]], part: str) -> list[str]:
    """The submissions of every n-th group, beginning with the k-th, for ``k/n``.

    Raises:
        UsageError: it is no such fraction, or it leaves nothing.
    """
    number, count = parse_fraction(part)
    chosen = sorted(name for group in found[number - 1 :: count] for name in group)
    if not chosen:
        raise UsageError(
            f"--part {part} leaves nothing of {sum(map(len, found))} submissions, "
            f"for only {len(found)} differ; give a larger part"
        )
    return chosen


def drawn_images(
    handed_in: HandedIn, chosen: list[str], judge: Judge, given: Mapping[str, GivenScore], default: float
) -> tuple[Tensor, Tensor, Tensor]:
    """All images of some submissions, their requested conditions, and how far to trust these: (N,), 0 to 1.

    Args:
        handed_in: all submissions.
        chosen: some of them.
        judge: whose own score of a list is compared with the given one.
        given: scores by submission.
        default: trust in lists without a score.
    """
    parts = []
    for one in chosen:
        for name, array in handed_in.images[one].items():
            images, conditions = torch.from_numpy(array.copy()), torch.from_numpy(handed_in.conditions(name))
            theirs = given[one].score_of(name) if one in given else None
            trust = default
            if theirs is not None:
                own = int(topk_hits(judge(images), conditions).sum()) / int(requested_objects(conditions).sum())
                trust = trust_by_score(theirs, own)
            parts.append((images, conditions, torch.full((len(images),), trust)))
    images, conditions, trusts = map(torch.cat, zip(*parts, strict=True))
    return images, conditions, trusts
