"""Images as numbers: an ``.npz`` with one array per condition list, or one ``.npy`` file per list."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
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
MOST_NAMED = 5  # arrays


@dataclass(frozen=True)
class ArrayForm:
    """Layout and value range of arrays."""

    files: dict[str, str]  # condition list -> file
    layouts: tuple[str, ...]  # that the shape may have
    value_range: str | None  # key in RANGES; None: undeclared, so only bytes from 0 to 255 are understood


SHAPES_TELL = ("NCHW", "NHWC")


def undeclared_arrays(bundle: Bundle, lists: Lists) -> ArrayForm | None:
    """Arrays without a manifest: bytes from 0 to 255, whose layout the shape tells."""
    members = {name: _members(bundle, name) for name in _packed(bundle)}
    packed = {name: found for name, inside in members.items() if (found := _of_lists(inside, lists))}
    if len(packed) > 1:
        raise Rejected(f"there are {len(packed)} .npz files; hand in one, or a manifest.json that says which")
    if packed:
        ((file, arrays),) = packed.items()
        files = dict.fromkeys(arrays, file)
        taken = {f"{array}.npy" for array in arrays.values()}
        bundle.beside += [f"{file}/{name}" for name in members[file] if name not in taken]
    else:
        single = {name: PurePosixPath(name).stem for name in bundle.names if name.lower().endswith(".npy")}
        lists_of = {array_of(name, single.values(), lists): name for name in lists}
        of_lists = [(lists_of[stem], name) for name, stem in single.items() if stem in lists_of]
        files = one_file_each(of_lists, "the submission", "array")
    if not files:
        return None
    return ArrayForm(files, SHAPES_TELL, None)


def has_arrays(bundle: Bundle, lists: Lists) -> bool:
    """True if an array is called like a condition list; those of a damaged file have no names."""
    single = [PurePosixPath(name).stem for name in bundle.names if name.lower().endswith(".npy")]
    if any(array_of(name, single, lists) is not None for name in lists):
        return True
    try:
        return any(_of_lists(_members(bundle, name), lists) for name in _packed(bundle))
    except Rejected:
        return False


def _of_lists(members: Sequence[str], lists: Lists) -> dict[str, str]:
    """The arrays of lists among the members of an ``.npz``, by list."""
    found = _arrays(members)
    return {name: array for name in lists if (array := array_of(name, found, lists)) is not None}


def _packed(bundle: Bundle) -> list[str]:
    return [name for name in bundle.names if name.lower().endswith(".npz")]


def array_of(list_name: str, arrays: Collection[str], lists: Collection[str]) -> str | None:
    """A list's array: the one called like it, or the only one whose name differs from it only in capitals."""
    if list_name in arrays:
        return list_name
    folded = list_name.casefold()
    if [name.casefold() for name in lists].count(folded) > 1:
        return None  # it could mean either list
    alike = {array for array in arrays if array.casefold() == folded}
    return alike.pop() if len(alike) == 1 else None


def check_names(bundle: Bundle, lists: Lists) -> None:
    """Raise Rejected, naming its arrays and those that are wanted, if there is an ``.npz`` and no list is in it."""
    if packed := _packed(bundle):
        raise _of_other_names(packed[0], _arrays(_members(bundle, packed[0])), list(lists))


def _of_other_names(file: str, arrays: Sequence[str], wanted: Sequence[str]) -> Rejected:
    shown = [repr(one_line(array, 60)) for array in arrays[:MOST_NAMED]]
    shown += [f"{len(arrays) - MOST_NAMED} more"] if arrays[MOST_NAMED:] else []
    named = " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
    found = f"the array{'s' if arrays[1:] else ''} {named}" if arrays else "no arrays"
    return Rejected(f"{file!r} has {found}; call one {' or '.join(map(repr, wanted))}")


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
    """Names in an ``.npz``, which does not count as read because of them."""
    was_read = set(bundle.was_read)
    try:
        with _npz(bundle, name) as archive:
            return archive.namelist()
    finally:
        bundle.was_read = was_read


def _arrays(members: Sequence[str]) -> list[str]:
    """Names of the arrays that are the members of an archive."""
    return [name.removesuffix(".npy") for name in members if name.endswith(".npy")]


def read_array(bundle: Bundle, list_name: str, count: int, size: int, form: ArrayForm) -> np.ndarray:
    """One list's array as uint8 (count, 3, size, size)."""
    name = form.files[list_name]
    array = _load(_array_bytes(bundle, form, list_name, at_most=count * 3 * size * size * 8 + 10_000), name)
    shapes = {"NCHW": (count, 3, size, size), "NHWC": (count, size, size, 3)}
    fitting = [layout for layout in form.layouts if array.shape == shapes[layout]]
    if not fitting:
        wanted = " or ".join(str(shapes[layout]) for layout in form.layouts)
        raise Rejected(f"{name!r}, {list_name}: the shape is {array.shape}; {wanted} was requested")
    if form.value_range is None and array.dtype != np.uint8:
        raise Rejected(f"{name!r} holds {array.dtype}; hand in uint8, or a manifest.json that gives the value range")
    array = to_bytes(array, *RANGES[form.value_range or "0..255"], f"{name!r}, {list_name}")
    return array if fitting[0] == "NCHW" else array.transpose(0, 3, 1, 2)


def _array_bytes(bundle: Bundle, form: ArrayForm, list_name: str, at_most: int) -> bytes:
    name = form.files[list_name]
    if name not in bundle.names:
        raise Rejected(f"the manifest names {one_line(name, 100)!r}, which was not handed in")
    if not name.lower().endswith(".npz"):
        return bundle.read(name, at_most)
    with _npz(bundle, name) as archive:
        arrays = _arrays(archive.namelist())
        array = array_of(list_name, arrays, form.files)
        if array is None:
            of_file = [each for each, file in form.files.items() if file == name]
            missing = [each for each in of_file if array_of(each, arrays, form.files) is None]
            raise _of_other_names(name, arrays, missing)
        with archive.open(f"{array}.npy") as file:
            content = file.read(at_most + 1)
    if len(content) > at_most:
        raise Rejected(f"{name!r}, {list_name}: the array has more than {at_most:,} bytes")
    return content


def _load(content: bytes, name: str) -> np.ndarray:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (*DAMAGED, SyntaxError, TokenError, MemoryError) as error:
        raise Rejected(
            f"{name!r} is no plain array ({plain_words(error)}); save numbers with numpy.save, without pickle"
        ) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "uif" or array.ndim != 4:
        shape = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else "several arrays"
        raise Rejected(f"{name!r} must hold numbers in four dimensions (images, 3, height, width); it holds {shape}")
    return array


def to_bytes(array: np.ndarray, low: float, high: float, where: str) -> np.ndarray:
    """Numbers from ``low`` (black) to ``high`` (white) as uint8, rounded to the nearest.

    Raises:
        Rejected: a number is not finite or outside the range; the message gives the smallest and the largest.
    """
    if not np.isfinite(array).all():
        wrong = int((~np.isfinite(array)).sum())
        raise Rejected(f"{where}: not every number is finite ({wrong:,} of {array.size:,} are NaN or infinite)")
    slack = (high - low) * TOLERANCE
    least, most = float(array.min()), float(array.max())
    if least < low - slack or most > high + slack:
        raise Rejected(f"{where}: the numbers go from {least:.4g} to {most:.4g}; {low:g} to {high:g} was declared")
    scaled = (array.astype(np.float64) - low) * (255 / (high - low))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
