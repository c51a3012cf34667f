"""The files that a batch ends in: ``gradebook.csv``, ``grades.json`` and others on request."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.output.gradescope import results
from benchmark.grading.output.platform_csv import (
    PLATFORMS,
    canvas_assignment_in_words,
    not_imported,
    platform_csv,
)
from benchmark.grading.output.spreadsheet import columns_of, csv_text
from benchmark.grading.output.workbook import NAME, workbook
from benchmark.grading.pages.templates import near_words, page_name
from benchmark.grading.roster.roster import NOBODY, SEVERAL, TAKEN
from benchmark.system.files import replacing, write_text

MOST_NAMED = 5  # flagged submissions in a summary


def check_no_grades(paths: Sequence[Path]) -> None:
    """Raise UsageError if a folder was written by an earlier grading, where submissions are to be."""
    for path in paths:
        if (path / "grades.json").is_file() and ((path / "seen").is_dir() or (path / "gradebook.csv").is_file()):
            raise UsageError(f"{path} holds grades that 'grade' wrote; give the submissions themselves")


def check_grades_folder(out: Path) -> None:
    """Raise UsageError where something else lies than an earlier batch; pages of that one may be removed."""
    names = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if names - {"lock"} and not names & {"seen", "grades.json"}:
        raise UsageError(f"--out {out} holds other things and no grades; give a new folder")


def write(
    book: Gradebook,
    out: Path,
    *,
    scheme: Scheme,
    hidden: Collection[str] = (),
    gradescope: bool,
    platforms: Sequence[str] = (),
    xlsx: bool = False,
) -> None:
    """Write all files, each whole or not at all.

    Args:
        book: all grades.
        out: folder.
        scheme: by which they were graded.
        hidden: names of the lists that participants do not see.
        gradescope: also write Gradescope's files.
        platforms: learning platforms to also write a CSV file for.
        xlsx: also write the gradebook as a workbook.
    """
    write_text(out / "grades.json", book.model_dump_json(indent=2) + "\n")
    write_text(out / "gradebook.csv", table(book, scheme.maximum, names_score=scheme.has_several_scores))
    for platform in PLATFORMS:
        if platform in platforms:
            write_text(out / f"{platform}.csv", platform_csv(book, platform, scheme.maximum))
        else:  # of an earlier batch, with other points
            (out / f"{platform}.csv").unlink(missing_ok=True)
    _write_workbook(out / NAME, book, scheme, wanted=xlsx)
    written = []
    for grade in book.submissions if gradescope else ():
        document = json.dumps(results(grade, scheme, hidden), indent=2, sort_keys=True)
        written.append(out / "gradescope" / f"{page_name(grade.id)}.json")
        write_text(written[-1], document + "\n")
    remove_others(out / "gradescope", ".json", written)


def _write_workbook(path: Path, book: Gradebook, scheme: Scheme, *, wanted: bool) -> None:
    if wanted:
        rows = [_row(grade, scheme.maximum, names_score=scheme.has_several_scores) for grade in book.submissions]
        with replacing(path) as temporary:
            temporary.write_bytes(workbook(rows))
    else:
        path.unlink(missing_ok=True)


def table(book: Gradebook, maximum: float, *, names_score: bool = False) -> str:
    """The gradebook as CSV that spreadsheets read in any language: with a byte order mark, all text in quotes."""
    rows = [_row(grade, maximum, names_score=names_score) for grade in book.submissions]
    columns = columns_of(rows)
    return csv_text([columns, *([row.get(column, "") for column in columns] for row in rows)])


def remove_others(folder: Path, ending: str, written: Sequence[Path]) -> None:
    """Remove the files of an earlier batch whose submissions are no longer there."""
    for path in folder.glob(f"*{ending}"):
        if path not in written:
            path.unlink()


def summary(book: Gradebook, out: Path, *, names_score: bool = False) -> dict[str, Any]:
    """Rows for the command line.

    Args:
        book: all grades.
        out: folder of the files that were written.
        names_score: True for a scheme of several scores: a threshold nearby is named with its score.
    """
    counts = Counter(grade.status for grade in book.submissions)
    flagged = {grade.id: list(dict.fromkeys(flag.name for flag in grade.open_flags)) for grade in book.submissions}
    flagged = {name: flags for name, flags in flagged.items() if flags}
    written = {platform: path for platform in PLATFORMS if (path := out / f"{platform}.csv").is_file()}
    unknown = not_imported(book, list(written))
    return {
        "gradebook": str(out / "gradebook.csv"),
        "grades": str(out / "grades.json"),
        "pages": str(out / "pages"),
        "index": str(out / "index.html"),
        **({"workbook": str(out / NAME)} if (out / NAME).is_file() else {}),
        **{platform: str(path) for platform, path in written.items()},
        **({"canvas assignment": canvas_assignment_in_words(book)} if "canvas" in written else {}),
        **({"maximum points": book.maximum} if book.maximum is not None else {}),
        "submissions": len(book.submissions),
        **{status: counts[status] for status in ("graded", "rejected", "failed")},
        "missing": counts["missing"],
        **not_in_roster(book),
        **taken_for(book),
        "verdicts": verdicts_in_words(book),
        "flagged": len(flagged),
        **({"flagged rows": flagged_in_words(flagged)} if flagged else {}),
        **({"decided": decided} if (decided := decided_in_words(book)) else {}),
        "near a threshold": near_in_words(book, names_score=names_score),
        **({"not checked": "; ".join(book.not_checked)} if book.not_checked else {}),
        **({"not to be imported": "; ".join(unknown)} if unknown else {}),
    }


def not_in_roster(book: Gradebook) -> dict[str, str]:
    """A row on submissions that match no person in the roster, or several people, where one was given."""
    is_joined = any(grade.student for grade in book.submissions)
    strangers = [
        grade.id + "".join(f" ({note.removeprefix(NOBODY).lstrip('; ')})" for note in notes if note != NOBODY)
        for grade in book.submissions
        if (notes := [note for note in grade.notes if note.startswith((NOBODY, SEVERAL))])
    ]
    if not strangers and not is_joined:
        return {}
    return {"not in the roster": ": ".join(filter(None, [str(len(strangers)), "; ".join(strangers)]))}


def taken_for(book: Gradebook) -> dict[str, str]:
    """A row on submissions whose id differs from the roster's in leading zeros alone, with the person each is of."""
    taken = [
        f"{grade.id} for {grade.student.id} {grade.student.name}".strip()
        for grade in book.submissions
        if grade.student is not None and any(note.startswith(TAKEN) for note in grade.notes)
    ]
    return {"taken for": f"{len(taken)}: {'; '.join(taken)}"} if taken else {}


def verdicts_in_words(book: Gradebook) -> str:
    """Numbers of submissions by the scheme's verdict, where that counts; what was not graded fails, too."""
    by_scheme = [grade for grade in book.submissions if grade.is_by_scheme]
    counts = Counter(grade.verdict for grade in by_scheme)
    ungraded = sum(grade.status != "graded" for grade in by_scheme)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("pass", "borderline", "fail"))
    return words + (f", {ungraded} of these not graded" if ungraded else "")


def flagged_in_words(flagged: Mapping[str, Sequence[str]]) -> str:
    """The first flagged submissions with the names of their flags, and how many more there are."""
    named = [f"{name} ({', '.join(flags)})" for name, flags in list(flagged.items())[:MOST_NAMED]]
    more = len(flagged) - len(named)
    return "; ".join([*named, *([f"{more} more"] if more else [])])


def decided_in_words(book: Gradebook) -> str:
    """The number of decisions of staff, and all of them; empty if there are none."""
    named = [f"{grade.id} ({grade.decision_in_words})" for grade in book.submissions if grade.decision]
    return f"{len(named)}: {'; '.join(named)}" if named else ""


def near_in_words(book: Gradebook, *, names_score: bool = False) -> str:
    """The number of submissions near a threshold, and the names of those within the judge's known difference.

    If there are none of these, all whose interval contains a threshold are named. Rows whose points are not the
    scheme's do not count.
    """
    near = {grade.id: grade.near for grade in book.submissions if grade.near and grade.is_by_scheme}
    by_judge = {name: entries for name, entries in near.items() if any(one.within_judge_difference for one in entries)}
    named = "; ".join(f"{name} {near_words(entries[0], names_score)}" for name, entries in (by_judge or near).items())
    within = f", {len(by_judge)} by less than the judge's difference" if by_judge else ""
    return f"{len(near)}{within}: {named}" if near else "0"


def _row(grade: Grade, maximum: float, *, names_score: bool) -> dict[str, Any]:
    """One line of the gradebook."""
    row: dict[str, Any] = {
        "id": grade.id,
        "status": grade.status,
        "student id": grade.student.id if grade.student else "",
        "name": grade.student.name if grade.student else "",
        "handed in": grade.handed_in,
        "points": grade.points,
        "maximum": maximum,
        "points by scheme": grade.points_by_scheme,
        "decision": grade.decision.reason if grade.decision else "",
        "verdict": grade.verdict_in_files,
        "flags": "; ".join(dict.fromkeys(flag.name + " (cleared)" * flag.cleared for flag in grade.flags)),
        "reason": "; ".join(filter(None, [grade.reason, *(remark.text for remark in grade.remarks)])),
        "kind": grade.kind or "",
        "near": "; ".join(near_words(near, names_score) for near in grade.near),
        "notes": "; ".join(grade.notes_for_staff),
    }
    for list_name, scores in grade.scores.items():
        for name, entry in scores.items():
            row[f"{list_name} {name}"] = round(entry.value, 4)
            row[f"{list_name} {name} low"], row[f"{list_name} {name} high"] = (round(end, 4) for end in entry.interval)
    return row
