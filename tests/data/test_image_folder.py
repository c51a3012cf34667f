"""A folder for each class is listed as torchvision's ImageFolder lists it, and why that class is not used itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from builders.data import png

from benchmark.data.image_folder import read_classes
from benchmark.errors import UsageError

FILES = ("10.png", "2.PNG", "c.jpeg", "d/1.webp")


@pytest.fixture
def folders(tmp_path):
    """Writes a folder for each class, with images at two depths."""

    def write(*classes):
        for number, name in enumerate(classes):
            for file in FILES:
                path = tmp_path / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png((40 * number, 100, 50)))
        return tmp_path

    return write


def listed_by_torchvision(folder):
    """Names below the folder and classes' indices, in its order."""
    from torchvision.datasets import ImageFolder

    return [(Path(path).relative_to(folder).as_posix(), index) for path, index in ImageFolder(folder).samples]


@pytest.mark.parametrize("classes", [("cat", "dog"), ("1", "10", "2"), ("Dog", "cat")])
def test_names_classes_and_order_are_those_of_torchvision(folders, classes):
    folder = folders(*classes)
    _, names, found = read_classes(folder, classes, "here")
    assert list(zip(names, found, strict=True)) == listed_by_torchvision(folder)
    assert len(names) == len(classes) * len(FILES)


@pytest.mark.parametrize("classes", [("a", "a-b"), ("cat", "dog")], ids=["a name begins another", "a folder within"])
def test_there_the_order_differs(folders, classes):
    folder = folders(*classes)
    if classes[0] == "cat":
        (folder / "cat" / "d" / "1.webp").rename(folder / "cat" / "d" / "last.webp")
        (folder / "cat" / "e.png").write_bytes(png((0, 0, 0)))
    _, names, found = read_classes(folder, classes, "here")
    ours, theirs = list(zip(names, found, strict=True)), listed_by_torchvision(folder)
    assert sorted(ours) == sorted(theirs)
    assert ours != theirs


def test_an_image_that_torchvision_passes_over_is_refused(folders):
    folder = folders("cat", "dog")
    (folder / "stray.png").write_bytes(png((0, 0, 0)))
    assert len(listed_by_torchvision(folder)) == 2 * len(FILES)
    with pytest.raises(UsageError, match=r"stray\.png lies in no class's folder; the classes are cat, dog"):
        read_classes(folder, ("cat", "dog"), "here")


def test_reading_folders_imports_neither_torch_nor_torchvision():
    code = "import sys; import benchmark.data.image_folder; print({'torch', 'torchvision'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
