"""Figures of a report drawn from records and their logs, with the digest of what they show inside."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from benchmark.records.divergence import update_of_divergence
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record
from benchmark.records.store import log_path
from benchmark.records.training_log import Line, load_log
from benchmark.reports import loss_plots
from benchmark.reports.draws import paint
from benchmark.reports.figures import DrawsFigure, LossFigure, Plotted, ScoreFigure, SheetFigure, is_range
from benchmark.reports.losses import has_loss
from benchmark.reports.words import axis_words, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Plot

PER_INCH = 150  # pixels of a sheet in a PDF
DRAWING = 2  # raised whenever the same records are drawn in another way: 2, shares in %, one legend, shared axes
DIGEST = "Description"  # of a PNG's texts: sha256 of what it shows


@dataclass(frozen=True)
class Shown:
    """A row of a figure: its longest run."""

    row: str
    record: Record
    path: Path  # of the record
    by_number: bool = False  # its budget is told by its updates alone: the report of another paper is another one

    @property
    def lines(self) -> list[Line]:
        """Its log; empty if there is none."""
        return load_log(self.path) if log_path(self.path).exists() else []

    @property
    def has_diverged(self) -> bool:
        """True if its run ended with numbers that were not finite."""
        return self.record.status == "diverged"

    @property
    def title(self) -> str:
        """Row, updates, and how it ended unless well."""
        if (update := update_of_divergence(self.record)) is not None:
            return f"{self.row}\ndiverged at update {update:,}"
        ended = "" if self.record.status == "valid" else f", {self.record.status}"
        budget = "" if self.by_number else f" ({self.record.training.budget})"
        return f"{self.row}\n{self.record.training.total_updates:,} updates{budget}{ended}"


def rows_of(figure: Plotted, records: Sequence[Record], folder: Path, *, by_number: bool = False) -> list[Shown]:
    """The longest run of each row that has the data for the figure; among equally long runs, the one of lowest seed.

    All runs are of one protocol, since numbers of different protocols do not compare. It is the protocol with the most
    rows; among equals, the newest one, then the one with the longest runs.
    """
    of_protocol: dict[Protocol, list[Record]] = defaultdict(list)
    for record in records:
        of_protocol[record.protocol].append(record)
    found = [_under_one_protocol(figure, same, folder) for same in of_protocol.values()]
    return [replace(one, by_number=by_number) for one in max(found, key=_protocol_order, default=[])]


def _under_one_protocol(figure: Plotted, records: Sequence[Record], folder: Path) -> list[Shown]:
    by_row = []
    for row in figure.rows:
        shown = [Shown(row, record, folder / record.file_name) for record in records if is_of(record, figure, row)]
        shown = [one for one in shown if _can_be_shown(one, figure)]
        by_row.append(sorted(shown, key=lambda one: (-one.record.training.total_updates, one.record.training.seed)))
    if isinstance(figure, LossFigure) and figure.one_budget:
        by_row = _of_one_budget(by_row)
    return [shown[0] for shown in by_row if shown]


def _of_one_budget(by_row: Sequence[Sequence[Shown]]) -> list[list[Shown]]:
    """The runs of the longest budget that all rows have; all runs if they have none in common."""
    shared = set.intersection(*({one.record.training.total_updates for one in shown} for shown in by_row))
    longest = max(shared, default=None)
    return [[one for one in shown if longest in (None, one.record.training.total_updates)] for shown in by_row]


def _protocol_order(shown: Sequence[Shown]) -> tuple[int, int, int, str]:
    """Sort key of a protocol by its rows; the best protocol has the greatest key."""
    if not shown:
        return 0, 0, 0, ""
    protocol, updates = shown[0].record.protocol, sum(one.record.training.total_updates for one in shown)
    return len(shown), protocol.version, updates, protocol.digest


def is_of(record: Record, figure: Plotted | SheetFigure, row: str) -> bool:
    """True for a run of the row that a figure may show."""
    if record.model is None or record.status == "invalid":
        return False
    return record.model.full_name == row and record.protocol.task == figure.task and record.training.budget != "smoke"


def _can_be_shown(shown: Shown, figure: Plotted) -> bool:
    if isinstance(figure, DrawsFigure):
        score = shown.record.scores.get(figure.score)
        return bool(score and shown.record.per_sample_sha256 and set(figure.lists) <= score.groups.keys())
    if isinstance(figure, ScoreFigure):
        return figure.score in shown.record.scores
    return bool(lines := shown.lines) and all(has_loss(lines[0], loss) for loss in figure.losses)


def digest(figure: Plotted, shown: Sequence[Shown]) -> str:
    """sha256 of the way of drawing, a figure's declaration, its rows' titles, and the bytes that it is drawn from."""
    found = hashlib.sha256(f"{DRAWING} {figure.model_dump_json()}".encode())
    for one in shown:
        path = log_path(one.path) if isinstance(figure, LossFigure) else one.path
        found.update(one.record.file_name.encode() + one.title.encode() + path.read_bytes())
    return found.hexdigest()


def digest_in(path: Path) -> str | None:
    """The digest inside a PNG; None if there is no such file, or no digest in it."""
    try:
        with Image.open(path) as image:
            return image.info.get(DIGEST)
    except OSError:
        return None


def png(figure: Plotted, shown: Sequence[Shown]) -> bytes:
    """The figure as PNG; the same library versions give the same bytes."""
    return _figure_bytes(
        figure, shown, format="png", dpi=110, metadata={DIGEST: digest(figure, shown), "Software": None}
    )


def pdf(figure: Plotted, shown: Sequence[Shown]) -> bytes:
    """The figure as PDF, for papers."""
    return _figure_bytes(figure, shown, format="pdf", metadata={"CreationDate": None})


def _figure_bytes(figure: Plotted, shown: Sequence[Shown], **options: object) -> bytes:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    plot = {"losses": loss_plots.draw, "scores": _scores, "draws": _draws}[figure.kind](figure, shown)
    buffer = io.BytesIO()
    plot.savefig(buffer, **options)
    plt.close(plot)
    return buffer.getvalue()


def _draws(figure: DrawsFigure, shown: Sequence[Shown]) -> Plot:
    from matplotlib import pyplot as plt

    width = 2 + 1.1 * len(shown) * len(figure.lists)
    plot, panel = plt.subplots(figsize=(width, 3.4), layout="constrained")
    paint(panel, figure, shown)
    return plot


def sheet_pdf(sheet: Path) -> bytes:
    """A sheet of images as PDF, pixel by pixel, without loss."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    pixels, buffer = plt.imread(sheet), io.BytesIO()
    plot = plt.figure(figsize=(pixels.shape[1] / PER_INCH, pixels.shape[0] / PER_INCH))
    panel = plot.add_axes((0, 0, 1, 1))
    panel.imshow(pixels, interpolation="none", aspect="auto")
    panel.axis("off")
    plot.savefig(buffer, format="pdf", metadata={"CreationDate": None})
    plt.close(plot)
    return buffer.getvalue()


def _scores(figure: ScoreFigure, shown: Sequence[Shown]) -> Plot:
    from matplotlib import pyplot as plt

    plot, panel = plt.subplots(figsize=(6.5, 0.8 + 0.5 * len(shown)), layout="constrained")
    unit = shown[0].record.scores[figure.score].unit
    factor = scale_of(unit, difference=False).factor
    for place, one in enumerate(shown):
        score = one.record.scores[figure.score]
        value, low, high = (factor * number for number in (score.value, *(score.interval or (score.value,) * 2)))
        label = "here, 95 %" if place == 0 else None
        panel.errorbar(value, place, xerr=[[value - low], [high - value]], fmt="o", color="C0", label=label)
    paint_reported(panel, figure, shown, factor)
    panel.set_yticks(range(len(shown)), [one.title for one in shown], fontsize=7)
    panel.set_ylim(len(shown) - 0.5, -0.5)
    panel.set_xlabel(axis_words(figure.score, unit), fontsize=8)
    plot.legend(fontsize=7, loc="outside right center")  # inside it would hide points
    return plot


def paint_reported(panel: Axes, figure: ScoreFigure, shown: Sequence[Shown], factor: float) -> None:
    """The report's own values: a diamond for a number, a bar from end to end for a range."""
    reported = dict(zip(figure.rows, figure.reported, strict=False))
    stated = [(place, reported[one.row]) for place, one in enumerate(shown) if one.row in reported]
    values = [(factor * value, place) for place, value in stated if not is_range(value)]
    if values:
        panel.plot(*zip(*values, strict=True), "D", color="C1", fillstyle="none", label="as reported")
    ranges = [(place, [factor * end for end in ends]) for place, ends in stated if is_range(ends)]
    for number, (place, ends) in enumerate(ranges):
        label = "as reported, a range" if number == 0 else None
        panel.plot(ends, [place, place], "|-", color="C1", markersize=11, markeredgewidth=1.5, label=label)
