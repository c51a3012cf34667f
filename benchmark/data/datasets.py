"""Data sets by name: what their conditions mean, how to read them from disk, how to render the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from torch import Tensor

from benchmark.data import anime_faces, celeba, iclevr
from benchmark.data.labels import CELEBA, EYES, HAIR, OBJECTS, course_conditions
from benchmark.data.listing import Listing
from benchmark.data.synthetic import anime_faces as drawn_faces
from benchmark.data.synthetic import iclevr as rendered_scenes
from benchmark.tasks import Task

EMBEDDED_SEED = 0
IMAGE_SIZE = 64  # height and width of every image, pixels


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One kind of images with one kind of conditions, from disk or rendered."""

    name: str
    kind: Literal["multi_label", "attributes", "none"]
    attributes: Mapping[str, tuple[str, ...]]  # what each condition column group means
    layouts: str  # one line for people: what a folder or zip must hold
    read: Callable[..., Listing]  # of a path; with partial=True images may be missing
    embedded_images: int = 0
    render: Callable[[Sequence[int], int], tuple[Tensor, Tensor]] | None = None  # None: there is no embedded data
    rendered_names: Callable[[Sequence[int]], list[str]] | None = None
    rendered_lists: Callable[[], dict[str, np.ndarray]] | None = None  # condition lists of the embedded data, by name
    middle_square: bool = False  # of an oblong image the middle is kept; else the whole is squeezed
    exclusive: tuple[tuple[int, ...], ...] = ()  # classes that change together when an image is redrawn

    def unconditional(self) -> DataSet:
        """The same images without conditions."""
        return replace(self, kind="none", attributes={})

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
        read=anime_faces.read,
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


def dataset_of(task: Task) -> DataSet:
    """The data set of a task, without its conditions if the task has none."""
    dataset = DATASETS[task.dataset]
    return dataset if task.conditional else dataset.unconditional()
