"""``draw``, ``translate`` and ``export``: images for words, a photograph redrawn, and a graph that draws the same."""

import numpy as np
import onnxruntime
import pytest
import torch
from builders.data import png
from builders.plugins import on_the_path, toys  # noqa: F401 - a fixture
from builders.submissions import TEXTS, seen
from layers_of import config_of, made
from PIL import Image

import benchmark as cgan
from benchmark.cli import main
from benchmark.commands import export
from benchmark.data.datasets import DATASETS
from benchmark.data.prompts import condition_of
from benchmark.errors import UsageError
from benchmark.system.machine import this_machine
from benchmark.training.trained_run import load_generator
from reference_models import MODELS

FACES, SCENES = DATASETS["anime-faces"], DATASETS["iclevr"]
TASK, MODEL = "cgan_bench_toys.tasks:SHADES", "cgan_bench_toys.gans:ToyGAN"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run that no test changes."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch, on_the_path(patch):
        patch.setenv("CGAN_BENCH_CACHE", str(folder / "cache"))
        cgan.train(TASK, MODEL, folder / "run", budget=1)
    return folder / "run"


@pytest.fixture
def run(toys, trained):  # noqa: F811
    return trained


def refused(capsys, *words):
    assert main(list(map(str, words))) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


def test_words_are_conditions_in_any_order():
    expected = [FACES.attributes["hair"].index("orange"), FACES.attributes["eyes"].index("yellow")]
    for words in ("orange hair yellow eyes", "Yellow  eyes, ORANGE hair"):
        assert condition_of(FACES, words).tolist() == expected
    red_and_gray = condition_of(SCENES, "red cube, gray sphere")
    assert SCENES.describe(red_and_gray).split("\n") == ["red cube", "gray sphere"]
    assert condition_of(DATASETS["celeba"], "black hair, male").tolist() == [1, 0, 0, 1, 0]
    assert condition_of(FACES, "black hair", whole=False).tolist() == [FACES.attributes["hair"].index("black"), 0]


@pytest.mark.parametrize(
    ("dataset", "words", "line"),
    [
        (FACES, "orange hair", "names no eyes; give '<value> eyes', of gray, black"),
        (FACES, "mauve hair red eyes", "names no hair"),
        (FACES, "pink hair blue hair red eyes", "names hair 2 times; name it once"),
        (FACES, "pink hair red eyes hat", "'hat' is not understood; give <hair: orange, white"),
        (SCENES, "red cube, red pyramid", "'red pyramid' is no class; give some of gray cube, red cube"),
        (SCENES, " , ", "names no class"),
        (FACES.unconditional(), "red eyes", "anime-faces has no conditions here, so 'red eyes' says nothing"),
    ],
)
def test_other_words_are_refused_with_what_may_be_said(dataset, words, line):
    with pytest.raises(UsageError) as refusal:
        condition_of(dataset, words)
    assert line in str(refusal.value)


def test_a_sheet_has_a_row_for_each_condition(run, tmp_path, capsys):
    words = ["draw", str(run), "dark shade", "light", "--n", "3", "--out"]
    for name in ("one.png", "two.png"):
        assert main([*words, str(tmp_path / name)]) == 0
    assert "shown  6" in capsys.readouterr().out
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert main([*words, str(tmp_path / "other.png"), "--seed", "1"]) == 0
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "other.png").read_bytes()
    with Image.open(tmp_path / "one.png") as sheet:
        assert sheet.width > 3 * 64
        assert sheet.height > 2 * 64


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("draw", "--out", "a.png"), "draws for conditions; say which, such as 'dark shade'"),
        (("draw", "dark", "--n", "0", "--out", "a.png"), "--n is 0; give 1 to 1,000"),
        (("draw", "dark", "--out", "a.jpg"), "--out is a.jpg; give a file name ending in .png"),
        (("draw", "purple", "--out", "a.png"), "names no shade"),
        (("translate", "a.png", "--to", "dark", "--out", "b.png"), "draws new images; use 'cgan-bench draw'"),
        (("export", "--onnx", "a.pt"), "--onnx is a.pt; give a file name ending in .onnx"),
    ],
)
def test_what_is_wrong_is_one_line(run, capsys, monkeypatch, tmp_path, words, line):
    monkeypatch.chdir(tmp_path)
    verb, *rest = words
    assert line in refused(capsys, verb, run, *rest)
    assert not list(tmp_path.glob("[ab].*"))


def test_an_exported_graph_draws_what_the_model_draws(run, tmp_path):
    path = tmp_path / "toy.onnx"
    assert main(["export", str(run), "--onnx", str(path)]) == 0
    model, _ = load_generator(run, this_machine("cpu", "float32"))
    latents, condition = torch.randn(3, 100), torch.tensor([[0], [2], [1]], dtype=torch.uint8)
    with torch.inference_mode():
        expected = model.generator(latents, model.encode(condition)).numpy()
    one_hots = np.eye(3, dtype=np.float32)[condition[:, 0].numpy()]
    (drawn,) = onnxruntime.InferenceSession(path).run(None, {"latent": latents.numpy(), "condition": one_hots})
    np.testing.assert_allclose(drawn, expected, atol=1e-5)


def test_a_graph_that_draws_something_else_is_not_written(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export, "_difference", lambda *_: 0.5)
    assert "so nothing was written" in refused(capsys, "export", run, "--onnx", tmp_path / "toy.onnx")
    assert not (tmp_path / "toy.onnx").exists()


@pytest.mark.parametrize("name", MODELS)
def test_every_bundled_model_can_be_exported(name, tmp_path):
    kind = MODELS[name].condition_kinds[0]
    model = made(name, kind, **({"channels": 8} if hasattr(config_of(name, kind), "channels") else {})).eval()
    graph, names = export.Graph(model).eval(), ("image" if model.translates else "latent", "condition")
    export._write(graph, export.inputs_of(model, 2, seed=0), names, tmp_path / "g.onnx")
    difference = export._difference(graph, export.inputs_of(model, 5, seed=1), names, tmp_path / "g.onnx")
    assert difference < export.TOLERANCE


def test_the_grader_reads_an_exported_graph(toy, tmp_path):
    assert main(["train", "--task", "anime-faces", "--model", "cdcgan_pairs:channels=8", "--out", "pairs"]) == 0
    assert main(["export", "pairs", "--onnx", str(tmp_path / "handed_in" / "generator.onnx")]) == 0
    images = seen(tmp_path / "handed_in", TEXTS)
    assert sum(map(len, images.values())) > 0


def test_a_photograph_is_redrawn_as_strongly_as_requested(toy, tmp_path):
    words = ["train", "--task", "anime-transfer", "--model", "stargan:channels=8", "--out", "star"]
    assert main(words) == 0
    (tmp_path / "photo.png").write_bytes(png((180, 90, 40), size=(80, 64)))
    pairs = {}
    for strength in ("0", "1", "2"):
        words = ["translate", "star", "photo.png", "--to", "black hair", "--strength", strength, "--out", "pair.png"]
        assert main(words) == 0
        with Image.open("pair.png") as image:
            pixels = np.asarray(image).astype(int)
        pairs[strength] = pixels[:, :64], pixels[:, 64:]
    assert np.abs(pairs["0"][0] - pairs["0"][1]).max() <= 1, "0 leaves it"
    moved = {strength: np.abs(left - right).mean() for strength, (left, right) in pairs.items()}
    assert moved["0"] < moved["1"] <= moved["2"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_the_verbs(capsys, shell):
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert "cgan-bench" in out
    assert all(verb in out for verb in ("train", "translate", "leaderboard"))
