"""Images that submissions of one batch share: flags for each, and which image of one is which of another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.grading.fingerprints import same_images
from benchmark.grading.flags import Flag, shared_images
from benchmark.grading.graded import Graded
from benchmark.grading.image_views import Views
from benchmark.grading.near_duplicates import alike_pairs
from benchmark.system.files import write_text

Matches = Sequence[tuple[int, int]]  # image of one, image of the other


@dataclass(frozen=True)
class Shared:
    """What the submissions of a batch share."""

    flags: Mapping[str, Flag]  # by id, of those that share more than a few images
    matches: Mapping[tuple[str, str], Matches]  # of those with each other that a flag names


def shared_of(graded: Sequence[Graded], kept: Path, key: str) -> Shared:
    """What the submissions share, compared once for the same batch.

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
        flags = {name: vars(flag) for name, some in shared_images(images).items() for flag in some}
        pairs = {tuple(sorted((name, other))) for name, flag in flags.items() for other in flag["others"]}
        matches = [[one, other, matching(images[one], images[other])] for one, other in sorted(pairs)]
        found = {"digest": digest, "flags": flags, "matches": matches}
        write_text(kept, json.dumps(found, indent=1) + "\n")
    return _shared(found)


def kept_shared(kept: Path) -> Shared:
    """What the submissions of the last comparison share; nothing if it is not there."""
    return _shared(_read(kept) or {"flags": {}, "matches": []})


def _shared(found: Mapping[str, Any]) -> Shared:
    return Shared(
        {name: Flag(**flag) for name, flag in found["flags"].items()},
        {(one, other): [(i, j) for i, j in pairs] for one, other, pairs in found["matches"]},
    )


def _read(path: Path, digest: str | None = None) -> dict[str, Any] | None:
    """What was found before, if it was of the same submissions."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        is_same = digest is None or found["digest"] == digest
        return found if is_same and found.keys() == {"digest", "flags", "matches"} else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def matching(first: Views, second: Views) -> list[tuple[int, int]]:
    """Images of two submissions that are the same or alike: each of the first with one of the second, by number."""
    pairs = sorted({*same_images(first[:], second[:]), *alike_pairs(first[:], second[:])})
    return [(i, j) for position, (i, j) in enumerate(pairs) if position == 0 or pairs[position - 1][0] != i]
