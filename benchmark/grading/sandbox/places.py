"""Messages without paths of the grader's machine, since participants read them and know only their own files."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
END = r"(?=$|[^\w.-])"  # of a folder's name


def without_local_paths(text: str, submission: Path | None = None) -> str:
    """The text with a submission's files named as in it, and with "…" for other folders of this machine.

    Args:
        text: an error's.
        submission: folder or file.
    """
    for place in _ways_to_write(submission) if submission else ():
        text = re.sub(rf"{re.escape(place)}[/\\]", "", text)
        text = re.sub(rf"{re.escape(place)}{END}", "the submission", text)
    for place in sorted({place for folder in _folders(submission) for place in _ways_to_write(folder)}, key=len)[::-1]:
        text = re.sub(rf"{re.escape(place)}{END}", "…", text)
    return text


def _folders(submission: Path | None) -> Iterator[Path]:
    """Folders of this machine that a message may name."""
    if submission is not None:
        yield submission.parent
    yield from (Path.cwd(), Path(os.path.expanduser("~")), Path(tempfile.gettempdir()), ROOT)
    yield from (Path(sys.prefix), Path(sys.base_prefix))


def _ways_to_write(path: Path) -> list[str]:
    """A path as given, absolute and without links; not the top of everything."""
    ways = {str(path), str(path.absolute()), str(path.parent.resolve() / path.name)}
    return sorted((way for way in ways if Path(way).is_absolute() and len(Path(way).parts) > 1), key=len, reverse=True)
