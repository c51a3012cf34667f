"""The course's condition lists: the conditions that every i-CLEVR generator draws for, and their order."""

from types import SimpleNamespace

import pytest
import torch
from builders.data import toy_data
from builders.scorers import MACHINE
from PIL import Image

from benchmark.data import packed
from benchmark.data.datasets import DATASETS, dataset_of
from benchmark.data.export import write_layout
from benchmark.data.labels import COURSE_LISTS, OBJECTS
from benchmark.data.loading import open_data
from benchmark.data.rendering import rendered
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.sampling import sample_set
from benchmark.tasks import STANDARD, TASKS
from benchmark.training.sample_grids import grid_plan, real_grid, save_grid

SCENES = DATASETS["iclevr"]
TASK = TASKS["iclevr"]
NAMES = ["test", "new_test"]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGAN_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield open_data(SCENES, "synthetic:90")


def words(row):
    return {OBJECTS[number] for number in row.nonzero().flatten()}


def test_the_embedded_data_requests_the_courses_own_conditions_in_their_order(embedded):
    lists = embedded.condition_lists
    assert list(lists) == NAMES
    assert [(len(rows), int(rows.sum())) for rows in lists.values()] == [(32, 72), (32, 84)]
    assert [words(lists["test"][row]) for row in (0, 9, 31)] == [
        {"gray cube"},
        {"brown sphere", "red cube", "red cylinder"},
        {"blue cylinder", "gray cylinder", "cyan sphere"},
    ]
    assert [words(lists["new_test"][row]) for row in (0, 14, 31)] == [
        {"gray cube", "red cube", "gray sphere"},
        {"red cube", "red cylinder"},
        {"blue cube", "green cylinder", "green cube"},
    ]


def test_models_and_submissions_are_requested_to_draw_the_same(embedded):
    assignment = assignment_of(TASK, [], None, draws=10, seed=0)
    assert {rows.name: rows.rows for rows in assignment.lists} == {
        name: rows.tolist() for name, rows in embedded.condition_lists.items()
    }


def test_each_list_is_drawn_ten_times_test_first(embedded):
    samples = sample_set(TASK, STANDARD, embedded)
    assert list(samples.parts) == [*NAMES, "fidelity"]
    objects = [
        samples.conditions[samples.parts[name].start : samples.parts[name].stop].unflatten(0, (10, 32)).sum(dim=(1, 2))
        for name in NAMES
    ]
    assert [each.tolist() for each in objects] == [[72] * 10, [84] * 10]


def test_lists_keep_their_order_on_disk_and_it_is_part_of_the_digest(embedded, tmp_path, monkeypatch):
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(tmp_path / "cache"))
    write_layout(SCENES, embedded, tmp_path / "written")
    from_disk = open_data(SCENES, str(tmp_path / "written"))
    assert list(from_disk.condition_lists) == NAMES
    assert from_disk.digest == embedded.digest
    turned = toy_data(SCENES)
    first = packed.save(turned)
    turned.condition_lists["test"] = turned.condition_lists.pop("test")
    second = packed.save(turned)
    assert (list(first.condition_lists), list(second.condition_lists)) == (NAMES, NAMES[::-1])
    assert first.digest != second.digest


def test_other_conditions_change_no_image(embedded):
    images = rendered(SCENES, 3).images
    assert torch.equal(images, embedded.images[:3])
    assert torch.equal(images, SCENES.render(range(3), 0)[0])


def shade_model():
    """A stand-in whose generator draws one shade for each condition: three times the sum of its places."""

    def generator(latents, encoded):
        shades = encoded.float() @ torch.arange(1, 25.0) * 3
        return (shades / 127.5 - 1)[:, None, None, None].expand(-1, 3, 64, 64)

    return SimpleNamespace(
        generator=generator, encode=lambda conditions: conditions, config=SimpleNamespace(latent_dim=4)
    )


def tiles(sheet, rows, tops):
    """The middle pixels of a sheet's images, row by row, of ``tops`` of the rows; three lines of words below each."""
    cell = (sheet.width - 6) // 8
    assert cell > 70  # "purple cylinder" is wider than an image
    return [sheet.getpixel((6 + cell * column + 32, tops[row] + 32)) for row in rows for column in range(8)]


HEADING, CELL = 17, 64 + 3 * 13 + 8  # pixels of a list's name, and of an image with its words


def test_a_sample_grid_shows_both_lists_test_first_each_below_its_name(embedded, tmp_path):
    plan, model = grid_plan(TASK, embedded), shade_model()
    with Image.open(save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        tops = [6 + HEADING + CELL * row + (6 + HEADING) * (row > 3) for row in range(8)]
        shown = [pixel[0] for pixel in tiles(sheet, range(8), tops)]
        heads = [sheet.crop((0, top - HEADING, sheet.width, top - 2)) for top in (tops[0], tops[4])]
        height = sheet.height
    requested = [3 * sum(number + 1 for number in row) for rows in COURSE_LISTS.values() for row in rows]
    assert shown == requested
    assert height == 2 * (6 + HEADING + 4 * CELL)
    assert all(min(head.convert("L").get_flattened_data()) < 100 for head in heads)
    assert heads[0].tobytes() != heads[1].tobytes()  # "test", "new_test"


def test_a_sample_grid_says_what_was_requested_below_each_image(embedded, tmp_path):
    plan, model = grid_plan(TASK, embedded), shade_model()
    assert plan.captions == tuple(SCENES.describe(row) for row in plan.conditions)
    with Image.open(save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        cell = (sheet.width - 6) // 8
        words = [sheet.crop((6 + cell * i, 88, 6 + cell * (i + 1), 88 + 41)) for i in range(8)]
    same = {(words[i].tobytes() == words[j].tobytes(), i == j) for i in range(8) for j in range(8)}
    assert len(set(plan.captions[:8])) == 8
    assert same == {(True, True), (False, False)}


def test_a_grid_of_a_task_without_conditions_has_no_words(tmp_path):
    task = TASKS["anime-faces-unconditional"]
    data = toy_data(dataset_of(task))
    assert grid_plan(task, data).captions == ()
    with Image.open(real_grid(task, data, tmp_path / "sheet.png")) as sheet:
        assert sheet.width == 8 * 66 + 2


def test_a_list_that_fills_no_row_ends_before_the_next_begins(tmp_path):
    plan, model = grid_plan(TASK, toy_data(SCENES)), shade_model()  # two lists of four
    with Image.open(save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        lines = max(caption.count("\n") for caption in plan.captions[:4]) + 1
        first, second = 6 + HEADING, 2 * (6 + HEADING) + 64 + lines * 13 + 8
        cell = (sheet.width - 6) // 8
        white = [[sheet.getpixel((38 + cell * i, top + 32)) == (255,) * 3 for i in (3, 4)] for top in (first, second)]
    assert white == [[False, True], [False, True]]
