"""Scores that somebody else gave submissions: a JSON list, one object per submission."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from benchmark.errors import UsageError


class GivenScore(BaseModel):
    """What somebody else says of one submission; other keys are of no interest."""

    id: str
    kind: str = ""
    official_score: dict[str, float | None]  # condition list -> score
    score_is_for_these_images: dict[str, bool | str] = {}  # by list; anything but true: perhaps of other draws

    def score_of(self, list_name: str) -> float | None:
        """The score of exactly the pictures that were handed in for a list, None if there is none."""
        return (
            self.official_score.get(list_name) if self.score_is_for_these_images.get(list_name, True) is True else None
        )


def read_scores(path: Path) -> list[GivenScore]:
    """The given scores.

    Raises:
        UsageError: the file is missing or something else.
    """
    try:
        return TypeAdapter(list[GivenScore]).validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a JSON list of scores") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{path}: {'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}") from error
