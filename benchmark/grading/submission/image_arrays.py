"""Images as numbers: an ``.npz`` with one array per condition list, or one ``.npy`` file per list."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from tokenize import TokenError

import numpy as np

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.damage import DAMAGED, plain_words
from benchmark.grading.submission.image_files import one_file_each

RANGES = {"0..255": (0.0, 255.0), "0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0)}
TOLERANCE = 1e-3  # of the range: rounding in half precision


@dataclass(frozen=True)
class ArrayForm:
    """Layout and value range of arrays."""

    files: dict[str, str]  # condition list -> file
    layouts: tuple[str, ...]  # that the shape may have
    value_range: str | None  # key in RANGES; None: undeclared, so only bytes from 0 to 255 are understood


SHAPES_TELL = ("NCHW", "NHWC")


def undeclared_arrays(bundle: Bundle, lists: Lists) -> ArrayForm | None:
    """Arrays without a manifest: bytes from 0 to 255, whose layout the shape tells."""
    packed = [name for name in bundle.names if name.lower().endswith(".npz")]
    single = [(PurePosixPath(name).stem, name) for name in bundle.names if name.lower().endswith(".npy")]
    if len(packed) > 1:
        raise Rejected(f"there are {len(packed)} .npz files; hand in one, or a manifest.json that says which")
    if packed:
        members = _members(bundle, packed[0])
        files = {name: packed[0] for name in lists if f"{name}.npy" in members}
        bundle.beside += [f"{packed[0]}/{name}" for name in members if name.removesuffix(".npy") not in files]
    else:
        files = one_file_each([(stem, name) for stem, name in single if stem in lists], "the submission", "array")
    if not files:
        return None
    return ArrayForm(files, SHAPES_TELL, None)


@contextmanager
def _npz(bundle: Bundle, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive that an ``.npz`` is, if it is whole and every array is in it once."""
    try:
        with zipfile.ZipFile(io.BytesIO(bundle.read(name))) as archive:
            members = archive.namelist()
            if len(set(members)) != len(members):
                raise Rejected(f"{name!r} has an array twice; save it again")
            yield archive
    except (*DAMAGED, MemoryError) as error:
        raise Rejected(f"{name!r} is no whole .npz file ({plain_words(error)}); save it again") from error


def _members(bundle: Bundle, name: str) -> list[str]:
    with _npz(bundle, name) as archive:
        return archive.namelist()


def read_array(bundle: Bundle, list_name: str, count: int, size: int, form: ArrayForm) -> np.ndarray:
    """One list's array as uint8 (count, 3, size, size)."""
    name = form.files[list_name]
    array = _load(_array_bytes(bundle, name, list_name, at_most=count * 3 * size * size * 8 + 10_000), name)
    shapes = {"NCHW": (count, 3, size, size), "NHWC": (count, size, size, 3)}
    fitting = [layout for layout in form.layouts if array.shape == shapes[layout]]
    if not fitting:
        wanted = " or ".join(str(shapes[layout]) for layout in form.layouts)
        raise Rejected(f"{name!r}, {list_name}: the shape is {array.shape}; {wanted} was requested")
    if form.value_range is None and array.dtype != np.uint8:
        raise Rejected(f"{name!r} holds {array.dtype}; hand in uint8, or a manifest.json that gives the value range")
    array = to_bytes(array, *RANGES[form.value_range or "0..255"], f"{name!r}, {list_name}")
    return array if fitting[0] == "NCHW" else array.transpose(0, 3, 1, 2)


def _array_bytes(bundle: Bundle, name: str, list_name: str, at_most: int) -> bytes:
    if name not in bundle.names:
        raise Rejected(f"the manifest names {one_line(name, 100)!r}, which was not handed in")
    if not name.lower().endswith(".npz"):
        return bundle.read(name, at_most)
    with _npz(bundle, name) as archive:
        if f"{list_name}.npy" not in archive.namelist():
            raise Rejected(f"{name!r} has no array called {list_name!r}")
        with archive.open(f"{list_name}.npy") as file:
            content = file.read(at_most + 1)
    if len(content) > at_most:
        raise Rejected(f"{name!r}, {list_name}: the array has more than {at_most:,} bytes")
    return content


def _load(content: bytes, name: str) -> np.ndarray:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (*DAMAGED, SyntaxError, TokenError, MemoryError) as error:
        raise Rejected(f"{name!r} is no plain array ({plain_words(error)})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "uif" or array.ndim != 4:
        raise Rejected(f"{name!r} must hold numbers in four dimensions")
    return array


def to_bytes(array: np.ndarray, low: float, high: float, where: str) -> np.ndarray:
    """Numbers from ``low`` (black) to ``high`` (white) as uint8, rounded to the nearest.

    Raises:
        Rejected: a number is not finite or outside the range; the message gives the smallest and the largest.
    """
    if not np.isfinite(array).all():
        raise Rejected(f"{where}: not every number is finite")
    slack = (high - low) * TOLERANCE
    least, most = float(array.min()), float(array.max())
    if least < low - slack or most > high + slack:
        raise Rejected(f"{where}: the numbers go from {least:.4g} to {most:.4g}; {low:g} to {high:g} was declared")
    scaled = (array.astype(np.float64) - low) * (255 / (high - low))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
