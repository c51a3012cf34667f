"""Pictures that several submissions have in common, over the whole batch and all condition lists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmark.grading.fingerprints import groups_of_same
from benchmark.grading.integrity import FEW, Flag
from benchmark.grading.likeness import SHARE, alike

MOST_NAMED = 5  # other submissions named in one flag


def shared_pictures(submissions: Mapping[str, np.ndarray]) -> dict[str, list[Flag]]:
    """A flag for each submission that has more than :data:`FEW` pictures in common with another.

    Pictures are also held against the others moved, mirrored and recoloured; there more than a third must be alike.

    Args:
        submissions: pictures by id, uint8 (N, 3, S, S): of all lists, handed in and drawn.
    """
    names = sorted(submissions)
    if len(names) < 2:
        return {name: [] for name in names}
    stack = np.concatenate([submissions[name] for name in names])
    sizes = [len(submissions[name]) for name in names]
    owner = np.repeat(np.arange(len(names)), sizes)
    same = _same_by_owner(stack, owner, len(names))
    changed = np.logical_or.reduceat(alike(stack), np.cumsum([0, *sizes[:-1]]), axis=1)
    flags = {}
    for index, name in enumerate(names):
        mine = owner == index
        found = {
            other: max(int(same[mine, other].sum()), _if_many(int(changed[mine, other].sum()), sizes[index]))
            for other in range(len(names))
            if other != index
        }
        flags[name] = _flags(found, sizes[index], names)
    return flags


def _same_by_owner(stack: np.ndarray, owner: np.ndarray, owners: int) -> np.ndarray:
    """Which owners have the very picture: bool (N, owners)."""
    groups = groups_of_same(stack)
    holds = np.zeros((len(stack), owners), dtype=bool)
    holds[groups, owner] = True
    return holds[groups]


def _if_many(alike_count: int, size: int) -> int:
    return alike_count if alike_count > SHARE * size else 0


def _flags(found: Mapping[int, int], size: int, names: list[str]) -> list[Flag]:
    most = sorted((-count, names[other]) for other, count in found.items() if count > FEW)
    if not most:
        return []
    named = "; ".join(f"{-count} of {size} pictures are also in {name}" for count, name in most[:MOST_NAMED])
    more = f"; and with {len(most) - MOST_NAMED} more submissions" if len(most) > MOST_NAMED else ""
    return [Flag("shared_pictures", named + more)]
