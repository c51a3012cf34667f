"""Notes under a table: its scores and intervals, how the ranks came about, and what to know of single rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmark.leaderboard.cells import is_real, number
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.ranks import RULE
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.leaderboard.versions import changes_since
from benchmark.records.protocol import Protocol
from benchmark.records.record import BUSY_CORES
from benchmark.records.rounding import is_fraction
from benchmark.tasks import ALARMS

OLDER = "Older version"  # kind of the note that stands above its table, where nobody has to unfold it


@dataclass(frozen=True)
class Note:
    """One remark about a table; the same records give the same notes, whenever and wherever."""

    kind: str  # its heading, such as "Refused"
    rows: tuple[str, ...]  # names of the rows that it is about; empty: about the table
    text: str


def notes(table: Table) -> list[Note]:
    """All notes, those of one kind next to each other."""
    found = [
        *older_version_note(table),
        *score_notes(table.columns),
        *interval_notes(table),
        *seeds_note(table),
        rank_note(table),
        *ceiling_notes(table),
        *(
            Note("Rows", (unique_name(table, row),), row.description.rstrip("."))
            for row in table.rows
            if row.description
        ),
        *sorted(status_notes(table), key=lambda note: note.kind),
        *doubt_notes(table),
        *alarm_notes(table),
        *refusal_notes(table),
        *speed_notes(table),
    ]
    return [*found, Note("Trained on", (), ", ".join(table.devices))] if table.devices else found


def unique_name(table: Table, row: Row) -> str:
    """A row's name; with its status or kind if another row of the table has the same name."""
    alone = sum(other.name == row.name for other in table.rows) == 1
    return row.name if alone else f"{row.name} ({row.status if row.kind == 'model' else row.kind})"


def by_kind(found: Iterable[Note]) -> dict[str, list[Note]]:
    """The notes of each kind, in order."""
    return {kind: list(of_kind) for kind, of_kind in groupby(found, key=lambda note: note.kind)}


def above_table(found: Iterable[Note]) -> list[str]:
    """The notes that stand above their table, each with its kind."""
    return [f"{note.kind}: {note.text}" for note in found if note.kind == OLDER]


def about_table(found: Iterable[Note]) -> list[Note]:
    """The notes that are about no single row, and stand below the table."""
    return [note for note in found if not note.rows and note.kind != OLDER]


def about_rows(found: Iterable[Note]) -> dict[str, list[Note]]:
    """The notes on each row, by its :func:`unique_name`."""
    rows: dict[str, list[Note]] = defaultdict(list)
    for note in found:
        for name in note.rows:
            rows[name].append(note)
    return rows


def protocol_items(protocol: Protocol, data_names: Sequence[str]) -> list[tuple[str, str]]:
    """A table's protocol: the numbers of images, the data, and the networks by the start of their hashes."""
    networks = {
        "judge": protocol.judge_sha256,
        "backbone": protocol.backbone_sha256,
        "Inception": protocol.inception_sha256,
        "face detector": protocol.detector_sha256,
    }
    return [
        ("protocol", protocol.id),
        ("generated images", f"{protocol.n_generated:,}"),
        ("real images", f"{protocol.n_real:,} ({protocol.reference_split})"),
        ("data", f"{', '.join(data_names)} ({protocol.data_digest[:12]})"),
        *((name, "none" if digest is None else digest[:12]) for name, digest in networks.items()),
        ("resizer", protocol.resizer),
    ]


def older_version_note(table: Table) -> list[Note]:
    """A note on what later versions of the table's task changed; none for a table of the present version."""
    return [Note(OLDER, (), text)] if (text := changes_since(table.protocol)) else []


def score_notes(columns: Sequence[Column]) -> list[Note]:
    """Version of each score, one note per unit."""
    by_unit = group_pairs((unit_in_words(column), f"{column.name} v{column.version}") for column in columns)
    return [Note("Scores", (), f"Unit {unit}: {', '.join(names)}") for unit, names in by_unit.items()]


def unit_in_words(column: Column) -> str:
    return f"{column.unit}, in %" if is_fraction(column.unit) else column.unit


def interval_notes(table: Table) -> list[Note]:
    """Notes on how the intervals were made, and on scores without one."""
    columns = table.columns
    if any(row.budget == "smoke" for row in table.rows):
        return [Note("Intervals", (), "none in this table: a run of smoke is no result")]
    methods = group_pairs((f"By {', '.join(column.methods)}", column.name) for column in columns if column.methods)
    without = [column.name for column in columns if not column.methods]
    lines = ["95 %, over the images", *(f"{method}: {', '.join(names)}" for method, names in methods.items())]
    return [Note("Intervals", (), line) for line in lines + ([f"None: {', '.join(without)}"] if without else [])]


def group_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of each key, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def seeds_note(table: Table) -> list[Note]:
    """A note on averages over seeds; none where every row has a single seed."""
    if all(len(row.seeds) < 2 for row in table.rows):
        return []
    text = (
        "mean ± standard deviation over the seeds; the interval is Student's t over the seeds, or the mean interval "
        "over the images where that is wider"
    )
    return [Note("Several seeds", (), text)]


def rank_note(table: Table) -> Note:
    if all(row.rank is None for row in table.rows):
        return Note("Ranks", (), "nothing here is ranked")
    text = (
        f"groups on {table.main_score}: {RULE}; references are not ranked. Bold is the best of several ranked rows, "
        "unless they are all the same, there is an alarm about that row, or it is beyond the real images' own value"
    )
    return Note("Ranks", (), text)


def ceiling_notes(table: Table) -> list[Note]:
    """A note on the scores for which the real row is no bound; none without such scores or such a row."""
    names = [column.name for column in table.columns if column.depends_on_count]
    if not names or not any(map(is_real, table.rows)):
        return []
    text = "the real row has another number of images than the models, so it is no bound for scores that depend on it"
    return [Note("Ceiling", (), f"{text}: {', '.join(names)}")]


def status_notes(table: Table) -> list[Note]:
    """Rows that are not valid, with the reason."""
    failed = [row for row in table.rows if row.status != "valid"]
    return [
        Note(row.status.capitalize(), (unique_name(table, row),), row.reason or "no reason is given") for row in failed
    ]


def doubt_notes(table: Table) -> list[Note]:
    """Rows with a score that the second judge does not confirm, with both judges' values."""
    found = []
    for row in table.rows:
        gaps = [
            f"{column.name} {number(row.second[column.name], column, row.scores[column.name])} instead of "
            f"{number(row.scores[column.name].value, column, row.scores[column.name])}"
            for column in table.columns
            if column.name in row.second
        ]
        if gaps:
            text = f"the second judge differs by more than the judges usually do: {', '.join(gaps)}"
            found.append(Note("In doubt", (unique_name(table, row),), text))
    return found


def alarm_notes(table: Table) -> list[Note]:
    """Models that draw the same image again and again, or their training images."""
    raised = [(row, name) for row in table.rows for name in row.alarms]
    return [Note("Alarm", (unique_name(table, row),), alarm_text(row, name)) for row, name in raised]


def alarm_text(row: Row, name: str) -> str:
    """The rate that raises an alarm, with its interval."""
    cell = row.scores[name]
    low, high = (f"{100 * end:.1f}" for end in cell.interval)
    return (
        f"{100 * cell.value:.1f} % [{low}, {high}] of its images are {ALARMS[name]}, by {name}; real images: about 1 %"
    )


def speed_notes(table: Table) -> list[Note]:
    """Rows whose training speed was measured while other programs ran, or whose records do not say."""
    timed = [row for row in table.rows if row.kind == "model" and row.train_images_per_second is not None]
    unknown = tuple(unique_name(table, row) for row in timed if row.other_cores is None)
    found = [
        Note(
            "Speed",
            (unique_name(table, row),),
            f"images/s while other programs kept {row.other_cores:.1f} processors busy",
        )
        for row in timed
        if row.other_cores is not None and row.other_cores > BUSY_CORES
    ]
    text = "images/s may be too low: the records do not say what else ran"
    return [*found, Note("Speed", unknown, text)] if unknown else found


def refusal_notes(table: Table) -> list[Note]:
    """Reasons of refused scores: one note per reason, for all rows that it applies to."""
    reasons = group_pairs((reason, unique_name(table, row)) for row in table.rows for reason in row.refused.values())
    return [Note("Refused", tuple(rows), reason) for reason, rows in reasons.items()]
