"""A detector's card: what made it, from which pictures, and how good it is on others."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluators.judges.checking import Rate


class DetectorCard(BaseModel):
    """Everything needed to repeat a detector and to trust it; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    card_version: Literal[1] = 1
    name: str
    command: str  # that made it
    data: str  # names of the data sets of faces, joined by " + "
    data_digest: str  # SHA-256 of what it was trained and checked on
    scenes: str  # where the pictures of something else are from
    scenes_digest: str
    split: str  # how the held-out pictures were chosen
    training_faces: int = Field(gt=0)
    training_others: int = Field(gt=0)  # pictures without faces
    settings: dict[str, Any]  # DetectorSettings
    seed: int
    train_seconds: float
    preparation: str  # of the pictures before dlib sees them
    threshold: float
    held_out_hits: dict[str, Rate]  # by data set: held-out faces that are found
    held_out_false_alarms: dict[str, Rate]  # by what the pictures without faces are
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    dlib_version: str
