"""Records that were computed before, kept in the cache folder by everything that decides them.

Scoring the same weights by the same protocol with the same code tells nothing new, so the record is copied. Code with
changes that are not committed is not trusted to be the same code.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from benchmark.atomic import replacing
from benchmark.data.packed import cache_folder
from benchmark.outcomes import answers_path, outcomes_path
from benchmark.record_files import load_record
from benchmark.records import Record
from evaluators import EVALUATORS


def kept_path(blank: Record, second_digest: str | None, judge_fault: str | None = None) -> Path | None:
    """Where a record would be kept; None if it is not.

    Args:
        blank: the record before it is scored.
        second_digest: of the second judge, which no protocol names.
        judge_fault: what the judge's self-test finds today.
    """
    if blank.system.git_commit is None or blank.system.git_commit.endswith("+changes"):
        return None
    decides = blank.model_dump(mode="json", exclude={"system": {"created"}})
    decides |= {"second judge": second_digest, "judge fault": judge_fault}
    decides |= {"versions": {name: cls.version for name, cls in EVALUATORS.items()}}
    key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    return cache_folder() / "scores" / key / blank.file_name


def keep(record: Path, kept: Path) -> None:
    """Copy a record, last, after what lies beside it."""
    _copy_companions(record, kept)
    with replacing(kept) as temporary:
        shutil.copyfile(record, temporary)


def restore(kept: Path, folder: Path) -> Path:
    """The record in another folder, with what lies beside it."""
    record = load_record(kept)
    _copy_companions(kept, folder / record.file_name)
    return record.save(folder)


def _copy_companions(record: Path, to: Path) -> None:
    for place in (outcomes_path, answers_path):
        if place(record).exists():
            with replacing(place(to)) as temporary:
                shutil.copyfile(place(record), temporary)
