"""Files of weights with a model card next to them: written whole, read only if they belong together."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Card = TypeVar("Card", bound=BaseModel)


@dataclass(frozen=True)
class WeightsWithCard:
    """A kind of model whose weights have a card; every error is a ValueError of one line that names the file.

    Args:
        owner: the kind in error messages, such as "judge".
        suffix: of the weights' file.
        all_suffixes: of all files of one model, in words.
    """

    owner: str
    suffix: str
    all_suffixes: str

    def card_path(self, weights: Path) -> Path:
        """Path of a weights file's card."""
        if weights.suffix != self.suffix:
            raise ValueError(
                f"{weights}: a {self.owner}'s file ends in {self.suffix}, with its card next to it in .json"
            )
        return weights.with_suffix(".json")

    def read(self, path: Path) -> bytes:
        """The content of one of the files."""
        try:
            return path.read_bytes()
        except OSError as error:
            given = f"{path}: cannot be read ({error.strerror})"
            raise ValueError(f"{given}; give a {self.owner}'s {self.all_suffixes}") from error

    def read_card(self, path: Path, card_class: type[Card]) -> Card:
        """A card; an error names the first field that is wrong."""
        try:
            return card_class.model_validate_json(self.read(path))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "the file"
            raise ValueError(
                f"{path}: not a {self.owner}'s card: {field}: {first['msg']}; give the card that was written with it"
            ) from error

    def read_weights(self, path: Path, digest: str) -> bytes:
        """The weights, if they have the sha256 on their card."""
        content = self.read(path)
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise ValueError(
                f"{path}: sha256 is {found}, its card says {digest}; the file is damaged or another {self.owner}'s; "
                "copy both again"
            )
        return content

    def check_own(self, path: Path, weights: bytes, digest: str) -> None:
        """Raise ValueError if a card to be written has the sha256 of other weights."""
        found = hashlib.sha256(weights).hexdigest()
        if found != digest:
            raise ValueError(f"{path}: the card is of weights {digest}, the {self.owner} has {found}; give its own")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
