"""Face detectors by name, whether they still work here, and ``cgan-bench detector check``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.data.datasets import DATASETS, DataSet
from benchmark.data.packed import PackedData
from benchmark.data.packing import open_data
from benchmark.errors import UsageError, complaints
from benchmark.judges import judging
from benchmark.judges.judging import PASSED
from benchmark.registry import find
from benchmark.scoring.features import in_chunks
from benchmark.system.fetching import fetched
from benchmark.tasks import TASKS
from evaluators import detectors, judges
from evaluators.detectors import Detector, FrontalFace, LBPCascade

BUNDLED = "bundled"
NAMES = "bundled, lbp (as fetched), lbp:FILE.xml, face_recognition, or a detector's FILE.svm"
DRAWN = "anime-faces"  # the data set that the known pictures are of
SCENES_OF, SCENES = "iclevr", "synthetic:2000"  # pictures of something else
AT_MOST = 500  # held-out faces that pictures without faces are made of
NO_FACES = ("shuffled patches", "upside down", "flat", "noise")  # that no detector may take for faces
LEAST_FOUND, MOST_FALSE = 0.8, 0.1  # shares of known pictures, by a detector that works


def load(spec: str = BUNDLED) -> Detector:
    """A detector by name.

    Raises:
        UsageError: there is no such detector, or its file is missing, damaged or of another kind.
    """
    kind, _, path = spec.partition(":")
    with complaints():
        if spec == BUNDLED or Path(spec).suffix == ".svm":
            return detectors.load_detector(bundled() if spec == BUNDLED else Path(spec))[0]
        if kind == "lbp" and (path or spec == kind):
            return LBPCascade.load(Path(path) if path else fetched("lbpcascade_animeface.xml"))
        if spec == FrontalFace.name:
            return FrontalFace()
    raise UsageError(f"no face detector is called {spec!r}; give {NAMES}")


def bundled() -> Path:
    """Where the bundled detector lies."""
    return Path(detectors.__file__).parent / "anime_face_hog.svm"


def fault_in(detector: Detector) -> str | None:
    """What is wrong with a detector's answers to known drawn faces and to what is no face; None if nothing.

    The pictures are those of the bundled faces judge's self-test.
    """
    path = judging.bundled(TASKS[DRAWN])
    with complaints():
        faces, _ = judges.load_known_pictures(path, judges.load_card(path.with_suffix(".json")))
    rate = detectors.hit_rate(detector, faces).value
    if rate < LEAST_FOUND:
        return f"it finds a face in {rate:.3f} of the known faces, fewer than {LEAST_FOUND}"
    spoiled = detectors.faceless(faces, seed=0)
    for kind in NO_FACES:
        rate = detectors.hit_rate(detector, spoiled[kind]).value
        if rate > MOST_FALSE:
            return f"it finds a face in {rate:.3f} of the known faces' {kind}, more than {MOST_FALSE}"
    return None


def check(spec: str, task_name: str, source: str, split: str) -> dict[str, Any]:
    """How often a detector finds a face in pictures of faces, and in pictures without, with 95 % intervals.

    Of a task about drawn faces also whether it passes its self-test; there are no known photographs.

    Args:
        spec: see :data:`NAMES`.
        task_name: a task about faces.
        source: its data.
        split: which of its pictures.

    Raises:
        UsageError: a name or file is wrong, or there are no such pictures.
    """
    detector, data = load(spec), open_data(faces_of(task_name), source)
    something_else = scenes()
    faces, others = data.images[data.chosen(split)], something_else.images[something_else.indices("held_out")]
    started = time.perf_counter()
    with complaints():
        hits = detectors.hit_rate(whole(detector), faces)
        speed = len(faces) / (time.perf_counter() - started)
        false = detectors.false_alarms(whole(detector), faces[:AT_MOST], others)
    found = {"detector": detector.name, "digest": detector.digest, "data": data.label, "split": split}
    if data.dataset == DRAWN:
        found["self_test"] = fault_in(detector) or PASSED
    found["images_per_second"] = round(speed)
    named = {f"false_alarms_{kind.replace(' ', '_')}": rate for kind, rate in false.items()}
    return found | judging.flat_rates({"hit_rate": hits} | named)


def faces_of(task_name: str) -> DataSet:
    """The data set of a task, whose pictures must be faces.

    Raises:
        UsageError: there is no such task, or it is about something else.
    """
    task = find("task", task_name, TASKS)
    if task.dataset == SCENES_OF:
        raise UsageError(f"{task_name} shows no faces; give {', '.join(n for n, t in TASKS.items() if t != task)}")
    return DATASETS[task.dataset]


def scenes() -> PackedData:
    """Embedded i-CLEVR pictures: of something else."""
    return open_data(DATASETS[SCENES_OF], SCENES)


def whole(detector: Detector) -> Callable[[Tensor], Tensor]:
    """The detector, for any number of pictures."""
    return lambda images: in_chunks(detector, images, "looking for faces")
