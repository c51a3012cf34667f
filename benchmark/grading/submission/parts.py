"""Parts of a submission: its images, its weights or its graph, and the files that hold them.

Most submissions come without a ``manifest.json`` and are read without pydantic, which takes as long to import as NumPy
and Pillow together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmark.grading.submission.bundle import Bundle

MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class ArrayImages:
    """Images as numbers."""

    files: Mapping[str, str]  # by condition list
    layout: Literal["NCHW", "NHWC"]
    value_range: Literal["0..255", "0..1", "-1..1"]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A generator of a registered model."""

    file: str
    config: str


@dataclass(frozen=True, kw_only=True)
class Onnx:
    """A generator as a graph."""

    file: str
    value_range: Literal["0..1", "-1..1"] = "-1..1"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Parts of a submission; file names lead from its top."""

    images: Literal["files"] | ArrayImages | None = None
    weights: Weights | None = None
    onnx: Onnx | None = None


def place_of_manifest(bundle: Bundle) -> str | None:
    """The manifest nearest to the top; None if there is none."""
    found = [name for name in bundle.names if name.split("/")[-1] == MANIFEST]
    return min(found, key=lambda name: name.count("/")) if found else None
