"""A labelled folder or zip of one's own: a folder of images for each class, or images with a CSV of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from benchmark.data.csv_lines import csv_fields
from benchmark.data.disk_files import Files
from benchmark.data.image_folder import read_classes, read_unlabelled
from benchmark.data.list_names import check_list_names
from benchmark.data.listing import Listing, match_images
from benchmark.errors import UsageError

LABELS = "labels.csv"  # first line: a name for the column of files, then the attributes or classes
IMAGES = "images"  # folder next to it that counts where a file name occurs in several
ON, OFF = {"1", "1.0", "true", "yes"}, {"0", "-1", "0.0", "false", "no", ""}


@dataclass(frozen=True, kw_only=True)
class LabelledFolder:
    """The condition space of a data set of one's own, and how its labels are read."""

    kind: Literal["multi_label", "attributes", "none"]
    attributes: Mapping[str, tuple[str, ...]]  # values of each; of kind multi_label one list of classes
    labels: str = LABELS
    lists: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)  # name -> conditions in words
    where: str = "the task"  # that defines it, for messages

    def read(self, path: Path, *, partial: bool = False) -> Listing:
        """List the labelled images of a folder or zip.

        Args:
            path: the folder or zip.
            partial: leave rows without an image out, instead of refusing them.

        Raises:
            UsageError: a label is unknown or missing, or labels and images differ.
        """
        if self.kind == "none":
            return read_unlabelled(path)
        files = Files(path)
        label_file = files.find(self.labels)
        if label_file is not None:
            listing = self._of_csv(files, label_file, partial=partial)
        elif len(self.attributes) == 1:
            listing = self._of_folders(path)
        else:
            raise UsageError(
                f"{path} has no {self.labels}; give one whose first line is 'file,{','.join(self.attributes)}'"
            )
        return Listing(listing.files, listing.names, listing.conditions, self.condition_lists())

    def condition_lists(self) -> dict[str, np.ndarray]:
        """The condition lists by name: uint8 (M, classes) or (M, attributes).

        Raises:
            UsageError: a word is none of the condition space, or a name is taken.
        """
        check_list_names(self.lists, self.where)
        return {name: self._rows(name, rows) for name, rows in self.lists.items()}

    def _rows(self, name: str, rows: Sequence[Sequence[str]]) -> np.ndarray:
        if not rows:
            raise UsageError(f"{self.where}: the list {name!r} is empty; give one condition or more")
        where = f"{self.where}: list {name!r}"
        found = [self._condition(row, f"{where}, condition {number}") for number, row in enumerate(rows, start=1)]
        return np.array(found, dtype=np.uint8)

    def _condition(self, words: Sequence[str], where: str) -> list[int]:
        if self.kind == "multi_label":
            (classes,) = self.attributes.values()
            chosen = {self._index(word, classes, where) for word in words}
            if not chosen:
                raise UsageError(f"{where} names no class; give one or more")
            return [int(index in chosen) for index in range(len(classes))]
        if len(words) != len(self.attributes):
            raise UsageError(f"{where} is {list(words)}; give a value for each of {', '.join(self.attributes)}")
        pairs = zip(words, self.attributes.items(), strict=True)
        return [self._index(word, values, f"{where}: {attribute}") for word, (attribute, values) in pairs]

    @staticmethod
    def _index(word: str, values: Sequence[str], where: str) -> int:
        if word not in values:
            raise UsageError(f"{where} is {word!r}; it may be {', '.join(values)}")
        return values.index(word)

    def _of_folders(self, path: Path) -> Listing:
        """Each class's folder holds its images."""
        ((attribute, classes),) = self.attributes.items()
        files, names, found = read_classes(path, classes, f"{path}: {attribute}")
        indices = np.array(found, dtype=np.uint8)
        if self.kind == "multi_label":
            return Listing(files, names, np.eye(len(classes), dtype=np.uint8)[indices])
        return Listing(files, names, indices[:, None])

    def _of_csv(self, files: Files, label_file: str, *, partial: bool) -> Listing:
        where = f"{files.path}: {PurePosixPath(label_file).name}"
        header, *rows = [
            csv_fields(line, f"{where}, line {number}")
            for number, line in enumerate(files.read_lines(label_file), start=1)
        ]
        columns = self._columns(header, where)
        if not rows:
            raise UsageError(f"{where} has a first line alone; add a line for each image")
        labels: dict[str, list[int]] = {}
        for number, row in enumerate(rows, start=2):
            line = f"{where}, line {number}"
            if len(row) != len(header):
                raise UsageError(f"{line} has {len(row)} columns, and the first line {len(header)}; fix the line")
            if row[0] in labels:
                raise UsageError(f"{line} has {row[0]!r} a second time; keep one row per image")
            labels[row[0]] = self._label([row[column] for column in columns], line)
        found = match_images(files, label_file, labels, IMAGES, partial=partial)
        conditions = np.array([labels[label] for label in found], dtype=np.uint8)
        return Listing(files, list(found.values()), conditions)

    def _columns(self, header: Sequence[str], where: str) -> list[int]:
        """Places of the attributes, or of the classes, in the first line; others are ignored."""
        needed = self.attributes if self.kind == "attributes" else next(iter(self.attributes.values()))
        for name in needed:
            if name not in header[1:]:
                raise UsageError(f"{where}: its first line lacks {name!r}; it names {', '.join(header)}")
            if header[1:].count(name) > 1:
                raise UsageError(f"{where}: its first line has {name!r} twice; keep one of these columns")
        return [header.index(name, 1) for name in needed]

    def _label(self, cells: Sequence[str], where: str) -> list[int]:
        if self.kind == "attributes":
            return self._condition(cells, where)
        for cell in cells:
            if cell.lower() not in ON | OFF:
                raise UsageError(f"{where} has {cell!r}; give 1 for a class that the image shows, else 0")
        return [int(cell.lower() in ON) for cell in cells]
