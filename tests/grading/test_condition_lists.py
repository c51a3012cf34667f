"""Condition lists: what a file requests participants for."""

import pytest

from benchmark.data.anime_faces import parse_tags
from benchmark.data.labels import COURSE_TEXTS
from benchmark.errors import UsageError
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.tasks import TASKS

FACES = TASKS["anime-faces"]
R2 = [text for text in COURSE_TEXTS.values() for _ in range(5)]  # its 25 prompts, in its order


def lists_of(folder, *contents):
    """The lists of so many files."""
    paths = []
    for number, content in enumerate(contents):
        paths.append(folder / f"list{number}.txt")
        paths[-1].write_bytes(content.encode())
    return assignment_of(FACES, paths, None, draws=1, seed=0).lists


def numbered(texts, form="{},{}"):
    return [form.format(number, text) for number, text in enumerate(texts, start=1)]


def test_25_numbered_lines_of_5_texts_ask_for_one_image_each(tmp_path):
    (rows,) = lists_of(tmp_path, "\n".join(numbered(R2)))
    assert list(rows.stems) == [str(number) for number in range(1, 26)]
    assert [tuple(row) for row in rows.rows] == [parse_tags(text, "") for text in R2]


def test_texts_that_all_differ_ask_for_five_images_each(tmp_path):
    (rows,) = lists_of(tmp_path, "\n".join(numbered(COURSE_TEXTS.values())))
    (course,) = assignment_of(FACES, [], None, draws=1, seed=0).lists
    assert list(rows.stems) == list(course.stems) == [f"sample_{i}_{k}" for i in range(1, 6) for k in range(1, 6)]
    assert rows.rows == course.rows


def test_lines_and_texts_are_graded_beside_each_other(tmp_path):
    lists = lists_of(tmp_path, "\n".join(numbered(R2)), "\n".join(numbered(COURSE_TEXTS.values())))
    assert [len(rows.stems) for rows in lists] == [25, 25]
    assert lists[0].rows == lists[1].rows


@pytest.mark.parametrize("form", ["{},{}", "{}, {}", '"{}","{}"', "{}. {}", "{}) {}", "{}: {}", "{} {}", "{}\t{}"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_lines_are_read_however_they_are_numbered_and_end(form, end, tmp_path):
    (rows,) = lists_of(tmp_path, "\ufeff" + end.join(numbered(R2, form)) + end)
    assert [tuple(row) for row in rows.rows] == [parse_tags(text, "") for text in R2]


@pytest.mark.parametrize("content", ["no JSON", "[]"])
def test_the_example_for_a_list_of_objects_is_one(content, tmp_path):
    (tmp_path / "mine.json").write_text(content)
    with pytest.raises(UsageError) as error:
        assignment_of(TASKS["iclevr"], [tmp_path / "mine.json"], None, draws=1, seed=0)
    example = str(error.value).partition("a list such as ")[2]
    (tmp_path / "mine.json").write_text(example)
    (rows,) = assignment_of(TASKS["iclevr"], [tmp_path / "mine.json"], None, draws=1, seed=0).lists
    assert [sum(row) for row in rows.rows] == [1, 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1,blue hair red eyes\n1,blue hair blue eyes", "line 2 is '1,blue hair blue eyes'"),
        ("blue hair red eyes", "line 1 is 'blue hair red eyes'"),
        ("1,blue hair red eyes\n2,blue hair", "text 2 is 'blue hair'"),
        ('1,"blue hair red eyes\n2,blue hair red eyes', "line 1 is '1,\"blue hair red eyes'"),
        ("", "has no lines"),
        ("1,blue hair red eyes\n3,blue hair red eyes", "number the lines from 1 to 2"),
        ("a,blue hair red eyes\nb,blue hair red eyes", "number the lines from 1 to 2"),
    ],
)
def test_a_line_with_a_mistake_is_refused_with_the_line(content, reason, tmp_path):
    with pytest.raises(UsageError) as error:
        lists_of(tmp_path, content)
    assert reason in str(error.value)


def test_an_object_that_stands_twice_in_a_row_is_refused_with_the_row(tmp_path):
    (tmp_path / "mine.json").write_text('[["red cube"], ["red cube", "blue cube", "red cube"]]')
    with pytest.raises(UsageError, match=r"mine\.json, row 1 has the class 'red cube' twice; keep one of them"):
        assignment_of(TASKS["iclevr"], [tmp_path / "mine.json"], None, draws=1, seed=0)
