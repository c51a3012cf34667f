"""A judge on disk: ``NAME.safetensors`` (float16 weights), ``NAME.json`` (its card), ``NAME.png`` (its self-test).

A card may name another judge's PNG in the same folder instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import safetensors
import safetensors.torch
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from evaluators.judges.accuracy import Rate, check_judge, check_judge_by_class
from evaluators.judges.judge import FACES, Judge, judge_bytes
from evaluators.judges.network import empty_network
from evaluators.judges.self_test import SelfTest, images_of, known_images, make_self_test, sheet_bytes
from evaluators.judges.training import JudgeSettings
from evaluators.model_card import WeightsWithCard, write_whole

FILES = WeightsWithCard("judge", ".safetensors", ".safetensors with its .json and .png")


def save_judge(judge: Judge, card: JudgeCard, images: Tensor, path: Path) -> None:
    """Write the weights to ``path``, card and images next to it; each file appears whole or not at all.

    Args:
        judge: as trained.
        card: of this judge.
        images: that the card was made with: uint8 (N, 3, S, S).
        path: ends in .safetensors.

    Raises:
        ValueError: the card is another judge's, or the path does not end in .safetensors.
    """
    content = judge_bytes(judge)
    FILES.check_own(path, content, card.weights_sha256)
    sheet, target = sheet_bytes(images[-len(card.self_test.conditions) :]), FILES.card_path(path)
    if hashlib.sha256(sheet).hexdigest() != card.self_test.images_sha256:
        raise ValueError(
            f"{path}: the card's self-test is of other images; save it with the images that its card was made of"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    write_whole(sheet_path(path, card), sheet)
    write_whole(target, (card.model_dump_json(indent=2) + "\n").encode())


def load_judge(path: Path) -> tuple[Judge, JudgeCard]:
    """A judge and its card.

    Raises:
        ValueError: a file is missing or broken, or card and weights do not belong together; the message
            names the file and the mismatch.
    """
    card = load_card(FILES.card_path(path))
    content = FILES.read_weights(path, card.weights_sha256)
    try:
        network = empty_network(card.architecture, sum(card.sizes), card.widths)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    network.load_state_dict(_checked_state(path, content, network.state_dict()), assign=True)
    return Judge(network.eval(), card.kind, card.sizes, card.attributes), card


def load_known_images(path: Path, card: JudgeCard) -> tuple[Tensor, Tensor]:
    """Images and conditions of a judge's self-test.

    Args:
        path: of the judge's weights.
        card: of the judge.

    Raises:
        ValueError: the file is missing or damaged; the message names it.
    """
    sheet, known = sheet_path(path, card), card.self_test
    content = FILES.read(sheet)
    digest = hashlib.sha256(content).hexdigest()
    if digest != known.images_sha256:
        raise ValueError(f"{sheet}: sha256 is {digest}, the judge's card says {known.images_sha256}")
    try:
        rows = [[int(number) for number in row.split()] for row in known.conditions]
        conditions = torch.tensor(rows, dtype=torch.uint8).reshape(len(rows), -1)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{FILES.card_path(path)}: the conditions of its self-test are no table of numbers") from error
    if not conditions.numel():
        raise ValueError(f"{FILES.card_path(path)}: its self-test has no conditions")
    return images_of(content, len(conditions)), conditions


def sheet_path(path: Path, card: JudgeCard) -> Path:
    """Path of the images of a judge's self-test: next to its weights, under their name or under the card's.

    Raises:
        ValueError: the card names a file elsewhere.
    """
    name = card.self_test.sheet
    if name is not None and (not name or name != Path(name).name):
        raise ValueError(f"{path}: its card names the sheet {name!r}; it must be a file in the same folder")
    return path.with_suffix(".png") if name is None else path.with_name(name)


def load_card(path: Path) -> JudgeCard:
    """The card alone.

    Raises:
        ValueError: no such file, or no judge's card; the message names it and the first field that is wrong.
    """
    return FILES.read_card(path, JudgeCard)


def _checked_state(path: Path, content: bytes, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    try:
        state = safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: not a safetensors file: {error}") from error
    missing, extra = sorted(expected.keys() - state.keys()), sorted(state.keys() - expected.keys())
    if missing or extra:
        raise ValueError(
            f"{path}: keys differ from its architecture: missing {missing or 'none'}, unknown {extra or 'none'}"
        )
    for name, value in expected.items():
        if state[name].shape != value.shape:
            given, allowed = tuple(state[name].shape), tuple(value.shape)
            raise ValueError(f"{path}: {name} has shape {given}, its card makes it {allowed}")
        if not torch.isfinite(state[name]).all():
            raise ValueError(f"{path}: {name} holds numbers that are not finite")
    return {name: value.float() for name, value in state.items()}


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
    attributes: tuple[str, ...] = FACES  # of kind attributes: their names
    architecture: str
    widths: tuple[int, ...]
    command: str  # that made it
    data: str  # "synthetic", or the name of the data set's folder or zip; several joined by " + "
    data_digest: str  # SHA-256 of what it was trained and checked on
    part: str = "1/1"  # the k-th of n stretches of the training images
    split: str  # how the held-out images were chosen
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
    """The card of a judge, with its accuracy on held-out images.

    Args:
        judge: as trained.
        images: uint8 (N, 3, S, S), images that it was not trained on; the last ones become its self-test and are
            written next to it, so they should be images that may be passed on.
        conditions: of these images, as ``train_judge``.
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
        attributes=judge.attributes,
        architecture=judge.network.architecture,
        widths=judge.network.widths,
        held_out_images=len(images),
        settings=asdict(settings),
        held_out=check_judge(judge, images, conditions),
        held_out_by_class=check_judge_by_class(judge, images, conditions, class_names),
        weights_sha256=hashlib.sha256(judge_bytes(judge)).hexdigest(),
        self_test=make_self_test(judge, *known_images(images, conditions)),
        torch_version=torch.__version__,
        **facts,
    )
