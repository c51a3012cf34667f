"""The templates of all pages, and names of their files. Pages need no network, and work from a disk."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image

from benchmark.grading.marking.grades import NearEntry
from benchmark.system import templates
from benchmark.system.files import sha256_text

MOST_LETTERS = 50  # of an id in a file name, which has room for 255 bytes
DIGITS = 32  # of a hash: nobody finds another id with the same
HASHED = re.compile(rf"-[0-9a-f]{{{DIGITS}}}$")


def page_name(submission_id: str) -> str:
    """A file name for any id: itself if it is plain, else its letters and digits, of any script, and a hash.

    No two ids have one name, not even where upper and lower case are the same.
    """
    written = unicodedata.normalize("NFC", submission_id)[:MOST_LETTERS]
    plain = "".join(one if _is_plain(one) else "_" for one in written).lstrip(".") or "_"
    if re.fullmatch(r"[a-z0-9_][a-z0-9._-]{0,79}", submission_id) and not HASHED.search(submission_id):
        return submission_id
    return f"{plain}-{sha256_text(submission_id)[:DIGITS]}"


def _is_plain(character: str) -> bool:
    return character in "._-" or unicodedata.category(character)[0] in "LMN"  # letters, their marks, numbers


def data_url(image: np.ndarray, kind: str = "png", **settings: int) -> str:
    """uint8 (3, H, W) as an image file within the page."""
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format=kind, **settings)
    return templates.data_url(buffer.getvalue(), kind)


def script_hash(script: str) -> str:
    """The hash by which a page's policy allows the one script that it has."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


@cache
def environment():  # noqa: ANN201
    """The templates' environment; whatever is put into them is text, never markup."""
    found = templates.page_templates("benchmark.grading.pages")
    found.filters["points"] = short_number
    found.filters["threshold"] = threshold_in_digits
    found.filters["near"] = near_words
    found.filters["numbered"] = number_matches
    return found


def short_number(value: float) -> str:
    """Points or a weight in as few digits as it has."""
    return f"{value:.10g}"


def threshold_in_digits(value: float) -> str:
    """A threshold with two decimals, or as many more as it has."""
    return max(f"{value:.2f}", short_number(value), key=len)


def near_words(near: NearEntry, names_score: bool = False) -> str:
    """A threshold that a score is near, with its list, and with the score where a scheme has several."""
    place = f"{near.list_name}, {near.score}" if names_score else near.list_name
    return f"near {threshold_in_digits(near.threshold)} ({place})"


def number_matches(matches: Sequence[tuple[int, int]], side: int) -> list[tuple[int, int]]:
    """Images of one side of matching pairs, each once, with a number that its partner on the other side has, too.

    Args:
        matches: image here, image there; several here may have one partner, which gives them one number.
        side: 0 for here, 1 for there.
    """
    numbers = {there: number for number, there in enumerate(dict.fromkeys(there for _, there in matches), start=1)}
    return [(here, numbers[there]) for here, there in matches] if side == 0 else list(numbers.items())


def render_template(name: str, **values: object) -> str:
    """A page."""
    return environment().get_template(name).render(**values)
