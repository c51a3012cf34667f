"""The answer of a confined process: a file of fixed size with a few numbers, one line of text and raw pixels.

There is nothing to parse: every field has its place, the text is cut and cleaned by the reader, and any bytes are
valid pixels. So a process that a submission has taken over can lie about its own images, and do nothing else.
Counts and a digest tell the reader that all of it has arrived: a full disk takes only a part of what is written.
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.data.archive_names import is_space
from benchmark.errors import UsageError
from benchmark.grading.sandbox.confine import EVERY_WALL
from benchmark.grading.sandbox.places import without_local_paths

if TYPE_CHECKING:  # the confined process shuts itself in before it loads anything that may start a thread
    import numpy as np

Status = Literal["failed", "ready", "rejected"]
STATUSES: tuple[Status, ...] = ("failed", "ready", "rejected")  # by number; a process that dies leaves a 0
HEADER = 4_096  # bytes: the status, a digest, a count for each place, the text
DIGEST, COUNTS, TEXT = slice(32, 64), slice(64, 1_024), slice(1_024, HEADER)
MOST_TEXT = 700  # letters, of up to four bytes each
MAX_PLACES = (COUNTS.stop - COUNTS.start) // 4


class NoRoom(Exception):  # noqa: N818 - no library between us may take it for an error in a file
    """The answer could not be written whole."""

    @classmethod
    def because(cls, number: int | None) -> NoRoom:
        why = os.strerror(number or errno.EIO)
        return cls(f"its answer could not be written ({why}); make room in the temporary folder and grade it again")


@dataclass(frozen=True)
class Place:
    """Room for the images of one condition list from one source."""

    source: str  # "images", or "generator": drawn from handed-in weights
    list_name: str
    count: int


@dataclass(frozen=True)
class Layout:
    """Layout of an answer's bytes."""

    places: Sequence[Place]
    image_size: int

    def __post_init__(self) -> None:
        if len(self.places) > MAX_PLACES:
            raise UsageError(f"{len(self.places)} condition lists are too many; give at most {MAX_PLACES}")

    @property
    def image_bytes(self) -> int:
        return 3 * self.image_size**2

    @property
    def size(self) -> int:
        """Bytes of the whole answer."""
        return HEADER + sum(place.count for place in self.places) * self.image_bytes

    def start(self, index: int) -> int:
        """Offset of a place's pixels."""
        return HEADER + sum(place.count for place in self.places[:index]) * self.image_bytes

    def shape(self, place: Place) -> tuple[int, int, int, int]:
        return place.count, 3, self.image_size, self.image_size


@dataclass(frozen=True)
class Answer:
    """An answer as the parent understands it."""

    status: Status
    reason: str  # one line; when ready, what was not read
    walls: int  # bit i: wall i of confine.WALLS stood, as was reported to the parent before anything was read
    images: Mapping[tuple[str, str], np.ndarray]  # (source, list) -> uint8 (n, 3, S, S); none unless ready


def failed_answer(doing: str, error: Exception, walls: int = EVERY_WALL) -> Answer:
    """The answer for a submission that ended in an error of its own; participants read it.

    Args:
        doing: description of the step, as the beginning of a sentence.
        error: what it ended in.
        walls: those around the process that read it; none was missing where no process did.
    """
    said = error.strerror if isinstance(error, OSError) and error.strerror else without_local_paths(str(error))
    return Answer("failed", one_line(f"{doing} ended in {type(error).__name__}: {said}"), walls, {})


class AnswerFile:
    """Writes an answer into a file that is there already."""

    def __init__(self, handle: int, layout: Layout) -> None:
        self.handle, self.layout = handle, layout
        self.written: dict[int, bytes] = {}  # place -> digest of its pixels

    def say(self, status: Status, reason: str = "") -> None:
        """The verdict, which makes the answer whole; it may be replaced by a later one.

        Raises:
            NoRoom: it was not written.
        """
        counts = [place.count if index in self.written else 0 for index, place in enumerate(self.layout.places)]
        header = _header(status, counts, reason, [self.written[index] for index in sorted(self.written)])
        self._write(header, 0)

    def add(self, source: str, list_name: str, images: np.ndarray) -> None:
        """Images of one place: uint8 of its shape.

        Raises:
            NoRoom: not all of them were written.
        """
        for index, place in enumerate(self.layout.places):
            if (place.source, place.list_name) == (source, list_name):
                assert (images.shape, images.dtype) == (self.layout.shape(place), "uint8")
                pixels = images.tobytes()
                self._write(pixels, self.layout.start(index))
                self.written[index] = hashlib.sha256(pixels).digest()

    def _write(self, content: bytes, start: int) -> None:
        """Write all of it; the system may take less at a time."""
        rest = memoryview(content)
        while rest:
            try:
                taken = os.pwrite(self.handle, rest, start)
            except OSError as error:
                raise NoRoom.because(error.errno) from error
            if taken == 0:
                raise NoRoom.because(errno.ENOSPC)
            rest, start = rest[taken:], start + taken


def _header(status: Status, counts: Sequence[int], reason: str, digests: Iterable[bytes]) -> bytes:
    """The first bytes of an answer, with a digest of themselves and of the pixels."""
    header = bytearray(HEADER)
    header[0] = STATUSES.index(status)
    struct.pack_into(f"<{len(counts)}I", header, COUNTS.start, *counts)
    header[TEXT] = reason.encode()[: TEXT.stop - TEXT.start].ljust(TEXT.stop - TEXT.start, b"\0")
    header[DIGEST] = _digest(header, digests)
    return bytes(header)


def _digest(header: bytes | bytearray | memoryview, digests: Iterable[bytes]) -> bytes:
    """sha256 of a header without its own digest, and of the digests of the pixels of each place that has some."""
    return hashlib.sha256(b"".join([header[: DIGEST.start], header[DIGEST.stop : HEADER], *digests])).digest()


def read_answer(handle: int, layout: Layout, walls: int = 0) -> Answer:
    """The answer that a process left behind; one that left too little has failed.

    Args:
        handle: of the file, opened by the reader alone: what the writer sets on its own handle has no effect on it.
        layout: of the answer.
        walls: what stood around the process, which is not taken from its answer.
    """
    return parsed_answer(answer_bytes(handle, layout), layout, walls)


def answer_bytes(handle: int, layout: Layout) -> bytes:
    """The bytes of an answer, at most as many as it has room for; ``handle`` as for :func:`read_answer`."""
    with open(handle, "rb", closefd=False) as file:
        file.seek(0)
        return file.read(layout.size)


def parsed_answer(answer: bytes, layout: Layout, walls: int = 0) -> Answer:
    """The answer in the bytes that a process left behind; with too few or too many of them, it has failed."""
    content, damaged = memoryview(answer), Answer("failed", "the process that read it left a damaged answer", walls, {})
    if len(content) != layout.size or content[0] >= len(STATUSES):
        return damaged
    counts = struct.unpack_from(f"<{len(layout.places)}I", content, COUNTS.start)
    if any(count not in (0, place.count) for count, place in zip(counts, layout.places, strict=True)):
        return damaged
    pixels = {index: _pixels(content, layout, index) for index, count in enumerate(counts) if count}
    if content[DIGEST] != _digest(content, (hashlib.sha256(part).digest() for part in pixels.values())):
        return damaged
    text = one_line(bytes(content[TEXT]).rstrip(b"\0").decode(errors="replace"), MOST_TEXT)
    status = STATUSES[content[0]]
    if status != "ready":
        return Answer(status, text, walls, {})
    return Answer(status, text, walls, _images(pixels, layout)) if pixels else damaged


def _pixels(content: memoryview, layout: Layout, index: int) -> memoryview:
    start = layout.start(index)
    return content[start : start + layout.places[index].count * layout.image_bytes]


def _images(pixels: Mapping[int, memoryview], layout: Layout) -> dict[tuple[str, str], np.ndarray]:
    import numpy as np

    places = {index: layout.places[index] for index in pixels}
    return {
        (place.source, place.list_name): np.frombuffer(pixels[index], np.uint8).reshape(layout.shape(place))
        for index, place in places.items()
    }


class Rejected(Exception):  # noqa: N818 - it is a verdict, not a fault of ours
    """A submission that is not as required; the message says what is wrong and what is requested."""


def one_line(text: str, at_most: int = 300) -> str:
    """Text from a stranger, fit to be printed: one line, without control characters, cut to a length."""
    plain = "".join(map(_printable, text))
    line = " ".join(plain.split())
    return line if len(line) <= at_most else line[: at_most - 1] + "…"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if is_space(character) else "\N{REPLACEMENT CHARACTER}"
