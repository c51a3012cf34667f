"""``manifest.json``: what a submission says that it is. It may be left out where the files speak for themselves."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.errors import first_complaint
from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.submission.bundle import Bundle

NAME = "manifest.json"
MAX_BYTES = 100_000

FileName = Annotated[str, Field(min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ArrayImages(_Part):
    """Images as numbers: an ``.npz`` with one array per condition list, or one ``.npy`` file per list."""

    files: Annotated[dict[str, FileName], Field(min_length=1)] = Field(
        description="condition list -> file; of an .npz, the array that is called like the list"
    )
    layout: Literal["NCHW", "NHWC"]
    value_range: Literal["0..255", "0..1", "-1..1"] = Field(description="what black and white are")


class Weights(_Part):
    """A generator of a registered model."""

    file: FileName = Field("generator.safetensors", description=".safetensors, or .pt with nothing but tensors")
    config: FileName = Field("config.json", description="as a run folder has it: 'model' and 'model_config'")


class Onnx(_Part):
    """Any generator: inputs ``latent`` (N, latent_dim) and ``condition`` (N, C), one output (N, 3, S, S)."""

    file: FileName = "generator.onnx"
    value_range: Literal["0..1", "-1..1"] = Field("-1..1", description="what black and white are")


class Manifest(_Part):
    """The submission, in words. At least one of the three; images may come with the weights that drew them."""

    schema_version: Literal[1] = 1
    task: str | None = Field(None, description="if given, it must be the task that is graded")
    images: Literal["files"] | ArrayImages | None = Field(
        None, description="'files': their names say list and number; or what arrays hold"
    )
    weights: Weights | None = None
    onnx: Onnx | None = None

    @model_validator(mode="after")
    def _something(self) -> Manifest:
        if self.images is None and self.weights is None and self.onnx is None:
            raise ValueError("name at least one of images, weights and onnx")
        if self.weights is not None and self.onnx is not None:
            raise ValueError("give weights or onnx, not both")
        return self


def schema() -> dict[str, object]:
    """The JSON schema of ``manifest.json``."""
    return Manifest.model_json_schema()


def read_manifest(bundle: Bundle, task: str) -> Manifest | None:
    """The manifest at the top of a submission, or None if there is none.

    Raises:
        Rejected: it is no JSON, has unknown keys or wrong values, or speaks of another task.
    """
    found = [name for name in bundle.names if name.split("/")[-1] == NAME]
    if not found:
        return None
    place = min(found, key=lambda name: name.count("/"))
    try:
        manifest = Manifest.model_validate(json.loads(bundle.read(place, MAX_BYTES)))
    except ValidationError as error:
        raise Rejected(f"{NAME}: {first_complaint(error)}; see 'cgan-bench grade --schema'") from error
    except (ValueError, RecursionError) as error:
        raise Rejected(f"{NAME} is not JSON ({one_line(str(error), 100)})") from error
    if manifest.task is not None and manifest.task != task:
        raise Rejected(f"{NAME} is for task {one_line(manifest.task, 60)!r}, but this is {task}")
    return _from_its_folder(manifest, place.removesuffix(NAME))


def _from_its_folder(manifest: Manifest, folder: str) -> Manifest:
    """The manifest with file names that lead from the top, where it lies in a folder itself."""
    changed: dict[str, object] = {}
    if isinstance(manifest.images, ArrayImages):
        files = {name: folder + file for name, file in manifest.images.files.items()}
        changed["images"] = manifest.images.model_copy(update={"files": files})
    if manifest.weights is not None:
        names = {"file": folder + manifest.weights.file, "config": folder + manifest.weights.config}
        changed["weights"] = manifest.weights.model_copy(update=names)
    if manifest.onnx is not None:
        changed["onnx"] = manifest.onnx.model_copy(update={"file": folder + manifest.onnx.file})
    return manifest.model_copy(update=changed)
