"""What runs in the confined process: look at one submission and leave pixels, or the reason why there are none.

Reads a job from standard input and answers into a file that its parent opened. What may start threads is imported
when the walls stand: threads that are there before would stay outside.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.grading.answer import AnswerFile
from benchmark.grading.assignment import Assignment
from benchmark.grading.confinement import WALLS, Limits, build_walls, limit_resources
from benchmark.grading.rejection import Rejected, one_line


def main(look: Callable[[Path, Assignment, AnswerFile], str | None] | None = None) -> None:
    """Confine this process, then look at the submission that the job on standard input names."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    assignment = Assignment.from_json(job["assignment"])
    answer = AnswerFile(job["answer"], assignment.layout())
    path = Path(job["path"])
    limits = Limits(**job["limits"])
    limit_resources(limits, file_size=assignment.layout().size)
    walls = build_walls(limits, job["parent"], [path, *map(Path, job["readable"])], map(Path, job["listable"]))
    tempfile.tempdir = "/"  # libraries ask for the name when they are loaded; nothing can be written there
    answer.note_walls(sum(1 << bit for bit, name in enumerate(WALLS) if walls[name] is None))
    try:
        if look is None:
            from benchmark.grading.examination import examine as look
        remark = look(path, assignment, answer)
    except Rejected as verdict:
        answer.say("rejected", one_line(str(verdict)))
    except MemoryError:
        answer.say("failed", f"it needs more than {limits.address_space >> 20:,} MiB of memory")
    except Exception as error:  # whatever a library makes of hostile bytes, it concerns this submission alone
        answer.say("failed", one_line(f"reading it ended in {type(error).__name__}: {error}"))
    else:
        answer.say("ready", one_line(remark or ""))
