"""The confined process: it reads one submission and leaves pixels, or the reason why there are none.

Reads a job from standard input, tells on standard output which walls stand, closes that for good, and only then looks
at the submission; it answers into a file that its parent opened. What may start threads is imported when the walls
stand: threads that are there before would stay outside.
"""

from __future__ import annotations

import ctypes.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.grading.sandbox.answer import MOST_TEXT, AnswerFile, NoRoom, Rejected, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import Limits, build_walls, limit_resources


def main(look: Callable[[Path, Assignment, AnswerFile], str | None] | None = None) -> None:
    """Confine this process, then look at the submission that the job on standard input names."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    assignment = Assignment.from_json(job["assignment"])
    answer = AnswerFile(job["answer"], assignment.layout())
    path = Path(job["path"])
    limits = Limits(**job["limits"])
    limited = limit_resources(limits, file_size=assignment.layout().size)
    readable, listable = [path, *map(Path, job["readable"])], map(Path, job["listable"])
    tell_walls(build_walls(limits, job["parent"], job["user"], readable, listable) | {"limits": limited})
    tempfile.tempdir = "/"  # libraries request the name when they are loaded; nothing can be written there
    ctypes.util.find_library = lambda name: None  # torch with CUDA calls it, and it would start a compiler
    try:
        if look is None:
            from benchmark.grading.submission.read import examine as look
        remark = look(path, assignment, answer)
    except Rejected as verdict:
        answer.say("rejected", one_line(str(verdict), MOST_TEXT))
    except NoRoom as error:
        answer.say("failed", one_line(str(error)))
    except MemoryError:
        answer.say("failed", f"it needs more than {limits.address_space >> 20:,} MiB of memory")
    except Exception as error:  # whatever a library makes of hostile bytes, it concerns this submission alone
        said = getattr(error, "strerror", None) or str(error).replace(str(path), "the submission")
        answer.say("failed", one_line(f"reading it ended in {type(error).__name__}: {said}"))
    else:
        answer.say("ready", one_line(remark or "", MOST_TEXT))


def tell_walls(walls: dict[str, str | None]) -> None:
    """Tell the parent which walls stand, before anything of a stranger's is read; nothing can be added later."""
    os.write(sys.stdout.fileno(), json.dumps(walls).encode())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the last handle of the pipe
