"""The bundled detector on disk: ``NAME.svm`` (dlib's form) and ``NAME.json`` (its card).

dlib reads its files without suspicion, so it is shown only bytes whose hash stands on the card.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluators.detectors.anime_face_hog import PREPARATION, AnimeFaceHOG, scanner_of
from evaluators.judges.accuracy import Rate
from evaluators.model_card import WeightsWithCard, write_whole

FILES = WeightsWithCard("detector", ".svm", ".svm with its .json")


def save_detector(weights: bytes, card: DetectorCard, path: Path) -> None:
    """Write the weights to ``path``, the card next to it; each file appears whole or not at all.

    Raises:
        ValueError: the card is another detector's, or the path does not end in .svm.
    """
    FILES.check_own(path, weights, card.weights_sha256)
    target = FILES.card_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, weights)
    write_whole(target, (card.model_dump_json(indent=2) + "\n").encode())


def load_detector(path: Path) -> tuple[AnimeFaceHOG, DetectorCard]:
    """A detector and its card.

    Raises:
        ValueError: a file is missing or broken, card and weights do not belong together, or the detector was made for
            images prepared in another way; the message names the file and the mismatch.
    """
    card = FILES.read_card(FILES.card_path(path), DetectorCard)
    weights = FILES.read_weights(path, card.weights_sha256)
    if card.preparation != PREPARATION:
        raise ValueError(
            f"{path}: made for images prepared as {card.preparation!r}, here it is {PREPARATION!r}; "
            "train it again with 'cgan-bench detector train'"
        )
    try:
        return AnimeFaceHOG(scanner_of(weights), card.weights_sha256, card.threshold), card
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


class DetectorCard(BaseModel):
    """Everything needed to repeat a detector and to trust it; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    card_version: Literal[1] = 1
    name: str
    command: str  # that made it
    data: str  # names of the data sets of faces, joined by " + "
    data_digest: str  # SHA-256 of what it was trained and checked on
    scenes: str  # where the images of something else are from
    scenes_digest: str
    split: str  # how the held-out images were chosen
    training_faces: int = Field(gt=0)
    training_others: int = Field(gt=0)  # images without faces
    settings: dict[str, Any]  # DetectorSettings
    seed: int
    train_seconds: float
    preparation: str  # of the images before dlib sees them
    threshold: float
    held_out_hits: dict[str, Rate]  # by data set: held-out faces that are found
    held_out_false_alarms: dict[str, Rate]  # by what the images without faces are
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    dlib_version: str
