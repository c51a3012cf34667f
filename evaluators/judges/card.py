"""The JSON card beside a judge's weights: what it is, what made it, how good it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from evaluators.judges.checking import Rate, check_judge, check_judge_by_class
from evaluators.judges.judge import Judge, judge_bytes
from evaluators.judges.self_test import SelfTest, known_pictures, make_self_test
from evaluators.judges.training import JudgeSettings

CARD_VERSION = 2
# History: 1 - first version. 2 - the self-test, the part of the data, accuracies by data set.


class JudgeCard(BaseModel):
    """Everything needed to repeat a judge and to trust it; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    card_version: Literal[2] = CARD_VERSION
    name: str
    task: str
    kind: Literal["multi_label", "attributes"]
    class_names: tuple[tuple[str, ...], ...]  # one list of objects, or one list per attribute
    architecture: str
    widths: tuple[int, ...]
    command: str  # that made it
    data: str  # "synthetic", or the name of the data set's folder or zip; several joined by " + "
    data_digest: str  # SHA-256 of what it was trained and checked on
    part: str = "1/1"  # the k-th of n stretches of the training pictures
    split: str  # how the held-out pictures were chosen
    training_images: int = Field(gt=0)
    held_out_images: int = Field(gt=0)
    settings: dict[str, Any]  # JudgeSettings
    seed: int
    train_seconds: float
    held_out: dict[str, Rate]  # hair, eyes, joint; or objects, exact_match
    held_out_by_class: dict[str, dict[str, Rate]]
    held_out_by_data: dict[str, dict[str, Rate]] = {}  # of a judge of several data sets
    self_test: SelfTest
    tuning: dict[str, Any] | None = None  # of a tuned judge: on which submissions, from which judge, how
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    torch_version: str

    @property
    def sizes(self) -> tuple[int, ...]:
        """Classes of each attribute; of a multi-label judge, one number."""
        return tuple(map(len, self.class_names))


def make_card(
    judge: Judge,
    images: Tensor,
    conditions: Tensor,
    *,
    class_names: Sequence[Sequence[str]],
    settings: JudgeSettings,
    **facts: Any,  # noqa: ANN401
) -> JudgeCard:
    """The card of a judge, with its accuracy on held-out pictures.

    Args:
        judge: as trained.
        images: uint8 (N, 3, S, S), pictures that it was not trained on; the last ones become its self-test and are
            written beside it, so they should be pictures that may be passed on.
        conditions: of these pictures, as ``train_judge``.
        class_names: the names of each attribute's values, or the one list of objects.
        settings: that it was trained with.
        facts: name, task, command, data, data_digest, split, training_images, seed, train_seconds; for several data
            sets or a part of them also part and held_out_by_data.

    Raises:
        ValueError: a fact is missing or unknown (pydantic's ValidationError), or the shapes do not fit.
    """
    return JudgeCard(
        kind=judge.kind,
        class_names=tuple(map(tuple, class_names)),
        architecture=judge.network.architecture,
        widths=judge.network.widths,
        held_out_images=len(images),
        settings=asdict(settings),
        held_out=check_judge(judge, images, conditions),
        held_out_by_class=check_judge_by_class(judge, images, conditions, class_names),
        weights_sha256=hashlib.sha256(judge_bytes(judge)).hexdigest(),
        self_test=make_self_test(judge, *known_pictures(images, conditions)),
        torch_version=torch.__version__,
        **facts,
    )
