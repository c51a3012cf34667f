"""Tasks by name: which data, which models, which scores, how many samples; the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from benchmark.errors import UsageError
from evaluators import EVALUATORS

if TYPE_CHECKING:
    from benchmark.registry import Plugin
    from evaluators.base import Evaluator

# The scores that raise an alarm about a model, and what so many of its images are then; the leaderboard, which reads
# records without torch, finds them here.
ALARMS: Mapping[str, str] = {
    "near_duplicate_rate": "near duplicates of each other",
    "memorised_rate": "nearly training images",
}


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Numbers of images that are drawn and compared; part of the protocol id of every record."""

    draws: int  # latent draws per row of each condition list
    fidelity: int  # generated images with conditions of the training distribution
    reference: int  # at most so many training images to compare with
    returned: int  # redrawn images that are also redrawn back


STANDARD = Sizes(draws=10, fidelity=5_000, reference=10_000, returned=1_000)
SMOKE = Sizes(draws=2, fidelity=300, reference=300, returned=50)  # too few for a Fréchet distance, which is refused


@dataclass(frozen=True, kw_only=True)
class Task:
    """One competition: its name stands in records and tables."""

    name: str
    dataset: str  # key in DATASETS, or a plug-in's name
    models: tuple[str, ...]  # of MODELS, with variants; the first is drawn untrained, too; others that can also join
    condition_kind: Literal["multi_label", "attributes", "none"]  # as the data set's; "none": models see no condition
    main_score: str  # ranks the table
    headline: tuple[str, ...]  # scores that stand in the table itself; the others follow below it
    judge: str | None = None  # file name of the bundled judge, without ending; or the path of a .safetensors
    second_judge: str | None = None  # path of a .safetensors; a bundled judge has a bundled second one
    faces: bool = False  # every image shows one
    photographs: bool = False  # of people, whose faces face_recognition can tell apart
    translates: bool = False  # models redraw given images with other conditions
    first: tuple[str, ...] = ()  # models that a first run trains until something shows; others get `smoke`
    first_share: float = 0.0  # of the time of all trainings of a first run
    version: int = 1  # raise it, and add to changes, when the same model would be scored differently
    changes: Mapping[int, str] = field(default_factory=dict, compare=False)  # by later version: one sentence on it
    condition_sizes: tuple[int, ...] = ()  # values of each attribute; () where no evaluator needs to know
    own_evaluators: Mapping[str, type[Evaluator]] = field(default_factory=dict, compare=False)  # next to EVALUATORS
    shown: tuple[str, ...] | None = None  # the only scores that are computed; None: all that fit
    own_dataset: Any = field(default=None, compare=False)  # the DataSet of a task that is defined with one
    plugins: tuple[Plugin, ...] = field(default=(), compare=False)  # other packages' objects that define it
    source: str | None = field(default=None, compare=False)  # of its definition: a file, or a plug-in's name
    definition_sha256: str | None = None  # of its definition; None: a bundled one

    @property
    def conditional(self) -> bool:
        """True if models see a condition."""
        return self.condition_kind != "none"

    @property
    def condition_scores(self) -> tuple[str, ...]:
        """Evaluators of what the images show, by the judge."""
        return self._scores("condition")

    @property
    def main_condition_score(self) -> str | None:
        """The main score, or the first condition score of the headline, or of all; None if there is none."""
        judged = [name for name in self.condition_scores if self.evaluator(name).network == "judge"]
        return next((name for name in (self.main_score, *self.headline, *judged) if name in judged), None)

    @property
    def transfer_scores(self) -> tuple[str, ...]:
        """Evaluators of pairs of a source and its translation."""
        return self._scores("transfer")

    @property
    def face_scores(self) -> tuple[str, ...]:
        """Evaluators of faces: whether there is one, how sharp it is, its eyes."""
        return self._scores("face")

    @property
    def fidelity_scores(self) -> tuple[str, ...]:
        """Evaluators of generated images next to real ones, or alone."""
        return self._scores("fidelity")

    @property
    def scores(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.condition_scores, *self.transfer_scores, *self.face_scores, *self.fidelity_scores)

    @property
    def headline_conditions(self) -> tuple[str, ...]:
        """The condition scores of the headline."""
        return tuple(name for name in self.headline if name in self.condition_scores)

    def _scores(self, kind: str) -> tuple[str, ...]:
        found = {name: self.evaluator(name) for name in (*EVALUATORS, *self.own_evaluators)}
        return tuple(name for name, one in found.items() if one.kind == kind and self.shows(one) and self._wants(name))

    def _wants(self, name: str) -> bool:
        return self.shown is None or name in self.shown or name in self.own_evaluators

    def evaluator(self, name: str) -> type[Evaluator]:
        """The evaluator of one of its scores."""
        return self.own_evaluators[name] if name in self.own_evaluators else EVALUATORS[name]

    def shows(self, evaluator: type[Evaluator]) -> bool:
        """True if the task has what an evaluator declares that it needs."""
        networks = {"judge": self.judge, "judge_features": self.judge}
        networks |= {"detector": self.faces, "face_encoder": self.photographs}
        return (
            bool(networks.get(evaluator.network, True))
            and self.condition_kind in evaluator.condition_kinds
            and evaluator.condition_sizes in (None, self.condition_sizes)
            and ("images" if self.translates else "latents") in evaluator.inputs
        )


ONCE = (
    "Each held-out image is redrawn at most once; before, sources were drawn with replacement, so intervals were too "
    "narrow and near duplicates too many."
)
TASKS: dict[str, Task] = {
    "iclevr": Task(
        name="iclevr",
        dataset="iclevr",
        models=("cdcgan_iclevr", "cdcgan_iclevr:four_generator_steps", "acgan_iclevr", "wgan_iclevr", "modern_cgan"),
        condition_kind="multi_label",
        main_score="topk_accuracy",
        headline=("topk_accuracy", "topk_accuracy_per_image", "exact_match", "micro_f1", "fd_efficientnet_lite0"),
        judge="iclevr",
        version=2,
        changes={2: "The embedded data has the course's own 32 + 32 conditions in its lists, in the course's order."},
        first=("cdcgan_iclevr:channels=16",),
        first_share=0.25,
    ),
    "anime-faces": Task(
        name="anime-faces",
        dataset="anime-faces",
        models=("wgan_gp_hardest_negative", "cwgan_gp_tags", "cdcgan_pairs", "acgan_hair_eyes", "modern_cgan"),
        condition_kind="attributes",
        faces=True,
        main_score="joint_accuracy",
        headline=("joint_accuracy", "hair_accuracy", "eye_accuracy", "face_hit_rate", "fd_efficientnet_lite0"),
        judge="anime_faces",
        condition_sizes=(12, 11),
        first=("modern_cgan:channels=8:learning_rate=0.001",),
        first_share=0.5,
    ),
    "anime-faces-unconditional": Task(
        name="anime-faces-unconditional",
        dataset="anime-faces",
        models=("dcgan", "wgan", "mlp_gan"),
        condition_kind="none",
        faces=True,
        main_score="fd_efficientnet_lite0",
        headline=(
            "fd_efficientnet_lite0",
            "kid_efficientnet_lite0",
            "face_hit_rate",
            "face_hits_of_64",
            "near_duplicate_rate_of_64",
        ),
        first=("mlp_gan", "mlp_gan:sgd"),
        first_share=0.25,
    ),
    "anime-transfer": Task(
        name="anime-transfer",
        dataset="anime-faces",
        models=("stargan",),
        condition_kind="attributes",
        faces=True,
        main_score="hair_accuracy",
        headline=("hair_accuracy", "eye_accuracy", "no_op_rate", "reconstruction_distance", "fd_efficientnet_lite0"),
        judge="anime_faces",
        condition_sizes=(12, 11),
        translates=True,
        version=2,
        changes={2: ONCE},
    ),
    "celeba-transfer": Task(
        name="celeba-transfer",
        dataset="celeba",
        models=("stargan",),
        condition_kind="multi_label",
        main_score="fd_efficientnet_lite0",
        headline=(
            "fd_efficientnet_lite0",
            "same_person_rate",
            "face_hit_rate",
            "reconstruction_distance",
            "identity_distance",
            "near_duplicate_rate",
        ),
        faces=True,
        photographs=True,
        translates=True,
        version=3,
        changes={2: "Faces are found by face_recognition's detector.", 3: ONCE},
    ),
}

UPDATES = {"smoke": 2, "short": 1_500}
BUDGETS: Mapping[str, str] = {
    "smoke": f"{UPDATES['smoke']} generator updates: shows that everything runs, not a result",
    "short": f"{UPDATES['short']:,} generator updates",
    "report": "as many generator updates as the model's report, or as chosen where it does not say",
}


def generator_updates(budget: str, report_updates: int) -> tuple[str, int]:
    """Name and number of updates of a budget given by name or as a number.

    Raises:
        UsageError: neither a budget's name nor a number above 0.
    """
    if budget == "report":
        return budget, report_updates
    if budget in UPDATES:
        return budget, UPDATES[budget]
    if budget.isascii() and budget.isdecimal() and len(budget) < 10 and int(budget) > 0:
        return "custom", int(budget)
    raise UsageError(
        f"budget is {budget!r}; give {', '.join(BUDGETS)}, or a number of generator updates from 1 to 999,999,999"
    )


def budget_name(updates: int, report_updates: int) -> str:
    """Name of a budget of so many generator updates: report, short or custom; smoke scores other images."""
    if updates == report_updates:
        return "report"
    return "short" if updates == UPDATES["short"] else "custom"


def sizes_of(budget: str) -> Sizes:
    """Numbers of images that are drawn and compared for a budget."""
    return SMOKE if budget == "smoke" else STANDARD
