"""The course's condition lists: the conditions that every i-CLEVR generator draws for, and their order."""

from types import SimpleNamespace

import pytest
import torch
from builders.data import toy_data
from builders.scorers import MACHINE
from PIL import Image

from benchmark.data import packed
from benchmark.data.datasets import DATASETS
from benchmark.data.export import write_layout
from benchmark.data.labels import COURSE_LISTS, OBJECTS
from benchmark.data.loading import open_data
from benchmark.data.rendering import rendered
from benchmark.grading.condition_lists import assignment_of
from benchmark.sampling import sample_set
from benchmark.tasks import STANDARD, TASKS
from benchmark.training.sample_grids import grid_plan, save_grid

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


def test_a_sample_grid_shows_both_lists_test_first_with_a_gap_between(embedded, tmp_path):
    plan, model = grid_plan(TASK, embedded), shade_model()
    with Image.open(save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        height, rows = sheet.height, [34 + 66 * row + 12 * (row > 3) for row in range(8)]
        shown = [sheet.getpixel((34 + 66 * column, row))[0] for row in rows for column in range(8)]
        between = {sheet.getpixel((x, y)) for x in range(sheet.width) for y in range(264, 278)}
    requested = [3 * sum(number + 1 for number in row) for rows in COURSE_LISTS.values() for row in rows]
    assert shown == requested
    assert (height, between) == (2 * (4 * 66 + 2) + 10, {(255, 255, 255)})


def test_a_list_that_fills_no_row_ends_before_the_next_begins(tmp_path):
    plan, model = grid_plan(TASK, toy_data(SCENES)), shade_model()  # two lists of four
    with Image.open(save_grid(model, model.generator, plan, MACHINE, tmp_path / "sheet.png")) as sheet:
        corners = [sheet.getpixel((34 + 66 * column, row)) == (255, 255, 255) for row in (34, 112) for column in (3, 4)]
    assert corners == [False, True, False, True]
