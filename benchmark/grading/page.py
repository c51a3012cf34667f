"""One self-contained HTML page for one submission: every image with what was requested and what the judge sees."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmark.data.datasets import DataSet
from benchmark.grading.grades import Grade, Gradebook
from benchmark.grading.marking import Marks, all_found, by_class, seen
from benchmark.grading.scheme import Scheme
from benchmark.system.files import write_text

HASHED = re.compile(r"-[0-9a-f]{8}$")
MAX_SHOWN = 200  # images of a list; the failures first


def write(
    folder: Path, grade: Grade, marks: Mapping[str, Marks], book: Gradebook, scheme: Scheme, dataset: DataSet
) -> Path:
    """Write the page of a submission."""
    lists = [list_part(name, one, dataset) for name, one in marks.items()]
    html = template().render(grade=grade, book=book, scheme=scheme, lists=lists)
    path = folder / f"{page_name(grade.id)}.html"
    write_text(path, html)
    return path


def page_name(submission_id: str) -> str:
    """A file name for any id: itself if it is plain, else what is plain of it and a hash.

    No two ids have one name, not even where upper and lower case are the same.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", submission_id)[:80].lstrip(".") or "_"
    if re.fullmatch(r"[a-z0-9_][a-z0-9._-]{0,79}", submission_id) and not HASHED.search(submission_id):
        return submission_id
    return f"{plain}-{hashlib.sha256(submission_id.encode()).hexdigest()[:8]}"


def list_part(name: str, marks: Marks, dataset: DataSet) -> dict[str, Any]:
    """Values of one list for the template: images, failures first, and a table of classes."""
    found = all_found(marks, dataset).tolist()
    order = sorted(range(len(found)), key=lambda index: (found[index], index))[:MAX_SHOWN]
    return {
        "name": name,
        "count": len(found),
        "right": sum(found),
        "images": [
            {
                "number": index,
                "source": data_url(marks.images[index]),
                "requested": dataset.describe(marks.conditions[index]).split("\n"),
                "seen": seen(marks, index, dataset),
                "right": found[index],
            }
            for index in order
        ],
        "classes": by_class(marks, dataset),
    }


def data_url(image: np.ndarray) -> str:
    """uint8 (3, S, S) as a PNG within the page."""
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@cache
def template():  # noqa: ANN201
    """The page's template; whatever is put into it is text, never markup."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("benchmark.grading", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.jinja")
