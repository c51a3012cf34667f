"""Options that several verbs share, exit codes, and the printing of results."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

OK, FAILED, USAGE, BAD_JUDGE, INTERRUPTED = 0, 1, 2, 3, 130  # exit codes


def option(help_text: str, **settings: Any) -> Parameter:  # noqa: ANN401
    """An option of a verb, with its help text."""
    return Parameter(help=help_text, **settings)


def whole(help_text: str, **settings: Any) -> Parameter:  # noqa: ANN401
    """An option that takes a whole number; others are refused, not rounded."""
    return option(help_text, converter=lambda _type, tokens: whole_number(tokens[0].value), **settings)


def whole_number(text: str) -> int:
    """A word as a whole number.

    Raises:
        ValueError: it is none.
    """
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number; give one, such as 3") from None


Json = Annotated[bool, option("One JSON document on stdout, everything else on stderr.", negative="")]
TaskName = Annotated[
    str, option("See 'cgan-bench list tasks'; or a task file.toml, or a plug-in: an entry point, package.module:TASK.")
]
OwnTask = Annotated[
    str | None,
    option("The records' task if it is not bundled: a task file.toml, or a plug-in.", show_default=False),
]
EvaluatorNames = Annotated[
    list[str] | None,
    option("Evaluator to score with, too: bundled, an entry point, or package.module:Class; repeatable.", negative=""),
]  # fmt: skip
Data = Annotated[
    str, option("'synthetic', 'synthetic:6000' for the first 6,000 of it, or a folder or zip in a course's layout.")
]
RunData = Annotated[str | None, option("The data of the run; may be left out if that was the embedded data.")]
Partial = Annotated[
    bool, option("Read a folder or zip that lacks images of its label file, and say how many.", negative="")
]
Run = Annotated[Path, option("A run folder, as 'cgan-bench train' writes it.")]
JudgeFile = Annotated[
    Path | None, option("A judge's .safetensors, or the i-CLEVR course's .pth, instead of the bundled one.")
]
DetectorName = Annotated[
    str, option("bundled, lbp (as fetched), lbp:FILE.xml, face_recognition (photographs), or a detector's FILE.svm.")
]
Inception = Annotated[
    str | None, option("Also score fid, with Inception's weights: 'fetched' (see 'judge fetch'), or their file.")
]
Split = Annotated[Literal["train", "held_out", "all"], option("Which images.")]
Device = Annotated[str, option("auto, cpu, cuda, cuda:1, ... or mps.")]
ExecutorName = Annotated[Literal["local", "ray"], option("Where it is computed: on this machine, or on a Ray cluster.")]
RayAddress = Annotated[
    str | None, option("HOST:PORT of a Ray cluster's head, or auto; by default one is started on this machine.")
]
NewFolder = Annotated[Path, option("New or empty folder to write to.")]


def show(document: Any, *, as_json: bool) -> None:  # noqa: ANN401
    """Print a command's result: one JSON document, or aligned lines for people."""
    if as_json:
        print(json_module.dumps(document, indent=2, default=str), flush=True)
        return
    for row in document if isinstance(document, list) else [document]:
        width = max(len(key) for key in row)
        for key, value in row.items():
            print(f"{key:<{width}}  {value}")
        print(end="\n" if isinstance(document, list) else "", flush=True)


def record_row(path: Path) -> dict[str, Any]:
    """A record's scores, for machines."""
    record = json_module.loads(path.read_text(encoding="utf-8"))
    smoke = record["training"] is not None and record["training"]["budget"] == "smoke"
    chosen = {name: record[name] for name in ("status", "reason", "scores", "refused")}
    return {"record": str(path), "is_result": not smoke} | chosen


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """The same for people: one line a score."""
    words = {"record": row["record"], "status": row["status"] if row["is_result"] else "no result, of budget smoke"}
    for name, entry in row["scores"].items():
        low_high = f" [{entry['interval'][0]:.4f}, {entry['interval'][1]:.4f}]" if entry["interval"] else ""
        words[name] = f"{entry['value']:.4f}{low_high} (n={entry['n']}){second_words(entry['second'])}"
    return words | {name: f"refused: {reason}" for name, reason in row["refused"].items()}


def second_words(second: dict[str, Any] | None) -> str:
    """The second judge's value, after the first one's."""
    if second is None:
        return ""
    spread = "" if second["spread"] is None else f", spread {second['spread']:.4f}"
    words = ", beyond chance" if second["disagrees"] else ""
    return f"; second judge {second['value']:.4f} (gap {second['gap']:+.4f}{spread}{words})"
