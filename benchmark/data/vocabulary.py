"""The words that conditions are made of, in the order that every index refers to."""

from __future__ import annotations

COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
SHAPES = ("cube", "sphere", "cylinder")
OBJECTS = tuple(f"{colour} {shape}" for shape in SHAPES for colour in COLOURS)  # i-CLEVR's objects.json

HAIR = (
    "orange", "white", "aqua", "gray", "green", "red", "purple", "pink", "blue", "black", "brown", "blonde",
)  # fmt: skip
EYES = ("gray", "black", "orange", "pink", "yellow", "aqua", "purple", "green", "brown", "red", "blue")

CELEBA = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")  # of its 40 attributes those that StarGAN changes
