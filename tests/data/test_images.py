"""Sheets of images as they are saved."""

import pytest
import torch

from benchmark.data.images import grid


def by_hand(images, columns, padding=2):
    """The sheet, pixel by pixel of its tiles."""
    rows, cell = -(-len(images) // columns), images.shape[-1] + padding
    sheet = torch.full((3, rows * cell + padding, columns * cell + padding), 255, dtype=torch.uint8)
    for index, image in enumerate(images):
        top, left = padding + index // columns * cell, padding + index % columns * cell
        sheet[:, top : top + images.shape[-1], left : left + images.shape[-1]] = image
    return sheet


@pytest.mark.parametrize("n", [1, 3, 4, 5, 8])
def test_a_sheet_is_as_wide_as_its_columns_and_white_where_no_image_is(n):
    images = torch.randint(0, 255, (n, 3, 6, 6), generator=torch.Generator().manual_seed(n), dtype=torch.uint8)
    assert torch.equal(grid(images, 4), by_hand(images, 4))
