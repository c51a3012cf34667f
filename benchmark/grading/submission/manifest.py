"""``manifest.json``: what a submission says that it is. It may be left out where the files speak for themselves."""

from __future__ import annotations

import json
import posixpath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.errors import first_complaint
from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.submission import parts
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.parts import MANIFEST

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


def read_manifest(bundle: Bundle, place: str, task: str) -> parts.Parts:
    """The parts that a manifest names.

    Args:
        bundle: the submission.
        place: the manifest's name in it.
        task: what is graded.

    Raises:
        Rejected: it is no JSON, has unknown keys or wrong values, or speaks of another task.
    """
    try:
        manifest = Manifest.model_validate(json.loads(bundle.read(place, MAX_BYTES)))
    except ValidationError as error:
        raise Rejected(f"{MANIFEST}: {first_complaint(error)}; see 'cgan-bench grade --schema'") from error
    except (ValueError, RecursionError) as error:
        raise Rejected(f"{MANIFEST} is not JSON ({one_line(str(error), 100)})") from error
    if manifest.task is not None and manifest.task != task:
        raise Rejected(f"{MANIFEST} is for task {one_line(manifest.task, 60)!r}, but this is {task}")
    return _parts(manifest, place.removesuffix(MANIFEST))


def _parts(manifest: Manifest, folder: str) -> parts.Parts:
    """The parts, with file names that lead from the top, where the manifest lies in a folder itself."""
    images, weights, onnx = manifest.images, manifest.weights, manifest.onnx
    if isinstance(images, ArrayImages):
        files = {name: _place(folder, file) for name, file in images.files.items()}
        images = parts.ArrayImages(files=files, layout=images.layout, value_range=images.value_range)
    return parts.Parts(
        images=images,
        weights=parts.Weights(file=_place(folder, weights.file), config=_place(folder, weights.config))
        if weights
        else None,
        onnx=parts.Onnx(file=_place(folder, onnx.file), value_range=onnx.value_range) if onnx else None,
    )


def _place(folder: str, file: str) -> str:
    """The name of a file in the submission: ``./a.npz`` and ``b/../a.npz`` are ``a.npz``.

    A path from the root, or one that climbs out, is no file's name and stays as it is.
    """
    return folder + file if file.startswith("/") else posixpath.normpath(folder + file)
