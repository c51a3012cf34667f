"""Answers for each submission, kept next to the grades: nothing that has not changed is read again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from benchmark.grading.marking.image_views import KeptImages
from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import Limits
from benchmark.records.provenance import code_digest
from benchmark.system.files import replacing, sha256_text, write_text
from benchmark.system.tensors import digest_of_tensors

AFRESH = "afresh"  # a file that stands until a batch is finished whose answers are all its own


class AnswerCache:
    """The answers of confined processes, kept by the submission's content, the assignment and the program.

    Args:
        folder: where they lie.
        assignment: what was requested.
        limits: under which it was looked at.
        keep: True if answers of a batch that was finished count, too.
    """

    def __init__(self, folder: Path, assignment: Assignment, limits: Limits, *, keep: bool) -> None:
        self.folder, self.keep = folder, keep
        request = f"{code_digest()} {json.dumps(assignment.to_json())} {limits}"
        self.request = sha256_text(request)[:16]

    @classmethod
    def of(cls, folder: Path, request: str) -> AnswerCache:
        """The answers of an earlier batch, whatever program and assignment they are of."""
        seen = cls.__new__(cls)
        seen.folder, seen.keep, seen.request = folder, True, request
        return seen

    def may_be_used(self) -> bool:
        """True if the kept answers may be used: always with ``keep``, else to go on with a batch begun without it."""
        return self.keep or (self.folder / AFRESH).exists()

    def begin(self) -> None:
        """Start a batch; answers that may not be used are removed."""
        if not self.may_be_used():
            if self.folder.exists():
                shutil.rmtree(self.folder)
            write_text(self.folder / AFRESH, "")

    def finish(self, digests: Collection[str], judged_key: str) -> None:
        """End the batch, and remove what is kept of other submissions, requests and judges than its own.

        Args:
            digests: of its submissions.
            judged_key: of :class:`benchmark.grading.kept.judged_cache.JudgedCache`.
        """
        endings = (self.request, f"{judged_key}.judged")
        kept = {f"{digest[:32]}-{ending}.safetensors" for digest in digests for ending in endings}
        for path in self.folder.glob("*.safetensors"):
            if path.name not in kept:
                path.unlink()
        (self.folder / AFRESH).unlink(missing_ok=True)

    def find(self, digest: str) -> Answer | None:
        """Answer for a submission of that content, or None."""
        read = read_kept(self._path(digest), "answer")
        if read is None:
            return None
        header, tensors = read
        images = {tuple(name.split("/")): images for name, images in tensors.items()}
        images.pop(("none",), None)
        return Answer(header["status"], header["reason"], header["walls"], images)

    def add(self, digest: str, answer: Answer) -> None:
        """Keep an answer, unless reading failed, which may have been this machine's fault."""
        if answer.status == "failed":
            return
        header = {"status": answer.status, "reason": answer.reason, "walls": answer.walls}
        tensors = {"/".join(key): np.ascontiguousarray(images) for key, images in answer.images.items()}
        write_kept(self._path(digest), "answer", header, tensors)

    def images(self, digest: str, source: str, list_name: str) -> KeptImages:
        """Images of a kept answer, which stay on the disk until they are needed."""
        return KeptImages(self._path(digest), f"{source}/{list_name}")

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest[:32]}-{self.request}.safetensors"


def write_kept(path: Path, kind: str, header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Write a header and arrays, with a digest of both."""
    tensors = tensors or {"none": np.zeros(1, np.uint8)}
    kept = {"header": header, "sha256": _digest(header, tensors)}  # one entry: the library does not order several
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={kind: json.dumps(kept)})


def read_kept(path: Path, kind: str) -> tuple[Mapping[str, Any], dict[str, np.ndarray]] | None:
    """The bytes that :func:`write_kept` wrote; None if there are none, or they are damaged, as after a full disk."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            kept = json.loads(file.metadata()[kind])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header, written = kept["header"], kept["sha256"]
    except (SafetensorError, KeyError, TypeError, ValueError):
        return None
    return (header, tensors) if written == _digest(header, tensors) else None


def _digest(header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> str:
    """sha256 of an answer's header and images."""
    images = digest_of_tensors({name: torch.from_numpy(array.copy()) for name, array in tensors.items()})
    return sha256_text(f"{json.dumps(header)}\0{images}")
