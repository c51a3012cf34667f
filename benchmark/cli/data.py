"""Verbs that look at data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from benchmark.cli.options import Data, Json, NewFolder, Partial, TaskName, option, show, whole
from benchmark.data.source import source_of


def info(*, task: TaskName, data: Data = "synthetic", partial: Partial = False, json: Json = False) -> None:
    """Count images, splits and conditions of a data set."""
    from benchmark.commands import data as data_commands

    show(data_commands.info(task, source_of(data, partial=partial)), as_json=json)


def pack(*, task: TaskName, data: Data = "synthetic", partial: Partial = False, json: Json = False) -> None:
    """Decode or render all images into one cache file (in $CGAN_BENCH_CACHE, or the user's cache folder)."""
    from benchmark.commands import data as data_commands

    show(data_commands.pack(task, source_of(data, partial=partial)), as_json=json)


def render(
    *,
    task: TaskName,
    out: NewFolder,
    count: Annotated[int | None, whole("How many images; all by default.")] = None,
    json: Json = False,
) -> None:
    """Write the embedded images as files in the course's layout."""
    from benchmark.commands import data as data_commands

    show(data_commands.render(task, out, count), as_json=json)


def preview(
    *,
    task: TaskName,
    out: Annotated[Path, option("PNG file to write.")],
    data: Data = "synthetic",
    partial: Partial = False,
    count: Annotated[int, whole("How many images, spread evenly over the data set.")] = 48,
    json: Json = False,
) -> None:
    """Draw a labelled contact sheet."""
    from benchmark.commands import data as data_commands

    show(data_commands.preview(task, source_of(data, partial=partial), out, count), as_json=json)
