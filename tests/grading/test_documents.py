"""Documents where images are expected: one line, for staff to look at."""

import pytest
from builders.grades import grade
from builders.submissions import ASSIGNMENT, FORMS, IMAGES, TEXTS, files, remark_on

from benchmark.grading.marking.remarks import Remark
from benchmark.grading.pages import staff
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.submission.documents import misplaced_documents

WHOLE = FORMS["folders"]
TEST = files("{list}/{number}.png", lists={"test": IMAGES["test"]})
PDF = b"%PDF-1.4"


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (WHOLE | {"test/report.pdf": PDF}, "documents where images are expected: 'test/report.pdf'"),
        (
            TEST | {f"new_test/{n}.pdf": PDF for n in range(3)} | {"a.gif": b"G"},
            "documents where images are expected: 3 files in 'new_test'; "
            "not read: 'a.gif' (of images only .png, .jpg, .jpeg are read)",
        ),
        (TEST | {"new_test.docx": b"PK"}, "documents where images are expected: 'new_test.docx'"),
        (TEST | {"new_test_0.PDF": PDF}, "documents where images are expected: 'new_test_0.PDF'"),
        (WHOLE | {"report.pdf": PDF, "test/test_model.py": b"1"}, "not read: 'report.pdf', 'test/test_model.py'"),
    ],
)
def test_documents_in_the_place_of_images_are_told_apart_from_a_report(contents, said, tmp_path):
    assert remark_on(tmp_path, contents) == said


def test_who_handed_in_documents_alone_in_the_place_of_images_is_rejected_with_that_reason(tmp_path):
    with pytest.raises(Rejected, match=r"can be graded .documents where images are expected: 3 files in 'test'.; hand"):
        remark_on(tmp_path, {f"test/{n}.pdf": PDF for n in range(3)} | {"notes.txt": b""})


def test_a_document_that_is_called_like_an_image_for_a_text_is_in_its_place():
    names = ["sample_1_1.pdf", "hw/sample_2_1.docx", "sample_9_9.pdf", "texts.pdf", "report.pdf"]
    assert misplaced_documents(names, TEXTS.public()) == ["sample_1_1.pdf", "hw/sample_2_1.docx", "texts.pdf"]
    assert misplaced_documents(["0.pdf", "a/3.pdf"], ASSIGNMENT.public()) == []


def test_staff_should_look_at_documents_in_the_place_of_images_and_not_at_a_report():
    for text, doubts in (
        ("documents where images are expected: 'test/a.pdf'", ["documents"]),
        ("'a.pt' was taken; documents where images are expected: 'test/a.pdf'; not read: 'b'", ["documents"]),
        ("not read: 'report.pdf'", []),
    ):
        one = grade("a").model_copy(update={"remarks": [Remark.of_reading(text)]})
        assert staff.Row(one, None).doubts == doubts
