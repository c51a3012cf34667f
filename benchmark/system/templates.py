"""Templates of HTML pages: whatever is put into one is text, never markup, and a missing value is an error."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page_templates(package: str) -> Environment:
    """The templates that lie in a package, escaped for HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def data_url(content: bytes, kind: str) -> str:
    """An image file of a kind, such as "png", within a page."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
