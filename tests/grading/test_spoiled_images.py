"""Remarks about mistakes that spoil good images: they are made where there is one, and change no grade."""

import json

import numpy as np
import pytest
from builders.batches import SCHEME, hand_in
from hostile import PLAIN, constant, gray_image_nodes, with_graph

from benchmark.cli import main
from benchmark.commands import grade
from benchmark.data.datasets import DATASETS
from benchmark.data.labels import OBJECTS
from benchmark.grading.evidence import spoiled_images
from benchmark.grading.grader import Grader
from benchmark.grading.marking.marking import mark
from benchmark.grading.request import GradingRequest

COUNT = 24
IMAGES, CONDITIONS = DATASETS["iclevr"].render(range(2, 3 * COUNT, 3), 7)
IMAGES, ROWS = IMAGES.numpy(), CONDITIONS.numpy().tolist()
EXCHANGED = IMAGES[:, ::-1].copy()
UNITS = IMAGES.astype(np.float32) / 255
SIGMOID = gray_image_nodes()  # of the sum of the latent: from black to white
SIGMOID[0].op_type, SIGMOID[1].op_type = "ReduceSum", "Sigmoid"


def halved(images):
    """Numbers from 0 to 1, read as -1 to 1."""
    return np.rint((images + 1) * 127.5).astype(np.uint8)


def test_bytes_of_0_and_1_are_remarked_and_dark_images_are_not():
    assert "every byte is 0 or 1" in spoiled_images.bytes_of_0_and_1(UNITS.astype(np.uint8))
    assert "every byte is 0 or 1" in spoiled_images.bytes_of_0_and_1(np.rint(UNITS).astype(np.uint8))
    assert spoiled_images.bytes_of_0_and_1(IMAGES // 50) is None
    assert spoiled_images.bytes_of_0_and_1(IMAGES) is None


def test_images_that_never_leave_the_upper_half_are_remarked_and_others_are_not():
    assert "nothing is darker than middle gray" in spoiled_images.half_a_range(halved(UNITS))
    assert spoiled_images.half_a_range(IMAGES) is None
    assert spoiled_images.half_a_range(np.clip(IMAGES.astype(int) + 60, 0, 255).astype(np.uint8)) is None
    gray = np.random.default_rng(0).normal(137, 3, IMAGES.shape).astype(np.uint8)  # as an untrained generator draws
    assert spoiled_images.half_a_range(gray) is None


@pytest.fixture(scope="module")
def grader():
    return Grader(GradingRequest(task="iclevr"))


def exchanged(images, grader):
    rule, judge = grader.scheme.scores[0], grader.judge.compute
    return spoiled_images.exchanged_colours(mark(images, ROWS, judge, [rule.name]), rule, judge)


def test_exchanged_colours_are_remarked_and_others_are_not(grader):
    assert exchanged(IMAGES, grader) is None
    remark = exchanged(EXCHANGED, grader)
    assert remark.startswith("red and blue seem to be exchanged: topk_accuracy is 0.")
    assert remark.endswith("OpenCV's order is BGR")


@pytest.mark.parametrize("seed", range(3))
def test_images_that_are_poor_either_way_are_not_remarked(seed, grader):
    order = np.random.default_rng(seed).permutation(COUNT)
    assert exchanged(IMAGES[order], grader) is None
    assert exchanged(EXCHANGED[order], grader) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_few_images_tell_that_all_need_not_be_judged_again(seed, grader):
    judged = []

    def judge(images):
        judged.append(len(images))
        return grader.judge.compute(images)

    order, rule = np.random.default_rng(seed).permutation(COUNT), grader.scheme.scores[0]
    assert list(spoiled_images.mistakes_in_unjudged("exam", IMAGES[order], ROWS, rule, judge)) == []
    assert judged == [2 * spoiled_images.SAMPLE]
    (remark,) = spoiled_images.mistakes_in_unjudged("exam", EXCHANGED, ROWS, rule, judge)
    assert remark.text.startswith("exam: red and blue seem to be exchanged")
    assert judged[1:] == [2 * spoiled_images.SAMPLE, COUNT, COUNT]


@pytest.fixture
def exam(tmp_path):
    names = [[OBJECTS[i] for i in np.flatnonzero(row)] for row in ROWS]
    (tmp_path / "exam.json").write_text(json.dumps(names))
    (tmp_path / "scheme.toml").write_text(SCHEME)
    return GradingRequest(task="iclevr", scheme=tmp_path / "scheme.toml", conditions=(tmp_path / "exam.json",))


@pytest.mark.slow
def test_a_remark_stands_on_the_page_and_in_the_check_and_moves_no_points(tmp_path, exam, capsys, monkeypatch):
    for name, images in {"bgr": EXCHANGED, "good": IMAGES, "half": halved(UNITS), "units": np.rint(UNITS)}.items():
        hand_in(tmp_path / "inbox" / name, images.astype(np.uint8))
    for name, document in {"sigmoid": {}, "declared": {"value_range": "0..1"}}.items():
        (tmp_path / "inbox" / name).mkdir()
        with_graph(tmp_path / "inbox" / name, SIGMOID, [constant(*item) for item in PLAIN.items()])
        (tmp_path / "inbox" / name / "manifest.json").write_text(json.dumps({"onnx": document}))
    grade.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    book = {one["id"]: one for one in json.loads((tmp_path / "out" / "grades.json").read_text())["submissions"]}
    expected = {
        "bgr": "exam: red and blue seem",
        "half": "exam: nothing is darker",
        "units": "exam: every byte is 0 or 1",
    }
    assert {name: [r["text"][:21] for r in book[name]["remarks"]] for name in expected} == {
        name: [remark[:21]] for name, remark in expected.items()
    }
    assert book["good"]["remarks"] == book["declared"]["remarks"] == []
    for name, remark in expected.items():
        assert remark in (tmp_path / "out" / "pages" / f"{name}.html").read_text()
    options = ["--task", "iclevr", "--scheme", str(exam.scheme), "--conditions", str(exam.conditions[0]), "--check"]
    assert main(["grade", str(tmp_path / "inbox"), *options, "--json"]) == 0
    rows = {row["id"]: row["reason"] for row in json.loads(capsys.readouterr().out)}
    assert rows["good"] == rows["declared"] == ""
    assert all(rows[name].startswith(remark) for name, remark in expected.items())
    monkeypatch.setattr(spoiled_images, "mistakes_in", lambda *_: iter(()))
    grade.grade([tmp_path / "inbox"], tmp_path / "again", exam)
    without = {one["id"]: one for one in json.loads((tmp_path / "again" / "grades.json").read_text())["submissions"]}
    assert all(without[name] | {"remarks": one["remarks"]} == one for name, one in book.items())
