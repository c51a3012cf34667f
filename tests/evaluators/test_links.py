"""README links each score to the lines that decide it."""

import inspect
from pathlib import Path

import pytest

from evaluators import EVALUATORS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVALUATORS)
def test_readme_links_a_score_to_the_lines_that_decide_it(name):
    counted = EVALUATORS[name].compute
    if "return share(self.seen())" in inspect.getsource(counted):
        counted = EVALUATORS[name].outcomes  # each image's, of which the score is the share
    file = Path(inspect.getsourcefile(counted)).relative_to(ROOT)
    link = f"[`{name}`]({file}#L{inspect.getsourcelines(counted)[1]})"
    assert link in README, "nox -s leaderboard -- --write writes the links again"
