"""Two judges of the same images: the gap, its spread, and when it is flagged."""

import pytest
import torch

from evaluators.base import Score
from evaluators.intervals import bootstrap_counts, gap_spread, second_opinion


def outcomes(hits, trials):
    return torch.stack([hits, trials], dim=1).to(torch.uint8)


def two_judges(n, lost, seed=0):
    """Hits of one judge, and of another that loses a share of them."""
    rng = torch.Generator().manual_seed(seed)
    trials = torch.randint(1, 4, (n,), generator=rng)
    hits = torch.stack([torch.randint(0, int(k) + 1, (), generator=rng) for k in trials])
    other = hits - ((hits > 0) & (torch.rand(n, generator=rng) < lost)).long()
    return outcomes(hits, trials), outcomes(other, trials)


def score(counts):
    hits, trials = counts.double().sum(dim=0).tolist()
    return Score(value=hits / trials, n=int(trials), outcomes=counts)


def test_equal_judges_have_no_gap_and_do_not_disagree():
    first, _ = two_judges(64, 0.0)
    opinion = second_opinion(score(first), score(first))
    assert (opinion.gap, opinion.spread, opinion.disagrees) == (0.0, 0.0, False)


@pytest.mark.parametrize(("lost", "disagrees"), [(0.3, True), (0.0, False)])
def test_a_judge_that_sees_clearly_less_or_more_disagrees(lost, disagrees):
    first, other = two_judges(400, lost)
    for pair in ((first, other), (other, first)):
        opinion = second_opinion(*map(score, pair))
        assert opinion.disagrees == disagrees
        assert opinion.value == pytest.approx(score(pair[0]).value - opinion.gap)


def test_differences_that_cancel_out_are_within_their_spread():
    counts = outcomes(torch.tensor([1, 0] * 50), torch.ones(100, dtype=torch.long))
    opinion = second_opinion(score(counts), score(counts.roll(1, dims=0)))
    assert opinion.gap == 0.0
    assert opinion.spread > 0.1
    assert not opinion.disagrees


def test_the_spread_is_that_of_resampled_images():
    first, other = two_judges(300, 0.3)
    counts = bootstrap_counts(300, 4000, 0).double()
    gaps = counts @ (first[:, 0].double() - other[:, 0].double()) / (counts @ first[:, 1].double())
    assert gap_spread(first, other) == pytest.approx(1.96 * gaps.std().item(), rel=0.05)


def test_the_spread_of_ratios_with_trials_of_their_own_is_that_of_resampled_images():
    """F1: what counts as a trial depends on what the judge sees."""
    first, _ = two_judges(300, 0.0, seed=1)
    other, _ = two_judges(300, 0.0, seed=2)
    counts = bootstrap_counts(300, 4000, 0).double()
    one, two = (counts @ outcomes.double() for outcomes in (first, other))
    gaps = one[:, 0] / one[:, 1] - two[:, 0] / two[:, 1]
    assert gap_spread(first, other) == pytest.approx(1.96 * gaps.std().item(), rel=0.05)


def test_scores_that_are_no_ratios_are_compared_resample_by_resample():
    resampled = torch.tensor([0.5, 0.6, 0.7, 0.6], dtype=torch.float64)
    alike = second_opinion(Score(value=0.6, n=9, resampled=resampled), Score(value=0.5, n=9, resampled=resampled - 0.1))
    assert alike.spread == pytest.approx(0.0, abs=1e-12)
    assert alike.disagrees
    apart = second_opinion(Score(value=0.6, n=9, resampled=resampled), Score(value=0.5, n=9, resampled=-resampled))
    assert apart.spread == pytest.approx(2 * 1.96 * resampled.std().item(), rel=1e-4)
    assert not apart.disagrees


def test_a_score_without_outcomes_has_a_gap_and_no_verdict():
    opinion = second_opinion(Score(value=0.7, n=9), Score(value=0.5, n=9))
    assert opinion.gap == pytest.approx(0.2)
    assert opinion.spread is None
    assert not opinion.disagrees


def test_other_images_are_refused():
    first, _ = two_judges(10, 0.0)
    with pytest.raises(ValueError, match="saw 10 and 9 images"):
        gap_spread(first, first[1:])
