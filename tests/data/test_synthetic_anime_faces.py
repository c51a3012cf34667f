from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmark.data.labels import EYES, HAIR
from benchmark.data.synthetic.anime_backgrounds import KINDS
from benchmark.data.synthetic.anime_faces import draw, names, render, traits_of
from benchmark.data.synthetic.anime_features import MOUTHS
from benchmark.data.synthetic.anime_hair import BACKS, FRINGES
from benchmark.data.synthetic.drawing import Canvas, points, smooth

SIZE = 64


def face(index, **changes):
    """The traits of one face of seed 5 before a plain wall, so that nothing but hair depends on the hair."""
    return replace(traits_of(index, seed=5), ground_kind="flat", **changes)


def changed(first, second, by=40):
    """Which pixels of two images differ visibly in some channel."""
    return np.abs(first.astype(int) - second).max(axis=2) > by


def iris(index):
    traits = face(index)
    light, dark = (replace(traits, eyes=EYES.index(name)) for name in ("yellow", "black"))
    return changed(draw(light, SIZE), draw(dark, SIZE), by=90)


def hair(index):
    traits = face(index)
    light, dark = (replace(traits, hair=HAIR.index(name)) for name in ("white", "black"))
    return changed(draw(light, SIZE), draw(dark, SIZE), by=90)


def test_images_are_bytes_with_two_indices():
    images, conditions = render([0, 1, 2])
    assert images.dtype == conditions.dtype == torch.uint8
    assert images.shape == (3, 3, SIZE, SIZE)
    assert images.is_contiguous()
    assert conditions.shape == (3, 2)


def test_nothing_requested_gives_nothing():
    images, conditions = render([])
    assert images.shape == (0, 3, SIZE, SIZE)
    assert conditions.shape == (0, 2)


def test_an_image_depends_on_neither_batch_nor_order():
    images, conditions = render([7, 3, 12, 3], seed=1)
    for row, index in enumerate([7, 3, 12, 3]):
        alone, condition = render([index], seed=1)
        assert torch.equal(images[row], alone[0])
        assert torch.equal(conditions[row], condition[0])


def test_global_generators_are_neither_used_nor_moved():
    np.random.seed(0)
    torch.manual_seed(0)
    first, _ = render([4])
    second, _ = render([4])
    assert torch.equal(first, second)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))


def test_another_seed_gives_other_faces():
    first, _ = render(range(4), seed=0)
    second, _ = render(range(4), seed=1)
    assert (first.float() - second.float()).abs().mean(dim=(1, 2, 3)).min() > 10


def test_another_size_shows_the_same_face():
    small, conditions = render(range(4))
    large, same_conditions = render(range(4), image_size=2 * SIZE)
    shrunk = torch.nn.functional.avg_pool2d(large.float(), 2)
    assert torch.equal(conditions, same_conditions)
    assert (shrunk - small).abs().mean() < 6


def test_negative_indices_and_seeds_are_refused():
    with pytest.raises(ValueError, match="got index -1 and seed 0"):
        render([-1])
    with pytest.raises(ValueError, match="got index 2 and seed -3"):
        render([2], seed=-3)


def test_conditions_are_what_was_painted():
    _, conditions = render(range(5), seed=2)
    expected = [(traits.hair, traits.eyes) for traits in (traits_of(index, seed=2) for index in range(5))]
    assert conditions.tolist() == [list(pair) for pair in expected]


def test_every_pair_of_colours_is_as_likely():
    count = 1320
    pairs = Counter((traits.hair, traits.eyes) for traits in (traits_of(index, 0) for index in range(count)))
    expected = count / (len(HAIR) * len(EYES))
    cells = [pairs[hair, eyes] for hair in range(len(HAIR)) for eyes in range(len(EYES))]
    chi_square = sum((cell - expected) ** 2 / expected for cell in cells)
    assert 75 < chi_square < 205  # 131 degrees of freedom: four standard deviations, sqrt(262), on each side


def test_every_kind_of_part_occurs():
    faces = [traits_of(index, 0) for index in range(300)]
    assert {traits.style.fringe for traits in faces} == set(FRINGES)
    assert {traits.style.back for traits in faces} == set(BACKS)
    assert {traits.expression.mouth for traits in faces} == set(MOUTHS)
    assert {traits.ground_kind for traits in faces} == set(KINDS)


@pytest.mark.parametrize("index", range(6))
def test_eye_colour_moves_the_eyes_and_hair_colour_the_hair(index):
    eyes, locks = iris(index), hair(index)
    assert 0.01 < eyes.mean() < 0.08
    assert 0.12 < locks.mean() < 0.8
    assert (eyes & locks).sum() < 0.05 * eyes.sum()


def opponent(colours):
    """Brightness and twice the differences between channels: hue counts for more than shade."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    return np.stack([(red + green + blue) / 3, 2 * (red - green), 2 * (green - blue)], axis=-1)


def mean_colours(attribute, names, region, places):
    """Mean opponent colour of a region, at a place of each class's shades in another face each."""
    means = []
    for index, place in enumerate(places):
        mask = region(index)
        shades = [{attribute: k, f"{attribute}_place": place} for k in range(len(names))]
        means.append([draw(face(index, **shade), SIZE)[mask].mean(axis=0) for shade in shades])
    return opponent(np.array(means))


@pytest.mark.parametrize(("attribute", "names", "region"), [("eyes", EYES, iris), ("hair", HAIR, hair)])
def test_even_extreme_shades_are_nearest_to_the_middle_of_their_class(attribute, names, region):
    centres = mean_colours(attribute, names, region, [(0.5, 0.5, 0.5)] * 2).mean(axis=0)
    extremes = [(0, 0, 0), (1, 1, 1), (0, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)]
    seen = mean_colours(attribute, names, region, extremes)
    nearest = np.linalg.norm(seen[:, :, None] - centres, axis=-1).argmin(axis=-1)
    wrong = [(names[k], names[nearest[f, k]]) for f, k in np.argwhere(nearest != np.arange(len(names)))]
    assert wrong == []


def test_faces_of_one_class_differ_from_each_other():
    images = np.stack([draw(face(index, hair=3, eyes=4), SIZE) for index in range(8)]).astype(float)
    difference = np.abs(images[:, None] - images[None]).mean(axis=(2, 3, 4))
    assert difference[~np.eye(8, dtype=bool)].min() > 12


@pytest.mark.parametrize(
    ("part", "kinds"), [("fringe", FRINGES), ("back", BACKS), ("accessory", ("none", "band", "bow", "pin"))]
)
def test_every_haircut_looks_different(part, kinds):
    traits = face(1)
    images = [draw(replace(traits, style=replace(traits.style, **{part: kind})), SIZE) for kind in kinds]
    assert len({image.tobytes() for image in images}) == len(kinds)


def test_every_background_looks_different_and_leaves_the_eyes_alone():
    images = [draw(replace(face(1), ground_kind=kind), SIZE) for kind in KINDS]
    eyes = iris(1)
    assert len({image.tobytes() for image in images}) == len(KINDS)
    assert len({image[eyes].tobytes() for image in images}) == 1


def test_names_follow_the_layout_of_the_course():
    assert names([0, 12]) == ["images/0.jpg", "images/12.jpg"]


def plain_canvas(**changes):
    place = {"tilt": 0.0, "scale": 1.0, "origin": (32.0, 32.0)} | changes
    return Canvas(SIZE, np.zeros((SIZE, SIZE, 3), dtype=np.uint8), **place)


SQUARE = points((-8, -8), (8, -8), (8, 8), (-8, 8))
WHITE = np.full(3, 255.0)


def test_a_square_covers_its_area_however_it_is_turned():
    for tilt in (0.0, 30.0):
        canvas = plain_canvas(tilt=tilt, scale=1.5)
        canvas.fill(SQUARE, WHITE)
        assert canvas.finished()[..., 0].sum() / 255 == pytest.approx((16 * 1.5) ** 2, rel=0.04)


def test_a_grade_runs_from_top_to_bottom():
    canvas = plain_canvas()
    canvas.grade(SQUARE, (WHITE, WHITE * 0.2))
    column = canvas.finished()[24:40, 32, 0].astype(int)
    assert np.diff(column) == pytest.approx(-13, abs=2)  # 204 steps over 16 pixels


def test_a_tint_stays_within_its_mask():
    canvas = plain_canvas()
    canvas.tint(SQUARE, WHITE, 0.5, within=canvas.mask(SQUARE + points((8, 0))))
    image = canvas.finished()[..., 0]
    assert image[:, :31].max() == 0
    assert image[32, 36] == pytest.approx(128, abs=1)


def test_a_shape_outside_the_image_leaves_it_unchanged():
    canvas = plain_canvas()
    canvas.grade(SQUARE + points((90, 0)), (WHITE, WHITE))
    canvas.tint(SQUARE + points((0, 90)), WHITE, 1)
    assert canvas.finished().max() == 0


def test_a_smooth_curve_passes_through_its_corners():
    curve = smooth(SQUARE, closed=True)
    for corner in SQUARE:
        assert np.abs(curve - corner).sum(axis=1).min() < 1e-9
