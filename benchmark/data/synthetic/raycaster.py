"""A ray caster for equal solids on a ground under area lamps; the batch that an image is in changes no byte.

Vectors are component first, (3, ...), so that ``x, y, z = vector``. Dot products are written out and the tone
curve is a table: every operation is exact or rounds alike whatever the length of its tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from benchmark.data.synthetic.solids import BOUNDS, HITS, dot, unit_normals

HALF_SIZE = 0.58  # of every solid, in CLEVR's world units
SUPERSAMPLING = 2  # rays along each side of a pixel; shrink's weights are made for 2
LAMP_REACH = 0.3  # how far a ray to a sample on a lamp strays, at a solid, from the ray to the lamp's middle
SIDE_LOSS = 0.25  # share of the ambient light that an upright face does not get
SHEEN = 0.035  # white that a rubber surface adds to its colour

_LINEAR = torch.linspace(0, 1, 4096, dtype=torch.float64)
_CURVE = torch.where(_LINEAR <= 0.0031308, 12.92 * _LINEAR, 1.055 * _LINEAR ** (1 / 2.4) - 0.055)
SRGB = (_CURVE * 255).round().to(torch.uint8)  # IEC 61966-2-1


@dataclass(frozen=True, kw_only=True)
class Scenes:
    """Scenes of N images: K solids each, seen by one camera under L lamps."""

    camera: Tensor  # float32 (N, 3), where it stands
    view: Tensor  # float32 (N, 3, 3), rows: half the frame to the right, half of it up, one unit forward
    lamps: Tensor  # float32 (N, L, 3), where their middles are
    shape: Tensor  # int64 (N, K), 0 cube, 1 sphere, 2 cylinder; -1 for no solid
    centre: Tensor  # float32 (N, K, 3)
    turn: Tensor  # float32 (N, K, 2), cosine and sine of the angle about the upright axis
    albedo: Tensor  # float32 (N, K, 3), linear red, green, blue, 0 to 1


@dataclass(frozen=True, kw_only=True)
class Lighting:
    """Settings that the lamps of every image share."""

    power: Tensor  # float32 (L, 3), linear light that white ground sends back at one unit's distance
    axis: Tensor  # float32 (L, 3), unit vectors: where each lamp points
    corners: Tensor  # float32 (L, J, 3), offsets from a lamp's middle to the samples on its face
    ambient: float  # linear light on the ground from no lamp
    gain: float  # how much more light a white solid would send back than the ground does


@dataclass(frozen=True)
class Surface:
    """M points where rays ended."""

    image: Tensor  # int64 (M,)
    solid: Tensor  # int64 (M,), n * K + k; -1 for the ground
    point: Tensor  # float32 (3, M)
    normal: Tensor  # float32 (3, M), unit length


def cast(scenes: Scenes, solid: Tensor, origin: Tensor, direction: Tensor) -> Tensor:
    """Distances, (J, M), in lengths of the rays' direction, at which rays enter ``solid``; inf if never.

    Args:
        scenes: holds the solids.
        solid: int64 (M,), n * K + k for solid k of image n.
        origin: float32 (3, M), in world units.
        direction: float32 (3, J, M), of any length: J rays from each origin.
    """
    origin = _to_local(scenes, solid, origin - _columns(scenes.centre, solid)) / HALF_SIZE
    direction = _to_local(scenes, solid, direction) / HALF_SIZE
    shape = scenes.shape.flatten()[solid]
    distance = torch.full(direction.shape[1:], inf)
    for index, hit in enumerate(HITS):
        mine = (shape == index).nonzero().flatten()
        distance[:, mine] = hit(origin[:, None, mine], direction[:, :, mine])
    return distance


def _columns(table: Tensor, solid: Tensor) -> Tensor:
    """(N, K, C) and (M,) to (C, M), contiguous."""
    return table.flatten(0, 1).T.contiguous().index_select(1, solid)


def _to_local(scenes: Scenes, solid: Tensor, vector: Tensor) -> Tensor:
    cosine, sine = _columns(scenes.turn, solid)
    x, y, z = vector
    return torch.stack([cosine * x + sine * y, cosine * y - sine * x, z])


def _normals(scenes: Scenes, solid: Tensor, point: Tensor) -> Tensor:
    """Unit outward normals, (3, M), at points on solids."""
    local = _to_local(scenes, solid, point - _columns(scenes.centre, solid)) / HALF_SIZE
    x, y, z = unit_normals(scenes.shape.flatten()[solid], local)
    cosine, sine = _columns(scenes.turn, solid)
    return torch.stack([cosine * x - sine * y, sine * x + cosine * y, z])


def may_hit(offset: Tensor, direction: Tensor, radius: Tensor) -> Tensor:
    """True for rays that pass within ``radius`` of a point ahead, at ``offset`` from their origins."""
    along = dot(offset, direction)
    return (along > 0) & ((dot(offset, offset) - radius * radius) * dot(direction, direction) < along * along)


def bounds(scenes: Scenes) -> Tensor:
    """Radius of the ball around each solid, (N, K), in world units; 0 for no solid, which nothing hits."""
    return torch.tensor([*BOUNDS, 0.0])[scenes.shape] * HALF_SIZE  # shape -1 finds the last


def camera_rays(scenes: Scenes, size: int) -> Tensor:
    """Directions, float32 (3, N, size * size), through the middles of the pixels, row by row."""
    steps = (torch.arange(size) + 0.5) * (2 / size) - 1
    right, up, forward = scenes.view[:, :, :, None].permute(1, 2, 0, 3)  # each (3, N, 1)
    return forward + steps.repeat(size) * right - steps.repeat_interleave(size) * up


def ground_seen(scenes: Scenes, size: int) -> Surface:
    """The ground in the middle of every pixel, as if no solid stood on it."""
    direction = camera_rays(scenes, size)
    camera = scenes.camera.T[:, :, None]
    point = (camera - direction * (camera[2] / direction[2])).flatten(1)
    image = torch.arange(len(scenes.camera)).repeat_interleave(size * size)
    normal = torch.tensor([0.0, 0.0, 1.0])[:, None].expand_as(point)
    return Surface(image, torch.full_like(image, -1), point, normal)


def solids_seen(scenes: Scenes, size: int) -> tuple[Surface, Tensor]:
    """Points of solids that the camera sees, and their pixels: int64 (M,), counted row by row."""
    direction = camera_rays(scenes, size)
    depth = torch.full(direction.shape[1:], inf)
    owner = torch.full(direction.shape[1:], -1)
    radius, solids = bounds(scenes), scenes.shape.shape[1]
    for k in range(solids):
        offset = (scenes.centre[:, k] - scenes.camera).T[:, :, None]
        image, pixel = may_hit(offset, direction, radius[:, k, None]).nonzero(as_tuple=True)
        solid = image * solids + k
        origin = _columns(scenes.camera[:, None], image)
        distance = cast(scenes, solid, origin, direction[:, None, image, pixel])[0]
        closer = distance < depth[image, pixel]
        image, pixel = image[closer], pixel[closer]
        depth[image, pixel], owner[image, pixel] = distance[closer], solid[closer]
    image, pixel = (owner >= 0).nonzero(as_tuple=True)
    point = _columns(scenes.camera[:, None], image) + direction[:, image, pixel] * depth[image, pixel]
    solid = owner[image, pixel]
    return Surface(image, solid, point, _normals(scenes, solid, point)), pixel


def lit_share(scenes: Scenes, surface: Surface, lamp: int, corners: Tensor) -> Tensor:
    """Share of a lamp that each point sees, float32 (M,), 0 to 1; a solid does not shade itself.

    Args:
        scenes: holds solids and lamps.
        surface: M points.
        lamp: which one.
        corners: float32 (J, 3), offsets from the lamp's middle to the samples on its face.
    """
    middle = _columns(scenes.lamps[:, lamp, None], surface.image) - surface.point
    row, solid = _shadow_candidates(scenes, surface, middle)
    to_corners = middle[:, None, row] + corners.T[:, :, None]
    dark = (cast(scenes, solid, surface.point[:, row], to_corners) < 1).sum(0) / len(corners)
    return 1 - torch.zeros(surface.image.shape).index_add_(0, row, dark).clamp(max=1)


def _shadow_candidates(scenes: Scenes, surface: Surface, middle: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs of a point and another solid, both (P,), that may stand between the point and the lamp."""
    radius, solids = bounds(scenes), scenes.shape.shape[1]
    reach = (radius + LAMP_REACH) * (radius > 0)
    rows, others = [], []
    for k in range(solids):
        solid = surface.image * solids + k
        offset = _columns(scenes.centre, solid) - surface.point
        near = may_hit(offset, middle, reach[:, k].index_select(0, surface.image))
        row = (near & (solid != surface.solid)).nonzero().flatten()
        rows.append(row)
        others.append(solid[row])
    return torch.cat(rows), torch.cat(others)


def light_on(scenes: Scenes, surface: Surface, lighting: Lighting) -> Tensor:
    """Linear light, float32 (3, M), that the ground's colour would send back from each point."""
    sky = 1 - SIDE_LOSS + SIDE_LOSS * surface.normal[2]
    light = (lighting.ambient * sky).repeat(3, 1)
    for lamp, (power, axis, corners) in enumerate(zip(lighting.power, lighting.axis, lighting.corners, strict=True)):
        to_lamp = _columns(scenes.lamps[:, lamp, None], surface.image) - surface.point
        square = dot(to_lamp, to_lamp)
        falling = dot(to_lamp, surface.normal).clamp(min=0)
        leaving = (-dot(to_lamp, axis)).clamp(min=0)
        received = falling * leaving / (square * square) * lit_share(scenes, surface, lamp, corners)
        light += power[:, None] * received
    return light


def draw(scenes: Scenes, lighting: Lighting, size: int) -> Tensor:
    """Images, uint8 (N, 3, size, size), each by itself: the batch changes no byte."""
    ground = encode(light_on(scenes, ground_seen(scenes, size), lighting))
    fine = ground.reshape(3, -1, size, size).repeat_interleave(SUPERSAMPLING, 2).repeat_interleave(SUPERSAMPLING, 3)
    surface, pixel = solids_seen(scenes, size * SUPERSAMPLING)
    colour = (_columns(scenes.albedo, surface.solid) + SHEEN) * lighting.gain
    fine.flatten(2)[:, surface.image, pixel] = encode(light_on(scenes, surface, lighting) * colour)
    return shrink(fine).permute(1, 0, 2, 3).contiguous()


def encode(light: Tensor) -> Tensor:
    """Linear light, 0 to 1, to uint8 sRGB."""
    return SRGB[(light.clamp(0, 1) * (len(SRGB) - 1)).round().long()]


def shrink(fine: Tensor) -> Tensor:
    """Halve images, uint8 (..., 2S, 2S), with the tent filter of a bilinear resize from far larger."""
    wide = torch.nn.functional.pad(fine.float(), (1, 1, 1, 1), mode="replicate").to(torch.int32)
    tall = wide[..., :-2:2, :] + 3 * (wide[..., 1:-1:2, :] + wide[..., 2::2, :]) + wide[..., 3::2, :]
    small = tall[..., :-2:2] + 3 * (tall[..., 1:-1:2] + tall[..., 2::2]) + tall[..., 3::2]
    return ((small + 32) // 64).to(torch.uint8)
