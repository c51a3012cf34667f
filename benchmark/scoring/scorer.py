"""Evaluators over the frozen sample set: pictures become scores, all under one protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from benchmark.data.decoding import RESIZER
from benchmark.data.packed import PackedData
from benchmark.errors import complaints
from benchmark.model_settings import find_model, model_config
from benchmark.records.entries import score_entry, second_entry
from benchmark.records.per_sample import Answers, made_of
from benchmark.records.record import Protocol, ScoreEntry, SecondEntry
from benchmark.sampling import draw, permutation, redraw, sample_set, stream_key
from benchmark.scoring import detectors
from benchmark.scoring.networks import (
    CachedFeatures,
    Once,
    Tools,
    backbone,
    face_detector,
    inception_weights,
    judges_of,
    on,
    sha256_of,
)
from benchmark.system.machine import Machine
from benchmark.tasks import Sizes, Task, sizes_of
from evaluators import EVALUATORS
from evaluators.base import Score, TooFewImagesError
from evaluators.features import efficientnet_lite0, inception_v3
from evaluators.features.inception_v3 import load_inception_v3
from evaluators.image_translation import NoOpRate
from evaluators.intervals import second_opinion
from reference_models.base import ConditionalGAN

Network = Callable[[Tensor], Tensor]  # uint8 (N, 3, S, S) to float32 (N, K)
Test = Callable[[], str | None]  # what is wrong with a network, in one line; not asked before it is used
Findings = dict[str, Any]  # fields of a record that scoring fills in, and what lies beside it
FIDELITY = "fidelity"  # the part of the sample set whose conditions follow the training pictures'


@dataclass(frozen=True)
class Pictures:
    """Pictures with what they show, or were asked to show."""

    images: Tensor  # uint8 (N, 3, S, S)
    conditions: Tensor  # uint8 (N, C)


@dataclass(kw_only=True)
class Scorer:
    """Scores generators and pictures of one task under one protocol; ``recording`` writes down what it finds."""

    task: Task
    data: PackedData
    sizes: Sizes
    machine: Machine
    features: Network
    features_digest: str
    judge: Network | None = None  # None: no score of the task needs one
    judge_digest: str | None = None
    judge_test: Test | None = None
    second_judge: Network | None = None  # of other weights and data, asked the same to see whether both agree
    second_digest: str | None = None
    second_test: Test | None = None
    detector: Network | None = None  # uint8 (N, 3, S, S) to bool (N,); None: no score of the task asks for faces
    detector_digest: str | None = None
    detector_test: Test | None = None
    judge_features: Network | None = None  # what the judge reads its answers from
    inception: Network | None = None  # of fid, which is left out without it
    inception_digest: str | None = None

    @cached_property
    def samples(self):  # noqa: ANN201
        """The frozen sample set."""
        return sample_set(self.task, self.sizes, self.data)

    @cached_property
    def reference(self) -> Pictures:
        """Training pictures to compare generated ones with: at most so many, the same for all tasks of the data set."""
        return self._pictures(self._reference_indices)

    @cached_property
    def _reference_indices(self) -> Tensor:
        train = self.data.chosen("train")
        return train[permutation(stream_key(self.task.dataset), len(train))[: self.sizes.reference]]

    @cached_property
    def held_out(self) -> Pictures:
        """All held-out pictures."""
        return self._pictures(self.data.chosen("held_out"))

    @cached_property
    def protocol(self) -> Protocol:
        """How the scores come about."""
        return Protocol(
            task=self.task.name,
            version=self.task.version,
            condition_sha256=self.samples.condition_digest(),
            latent_sha256=self.samples.latent_digest(),
            n_generated=len(self.samples),
            n_real=len(self._reference_indices),
            reference_split="train",
            data_digest=self.data.digest,
            resizer=RESIZER,
            judge_sha256=self.judge_digest,
            backbone_sha256=self.features_digest,
            detector_sha256=self.detector_digest,
            inception_sha256=self.inception_digest,
        )

    @cached_property
    def judge_fault(self) -> str | None:
        """What the judge's self-test finds; None if nothing."""
        return self.judge_test() if self.judge_test else None

    @cached_property
    def detector_fault(self) -> str | None:
        """What the face detector's finds."""
        return self.detector_test() if self.detector_test else None

    @cached_property
    def second_fault(self) -> str | None:
        """What the second judge's finds."""
        return self.second_test() if self.second_test else None

    @cached_property
    def fault(self) -> str | None:
        """What all self-tests find. The scores of what fails are left out then, and records are invalid."""
        found = {
            "judge": self.judge_fault,
            "second judge": self.second_fault,
            "face detector": self.detector_fault,
        }
        return "; ".join(f"the {name} fails its self-test: {fault}" for name, fault in found.items() if fault) or None

    def model_scores(self, model: ConditionalGAN) -> tuple[Findings, float]:
        """All scores of a generator, and how many images a second it drew."""
        started = time.perf_counter()
        drawn = {name: self.draw(model, name) for name in self.samples.parts}
        speed = len(self.samples) / (time.perf_counter() - started)
        found = self.scores({name: drawn[name] for name in self.condition_parts}, drawn[FIDELITY])
        kept = self._transfer_scores(model, drawn[FIDELITY])
        found["scores"] |= {name: score_entry(EVALUATORS[name], score) for name, score in kept.items()}
        found["outcomes"] |= outcomes_of(kept)
        return found, speed

    def _transfer_scores(self, model: ConditionalGAN, redrawn: Pictures) -> dict[str, Score]:
        """What became of the sources, redrawn for their targets, back again, and for what they show already."""
        names = [name for name in self.task.transfer_scores if not (self.judge_fault and name == NoOpRate.name)]
        if not names:
            return {}
        count = self.sizes.returned
        sources, own = self.samples.sources[:count], self.samples.own[:count]
        made = {
            "redrawn": redrawn.images[:count],
            "returned": redraw(model, redrawn.images[:count], own, self.machine),
            "kept": redraw(model, sources, own, self.machine),
        }
        found = {}
        for name in names:
            evaluator = NoOpRate(self._networks["judge"]) if name == NoOpRate.name else EVALUATORS[name]()
            evaluator.update(sources, own, real=True)
            evaluator.update(made[evaluator.made], own, real=False)
            found[name] = evaluator.compute()
        return found

    def condition_scores_of(self, model: ConditionalGAN) -> dict[str, ScoreEntry]:
        """The headline's condition scores of a generator."""
        parts = {name: self.draw(model, name) for name in self.condition_parts}
        found = {name: self._condition_score(name, parts) for name in self.task.headline_conditions}
        return {name: score_entry(EVALUATORS[name], score) for name, score in found.items()}

    def picture_scores(self, drawn: Mapping[str, Tensor]) -> Findings:
        """All scores of pictures: for each part of the sample set, uint8 (N, 3, S, S) in its order."""
        conditions = {
            part: self.samples.conditions[indices.start : indices.stop] for part, indices in self.samples.parts.items()
        }
        pictures = {part: Pictures(drawn[part], conditions[part]) for part in conditions}
        return self.scores({name: pictures[name] for name in self.condition_parts}, pictures[FIDELITY])

    def draw(self, model: ConditionalGAN, part: str) -> Pictures:
        """One part of the sample set."""
        images, conditions = zip(*draw(model, self.samples, self.samples.parts[part], self.machine), strict=True)
        return Pictures(torch.cat(images), torch.cat(conditions))

    @property
    def condition_parts(self) -> list[str]:
        """The parts that condition scores look at: the condition lists, or where there are none the whole."""
        return [name for name in self.samples.parts if name != FIDELITY] or [FIDELITY]

    def untrained(self) -> ConditionalGAN:
        """The task's first model as it is before training, seed 0."""
        name = self.task.models[0]
        torch.manual_seed(0)
        model = find_model(name)[0](model_config(name, self.task))
        return self.machine.place(model).eval()

    def scores(self, parts: dict[str, Pictures], fidelity: Pictures | None) -> Findings:
        """All scores of the task, as ``scores``; each image's hits as ``outcomes``, and the judge's ``answers``.

        Args:
            parts: what the condition scores look at.
            fidelity: what is compared with the reference pictures and searched for faces; None leaves those scores out.
        """
        asked = () if self.judge_fault else self.task.condition_scores
        found = {name: self._condition_score(name, parts) for name in asked}
        seconds = {name: self._second_entry(name, parts, score) for name, score in found.items()}
        refused = {}
        for name in self._unconditional if fidelity is not None else ():
            try:
                found[name] = self._unconditional_score(name, fidelity)
            except TooFewImagesError as error:
                refused[name] = str(error)
        findings = {
            "refused": refused,
            "scores": {name: score_entry(EVALUATORS[name], found[name], seconds.get(name)) for name in found},
            "outcomes": outcomes_of(found),
        }
        if asked:
            findings["answers"] = {part: self._answers(part, pictures) for part, pictures in parts.items()}
        if self.fault:
            findings |= {"status": "invalid", "reason": self.fault}
        return findings

    def _condition_score(self, name: str, parts: dict[str, Pictures]) -> Score:
        judge = self._networks["judge"]
        total, each = EVALUATORS[name](judge), {}
        for part, pictures in parts.items():
            single = EVALUATORS[name](judge)
            for evaluator in (single, total):
                evaluator.update(pictures.images, pictures.conditions, real=False)
            each[part] = single.compute().value
        score = total.compute()
        return replace(score, groups=score.groups | each) if len(each) > 1 else score

    def _answers(self, part: str, pictures: Pictures) -> Answers:
        draws = self.sizes.draws if part in self.data.condition_lists else 1
        return Answers(
            self._networks["judge"](pictures.images).float().cpu().unflatten(0, (draws, -1)),
            pictures.conditions.unflatten(0, (draws, -1)),
        )

    def _second_entry(self, name: str, parts: dict[str, Pictures], first: Score) -> SecondEntry | None:
        if self.second_judge is None or self.second_fault:
            return None
        evaluator = EVALUATORS[name](self._second_judge)
        for pictures in parts.values():
            evaluator.update(pictures.images, pictures.conditions, real=False)
        return second_entry(self.second_digest, second_opinion(first, evaluator.compute()))

    def _unconditional_score(self, name: str, generated: Pictures) -> Score:
        evaluator = EVALUATORS[name](self._networks[EVALUATORS[name].network])
        evaluator.update(self.reference.images, self.reference.conditions, real=True)
        evaluator.hold_out(self.held_out.images)
        evaluator.update(generated.images, generated.conditions, real=False)
        return evaluator.compute()

    @property
    def _unconditional(self) -> list[str]:
        """The scores that ask no judge for its answers, of those whose networks are there and fit to be asked."""
        names = (*self.task.face_scores, *self.task.fidelity_scores)
        return [name for name in names if EVALUATORS[name].network in self._networks]

    @cached_property
    def _networks(self) -> dict[str, Once]:
        """Those that evaluators are made with, each asked once about the same pictures."""
        networks = {
            "judge": (self.judge, len(self.samples.parts)),
            "judge_features": (None if self.judge_fault else self.judge_features, 2),
            "backbone": (self.features, 3),  # of the pictures to compare with, held out, and scored
            "inception": (self.inception, 2),
            "detector": (None if self.detector_fault else self.detector, 1),
        }
        return {name: Once(network, keep) for name, (network, keep) in networks.items() if network}

    @cached_property
    def _second_judge(self) -> Once:
        return Once(self.second_judge, keep=len(self.samples.parts))

    def _pictures(self, indices: Tensor) -> Pictures:
        return Pictures(self.data.images[indices], self.data.conditions[indices])


def outcomes_of(scores: Mapping[str, Score]) -> dict[str, Tensor]:
    """What scores are made of, where that is known."""
    return {name: made for name, score in scores.items() if (made := made_of(score)) is not None}


def scorer_of(task: Task, data: PackedData, budget: str, machine: Machine, tools: Tools | None = None) -> Scorer:
    """What scores runs of a task and a budget, with the bundled tools or other ones."""
    tools = tools or Tools()
    finder = face_detector(task, tools.detector)
    with complaints():
        inception = load_inception_v3(inception_weights(tools.inception)) if tools.inception else None
    backbone_digest = sha256_of(efficientnet_lite0.FINGERPRINT)
    inception_digest = sha256_of(inception_v3.FINGERPRINT) if inception else None
    return Scorer(
        task=task,
        data=data,
        sizes=sizes_of(budget),
        machine=machine,
        features=CachedFeatures(on(machine.device, backbone), backbone_digest),
        features_digest=backbone_digest,
        inception=CachedFeatures(on(machine.device, inception), inception_digest, "fid") if inception else None,
        inception_digest=inception_digest,
        detector=CachedFeatures(finder, finder.digest, "looking for faces") if finder else None,
        detector_digest=finder.digest if finder else None,
        detector_test=(lambda: detectors.fault_in(finder)) if finder else None,
        **(judges_of(task, tools.judge, machine) if task.judge else {}),
    )
