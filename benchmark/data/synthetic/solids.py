"""The unit cube, sphere and cylinder: where a ray enters them, and which way their surfaces face.

Vectors are float32 (3, ...): x, y and z first.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import torch
from torch import Tensor

BOUNDS = (sqrt(3), 1.0, sqrt(2))  # radius of the ball around the cube, the sphere and the cylinder
TINY = 1e-9  # stands in for a zero in a direction


def square_root(x: Tensor) -> Tensor:
    """NumPy's, which is IEEE 754's on every CPU; torch's is the vector library's, and some CPUs' last bits differ."""
    return torch.from_numpy(np.sqrt(x.numpy()))


def dot(a: Tensor, b: Tensor) -> Tensor:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def hit_sphere(origin: Tensor, direction: Tensor) -> Tensor:
    """Ray parameter, (M,), where rays enter the unit sphere; inf where they miss it or start inside."""
    near, far = _roots(dot(direction, direction), dot(origin, direction), dot(origin, origin) - 1)
    return _entry(near, far)


def hit_cube(origin: Tensor, direction: Tensor) -> Tensor:
    """Ray parameter, (M,), where rays enter the cube [-1, 1]^3; inf where they miss it or start inside."""
    (near_x, far_x), (near_y, far_y), (near_z, far_z) = (_slab(*ray) for ray in zip(origin, direction, strict=True))
    return _entry(near_x.maximum(near_y).maximum(near_z), far_x.minimum(far_y).minimum(far_z))


def hit_cylinder(origin: Tensor, direction: Tensor) -> Tensor:
    """Ray parameter, (M,), where rays enter x^2 + y^2 <= 1, |z| <= 1; inf where they do not."""
    (x, y, z), (dx, dy, dz) = origin, direction
    near, far = _roots((dx * dx + dy * dy).clamp(min=TINY), x * dx + y * dy, x * x + y * y - 1)
    near_z, far_z = _slab(z, dz)
    return _entry(near.maximum(near_z), far.minimum(far_z))


def _roots(a: Tensor, half_b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Both solutions of a t^2 + 2 half_b t + c = 0; twice the same, an empty interval, where there is none."""
    root = square_root((half_b * half_b - a * c).clamp(min=0))
    return (-half_b - root) / a, (-half_b + root) / a


def _slab(x: Tensor, dx: Tensor) -> tuple[Tensor, Tensor]:
    """Distances at which rays enter and leave -1 <= x <= 1 along one axis."""
    step = dx.masked_fill(dx.abs() < TINY, TINY)
    one, other = (-1 - x) / step, (1 - x) / step
    return one.minimum(other), one.maximum(other)


def _entry(near: Tensor, far: Tensor) -> Tensor:
    return near.masked_fill((near >= far) | (near <= 0), inf)


HITS = (hit_cube, hit_sphere, hit_cylinder)


def unit_normals(shape: Tensor, point: Tensor) -> Tensor:
    """Unit outward normals, (3, M), at points on unit solids of shapes int64 (M,), indices into HITS."""
    x, y, z = point
    zero = torch.zeros_like(z)
    size, width = point.abs(), square_root(x * x + y * y)
    face = torch.where(size == size.amax(0), point.sign(), 0.0)
    rim = torch.where(z.abs() > width, torch.stack([zero, zero, z.sign()]), torch.stack([x, y, zero]))
    normal = torch.where(shape == 0, face, torch.where(shape == 1, point, rim))
    return normal / square_root(dot(normal, normal)).clamp(min=TINY)
