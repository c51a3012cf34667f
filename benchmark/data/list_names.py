"""Names that condition lists may not have, in whatever way a data set or a task brings the lists."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.errors import UsageError

PARTS = {  # of the samples and of the reference rows, which stand next to the condition lists
    "fidelity": "the images that are drawn for the training images' conditions",
    "held_out": "the held-out real images",
}


def check_list_names(names: Iterable[str], where: str) -> None:
    """Raise UsageError if a condition list has the name of another part, which would take its place."""
    for name in names:
        if name in PARTS:
            raise UsageError(
                f"{where}: the condition list {name!r} has the name of {PARTS[name]}; give the list another name"
            )
