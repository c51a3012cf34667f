"""The strip of images that the judge got wrong: a few images for a record, not the whole sample set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from torch import Tensor

from benchmark.commands.leaderboard.answers import answers_of
from benchmark.data.datasets import dataset_of
from benchmark.data.images import to_image
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import load_record, strip_path
from benchmark.records.strips import save_strip
from benchmark.sampling import SampleSet, generate, sample_set
from benchmark.scoring.external_samples import digest_of_images, read_drawn
from benchmark.scoring.scorer import Scorer
from benchmark.system.machine import Machine, this_machine
from benchmark.tasks import TASKS, Task, sizes_of
from benchmark.training.run_folder import is_run
from benchmark.training.trained_run import load_run, read_config, task_and_data
from reference_models.base import ConditionalGAN

Look = Callable[[str, int], Tensor]  # part of the sample set, number in it -> uint8 (3, S, S)


def save_mistakes(path: Path, look: Look) -> Path | None:
    """Write the strip of a record, unless it is there; None where no judge answered, or nothing is wrong."""
    record, to = load_record(path), strip_path(path)
    if to.exists():
        return to
    answers = None if record.per_sample_sha256 is None else answers_of(path, record.protocol.task)
    if answers is None or not answers.wrong:
        return None
    files = [file for file, _, _ in answers.wrong]
    return save_strip(to, record, [image_of(look, file) for file in files], files)


def image_of(look: Look, file: str) -> Image.Image:
    part, number = file.removesuffix(".png").rsplit("/", 1)
    return to_image(look(part, int(number)))


def with_mistakes(records: list[Path], scorer: Scorer, look: Look) -> list[Path]:
    """The records unchanged, after writing the strips of the scored run or images, and of the real images."""
    for path in records:
        reference = load_record(path).reference
        if reference is None:
            save_mistakes(path, look)
        elif reference.name == "real":
            save_mistakes(path, in_data(scorer.data))
    return records


def by_model(model: ConditionalGAN, samples: SampleSet, machine: Machine) -> Look:
    """A function that draws a model's image of one sample."""
    return lambda part, number: generate(model, samples, samples.parts[part][number : number + 1], machine)[0]


def in_data(data: PackedData) -> Look:
    """A function that gives a held-out real image."""
    held_out = data.chosen("held_out")
    return lambda _part, number: data.images[held_out[number]]


def draw_again(record: Path, what: Path | str, device: str, data: str | None = None) -> Path | None:
    """The strip of a record, drawn again from the run, the images or the data that it scored.

    Raises:
        UsageError: that is not what the record scored, or its images are no task's of this project.
    """
    known = load_record(record)
    if known.protocol.task not in TASKS or (known.reference and known.reference.name != "real"):
        raise UsageError(
            f"{record} is of images that cannot be drawn again; give one of a run or of real images, of a bundled task"
        )
    task, machine = TASKS[known.protocol.task], this_machine(device)
    make = {"model": look_at_run, "reference": look_at_real, "images": look_at_images}[known.kind]
    return save_mistakes(record, make(known, task, Path(what), machine, data))


def look_at_run(record: Record, _task: Task, run: Path, machine: Machine, data: str | None) -> Look:
    if not is_run(run):
        raise UsageError(f"{run} is no run folder; give the run that {record.file_name} scored")
    config = read_config(run)
    task, packed = task_and_data(run, config, data)
    trained = load_run(run, machine, record.training.total_updates)
    check_same_digest(trained.subject.model.weights_sha256, record.model.weights_sha256, record, f"weights of {run}")
    samples = sample_set(task, sizes_of(trained.subject.training.budget), packed)
    check_same_digest(samples.condition_digest(), record.protocol.condition_sha256, record, "conditions")
    return by_model(trained.model, samples, machine)


def look_at_real(record: Record, task: Task, source: Path, _machine: Machine, _data: str | None) -> Look:
    packed = open_data(dataset_of(task), str(source))
    check_same_digest(packed.digest, record.protocol.data_digest, record, f"data of {source}")
    return in_data(packed)


def look_at_images(record: Record, task: Task, images: Path, _machine: Machine, data: str | None) -> Look:
    packed = open_data(dataset_of(task), data or "synthetic")
    drawn = read_drawn(images, sample_set(task, sizes_of("report"), packed), packed.images.shape[-1])
    check_same_digest(digest_of_images(drawn), record.images.images_sha256, record, f"images of {images}")
    return lambda part, number: drawn[part][number]


def check_same_digest(found: str | None, recorded: str | None, record: Record, what: str) -> None:
    """Raise UsageError where two digests differ."""
    if found != recorded:
        raise UsageError(
            f"the {what} have digest {str(found)[:16]}, but {record.file_name} scored {str(recorded)[:16]}; "
            "give what it scored"
        )
