"""Verdicts: from intervals and regions, from scores, logs and ends of runs."""

import math

import pytest
import torch
from builders.claims import HIGHER, A, B, claim, collapsed, diverged, log_test, saved, with_log
from builders.leaderboards import FD, SCORE, run
from builders.records import declared

from benchmark.errors import UsageError
from benchmark.records.per_sample import Answers, PerSample, save_per_sample
from benchmark.records.score_curve import load_curve
from benchmark.records.store import curve_path
from benchmark.records.training_log import save_log
from benchmark.reports.claims import OtherClaim
from benchmark.reports.judging import judge
from benchmark.reports.render import budget_words, words_of_test
from benchmark.reports.verdicts import claim_region, claim_verdict, decide
from benchmark.reports.words import describe

EVENT = {"measure": "event", "event": "either", "first": A}
LONG = {"updates": 3_000, "words": "3,000 iterations"}


def judged(folder, records, *tests, **changes):
    """The only verdict on a claim with these tests."""
    (found,) = judge([claim(*tests, **changes)], records, folder)
    return found


def of_rates(folder, first, second, test=HIGHER, **changes):
    return judged(folder, saved(folder, run(A, **first), run(B, **second)), test, **changes)


@pytest.mark.parametrize(
    ("direction", "verdicts"),
    [
        ("higher", ["contradicted", "contradicted", "contradicted", "undecided", "reproduced"]),
        ("lower", ["reproduced", "undecided", "contradicted", "contradicted", "contradicted"]),
        ("same", ["contradicted", "undecided", "reproduced", "undecided", "contradicted"]),
        ("not_higher", ["reproduced", "reproduced", "reproduced", "undecided", "contradicted"]),
        ("not_lower", ["contradicted", "undecided", "reproduced", "reproduced", "reproduced"]),
    ],
)
def test_the_interval_decides_against_the_region(direction, verdicts):
    intervals = [(-4, -3), (-3, -1), (-1, 1), (1, 3), (3, 4)]
    assert [decide(interval, claim_region(direction, 2)) for interval in intervals] == verdicts


def test_an_interval_that_touches_the_end_decides_nothing():
    assert decide((2, 3), claim_region("higher", 2)) == "undecided"
    assert decide((0, 0), claim_region("higher", 0)) == "undecided"


def test_an_unknown_interval_decides_nothing():
    assert decide((-math.inf, math.inf), claim_region("higher", 2)) == "undecided"


def test_one_test_that_fails_contradicts_and_one_that_is_missing_leaves_it_open():
    assert claim_verdict(["reproduced", "not measured", "contradicted"]) == "contradicted"
    assert claim_verdict(["reproduced", "not measured", "undecided"]) == "not measured"
    assert claim_verdict(["reproduced", "undecided"]) == "undecided"
    assert claim_verdict(["reproduced", "reproduced"]) == "reproduced"


# Scores


def save_with(folder, record, per_sample):
    """Write a record again, with what is known of single images."""
    path = folder / record.file_name
    path.unlink()
    record.model_copy(update={"per_sample_sha256": save_per_sample(path, per_sample)}).save(folder)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(0.8, 0.5, "reproduced"), (0.5, 0.8, "contradicted"), (0.55, 0.5, "undecided"), (0.5, 0.5, "undecided")],
)
def test_two_scores_are_compared_by_their_intervals(tmp_path, first, second, verdict):
    found = of_rates(tmp_path, {"value": first}, {"value": second})
    assert found.verdict == verdict
    assert "unpaired over the images" in found.tests[0].number


def test_images_in_pairs_decide_what_the_two_intervals_leave_open(tmp_path):
    first, second = run(A, 0.55), run(B, 0.5)
    saved(tmp_path, first, second)
    assert judged(tmp_path, [first, second], HIGHER).verdict == "undecided"
    hits = (torch.rand(4_000, generator=torch.Generator().manual_seed(0)) < 0.5).long()
    better = hits.clone()
    better[hits.logical_not().nonzero().flatten()[:200]] = 1
    for record, some in ((first, better), (second, hits)):
        scores = {"topk_accuracy": torch.stack([some, torch.ones_like(some)], dim=1)}
        save_with(tmp_path, record, PerSample(scores=scores))
    found = judged(tmp_path, [first, second], HIGHER)
    assert found.verdict == "reproduced"
    assert found.tests[0].number.startswith("5.0 points [4.")
    assert "paired over the images" in found.tests[0].number
    reverse = judged(tmp_path, [first, second], HIGHER | {"first": B, "second": A})
    assert reverse.tests[0].number.startswith("-5.0 points [-5.")


def test_several_seeds_are_compared_over_the_seeds(tmp_path):
    pairs = [(0.80, 0.60), (0.81, 0.60), (0.60, 0.60)]
    records = [
        run(name, value, 0.001, seed=seed)
        for seed, two in enumerate(pairs)
        for name, value in zip((A, B), two, strict=True)
    ]
    saved(tmp_path, *records)
    found = judged(tmp_path, records, HIGHER)
    assert (found.verdict, found.seeds) == ("undecided", 3)
    assert "over 3 seeds" in found.tests[0].number
    two = judged(tmp_path, records[:4], HIGHER)
    assert (two.verdict, two.seeds) == ("reproduced", 2)


def test_seeds_that_agree_keep_the_uncertainty_over_the_images(tmp_path):
    wide = [run(name, value, 0.1, seed=seed) for seed in (0, 1) for name, value in ((A, 0.55), (B, 0.5))]
    assert judged(tmp_path, saved(tmp_path, *wide), HIGHER).verdict == "undecided"
    narrow = [run(name, value, 0.01, seed=seed) for seed in (2, 3) for name, value in ((A, 0.55), (B, 0.5))]
    assert judged(tmp_path, saved(tmp_path, *narrow), HIGHER).verdict == "reproduced"


def test_only_seeds_that_both_rows_have_count(tmp_path):
    records = saved(tmp_path, run(A, 0.8), run(A, 0.1, seed=1), run(B, 0.5))
    assert judged(tmp_path, records, HIGHER).seeds == 1
    apart = judged(tmp_path, records[1:], HIGHER)
    assert apart.tests[0].reason == f"{A} and {B} have no seed in common"


def test_a_score_is_compared_with_a_value_of_the_report(tmp_path):
    test = {"measure": "score", "score": "topk_accuracy", "first": A, "direction": "same", "effect": 0.06}
    records = saved(tmp_path, run(A, 0.7, 0.04))
    found = judged(tmp_path, records, test | {"value": 0.71})
    assert found.verdict == "reproduced"
    assert found.tests[0].number == "70.0 % [66.0, 74.0] (over the images)"
    assert found.tests[0].needed == "65.0 to 77.0 %"
    assert judged(tmp_path, records, test | {"value": 0.9}).verdict == "contradicted"


def test_a_condition_list_has_its_own_interval_from_the_answers(tmp_path):
    test = {"measure": "score", "score": "topk_accuracy", "group": "test", "first": A, "value": 0.4}
    test |= {"direction": "same", "effect": 0.1}
    (record,) = saved(tmp_path, run(A))
    assert judged(tmp_path, [record], test).verdict == "undecided"  # nothing next to the record tells it
    requested = torch.zeros(1, 500, 24, dtype=torch.uint8)
    requested[:, :, 0] = 1
    logits = torch.zeros(1, 500, 24)
    logits[:, :200, 0] = 1.0
    logits[:, 200:, 1] = 1.0
    answers = {"test": Answers(logits, requested), "new_test": Answers(1 - logits, requested)}
    save_with(tmp_path, record, PerSample(answers=answers))
    found = judged(tmp_path, [record], test)
    assert found.verdict == "reproduced"
    assert found.tests[0].number.startswith("40.0 % [35.")
    other = judged(tmp_path, [record], test | {"group": "train"})
    assert other.tests[0].reason == "topk_accuracy has no group 'train'; it has test, new_test"


def test_a_score_without_an_interval_decides_nothing(tmp_path):
    test = HIGHER | {"score": "fd_efficientnet_lite0", "direction": "lower", "effect": 5.0}
    found = of_rates(tmp_path, {"fd": 100.0}, {"fd": 300.0}, test)
    assert found.verdict == "undecided"
    assert "-200.00, no interval" in found.tests[0].number


def test_scores_of_two_versions_are_not_compared(tmp_path):
    newer = {"topk_accuracy": SCORE | {"version": 2}}
    found = of_rates(tmp_path, {"value": 0.8}, {"scores": newer})
    assert found.verdict == "not measured"
    assert found.tests[0].reason == "topk_accuracy is of versions 1 and 2; score both runs again"


def test_a_run_that_diverged_has_no_score_and_the_reason_is_reported(tmp_path):
    found = judged(tmp_path, saved(tmp_path, diverged(A, 7), run(B)), HIGHER)
    assert found.verdict == "not measured"
    assert "cdcgan_iclevr has no topk_accuracy: generator/fake was not finite" in found.tests[0].reason


def test_a_refused_score_is_not_measured_and_the_reason_is_reported(tmp_path):
    refused = {"scores": {"fd_efficientnet_lite0": FD}, "refused": {"topk_accuracy": "too few images"}}
    assert of_rates(tmp_path, {}, refused).tests[0].reason == "acgan_iclevr has no topk_accuracy: too few images"


# Budgets and protocols


def test_a_verdict_has_its_budget_and_says_when_it_is_below_the_reports(tmp_path):
    below = of_rates(tmp_path, {"value": 0.8}, {"value": 0.5}, budget=LONG)
    assert (below.updates, below.budget, below.is_after_shorter_training) == (1_500, "short", True)
    assert not judged(tmp_path, [run(A, 0.8), run(B, 0.5)], HIGHER).is_after_shorter_training


@pytest.mark.parametrize("status", ["undertrained", "collapsed"])
def test_a_row_that_has_learned_too_little_by_the_reports_budget_decides_no_comparison(tmp_path, status):
    early = {"value": 0.5, "status": status, "reason": "at its floor"}
    found = of_rates(tmp_path, {"value": 0.8}, early, budget=LONG)
    assert (found.verdict, found.tests[0].reason) == ("undecided", f"{B} had learned too little")
    assert f"It decides nothing, since {B} had learned too little" in words_of_test(found.tests[0])
    enough = {"updates": 1_500, "words": "1,500 iterations"}
    assert of_rates(tmp_path / "enough", {"value": 0.8}, early, budget=enough).verdict == "reproduced"


def test_a_row_that_is_said_to_collapse_decides_a_comparison_however_early(tmp_path):
    records = saved(tmp_path, run(A, 0.2, status="collapsed", reason="at its floor"), run(B, 0.8))
    lower = HIGHER | {"direction": "lower"}
    assert judged(tmp_path, records, EVENT, lower, budget=LONG).verdict == "reproduced"
    assert judged(tmp_path, records, lower, budget=LONG).verdict == "undecided"


def test_the_longest_budget_that_all_rows_have_decides(tmp_path):
    longer = {"budget": "report", "updates": 9_000}
    records = [run(A, 0.8), run(B, 0.5), run(A, 0.2, **longer)]
    assert judged(tmp_path, saved(tmp_path, *records), HIGHER).updates == 1_500
    found = judged(tmp_path, [*records, run(B, 0.5, **longer)], HIGHER)
    assert (found.updates, found.verdict) == (9_000, "contradicted")


@pytest.mark.parametrize(
    ("lengths", "decided_at"),
    [
        ([20_000, 3_000, 1_500], 3_000),
        ([20_000, 1_500, 300], 1_500),
        ([20_000, 9_000], 9_000),
    ],
)
def test_another_papers_claim_is_decided_at_its_own_length_or_the_next_one(tmp_path, lengths, decided_at):
    runs = [run(name, 0.5, budget="custom", updates=n) for name in (A, B) for n in lengths]
    records = saved(tmp_path, *runs)
    (found,) = judge([claim(HIGHER, kind=OtherClaim, budget=LONG)], records, tmp_path)
    assert (found.updates, found.budget) == (decided_at, str(decided_at))
    assert found.is_after_shorter_training == (decided_at < 3_000)
    (bundled,) = judge([claim(HIGHER, budget=LONG)], records, tmp_path)
    assert (bundled.updates, bundled.budget) == (20_000, "custom")


def test_another_papers_claim_never_compares_the_budgets_of_two_bundled_reports(tmp_path):
    first, second = ({"budget": "report", "updates": updates} for updates in (3_000, 9_000))
    records = saved(tmp_path, run(A, 0.8, **first), run(B, 0.5, **second))
    (found,) = judge([claim(HIGHER, kind=OtherClaim, budget=LONG)], records, tmp_path)
    assert found.verdict == "not measured"
    assert judged(tmp_path, records, HIGHER, budget=LONG).verdict == "reproduced"
    records = [*records, *saved(tmp_path, run(B, 0.5, budget="custom", updates=3_000))]
    (found,) = judge([claim(HIGHER, kind=OtherClaim, budget=LONG)], records, tmp_path)
    assert (found.verdict, found.updates) == ("reproduced", 3_000)


def test_rows_of_equally_many_updates_are_of_one_budget_whatever_its_name(tmp_path):
    by_number, by_report = ({"budget": budget, "updates": 9_000} for budget in ("custom", "report"))
    records = saved(tmp_path, run(A, 0.8, **by_number), run(B, 0.5, **by_report))
    assert judged(tmp_path, records, HIGHER).updates == 9_000
    shorter = run(B, 0.5, **by_report | {"updates": 8_999})
    assert judged(tmp_path, [records[0], shorter], HIGHER).verdict == "not measured"


def test_a_row_can_have_updates_of_its_own(tmp_path):
    records = saved(tmp_path, run(A, 0.8), run(A, 0.5, budget="custom", updates=300))
    found = judged(tmp_path, records, HIGHER | {"second": f"{A}@300"})
    assert (found.verdict, found.updates) == ("reproduced", 1_500)
    assert judged(tmp_path, records[:1], HIGHER | {"second": f"{A}@300"}).tests[0].rows == (f"{A}@300",)


@pytest.mark.parametrize(
    ("direction", "other", "effect", "verdict"),
    [
        ("higher", 1.0, 0.02, "undecided"),  # nothing is above 100 %
        ("higher", 0.985, 0.02, "undecided"),
        ("higher", 0.97, 0.02, "contradicted"),
        ("lower", 0.0, 0.02, "undecided"),
        ("lower", 0.03, 0.02, "contradicted"),
        ("not_higher", 0.0, 0.02, "contradicted"),
    ],
)
def test_a_saturated_score_contradicts_no_claim_for_there_is_no_room(tmp_path, direction, other, effect, verdict):
    value = 0.5 if direction == "not_higher" or other < 0.5 else 0.6
    records = saved(tmp_path, run(A, value, 0.005), run(B, other, 0.005))
    (found,) = judge([claim(HIGHER | {"direction": direction, "effect": effect})], records, tmp_path)
    assert found.verdict == verdict
    assert ("saturated" in (found.tests[0].reason or "")) == (verdict == "undecided")
    both = claim(HIGHER | {"direction": direction, "effect": effect}, HIGHER | {"direction": "same"})
    assert judge([both], records, tmp_path)[0].verdict == "contradicted"  # the other test still decides


@pytest.mark.parametrize(
    ("value", "direction", "verdict"),
    [(1.4, "higher", "undecided"), (0.9, "higher", "reproduced"), (0.3, "lower", "reproduced")],
)
def test_a_score_beyond_its_best_value_is_no_support_for_more_of_it(tmp_path, value, direction, verdict):
    def sharpness(number):
        entry = {"value": number, "interval": (number - 0.01, number + 0.01), "groups": {}}
        return {"sharpness": SCORE | declared("sharpness") | entry}

    records = saved(tmp_path, run(A, scores=sharpness(value)), run(B, scores=sharpness(0.6)))
    test = HIGHER | {"score": "sharpness", "direction": direction, "effect": 0.0}
    (found,) = judge([claim(test)], records, tmp_path)
    assert found.verdict == verdict
    assert ("1.40, beyond the best value, 1.00" in (found.tests[0].reason or "")) == (verdict == "undecided")


def test_losses_are_named_in_words_and_what_both_sides_share_is_said_once():
    def words(**changes):
        return describe(claim(log_test(**changes)).tests[0])

    early, late = {"updates": [1, 5_000]}, {"updates": [15_001, 20_000]}
    estimate = {"loss": "-discriminator/wasserstein", "within": early, "second_within": late}
    assert words(**estimate, second=A) == (
        f"Wasserstein estimate of {A}, mean of updates 1-5,000 minus mean of 15,001-20,000"
    )
    half = {"share": [0.5, 1.0]}
    swing = {"statistic": "swing", "effect": 1.1, "within": half}
    assert words(**swing) == f"generator's loss, swing in 50-100 % of the run: {A} over {B}"
    assert words(within=half, second=A, second_loss="discriminator") == (
        f"{A}, mean in 50-100 % of the run: generator's loss minus discriminator's loss"
    )
    assert words(within=half, loss="generator/fake", second_loss="discriminator") == (
        f"generator's loss (fake) of {A} (mean in 50-100 % of the run) minus "
        f"discriminator's loss of {B} (mean in 50-100 % of the run)"
    )
    assert describe(claim(HIGHER | {"first": f"{A}@10000"}).tests[0]) == (
        f"topk_accuracy: {A} at 10,000 updates minus {B}"
    )


def test_a_claim_of_rows_with_updates_of_their_own_is_decided_where_it_says(tmp_path):
    """The report says what happens at update 300 of its longer runs, and so do these."""
    at_300 = {"budget": "custom", "updates": 300}
    records = saved(tmp_path, run(A, 0.8, **at_300), run(B, 0.5, **at_300), run(A, 0.1), run(B, 0.9))
    found = judged(tmp_path, records, HIGHER | {"first": f"{A}@300", "second": f"{B}@300"}, budget=LONG)
    assert (found.verdict, found.updates, found.is_after_shorter_training) == ("reproduced", 300, False)
    assert budget_words(found).startswith("300 updates (fixed by the claim), 1 seed, ")
    mixed = judged(tmp_path, records, HIGHER | {"first": A, "second": f"{B}@300"}, budget=LONG)
    assert (mixed.updates, mixed.is_after_shorter_training) == (1_500, True)


def test_one_run_is_not_compared_with_itself(tmp_path):
    found = judged(tmp_path, saved(tmp_path, run(A)), HIGHER | {"second": f"{A}@1500"})
    assert found.tests[0].reason == f"{A} and {A} at 1,500 updates are one run at this budget"


def test_other_protocols_are_kept_apart_and_all_are_told(tmp_path):
    newer = {"protocol": {"version": 3}}
    records = [run(A, 0.8), run(B, 0.5), run(A, 0.5, **newer), run(B, 0.8, **newer)]
    found = judge([claim(HIGHER)], saved(tmp_path, *records), tmp_path)
    assert [one.verdict for one in found] == ["contradicted", "reproduced"]
    assert [one.protocol[:9] for one in found] == ["iclevr-v3", "iclevr-v2"]
    mixed = judge([claim(HIGHER)], [records[0], records[3]], tmp_path)
    assert [one.verdict for one in mixed] == ["not measured"]


def test_records_of_another_task_decide_nothing(tmp_path):
    other = {"protocol": {"task": "anime-faces"}}
    records = saved(tmp_path, run(A, 0.8, **other), run(B, 0.5, **other))
    assert judged(tmp_path, records, HIGHER).verdict == "not measured"
    assert judged(tmp_path, records, HIGHER, task="anime-faces").verdict == "reproduced"


def test_smoke_and_failed_judges_decide_nothing(tmp_path):
    smoke = {"budget": "smoke", "updates": 5}
    records = saved(tmp_path, run(A, 0.8, **smoke), run(B, 0.5, **smoke))
    assert judged(tmp_path, records, HIGHER).verdict == "not measured"
    failed = [run(A, 0.8), run(B, 0.5, status="invalid", reason="the judge failed")]
    assert judged(tmp_path, failed, HIGHER).tests[0].rows == (B,)


def test_a_claim_that_nothing_measures_keeps_its_numbers_and_gets_no_verdict(tmp_path):
    found = of_rates(tmp_path, {"value": 0.8}, {"value": 0.5}, not_measured="no score of sharpness")
    assert (found.verdict, found.tests[0].verdict) == ("not measured", "reproduced")


# Logs


def wave(level, height):
    return lambda step: level + (height if step % 2 else -height)


def of_losses(folder, first, second, test, seeds=2):
    """The verdict on losses of two models, with equal runs of so many seeds."""
    pairs = ((name, loss, seed) for name, loss in ((A, first), (B, second)) for seed in range(seeds))
    records = [with_log(folder, run(name, updates=100, seed=seed), loss) for name, loss, seed in pairs]
    return judged(folder, records, test)


@pytest.mark.parametrize(("level", "verdict"), [(2.0, "reproduced"), (1.0, "contradicted")])
def test_means_of_losses_are_compared(tmp_path, level, verdict):
    found = of_losses(tmp_path, wave(level, 0.1), wave(1.5, 0.1), log_test())
    assert found.verdict == verdict
    assert found.tests[0].number == f"{level - 1.5:.3g} [{level - 1.5:.3g}, {level - 1.5:.3g}] (over 2 seeds)"


@pytest.mark.parametrize(("height", "verdict"), [(0.4, "reproduced"), (0.1, "contradicted")])
def test_swings_of_losses_are_compared_as_a_ratio(tmp_path, height, verdict):
    test = log_test(statistic="swing", effect=1.5)
    found = of_losses(tmp_path, wave(9.0, height), wave(1.0, 0.2), test)
    assert found.verdict == verdict
    assert found.tests[0].number.startswith(f"{height / 0.2:.2f} times")


@pytest.mark.parametrize("level", [2.0, 1.0])
def test_losses_of_two_models_with_one_run_each_decide_nothing(tmp_path, level):
    found = of_losses(tmp_path, wave(level, 0.1), wave(1.5, 0.1), log_test(), seeds=1)
    assert found.verdict == "undecided"
    assert found.tests[0].reason == "losses of one run each say too little about other runs"
    assert found.tests[0].number.endswith("(over ten blocks of the log)")


def test_a_loss_that_drifts_widens_the_interval(tmp_path):
    found = of_losses(tmp_path, lambda step: step / 50, wave(0.9, 0.01), log_test())
    assert (found.verdict, found.tests[0].reason) == ("undecided", None)


def test_two_stretches_of_one_run_are_compared(tmp_path):
    record = with_log(tmp_path, run(A, updates=100), lambda step: 3.0 if step <= 50 else 1.0)
    early, late = {"updates": [1, 50]}, {"updates": [51, 100]}
    test = log_test(second=A, within=early, second_within=late)
    assert judged(tmp_path, [record], test).verdict == "reproduced"
    assert judged(tmp_path, [record], test | {"loss": "-generator"}).verdict == "contradicted"
    beyond = judged(tmp_path, [record], test | {"second_within": {"updates": [51, 101]}})
    assert beyond.tests[0].reason == "the run ended before update 101"


def one_critic_turn_of_five(folder, updates):
    """A run's record whose critic steps at every fifth line, with a loss of 3 in its first half and of 1 after that."""
    record = run(A, updates=updates)
    lines = [{"step": step, "generator/fake": 0.0} for step in range(1, updates + 1)]
    critic = [{"discriminator/wasserstein": 3.0 if line["step"] <= updates / 2 else 1.0} for line in lines]
    save_log(record.save(folder), [one | (critic[i] if i % 5 == 4 else {}) for i, one in enumerate(lines)])
    return record


def test_lines_in_which_a_player_took_no_turn_do_not_count(tmp_path):
    halves = {"within": {"share": [0.0, 0.5]}, "second_within": {"share": [0.5, 1.0]}}
    test = log_test(loss="discriminator", second=A, **halves)
    found = judged(tmp_path / "long", [one_critic_turn_of_five(tmp_path / "long", 200)], test)
    assert found.tests[0].number == "2 [2, 2] (over ten blocks of the log)"
    short = judged(tmp_path / "short", [one_critic_turn_of_five(tmp_path / "short", 100)], test)
    assert short.tests[0].reason == "the log has 10 lines from update 1 to 50; 20 are needed"


@pytest.mark.parametrize("n_real", range(5, 9))  # digests of any order
def test_what_is_missing_is_told_of_the_protocol_that_has_most_rows(tmp_path, n_real):
    records = saved(tmp_path, run(A), run("other", protocol={"n_real": n_real}))
    found = judged(tmp_path, records, HIGHER)
    assert found.verdict == "not measured"
    assert found.tests[0].reason == f"no record of {B}"


def test_a_loss_that_is_not_there_or_not_finite_is_not_measured(tmp_path):
    record = with_log(tmp_path, run(A, updates=100), lambda step: None if step == 60 else 1.0)
    test = log_test(second=A, second_within={"share": [0.0, 0.5]})
    assert judged(tmp_path, [record], test).tests[0].reason == "generator was not finite at update 60"
    other = judged(tmp_path, [record], test | {"loss": "critic"})
    assert other.tests[0].reason == "the log has no loss 'critic'; it has generator/fake"


def test_without_a_log_beside_the_record_nothing_is_measured(tmp_path):
    records = saved(tmp_path, run(A), run(B))
    assert "no training log lies next to iclevr-cdcgan_iclevr-" in judged(tmp_path, records, log_test()).tests[0].reason


# Ends of runs


@pytest.mark.parametrize(
    ("record", "times", "verdict"),
    [
        (diverged(A, 4), {"latest": 100}, "reproduced"),
        (diverged(A, 101), {"latest": 100}, "contradicted"),
        (run(A), {"latest": 100}, "contradicted"),
        (run(A), {"latest": 5_000}, "undecided"),
        (collapsed(A), {"latest": 5_000}, "reproduced"),
        (collapsed(A), {"latest": 100}, "undecided"),
        (collapsed(A), {"earliest": 700}, "undecided"),
        (collapsed(A), {}, "reproduced"),
        (diverged(A, 900), {"earliest": 700}, "reproduced"),
        (diverged(A, 4), {"earliest": 700}, "contradicted"),
        (run(A), {"earliest": 9_000}, "not measured"),
        (run(A), {"never": True}, "reproduced"),
        (diverged(A, 4), {"never": True}, "contradicted"),
        (collapsed(A), {"never": True}, "contradicted"),
        (collapsed(A), {"never": True, "event": "diverged"}, "reproduced"),
    ],
)
def test_the_update_at_which_a_run_ended_decides(tmp_path, record, times, verdict):
    assert judged(tmp_path, [record], EVENT | times).verdict == verdict


@pytest.mark.parametrize(
    ("record", "times", "updates", "verdict"),
    [
        (run(A), {}, 1_501, "undecided"),
        (run(A), {}, 1_500, "contradicted"),
        (run(A), {"earliest": 700}, 1_501, "undecided"),
        (collapsed(A), {"event": "diverged"}, 1_501, "undecided"),
        (diverged(A, 4), {"earliest": 700}, 1_501, "contradicted"),
        (run(A), {"latest": 100}, 1_501, "contradicted"),
        (run(A), {"never": True}, 1_501, "reproduced"),
    ],
)
def test_an_event_that_may_still_come_contradicts_only_after_as_many_updates_as_the_reports(
    tmp_path, record, times, updates, verdict
):
    (found,) = judged(tmp_path, [record], EVENT | times, budget={"updates": updates, "words": "the report's"}).tests
    assert (found.verdict, found.reason) == (verdict, "the report trained longer" if verdict == "undecided" else None)


def test_a_run_that_ends_where_the_claim_says_decides_about_an_event(tmp_path):
    fixed = EVENT | {"first": f"{A}@1500"}
    assert judged(tmp_path, [run(A)], fixed, budget=LONG).verdict == "contradicted"


def test_seeds_that_end_differently_decide_nothing(tmp_path):
    records = [diverged(A, 4), run(A, seed=1)]
    found = judged(tmp_path, records, EVENT | {"latest": 100})
    assert (found.verdict, found.seeds) == ("undecided", 2)
    assert found.tests[0].number == "diverged at update 4; valid at its last update, 1,500"


CURVE_HEAD = (
    "generator_updates",
    "protocol",
    "near_duplicate_rate_of_64_low",
    "fd_efficientnet_lite0_low",
    "fd_efficientnet_lite0_high",
)
CURVE = {0: (0.99, 340, 345), 1_000: (0.9, 341, 344), 2_000: (0.1, 200, 205), 3_000: (0.8, 200, 205)}


def with_curve(folder, changes):
    """Save a collapsed run of 3,000 updates with its curve."""
    record = collapsed(A, updates=3_000)
    record.save(folder)
    lines = [CURVE_HEAD, *((step, record.protocol.id, *cells) for step, cells in (CURVE | changes).items())]
    path = curve_path(folder / record.file_name)
    path.parent.mkdir()
    path.write_text("\n".join(",".join(map(str, line)) for line in lines))
    return path, record


@pytest.mark.parametrize(
    ("changes", "words", "verdict"),
    [
        ({}, "collapsed for good at update 2,001 to 3,000", "reproduced"),
        ({2_000: (0.9, 200, 205)}, "collapsed for good at update 1,001 to 2,000", "contradicted"),
        ({2_000: (0.9, 360, 365)}, "collapsed for good at update 1,001 to 2,000", "contradicted"),  # farther away, too
        (  # as far from the data as the untrained one again, by chance
            {1_000: (0.9, 200, 205), 2_000: (0.9, 341, 344)},
            "collapsed for good at update 1 to 1,000",
            "contradicted",
        ),
        ({1_000: (0.9, 200, 205)}, "collapsed for good at update 2,001 to 3,000", "reproduced"),  # varied in between
        ({3_000: (0.8, 341, 344)}, "collapsed at its last update, 3,000", "undecided"),  # as far as the untrained one
        ({3_000: (0.3, 200, 205)}, "collapsed at its last update, 3,000", "undecided"),  # the curve does not see it
        ({2_000: ("", "", "")}, "collapsed for good at update 1,001 to 3,000", "undecided"),  # not known there
        ({0: (0.99, "", "")}, "collapsed at its last update, 3,000", "undecided"),  # nothing to have left
    ],
)
def test_a_collapse_came_between_two_snapshots_of_the_curve(tmp_path, changes, words, verdict):
    _, record = with_curve(tmp_path / "records", changes)
    (found,) = judged(tmp_path / "records", [record], EVENT | {"earliest": 2_001}, budget=LONG).tests
    assert (found.number, found.verdict) == (words, verdict)


def test_a_damaged_curve_is_refused_by_name(tmp_path):
    path, record = with_curve(tmp_path / "records", {})
    place, protocol = tmp_path / "records" / record.file_name, record.protocol.id
    path.write_text(f"generator_updates,score,protocol\n5,0.1,{protocol}\n5,0.2,{protocol}\n")
    with pytest.raises(UsageError, match=r"generator_updates do not rise; draw it again"):
        load_curve(place, protocol)
    path.write_text(f"generator_updates,score,protocol\n5,much,{protocol}\n")
    with pytest.raises(UsageError, match=r"is no curve of scores .*much"):
        load_curve(place, protocol)
    path.write_text(f"generator_updates,score,protocol\n,0.1,{protocol}\n")
    with pytest.raises(UsageError, match=r"is no curve of scores"):
        load_curve(place, protocol)
    path.write_text(f"generator_updates,score,protocol\n5,nan,{protocol}\n")
    with pytest.raises(UsageError, match=r"nan is not finite"):
        load_curve(place, protocol)


def test_an_empty_cell_of_a_curve_is_a_number_that_is_not_known(tmp_path):
    path, record = with_curve(tmp_path / "records", {})
    path.write_text(f"generator_updates,score,protocol\n5,,{record.protocol.id}\n6,0.5,{record.protocol.id}\n")
    points = load_curve(tmp_path / "records" / record.file_name, record.protocol.id)
    assert points == [{"generator_updates": 5, "score": None}, {"generator_updates": 6, "score": 0.5}]


@pytest.mark.parametrize(("updates", "verdict"), [(1_500, "contradicted"), (1_499, "undecided")])
def test_a_level_contradicts_only_after_as_many_updates_as_the_reports(tmp_path, updates, verdict):
    level = {
        "measure": "score",
        "score": "topk_accuracy",
        "first": A,
        "value": 0.7,
        "direction": "same",
        "effect": 0.03,
    }
    record = run(A, 0.4, 0.02, budget="custom", updates=updates)
    saved(tmp_path, record)
    found = judged(tmp_path, [record], level)
    assert found.verdict == verdict
    assert found.tests[0].reason == ("the report trained longer" if verdict == "undecided" else None)
