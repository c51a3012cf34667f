"""A task in TOML: its folder is read in three layouts, and what is wrong is one line before any work."""

import json
import unicodedata
import zipfile

import numpy as np
import pytest
import torch
from builders.data import png
from builders.runs import narrow

from benchmark.cli import main
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_settings import model_config, models_of
from benchmark.errors import UsageError
from benchmark.tasks import TASKS
from reference_models import MODELS

ATTRIBUTES = """
name = "signs"
kind = "attributes"
image_size = 32
main_score = "near_duplicate_rate"
evaluators = ["near_duplicate_rate", "kid_efficientnet_lite0"]

[attributes]
shape = ["disc", "square"]
colour = ["red", "green", "blue"]

[lists]
two = [["disc", "blue"], ["square", "red"]]
"""
ONE = ATTRIBUTES.replace('colour = ["red", "green", "blue"]\n', "").replace(
    '["disc", "blue"], ["square", "red"]', '["disc"]'
)
MULTI_HOT = """
name = "scenes-of-mine"
kind = "multi_label"
image_size = 128
main_score = "kid_efficientnet_lite0"

[attributes]
things = ["cup", "pen", "key"]
"""
PLAIN = 'name = "plain"\nkind = "none"\nmain_score = "kid_efficientnet_lite0"\n'


def task_file(folder, text):
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def images(folder, names):
    """One image of its own shade for each name."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png((20 * number, 0, 0)))
    return folder


def data_of(path, source):
    return open_data(dataset_of(find_task(str(path))), str(source))


def shades(data):
    return [int(image[0].float().mean()) // 20 for image in data.images]


@pytest.fixture
def labelled(tmp_path):
    """Four images with a CSV of two attributes, one more column and the columns in another order."""
    folder = images(tmp_path / "data", [f"images/{number}.png" for number in range(4)])
    rows = ["0.png,red,x,disc", "1.png,green,x,square", "2.png,blue,x,disc", "3.png,blue,x,square"]
    (folder / "labels.csv").write_text("\n".join(["file,colour,note,shape", *rows]))
    return folder


def test_a_csv_has_one_column_for_each_attribute(tmp_path, labelled):
    data = data_of(task_file(tmp_path, ATTRIBUTES), labelled)
    assert data.conditions.tolist() == [[0, 0], [1, 1], [0, 2], [1, 2]]
    assert data.images.shape == (4, 3, 32, 32)
    assert shades(data) == [0, 1, 2, 3]
    assert {name: rows.tolist() for name, rows in data.condition_lists.items()} == {"two": [[0, 2], [1, 0]]}


def test_a_csv_of_zeros_and_ones_is_multi_hot(tmp_path):
    folder = images(tmp_path / "data", ["a.png", "b.png"])
    (folder / "labels.csv").write_text("file,key,cup,pen\na.png,1,0,0\nb,true,1,-1\n")
    data = data_of(task_file(tmp_path, MULTI_HOT), folder)
    assert data.conditions.tolist() == [[0, 0, 1], [1, 0, 1]]
    assert data.images.shape == (2, 3, 128, 128)


def test_folders_are_classes_in_a_folder_and_in_a_zip(tmp_path):
    names = ["disc/1.png", "disc/deep/2.png", "square/1.png"]
    folder, path = images(tmp_path / "data", names), task_file(tmp_path, ONE)
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for name in names:
            archive.write(folder / name, f"top/{name}")
    for source in (folder, tmp_path / "data.zip"):
        data = data_of(path, source)
        assert data.conditions.tolist() == [[0], [0], [1]]
        assert shades(data) == [0, 1, 2]


def test_images_without_labels_serve_tasks_without_conditions(tmp_path):
    folder = images(tmp_path / "data", ["b.png", "deep/a.png"])
    for task in (str(task_file(tmp_path, PLAIN)), "anime-faces-unconditional"):
        data = data_of(task, folder)
        assert data.conditions.shape == (2, 0)
        assert data.images.shape == (2, 3, 64, 64)
    with pytest.raises(UsageError, match=r"has neither tags\.csv \(with images/\) nor tags_clean\.csv"):
        data_of("anime-faces", folder)


def test_other_lists_on_the_same_images_are_other_data(tmp_path, labelled):
    first = data_of(task_file(tmp_path, ATTRIBUTES), labelled)
    second = data_of(task_file(tmp_path, ATTRIBUTES.replace('"disc", "blue"', '"disc", "red"')), labelled)
    assert second.condition_lists["two"].tolist() == [[0, 0], [1, 0]]
    assert first.digest != second.digest


@pytest.mark.parametrize("size", [32, 128])
@pytest.mark.parametrize("kind", ["attributes", "one attribute", "multi_label", "none"])
def test_the_models_of_a_kind_draw_in_the_task_s_size(tmp_path, kind, size):
    text = {
        "attributes": ATTRIBUTES,
        "one attribute": ONE,
        "multi_label": MULTI_HOT,
        "none": PLAIN + "image_size = 64\n",
    }[kind]
    for line in ("image_size = 32", "image_size = 64", "image_size = 128"):
        text = text.replace(line, f"image_size = {size}")
    task = find_task(str(task_file(tmp_path, text)))
    names = models_of(task)
    assert names
    assert ("cdcgan_pairs" in names) == (kind == "attributes"), "it is for two attributes"
    for name in names:
        config = model_config(name, task, **narrow(name))
        model = MODELS[name](config).eval()
        columns = {"none": 0, "multi_label": 3}.get(kind, len(task.condition_sizes))
        condition = torch.zeros(2, columns)
        encoded = model.encode(condition.to(torch.uint8))
        assert model.generator(torch.randn(2, config.latent_dim), encoded).shape == (2, 3, size, size)


WRONG = {
    "an unknown key": ("image_size = 32", "imagesize = 32", "unknown key 'imagesize'; known: name, version, kind"),
    "a misspelt key": ('name = "signs"', 'nam = "signs"', "unknown key 'nam'; known: name, version, kind"),
    "a size": ("image_size = 32", "image_size = 48", "image_size: got 48; input should be 32, 64 or 128"),
    "a missing key": ('name = "signs"', "", "name: this field is missing"),
    "a name": ('"signs"', '"My Signs"', "name: got 'My Signs'; string should match pattern"),
    "a bundled name": ('"signs"', '"iclevr"', "calls itself 'iclevr', as a bundled one is called"),
    "a value twice": ('"red", "green"', '"red", "red"', "attributes: colour has 'red' twice"),
    "a list's word": ('"disc", "blue"', '"disc", "pink"', "list 'two', condition 1: colour is 'pink'; it may be red"),
    "a list's length": ('"disc", "blue"', '"disc"', "condition 1 is ['disc']; give a value for each of shape, colour"),
    "a list's name": ("two = [[", '"../two" = [[', "lists.../two: got '../two'; string should match pattern"),
    "a list called like a part": ("two = [[", "fidelity = [[", "condition list 'fidelity' has the name of"),
    "a list called like held-out images": ("two = [[", "held_out = [[", "condition list 'held_out' has the name of"),
    "no TOML": ('name = "signs"', "name = signs", "is no TOML (Invalid value (at line 2, column 8)); fix that line"),
    "a main score": ('main_score = "near', 'main_score = "far', "is called 'far_duplicate_rate'; did you mean 'near"),
    "a main score of nobody": ('"near_duplicate_rate"\n', '"cuteness"\n', "'cuteness'. It has: kid_efficientnet_lite0"),
    "a model": ("image_size = 32", 'models = ["nope"]', "mine.toml: models: no model is called 'nope'"),
    "a model of another kind": (
        "image_size = 32", 'models = ["modern_cgan", "acgan_iclevr"]', "models: acgan_iclevr takes conditions of kind"
    ),
    "a model's setting": ("image_size = 32", 'models = ["modern_cgan:chanels=8"]', "has no setting 'chanels'"),
    "a metric that needs a judge": (
        '["near_duplicate_rate",', '["near_duplicate_rate", "fd_judge",', "fd_judge needs a judge, and signs has none"
    ),
    "a metric of another kind": (
        '["near_duplicate_rate",', '["near_duplicate_rate", "micro_f1",', "micro_f1 is for conditions of kind multi"
    ),
    "a kind": ('"attributes"', '"none"', "kind 'none' with 2 [attributes]; it needs no attributes"),
    "an attribute with the name of all together": (
        'colour = ["red"', 'every_attribute = ["red"', "an attribute called 'every_attribute' would have the score of"
    ),
    "a judge": ("image_size = 32", 'judge = "judge.pth"', "judge is 'judge.pth'; give the .safetensors that"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_task_file_is_one_line_before_any_work(tmp_path, capsys, cache, before, after, words):
    path = task_file(tmp_path, ATTRIBUTES.replace(before, after))
    assert main(["train", "--task", str(path), "--model", "modern_cgan", "--out", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "mine.toml" in err or "signs" in err
    assert err.count("\n") == 1
    assert not cache.exists()


WRONG_LABELS = {
    "an attribute's column": ("file,colour", "file,color", "its first line lacks 'colour'; it names file, color"),
    "a value": ("1.png,green", "1.png,pink", "line 3: colour is 'pink'; it may be red, green, blue"),
    "a row": ("1.png,green,x,square", "1.png,green", "line 3 has 2 columns, and the first line 4"),
    "a column twice": ("note,shape", "colour,shape", "its first line has 'colour' twice; keep one of these columns"),
    "an image twice": ("1.png,green", "0.png,green", "line 3 has '0.png' a second time; keep one row per image"),
    "an image that is not there": (
        "3.png,blue",
        "9.png,blue",
        "1 of 4 rows of labels.csv have no image, first '9.png'",
    ),
}


@pytest.mark.parametrize(("before", "after", "words"), WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_wrong_labels_name_their_line(tmp_path, labelled, before, after, words):
    path = labelled / "labels.csv"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(UsageError) as refusal:
        data_of(task_file(tmp_path, ATTRIBUTES), labelled)
    assert words in str(refusal.value)


def test_a_first_line_alone_is_refused(tmp_path, labelled):
    (labelled / "labels.csv").write_text("file,colour,shape\n")
    with pytest.raises(UsageError, match=r"labels\.csv has a first line alone; add a line for each image"):
        data_of(task_file(tmp_path, ATTRIBUTES), labelled)


def test_images_of_kinds_that_are_not_read_are_counted(tmp_path, capsys):
    folder = images(tmp_path / "data", ["disc/1.png", "square/1.png"])
    for name in ("disc/2.bmp", "square/2.GIF"):
        (folder / name).write_bytes(b"BM")
    data_of(task_file(tmp_path, ONE), folder)
    assert "ignored 2 images that are no PNG, JPEG or WebP, first disc/2.bmp" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("there", ["NFC", "NFD"])
def test_an_accent_is_one_character_or_two(tmp_path, written, there):
    """macOS writes two into names of files, also within a zip; editors write one."""
    file, name = unicodedata.normalize(written, "café"), unicodedata.normalize(there, "café")
    path = task_file(tmp_path, ONE.replace("disc", file))
    folders = images(tmp_path / "folders", [f"{name}/1.png", "square/2.png"])
    assert data_of(path, folders).conditions.flatten().tolist() == [0, 1]
    listed = images(tmp_path / "listed", [f"images/{name}.png"])
    (listed / "labels.csv").write_text(f"file,shape\n{file}.png,{name}\n", encoding="utf-8")
    assert data_of(path, listed).conditions.flatten().tolist() == [0]


def test_an_image_outside_of_the_classes_is_refused(tmp_path):
    folder = images(tmp_path / "data", ["disc/1.png", "square/1.png", "round/1.png"])
    with pytest.raises(UsageError, match=r"round/1.png lies in no class's folder; the classes are disc, square"):
        data_of(task_file(tmp_path, ONE), folder)


def test_two_attributes_need_a_csv(tmp_path):
    folder = images(tmp_path / "data", ["disc/1.png"])
    with pytest.raises(UsageError, match=r"has no labels\.csv; give one whose first line is 'file,shape,colour'"):
        data_of(task_file(tmp_path, ATTRIBUTES), folder)


def test_attributes_get_accuracies_of_their_own_where_there_is_a_judge(tmp_path):
    text = ATTRIBUTES.replace("image_size = 32", 'judge = "j.safetensors"')
    task = find_task(str(task_file(tmp_path, text)))
    assert set(task.condition_scores) == {"shape_accuracy", "colour_accuracy", "every_attribute_accuracy"}
    logits = torch.tensor([[2.0, 1.0, 0.0, 3.0, 0.0], [2.0, 1.0, 0.0, 3.0, 0.0]])
    condition = torch.tensor([[0, 1], [0, 2]], dtype=torch.uint8)
    found = {}
    for name in task.condition_scores:
        evaluator = task.evaluator(name)(lambda _: logits)
        evaluator.update(logits, condition, real=False)
        found[name] = evaluator.compute().value
    assert found == {"shape_accuracy": 1.0, "colour_accuracy": 0.5, "every_attribute_accuracy": 0.5}
    assert not set(task.condition_scores) & set(TASKS["anime-faces"].condition_scores)


def test_a_judge_that_is_not_there_yet_is_named_with_the_command_that_trains_it(tmp_path, labelled, capsys):
    path = task_file(tmp_path, ATTRIBUTES.replace("image_size = 32", 'judge = "j.safetensors"'))
    arguments = ["references", "--task", str(path), "--data", str(labelled), "--out", str(tmp_path / "records")]
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "the judge of signs is not at" in err
    assert f"train it: cgan-bench judge train --task {path} --data YOURS --out" in err


def test_names_that_occur_in_several_folders_stay_apart(tmp_path):
    folder = images(
        tmp_path / "data", [f"{shape}/{number}.png" for shape in ("disc", "square") for number in range(30)]
    )
    names = data_of(task_file(tmp_path, ONE), folder).names
    assert len(set(names)) == 60
    assert np.unique([name.partition("-")[0] for name in names]).tolist() == ["disc", "square"]


@pytest.mark.parametrize(("text", "folders"), [(ONE, ("disc", "square")), (PLAIN, ("a", "b/c"))])
def test_data_are_the_same_in_a_folder_and_in_a_zip_with_its_folder_or_without(tmp_path, text, folders):
    names = [f"{folder}/{number}.png" for folder in folders for number in range(30)]
    folder, path = images(tmp_path / "data", names), task_file(tmp_path, text)
    known = data_of(path, folder)
    assert set(known.names) == {name.replace("/", "-") for name in names}
    for top in ("", "data/", "all/data/"):
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            for name in names:
                archive.write(folder / name, f"{top}{name}")
        data = data_of(path, tmp_path / "data.zip")
        assert data.digest == known.digest, top
        assert torch.equal(data.indices("held_out"), known.indices("held_out"))
    (folder / names[0]).rename(folder / f"{folders[1]}/first.png")
    assert data_of(path, folder).digest != known.digest


@pytest.mark.parametrize("verb", ["data info", "benchmark", "references"])
def test_a_wrong_model_of_a_task_file_is_refused_by_every_command(tmp_path, labelled, capsys, cache, verb):
    path = task_file(tmp_path, ATTRIBUTES.replace("image_size = 32", 'models = ["nope"]'))
    task = ["--tasks" if verb == "benchmark" else "--task", str(path)]
    out = [] if verb == "data info" else ["--out", str(tmp_path / "out")]
    assert main([*verb.split(), *task, "--data", str(labelled), *out]) == 2
    err = capsys.readouterr().err
    assert "mine.toml: models: no model is called 'nope'" in err
    assert err.count("\n") == 1
    assert not cache.exists()
    assert not (tmp_path / "out").exists()


def test_unlabelled_images_are_counted_as_they_are_trained_with(tmp_path, capsys):
    folder = images(tmp_path / "data", ["b.png", "deep/a.png"])
    assert main(["data", "info", "--task", "anime-faces-unconditional", "--data", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 2
    assert not [key for key in found if key.startswith("images per")]
    assert main(["data", "info", "--task", "anime-faces", "--data", str(folder)]) == 2
    assert "has neither tags.csv (with images/) nor tags_clean.csv" in capsys.readouterr().err
