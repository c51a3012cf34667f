"""Claims files: the bundled one says what the digest of the reports says; wrong ones are refused in one line."""

import re
from pathlib import Path

import pytest
from builders.claims import TOML

from benchmark.data.datasets import DATASETS
from benchmark.definitions.model_settings import is_stated, report_updates
from benchmark.errors import UsageError
from benchmark.reports.claims import ScoreTest, split_row
from benchmark.reports.load import known_lists, load_claims
from evaluators.intervals import wilson_interval

DIGEST = Path(__file__).resolve().parents[3] / "shared" / "reports.md"
IDS = [
    "1.1", "1.2",
    "2.1", "2.2", "2.2b", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8",
    "3.1", "3.2", "3.3", "3.4",
    "4.1", "4.2", "4.3", "4.4", "4.5", "4.6",
    "5.1", "5.2", "5.3", "5.4",
]  # fmt: skip


@pytest.fixture(scope="module")
def bundled():
    return {claim.id: claim for claim in load_claims().claims}


def values(claim):
    return [test.value for test in claim.tests if getattr(test, "value", None) is not None]


def written(tmp_path, before, after):
    assert before in TOML
    path = tmp_path / "claims.toml"
    path.write_text(TOML.replace(before, after, 1))
    return path


def test_every_claim_of_the_five_reports_is_there_in_order(bundled):
    assert list(bundled) == IDS
    assert all(claim.report == f"R{claim.id[0]}" for claim in bundled.values())


def test_the_ids_are_those_of_the_digest(bundled):
    if not DIGEST.is_file():
        pytest.skip("the digest of the reports is not next to this checkout")
    assert set(re.findall(r"\((\d\.\d+b?)\)", DIGEST.read_text(encoding="utf-8"))) == set(bundled)


def test_claims_have_the_numbers_of_their_reports(bundled):
    assert "52 of 64 against 48 of 64" in bundled["2.1"].words
    assert values(bundled["4.1"]) == [0.70, 0.71]
    assert [test.group for test in bundled["4.1"].tests] == ["test", "new_test"]
    assert values(bundled["4.2"]) == [0.25]
    assert values(bundled["4.3"]) == pytest.approx([(0.65 + 0.70) / 2])
    assert (bundled["2.4"].tests[1].earliest, bundled["2.3"].tests[0].latest) == (2_501, 100)
    assert {test.statistic for test in bundled["4.6"].tests} == {"swing"}


def test_a_stated_budget_is_that_of_the_bundled_models(bundled):
    for claim in bundled.values():
        free = [name for name, at in map(split_row, claim.rows) if at is None]
        stated = [report_updates(name) for name in free if is_stated(name)]
        if claim.budget.stated:
            assert claim.budget.updates in stated, claim.id


def test_claims_that_no_score_measures_say_so(bundled):
    blocked = {name for name, claim in bundled.items() if claim.not_measured}
    assert blocked == {"2.8"}
    assert all("sharpness" in bundled[name].not_measured for name in blocked - {"2.8"})


def test_another_papers_claims_are_added_by_a_file(tmp_path, bundled):
    path = tmp_path / "paper.toml"
    path.write_text(TOML)
    claims = load_claims(path)
    assert [claim.id for claim in claims.claims] == [*bundled, "P1.1"]
    assert claims.reports[-1].key == "P1"


def test_the_example_of_the_docs_loads(tmp_path):
    text = (Path(__file__).resolve().parents[2] / "docs/claims.md").read_text(encoding="utf-8")
    path = tmp_path / "example.toml"
    path.write_text(text.split("```toml\n")[1].split("```")[0])
    assert load_claims(path).claims[-1].rows == ("cdcgan_iclevr:c_dim=400", "cdcgan_iclevr")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("cdcgan_iclevr", "cdcgan_iclevrr", "claim P1.1: no model is called 'cdcgan_iclevrr'; did you mean"),
        ("cdcgan_iclevr", "cdcgan_iclevr:wide", "claim P1.1: no variant of cdcgan_iclevr is called 'wide'"),
        ("cdcgan_iclevr", "dcgan", "claim P1.1: dcgan takes conditions of kind none, but iclevr has multi_label"),
        ("cdcgan_iclevr", "cdcgan_iclevr@soon", "after @ give a number of generator updates"),
        ("topk_accuracy", "top_accuracy", "claim P1.1, test 1: no score of iclevr is called 'top_accuracy'"),
        ('task = "iclevr"', 'task = "clevr"', "claim P1.1: no task is called 'clevr'"),
        ('report = "P1"', 'report = "P2"', "claim P1.1: no report is called 'P2'"),
        ("effect = 0.02", "effect = nan", "claim P1.1, test 1, effect: got nan; input should be a finite number"),
        ("effect = 0.02", "effect = -0.02", "effect is -0.02; give 0 or more"),
        ("effect = 0.02", "effect = 0.02\nefect = 1", "claim P1.1, test 1: unknown field 'efect'; allowed: .*effect"),
        ("effect = 0.02", "effect = 0.02\nvalue = 0.5", "give either second, a row to compare with, or value"),
        ("effect = 0.02", 'effect = 0.02\ngroup = "test"', "group goes with value"),
        ("why = ", "reason = ", "claim P1.1: unknown field 'reason'; allowed: id, .*why"),
        ('key = "P1"', 'key = "../P1"', "report ../P1, key: got '../P1'; string should match pattern"),
        ('id = "P1.1"', 'id = "2.1"', "two claims are called '2.1', the first in the bundled file; rename one"),
        ('key = "P1"', 'key = "R1"', "two reports are called 'R1', the first in the bundled file; rename one"),
        ('id = "P1.1"\n', "", "claim 1, id: this field is missing"),
        ('score = "topk_accuracy"', "score = 5", "claim P1.1, test 1, score: got 5; "),
        ('measure = "score"', 'measure = "sharpness"', "found using 'measure' does not match any of the expected tags"),
        ("[[reports]]", "[[reports]", "is not TOML in UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, before, after, words):
    path = written(tmp_path, before, after)
    with pytest.raises(UsageError, match=words) as raised:
        load_claims(path)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(str(path))


def test_two_files_with_one_key_are_both_named(tmp_path):
    path, other = written(tmp_path, "Scenes.", "Faces."), tmp_path / "other.toml"
    other.write_text(TOML)
    with pytest.raises(UsageError) as raised:
        load_claims(path, other)
    assert str(raised.value) == f"{other}: two reports are called 'P1', the first in {path}; rename one of them"


FRACTION = r"topk_accuracy \(fraction of requested objects\) is from 0 to 1"


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (
            "value = 70\neffect = 0.05",
            f"value is 70, but {FRACTION}; give a number in that range, such as 0.7 for 70 %",
        ),
        ("value = -5\neffect = 0.05", f"value is -5, but {FRACTION}"),
        ('second = "acgan_iclevr"\neffect = 2.0', f"effect is 2, but {FRACTION}; give an effect below 1, such as 0.02"),
        ('second = "acgan_iclevr"\neffect = 1', "effect is 1, but"),
        ("value = 0.9\neffect = 0.1", f"value 0.9 with effect 0.1 .*'higher' holds for no value, since {FRACTION}"),
        ('value = 0.9\neffect = 0.2\ndirection = "not_higher"', "'not_higher' holds for every value"),
        ('value = 0.5\neffect = 0.6\ndirection = "same"', "'same' holds for every value"),
        ('value = 0.5\neffect = 0.05\ngroup = "nosuch"', "no condition list of topk_accuracy is called 'nosuch'"),
        ('value = 0.5\neffect = 0.05\ngroup = "requested 2"', "is called 'requested 2'. It has: new_test, test"),
        (
            'value = 3\neffect = 5\nscore = "fd_judge"\ndirection = "lower"',
            "holds for no value, since fd_judge .* 0 up",
        ),
        ('value = 3\neffect = 1\nscore = "fd_judge"\ngroup = "test"', "no condition list of fd_judge is called 'test'"),
    ],
)
def test_numbers_and_lists_that_a_score_cannot_have_are_refused(tmp_path, numbers, words):
    with pytest.raises(UsageError, match=f"claims.toml: claim P1.1, test 1: .*{words}") as raised:
        load_claims(numbered(tmp_path, numbers))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "numbers",
    [
        "value = 0.0\neffect = 0.0",
        'value = 1.0\neffect = 0.05\ndirection = "same"',
        'value = 0.99\neffect = 0.02\ndirection = "not_lower"',
        'second = "acgan_iclevr"\neffect = 0.99',
        'value = 0.5\neffect = 0.05\ngroup = "new_test"',
        'value = 70\neffect = 5\nscore = "fd_judge"',
        'value = -5\neffect = 70\nscore = "kid_efficientnet_lite0"',
    ],
)
def test_numbers_that_a_score_can_have_are_accepted(tmp_path, numbers):
    assert load_claims(numbered(tmp_path, numbers)).claims[-1].id == "P1.1"


def numbered(tmp_path, numbers):
    """A claims file whose only test has other numbers, and by default the direction higher of topk_accuracy."""
    head, _ = TOML.split("score = ")
    given = {line.split(" = ")[0] for line in numbers.splitlines()}
    rest = {"score": "topk_accuracy", "first": "cdcgan_iclevr", "direction": "higher"}
    lines = [f'{key} = "{value}"' for key, value in rest.items() if key not in given]
    path = tmp_path / "claims.toml"
    path.write_text("\n".join([head, *lines, numbers]))
    return path


FIGURE = """
[[figures]]
report = "P1"
name = "values"
title = "Values"
kind = "scores"
task = "iclevr"
rows = ["cdcgan_iclevr"]
score = "topk_accuracy"
"""


@pytest.mark.parametrize("reported", ["[70]", "[[0.6, 70]]"])
def test_a_figure_of_values_that_the_score_cannot_have_is_refused(tmp_path, reported):
    path = tmp_path / "paper.toml"
    path.write_text(TOML + FIGURE + f"reported = {reported}")
    with pytest.raises(UsageError, match=r"paper.toml: figure P1-values: a value in reported is 70, but topk_accuracy"):
        load_claims(path)


def test_a_file_may_have_figures_without_claims_but_not_neither(tmp_path):
    path = tmp_path / "paper.toml"
    head, _ = TOML.split("[[claims]]")
    path.write_text(head + FIGURE)
    assert load_claims(path).figures[-1].stem == "P1-values"
    path.write_text(head)
    with pytest.raises(UsageError, match=r"paper.toml: there are neither claims nor figures; add \[\[claims\]\]"):
        load_claims(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*no\.toml: No such file"):
        load_claims(tmp_path / "no.toml")


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ("{}", "give either updates"),
        ("{ updates = [5, 5] }", "is no stretch of a run"),
        ("{ share = [0.5, 1.5] }", "is no stretch of a run"),
        ("{ updates = [0, 5] }", "greater than or equal to 1"),
    ],
)
def test_a_stretch_that_is_none_is_refused(tmp_path, stretch, words):
    test = f'measure = "log"\nloss = "generator"\nstatistic = "mean"\nwithin = {stretch}'
    with pytest.raises(UsageError, match=words):
        load_claims(written(tmp_path, 'measure = "score"\nscore = "topk_accuracy"', test))


def test_a_ratio_needs_a_factor_from_1(tmp_path):
    test = 'measure = "log"\nloss = "generator"\nstatistic = "swing"\nwithin = { share = [0.0, 1.0] }'
    with pytest.raises(UsageError, match="effect is a factor from 1"):
        load_claims(written(tmp_path, 'measure = "score"\nscore = "topk_accuracy"', test))


def test_a_score_that_is_exactly_as_reported_reproduces_its_claim():
    """An effect within the interval of a run's own images could be met by no run."""
    objects = {name: 10 * int(rows.sum()) for name, rows in known_lists(DATASETS["iclevr"]).items()}
    checked = []
    for claim in load_claims().claims:
        for test in claim.tests:
            if isinstance(test, ScoreTest) and test.direction == "same" and test.value is not None:
                n = objects[test.group] if test.group else sum(objects.values())
                low, high = wilson_interval(test.value, n)
                assert test.value - test.effect < low < high < test.value + test.effect, claim.id
                checked.append(claim.id)
    assert checked == ["4.1", "4.1", "4.2", "4.3"]
