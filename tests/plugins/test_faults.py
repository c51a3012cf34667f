"""Faults of a plug-in's own code: one line that says which plug-in and what it raised, and exit code 2."""

import numpy as np
import pytest
import torch
from builders.plugins import plugin_file, toys  # noqa: F401 - fixtures

from benchmark.definitions.lookup import find_task, with_evaluators
from benchmark.errors import UsageError
from benchmark.plugins.evaluators import new_evaluator
from benchmark.plugins.scores import possible
from benchmark.scoring.generator_functions import _images, load_function
from evaluators.base import Score, TooFewImagesError

SCORES = """
from cgan_bench_toys.scores import Brightness
from evaluators.base import Score, TooFewImagesError


class Needs(Brightness):
    name = "needs"

    def __init__(self, path):
        pass


class Quits(Brightness):
    name = "quits"

    def __init__(self):
        raise SystemExit(0)


class Raises(Brightness):
    name = "raises"

    def compute(self):
        return {}["weights"]


class Number(Raises):
    def compute(self):
        return 0.5


class Beyond(Raises):
    def compute(self):
        return Score(value=7.0, n=3)


class Outside(Raises):
    def compute(self):
        return Score(value=0.5, n=3, interval=(0.6, 0.7))


class Few(Raises):
    def compute(self):
        raise TooFewImagesError("three")


class Empty(Raises):
    def compute(self):
        return Score(value=float("nan"), n=3)


class Hasty(Raises):
    def update(self, images, condition, *, real):
        raise TooFewImagesError("four")
"""
GENERATORS = """
def raises(latent, condition):
    return {}["weights"]


def writes(latent, condition):
    latent.zero_()
    condition.fill_(77)
    return latent


def unloadable():
    raise OSError("no weights.pth")
"""


@pytest.fixture
def task(plugin_file, toys):  # noqa: F811
    plugin_file("my_scores", SCORES)
    plugin_file("my_load", GENERATORS)
    return "anime-faces-unconditional"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Needs", r"my_scores:Needs, made with 0 arguments, fails: TypeError: .*missing 1 required.*'path'; fix"),
        ("Quits", r"my_scores:Quits, made with 0 arguments, fails at line 17 of my_scores.py: SystemExit: 0; fix"),
    ],
)
def test_an_evaluator_that_cannot_be_made_is_refused_before_any_work(task, name, reason):
    with pytest.raises(UsageError, match=reason):
        with_evaluators(find_task(task), [f"my_scores:{name}"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": True}, "the value True; give a finite float"),
        ({"n": 0}, "a Score with n = 0; give a whole number above 0"),
        ({"n": 1.5}, "n = 1.5; give a whole number"),
        ({"interval": (0.1,)}, r"interval = \(0.1,\); give two finite numbers as a tuple, or None"),
        ({"interval": "ab"}, "interval = 'ab'; give two finite numbers"),
        ({"method": None}, "method = None; give a text"),
        ({"groups": {"all": "x"}}, "groups = {'all': 'x'}; give finite numbers by name"),
        ({"interval": (-0.1, 0.6)}, "the interval's low end -0.1; its value_range allows 0.0 to 1.0, so widen that"),
        ({"groups": {"all": 1.5}}, "for the group 'all' 1.5; its value_range allows 0.0 to 1.0, so widen that"),
        (
            {"outcomes": [[1, 2]]},
            r"outcomes = \[\[1, 2\]\]; give a tensor \(N, 2\) of finite numbers, two of each",
        ),
        (
            {"outcomes": torch.tensor([0.4, 0.6])},
            r"outcomes = a tensor \(2,\) of torch.float32; give a tensor \(N, 2\)",
        ),
        ({"outcomes": torch.ones(4, 2, 1)}, r"outcomes = a tensor \(4, 2, 1\) of torch.float32; give"),
        ({"outcomes": torch.ones(4, 3)}, r"outcomes = a tensor \(4, 3\) of torch.float32; give"),
        ({"outcomes": torch.ones(0, 2)}, r"outcomes = a tensor \(0, 2\) of torch.float32; give"),
        (
            {"outcomes": torch.tensor([[torch.nan, 1.0], [1.0, 1.0]])},
            r"\(2, 2\) of torch.float32, not all finite",
        ),
        ({"outcomes": torch.ones(4, 2, dtype=torch.bfloat16)}, r"outcomes = a tensor \(4, 2\) of torch.bfloat16; give"),
        ({"outcomes": torch.ones(4, 2).to_sparse()}, r"outcomes = a tensor \(4, 2\) of torch.float32; give"),
        (
            {"outcomes": torch.tensor([[1, 1], [1, 1], [0, 1]])},
            "0.5, but the ratio of its outcomes' sums is 0.666667; give outcomes",
        ),
        ({"outcomes": torch.zeros(4, 2)}, "0.5, but the ratio of its outcomes' sums is nan; give outcomes"),
        ({"resampled": torch.ones(4, 2)}, r"resampled = a tensor \(4, 2\) of torch.float32; give a tensor \(R,\)"),
        (
            {"resampled": torch.tensor([0.4, torch.inf])},
            r"resampled = a tensor \(2,\) of .*, not all finite",
        ),
        ({"resampled": torch.tensor([0.4])}, r"resampled = a tensor \(1,\) of torch.float32; give"),
        ({"resampled": [0.4, 0.6]}, r"resampled = \[0.4, 0.6\]; give a tensor \(R,\) of finite floats"),
    ],
)
def test_each_field_of_a_score_is_checked(task, changes, reason):
    import my_scores

    fields = {"value": 0.5, "n": 3, "interval": (0.4, 0.6), "method": "mine", "groups": {"all": 0.5}}
    assert possible(Score(**fields), my_scores.Raises).n == 3
    with pytest.raises(UsageError, match=f"^evaluator my_scores:Raises computes .*{reason}"):
        possible(Score(**fields | changes), my_scores.Raises)


@pytest.mark.parametrize(
    "given",
    [
        {"outcomes": torch.tensor([[True, True], [False, True]])},
        {"outcomes": torch.tensor([[2, 3], [0, 1]], dtype=torch.uint8)},
        {"outcomes": torch.tensor([[0.1, 1], [0.90001, 1]], dtype=torch.float16)},  # rounding
        {"resampled": torch.tensor([0.4, 0.6], dtype=torch.float64)},
    ],
)
def test_outcomes_in_any_usual_numbers_and_resamples_are_taken(task, given):
    import my_scores

    score = Score(value=0.5, n=2, **given)
    assert possible(score, my_scores.Raises) is score


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", r"my_scores:Raises, compute, fails at line 24 of my_scores.py: KeyError: 'weights'; fix"),
        ("Number", r"my_scores:Number computes a float; give an evaluators.base.Score"),
        ("Beyond", r"my_scores:Beyond computes 7.0; its value_range allows 0.0 to 1.0, so widen that"),
        ("Outside", r"my_scores:Outside computes 0.5, outside of its own interval \(0.6, 0.7\)"),
        ("Empty", r"my_scores:Empty computes the value nan; give a finite float"),
    ],
)
def test_an_evaluator_that_fails_or_computes_no_score_is_named_with_the_reason(task, name, reason):
    own = with_evaluators(find_task(task), [f"my_scores:{name}"]).evaluator("raises")
    with pytest.raises(UsageError, match=reason):
        new_evaluator(own).compute()


def test_a_score_of_a_bundled_evaluator_is_checked_alike(monkeypatch):
    from evaluators.face_hit_rate import FaceHitRate

    evaluator = new_evaluator(FaceHitRate, lambda images: torch.ones(len(images), dtype=torch.bool))
    evaluator.update(torch.zeros(3, 3, 8, 8, dtype=torch.uint8), None, real=False)
    assert evaluator.compute().value == 1.0
    monkeypatch.setattr(FaceHitRate, "compute", lambda self: Score(value=1.0, n=3, outcomes=torch.ones(3)))
    with pytest.raises(UsageError, match=r"face_hit_rate:FaceHitRate computes .* outcomes = a tensor \(3,\)"):
        evaluator.compute()


def test_too_few_images_are_no_fault_and_a_good_score_passes(task):
    import my_scores

    with pytest.raises(TooFewImagesError, match="three"):
        new_evaluator(my_scores.Few).compute()
    with pytest.raises(UsageError, match=r"my_scores:Hasty, update, fails .*: TooFewImagesError: four; fix"):
        new_evaluator(my_scores.Hasty).update(torch.empty(0), None, real=False)
    good = new_evaluator(my_scores.Brightness)
    good.update(torch.full((4, 3, 8, 8), 51, dtype=torch.uint8), None, real=False)
    assert isinstance(good.compute(), Score)
    assert good.compute().value == pytest.approx(0.2)


def test_a_fault_of_a_bundled_evaluator_stays_what_it_is():
    from evaluators import EVALUATORS

    def broken(images):
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        new_evaluator(EVALUATORS["micro_f1"], broken).update(torch.zeros(2, 3, 8, 8), torch.ones(2, 24), real=False)


def test_a_generator_function_that_raises_is_named_with_the_reason(task):
    draws = load_function("my_load:raises", find_task(task), 100)
    with pytest.raises(
        UsageError, match=r"generator my_load:raises fails at line 3 of my_load.py: KeyError: 'weights'"
    ):
        draws(torch.zeros(2, 100), torch.zeros(2, 1))
    with pytest.raises(UsageError, match=r"generator my_load:unloadable fails .*: OSError: no weights.pth; fix"):
        load_function("my_load:unloadable", find_task(task), 100)


def test_a_generator_function_may_write_into_what_it_gets(task):
    latent, condition = torch.ones(2, 100), torch.ones(2, 1)
    assert load_function("my_load:writes", find_task(task), 100)(latent, condition).sum() == 0
    assert (latent.sum(), condition.sum()) == (200, 2)


SHAPE = (2, 3, 4, 4)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (torch.zeros(SHAPE, dtype=torch.complex64), "torch.complex64"),
        (np.zeros(SHAPE, np.uint16), "torch.uint16"),
        (np.zeros(SHAPE, object), "an array of object"),
        (np.zeros(SHAPE, "U3"), "an array of <U3"),
        (np.zeros(SHAPE, np.longdouble), "an array of longdouble|an array of float128"),
        (torch.zeros(SHAPE).to_sparse(), r"torch.float32 \(torch.sparse_coo on cpu\)"),
        (torch.zeros(SHAPE, device="meta"), r"torch.float32 \(torch.strided on meta\)"),
        (torch.full(SHAPE, torch.nan), "torch.float32, nan to nan"),
        (torch.full(SHAPE, 1.5), "torch.float32, 1.5 to 1.5"),
        (torch.zeros(SHAPE, dtype=torch.int64), "torch.int64, 0 to 0"),
    ],
)
def test_what_a_generator_gives_in_numbers_that_are_no_pixels_is_said_in_one_line(given, words):
    with pytest.raises(
        UsageError, match=f"^the generator gives ({words}).*; give finite floats from -1 to 1, or uint8"
    ):
        _images(given, 2, 4)


@pytest.mark.parametrize(
    "given",
    [np.zeros(SHAPE, ">f4"), np.zeros(SHAPE, np.float16), torch.zeros(SHAPE, dtype=torch.bfloat16)],
)
def test_floats_of_any_size_and_byte_order_are_taken(given):
    assert torch.equal(_images(given, 2, 4), torch.full(SHAPE, 128, dtype=torch.uint8))
