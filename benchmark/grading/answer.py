"""What a confined process answers: a file of fixed size with a few numbers, one line of text and raw pixels.

There is nothing to parse: every field has its place, the text is cut and cleaned by the reader, and any bytes are
valid pixels. So a process that a submission has taken over can lie about its own pictures, and do nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.grading.rejection import one_line

if TYPE_CHECKING:  # the confined process shuts itself in before it loads anything that may start a thread
    import numpy as np

Status = Literal["failed", "ready", "rejected"]
STATUSES: tuple[Status, ...] = ("failed", "ready", "rejected")  # by number; a process that dies leaves a 0
HEADER = 4_096  # bytes
TEXT = slice(256, HEADER)
STATUS, WALLS, PRESENT = 0, 1, 16  # places of bytes


@dataclass(frozen=True)
class Place:
    """Room for the pictures of one condition list from one source."""

    source: str  # "pictures", or "generator": drawn from handed-in weights
    list_name: str
    count: int


@dataclass(frozen=True)
class Layout:
    """Where everything lies in an answer."""

    places: Sequence[Place]
    image_size: int

    @property
    def picture_bytes(self) -> int:
        return 3 * self.image_size**2

    @property
    def size(self) -> int:
        """Bytes of the whole answer."""
        return HEADER + sum(place.count for place in self.places) * self.picture_bytes

    def start(self, index: int) -> int:
        """Where the pixels of a place begin."""
        return HEADER + sum(place.count for place in self.places[:index]) * self.picture_bytes

    def shape(self, place: Place) -> tuple[int, int, int, int]:
        return place.count, 3, self.image_size, self.image_size


@dataclass(frozen=True)
class Answer:
    """An answer as the parent understands it."""

    status: Status
    reason: str  # one line; when ready, what was left out
    walls: int  # bit i: wall i of confinement.WALLS stands
    pictures: Mapping[tuple[str, str], np.ndarray]  # (source, list) -> uint8 (n, 3, S, S)


class AnswerFile:
    """Writes an answer into a file that is there already."""

    def __init__(self, handle: int, layout: Layout) -> None:
        self.handle, self.layout = handle, layout

    def say(self, status: Status, reason: str = "") -> None:
        """The verdict; it may be replaced by a later one."""
        os.pwrite(self.handle, bytes([STATUSES.index(status)]), STATUS)
        os.pwrite(
            self.handle, reason.encode()[: TEXT.stop - TEXT.start].ljust(TEXT.stop - TEXT.start, b"\0"), TEXT.start
        )

    def note_walls(self, walls: int) -> None:
        os.pwrite(self.handle, bytes([walls]), WALLS)

    def add(self, source: str, list_name: str, images: np.ndarray) -> None:
        """Pictures of one place: uint8 of its shape."""
        for index, place in enumerate(self.layout.places):
            if (place.source, place.list_name) == (source, list_name):
                assert (images.shape, images.dtype) == (self.layout.shape(place), "uint8")
                os.pwrite(self.handle, images.tobytes(), self.layout.start(index))
                os.pwrite(self.handle, b"\1", PRESENT + index)


def read_answer(handle: int, layout: Layout) -> Answer:
    """What a process left behind; one that left too little has failed."""
    import numpy as np

    content = os.pread(handle, layout.size, 0)
    if len(content) < layout.size or content[STATUS] >= len(STATUSES):
        return Answer("failed", "the process that read it left a damaged answer", 0, {})
    pictures = {
        (place.source, place.list_name): np.frombuffer(
            content, np.uint8, place.count * layout.picture_bytes, layout.start(index)
        ).reshape(layout.shape(place))
        for index, place in enumerate(layout.places)
        if content[PRESENT + index]
    }
    text = one_line(content[TEXT].rstrip(b"\0").decode(errors="replace"))
    return Answer(STATUSES[content[STATUS]], text, content[WALLS], pictures)
