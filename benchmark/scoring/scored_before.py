"""Records that were computed before, kept in the cache folder by everything that decides them.

Scoring the same weights by the same protocol with the same code tells nothing new, so the record is copied.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from benchmark.records.record import Record
from benchmark.system.cache import cache_folder


def kept_folder(blank: Record, second_digest: str | None, judge_fault: str | None = None) -> Path:
    """Where a record would be kept.

    Args:
        blank: the record before it is scored.
        second_digest: of the second judge, which no protocol names.
        judge_fault: what the judge's self-test finds today.
    """
    decides = blank.model_dump(mode="json", exclude={"system": {"created", "git_commit"}})
    decides |= {"second judge": second_digest, "judge fault": judge_fault}
    key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    return cache_folder() / "scores" / key
