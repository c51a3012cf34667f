"""Sheets of a report's conditions, drawn by trained runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.commands.claims.domains import domain_tiles
from benchmark.data.datasets import dataset_of
from benchmark.data.images import captioned_sheet
from benchmark.data.prompts import condition_of
from benchmark.errors import UsageError
from benchmark.random_streams import normal_rows, stream_key
from benchmark.reports.claims import Claims
from benchmark.reports.figures import SheetFigure
from benchmark.reports.load import known_lists, load_claims, select_reports
from benchmark.reports.pages import FIGURES, sheet_name, updates_text
from benchmark.sampling import pixels
from benchmark.system.files import replacing
from benchmark.system.machine import Machine, this_machine
from benchmark.system.terminal import say
from benchmark.tasks import TASKS
from benchmark.training import trained_run
from benchmark.training.run_config import RunConfig, read_config, read_outcome
from benchmark.training.run_folder import CONFIG, has_ended, snapshots_of, step_of
from reference_models.base import ConditionalGAN

COLUMNS = 8  # of a sheet of a condition list


def sheets(
    runs: Path,
    out: Path,
    *,
    others: Sequence[Path],
    only: Sequence[str] = (),
    data: str | None = None,
    device: str,
) -> dict[str, Any]:
    """Draw each sheet for each of its rows that has a finished run below ``runs``; the longest run of a row is taken.

    Args:
        runs: folder of run folders.
        out: of the pages.
        others: claims files next to the bundled one.
        only: keys of reports; none for all.
        data: images for runs that translate; None for the embedded.
        device: as for :func:`benchmark.system.machine.this_machine`.

    Returns:
        The files written, and the rows without a run, by sheet.

    Raises:
        UsageError: there is no finished run, or the claims file is wrong, or a run that translates was trained on other
            data.
    """
    figures, known = sheets_of(select_reports(load_claims(*others), only)), finished_runs(runs)
    if not known:
        raise UsageError(f"no finished run lies below {runs}; train one with cgan-bench claims run or cgan-bench train")
    machine, written, missing = this_machine(device), [], {}
    for figure in figures:
        for row in figure.rows:
            run = known.get((figure.task, row))
            if run is None:
                missing.setdefault(figure.stem, []).append(row)
                continue
            say(f"{figure.stem}: {row}, {run}")
            written.append(str(draw(figure, row, run, out, machine, data)))
    return {"written": written, "no run": missing}


def sheets_of(claims: Claims) -> list[SheetFigure]:
    """The sheets among the figures."""
    return [figure for figure in claims.figures if isinstance(figure, SheetFigure)]


def finished_runs(folder: Path) -> dict[tuple[str, str], Path]:
    """The longest finished run of each task and row, of those the first by name."""
    found: dict[tuple[str, str], tuple[int, Path]] = {}
    for path in sorted(config.parent for config in folder.rglob(CONFIG)):
        config = read_config(path)
        key, updates = (config.task, config.model), config.train_config.total_updates
        if has_ended(path) and read_outcome(path).status == "finished" and updates > found.get(key, (0, path))[0]:
            found[key] = updates, path
    return {key: path for key, (_, path) in found.items()}


def draw(figure: SheetFigure, row: str, run: Path, out: Path, machine: Machine, data: str | None = None) -> Path:
    """One sheet: a row of images for each condition or snapshot, from the same latents, or for each domain.

    Returns:
        Its path.
    """
    tiles = list(_tiles(figure, run, machine, data))
    images = torch.cat([images for _, images in tiles])
    captions = [caption for caption, images in tiles for _ in images]
    columns = figure.each if figure.list is None else COLUMNS
    path = out / FIGURES / sheet_name(figure, row)
    with replacing(path) as temporary:
        sheet = captioned_sheet(images, captions, columns)
        sheet.save(temporary, format="png", optimize=True, pnginfo=updates_text(_updates(figure, run)))
    return path


def _updates(figure: SheetFigure, run: Path) -> list[int]:
    """The updates after which the run draws the sheet."""
    ends = read_config(run).train_config.total_updates
    return [ends if weights is None else step_of(weights) for weights in _weights(figure, run)]


def _tiles(figure: SheetFigure, run: Path, machine: Machine, data: str | None) -> Iterator[tuple[str, Tensor]]:
    """Caption and uint8 (each, 3, S, S) images of each condition at each update, or of each domain."""
    if TASKS[figure.task].translates:
        yield from domain_tiles(run, figure.each, data, machine)
        return
    if figure.list is not None:
        yield from _list_tiles(figure, run, machine)
        return
    for weights in _weights(figure, run):
        model, config = trained_run.load_generator(run, machine, weights)
        updates = config.train_config.total_updates if weights is None else step_of(weights)
        for words in figure.conditions or ("",):
            moment = f"{updates:,} updates" if figure.updates else ""  # else the page says it once, above the sheet
            caption = "\n".join(filter(None, (words.replace(" hair ", " hair\n"), moment)))
            yield caption, _images(figure, words, model, config, machine)


@torch.inference_mode()
def _list_tiles(figure: SheetFigure, run: Path, machine: Machine) -> Iterator[tuple[str, Tensor]]:
    """Caption and uint8 (1, 3, S, S) image of each condition of a list, the same latents for every row."""
    model, _ = trained_run.load_generator(run, machine)
    dataset = dataset_of(TASKS[figure.task])
    rows = torch.from_numpy(known_lists(dataset)[figure.list])
    latents = torch.from_numpy(normal_rows(stream_key(figure.report), range(len(rows)), model.config.latent_dim))
    images = pixels(model, latents.to(machine.device), rows.to(machine.device))
    yield from zip(map(dataset.describe, rows), images.split(1), strict=True)


def _weights(figure: SheetFigure, run: Path) -> list[Path | None]:
    """The snapshots that the figure names and the run has; None stands for its end."""
    if not figure.updates:
        return [None]
    there = snapshots_of(run)
    return [there[updates] for updates in figure.updates if updates in there] or [None]


@torch.inference_mode()
def _images(figure: SheetFigure, words: str, model: ConditionalGAN, config: RunConfig, machine: Machine) -> Tensor:
    """Images of one condition: the same latents for every row, snapshot and condition."""
    dataset = dataset_of(TASKS[figure.task])
    condition = condition_of(dataset, words) if words else torch.zeros(0, dtype=torch.uint8)
    conditions = condition.expand(figure.each, -1).to(machine.device)
    latents = normal_rows(stream_key(figure.report), range(figure.each), model.config.latent_dim)
    return pixels(model, torch.from_numpy(latents).to(machine.device), conditions)
