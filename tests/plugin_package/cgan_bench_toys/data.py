"""Plain gray images of 32 pixels, whose condition is the shade."""

import numpy as np
import torch

from benchmark.data.datasets import DataSet

SHADES = ("dark", "middle", "light")
SIZE = 32


def render(indices, seed):
    """Images uint8 (N, 3, 32, 32) and conditions uint8 (N, 1)."""
    conditions = torch.tensor([[index % len(SHADES)] for index in indices], dtype=torch.uint8)
    shade = 60 + 70 * conditions[:, :, None, None]
    noise = np.stack([np.random.default_rng([seed, index]).integers(20, size=(3, SIZE, SIZE)) for index in indices])
    return (shade + torch.from_numpy(noise).to(torch.uint8)).to(torch.uint8), conditions


def names(indices):
    """File names of the images."""
    return [f"gray_{index:06}.png" for index in indices]


def read(path, *, partial=False):
    """There is no layout on disk."""
    raise NotImplementedError(path)


GRAYS = DataSet(
    name="gray-images",
    kind="attributes",
    attributes={"shade": SHADES},
    image_size=SIZE,
    layouts="nothing: these images are rendered",
    read=read,
    embedded_images=300,
    render=render,
    rendered_names=names,
)
