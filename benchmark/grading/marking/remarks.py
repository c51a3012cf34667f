"""Remarks on a submission, for the participant and for staff; they change no points."""

from __future__ import annotations

from typing import Any, Literal, Self

from benchmark.grading.submission.documents import EXPECTED_IMAGES
from benchmark.records.part import Part

RemarkKind = Literal[
    "left out",  # of what was read, by the process that read it
    "documents",  # the same, if documents lie where images are expected
    "not read",  # earlier attempts, documents, files that are no images
    "list missing",  # a condition list that counts was not handed in
    "hidden list",  # the same of the hidden one, for which images cannot be handed in
    "black",  # every byte is 0 or 1
    "half a range",  # nothing is darker than middle gray
    "red and blue",  # seem to be exchanged
    "earlier version",  # of a gradebook whose remarks had no kinds
]
LOOK_AT = ("black", "half a range", "red and blue", "list missing", "documents")  # staff should look at the submission
OF_SCHEME = ("list missing", "hidden list")  # another scheme has others
OF_FILES = ("left out", "documents", "not read", "earlier version")  # stand before those of the scheme
NO_IMAGES = "there are no images for "


class Remark(Part):
    """One line about a submission."""

    kind: RemarkKind
    text: str

    @classmethod
    def no_images(cls, list_name: str, *, hidden: bool) -> Self:
        """A remark on a condition list that counts and was not handed in."""
        if hidden:
            remedy = "; hand in weights or ONNX, which draw for it"
            return cls(kind="hidden list", text=f"{NO_IMAGES}{list_name}, so it earns nothing{remedy}")
        return cls(kind="list missing", text=f"{NO_IMAGES}{list_name}, so it earns nothing")

    @classmethod
    def of_reading(cls, text: str) -> Self:
        """A remark by the process that read the submission."""
        return cls(kind="documents" if EXPECTED_IMAGES in text else "left out", text=text)

    @classmethod
    def kept(cls, one: Any) -> Self:  # noqa: ANN401
        """A remark as any version wrote it: a text alone, or with its kind."""
        return cls.of_text(one) if isinstance(one, str) else cls.model_validate(one)

    @classmethod
    def of_text(cls, text: str) -> Self:
        """A remark of a gradebook whose remarks had no kinds."""
        if not text.startswith(NO_IMAGES):
            return cls(kind="earlier version", text=text)
        return cls(kind="list missing" if text.endswith("nothing") else "hidden list", text=text)
