"""What lies beside work takes nothing away from it: images beside a generator, weights beside images."""

import io
import json

import numpy as np
import pytest
import torch
from builders.data import png
from builders.submissions import ASSIGNMENT, FORMS, IMAGES, as_folder, encoded, files, npz, sheet
from hostile import PLAIN, constant, gray_image_nodes, weights, with_config, with_graph

from benchmark.grading.sandbox.answer import AnswerFile, Rejected, read_answer
from benchmark.grading.submission.read import examine

WHOLE = FORMS["folders"]
STATISTICS = npz({"mu": np.zeros(4), "sigma": np.zeros((4, 4))})
OTHER_IMAGES = {
    "a curve": {"loss.png": png()},
    "a curve that is called like a list": {"report/test_loss.png": png()},
    "progress": {"progress/1.png": png(), "progress/2.png": png()},
    "statistics": {"stats.npz": STATISTICS},
    "statistics of two sets": {"stats.npz": STATISTICS, "train.npz": STATISTICS},
    "a damaged array": {"stats.npz": b"PK", "mu.npy": b"x"},
    "what a run leaves": {"samples/step_0000010.png": png(), "samples/step_0000020.png": png(), "curve.png": png()},
}
OTHERS = {
    "two checkpoints": ({"checkpoint.pth": b"x", "netG.pth": b"x"}, "'checkpoint.pth' and 'netG.pth' are both"),
    "two of one name": ({"netG_100.pth": b"x", "netG_200.pth": b"x"}, "'netG_100.pth' and 'netG_200.pth' are both"),
    "another program's": (
        {"unet/config.json": b'{"_class_name": "UNet2DModel"}', "unet/diffusion.safetensors": b"x"},
        "'unet/config.json' must have 'model' and 'model_config'",
    ),
    "two graphs": ({"a.onnx": b"x", "b.onnx": b"x"}, "'a.onnx' and 'b.onnx' are both a graph"),
    "a graph and weights": ({"a.onnx": b"x", "g.pt": b"x"}, "both 'a.onnx' and 'g.pt' are in it"),
    "a damaged graph": ({"generator.onnx": b"x"}, "'generator.onnx' is no ONNX file"),
}


def read(folder, contents):
    """The parts of a submission, and the remark."""
    work = as_folder(folder / "work", contents)
    with open(folder / "answer", "w+b") as file:
        file.truncate(ASSIGNMENT.layout().size)
        answer = AnswerFile(file.fileno(), ASSIGNMENT.layout())
        remark = examine(work, ASSIGNMENT, answer)
        answer.say("ready", remark)
        return read_answer(file.fileno(), ASSIGNMENT.layout()).images, remark


@pytest.fixture(scope="module")
def generators(tmp_path_factory):
    """A graph, and weights with their settings, as files by name."""
    folder = tmp_path_factory.mktemp("generators")
    with_config(folder)
    with_graph(folder, gray_image_nodes(), [constant(*item) for item in PLAIN.items()])
    saved = io.BytesIO()
    torch.save(weights(), saved)
    return {
        "graph": {"generator.onnx": (folder / "generator.onnx").read_bytes()},
        "weights": {"config.json": (folder / "config.json").read_bytes(), "netG.pth": saved.getvalue()},
    }


@pytest.mark.parametrize("images", OTHER_IMAGES.values(), ids=OTHER_IMAGES)
@pytest.mark.parametrize("kind", ["graph", "weights"])
def test_images_and_arrays_beside_a_generator_take_nothing_from_it(kind, images, generators, tmp_path):
    parts, remark = read(tmp_path, generators[kind] | images)
    assert set(parts) == {("generator", name) for name in IMAGES}
    folders = {name.partition("/")[0] for name in images}
    assert all(name in remark for name in folders)
    assert "not read: " in remark or remark.startswith("only the generator counts: ")


@pytest.mark.parametrize("kind", ["graph", "weights"])
def test_images_of_a_list_beside_a_generator_are_read_as_before(kind, generators, tmp_path):
    parts, remark = read(tmp_path, generators[kind] | WHOLE | {"loss.png": png()})
    assert set(parts) == {(source, name) for source in ("images", "generator") for name in IMAGES}
    assert remark == "not read: 'loss.png'"
    assert np.array_equal(parts["images", "test"], IMAGES["test"])


def test_of_a_list_that_is_not_complete_beside_a_generator_the_reason_is_said(generators, tmp_path):
    some = files("{list}/{number}.png", lists={"test": IMAGES["test"][:9]})
    parts, remark = read(tmp_path, generators["graph"] | some)
    assert set(parts) == {("generator", name) for name in IMAGES}
    assert remark == "only the generator counts: test requests 10 images, but lacks 1: 9; not read: 9 files in 'test'"


@pytest.mark.parametrize(("others", "reason"), OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("form", ["folders", "grids", "npz"])
def test_weights_that_cannot_be_used_take_nothing_from_images(form, others, reason, tmp_path):
    parts, remark = read(tmp_path, FORMS[form] | others)
    assert set(parts) == {("images", name) for name in IMAGES}
    assert remark.startswith("only the images count: ")
    assert reason in remark


@pytest.mark.parametrize(("others", "reason"), OTHERS.values(), ids=OTHERS)
def test_without_images_of_a_list_they_are_rejected_with_the_same_reason(others, reason, tmp_path):
    for number, beside in enumerate([{}, {"loss.png": png()}]):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(Rejected) as verdict:
            read(tmp_path / str(number), others | beside)
        assert reason in str(verdict.value)


def test_with_a_manifest_each_part_must_be_as_it_says(generators, tmp_path):
    document = {"manifest.json": json.dumps({"images": "files", "onnx": {}}).encode()}
    with pytest.raises(Rejected, match="no image's name says its place"):
        read(tmp_path, generators["graph"] | {"loss.png": png()} | document)


@pytest.mark.parametrize("other", ["tokenizer_config.json", "unet/model_config.json"])
def test_settings_are_a_file_of_that_whole_name(other, generators, tmp_path):
    parts, _ = read(tmp_path, generators["weights"] | {other: b"{}"})
    assert ("generator", "test") in parts
    (tmp_path / "alone").mkdir()
    with pytest.raises(Rejected, match=r"'netG.pth' comes without config\.json"):
        read(tmp_path / "alone", {"netG.pth": generators["weights"]["netG.pth"], other: b"{}"})


def test_of_several_weights_those_next_to_the_settings_are_taken(generators, tmp_path):
    run = {"checkpoints/step_0000010.safetensors": b"x", "checkpoints/step_0000020.safetensors": b"x"}
    parts, remark = read(tmp_path, generators["weights"] | run)
    assert ("generator", "test") in parts
    assert remark == (
        "'netG.pth' was taken, not 'checkpoints/step_0000010.safetensors', 'checkpoints/step_0000020.safetensors'"
    )


def test_statistics_beside_images_are_not_read_however_many_there_are(tmp_path):
    grids = {f"{name}.png": sheet(images, 64) for name, images in IMAGES.items()}
    for number, beside in enumerate([["a.npz"], ["a.npz", "b.npz"]]):
        (tmp_path / str(number)).mkdir()
        parts, remark = read(tmp_path / str(number), grids | dict.fromkeys(beside, STATISTICS))
        assert np.array_equal(parts["images", "test"], IMAGES["test"])
        assert remark == f"not read: {', '.join(map(repr, beside))}"
    (tmp_path / "two").mkdir()
    with pytest.raises(Rejected, match=r"there are 2 \.npz files"):
        read(tmp_path / "two", {"a.npz": npz(IMAGES), "b.npz": npz(IMAGES), "c.npz": STATISTICS})


def test_images_in_a_damaged_array_are_no_reason_to_take_a_picture_for_them(tmp_path):
    with pytest.raises(Rejected, match=r"'a\.npz' is no whole \.npz file"):
        read(tmp_path, {"a.npz": b"PK", "test_0.png": encoded(IMAGES["test"][0])})
