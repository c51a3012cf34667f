"""Comparing two records image by image."""

import json
from itertools import product

import numpy as np
import pytest
import torch
from builders.records import DIGEST, SCORE, SYSTEM, declared, image_record, model_record
from scipy.stats import binom

from benchmark.cli import main
from benchmark.commands.compare import Tolerance, compare
from benchmark.commands.reference_bands import _outside_of_band, band, outside_of_bands
from benchmark.errors import UsageError
from benchmark.leaderboard.averages import Cell
from benchmark.records import differences as comparing
from benchmark.records.differences import paired_difference
from benchmark.records.pairs import record_files
from benchmark.records.per_sample import PerSample, save_per_sample
from benchmark.records.record import Record, ScoreEntry
from benchmark.system import terminal
from evaluators.intervals import bootstrap_counts


def outcomes(hits, trials=None):
    hits = torch.as_tensor(hits)
    return torch.stack([hits, torch.ones_like(hits) if trials is None else torch.as_tensor(trials)], dim=1)


def coins(share, n=400, seed=0):
    """Exactly that share of heads, in random order."""
    return (torch.randperm(n, generator=torch.Generator().manual_seed(seed)) < share * n).long()


def test_mcnemar_is_the_binomial_test_of_the_images_that_changed():
    before, after = outcomes([1] * 10 + [0] * 10), outcomes([1] * 9 + [0] + [1] * 6 + [0] * 4)
    assert paired_difference(before, after, 0.25)["mcnemar_p"] == pytest.approx(2 * binom.cdf(1, 7, 0.5))
    assert paired_difference(before, before, 0.0)["mcnemar_p"] == 1.0


def test_the_interval_of_a_difference_is_the_middle_of_all_resamples_of_its_pairs():
    found = paired_difference(outcomes([1, 0, 0, 1]), outcomes([1, 1, 1, 0]), 0.25)
    assert found["difference"] == 0.25
    every = [np.mean(drawn) for drawn in product([0, 1, 1, -1], repeat=4)]
    assert found["ci95"] == pytest.approx(np.quantile(every, [0.025, 0.975])) == [-0.5, 1.0]


def test_resamples_without_a_denominator_leave_an_interval():
    trials = [1, 1] + [0] * 98  # as of two faces among a hundred images
    found = paired_difference(outcomes([1, 0] + [0] * 98, trials), outcomes([1, 1] + [0] * 98, trials), 0.5)
    assert found["ci95"] == [0.0, 1.0]
    lost = round((1 - 2 / 100) ** 100 * 2_000)  # of the resamples, on average
    assert int(found["method"].split("(")[1].split(" of ")[0]) == pytest.approx(2_000 - lost, abs=60)


def test_equal_records_do_not_differ():
    found = paired_difference(outcomes(coins(0.5)), outcomes(coins(0.5)), 0.0)
    assert (found["difference"], found["ci95"], found["mcnemar_p"]) == (0.0, [0.0, 0.0], 1.0)


def test_pairs_tell_apart_what_the_two_intervals_do_not():
    before = coins(0.5)
    after = before.clone()
    after[before.logical_not().nonzero().flatten()[:20]] = 1  # 20 of 400 images better, none worse
    found = paired_difference(outcomes(before), outcomes(after), 0.05)
    assert found["ci95"][0] > 0.02
    assert found["mcnemar_p"] < 1e-4


def test_images_of_several_objects_have_an_interval_and_no_mcnemar():
    trials = torch.tensor([1, 2, 3] * 100)
    found = paired_difference(outcomes(trials - 1, trials), outcomes(trials, trials), 0.5)
    assert found["mcnemar_p"] is None
    assert found["ci95"] == pytest.approx([0.5, 0.5], abs=0.06)


def test_means_have_the_interval_of_resampled_images_and_no_mcnemar():
    rng = torch.Generator().manual_seed(0)
    before = torch.rand(400, generator=rng, dtype=torch.float64)
    after = before + 0.1 + 0.2 * torch.randn(400, generator=rng, dtype=torch.float64)
    found = paired_difference(outcomes(before), outcomes(after), (after - before).mean().item())
    half = 1.96 * (after - before).std().item() / 20
    assert found["mcnemar_p"] is None
    assert found["ci95"] == pytest.approx([found["difference"] - half, found["difference"] + half], abs=0.1 * half)


def test_distances_are_paired_resample_by_resample():
    """Both are far from certain; that one is larger is not."""
    before = torch.tensor([50.0, 60.0, 70.0, 60.0], dtype=torch.float64)
    found = paired_difference(before, before + torch.tensor([2.0, 2.5, 2.0, 1.5], dtype=torch.float64), 2.0)
    assert found["method"] == "1.96 std of 4 common resamples"
    assert found["ci95"] == pytest.approx([2 - 0.8, 2 + 0.8], abs=0.01)
    assert found["mcnemar_p"] is None


def sheets(alike, count):
    """Outcomes of ``count`` sheets of 64 images; on the first ``alike`` of them all images are near duplicates."""
    hits = torch.zeros(count, 64, dtype=torch.uint8)
    hits[:alike] = 1
    return outcomes(hits.flatten())


@pytest.mark.parametrize(("alike", "expected"), [(2, "no difference shown"), (20, "worse")])
def test_near_duplicates_on_sheets_are_paired_sheet_by_sheet(tmp_path, alike, expected):
    name, records = "near_duplicate_rate_of_64", []
    for folder, count in (("a", 0), ("b", alike)):
        entry = SCORE | declared(name) | {"value": count / 40, "interval": (0.0, 0.6), "groups": {}}
        scores = {name: sheets(count, 40)}
        records.append(saved(tmp_path / folder, scores=scores, entries={name: entry}))
    ((change,),) = [compared.changes for compared in compare(*records).compared]
    assert (change.verdict, change.mcnemar_p) == (expected, None)
    assert change.method == "paired bootstrap (2000, seed 0) over sheets of 64 images"
    hits = np.repeat([1.0, 0.0], [alike, 40 - alike])
    half = 1.96 * hits.std() / np.sqrt(40)
    assert change.interval == pytest.approx((alike / 40 - half, alike / 40 + half), abs=0.03)


@pytest.mark.parametrize(("count", "method"), [(9, "the two intervals, not paired"), (10, "paired bootstrap")])
def test_a_few_sheets_are_not_resampled(tmp_path, count, method):
    name = "near_duplicate_rate_of_64"
    entry = SCORE | declared(name) | {"value": 0.0, "interval": (0.0, 0.1), "groups": {}}
    scores, entries = ({name: one} for one in (sheets(0, count), entry))
    records = [saved(tmp_path / folder, scores=scores, entries=entries) for folder in "ab"]
    ((change,),) = [compared.changes for compared in compare(*records).compared]
    assert change.method.startswith(method)


@pytest.fixture
def two(tmp_path):
    """Two records of other seeds with the files next to them."""
    return [
        saved(
            tmp_path,
            seed,
            {"topk_accuracy": outcomes(coins(share)).to(torch.uint8)},
            score={"value": share, "interval": (share - 0.1, share + 0.1), "groups": {}},
        )
        for seed, share in enumerate((0.2, 0.8))
    ]


def saved(folder, seed=0, scores=None, value=0.5, entries=None, **changes):
    """A record of that seed, and what its scores are made of; ``entries`` in place of its one score."""
    fields = {"training": {"seed": seed}, "score": {"value": value}} | changes
    fields |= {"scores": entries} if entries else {}
    record = model_record(**fields)
    digest = save_per_sample(folder / record.file_name, PerSample(scores=scores or {}))
    return model_record(**fields, per_sample_sha256=digest).save(folder)


def folders(tmp_path, before, after, **changes):
    """Folders with a record of two shares of hits each, of the same images."""
    kept = coins(before)
    changed = kept.clone()
    count = round((after - before) * len(kept))
    changed[(kept == (count < 0)).nonzero().flatten()[: abs(count)]] = int(count > 0)
    for name, hits in (("a", kept), ("b", changed)):
        value = hits.double().mean().item()
        interval = (value - 0.05, value + 0.05)
        score = {"value": value, "interval": interval, "groups": {}}
        found = changes if name == "b" else {}
        saved(tmp_path / name, scores={"topk_accuracy": outcomes(hits).to(torch.uint8)}, score=score, **found)
    return tmp_path / "a", tmp_path / "b"


def verdicts(comparison):
    return {change.name: change.verdict for compared in comparison.compared for change in compared.changes}


def test_the_command_compares_two_records(two, capsys):
    assert main(["compare", *map(str, two), "--json"]) == 0
    (compared,) = json.loads(capsys.readouterr().out)["compared"]
    assert compared["first"] == "iclevr-cdcgan-wide-short-seed0"
    assert 0 < compared["changes"]["topk_accuracy"]["mcnemar_p"] < 1e-50, "six in ten images were won, none lost"


def test_the_command_shows_how_far_it_is(two, capsys, monkeypatch):
    monkeypatch.setattr(terminal, "LINE_EVERY", -1.0)
    main(["compare", *map(str, two)])
    assert "records compared: 1 of 1" in capsys.readouterr().err


def test_resamples_of_each_number_of_images_are_drawn_once(monkeypatch):
    drawn = []

    def counted(n, *arguments, **options):
        drawn.append(n)
        return bootstrap_counts(n, *arguments, **options)

    monkeypatch.setattr(comparing, "bootstrap_counts", counted)
    comparing._resamples.cache_clear()
    for n in (30, 40, 30, 40):
        paired_difference(outcomes(coins(0.4, n)), outcomes(coins(0.6, n)), 0.2)
    assert drawn == [30, 40]


def test_records_of_other_protocols_are_refused(two, tmp_path):
    other = model_record(protocol={"n_real": 7}).save(tmp_path / "other")
    with pytest.raises(UsageError, match="two records do not compare: n_real is 1000"):
        compare(two[0], other)


def test_a_missing_file_is_refused_by_name(two):
    two[1].with_suffix(".safetensors").unlink()
    with pytest.raises(UsageError, match=r"cannot read .*seed1-.*safetensors: No such file.*score the run again"):
        compare(*two)


@pytest.mark.parametrize(
    ("after", "verdict", "code"), [(0.4, "worse", 1), (0.6, "better", 0), (0.5, "no difference shown", 0)]
)
def test_a_score_that_got_worse_beyond_its_paired_interval_fails(tmp_path, capsys, after, verdict, code):
    places = folders(tmp_path, 0.5, after)
    assert verdicts(compare(*places)) == {"topk_accuracy": verdict}
    assert main(["compare", *map(str, places)]) == code
    line, *failed = (line for line in capsys.readouterr().out.splitlines() if "topk_accuracy" in line)
    assert verdict in line
    assert f"50.00 -> {100 * after:.2f} %" in line
    assert failed == ["failed: iclevr-cdcgan-wide-short-seed0: topk_accuracy"] * code


def test_a_value_that_its_own_images_contradict_is_lost_and_fails(tmp_path, capsys):
    first, second = folders(tmp_path, 0.5, 0.5)
    (path,) = second.glob("*.json")
    document = json.loads(path.read_text())
    document["scores"]["topk_accuracy"] |= {"value": 0.3, "interval": [0.25, 0.35]}
    path.write_text(json.dumps(document))
    (compared,) = compare(first, second, if_any=True).compared
    assert (compared.changes, compared.worse) == ((), ["topk_accuracy"])
    assert main(["compare", str(first), str(second), "--if-any"]) == 1
    said = "lost: topk_accuracy: the second is 0.3, but its images give 0.5; 'cgan-bench validate' says more"
    assert said in capsys.readouterr().out


def test_a_score_whose_interval_is_gone_is_lost(tmp_path):
    for name, interval in (("a", (0.45, 0.55)), ("b", None)):
        model_record(score={"interval": interval, "groups": {}}).save(tmp_path / name)
    (compared,) = compare(tmp_path / "a", tmp_path / "b", if_any=True).compared
    assert compared.left_out == {"topk_accuracy": "the second has no interval"}
    assert compared.worse == ["topk_accuracy"]


@pytest.mark.parametrize("weights", [DIGEST, "f" * 64])
@pytest.mark.parametrize(("value", "tolerance", "fails"), [(0.4, 0.0, True), (0.4, 0.2, False), (0.6, 0.0, False)])
def test_a_score_that_never_has_an_interval_fails_by_its_difference(tmp_path, value, tolerance, fails, weights):
    for name, each, digest in (("a", 0.5, DIGEST), ("b", value, weights)):
        score = {"value": each, "interval": None, "groups": {}}
        model_record(score=score, model={"weights_sha256": digest}).save(tmp_path / name)
    found = compare(tmp_path / "a", tmp_path / "b", Tolerance(score=tolerance))
    assert found.failed == fails
    ((change,),) = [compared.changes for compared in found.compared]
    assert change.method == "the difference alone, as there is no interval"


def test_what_failed_stands_before_the_outcome_and_a_loss_that_cannot_fail_says_so(tmp_path, capsys):
    scores = {name: SCORE | {"groups": {}, "interval": (0.49, 0.51)} for name in ("topk_accuracy", "zeal")}
    model_record(scores=scores).save(tmp_path / "a")
    lower = {name: one | {"value": 0.4, "interval": (0.39, 0.41)} for name, one in scores.items()}
    model_record(scores=lower, model={"weights_sha256": "f" * 64}).save(tmp_path / "b")
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    *_, ranked, other, _, failed, outcome = capsys.readouterr().out.splitlines()
    assert "  worse (" in ranked
    assert "  worse, does not count (" in other
    assert failed == "failed: iclevr-cdcgan-wide-short-seed0: topk_accuracy"
    assert outcome.startswith("1 compared (1 of them runs of a model), 1 worse")


@pytest.mark.parametrize(("changed", "verdict"), [(5, "no difference shown"), (6, "worse")])
def test_images_right_or_wrong_are_worse_only_if_the_exact_test_says_so_too(tmp_path, capsys, changed, verdict):
    """Five images that changed, all one way: resamples exclude 0, but five coins fall one way in 1 of 16 tries."""
    places = folders(tmp_path, 0.5, 0.5 - changed / 400)
    (found,) = compare(*places).compared[0].changes
    assert found.interval[1] < 0
    assert (found.verdict, main(["compare", *map(str, places)])) == (verdict, int(verdict == "worse"))
    assert f"McNemar p = {2 * 0.5**changed:.2g}" in capsys.readouterr().out


def test_a_tiny_p_is_told_as_below_a_millionth(two, capsys):
    main(["compare", *map(str, two)])
    assert "McNemar p < 1e-06" in capsys.readouterr().out


@pytest.mark.parametrize(("gone", "code"), [("topk_accuracy", 1), ("exact_match", 1), ("zeal", 0)])
def test_a_headline_score_that_is_gone_fails_and_another_one_is_listed(tmp_path, capsys, gone, code):
    entries = {name: SCORE | {"groups": {}} for name in ("exact_match", "topk_accuracy", "zeal")}
    model_record(scores=entries).save(tmp_path / "a")
    left = {name: entry for name, entry in entries.items() if name != gone}
    model_record(scores=left, refused={gone: "x"}).save(tmp_path / "b")
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert compared.worse == [gone][:code]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == code
    assert f"{'lost' if code else 'not compared'}: {gone}: the second has none: x" in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "b"), str(tmp_path / "a")]) == 0, "a score that is new is no loss"


@pytest.mark.parametrize("gone", ["zeal", "agility"])
def test_a_score_that_the_headline_of_a_task_of_ones_own_had_is_lost_too_and_the_main_one_comes_first(tmp_path, gone):
    own = {
        "protocol": {"task": "my-task"},
        "ranking": {"main_score": "zeal", "headline": ["agility"]},
        "entries": {name: SCORE | {"groups": {}} for name in ("agility", "beauty", "zeal")},
    }
    saved(tmp_path / "a", **own)
    left = {name: entry for name, entry in own["entries"].items() if name != gone}
    saved(tmp_path / "b", **own | {"entries": left})
    (same,) = compare(tmp_path / "a", tmp_path / "a").compared
    assert [change.name for change in same.changes] == ["zeal", "agility", "beauty"]
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert compared.worse == [gone]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1


SHARP = SCORE | declared("sharpness") | {"groups": {}}


@pytest.mark.parametrize(
    ("before", "after", "verdict"), [(4.4, 3.3, "better"), (3.3, 4.4, "worse"), (0.4, 0.7, "better")]
)
def test_a_sharpness_nearer_to_that_of_real_images_is_better(tmp_path, before, after, verdict):
    for name, value in (("a", before), ("b", after)):
        sharp = SHARP | {"value": value, "interval": (value - 0.01, value + 0.01)}
        model_record(scores={"sharpness": sharp}).save(tmp_path / name)
    assert verdicts(compare(tmp_path / "a", tmp_path / "b")) == {"sharpness": verdict}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(0.9, 1.11, "no difference shown"), (1.11, 0.9, "no difference shown"), (0.9, 1.2, "worse"), (1.2, 0.9, "better")],
)
def test_sharpnesses_on_both_sides_of_real_images_are_compared_by_how_far_they_are_from_them(
    tmp_path, capsys, before, after, verdict
):
    """0.10 and 0.11 from real images, each give or take 0.01: the images differ, but neither are better."""
    places = tmp_path / "a", tmp_path / "b"
    for place, value in zip(places, (before, after), strict=True):
        sharp = SHARP | {"value": value, "interval": (value - 0.01, value + 0.01)}
        model_record(scores={"sharpness": sharp}).save(place)
    assert verdicts(compare(*places)) == {"sharpness": verdict}
    assert main(["compare", *map(str, places)]) == int(verdict == "worse")
    far = abs(after - 1) - abs(before - 1)
    assert f"farther from the best value by [{far - 0.02:+.4f}, {far + 0.02:+.4f}]" in capsys.readouterr().out


def test_the_tolerance_is_of_how_much_farther_from_real_images_a_sharpness_is(tmp_path):
    """From 0.10 below to 0.20 above: the values differ by 0.30, but the loss is from 0.08 to 0.12."""
    places = tmp_path / "a", tmp_path / "b"
    for place, value in zip(places, (0.9, 1.2), strict=True):
        sharp = SHARP | {"value": value, "interval": (value - 0.01, value + 0.01)}
        model_record(scores={"sharpness": sharp}).save(place)
    assert not compare(*places, Tolerance(score=0.1)).failed
    assert compare(*places, Tolerance(score=0.08)).failed


def test_the_tolerance_is_of_what_lies_beyond_the_interval(tmp_path):
    """0.1 worse, with an interval from about 0.07 to 0.13."""
    places = folders(tmp_path, 0.5, 0.4)
    assert not compare(*places, Tolerance(score=0.08)).failed
    assert verdicts(compare(*places, Tolerance(score=0.08))) == {"topk_accuracy": "worse, within the tolerance"}
    assert compare(*places, Tolerance(score=0.06)).failed


def test_the_tolerance_of_a_distance_is_a_share_of_it(tmp_path):
    score = {"unit": "distance", "direction": "lower", "groups": {}, "value_range": (0.0, None)}
    for name, value in (("a", 100.0), ("b", 110.0)):
        saved(tmp_path / name, score=score | {"value": value, "interval": (value - 3, value + 3)})
    assert not compare(tmp_path / "a", tmp_path / "b", Tolerance(score=0.07)).failed
    assert compare(tmp_path / "a", tmp_path / "b", Tolerance(score=0.05)).failed


@pytest.mark.parametrize("tolerance", ["-0.1", "1", "nan"])
def test_a_tolerance_that_is_no_share_is_refused(two, capsys, tolerance):
    assert main(["compare", *map(str, two), "--tolerance", tolerance]) == 2
    assert "--tolerance is" in capsys.readouterr().err


def test_a_score_without_values_by_image_is_compared_by_its_two_intervals_without_advice(tmp_path, capsys):
    for name, value in (("a", 54.0), ("b", 30.0)):
        score = {"value": value, "interval": (value - 5, value + 5), "unit": "of 64 generated images", "groups": {}}
        saved(tmp_path / name, scores={"exact_match": outcomes(coins(0.5))}, score=score)
    (found,) = compare(tmp_path / "a", tmp_path / "b").compared[0].changes
    assert (found.method, found.verdict) == ("the two intervals, not paired", "worse")
    assert found.interval == pytest.approx((-24 - 50**0.5, -24 + 50**0.5))
    assert "again" not in capsys.readouterr().err


def test_one_score_of_another_version_is_listed_and_the_others_compare_main_score_first(tmp_path, capsys):
    entries = {name: SCORE | {"groups": {}} for name in ("agility", "exact_match", "topk_accuracy", "zeal")}
    model_record(scores=entries).save(tmp_path / "a")
    later = entries | {"agility": entries["agility"] | {"version": 2}}
    del later["zeal"]
    model_record(scores=later, refused={"zeal": "too few images"}).save(tmp_path / "b")
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert [change.name for change in compared.changes] == ["topk_accuracy", "exact_match"]
    assert compared.left_out["agility"] == "version is 1 and 2"
    assert compared.left_out["zeal"] == "the second has none: too few images"
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    out = capsys.readouterr().out
    assert "not compared: agility: version is 1 and 2" in out


@pytest.mark.parametrize("changed", [{"version": 2}, {"n": 639}, {"unit": "fraction of images"}])
def test_a_headline_score_that_no_longer_compares_fails(tmp_path, capsys, changed):
    scores = {name: SCORE | {"groups": {}} for name in ("exact_match", "topk_accuracy")}
    model_record(scores=scores).save(tmp_path / "a")
    model_record(scores=scores | {"topk_accuracy": scores["topk_accuracy"] | changed}).save(tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b").compared[0].worse == ["topk_accuracy"]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "lost: topk_accuracy: " in capsys.readouterr().out


@pytest.mark.parametrize(("after", "verdict"), [(114.0 * (1 + 5e-7), "no difference shown"), (114.1, "worse")])
def test_a_difference_by_rounding_is_none_however_narrow_its_interval(tmp_path, after, verdict):
    distance = SCORE | {"groups": {}, "direction": "lower", "unit": "squared distance", "method": "influence function"}
    for name, value in (("a", 114.0), ("b", after)):
        entry = distance | {"value": value, "interval": (value - 1e-9, value + 1e-9)}
        model_record(scores={"fd": entry}).save(tmp_path / name)
    assert verdicts(compare(tmp_path / "a", tmp_path / "b")) == {"fd": verdict}


OTHER_WEIGHTS = {"model": {"weights_sha256": "f" * 64}}


@pytest.mark.parametrize(
    ("score", "weights", "fails"),
    [("agility", {}, True), ("agility", OTHER_WEIGHTS, False), ("exact_match", OTHER_WEIGHTS, True)],
)
def test_of_two_trainings_only_the_headline_can_fail(tmp_path, capsys, score, weights, fails):
    scores = {name: SCORE | {"groups": {}} for name in ("agility", "exact_match", "topk_accuracy")}
    model_record(scores=scores).save(tmp_path / "a")
    loss = scores[score] | {"value": 0.1, "interval": (0.09, 0.11)}
    model_record(scores=scores | {score: loss}, **weights).save(tmp_path / "b")
    found = compare(tmp_path / "a", tmp_path / "b")
    assert (verdicts(found)[score], found.failed) == ("worse", fails)
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == int(fails)
    assert ("only the headline's scores can fail" in capsys.readouterr().out) is bool(weights)


@pytest.mark.parametrize(("digest", "fails"), [("0" * 64, True), ("f" * 64, False)])
def test_of_two_sets_of_images_only_the_headline_can_fail(tmp_path, digest, fails):
    scores = {name: SCORE | {"groups": {}} for name in ("agility", "topk_accuracy")}
    for place, sha, agility in (("a", "0" * 64, 0.5), ("b", digest, 0.1)):
        entry = scores["agility"] | {"value": agility, "interval": (agility - 0.01, agility + 0.01)}
        image_record(sha, scores=scores | {"agility": entry}).save(tmp_path / place)
    assert compare(tmp_path / "a", tmp_path / "b").failed is fails


@pytest.mark.parametrize(
    ("value", "weights", "fails"), [(0.3, {}, True), (0.45, {}, False), (0.3, OTHER_WEIGHTS, False)]
)
def test_recall_of_the_same_images_may_not_leave_its_interval(tmp_path, value, weights, fails):
    """Its interval is over the real images, so that of other images nothing can be said."""
    names = "recall_efficientnet_lite0", "topk_accuracy"
    scores = {name: SCORE | declared(name) | {"groups": {}} for name in names}
    model_record(scores=scores).save(tmp_path / "a")
    later = scores["recall_efficientnet_lite0"] | {"value": value, "interval": (value - 0.01, value + 0.01)}
    model_record(scores=scores | {"recall_efficientnet_lite0": later}, **weights).save(tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b").failed is fails


def test_a_distance_near_zero_may_differ_by_a_thousandth_of_its_interval(tmp_path):
    distance = SCORE | {"groups": {}, "direction": "lower", "unit": "squared distance", "method": "jackknife"}
    for name, value, half in (("a", 1e-6, 1e-4), ("b", 1.05e-6, 1e-12)):
        entry = distance | {"value": value, "interval": (value - half, value + half)}
        model_record(scores={"fd": entry}).save(tmp_path / name)
    assert verdicts(compare(tmp_path / "a", tmp_path / "b")) == {"fd": "no difference shown"}


def test_the_outcome_says_if_no_run_of_a_model_was_compared(tmp_path, capsys):
    for name in ("one", "two"):
        model_record(model={"name": name}).save(tmp_path / name)
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "two"), "--if-any"]) == 0
    assert "0 compared (none of them runs of a model)" in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "one"), str(tmp_path / "one")]) == 0
    assert "1 compared (1 of them runs of a model)" in capsys.readouterr().out


def test_folders_are_compared_model_by_model_and_what_only_one_has_is_listed(tmp_path):
    for place, names in (("a", ("one", "two", "gone")), ("b", ("one", "two", "new"))):
        for name in names:
            protocol = {"n_real": 7} if (place, name) == ("b", "two") else {}
            model_record(model={"name": name, "variant": None}, protocol=protocol).save(tmp_path / place)
    found = compare(tmp_path / "a", tmp_path / "b")
    assert [compared.first for compared in found.compared] == ["iclevr-one-short-seed0"]
    assert list(found.pairs.apart) == ["iclevr-two-short-seed0"]
    assert "n_real is 1000 in" in found.pairs.apart["iclevr-two-short-seed0"]
    assert found.pairs.only_first == ("iclevr-gone-short-seed0",)
    assert found.pairs.only_second == ("iclevr-new-short-seed0",)
    assert not found.failed


def test_a_place_that_is_not_there_is_refused_with_what_may_be_given(tmp_path, capsys):
    assert main(["compare", str(tmp_path / "none"), str(tmp_path)]) == 2
    assert "none does not exist; give a record's file, or a folder of records" in capsys.readouterr().err
    assert main(["compare", str(tmp_path), str(tmp_path / "none")]) == 2
    assert "holds no records" in capsys.readouterr().err


def test_folders_without_anything_in_common_are_refused(tmp_path):
    for name in ("one", "two"):
        model_record(model={"name": name}).save(tmp_path / name)
    with pytest.raises(UsageError, match="no model, budget and seed in common"):
        compare(tmp_path / "one", tmp_path / "two")
    found = compare(tmp_path / "one", tmp_path / "two", if_any=True)
    assert (found.compared, found.failed) == ((), False)
    assert found.pairs.only_second == ("iclevr-two-wide-short-seed0",)


def test_where_no_score_compares_there_is_an_error_and_no_success(tmp_path):
    model_record().save(tmp_path / "a")
    model_record(score={"version": 2}).save(tmp_path / "b")
    with pytest.raises(UsageError, match=r"no score of .* compares .*: topk_accuracy: version is 1 and 2"):
        compare(tmp_path / "a", tmp_path / "b")


def test_a_run_that_is_no_longer_valid_fails(tmp_path):
    model_record().save(tmp_path / "a")
    model_record(status="collapsed", reason="one image over and over").save(tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b").compared[0].worse == ["status"]
    assert not compare(tmp_path / "b", tmp_path / "a").failed


@pytest.mark.parametrize(("speed", "fails"), [(91.0, False), (89.0, True), (150.0, False)])
def test_a_speed_may_lose_a_tenth(tmp_path, speed, fails):
    for name, each in (("a", 100.0), ("b", speed)):
        model_record(throughput={"train_images_per_second": each, "other_cores": 0.0}).save(tmp_path / name)
    assert compare(tmp_path / "a", tmp_path / "b").failed is fails
    assert compare(tmp_path / "a", tmp_path / "b", Tolerance(speed=0.2)).failed is False


@pytest.mark.parametrize(
    ("system", "training", "reason"),
    [
        ({"cpu": "Another CPU"}, {}, "processor: Some CPU and Another CPU"),
        ({"instruction_sets": ("avx2",)}, {}, "instruction sets: avx2, fma and avx2"),
        ({"threads": 8}, {}, "threads: 2 and 8"),
        ({"threads": None}, {}, "a record does not say its threads"),
        ({}, {"precision": "bfloat16"}, "precision: float32 and bfloat16"),
    ],
)
def test_speeds_of_two_machines_or_precisions_do_not_compare(tmp_path, system, training, reason):
    for name, each, other in (("a", 100.0, ({}, {})), ("b", 10.0, (system, training))):
        speed = {"train_images_per_second": each, "other_cores": 0.0}
        model_record(throughput=speed, system=SYSTEM | other[0], training=other[1]).save(tmp_path / name)
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert compared.speeds == ()
    assert compared.left_out["training, images/s"] == reason


@pytest.mark.parametrize(("cores", "reason"), [(1.5, "next to other work"), (None, "does not say what else ran")])
def test_a_speed_next_to_other_work_is_not_compared(tmp_path, cores, reason):
    for name, each, other in (("a", 100.0, 0.0), ("b", 10.0, cores)):
        model_record(throughput={"train_images_per_second": each, "other_cores": other}).save(tmp_path / name)
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert compared.speeds == ()
    assert reason in compared.left_out["training, images/s"]


def test_the_work_next_to_a_training_says_nothing_of_the_sampling(tmp_path):
    for name, each, other in (("a", 100.0, 0.0), ("b", 10.0, 1.5)):
        speed = {"sample_images_per_second": each, "other_cores": other, "sample_other_cores": 0.0}
        model_record(throughput=speed).save(tmp_path / name)
    (compared,) = compare(tmp_path / "a", tmp_path / "b").compared
    assert compared.worse == ["sampling, images/s"]


# Scores whose images depend on each other


def changed(tmp_path, score, before, after, method="wilson"):
    """The change of a share between two records, each with its outcomes by image."""
    paths = []
    for place, hits in (("a", before), ("b", after)):
        value = hits.double().mean().item()
        entry = (
            SCORE
            | declared(score)
            | {
                "value": value,
                "interval": (max(0.0, value - 0.02), value + 0.02),
                "groups": {},
                "n": len(hits),
            }
        )
        weights = DIGEST if place == "a" else "f" * 64
        record = model_record(scores={"topk_accuracy": SCORE, score: entry}, model={"weights_sha256": weights})
        path = tmp_path / place / record.file_name
        digest = save_per_sample(path, PerSample(scores={score: outcomes(hits)}))
        record.model_copy(update={"per_sample_sha256": digest}).save(path.parent)
        paths.append(path)
    (compared,) = compare(*paths).compared
    return next(change for change in compared.changes if change.name == score)


@pytest.mark.parametrize(
    ("score", "verdict", "method"),
    [
        ("precision_efficientnet_lite0", "worse", "paired bootstrap (2000, seed 0)"),
        ("near_duplicate_rate", "no difference shown", "the two intervals, not paired"),
        ("recall_efficientnet_lite0", "no interval", "none: its interval is over the real images"),
        ("coverage_efficientnet_lite0", "no interval", "none: its interval is over the real images"),
    ],
)
def test_images_that_decide_for_each_other_are_not_paired(tmp_path, score, verdict, method):
    before = coins(0.3, 1_000)
    after = before.clone()
    after[before.nonzero()[:20, 0]] = 0  # twenty images changed, all in one direction
    change = changed(tmp_path, score, before, after)
    assert (change.verdict, change.method) == (verdict, method)
    assert (change.mcnemar_p is None) == (score != "precision_efficientnet_lite0")


# Samples that belong together


def of_row(folder, name):
    """The record of a reference row of as many images, with their outcomes next to it; "model" is a model's."""
    reference = {"kind": "reference", "model": None, "training": None, "reference": {"name": name, "description": "x"}}
    fields = dict(model_record(score={"groups": {}})) | ({} if name == "model" else reference)
    path = folder / Record(**fields).file_name
    digest = save_per_sample(path, PerSample(scores={"topk_accuracy": outcomes(coins(0.5))}))
    return Record(**fields | {"per_sample_sha256": digest}).save(folder)


@pytest.mark.parametrize(
    ("first", "second", "method"),
    [
        ("model", "untrained", "paired bootstrap (2000, seed 0)"),
        ("model", "real", "the two intervals, not paired"),
        ("model", "shuffled", "the two intervals, not paired"),
        ("real", "shuffled", "the two intervals, not paired"),
        ("real", "real", "paired bootstrap (2000, seed 0)"),
    ],
)
def test_images_are_paired_only_with_those_for_the_same_conditions_and_latents(tmp_path, first, second, method):
    records = of_row(tmp_path / "a", first), of_row(tmp_path / "b", second)
    (compared,) = compare(*records).compared
    assert [change.method for change in compared.changes] == [method]


# Reference bands


def seeded(folder, values, start=0, **changes):
    for seed, value in enumerate(values, start):
        score = {"value": value, "interval": (value - 0.01, value + 0.01), "groups": {}}
        model_record(training={"seed": seed}, score=score, **changes).save(folder)


def test_a_band_is_where_one_more_value_falls_19_times_of_20():
    rng = torch.Generator().manual_seed(0)
    draws = torch.randn(4_000, 6, generator=rng, dtype=torch.float64).tolist()
    inside = sum(low <= one <= high for *rest, one in draws for low, high in [band(without_images(rest))])
    assert inside / len(draws) == pytest.approx(0.95, abs=0.01)


def test_bands_of_several_scores_hold_together_19_times_of_20():
    rng = torch.Generator().manual_seed(0)
    draws = torch.randn(2_000, 5, 6, generator=rng, dtype=torch.float64).tolist()
    within = [
        [low <= one <= high for *rest, one in run for low, high in [band(without_images(rest), 5)]] for run in draws
    ]
    assert 0.94 < sum(map(all, within)) / len(draws) < 0.98


def without_images(values):
    return [Cell(value=value, interval=None, deviation=None) for value in values]


@pytest.mark.parametrize("value", [0.796, 0.5])
def test_three_equal_seeds_have_a_band_as_wide_as_the_images_make_it(tmp_path, value):
    seeded(tmp_path / "a", [value] * 3)
    for again, flagged in ((value, False), (value - 0.011, False), (value + 0.011, False), (value - 0.02, True)):
        seeded(tmp_path / f"b{again}", [again], start=7)
        found = outside_of_bands(record_files(tmp_path / "a"), record_files(tmp_path / f"b{again}"))
        assert bool(found) == flagged


def test_an_identical_rerun_lies_within_a_band_without_width():
    cells = without_images([0.796] * 3)
    assert band(cells)[0] != 0.796, "rounding"
    score = ScoreEntry(value=0.796, interval=None, method="none", n=9, direction="higher", unit="fraction", version=1)
    assert _outside_of_band("topk_accuracy", score, [score] * 3, 1, "again") is None


@pytest.mark.parametrize("status", ["diverged", "collapsed", "undertrained"])
def test_a_rerun_that_is_not_valid_is_outside_whatever_its_scores(tmp_path, capsys, status):
    seeded(tmp_path / "a", [0.49, 0.50, 0.51])
    seeded(tmp_path / "b", [0.50], start=7, status=status, reason="for a test")
    seeded(tmp_path / "b", [0.50])
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert f"is {status}; 3 other seeds are valid" in capsys.readouterr().out


@pytest.mark.parametrize(("value", "side"), [(0.45, "worse"), (0.505, None), (0.56, "better")])
def test_a_rerun_outside_of_the_band_of_its_seeds_is_flagged_on_either_side(tmp_path, capsys, value, side):
    seeded(tmp_path / "a", [0.49, 0.50, 0.51, 0.50, 0.50])
    seeded(tmp_path / "b", [value], start=7)
    found = outside_of_bands(record_files(tmp_path / "a"), record_files(tmp_path / "b"))
    assert [(each.score, each.side, each.seeds) for each in found] == ([("topk_accuracy", side, 5)] if side else [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scores": {}, "refused": {"topk_accuracy": "too few images"}}, "is gone: too few images"),
        ({"scores": {"exact_match": SCORE | {"groups": {}}}}, "is gone: not measured"),
        ({"score": {"version": 9, "groups": {}}}, "is gone: of version 9 and 640 units, not 1 and 640"),
        ({"score": {"n": 20, "groups": {}}}, "is gone: of version 1 and 20 units, not 1 and 640"),
        ({}, None),
    ],
)
def test_a_new_seed_whose_headline_score_is_gone_fails_and_a_healthy_one_is_counted(tmp_path, capsys, changes, words):
    seeded(tmp_path / "a", [0.49, 0.50, 0.51])
    score = {"value": 0.5, "groups": {}} | changes.pop("score", {})
    model_record(training={"seed": 7}, **({"score": score} | changes)).save(tmp_path / "b")
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == (0 if words is None else 1)
    out = capsys.readouterr().out
    assert "1 compared (1 of them runs of a model), 0 worse" in out
    assert ("topk_accuracy of 3 seeds " in out) == bool(words)
    assert (words or "0 scores outside of their bands") in out


def test_a_rerun_of_one_of_the_seeds_is_held_against_the_band_and_fails_outside_of_it(tmp_path, capsys):
    seeded(tmp_path / "a", [0.49, 0.50, 0.51])
    seeded(tmp_path / "b", [0.58])
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "outside of its band: " in capsys.readouterr().out
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "a")]) == 0


@pytest.mark.parametrize(("value", "fails"), [(0.46, False), (0.3, True)])
def test_a_band_decides_in_place_of_the_pair_of_one_seed(tmp_path, capsys, value, fails):
    """Seed 0 was at 0.52, above the re-run beyond the intervals, but the seeds differ as much."""
    for seed, each in enumerate((0.52, 0.5, 0.48)):
        score = {"value": each, "interval": (each - 0.01, each + 0.01), "groups": {}}
        model_record(training={"seed": seed}, score=score).save(tmp_path / "a")
    score = {"value": value, "interval": (value - 0.01, value + 0.01), "groups": {}}
    model_record(score=score, **OTHER_WEIGHTS).save(tmp_path / "b")
    found = compare(tmp_path / "a", tmp_path / "b")
    assert verdicts(found)["topk_accuracy"] == "worse"
    assert (found.compared[0].worse, found.compared[0].seeds) == ([], 3)
    assert found.failed is fails
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == int(fails)
    assert "the band of 3 seeds decides" in capsys.readouterr().out


def test_the_headline_of_a_task_of_ones_own_has_bands_too(tmp_path):
    ranking = {"main_score": "topk_accuracy", "headline": ["topk_accuracy"]}
    own = {"protocol": {"task": "my-task"}, "ranking": ranking}
    seeded(tmp_path / "a", [0.49, 0.50, 0.51], **own)
    seeded(tmp_path / "b", [0.9], **own)
    assert [each.side for each in outside_of_bands(record_files(tmp_path / "a"), record_files(tmp_path / "b"))] == [
        "better"
    ]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [("valid", "undertrained", True), ("undertrained", "diverged", True), ("collapsed", "collapsed", False),
     ("diverged", "valid", False)],
)  # fmt: skip
def test_a_run_that_broke_further_is_worse_whatever_it_was_before(tmp_path, before, now, worse):
    for folder, status in (("a", before), ("b", now)):
        reason = None if status == "valid" else "for a test"
        model_record(status=status, reason=reason).save(tmp_path / folder)
    (compared,) = compare(tmp_path / "a", tmp_path / "b", Tolerance()).compared
    assert ("status" in compared.worse) == worse


def test_two_seeds_other_budgets_and_other_models_make_no_band(tmp_path):
    seeded(tmp_path / "two", [0.49, 0.50])
    seeded(tmp_path / "long", [0.49, 0.50, 0.51])
    seeded(tmp_path / "other", [0.49, 0.50, 0.51], model={"name": "other"})
    rerun = model_record(training={"budget": "custom", "total_updates": 9}, score={"value": 0.45}).save(tmp_path / "b")
    for place in ("long", "other"):
        assert outside_of_bands(record_files(tmp_path / place), record_files(rerun)) == []
    same = model_record(training={"seed": 9}, score={"value": 0.41}).save(tmp_path / "c")
    assert outside_of_bands(record_files(tmp_path / "two"), record_files(same)) == []
    assert outside_of_bands(record_files(tmp_path / "long"), record_files(same)) != []
