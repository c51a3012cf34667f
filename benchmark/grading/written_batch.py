"""The files of a graded batch, the same ones for a first grading and for marks by another scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.grading.decisions.decision_file import Decision
from benchmark.grading.decisions.kept_decisions import keep_decisions
from benchmark.grading.evidence.shared import Shared
from benchmark.grading.graded import Graded
from benchmark.grading.marking.grades import Gradebook
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.output import gradebook
from benchmark.grading.pages.store import PageStore
from benchmark.grading.pages.write import write_pages
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class GradedBatch:
    """Everything that the files of a batch are made of."""

    book: Gradebook
    graded: Sequence[Graded]  # submissions with their images
    shared: Shared  # images that submissions have in common
    decisions: Sequence[Decision]  # of staff, which the book's grades have already
    scheme: Scheme
    assignment: Assignment


def write_batch(
    batch: GradedBatch, out: Path, made_by: str, *, gradescope: bool, platforms: Sequence[str], xlsx: bool
) -> dict[str, Any]:
    """Write the gradebook, the platforms' files, the pages and the decisions.

    Args:
        batch: all of it.
        out: folder, locked by the caller.
        made_by: digest of the program and of its request; pages that the same one made are kept.
        gradescope: also write Gradescope's files.
        platforms: learning platforms to also write a CSV file for.
        xlsx: also write the gradebook as a workbook.

    Returns:
        The summary for the command line.
    """
    book, scheme, assignment = batch.book, batch.scheme, batch.assignment
    keep_decisions(batch.decisions, out)
    hidden = {rows.name for rows in assignment.lists if rows.hidden}
    gradebook.write(book, out, scheme=scheme, hidden=hidden, gradescope=gradescope, platforms=platforms, xlsx=xlsx)
    store, dataset = PageStore(out, out / "seen" / "pages.json", made_by), dataset_of(TASKS[book.task])
    write_pages(store, book, batch.graded, batch.shared, scheme, dataset, assignment.public())
    return gradebook.summary(book, out, names_score=scheme.has_several_scores)
