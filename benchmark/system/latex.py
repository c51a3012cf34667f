"""Text within LaTeX that shows as it is."""

from __future__ import annotations

import re

from benchmark.system.markdown import one_line

SPECIAL = {
    **{letter: f"\\{letter}" for letter in "&%$#{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$",
    "_": r"\_\allowbreak{}", "±": r"$\pm$", "\u2013": "--", "\u200b": "{}",
}  # fmt: skip


def escape(text: str) -> str:
    """Text that LaTeX shows as it is, in one line of the source; a line may break after each underscore."""
    plain = one_line(text).replace("--", "-\u200b-")
    return re.sub(r"\W|_", lambda found: SPECIAL.get(found[0], found[0]), plain)
