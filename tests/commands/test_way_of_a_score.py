"""The way from a trained run to its record is the one that CONTRIBUTING.md shows."""

import re
import sys
from pathlib import Path

from benchmark.cli import main

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"^\d+\. \[`([\w.]+)`\]\(([\w/]+\.py)\)", re.MULTILINE)


def shown_steps():
    """The functions that the document names: (file, qualified name), in its order."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## From a run to its record")[2]
    return [(file, name) for name, file in STEP.findall(text.partition("\n## ")[0])]


def calls_of(words, watched):
    """Those of the watched functions that a command calls, by their first calls."""
    seen = {}

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            name = Path(frame.f_code.co_filename).relative_to(ROOT).as_posix(), frame.f_code.co_qualname
            if name in watched:
                seen.setdefault(name, None)

    sys.setprofile(note)
    try:
        assert main(words) == 0
    finally:
        sys.setprofile(None)
    return list(seen)


def test_a_score_takes_the_steps_that_contributing_shows_in_their_order(toy):
    words = "train --task anime-faces-unconditional --data toy --model mlp_gan --budget short --out run"
    scoring = ["score", "run", "--data", "toy", "--out", "records"]
    assert [main(words.split()), main(scoring)] == [0, 0]
    (record,) = (toy / "records").glob("*mlp_gan*.json")
    record.unlink()  # the reference rows stay
    steps = shown_steps()
    assert len(steps) > 5
    assert calls_of(scoring, steps) == steps
