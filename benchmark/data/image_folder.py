"""Images without a label file: a folder for each class, as torchvision's ``ImageFolder`` has them, or no labels.

torchvision's class is not used. It cannot read a zip in place, takes no order of the classes, passes over images that
lie outside of the classes' folders, and its import takes as long as torch's again. It lists images in another order
where one class's name begins another's (``a`` and ``a-b``) and where a class has folders of its own; the order is
part of the digest of the data in every record. Otherwise names, classes and order are the same
(``tests/data/test_image_folder.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from benchmark.data.disk_files import Files, composed, is_image
from benchmark.data.listing import Listing
from benchmark.errors import UsageError


def read_unlabelled(path: Path) -> Listing:
    """All images of a folder or zip, by name, with conditions of no columns.

    Raises:
        UsageError: there are none.
    """
    files = Files(path)
    names = files.images()
    return Listing(files, names, np.zeros((len(names), 0), dtype=np.uint8))


def read_classes(path: Path, classes: Sequence[str], where: str) -> tuple[Files, list[str], list[int]]:
    """The images of each class's folder, and their classes' places in ``classes``.

    The folders may lie below others, such as the single one of a zip; images elsewhere are refused.

    Args:
        path: a folder or zip.
        classes: names of the folders.
        where: for messages.

    Raises:
        UsageError: an image lies in no class's folder, or a class has no image.
    """
    files = Files(path)
    names = files.images()
    found = [_class_of(name, classes, where) for name in names]
    if empty := [name for index, name in enumerate(classes) if index not in set(found)]:
        files.remarks.append(f"{path.name}: no image in the folders of {', '.join(empty)}")
    return files, names, found


def _class_of(name: str, classes: Sequence[str], where: str) -> int:
    """The class in whose folder, at whatever depth, an image lies."""
    known = {composed(one): index for index, one in enumerate(classes)}
    among = [part for part in PurePosixPath(composed(name)).parent.parts if part in known]
    if len(among) != 1:
        given = f"lies in the folders of {' and '.join(among)}" if among else "lies in no class's folder"
        raise UsageError(f"{where}: {name} {given}; the classes are {', '.join(classes)}")
    return known[among[0]]


def has_images_only(files: Files, label_files: Sequence[str]) -> bool:
    """True if none of the label files is among the files."""
    return not {PurePosixPath(name).name for name in files.names if not is_image(name)} & set(label_files)
