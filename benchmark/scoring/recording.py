"""Records of what is scored: a trained run, images drawn elsewhere, and the reference rows of their table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from benchmark.definitions.model_settings import find_model, model_config, parts_of
from benchmark.plugins.loading import loaded
from benchmark.records.entries import TrainedRun
from benchmark.records.per_sample import save_per_sample
from benchmark.records.provenance import code_digest, plugin_entries, system
from benchmark.records.record import PluginEntry, Ranking, Record, Throughput, check_free
from benchmark.records.store import existing_record, load_record
from benchmark.records.subject import Declaration, ImagesEntry, ReferenceEntry, Subject
from benchmark.records.training_log import log_digest, save_log
from benchmark.sampling import permutation
from benchmark.scoring.completeness import lack_of
from benchmark.scoring.external_samples import digest_of_images
from benchmark.scoring.image_sets import Images
from benchmark.scoring.results import Results
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.status import status_of_run
from benchmark.system.other_work import OtherWork
from benchmark.system.terminal import say
from reference_models.base import ConditionalGAN

MIDDLE_PIXEL = 128  # of 0 to 255: the pixel of 0 in the range from -1 to 1
LOOKED_AT = 250  # real images


def record_run(scorer: Scorer, run: TrainedRun, records: Path) -> list[Path]:
    """Write the records of a run and of the reference rows.

    An existing record of the same weights is kept, if it has every score that would be measured now.

    Returns:
        The run's record first.

    Raises:
        UsageError: a record of other weights, or by other code, has the name.
    """
    path = _existing_record(scorer, run.subject, records)
    references = record_references(scorer, records)
    path = path or _record_run(scorer, run, load_record(references[-1]), records)
    if load_record(path).training.log_sha256 in (None, log_digest(run.log)):
        save_log(path, run.log)
    return [path, *references]


def _record_run(scorer: Scorer, run: TrainedRun, untrained: Record, records: Path) -> Path:
    """Score a run and save its record; a diverged run gets a record without scores."""
    speed = Throughput(train_images_per_second=run.images_per_second, other_cores=run.other_cores)
    subject = _with_log(run)
    if run.divergence is not None:
        status = ("diverged", run.divergence)
        return _save(scorer, subject, Results(), records, status=status, throughput=speed)
    others = OtherWork()
    results = scorer.model_scores(run.model)
    remark_on_bright_images(subject.model.full_name, results.darkest, scorer.reference)
    sampling = {"sample_images_per_second": results.images_per_second, "sample_other_cores": others.cores()}
    speed = speed.model_copy(update=sampling)
    status = ("invalid", scorer.fault) if scorer.fault else status_of_run(
        scorer.task, subject.model.full_name, subject.training, results.scores, untrained.scores, results.permuted
    )  # fmt: skip
    return _save(scorer, subject, results, records, status=status, throughput=speed)


def _with_log(run: TrainedRun) -> Subject:
    """The subject of a run, with the digest of the log that goes next to its record."""
    training = run.subject.training.model_copy(update={"log_sha256": log_digest(run.log)})
    return run.subject.model_copy(update={"training": training})


def record_images(
    scorer: Scorer,
    name: str,
    drawn: Mapping[str, Tensor],
    records: Path,
    *,
    generator: str | None = None,
    declared: Declaration | None = None,
) -> list[Path]:
    """Write the record of images that were drawn elsewhere, and the reference rows'; see :func:`record_run`.

    Args:
        scorer: of their task.
        name: what they are called in tables.
        drawn: for each part of the sample set, uint8 (N, 3, S, S) in its order.
        records: folder to write to.
        generator: name of the function that drew them, if one did here.
        declared: how their generator was trained, as a person says.
    """
    entry = ImagesEntry(name=name, images_sha256=digest_of_images(drawn), generator=generator, declared=declared)
    subject = Subject(kind="images", images=entry)
    path = _existing_record(scorer, subject, records)
    if path is None:
        remark_on_bright_images(name, min(int(images.min()) for images in drawn.values()), scorer.reference)
        path = _save(scorer, subject, scorer.image_scores(drawn), records)
    return [path, *record_references(scorer, records)]


def remark_on_bright_images(name: str, darkest: int, real: Images) -> None:
    """Say that no number of a generator's images is below 0, unless the same is true of real ones.

    So it is with a generator that draws from 0 to 1 where -1 to 1 is expected.

    Args:
        name: of the generator.
        darkest: the darkest pixel of all its images, 0 to 255.
        real: images of the data.
    """
    if darkest >= MIDDLE_PIXEL > int(real.images[:LOOKED_AT].min()):
        say(
            f"{name}: no number of its images is below 0, where -1 is black and 1 is white; "
            "if it draws from 0 to 1, give 2 * images - 1"
        )


def record_references(scorer: Scorer, records: Path) -> list[Path]:
    """Write the records of the reference rows, the untrained one last; existing records are kept."""
    paths = []
    for name, description in _reference_rows(scorer).items():
        subject = Subject(kind="reference", reference=ReferenceEntry(name=name, description=description))
        path = _existing_record(scorer, subject, records)
        paths.append(path or _save(scorer, subject, _reference_results(scorer, name), records))
    return paths


def _reference_rows(scorer: Scorer) -> dict[str, str]:
    """Name and description of each reference row."""
    held_out = f"{len(scorer.held_out.images):,} held-out real images"
    rows = {
        "real": f"{held_out} with their own conditions",
        "shuffled": f"{held_out} with each other's conditions",
        "untrained": f"{scorer.task.models[0]} before its first update, seed 0",
    }
    return rows if scorer.task.condition_scores else {name: rows[name] for name in ("real", "untrained")}


def _reference_results(scorer: Scorer, name: str) -> Results:
    """Scores of one reference row."""
    if name == "untrained":
        return scorer.model_scores(untrained(scorer))
    if name == "real":
        return scorer.scores({"held_out": scorer.held_out}, scorer.held_out)
    order = permutation(scorer.samples.key, len(scorer.held_out.images))
    shuffled = replace(scorer.held_out, conditions=scorer.held_out.conditions[order])
    return scorer.scores({"held_out": shuffled}, None)


def untrained(scorer: Scorer) -> ConditionalGAN:
    """The task's first model as it is before training, seed 0."""
    name = scorer.task.models[0]
    torch.manual_seed(0)
    model = find_model(name)[0](model_config(name, scorer.task))
    return scorer.machine.place(model).eval()


def _plugins(scorer: Scorer, subject: Subject) -> dict[str, PluginEntry]:
    """The plug-ins that take part in a record: the task's, the model's, and that of a generator's function."""
    named = [("model", subject.model.name)] if subject.model else []
    if subject.reference and subject.reference.name == "untrained":
        first_model = scorer.task.models[0]
        find_model(first_model)  # imports it, if it is a plug-in
        named.append(("model", parts_of(first_model)[0]))
    if subject.images and subject.images.generator:
        named.append(("generator", subject.images.generator))
    found = [loaded(kind, name) for kind, name in named]
    return plugin_entries([*scorer.task.plugins, *(plugin for plugin in found if plugin is not None)])


def _existing_record(scorer: Scorer, subject: Subject, records: Path) -> Path | None:
    plugins = _plugins(scorer, subject)
    lack = partial(lack_of, subject=subject, scorer=scorer)
    return existing_record(records, subject, scorer.protocol, code_digest(plugins), plugins, lack)


def _save(
    scorer: Scorer,
    subject: Subject,
    results: Results,
    records: Path,
    *,
    status: tuple[str, str | None] | None = None,
    throughput: Throughput | None = None,
) -> Path:
    """Write the file of per-image data, then the record, which names that file by its hash.

    A record that lacks something is replaced. A whole record of the same subject that another process has written
    meanwhile is kept.

    Raises:
        UsageError: another process has written another record of that name meanwhile; its files stay as they are.
    """
    status, reason = status or (("invalid", scorer.fault) if scorer.fault else ("valid", None))
    path = records / subject.name_under(scorer.protocol)
    if path.exists() and lack_of(load_record(path), subject, scorer):
        path.unlink()
    if there := _existing_record(scorer, subject, records):
        return there
    check_free(path)
    plugins, task = _plugins(scorer, subject), scorer.task
    ranking = Ranking(main_score=task.main_score, headline=task.headline) if task.definition_sha256 else None
    record = Record(
        **dict(subject), status=status, reason=reason, protocol=scorer.protocol, data_name=scorer.data.title,
        scores=results.scores, refused=results.refused, throughput=throughput or Throughput(),
        system=system(scorer.machine, plugins), plugins=plugins, ranking=ranking,
        per_sample_sha256=save_per_sample(path, results.per_sample),
    )  # fmt: skip
    return record.save(records)
