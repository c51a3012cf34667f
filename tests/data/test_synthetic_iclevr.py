from __future__ import annotations

from collections import Counter
from math import inf, sqrt

import numpy as np
import pytest
import torch

from benchmark.data.labels import COLOURS, OBJECTS
from benchmark.data.synthetic import iclevr, raycaster
from benchmark.data.synthetic.iclevr import names, render, sample_scene
from benchmark.data.synthetic.raycaster import HALF_SIZE, Scenes, Surface, cast, lit_share, shrink, solids_seen
from benchmark.data.synthetic.solids import hit_cube, hit_cylinder, hit_sphere, square_root, unit_normals

SEED = 3
SCENES = 20
TIGHT = (676, 1458, 1544, 1950, 2011, 2398, 2428, 2570, 2653, 2730)  # scenes where lots left the frame
CROWD = (*range(50), *TIGHT)


@pytest.fixture(scope="module")
def drawn():
    """All three images of the first scenes: (SCENES, 3, 3, 64, 64) and (SCENES, 3, 24)."""
    images, conditions = render(range(3 * SCENES), SEED)
    return images.unflatten(0, (SCENES, 3)), conditions.unflatten(0, (SCENES, 3))


def ray(*numbers):
    return torch.tensor(numbers, dtype=torch.float32)[:, None]


@pytest.fixture(scope="module")
def outlines():
    """Which of 128 x 128 pixels show each object, bool (N, 3, 128, 128): in its scene, then by itself."""
    scenes = [iclevr._arrange([(sample_scene(number, SEED), 3) for number in CROWD]) for _ in range(4)]
    for k, scene in enumerate(scenes[1:]):
        scene.shape[:, torch.arange(3) != k] = -1
    with iclevr._one_thread():
        together, *alone = [shown(scene) for scene in scenes]
    return together, torch.stack(alone).amax(0)


def shown(scenes):
    surface, pixel = solids_seen(scenes, 128)
    masks = torch.zeros(3 * len(CROWD), 128 * 128, dtype=torch.bool)
    masks[surface.solid, pixel] = True
    return masks.reshape(-1, 3, 128, 128)


# What render gives


def test_images_and_conditions_have_the_promised_form(drawn):
    images, conditions = drawn
    assert images.dtype == conditions.dtype == torch.uint8
    assert images.shape[2:] == (3, 64, 64)
    assert conditions.shape[2:] == (len(OBJECTS),)
    assert set(conditions.unique().tolist()) == {0, 1}


def test_an_image_does_not_depend_on_its_batch(drawn):
    everything = drawn[0].flatten(0, 1)
    order = [41, 7, 7, 0, 23, 59, 12, 30, 3, 2, 1, 19, 20, 44, 58, 57, 8, 9]
    images, conditions = render(order, SEED)
    assert torch.equal(images, everything[order])
    assert torch.equal(conditions, drawn[1].flatten(0, 1)[order])
    for index in (5, 28, 47):
        assert torch.equal(render([index], SEED)[0][0], everything[index])


def test_another_seed_shows_other_scenes(drawn):
    images, conditions = render(range(9), SEED + 1)
    assert not torch.equal(conditions, drawn[1].flatten(0, 1)[:9])
    assert (images != drawn[0].flatten(0, 1)[:9]).flatten(1).any(1).all()


def test_no_index_is_fine_and_another_size_shows_the_same_image(drawn):
    assert render([], SEED)[0].shape == (0, 3, 64, 64)
    large = render([2], SEED, image_size=128)[0].float()
    small = torch.nn.functional.avg_pool2d(large, 2)[0]
    assert (small - drawn[0][0, 2].float()).abs().mean() < 1.5


def test_the_callers_threads_are_left_as_they_were():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    render([0], SEED)
    after = torch.get_num_threads()
    torch.set_num_threads(before)
    assert after == 2


@pytest.mark.parametrize(("index", "seed"), [(-1, 0), (0, -1)])
def test_negative_numbers_are_refused(index, seed):
    with pytest.raises(ValueError, match=rf"at least 0, got scene {index} and seed {seed}"):
        render([index], seed)


# Scenes


def test_step_k_shows_k_objects_and_keeps_the_earlier_ones(drawn):
    conditions = drawn[1].int()
    assert (conditions.sum(2) == torch.tensor([1, 2, 3])).all()
    assert (conditions.diff(dim=1) >= 0).all()


def test_far_from_the_added_object_nothing_changes(drawn):
    images = drawn[0].int()
    change = images.diff(dim=1).abs().amax(2)
    assert ((change > 0).flatten(2).float().mean(2) < 0.5).all()
    assert ((change > 25).flatten(2).float().mean(2) < 0.12).all()
    assert (change.flatten(2).amax(2) > 15).all()


def test_scenes_differ_in_everything():
    one, other = sample_scene(0, SEED), sample_scene(1, SEED)
    for field in ("camera", "lamps", "classes", "places", "angles"):
        assert (getattr(one, field) != getattr(other, field)).any()


def test_classes_are_drawn_evenly():
    counts = Counter(i for number in range(800) for i in sample_scene(number, SEED).classes.tolist())
    assert len(counts) == len(OBJECTS)
    assert min(counts.values()) > 60  # 100 expected, standard deviation below 10
    assert max(counts.values()) < 140


def test_objects_stand_apart_with_the_first_in_the_middle():
    for number in range(50):
        places = sample_scene(number, SEED).places
        assert np.abs(places[0]).max() <= 0.05
        gaps = [np.hypot(*(places[i] - places[j])) for i, j in ((0, 1), (0, 2), (1, 2))]
        assert min(gaps) >= 4 * HALF_SIZE


def test_every_object_is_mostly_visible(outlines):
    together, alone = (masks.flatten(2).sum(2) for masks in outlines)
    assert (together >= 0.5 * alone).all()
    assert together.min() > 100  # rays; 25 of 64 x 64 pixels


def test_no_object_touches_the_edge_of_the_frame(outlines):
    edge = torch.ones(128, 128, dtype=torch.bool)
    edge[1:-1, 1:-1] = False
    assert not (outlines[1] & edge).any()


def test_the_first_object_has_its_colour(drawn):
    images, conditions = drawn
    patch = images[:, 0, :, 25:29, 30:34].double().flatten(2).mean(2).numpy()
    light = (patch / 255) ** 2.2
    for seen, condition in zip(light, conditions[:, 0], strict=True):
        (index,) = condition.nonzero().flatten().tolist()
        angles = iclevr.ALBEDO @ seen / np.linalg.norm(iclevr.ALBEDO, axis=1) / np.linalg.norm(seen)
        assert COLOURS[angles.argmax()] == OBJECTS[index].split()[0]


def test_the_ground_is_grey_dark_at_the_top_and_bright_below(drawn):
    images = drawn[0][:, 0].float()
    top, bottom = images[..., :8, :].mean((1, 2, 3)), images[..., -8:, :].mean((1, 2, 3))
    assert ((top > 95) & (top < 112)).all()
    assert ((bottom > 120) & (bottom < 160)).all()
    assert (images[..., :8, :].amax(1) - images[..., :8, :].amin(1)).max() < 8


def test_an_object_casts_shadows_but_does_not_light_the_ground():
    scene = sample_scene(1, SEED)
    scenes = iclevr._arrange([(scene, 1), (scene, 0)])
    shown, empty = raycaster.draw(scenes, iclevr._lighting(), 64).int()
    below = (slice(None), slice(36, 44), slice(20, 44))
    assert (shown - empty)[below].max() <= 0
    assert (shown - empty)[below].min() < -4


# Names and lists


def test_names_count_scenes_and_steps():
    assert names([0, 5, 3001]) == [
        "CLEVR_train_000000_0.png",
        "CLEVR_train_000001_2.png",
        "CLEVR_train_001000_1.png",
    ]


# Ray caster


@pytest.mark.parametrize("hit", [hit_cube, hit_sphere, hit_cylinder])
def test_a_ray_through_the_middle_enters_at_the_surface(hit):
    assert hit(ray(5, 0, 0), ray(-1, 0, 0)).item() == pytest.approx(4)
    assert hit(ray(5, 0, 0), ray(-2, 0, 0)).item() == pytest.approx(2)  # in lengths of the direction
    assert hit(ray(0, 0, 5), ray(0, 0, -1)).item() == pytest.approx(4)


@pytest.mark.parametrize("hit", [hit_cube, hit_sphere, hit_cylinder])
def test_a_miss_is_infinite(hit):
    assert hit(ray(5, 0, 1.01), ray(-1, 0, 0)).item() == inf  # passes above
    assert hit(ray(5, 0, 0), ray(1, 0, 0)).item() == inf  # lies behind
    assert hit(ray(1.01, 0, 5), ray(0, 0, -1)).item() == inf  # passes by, along an axis
    assert hit(ray(0, 0, 0), ray(1, 0, 0)).item() == inf  # starts inside


def test_shapes_differ_where_they_should():
    corner = ray(0.9, 0.9, 5), ray(0, 0, -1)
    assert hit_cube(*corner).item() == pytest.approx(4)
    assert hit_cylinder(*corner).item() == hit_sphere(*corner).item() == inf
    rim = ray(5, 0, 0.8), ray(-1, 0, 0)
    assert hit_cylinder(*rim).item() == pytest.approx(4)
    assert hit_sphere(*rim).item() == pytest.approx(5 - 0.6)


def test_a_slanting_ray_finds_wall_and_cap_of_a_cylinder():
    wall = hit_cylinder(ray(3, 0, 1), ray(-1, 0, -0.25)).item()
    cap = hit_cylinder(ray(0, 0, 3), ray(0.25, 0, -1)).item()
    assert (wall, cap) == (pytest.approx(2), pytest.approx(2))


def test_square_roots_are_rounded_from_the_exact_ones():
    x = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(square_root(x), x.double().sqrt().float())


def test_normals_point_straight_out():
    shape = torch.tensor([0, 1, 2, 2])
    points = torch.tensor([[0.2, -1, 0.5], [0.6, 0, 0.8], [0.6, 0.8, 0.5], [0.3, 0.1, 1]]).T
    expected = torch.tensor([[0, -1, 0], [0.6, 0, 0.8], [0.6, 0.8, 0], [0, 0, 1]]).T
    torch.testing.assert_close(unit_normals(shape, points), expected)


def spheres(*centres, lamp=(0.0, 0, 10)):
    """One image with these spheres and one lamp."""
    count = len(centres)
    return Scenes(
        camera=torch.zeros(1, 3),
        view=torch.eye(3)[None],
        lamps=torch.tensor([[lamp]]),
        shape=torch.ones(1, count, dtype=torch.int64),
        centre=torch.tensor([centres]),
        turn=torch.tensor([[[1.0, 0.0]] * count]),
        albedo=torch.ones(1, count, 3),
    )


def test_cast_moves_turns_and_scales_the_solid():
    scenes = spheres((10.0, 0, 0), (0, 10.0, 0))
    scenes.shape[0, 0] = 0
    scenes.turn[0, 0] = sqrt(1 / 2)  # by 45 degrees: an edge of the cube points at the ray
    directions = torch.tensor([[1.0, 0], [0, 1], [0, 0]])[:, None]
    cube, sphere = cast(scenes, torch.tensor([0, 1]), torch.zeros(3, 2), directions)[0].tolist()
    assert cube == pytest.approx(10 - sqrt(2) * HALF_SIZE, abs=1e-5)
    assert sphere == pytest.approx(10 - HALF_SIZE, abs=1e-5)


def test_a_point_sees_none_half_or_all_of_a_lamp():
    scenes = spheres((0.0, 0, 2), (0.0, 0, 1))
    points = torch.tensor([[0, 0, 0], [HALF_SIZE * 10 / 8, 0, 0], [3, 0, 0]]).T
    ground = Surface(torch.zeros(3, dtype=torch.int64), torch.full((3,), -1), points, points)
    sides = torch.tensor([[0.2, 0, 0], [-0.2, 0, 0]])
    assert lit_share(scenes, ground, 0, sides).tolist() == [0, 0.5, 1]


def test_a_solid_stands_in_no_light_of_its_own():
    scenes = spheres((0.0, 0, 2), lamp=(0.0, 0, -10))
    top = torch.tensor([[0.0, 0, 2.001 + HALF_SIZE]]).T  # rounding may put a point outside its solid
    surface = Surface(torch.tensor([0]), torch.tensor([0]), top, top)
    assert lit_share(scenes, surface, 0, torch.zeros(1, 3)).item() == 1


def test_shrinking_keeps_a_flat_image_and_weighs_neighbours_as_a_tent():
    assert (shrink(torch.full((1, 8, 8), 77, dtype=torch.uint8)) == 77).all()
    spot = torch.zeros(1, 8, 8, dtype=torch.uint8)
    spot[0, 3, 4] = 255
    expected = 255 * torch.outer(torch.tensor([0, 3, 1, 0]) / 8, torch.tensor([0, 1, 3, 0]) / 8)
    torch.testing.assert_close(shrink(spot)[0].float(), expected, atol=0.51, rtol=0)
