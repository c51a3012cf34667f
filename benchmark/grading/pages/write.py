"""All pages of a batch: ``pages/`` for participants, ``staff/`` and ``index.html`` for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmark.data.datasets import DataSet
from benchmark.grading.evidence.shared import Shared
from benchmark.grading.graded import Graded
from benchmark.grading.marking.grades import Gradebook
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.pages import participant, staff
from benchmark.grading.pages.contact_sheets import Sheet, sheet_of
from benchmark.grading.pages.store import PageStore
from benchmark.grading.pages.templates import page_name
from benchmark.system.terminal import track

STAFF_ONLY = {"flags", "notes", "near", "handed_in"}  # fields of a grade


class Sheets(Mapping):
    """Contact sheets by id, made when they are needed."""

    def __init__(self, graded: Sequence[Graded]) -> None:
        self.graded = {one.submission.id: one for one in graded if one.counts}
        self.made: dict[str, Sheet | None] = {}

    def __getitem__(self, name: str) -> Sheet | None:
        if name not in self.made:
            self.made[name] = sheet_of(self.graded[name].images, len(self.graded))
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.graded)

    def __len__(self) -> int:
        return len(self.graded)


def write_pages(
    store: PageStore, book: Gradebook, graded: Sequence[Graded], shared: Shared, scheme: Scheme, dataset: DataSet,
    names: participant.Names,
) -> None:  # fmt: skip
    """Write what has changed, and remove what is gone.

    Args:
        store: what was written before.
        book: all grades.
        graded: submissions with their images.
        shared: what they share.
        scheme: by which they were graded.
        dataset: tells conditions in words.
        names: of images as they are handed in.
    """
    by_id, sheets = {one.submission.id: one for one in graded}, Sheets(graded)
    digests = {name: one.digest for name, one in by_id.items()}
    judge = book.judge_sha256
    course = book.model_dump_json(exclude={"submissions", "protections", "ignored"})
    about = [course, scheme.model_dump_json(), str(dict(names))]
    for grade in track(book.submissions, "writing pages"):
        marks, content = by_id[grade.id].counts if grade.id in by_id else {}, digests.get(grade.id, "")
        store.write(
            f"pages/{page_name(grade.id)}.html",
            [*about, grade.model_dump_json(exclude=STAFF_ONLY), content],
            lambda grade=grade, marks=marks: participant.html(grade, marks, book, scheme, dataset, names),
        )
        pairs = [[*pair, digests[pair[0]], digests[pair[1]]] for pair in shared.matches if pair[0] == grade.id]
        store.write(
            f"staff/{page_name(grade.id)}.html",
            [*about, grade.model_dump_json(), content, str(pairs), str(len(graded))],
            lambda grade=grade: staff.html(staff.rows_of([grade], sheets, shared, judge)[0], book, scheme),
        )
    store.write(
        "index.html",
        [book.model_dump_json(), scheme.model_dump_json(), str(digests)],
        lambda: staff.index(staff.rows_of(book.submissions, sheets, shared, judge), book, scheme),
    )
    store.finish()
