"""Scores of a run, of images drawn elsewhere, and of the reference rows, as records."""

from __future__ import annotations

from pathlib import Path

from benchmark.commands.mistakes import by_model, in_data, with_mistakes
from benchmark.commands.scoring_request import ScoringRequest
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.definitions.lookup import find_evaluator, find_task, with_evaluators
from benchmark.errors import JudgeError, UsageError
from benchmark.records.store import load_record
from benchmark.scoring.external_samples import check_image_source, read_card, read_drawn
from benchmark.scoring.generator_functions import draw_with, load_function
from benchmark.scoring.networks import Tools, absent
from benchmark.scoring.recording import record_images, record_references, record_run
from benchmark.scoring.scorer import Scorer, scorer_of
from benchmark.system.files import check_writable
from benchmark.system.machine import this_machine
from benchmark.tasks import Task
from benchmark.training import trained_run
from benchmark.training.run_config import task_of
from benchmark.training.trained_run import task_and_data


def run(request: ScoringRequest, out: Path) -> list[Path]:
    """Score what is requested; write its record and, unless they are there, the reference rows' records.

    Returns:
        The paths of the records, that of what was requested first.

    Raises:
        UsageError: a name or a file is wrong; an evaluator needs what the task lacks.
        JudgeError: a judge or the face detector had failed; the records that say so are written.
    """
    check_writable(out)
    if request.trained:
        return _score_run(request, out)
    task, declared = _task_with(find_task(request.task), request), read_card(request.card)
    function = load_function(request.generator, task, request.latents) if request.generator else None
    if function is None:
        check_image_source(request.what)  # before a data set is read
    scorer = _scorer(task, open_data(dataset_of(task), request.data or "synthetic"), "report", request)
    size = scorer.data.images.shape[-1]
    if function is None:
        drawn = read_drawn(request.what, scorer.samples, size)
    else:
        drawn = draw_with(function, scorer.samples, size, request.latents)
    records = record_images(scorer, request.shown_name, drawn, out, generator=request.generator, declared=declared)
    return _check_judged(scorer, with_mistakes(records, scorer, lambda part, number: drawn[part][number]), out)


def _score_run(request: ScoringRequest, out: Path) -> list[Path]:
    config = trained_run.read_config(request.what)
    _task_with(task_of(config, request.what), request)  # a wrong evaluator is refused before data is read
    task, packed = task_and_data(request.what, config, request.data)
    trained = trained_run.load_run(request.what, this_machine(request.device), request.update)
    scorer = _scorer(_task_with(task, request), packed, trained.subject.training.budget, request)
    records, look = record_run(scorer, trained, out), by_model(trained.model, scorer.samples, scorer.machine)
    return _check_judged(scorer, with_mistakes(records, scorer, look), out)


def _task_with(task: Task, request: ScoringRequest) -> Task:
    """The task with the requested evaluators.

    Raises:
        UsageError: one of them cannot be measured; the message says what to do.
    """
    wanted = with_evaluators(task, request.evaluators)
    for name in request.evaluators:
        evaluator = find_evaluator(name, task)[0]
        if reason := absent(evaluator.network, _tools(request)):
            raise UsageError(f"{name} {reason}")
        if evaluator.kind == "transfer" and not request.trained:
            pairs = "pairs of a source and its translation"
            raise UsageError(f"{name} compares {pairs}, which only a run draws; score a run, or leave it out")
    return wanted


def _tools(request: ScoringRequest) -> Tools:
    return Tools(judge=request.judge, detector=request.detector, inception=request.inception)


def _scorer(task: Task, data: PackedData, budget: str, request: ScoringRequest) -> Scorer:
    return scorer_of(task, data, budget, this_machine(request.device), _tools(request))


def _check_judged(scorer: Scorer, records: list[Path], out: Path) -> list[Path]:
    """The paths unchanged, unless a judge or the face detector had failed."""
    if any(load_record(path).status == "invalid" for path in records):
        raise JudgeError(
            f"{scorer.fault}; the records in {out} say 'invalid', "
            "score into another folder with another --judge or --detector"
        )
    return records


def references(task_name: str, out: Path, *, data: str, device: str) -> list[Path]:
    """Score real, shuffled and untrained images under the standard protocol, unless their records are there."""
    check_writable(out)
    task, machine = find_task(task_name), this_machine(device)
    scorer = scorer_of(task, open_data(dataset_of(task), data), "report", machine)
    return with_mistakes(record_references(scorer, out), scorer, in_data(scorer.data))
