"""A task in TOML: a labelled folder of one's own with its condition space, lists, judge, evaluators and main score."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from benchmark.data.datasets import DataSet
from benchmark.data.disk_files import composed
from benchmark.data.labelled_folder import LABELS, LabelledFolder
from benchmark.errors import UsageError, first_complaint
from benchmark.system.files import sha256_text
from benchmark.tasks import Task
from evaluators.attribute_accuracy import accuracies_of

ENDING = ".toml"
Word = Annotated[str, Field(min_length=1, max_length=60)]
ListName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=60)]  # also a file's name
Words = Annotated[list[Word], Field(min_length=2, max_length=255)]  # a condition's number is a byte
JOINT = "every_attribute"  # <this>_accuracy is the score of all attributes together
FIRST_MODEL = {"none": "dcgan", "multi_label": "modern_cgan", "attributes": "modern_cgan"}  # drawn untrained, too


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataSection(_Part):
    """The files of the images' labels."""

    labels: Word = LABELS  # name of the CSV; without that file, folders are the labels
    middle_square: bool = False  # of an oblong image the middle is kept; else the whole is squeezed


class TaskFile(_Part):
    """The keys of a task file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    version: Annotated[int, Field(ge=1)] = 1
    kind: Literal["multi_label", "attributes", "none"]
    image_size: Literal[32, 64, 128] = 64
    main_score: str
    headline: list[str] = []
    evaluators: list[str] | None = None  # next to the attributes' own accuracies; None: all that fit
    models: list[str] = []
    judge: str | None = None
    second_judge: str | None = None
    faces: bool = False
    attributes: dict[Word, Words] = {}
    lists: dict[ListName, list[list[str]]] = {}
    data: DataSection = DataSection()

    @field_validator("attributes")
    @classmethod
    def _each_word_once(cls, attributes: dict[str, list[str]]) -> dict[str, list[str]]:
        for attribute, values in attributes.items():
            if twice := [value for value in values if values.count(value) > 1]:
                raise ValueError(f"{attribute} has {twice[0]!r} twice; give each value once")
        return attributes

    @model_validator(mode="after")
    def _attributes_of_the_kind(self) -> TaskFile:
        count = len(self.attributes)
        fits = {"none": count == 0, "multi_label": count == 1, "attributes": count > 0}
        if not fits[self.kind]:
            needed = {"none": "no attributes", "multi_label": "one list of classes", "attributes": "one or more"}
            raise ValueError(f"kind {self.kind!r} with {count} [attributes]; it needs {needed[self.kind]}")
        if JOINT in self.attributes and count > 1:
            raise ValueError(f"an attribute called {JOINT!r} would have the score of all together; call it otherwise")
        if self.kind == "none" and (self.judge or self.lists):
            raise ValueError("kind 'none' has no conditions; leave out judge and lists")
        return self


def read_task(path: Path) -> tuple[Task, list[str]]:
    """The task that a file defines, and the evaluators of other packages or registries that it names.

    Raises:
        UsageError: the file is missing, no TOML, or has a wrong, unknown or missing key.
    """
    given = _parsed(path)
    attributes = {name: tuple(values) for name, values in given.attributes.items()}
    sizes = tuple(map(len, attributes.values())) if given.kind == "attributes" else ()
    own = accuracies_of(tuple(attributes), sizes) if sizes and given.judge else {}
    listed = [name for name in given.evaluators or () if name not in own]
    task = Task(
        name=given.name, dataset=given.name, models=tuple(given.models) or (FIRST_MODEL[given.kind],),
        condition_kind=given.kind, main_score=given.main_score,
        headline=tuple(dict.fromkeys([given.main_score, *given.headline])), faces=given.faces, version=given.version,
        judge=_next_to(path, given.judge), second_judge=_next_to(path, given.second_judge), condition_sizes=sizes,
        own_evaluators=own, shown=None if given.evaluators is None else tuple(listed), source=str(path.absolute()),
        own_dataset=_dataset(given, attributes, str(path)),
    )  # fmt: skip
    return task, listed


def _parsed(path: Path) -> TaskFile:
    try:
        return TaskFile.model_validate(tomllib.loads(composed(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise UsageError(f"cannot read the task file {path}: {error.strerror}; give the path of a .toml") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {_allowed(error)}") from error
    except ValueError as error:  # broken TOML, or no UTF-8
        raise UsageError(f"{path} is no TOML ({error}); fix that line") from error


def _allowed(error: ValidationError) -> str:
    """The first unknown key with the known ones, as of a misspelt key; without one the first complaint."""
    unknown = (one for one in error.errors(include_url=False) if one["type"] == "extra_forbidden")
    first = next(unknown, None)
    if first is None:
        return first_complaint(error)
    shape = DataSection if first["loc"][0] == "data" else TaskFile
    return f"unknown key {'.'.join(map(str, first['loc']))!r}; known: {', '.join(shape.model_fields)}"


def _next_to(path: Path, name: str | None) -> str | None:
    """The path of a judge that the file names, relative to the file's folder."""
    if name is None:
        return None
    if not name.endswith(".safetensors"):
        raise UsageError(f"{path}: judge is {name!r}; give the .safetensors that 'cgan-bench judge train' wrote")
    return str(path.absolute().parent / name)


def _dataset(given: TaskFile, attributes: Mapping[str, tuple[str, ...]], where: str) -> DataSet:
    folder = LabelledFolder(
        kind=given.kind, attributes=attributes, labels=given.data.labels, lists=given.lists, where=where
    )
    folder.condition_lists()  # a wrong word is refused now
    facts = [given.kind, attributes, given.lists, given.data.labels, given.data.middle_square]
    return DataSet(
        name=given.name, kind=given.kind, attributes=attributes, image_size=given.image_size,
        layouts=f"a folder of images for each class, or images with {given.data.labels}",
        read=folder.read, rendered_lists=folder.condition_lists, middle_square=given.data.middle_square,
        definition=sha256_text(json.dumps(facts)),
    )  # fmt: skip
