"""Pictures that several submissions have in common, over the whole batch and all condition lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from benchmark.grading.fingerprints import groups_of_same
from benchmark.grading.integrity import FEW, Flag
from benchmark.grading.likeness import SHARE, alike_owners

MOST_NAMED = 5  # other submissions named in one flag


def shared_pictures(submissions: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[Flag]]:
    """A flag for each submission that has more than :data:`FEW` pictures in common with another.

    Pictures are also held against the others moved, mirrored and recoloured; there more than a third must be alike.
    Memory grows with the number of pictures times the number of submissions, by one byte.

    Args:
        submissions: pictures by id, of all lists, handed in and drawn: each uint8 (3, S, S).
    """
    names = sorted(submissions)
    if len(names) < 2:
        return {name: [] for name in names}
    images = [image for name in names for image in submissions[name]]
    sizes = np.array([len(submissions[name]) for name in names])
    owner = np.repeat(np.arange(len(names)), sizes)
    alike = np.stack([mine.sum(axis=0) for mine in np.split(alike_owners(images, owner), np.cumsum(sizes)[:-1])])
    alike[alike <= SHARE * sizes[:, None]] = 0
    found = np.maximum(_same_by_owner(images, owner), alike)
    np.fill_diagonal(found, 0)
    return {name: _flags(row, size, names) for name, row, size in zip(names, found, sizes.tolist(), strict=True)}


def _same_by_owner(images: Sequence[np.ndarray], owner: np.ndarray) -> np.ndarray:
    """How many of an owner's pictures another owner has, too: int (owners, owners)."""
    ones, groups = np.ones(len(images), dtype=np.int32), groups_of_same(images)
    mine = csr_array((ones, (owner, groups)), shape=(owner[-1] + 1, len(images)))
    theirs = mine.copy()
    theirs.data[:] = 1  # one picture of a group is enough
    return (mine @ theirs.T).toarray()


def _flags(found: np.ndarray, size: int, names: list[str]) -> list[Flag]:
    most = sorted((-int(found[other]), names[other]) for other in np.flatnonzero(found > FEW))
    if not most:
        return []
    named = "; ".join(f"{-count} of {size} pictures are also in {name}" for count, name in most[:MOST_NAMED])
    more = f"; and with {len(most) - MOST_NAMED} more submissions" if len(most) > MOST_NAMED else ""
    return [Flag("shared_pictures", named + more)]
