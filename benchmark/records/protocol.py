"""The protocol of scores: what two records must agree in to share a table."""

from __future__ import annotations

import json

from pydantic import Field, computed_field

from benchmark.records.part import Count, Part, Sha256, TaskName
from benchmark.system.files import sha256_text


class Protocol(Part):
    """The protocol of the scores; two records compare only if all of this is equal."""

    task: TaskName
    version: int
    condition_sha256: Sha256  # of the frozen conditions
    latent_sha256: Sha256  # of the frozen latents
    n_generated: Count
    n_real: Count
    reference_split: str
    data_digest: Sha256  # of the packed data
    resizer: str
    judge_sha256: Sha256 | None  # None: the task needs none
    backbone_sha256: Sha256 | None
    # Fields that were added later are left out of the JSON where they are None, so that older records keep their id:
    # of the face detector
    detector_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)
    # of the network of fid
    inception_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)
    # of the definition of a task that is not bundled
    definition_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)
    # of the network that tells different people's faces apart
    face_encoder_sha256: Sha256 | None = Field(default=None, exclude_if=lambda digest: digest is None)

    @computed_field
    @property
    def id(self) -> str:
        """Task, version and the digest's first 8 digits."""
        return f"{self.task}-v{self.version}-{self.digest[:8]}"

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON (sorted keys, no spaces) of all fields."""
        fields = self.model_dump(mode="json", exclude={"id"})
        return sha256_text(json.dumps(fields, sort_keys=True, separators=(",", ":")))
