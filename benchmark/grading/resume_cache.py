"""Answers for each submission, kept next to the grades: a batch that was cut off goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import Limits
from benchmark.records.provenance import code_digest
from benchmark.system.files import replacing, write_text
from benchmark.system.tensors import digest_of

FINISHED = "finished"


class Seen:
    """Answers by content of the submission, by what was requested and by the program that looked.

    Args:
        folder: where they lie.
        assignment: what was requested.
        limits: under which it was looked at.
        keep: True if answers of a batch that was finished count, too.
    """

    def __init__(self, folder: Path, assignment: Assignment, limits: Limits, *, keep: bool) -> None:
        self.folder = folder
        request = f"{code_digest()} {json.dumps(assignment.to_json())} {limits}"
        self.request = hashlib.sha256(request.encode()).hexdigest()[:16]
        if (folder / FINISHED).exists() and not keep:
            shutil.rmtree(folder)
        (folder / FINISHED).unlink(missing_ok=True)

    def finish(self) -> None:
        """Mark the batch as finished."""
        write_text(self.folder / FINISHED, "")

    def find(self, digest: str) -> Answer | None:
        """Answer for a submission of that content, or None."""
        path = self._path(digest)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="np") as file:
                kept = json.loads(file.metadata()["answer"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            header, written = kept["header"], kept["sha256"]
        except (SafetensorError, KeyError, TypeError, ValueError):  # damaged, as after a full disk: it is read again
            return None
        if written != _digest(header, tensors):
            return None
        images = {tuple(name.split("/")): images for name, images in tensors.items()}
        images.pop(("none",), None)
        return Answer(header["status"], header["reason"], header["walls"], images)

    def add(self, digest: str, answer: Answer) -> None:
        """Keep what was seen, unless it failed: that may have been this machine's doing."""
        if answer.status == "failed":
            return
        header = {"status": answer.status, "reason": answer.reason, "walls": answer.walls}
        tensors = {"/".join(key): np.ascontiguousarray(images) for key, images in answer.images.items()}
        tensors = tensors or {"none": np.zeros(1, np.uint8)}
        kept = {"header": header, "sha256": _digest(header, tensors)}  # one entry: the library does not order several
        with replacing(self._path(digest)) as temporary:
            save_file(tensors, temporary, metadata={"answer": json.dumps(kept)})

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest[:32]}-{self.request}.safetensors"


def _digest(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> str:
    """sha256 of an answer's header and images."""
    images = digest_of({name: torch.from_numpy(array.copy()) for name, array in tensors.items()})
    return hashlib.sha256(f"{json.dumps(header)}\0{images}".encode()).hexdigest()
