"""Images that submissions of one batch share: a flag for each submission, and the matching images."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.grading.evidence.chance import FEW
from benchmark.grading.evidence.fingerprints import block_means, groups_of_same, same_images
from benchmark.grading.evidence.flags import Flag
from benchmark.grading.evidence.near_duplicates import SHARE, alike_owners, alike_pairs
from benchmark.grading.graded import Graded
from benchmark.system.files import sha256_text, write_text

MOST_NAMED = 5  # other submissions named in one flag
Matches = Sequence[tuple[int, int]]  # image of one, image of the other
Pairs = Mapping[tuple[int, int], float]  # image of the first, image of the second: how far apart, of 255
Counts = tuple[int, int]  # images that are the same as one of the other's, and others that are like one


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
    digest = sha256_text(known)
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
    """The images that submissions share, flagged where more than :data:`FEW` distinct ones are also another's.

    First all submissions are compared quickly, then those that a flag names are compared image by image.

    Args:
        submissions: images by id, of all lists, handed in and drawn: each uint8 (3, S, S).
    """
    others = _sharing_submissions(submissions)
    named = {name: some[:MOST_NAMED] for name, some in others.items()}
    matches: dict[tuple[str, str], Matches] = {}
    counts: dict[tuple[str, str], Counts] = {}
    for one, other in sorted({tuple(sorted((name, other))) for name, some in named.items() for other in some}):
        same, alike = matching_images(submissions[one][:], submissions[other][:])
        for pair, turned in (((one, other), False), ((other, one), True)):
            matches[pair], counts[pair] = _seen_from(same, alike, turned=turned)
    flags = {}
    for name, some in named.items():
        flags[name] = _flag({other: counts[name, other] for other in some}, len(submissions[name]), len(others[name]))
    return Shared(flags, matches)


def matching_images(first: np.ndarray, second: np.ndarray) -> tuple[Pairs, Pairs]:
    """Images of two submissions that are the same, and others that are alike, each with how far apart they are.

    Args:
        first: uint8 (N, 3, S, S).
        second: uint8 (M, 3, S, S).
    """
    ours, theirs = (block_means(images.astype(np.float32)).reshape(len(images), -1) for images in (first, second))
    same = set(same_images(first, second))
    alike = set(alike_pairs(first, second)) - same
    return tuple({(i, j): float(np.abs(ours[i] - theirs[j]).mean()) for i, j in pairs} for pairs in (same, alike))


def _seen_from(same: Pairs, alike: Pairs, *, turned: bool) -> tuple[Matches, Counts]:
    """Each image of one side with its partner, and the numbers of partners that are the same and that are alike."""
    ours = 1 if turned else 0
    nearest = [*sorted(same, key=lambda pair: (same[pair], pair)), *sorted(alike, key=lambda pair: (alike[pair], pair))]
    found = _partners([(pair[ours], pair[1 - ours]) for pair in nearest])
    copies = len({pair[ours] for pair in same})
    return sorted(found.items()), (copies, len(found) - copies)


def _partners(nearest: Sequence[tuple[int, int]]) -> dict[int, int]:
    """A partner for each image: the nearest image that no other one has as partner, or the nearest if all are taken."""
    found: dict[int, int] = {}
    taken: set[int] = set()
    for one, other in nearest:
        if one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    for one, other in nearest:
        found.setdefault(one, other)
    return found


def _flag(counts: Mapping[str, Counts], size: int, others: int) -> Flag:
    """A flag of images that are also in others' submissions, or like some there.

    Args:
        counts: how many, by submission.
        size: how many images there are.
        others: how many such submissions there are, also those that are not counted.
    """
    most = sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))
    named = "; ".join(_in_words(*count, size, name) for name, count in most)
    more = f"; and some are in {others - len(most)} more submissions" if others > len(most) else ""
    return Flag("shared_images", named + more, [name for name, _ in most])


def _in_words(same: int, alike: int, size: int, name: str) -> str:
    if not same:
        return f"{alike} of {size} images are like some in {name}"
    return f"{same} of {size} images are also in {name}" + (f", and {alike} are like some there" if alike else "")


def _sharing_submissions(submissions: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[str]]:
    """The others with which each submission shares more than :data:`FEW` distinct images, the most first; by id.

    Images that are the same count as one image on either side, since a repeated image may be in another submission by
    chance. Images are also compared after moving, mirroring and recolouring; of such likenesses there must be more than
    a third of the distinct images. Memory is one byte per image and submission.
    """
    names = sorted(submissions)
    if len(names) < 2:
        return {}
    images = [image for name in names for image in submissions[name]]
    sizes = np.array([len(submissions[name]) for name in names])
    owner = np.repeat(np.arange(len(names)), sizes)
    groups = groups_of_same(images)
    alike, distinct = _alike_by_owner(alike_owners(images, owner), groups, owner)
    alike[alike <= SHARE * distinct[:, None]] = 0
    found = np.maximum(_same_by_owner(groups, owner), alike)
    np.fill_diagonal(found, 0)
    most = {name: np.argsort(-row, kind="stable")[: np.sum(row > FEW)] for name, row in zip(names, found, strict=True)}
    return {name: [names[other] for other in some] for name, some in most.items() if len(some)}


def _alike_by_owner(alike: np.ndarray, groups: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct images of each owner that are like another owner's, and all that the owner has.

    Args:
        alike: by image and owner, bool (N, owners).
        groups: a number for each image, the same for the same images, int (N,).
        owner: of each image, int (N,).

    Returns:
        Numbers of alike ones, int (owners, owners), and of all, int (owners,).
    """
    order = np.lexsort((groups, owner))
    is_first = np.append(True, (np.diff(owner[order]) != 0) | (np.diff(groups[order]) != 0))
    starts = np.flatnonzero(is_first)
    likeness, owners = np.logical_or.reduceat(alike[order], starts), owner[order][starts]
    bounds = np.searchsorted(owners, np.arange(owner[-1] + 1))
    return np.add.reduceat(likeness.astype(int), bounds), np.bincount(owners)


def _same_by_owner(groups: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Numbers of an owner's distinct images that another owner has, too: int (owners, owners)."""
    from scipy.sparse import csr_array  # a tenth of a second that one submission does not need

    owned = csr_array((np.ones(len(groups), dtype=np.int32), (owner, groups)), shape=(owner[-1] + 1, len(groups)))
    owned.data[:] = 1  # one image of a group is enough, on either side
    return (owned @ owned.T).toarray()
