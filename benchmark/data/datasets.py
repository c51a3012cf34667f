"""Data sets by name: what their conditions mean, how to read them from disk, how to render the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from torch import Tensor

from benchmark.data import anime_faces, celeba, iclevr
from benchmark.data.disk_files import Files
from benchmark.data.image_folder import has_images_only, read_unlabelled
from benchmark.data.labels import CELEBA, EYES, HAIR, OBJECTS, course_conditions
from benchmark.data.listing import Listing
from benchmark.data.synthetic import anime_faces as drawn_faces
from benchmark.data.synthetic import iclevr as rendered_scenes
from benchmark.errors import UsageError
from benchmark.plugins.checks import check_unused
from benchmark.plugins.loading import find_or_load, load_plugin
from benchmark.registry import Plugin
from benchmark.tasks import Task

EMBEDDED_SEED = 0
IMAGE_SIZE = 64  # height and width of every bundled data set's images, pixels


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One kind of images with one kind of conditions, from disk or rendered."""

    name: str
    kind: Literal["multi_label", "attributes", "none"]
    attributes: Mapping[str, tuple[str, ...]]  # what each condition column group means
    layouts: str  # one line for people: what a folder or zip must hold
    label_files: tuple[str, ...] = ()  # any of which says what the images show; () where other names may, too
    read: Callable[..., Listing]  # of a path; with partial=True images may be missing
    read_images: Callable[..., Listing] | None = None  # the same where no conditions are needed, if that gives more
    image_size: int = IMAGE_SIZE  # height and width, pixels
    embedded_images: int = 0
    render: Callable[[Sequence[int], int], tuple[Tensor, Tensor]] | None = None  # None: there is no embedded data
    rendered_names: Callable[[Sequence[int]], list[str]] | None = None
    # Condition lists by name: of the embedded data, or of any data where a task file defines them.
    rendered_lists: Callable[[], dict[str, np.ndarray]] | None = None
    middle_square: bool = False  # of an oblong image the middle is kept; else the whole is squeezed
    definition: str = ""  # of a data set of one's own: what decides its images and conditions next to its files
    exclusive: tuple[tuple[int, ...], ...] = ()  # classes that change together when an image is redrawn; (): each alone

    def unconditional(self) -> DataSet:
        """The same images without conditions; on disk they need no labels."""
        return replace(self, kind="none", attributes={}, read=self._read_without_conditions)

    def _read_without_conditions(self, path: Path, **options: bool) -> Listing:
        """All images in the layout, or images alone where there is no label file."""
        if self.label_files and path.exists() and has_images_only(Files(path), self.label_files):
            return read_unlabelled(path)
        return (self.read_images or self.read)(path, **options)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes, or of values of each attribute."""
        return tuple(len(values) for values in self.attributes.values())

    def describe(self, condition: Tensor) -> str:
        """One condition, (classes,) or (attributes,), in words."""
        if self.kind == "multi_label":
            (classes,) = self.attributes.values()
            return "\n".join(classes[i] for i in condition.nonzero().flatten())
        pairs = zip(self.attributes.items(), condition.tolist(), strict=True)
        return "\n".join(f"{values[index]} {attribute}" for (attribute, values), index in pairs)


DATASETS: dict[str, DataSet] = {
    "iclevr": DataSet(
        name="iclevr",
        kind="multi_label",
        attributes={"objects": OBJECTS},
        layouts="objects.json, train.json, test.json, new_test.json and the images",
        read=iclevr.read,
        embedded_images=18_000,  # i-CLEVR has 18,009
        render=rendered_scenes.render,
        rendered_names=rendered_scenes.names,
        rendered_lists=course_conditions,
    ),
    "anime-faces": DataSet(
        name="anime-faces",
        kind="attributes",
        attributes={"hair": HAIR, "eyes": EYES},
        layouts="tags.csv with images/, or tags_clean.csv with faces/",
        label_files=("tags.csv", "tags_clean.csv"),
        read=anime_faces.read,
        read_images=anime_faces.read_images,
        embedded_images=9_000,
        render=drawn_faces.render,
        rendered_names=drawn_faces.names,
    ),
    "celeba": DataSet(
        name="celeba",
        kind="multi_label",
        attributes={"attributes": CELEBA},
        layouts="list_attr_celeba.txt (or Kaggle's .csv) and img_align_celeba/ with the images",
        read=celeba.read,
        middle_square=True,
        exclusive=((0, 1, 2), (3,), (4,)),  # one hair colour, gender, age
    ),
}


def find_dataset(name: str) -> DataSet:
    """The bundled data set of that name, or a plug-in's, whose data are read anew once its file has changed.

    Raises:
        UsageError: there is none, or the plug-in is no data set, lacks something or has a bundled name.
    """
    found = find_or_load("data set", name, DATASETS)
    if name in DATASETS:
        return found
    if not isinstance(found, DataSet):
        raise UsageError(f"data set {name!r} is of type {type(found).__name__}; give a DataSet of benchmark.data")
    check_unused("data set", name, found.name, DATASETS)
    return defined_by(found, load_plugin("data set", name))


def defined_by(dataset: DataSet, plugin: Plugin) -> DataSet:
    """A plug-in's data set whose definition names the file that it comes from."""
    return replace(dataset, definition=f"{dataset.definition} {plugin.sha256}".strip())


def dataset_of(task: Task) -> DataSet:
    """The data set of a task, without its conditions if the task has none.

    Raises:
        UsageError: as :func:`find_dataset`.
    """
    dataset = task.own_dataset or find_dataset(task.dataset)
    return dataset if task.conditional else dataset.unconditional()
