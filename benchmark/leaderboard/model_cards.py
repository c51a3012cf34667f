"""A model card for each published run, as Hugging Face's hub reads it: a head in YAML with ``model-index``, then prose.

Source of the form: https://huggingface.co/docs/hub/model-cards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from benchmark.errors import UsageError
from benchmark.leaderboard.captions import OLDER, alarm_text
from benchmark.leaderboard.repeat import repeating_commands
from benchmark.leaderboard.rows import model_rows
from benchmark.leaderboard.versions import changes_since, known_records
from benchmark.records.better import direction_in_words
from benchmark.records.divergence import update_of_divergence, with_images_of_logs
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record, ScoreEntry
from benchmark.records.rounding import decimals, is_fraction, rounded
from benchmark.system.files import write_text
from benchmark.system.markup import escape_markdown
from benchmark.system.rendered import differences
from benchmark.tasks import TASKS


def cards(records: Iterable[Record]) -> dict[str, str]:
    """The card of each trained model, by file name; runs of ``smoke`` and references have none."""
    references: dict[Protocol, list[Record]] = defaultdict(list)
    records = list(records)
    for record in records:
        if record.reference is not None:
            references[record.protocol].append(record)
    found = [record for record in records if record.model is not None and record.training.budget != "smoke"]
    return {Path(one.file_name).with_suffix(".md").name: card(one, references[one.protocol]) for one in found}


def card(record: Record, references: Sequence[Record] = ()) -> str:
    """One card; the same records give the same bytes.

    Args:
        record: of a trained model.
        references: the reference rows of its protocol, for what is usual between two judges.
    """
    task = TASKS.get(record.protocol.task)
    ahead = (task.main_score, *task.headline) if task else ()
    names = [name for name in dict.fromkeys((*ahead, *sorted(record.scores))) if name in record.scores]
    return _template().render(
        record=record,
        name=record.model.full_name,
        commands=repeating_commands(record, "RUN", "RECORDS"),
        diverged_at=update_of_divergence(record),
        dataset=task.dataset if task else record.protocol.task,
        pipeline=_pipeline(record.protocol.task),
        size=record.model.config.get("image_size", 64),
        scores=[(name, record.scores[name]) for name in names],
        shown=_value_with_interval,
        better=direction_in_words,
        remarks=_remarks(record, references),
    )


def _remarks(record: Record, references: Sequence[Record]) -> list[str]:
    """Changes of its task since, alarms and doubts about the run, as its table has them."""
    (row,) = model_rows([record], references)
    doubts = [
        f"In doubt: {name} is {_value_with_interval(record.scores[name])}, by a second judge "
        f"{_number(second, record.scores[name])}; the judges usually differ by less"
        for name, second in row.second.items()
    ]
    older = [f"{OLDER}: {text}"] if (text := changes_since(record.protocol)) else []
    return [*older, *(f"Alarm: {alarm_text(row, name)}" for name in row.alarms), *doubts]


def write(records: Path, folder: Path) -> list[Path]:
    """Write the cards of a folder of records; return their paths.

    Raises:
        UsageError: a record is damaged, a score is of a version that is not known here, or no model was trained.
    """
    found = _of_folder(records)
    for name, text in found.items():
        write_text(folder / name, text)
    return [folder / name for name in found]


def check(records: Path, folder: Path) -> list[str]:
    """Differences of the cards in a folder from those of the records; one line each, none if all agree."""
    return differences(folder, _of_folder(records), lambda path: path.suffix == ".md" and path.name != "README.md")


def _of_folder(records: Path) -> dict[str, str]:
    if found := cards(with_images_of_logs(known_records(records), records)):
        return found
    raise UsageError(f"{records} has no record of a trained model beyond smoke; train and score one first")


def _pipeline(task: str) -> str | None:
    """The hub's name of what the task's models do; None for images by attributes, which has none."""
    if task not in TASKS or TASKS[task].translates:
        return "image-to-image" if task in TASKS else None
    return None if TASKS[task].conditional else "unconditional-image-generation"


def _value_with_interval(entry: ScoreEntry) -> str:
    """Value and interval as tables show them, shares with %."""
    value, *ends = [_number(number, entry) for number in (entry.value, *(entry.interval or ()))]
    return value + (f" [{', '.join(ends)}]" if ends else "") + (" %" if is_fraction(entry.unit) else "")


def _number(number: float, entry: ScoreEntry) -> str:
    """A number of a score, with as many decimals as its value has."""
    return rounded(number, entry.unit, decimals(entry.unit, entry.value, entry.interval))


@cache
def _template() -> Template:
    place = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # Markdown, escaped by the filter of that name
        keep_trailing_newline=True,
    )
    place.filters["escape"] = escape_markdown
    place.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True)
    return place.get_template("model_card.md.jinja")
