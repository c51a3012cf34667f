"""CelebA's layout: which attributes are kept, what of an oblong photograph, and what bad input gets."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.data import png
from PIL import Image

from benchmark import tasks
from benchmark.cli import main
from benchmark.data.datasets import DATASETS
from benchmark.data.labels import CELEBA
from benchmark.data.loading import open_data
from benchmark.errors import UsageError
from benchmark.sampling import other_conditions
from benchmark.tasks import TASKS

PHOTOGRAPHS = DATASETS["celeba"]
HEADER = "Bald Young Male Brown_Hair Smiling Blond_Hair Black_Hair"
ROWS = {"000001.jpg": "-1 1 -1 -1 1 -1 1", "000002.jpg": "-1 -1 1 -1 1 1 -1", "000003.jpg": "1 1 1 -1 -1 -1 -1"}


@pytest.fixture
def celeba(tmp_path):
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    write(folder, HEADER, ROWS)
    for number, name in enumerate(ROWS):
        (folder / "img_align_celeba" / name).write_bytes(png((60 * number, 0, 0), size=(178, 218)))
    return folder


def write(folder, header, rows):
    lines = [str(len(rows)), header, *(f"{name} {values}" for name, values in rows.items())]
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")


def test_the_kept_attributes_are_found_by_name(celeba):
    data = open_data(PHOTOGRAPHS, str(celeba))
    rows = zip(data.names, data.conditions, strict=True)
    found = {name: [CELEBA[i] for i in row.nonzero().flatten()] for name, row in rows}
    assert found == {"000001": ["Black_Hair", "Young"], "000002": ["Blond_Hair", "Male"], "000003": ["Male", "Young"]}
    assert data.images[:, 0, 0, 0].tolist() == [0, 60, 120]


def test_empty_lines_at_the_end_of_the_attribute_file_are_no_rows(celeba):
    with (celeba / "list_attr_celeba.txt").open("a") as file:
        file.write("\n  \n")
    assert len(open_data(PHOTOGRAPHS, str(celeba)).names) == 3


def test_an_image_with_two_rows_is_refused(celeba):
    with (celeba / "list_attr_celeba.txt").open("a") as file:
        file.write(f"000001.jpg {ROWS['000002.jpg']}\n")
    with pytest.raises(UsageError, match=r"line 6 names 000001.jpg again; give each image one line"):
        open_data(PHOTOGRAPHS, str(celeba))


def test_the_middle_square_of_a_photograph_is_kept(celeba):
    pixels = np.zeros((218, 178, 3), dtype=np.uint8)
    pixels[20:198] = 200  # the middle 178 rows
    Image.fromarray(pixels).save(celeba / "img_align_celeba/000001.jpg", format="png")
    assert open_data(PHOTOGRAPHS, str(celeba)).images[0].unique().tolist() == [200]


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (HEADER.replace("Young", "Old"), ROWS, "lacks 'Young'; it names Bald, Old"),
        (HEADER, ROWS | {"000002.jpg": "1 -1"}, "line 4 has 2 values; give a file name and a 1 or -1"),
        (HEADER, ROWS | {"000002.jpg": "0 0 0 0 0 0 0"}, "line 4 has 7 values; give a file name and a 1 or -1"),
        (HEADER, ROWS | {"000004.jpg": ROWS["000001.jpg"]}, "1 of 4 rows of list_attr_celeba.txt have no image"),
        (HEADER, {"": ""} | ROWS, "line 3 has 0 values; give a file name and a 1 or -1"),
        (HEADER, {}, "has 2 lines; a count and the attributes' names come first"),
    ],
)
def test_a_malformed_attribute_file_is_refused(celeba, header, rows, words):
    write(celeba, header, rows)
    with pytest.raises(UsageError, match=words):
        open_data(PHOTOGRAPHS, str(celeba))


def test_a_folder_without_attributes_is_refused(celeba):
    (celeba / "list_attr_celeba.txt").unlink()
    with pytest.raises(UsageError, match=r"has no list_attr_celeba.txt and no list_attr_celeba.csv; a CelebA folder"):
        open_data(PHOTOGRAPHS, str(celeba))


@pytest.mark.parametrize("verb", [["data", "pack"], ["data", "render", "--out", "x"]])
def test_there_are_no_embedded_photographs(verb, capsys):
    assert main([*verb, "--task", "celeba-transfer"]) == 2
    assert (
        "celeba has no embedded images; give --data, a folder or zip with list_attr_celeba.txt (or Kaggle's .csv)"
        in capsys.readouterr().err
    )


def test_stargan_learns_from_photographs_and_is_scored(celeba, tmp_path, capsys, monkeypatch):
    """From the files to the table, with few and narrow layers and so few images that no distance is known."""
    monkeypatch.setattr(tasks, "SMOKE", tasks.Sizes(draws=2, fidelity=30, reference=40, returned=10))
    rows = {f"{number:06}.jpg": list(ROWS.values())[number % 3] for number in range(60)}
    write(celeba, HEADER, rows)
    for number, name in enumerate(rows):
        (celeba / "img_align_celeba" / name).write_bytes(png((4 * number, 0, 0), size=(178, 218)))
    name = "stargan:channels=4:residual_blocks=1:batch_size=4"
    arguments = ("--task", "celeba-transfer", "--model", name, "--data", celeba, "--budget", "smoke")
    assert main([*map(str, ("train", *arguments, "--out", tmp_path / "run")), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "finished"
    with Image.open(tmp_path / "run/samples/step_0000002.png") as sheet:
        assert sheet.width > 64
    arguments = ("score", tmp_path / "run", "--data", celeba, "--out", tmp_path / "records", "--json")
    assert main(list(map(str, arguments))) == 0
    record = json.loads(Path(json.loads(capsys.readouterr().out)[0]["record"]).read_text())
    assert 0 < record["scores"]["reconstruction_distance"]["value"] < 1
    assert "fd_efficientnet_lite0" in record["refused"]


def test_one_thing_of_a_photograph_changes_and_hair_has_one_colour_then(celeba):
    data = open_data(PHOTOGRAPHS, str(celeba))
    chosen = torch.arange(3).repeat(60)
    before, after = data.conditions[chosen], other_conditions(TASKS["celeba-transfer"], data, chosen)
    changed = before != after
    hair, gender, age = changed[:, :3].any(dim=1), changed[:, 3], changed[:, 4]
    assert torch.equal(hair.int() + gender.int() + age.int(), torch.ones(180, dtype=torch.int32))
    assert (after[hair, :3].sum(dim=1) == 1).all()
    assert min(hair.sum(), gender.sum(), age.sum()) > 30
