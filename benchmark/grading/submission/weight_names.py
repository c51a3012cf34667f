"""The kind of weights that a name means: averaged (``G_ema``), a generator's (``netG``) or a critic's (``netD``)."""

from __future__ import annotations

import re

AVERAGED = {"averaged", "average", "avg", "ema", "polyak", "shadow", "swa"}
GENERATOR = {"g", "gen", "generator"}
DISCRIMINATOR = {"critic", "d", "dis", "disc", "discriminator"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # "netG_ema" is net, G, ema; "emaModel" is ema, Model


def words(name: str) -> set[str]:
    """The words of a name, in small letters."""
    return {word.lower() for word in WORD.findall(name)}


def is_averaged(name: str) -> bool:
    return bool(words(name) & AVERAGED)


def is_generator(name: str) -> bool:
    return bool(words(name) & GENERATOR)


def is_discriminator(name: str) -> bool:
    return bool(words(name) & DISCRIMINATOR)
