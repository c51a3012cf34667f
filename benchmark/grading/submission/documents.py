"""Documents that lie where images are expected: in a list's folder, or called like one of its images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.list_names import number_in

REPORTS = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".odp", ".pages", ".key")
EXPECTED_IMAGES = "documents where images are expected: "  # a remark begins with this, before their names


def misplaced_documents(names: Iterable[str], lists: Lists) -> list[str]:
    """Names of documents in the place of images.

    Args:
        names: of files that were not read.
        lists: what was requested.
    """
    return [name for name in names if name.lower().endswith(REPORTS) and _is_place_of_images(name, lists)]


def _is_place_of_images(name: str, lists: Lists) -> bool:
    path = PurePosixPath(name)
    folded = {each.casefold() for each in lists}
    stems = {stem.casefold() for some in lists.values() for stem in some if not stem.isdecimal()}
    return (
        path.parent.name.casefold() in folded
        or path.stem.casefold() in folded | stems
        or any(number_in(path.stem, each) is not None for each in lists)
    )
