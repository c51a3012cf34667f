"""Numbers of an ONNX graph that lie in other files, as ``torch.onnx.export`` writes them, put inside the graph.

Only files of the submission are read, by name and within its limits; onnxruntime never gets a file name.

Source: https://onnx.ai/onnx/repo-docs/ExternalData.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.submission.bundle import MAX_BYTES, Bundle

DIGITS = 12  # of a place or a length; a submission is much smaller


def put_numbers_inside(messages: Iterable[Any], bundle: Bundle, where: str) -> bool:
    """Replace references to files by what lies there.

    Args:
        messages: all parts of a model.
        bundle: what was handed in.
        where: name of the graph's file; references start from its folder.

    Returns:
        If there were any.

    Raises:
        Rejected: a file was not handed in, a reference leads past its end, or all together are too large.
    """
    import onnx

    outside = [part for part in messages if isinstance(part, onnx.TensorProto) and _is_outside(part)]
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    for tensor in outside:
        name = _name(tensor, bundle, where)
        if name not in files:
            files[name] = bundle.read(name)
        numbers = _cut(files[name], tensor, name, where)
        left -= len(numbers)
        if left < 0:
            raise Rejected(f"{where!r} refers to more than {MAX_BYTES:,} bytes in other files; export it again")
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        tensor.raw_data = bytes(numbers)
    return bool(outside)


def _is_outside(tensor: Any) -> bool:  # noqa: ANN401
    return bool(tensor.data_location or tensor.external_data)


def _name(tensor: Any, bundle: Bundle, where: str) -> str:  # noqa: ANN401
    """The file of the submission that a tensor lies in."""
    location = _settings(tensor).get("location", "")
    name = str(PurePosixPath(where).parent / location.replace("\\", "/"))
    if not location or location.startswith("/") or name not in bundle.names:
        raise Rejected(
            f"{where!r} keeps numbers in another file, {one_line(location, 80)!r}, which was not handed in; hand it in "
            "next to the graph, or export with external_data=False"
        )
    return name


def _cut(content: bytes, tensor: Any, name: str, where: str) -> memoryview:  # noqa: ANN401
    """The bytes of a tensor in its file."""
    settings = _settings(tensor)
    start = _number(settings.get("offset", "0"), where)
    length = _number(settings.get("length", str(max(0, len(content) - start))), where)
    if start + length > len(content):
        raise Rejected(f"{where!r} needs bytes {start:,} to {start + length:,} of {name!r}, which has {len(content):,}")
    return memoryview(content)[start : start + length]


def _number(text: str, where: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        raise Rejected(f"{where!r}: {one_line(text, 40)!r} is no place in a file; export it again")
    return int(text)


def _settings(tensor: Any) -> dict[str, str]:  # noqa: ANN401
    return {entry.key: entry.value for entry in tensor.external_data}
