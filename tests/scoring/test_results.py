"""Evaluators become scores one after another, and a person sees how far they are."""

import pytest

from benchmark.scoring.results import compute_scores
from benchmark.system import terminal
from evaluators.base import Score, TooFewImagesError


class Ready:
    """An evaluator that has seen enough images."""

    def compute(self):
        return Score(value=0.5, n=2)


class TooFew:
    """An evaluator that has not."""

    def compute(self):
        raise TooFewImagesError("saw 1 image; it needs at least 2")


def test_a_score_of_too_few_images_is_refused_and_the_others_are_given():
    found, refused = compute_scores({"first": Ready(), "second": TooFew(), "third": Ready()})
    assert {name: score.value for name, score in found.items()} == {"first": 0.5, "third": 0.5}
    assert refused == {"second": "saw 1 image; it needs at least 2"}


def test_a_reason_of_several_lines_is_kept_in_one():
    class Wordy:
        """An evaluator of one's own that explains itself at length."""

        def compute(self):
            raise TooFewImagesError("saw 1 image;\n  it needs 2\n")

    assert compute_scores({"wordy": Wordy()}) == ({}, {"wordy": "saw 1 image; it needs 2"})


@pytest.mark.parametrize(("seconds", "lines"), [(-1.0, 3), (60.0, 0)])
def test_slow_evaluators_are_counted_and_quick_ones_say_nothing(monkeypatch, capsys, seconds, lines):
    monkeypatch.setattr(terminal, "LINE_EVERY", seconds)
    compute_scores({"first": Ready(), "second": TooFew(), "third": Ready()})
    shown = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in shown] == [f"computing scores: {n} of 3" for n in range(1, lines + 1)]
