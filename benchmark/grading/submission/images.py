"""Images that were handed in, in any of the forms that homework takes, as plain arrays in the requested order.

- files ``<list>/0.png ...`` or ``<list>_0.png ...``, from 0 or from 1; or all lists one after another in one folder
- files whose names the list gives, such as ``sample_1_1.jpg``
- one torchvision grid per list: eight tiles a row, two pixels between them, tiles of 64 or 128
- arrays: ``.npz`` with one array per list, or ``<list>.npy``
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.image_arrays import (
    ArrayForm,
    check_names,
    has_arrays,
    read_array,
    undeclared_arrays,
)
from benchmark.grading.submission.image_files import ENDINGS, all_in_one_folder, files_of_list, read_files
from benchmark.grading.submission.image_grids import grid_of_list, read_grid
from benchmark.grading.submission.parts import ArrayImages


def has_images(bundle: Bundle) -> bool:
    """True if any file looks like images."""
    return any(name.lower().endswith((*ENDINGS, ".npz", ".npy")) for name in bundle.names)


def are_of_a_list(bundle: Bundle, lists: Lists) -> bool:
    """True if a file of an image or an array is called like one of a condition list."""
    images = [name for name in bundle.names if name.lower().endswith(ENDINGS)]
    return name_a_list(images, lists) or has_arrays(bundle, lists)


def name_a_list(names: list[str], lists: Lists) -> bool:
    """True if images' names say their places in a list, as names in a report do not."""
    try:
        if any(files_of_list(names, name, lists) or grid_of_list(names, name, lists) for name in lists):
            return True
    except Rejected:  # not all of a list, or one place twice
        return True
    try:
        return bool(all_in_one_folder(names, lists))
    except Rejected:  # some numbers, which may be those of figures
        return False


def read_images(bundle: Bundle, lists: Lists, size: int, form: ArrayImages | str) -> dict[str, np.ndarray]:
    """The images of every list that was handed in.

    Args:
        bundle: what was handed in.
        lists: what was requested.
        size: height and width, pixels; image files of other sizes are squeezed.
        form: what the manifest says.

    Returns:
        uint8 (n, 3, size, size) for each list that is there; none if there are no images at all.

    Raises:
        Rejected: a list is not complete, an image cannot be decoded, or an array is not as it must be. It names a
            fault of each list.
    """
    arrays = _declared(form, lists) if isinstance(form, ArrayImages) else undeclared_arrays(bundle, lists)
    if arrays is not None:
        there = [name for name in lists if name in arrays.files]
        return _of_each(there, lambda name: read_array(bundle, name, len(lists[name]), size, arrays))
    found = _from_files(bundle, lists, size)
    if not found:
        check_names(bundle, lists)
    return found


def _declared(form: ArrayImages, lists: Lists) -> ArrayForm:
    unknown = sorted(set(form.files) - set(lists))
    if unknown:
        raise Rejected(f"there is no condition list {one_line(unknown[0], 60)!r}; lists: {', '.join(lists)}")
    return ArrayForm(form.files, (form.layout,), form.value_range)


def _from_files(bundle: Bundle, lists: Lists, size: int) -> dict[str, np.ndarray]:
    names = [name for name in bundle.names if name.lower().endswith(ENDINGS)]
    together = all_in_one_folder(names, lists)

    def read(name: str) -> np.ndarray | None:
        if files := together.get(name) or files_of_list(names, name, lists):
            return read_files(bundle, files, size)
        grid = grid_of_list(names, name, lists) or _only(names, lists)
        return read_grid(bundle, grid, len(lists[name]), size) if grid else None

    return _of_each(lists, read)


def _of_each(lists: Iterable[str], read: Callable[[str], np.ndarray | None]) -> dict[str, np.ndarray]:
    """The images of each list that has some; Rejected if any list has a fault, with those of all lists."""
    found, faults = {}, []
    for name in lists:
        try:
            images = read(name)
        except Rejected as fault:
            faults.append(str(fault))
        else:
            found |= {} if images is None else {name: images}
    if faults:
        raise Rejected("; ".join(dict.fromkeys(faults)))
    return found


def _only(names: list[str], lists: Lists) -> str | None:
    """The only image for a single list, whatever its name."""
    return names[0] if len(lists) == len(names) == 1 else None
