"""A generator's tensors, found in a weights file that may hold much else.

A file may hold them at the top or under keys such as ``netG``, with the parts ``module`` of data parallelism and
``_orig_mod`` of compilation in their names, and once more as a running average, which is taken where it is complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from torch import Tensor

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.submission.weight_names import is_averaged, is_discriminator, is_generator

MAX_DEPTH = 6  # dictionaries within one another
MAX_NAMES = 100_000
WRAPPING = {"module", "_orig_mod"}  # parts of names that say nothing
COUNT = "n_averaged"  # torch.optim.swa_utils.AveragedModel keeps it next to what it averages


def generator_tensors(document: Any, wanted: Collection[str], where: str) -> tuple[dict[str, Tensor], str]:  # noqa: ANN401
    """The tensors of a generator, and a line that says which were taken if that is not plain.

    Args:
        document: what a weights file holds.
        wanted: names of the generator's tensors.
        where: name of the file.

    Raises:
        Rejected: they are not all there, or others stand among them.
    """
    tensors = _by_full_name(document, where)
    if not tensors:
        raise Rejected(f"{where!r} holds no tensors by name; save generator.state_dict()")
    counts = _prefixes(tensors, wanted)
    complete = [prefix for prefix, count in counts.items() if count == len(wanted)]
    if not complete:
        raise Rejected(f"{where!r}: {_first_difference(tensors, counts, wanted)}")
    taken = min(complete, key=lambda prefix: _rank(prefix, tensors))
    own = _tensors_under(taken, tensors, counts, wanted)
    if set(own) != set(wanted):
        raise Rejected(f"{where!r}: {_first_difference(own, {'': 1}, wanted, taken)}")
    said = _remark(taken, tensors, counts, len(wanted))
    return own, f"{where!r}: {said}" if said else ""


def _by_full_name(document: Any, where: str) -> dict[str, Tensor]:  # noqa: ANN401
    """All tensors; keys of dictionaries are joined by dots, parts of wrappers left out."""
    found: dict[str, Tensor] = {}
    for name, tensor in _walk(document, where):
        plain = ".".join(part for part in name.split(".") if part not in WRAPPING)
        if plain in found:
            raise Rejected(f"{where!r} holds {one_line(plain, 80)!r} twice; save generator.state_dict() alone")
        found[plain] = tensor
    return found


def _walk(document: Any, where: str) -> Iterator[tuple[str, Tensor]]:  # noqa: ANN401
    pending: list[tuple[tuple[str, ...], Any]] = [((), document)]
    count = 0
    while pending:
        path, value = pending.pop()
        if isinstance(value, Tensor) and path:
            yield ".".join(path), value
        elif isinstance(value, dict) and len(path) < MAX_DEPTH:
            count += len(value)
            if count > MAX_NAMES:
                raise Rejected(f"{where!r} holds more than {MAX_NAMES:,} names; save generator.state_dict() alone")
            pending += [((*path, str(key)), inner) for key, inner in value.items() if isinstance(key, str | int)]


def _prefixes(tensors: Mapping[str, Tensor], wanted: Collection[str]) -> Counter[str]:
    """Prefixes of wanted names, with the number of wanted names behind each."""
    counts: Counter[str] = Counter()
    longest = max(name.count(".") for name in wanted) + 1
    for name in tensors:
        parts = name.rsplit(".", longest)
        for length in range(1, min(longest, name.count(".") + 1) + 1):
            suffix = ".".join(parts[-length:])
            if suffix in wanted:
                counts[name.removesuffix(suffix)] += 1
    return counts


def _tensors_under(
    taken: str, tensors: Mapping[str, Tensor], counts: Mapping[str, int], wanted: Collection[str]
) -> dict[str, Tensor]:
    """The tensors behind a prefix, without those that stand behind a longer one."""
    others = tuple(prefix for prefix in counts if prefix.startswith(taken) and prefix != taken)
    names = [name for name in tensors if name.startswith(taken) and name != taken + COUNT]
    kept = [name for name in names if name.removeprefix(taken) in wanted or not name.startswith(others)]
    return {name.removeprefix(taken): tensors[name] for name in kept}


def _rank(prefix: str, tensors: Mapping[str, Tensor]) -> tuple[bool, bool, bool, int, str]:
    """Averaged before raw, a critic's last, a generator's by name first; then the shortest."""
    averaged = _averages(prefix, tensors)
    return not averaged, is_discriminator(prefix), not is_generator(prefix), len(prefix), prefix


def _averages(prefix: str, tensors: Mapping[str, Tensor]) -> bool:
    return is_averaged(prefix) or prefix + COUNT in tensors


def _first_difference(
    tensors: Mapping[str, Tensor], counts: Mapping[str, int], wanted: Collection[str], under: str = ""
) -> str:
    """The first unknown or missing name under the prefix that has most of the wanted names."""
    prefix = max(counts, key=lambda prefix: (counts[prefix], prefix), default="")
    there = {name.removeprefix(prefix) for name in tensors if name.startswith(prefix)} - {COUNT}
    different = min(there ^ set(wanted))
    what = "is unknown" if different in there else "is missing"
    return f"{one_line(under + prefix + different, 80)!r} {what}; the settings request {len(wanted)} tensors"


def _remark(taken: str, tensors: Mapping[str, Tensor], counts: Mapping[str, int], size: int) -> str:
    """Remark on the weights that were taken, and on the others."""
    others = sorted(prefix for prefix, count in counts.items() if prefix != taken and 2 * count >= size)
    if not others and not taken and not _averages(taken, tensors):
        return ""
    kind = "the averaged weights" if _averages(taken, tensors) else "the weights"
    said = f"{kind} {_place(taken)} were taken"
    for other in others[:3]:
        lacking = size - counts[other]
        said += f"; those {_place(other)} lack {lacking} of {size}" if lacking else f", not those {_place(other)}"
    return said


def _place(prefix: str) -> str:
    return f"under {one_line(prefix.rstrip('.'), 60)!r}" if prefix else "at the top"
