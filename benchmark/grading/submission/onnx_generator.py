"""Any other generator, as an ONNX graph: a fixed set of known operations, run by onnxruntime on the CPU.

Inputs ``latent`` float32 (N, Z) and ``condition`` float32 (N, C), C the multi-hot or the joined one-hots; one output,
float32 (N, 3, S, S), whatever it is called. N may be free or fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.draw import Generator
from benchmark.grading.submission.image_arrays import RANGES
from benchmark.grading.submission.onnx_numbers import put_numbers_inside
from benchmark.grading.submission.parts import Onnx

BATCH = 32
MAX_LATENT = 10_000
STANDARD = {"", "ai.onnx"}  # operator sets that need no code of a stranger's
CHANCE = {
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "Multinomial",
    "Bernoulli",
}


def open_onnx(bundle: Bundle, form: Onnx, assignment: Assignment) -> Generator:
    """A handed-in graph, with its numbers, which may lie in other files of the submission.

    Raises:
        Rejected: the graph is damaged, needs what was not handed in or other operators, or has other inputs or outputs.
    """
    if form.file not in bundle.names:
        raise Rejected(f"{one_line(form.file, 100)!r} is missing; hand in the graph")
    content = bundle.read(form.file)
    model = _checked_graph(content, form.file)
    if put_numbers_inside(_messages(model), bundle, form.file):
        content = model.SerializeToString()
    session = _session(content, form.file)
    latent_dim, batch = _shapes(session, assignment, form.file)

    def draw(latents: np.ndarray, conditions: np.ndarray) -> np.ndarray:
        encoded = encode(conditions, assignment)
        parts = [_run(session, part, form.file) for part in _batches(latents, encoded, batch)]
        return np.concatenate(parts)[: len(latents)]

    return Generator(latent_dim, draw, black=RANGES[form.value_range][0])


def encode(conditions: np.ndarray, assignment: Assignment) -> np.ndarray:
    """Conditions as the graph's input: float32 (N, C), the multi-hot itself or the joined one-hots."""
    if assignment.kind == "multi_label":
        return conditions.astype(np.float32)
    columns = [np.eye(size, dtype=np.float32)[conditions[:, i]] for i, size in enumerate(assignment.sizes)]
    return np.concatenate(columns, axis=1)


def _checked_graph(content: bytes, where: str) -> Any:  # noqa: ANN401
    """The model in a file.

    Raises:
        Rejected: it is no graph of standard operators.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Rejected(f"{where!r} is no ONNX file ({one_line(str(error), 100)})") from error
    if not model.graph.node:
        raise Rejected(f"{where!r} is no ONNX file with a graph in it; export the generator again")
    for message in _messages(model):
        if isinstance(message, onnx.NodeProto) and message.domain not in STANDARD:
            raise Rejected(
                f"{where!r} needs the operator set {one_line(message.domain, 60)!r}; use ONNX's own operators"
            )
        if isinstance(message, onnx.NodeProto) and _draws_chance(message):
            raise Rejected(f"{where!r} draws its own chance ({message.op_type}); take all of it from 'latent'")
    return model


def _draws_chance(node: Any) -> bool:  # noqa: ANN401
    """True for a random operator; ``Dropout`` is one only with its third input, ``training_mode``."""
    if node.op_type == "Dropout":
        return any(node.input[2:])
    return node.op_type in CHANCE


def _messages(message: Any) -> Iterator[Any]:  # noqa: ANN401
    """A protocol-buffer message and all within it, without recursion."""
    pending = [message]
    while pending:
        current = pending.pop()
        yield current
        for field, value in current.ListFields():
            if field.message_type is not None:
                pending += list(value) if field.is_repeated else [value]


def _session(content: bytes, where: str) -> Any:  # noqa: ANN401
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")  # never another one than was inspected
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen exception types without a common one
        raise Rejected(f"{where!r} cannot be loaded ({one_line(str(error), 160)})") from error


def _shapes(session: Any, assignment: Assignment, where: str) -> tuple[int, int]:  # noqa: ANN401
    """Latent length and batch size that the graph requests.

    Raises:
        Rejected: inputs and outputs are not as the top of this file says.
    """
    given = {value.name: (value.type, value.shape) for value in session.get_inputs()}
    outputs = session.get_outputs()
    if len(outputs) != 1 or set(given) != {"latent", "condition"}:
        found = one_line(f"{', '.join(sorted(given))} and {len(outputs)} outputs", 120)
        raise Rejected(f"{where!r} has {found}; inputs 'latent' and 'condition' and one output were requested")
    if {kind for kind, _ in given.values()} | {outputs[0].type} != {"tensor(float)"}:
        raise Rejected(f"{where!r}: latent, condition and images must be float32")
    latent, condition = given["latent"][1], given["condition"][1]
    width = sum(assignment.sizes)
    if len(latent) != 2 or not isinstance(latent[1], int) or not 0 < latent[1] <= MAX_LATENT:
        raise Rejected(f"{where!r}: latent is {latent}; (N, length) with a length up to {MAX_LATENT:,} was requested")
    if len(condition) != 2 or (isinstance(condition[1], int) and condition[1] != width):
        raise Rejected(f"{where!r}: condition is {condition}; (N, {width}) was requested")
    if not isinstance(latent[0], int):
        return latent[1], BATCH
    if not 0 < latent[0] <= BATCH:
        raise Rejected(f"{where!r}: N is fixed to {latent[0]}; leave it free, or fix it to 1 to {BATCH}")
    return latent[1], latent[0]


def _batches(latents: np.ndarray, conditions: np.ndarray, batch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of one size; the last is filled up with its last row."""
    for start in range(0, len(latents), batch):
        rows = np.minimum(np.arange(start, start + batch), len(latents) - 1)
        yield latents[rows], conditions[rows]


def _run(session: Any, batch: tuple[np.ndarray, np.ndarray], where: str) -> np.ndarray:  # noqa: ANN401
    try:
        (images,) = session.run(None, dict(zip(("latent", "condition"), batch, strict=True)))
    except Exception as error:  # whatever a stranger's network makes onnxruntime raise
        raise Rejected(f"{where!r} cannot be run ({one_line(str(error), 160)})") from error
    return images
