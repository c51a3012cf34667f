"""The bundled detector on disk: ``NAME.svm`` (dlib's form) and ``NAME.json`` (its card).

dlib reads its files without suspicion, so it is shown only bytes whose hash stands on the card.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from evaluators.detectors.anime_face_hog import PREPARATION, AnimeFaceHOG, scanner_of
from evaluators.detectors.card import DetectorCard
from evaluators.judges.files import write_whole

SUFFIX = ".svm"


def save_detector(weights: bytes, card: DetectorCard, path: Path) -> None:
    """Write the weights to ``path``, the card beside it; each file appears whole or not at all.

    Raises:
        ValueError: the card is another detector's, or the path does not end in .svm.
    """
    digest, target = hashlib.sha256(weights).hexdigest(), _card_path(path)
    if card.weights_sha256 != digest:
        raise ValueError(f"{path}: the card is of weights {card.weights_sha256}, the detector has {digest}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, weights)
    write_whole(target, (card.model_dump_json(indent=2) + "\n").encode())


def load_detector(path: Path) -> tuple[AnimeFaceHOG, DetectorCard]:
    """A detector and its card.

    Raises:
        ValueError: a file is missing or broken, card and weights do not belong together, or the detector was made for
            pictures prepared in another way; the message names the file and the mismatch.
    """
    card, weights = load_detector_card(_card_path(path)), _read(path)
    digest = hashlib.sha256(weights).hexdigest()
    if digest != card.weights_sha256:
        raise ValueError(
            f"{path}: sha256 is {digest}, its card says {card.weights_sha256}; "
            "the file is damaged or another detector's"
        )
    if card.preparation != PREPARATION:
        raise ValueError(f"{path}: made for pictures prepared as {card.preparation!r}, here it is {PREPARATION!r}")
    try:
        return AnimeFaceHOG(scanner_of(weights), digest, card.threshold), card
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def load_detector_card(path: Path) -> DetectorCard:
    """The card alone.

    Raises:
        ValueError: no such file, or no detector's card; the message names it and the first field that is wrong.
    """
    try:
        return DetectorCard.model_validate_json(_read(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise ValueError(f"{path}: not a detector's card: {field}: {first['msg']}") from error


def _card_path(path: Path) -> Path:
    if path.suffix != SUFFIX:
        raise ValueError(f"{path}: a detector's file ends in {SUFFIX}, with its card beside it in .json")
    return path.with_suffix(".json")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"{path}: cannot be read ({error.strerror}); give a detector's {SUFFIX} with its .json"
        ) from error
