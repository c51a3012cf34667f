"""README links each score to the line that computes it."""

import inspect
from pathlib import Path

import pytest

from evaluators import EVALUATORS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVALUATORS)
def test_readme_links_a_score_to_its_compute(name):
    compute = EVALUATORS[name].compute
    file = Path(inspect.getsourcefile(compute)).relative_to(ROOT)
    link = f"[`{name}`]({file}#L{inspect.getsourcelines(compute)[1]})"
    assert link in README, "nox -s leaderboard -- --write writes the links again"
