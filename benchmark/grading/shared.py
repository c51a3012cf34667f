"""Images that submissions of one batch share: flags for each, and which image of one is which of another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.grading.fingerprints import groups_of_same, same_images
from benchmark.grading.flags import FEW, Flag
from benchmark.grading.graded import Graded
from benchmark.grading.near_duplicates import SHARE, alike_owners, alike_pairs
from benchmark.system.files import write_text

MOST_NAMED = 5  # other submissions named in one flag
Matches = Sequence[tuple[int, int]]  # image of one, image of the other


@dataclass(frozen=True)
class Shared:
    """Images that the submissions of a batch share."""

    flags: Mapping[str, Flag]  # by id, of those that share more than a few images
    matches: Mapping[tuple[str, str], Matches]  # of those with each other that a flag names, seen from the first


def shared_of(graded: Sequence[Graded], kept: Path, key: str) -> Shared:
    """The shared images of a batch, compared once for the same submissions.

    Args:
        graded: all submissions.
        kept: JSON file of the last comparison.
        key: changes with the program that compares.
    """
    images = {one.submission.id: one.images for one in graded if one.counts}
    known = json.dumps([key, sorted((one.submission.id, one.digest) for one in graded if one.counts)])
    digest = hashlib.sha256(known.encode()).hexdigest()
    found = _read(kept, digest)
    if found is None:
        shared = shared_images(images)
        flags = {name: vars(flag) for name, flag in shared.flags.items()}
        found = {"digest": digest, "flags": flags, "matches": [[*pair, some] for pair, some in shared.matches.items()]}
        write_text(kept, json.dumps(found, indent=1) + "\n")
    return _shared(found)


def kept_shared(kept: Path) -> Shared:
    """The shared images of the last comparison; nothing if it is not there."""
    return _shared(_read(kept) or {"flags": {}, "matches": []})


def _shared(found: Mapping[str, Any]) -> Shared:
    return Shared(
        {name: Flag.kept(flag) for name, flag in found["flags"].items()},
        {(one, other): [(i, j) for i, j in pairs] for one, other, pairs in found["matches"]},
    )


def _read(path: Path, digest: str | None = None) -> dict[str, Any] | None:
    """The result of an earlier comparison, if it was of the same submissions."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        is_same = digest is None or found["digest"] == digest
        return found if is_same and found.keys() == {"digest", "flags", "matches"} else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def shared_images(submissions: Mapping[str, Sequence[np.ndarray]]) -> Shared:
    """The images that submissions share, with a flag for each that has more than :data:`FEW` of another's.

    All are compared with all quickly; those that a flag names, image by image.

    Args:
        submissions: images by id, of all lists, handed in and drawn: each uint8 (3, S, S).
    """
    others = _sharing(submissions)
    pairs = {tuple(sorted((name, other))) for name, some in others.items() for other in some[:MOST_NAMED]}
    matches: dict[tuple[str, str], Matches] = {}
    for one, other in sorted(pairs):
        matches[one, other], matches[other, one] = matching(submissions[one][:], submissions[other][:])
    flags = {}
    for name, some in others.items():
        counts = {other: len(matches[name, other]) for other in some[:MOST_NAMED]}
        flags[name] = _flag(counts, len(submissions[name]), len(some))
    return Shared(flags, matches)


def matching(first: np.ndarray, second: np.ndarray) -> tuple[Matches, Matches]:
    """Images of two submissions that are the same or alike: each of one with one of the other, both ways."""
    pairs = {*same_images(first, second), *alike_pairs(first, second)}
    return _each_with_one(pairs), _each_with_one({(j, i) for i, j in pairs})


def _each_with_one(pairs: set[tuple[int, int]]) -> Matches:
    return sorted({i: j for i, j in sorted(pairs, reverse=True)}.items())


def _flag(counts: Mapping[str, int], size: int, others: int) -> Flag:
    """A flag of images that are also in others' submissions.

    Args:
        counts: how many, by submission.
        size: how many images there are.
        others: how many such submissions there are, also those that are not counted.
    """
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = "; ".join(f"{count} of {size} images are also in {name}" for name, count in most)
    more = f"; and some are in {others - len(most)} more submissions" if others > len(most) else ""
    return Flag("shared_images", named + more, [name for name, _ in most])


def _sharing(submissions: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[str]]:
    """The others that each submission shares more than :data:`FEW` images with, the most first; by id.

    Images are also held against the others moved, mirrored and recoloured; there more than a third must be alike.
    Memory grows with the number of images times the number of submissions, by one byte.
    """
    names = sorted(submissions)
    if len(names) < 2:
        return {}
    images = [image for name in names for image in submissions[name]]
    sizes = np.array([len(submissions[name]) for name in names])
    owner = np.repeat(np.arange(len(names)), sizes)
    alike = np.stack([mine.sum(axis=0) for mine in np.split(alike_owners(images, owner), np.cumsum(sizes)[:-1])])
    alike[alike <= SHARE * sizes[:, None]] = 0
    found = np.maximum(_same_by_owner(images, owner), alike)
    np.fill_diagonal(found, 0)
    most = {name: np.argsort(-row, kind="stable")[: np.sum(row > FEW)] for name, row in zip(names, found, strict=True)}
    return {name: [names[other] for other in some] for name, some in most.items() if len(some)}


def _same_by_owner(images: Sequence[np.ndarray], owner: np.ndarray) -> np.ndarray:
    """Numbers of an owner's images that another owner has, too: int (owners, owners)."""
    from scipy.sparse import csr_array  # a tenth of a second that one submission does not need

    ones, groups = np.ones(len(images), dtype=np.int32), groups_of_same(images)
    mine = csr_array((ones, (owner, groups)), shape=(owner[-1] + 1, len(images)))
    theirs = mine.copy()
    theirs.data[:] = 1  # one image of a group is enough
    return (mine @ theirs.T).toarray()
