"""Tasks by name: which data, which models, which scores, how many samples; the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Numbers of images that are drawn and compared; part of the protocol id of every record."""

    draws: int  # latent draws per row of each condition list
    fidelity: int  # generated images with conditions of the training distribution
    reference: int  # at most so many training images to compare with
    returned: int  # redrawn images that are also redrawn back


STANDARD = Sizes(draws=10, fidelity=5_000, reference=10_000, returned=1_000)
SMOKE = Sizes(draws=2, fidelity=300, reference=300, returned=50)  # too few for a Frechet distance, which is refused


@dataclass(frozen=True, kw_only=True)
class Task:
    """One competition: its name stands in records and tables."""

    name: str
    dataset: str  # key in DATASETS
    models: tuple[str, ...]  # of MODELS, with variants
    condition_scores: tuple[str, ...]  # evaluators of what the images show, by the judge
    fidelity_scores: tuple[str, ...]  # evaluators of how real they look, by features
    face_scores: tuple[str, ...] = ()  # evaluators of whether there is a face at all, by a detector
    transfer_scores: tuple[str, ...] = ()  # evaluators of pairs of a source and what was made of it
    main_score: str  # ranks the table
    headline: tuple[str, ...]  # scores that stand in the table itself; the others follow below it
    judge: str | None = None  # file name of the bundled judge, without ending
    conditional: bool = True  # else models see no condition
    translates: bool = False  # models redraw given images with other conditions
    version: int = 1  # raise it when the same model would be scored differently

    @property
    def scores(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.condition_scores, *self.transfer_scores, *self.face_scores, *self.fidelity_scores)

    @property
    def headline_conditions(self) -> tuple[str, ...]:
        """The condition scores of the headline."""
        return tuple(name for name in self.headline if name in self.condition_scores)


FIDELITY_SCORES = (
    "fd_efficientnet_lite0", "kid_efficientnet_lite0", "precision_efficientnet_lite0", "recall_efficientnet_lite0",
    "density_efficientnet_lite0", "coverage_efficientnet_lite0", "near_duplicate_rate", "memorised_rate",
    "fid",  # where its network is given
)  # fmt: skip
FROM_LATENTS = (*FIDELITY_SCORES, "diversity_efficientnet_lite0")  # of one condition, many images

TASKS: dict[str, Task] = {
    "iclevr": Task(
        name="iclevr",
        dataset="iclevr",
        models=("cdcgan_iclevr", "cdcgan_iclevr:four_generator_steps", "acgan_iclevr", "wgan_iclevr", "modern_cgan"),
        condition_scores=(
            "topk_accuracy",
            "topk_accuracy_per_image",
            "exact_match",
            "micro_f1",
            "macro_f1",
            "mean_average_precision",
            "spurious_object_rate",
        ),
        fidelity_scores=(*FROM_LATENTS, "fd_judge", "intra_object_fd_judge"),
        main_score="topk_accuracy",
        headline=("topk_accuracy", "topk_accuracy_per_image", "exact_match", "micro_f1", "fd_efficientnet_lite0"),
        judge="iclevr",
        version=2,
    ),
    "anime-faces": Task(
        name="anime-faces",
        dataset="anime-faces",
        models=("wgan_gp_hardest_negative", "cwgan_gp_tags", "cdcgan_pairs", "acgan_hair_eyes", "modern_cgan"),
        condition_scores=("hair_accuracy", "eye_accuracy", "joint_accuracy"),
        fidelity_scores=(*FROM_LATENTS, "fd_judge", "intra_attribute_fd_judge"),
        face_scores=("face_hit_rate",),
        main_score="joint_accuracy",
        headline=("joint_accuracy", "hair_accuracy", "eye_accuracy", "face_hit_rate", "fd_efficientnet_lite0"),
        judge="anime_faces",
    ),
    "anime-faces-unconditional": Task(
        name="anime-faces-unconditional",
        dataset="anime-faces",
        models=("dcgan", "wgan", "mlp_gan"),
        condition_scores=(),
        fidelity_scores=FIDELITY_SCORES,
        face_scores=("face_hit_rate", "face_hits_of_64"),
        main_score="fd_efficientnet_lite0",
        headline=(
            "fd_efficientnet_lite0",
            "kid_efficientnet_lite0",
            "face_hit_rate",
            "face_hits_of_64",
            "near_duplicate_rate",
        ),
        conditional=False,
    ),
    "anime-transfer": Task(
        name="anime-transfer",
        dataset="anime-faces",
        models=("stargan",),
        condition_scores=("hair_accuracy", "eye_accuracy", "joint_accuracy"),  # the eyes are to stay as they are
        fidelity_scores=(*FIDELITY_SCORES, "fd_judge", "intra_attribute_fd_judge"),
        face_scores=("face_hit_rate",),
        transfer_scores=("no_op_rate", "reconstruction_distance", "identity_distance"),
        main_score="hair_accuracy",
        headline=("hair_accuracy", "eye_accuracy", "no_op_rate", "reconstruction_distance", "fd_efficientnet_lite0"),
        judge="anime_faces",
        translates=True,
    ),
    "celeba-transfer": Task(
        name="celeba-transfer",
        dataset="celeba",
        models=("stargan",),
        condition_scores=(),
        fidelity_scores=FIDELITY_SCORES,
        transfer_scores=("reconstruction_distance", "identity_distance"),
        main_score="fd_efficientnet_lite0",
        headline=("fd_efficientnet_lite0", "reconstruction_distance", "identity_distance", "near_duplicate_rate"),
        translates=True,
    ),
}

UPDATES = {"smoke": 5, "short": 1_500}
BUDGETS: Mapping[str, str] = {
    "smoke": f"{UPDATES['smoke']} generator updates: walks the path, not a result",
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


def sizes_of(budget: str) -> Sizes:
    """Numbers of images that are drawn and compared for a budget."""
    return SMOKE if budget == "smoke" else STANDARD
