"""Single images' outcomes of one score, read without torch from the file next to a record."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import AGAIN, check_per_sample, per_sample_path
from benchmark.records.units import by_unit


def load_outcomes(folder: Path, record: Record, score: str) -> np.ndarray | None:
    """The outcomes from which one score is computed.

    Args:
        folder: where the record lies.
        record: the record.
        score: the evaluator's name.

    Returns:
        (N, 2): a numerator and a denominator for each image or independent unit; the score is the ratio of their sums.
        Or float64 (R,): the score of each bootstrap resample. None if the record has no such file, or no such score.

    Raises:
        UsageError: the file is missing, damaged or another record's.
    """
    path = folder / record.file_name
    if not check_per_sample(path, record) or score not in record.scores:
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(per_sample_path(path), framework="numpy") as file:
            keys = {f"{kind}/{score}" for kind in ("per_image", "resampled")} & set(file.keys())
            return by_unit(record.scores[score], file.get_tensor(keys.pop())) if keys else None
    except SafetensorError as error:
        raise UsageError(f"{per_sample_path(path)}: {error}; {AGAIN}") from error
