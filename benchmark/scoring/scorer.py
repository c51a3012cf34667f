"""Evaluators over the frozen sample set: images become scores, all under one protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from torch import Tensor

from benchmark.data.decoding import RESIZER
from benchmark.data.packed import PackedData
from benchmark.plugins.evaluators import Guarded, new_evaluator
from benchmark.random_streams import stream_key
from benchmark.records.entries import entry_of, second_entry
from benchmark.records.per_sample import PerSample, outcome_tensors
from benchmark.records.protocol import Protocol
from benchmark.records.record import SecondEntry
from benchmark.sampling import FIDELITY, SampleSet, permutation, sample_set
from benchmark.scoring.condition_scores import (
    ConditionScore,
    FirstImages,
    JudgeAnswers,
    WithPermutedConditions,
    evaluators_for_part,
)
from benchmark.scoring.image_sets import (
    ChosenImages,
    GeneratedImages,
    Images,
    distinct_images,
    generated_per_second,
    hold_out,
    show_images,
)
from benchmark.scoring.judges import judgeable
from benchmark.scoring.networks import Tools, networks_of
from benchmark.scoring.results import Results, compute_scores
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.scoring.translation_scores import translation_scores
from benchmark.system.machine import Machine
from benchmark.tasks import Sizes, Task, sizes_of
from evaluators.base import Score
from reference_models.base import ConditionalGAN

PROGRESS_IMAGES = 1_344  # 21 sheets of 64; a Fréchet distance needs 1,281
ROLES = {"judge": "judge", "second_judge": "second judge", "detector": "face detector", "face_encoder": "face encoder"}


@dataclass(kw_only=True)
class Scorer:
    """Scores generators and images of one task under one protocol; ``recording`` writes the results down."""

    task: Task
    data: PackedData
    sizes: Sizes
    machine: Machine
    networks: Mapping[str, ScoringNetwork]  # by role, see networks_of

    @cached_property
    def samples(self) -> SampleSet:
        """The frozen sample set."""
        return sample_set(self.task, self.sizes, self.data)

    @cached_property
    def reference(self) -> Images:
        """Training images to compare generated ones with: up to ``sizes.reference``, alike in all tasks of the data."""
        return self._images(self._reference_indices)

    @cached_property
    def _reference_indices(self) -> Tensor:
        return self._shuffled("train")[: self.sizes.reference]

    @cached_property
    def held_out(self) -> Images:
        """All held-out images in a fixed random order; sheets of sorted ones would look alike."""
        return self._images(self._shuffled("held_out"))

    def _shuffled(self, split: str) -> Tensor:
        """Indices of a split's images in an order that all tasks of the data set share."""
        chosen = self.data.chosen(split)
        return chosen[permutation(stream_key(self.task.dataset), len(chosen))]

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol of the scores."""
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
            judge_sha256=self._sha256("judge"),
            backbone_sha256=self._sha256("backbone"),
            detector_sha256=self._sha256("detector"),
            inception_sha256=self._sha256("inception"),
            definition_sha256=self.task.definition_sha256,
            face_encoder_sha256=self._sha256("face_encoder"),
        )

    def _sha256(self, role: str) -> str | None:
        return self.networks[role].sha256 if role in self.networks else None

    @property
    def fault(self) -> str | None:
        """The faults that self-tests find, in one line. Scores by such networks are left out; records are invalid."""
        faults = {ROLES[role]: self.networks[role].fault for role in ROLES if role in self.networks}
        return "; ".join(f"the {name} fails its self-test: {fault}" for name, fault in faults.items() if fault) or None

    def is_usable(self, role: str) -> bool:
        """True if there is a network for a role, and it passes its self-test."""
        needed = ("judge", role) if role == "judge_features" else (role,)
        return role == "none" or all(name in self.networks and not self.networks[name].fault for name in needed)

    def evaluator(self, name: str) -> Guarded:
        """A new evaluator, made with the network that it names."""
        evaluator = self.task.evaluator(name)
        network = None if evaluator.network == "none" else self.networks[evaluator.network].outputs
        return new_evaluator(evaluator, network)

    def model_scores(self, model: ConditionalGAN) -> Results:
        """All scores of a generator, whose images are generated in one pass and not kept."""
        generated = {name: self.generated(model, name) for name in self.samples.parts}
        first = FirstImages(self.sizes.returned if self.usable_scores(self.task.transfer_scores) else 0)
        parts = {name: generated[name] for name in self.condition_parts}
        found = self.scores(parts, generated[FIDELITY], first, permute=True)
        translated, refused = translation_scores(self, model, first.images) if first.count else ({}, {})
        entries = {name: entry_of(self.task, name, score) for name, score in translated.items()}
        return replace(
            found,
            scores=found.scores | entries,
            refused=found.refused | refused,
            per_sample=replace(found.per_sample, scores=found.per_sample.scores | outcome_tensors(translated)),
            images_per_second=generated_per_second(part.images for part in generated.values()),
            darkest=min(part.images.darkest for part in generated.values()),
        )

    def usable_scores(self, names: Iterable[str]) -> list[str]:
        """The names of those scores whose networks are usable."""
        return [name for name in names if self.is_usable(self.task.evaluator(name).network)]

    def progress_of(self, model: ConditionalGAN) -> dict[str, Score]:
        """The headline's condition scores of a generator; without conditions, its other scores of few images.

        Scores that need more images are left out.
        """
        if self.task.headline_conditions:
            parts = self.condition_parts
            judged = {name: self._condition_score(name, parts) for name in self.task.headline_conditions}
            for part in parts:
                show_images(self.generated(model, part), evaluators_for_part(judged, part), real=False)
            return compute_scores(judged)[0]
        names = [name for name in self.task.headline if name in self._unconditional]
        evaluators = self._after_real_images(names)
        show_images(self.generated(model, FIDELITY, at_most=PROGRESS_IMAGES), evaluators.values(), real=False)
        return compute_scores(evaluators)[0]

    def image_scores(self, images: Mapping[str, Tensor]) -> Results:
        """All scores of images: for each part of the sample set, uint8 (N, 3, S, S) in its order."""
        conditions = {
            part: self.samples.conditions[indices.start : indices.stop] for part, indices in self.samples.parts.items()
        }
        parts = {part: Images(images[part], conditions[part]) for part in conditions}
        return self.scores({name: parts[name] for name in self.condition_parts}, parts[FIDELITY])

    def generated(self, model: ConditionalGAN, part: str, at_most: int | None = None) -> Images:
        """One part of the sample set, or its beginning; generated when it is read."""
        indices = self.samples.parts[part][:at_most]
        conditions = self.samples.conditions[indices.start : indices.stop]
        return Images(GeneratedImages(model, self.samples, indices, self.machine), conditions)

    @property
    def condition_parts(self) -> list[str]:
        """The parts that condition scores look at: the condition lists, or where there are none the whole."""
        return [name for name in self.samples.parts if name != FIDELITY] or [FIDELITY]

    def scores(
        self, parts: Mapping[str, Images], fidelity: Images | None, *also: FirstImages, permute: bool = False
    ) -> Results:
        """All scores of the task that need no generator, in one pass over the images.

        Args:
            parts: images by part of the sample set, shown to the condition scores.
            fidelity: images that the other scores compare with the real ones and search for faces; None leaves these
                scores out.
            also: are shown the images of ``fidelity``, too.
            permute: also compute the main condition score of the images under each other's conditions.
        """
        usable = self.usable_scores(self.task.condition_scores)
        judged = {name: self._condition_score(name, list(parts)) for name in usable}
        has_judge = bool(judged) and self.is_usable("judge")
        answered = {part: JudgeAnswers(self.networks["judge"].outputs) for part in parts if has_judge}
        main = self.task.main_condition_score if permute and has_judge else None
        permuted = None if main is None else WithPermutedConditions(self.evaluator(main), parts.values())
        evaluators = self._after_real_images(self._unconditional if fidelity is not None else ())
        for images, names in distinct_images(parts, fidelity):
            seeing = [*evaluators.values(), *also] if images is fidelity else []
            for part in names:
                seeing += evaluators_for_part(judged, part)
                seeing += [each for each in (answered.get(part), permuted) if each is not None]
            show_images(images, seeing, real=False)
        found, refused = compute_scores({**judged, **evaluators})
        seconds = {name: self._second_entry(judged[name], found[name]) for name in judged if name in found}
        entries = {name: entry_of(self.task, name, found[name], seconds.get(name)) for name in found}
        answers = {part: each.answers(self._draws(part)) for part, each in answered.items()}
        return Results(
            scores=entries, refused=refused, per_sample=PerSample(answers, outcome_tensors(found)),
            permuted=permuted and permuted.compute(),
        )  # fmt: skip

    def _condition_score(self, name: str, parts: Sequence[str]) -> ConditionScore:
        """New evaluators of a condition score, also by the second judge, if the score is by a judge."""
        evaluator, second = self.task.evaluator(name), None
        if evaluator.network == "judge" and self.is_usable("second_judge"):
            second = new_evaluator(evaluator, self.networks["second_judge"].outputs)
        return ConditionScore(lambda: self.evaluator(name), parts, second)

    def _draws(self, part: str) -> int:
        return self.sizes.draws if part in self.data.condition_lists else 1

    def _second_entry(self, judged: ConditionScore, first: Score) -> SecondEntry | None:
        """The second judge's score of the same images."""
        opinion = judged.opinion(first)
        return opinion and second_entry(self.networks["second_judge"].sha256, opinion)

    def _after_real_images(self, names: Iterable[str]) -> dict[str, Guarded]:
        """New evaluators that have seen the real images."""
        evaluators = {name: self.evaluator(name) for name in names}
        show_images(self.reference, evaluators.values(), real=True)
        hold_out(self.held_out, evaluators.values())
        return evaluators

    @property
    def _unconditional(self) -> list[str]:
        """The usable scores other than condition scores; a few of them group images by condition."""
        return self.usable_scores((*self.task.face_scores, *self.task.fidelity_scores))

    def _images(self, indices: Tensor) -> Images:
        return Images(ChosenImages(self.data.images, indices), self.data.conditions[indices])


def scorer_of(task: Task, data: PackedData, budget: str, machine: Machine, tools: Tools | None = None) -> Scorer:
    """A scorer for runs of a task and a budget, with the bundled tools or other ones."""
    networks, data = networks_of(task, tools or Tools(), machine), judgeable(task, data)
    return Scorer(task=task, data=data, sizes=sizes_of(budget), machine=machine, networks=networks)
