"""The plan of a benchmark: models, tasks, data and scores, checked before anything begins."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.data.datasets import DATASETS, dataset_of
from benchmark.data.loading import check_source
from benchmark.data.source import is_embedded
from benchmark.definitions import model_settings
from benchmark.definitions.lookup import find_evaluator, find_task, lacking, with_evaluators
from benchmark.definitions.model_settings import models_of, serves, split_names
from benchmark.errors import UsageError
from benchmark.scoring.networks import Tools, absent
from benchmark.tasks import TASKS, Task
from reference_models import MODELS


def check_data(data: str, tasks: str | None, *, publish: bool) -> None:
    """Raise UsageError for data of one's own without a task, or to be published."""
    if not is_embedded(data) and tasks is None:
        raise UsageError(f"--data is {data}, and several tasks have other data; name its tasks with --tasks")
    if data != "synthetic" and publish:
        raise UsageError(f"--publish with --data {data}: only runs on the embedded data are published; leave one out")


Plan = list[tuple[Task, list[str]]]


def check_sources(chosen: Plan, data: str) -> None:
    """Raise UsageError for a path of data that does not exist."""
    for task, _ in () if is_embedded(data) else chosen:
        check_source(dataset_of(task), data)


def with_fitting(chosen: Plan, evaluators: Sequence[str]) -> Plan:
    """The plan, each task with those of the evaluators whose needs it meets.

    Raises:
        UsageError: no task has what one of them needs, or a network that it needs is not at hand.
    """
    for name in evaluators:
        reasons = [lacking(task, find_evaluator(name, task)[0]) for task, _ in chosen]
        if all(reasons):
            raise UsageError(f"{name} {reasons[0]}; leave it out, or see 'cgan-bench list tasks'")
        if reason := absent(find_evaluator(name, chosen[0][0])[0].network, Tools()):
            raise UsageError(f"{name} {reason}")
    return [(fitted(task, evaluators), names) for task, names in chosen]


def fitted(task: Task, evaluators: Sequence[str]) -> Task:
    """The task with those of the evaluators whose needs it meets."""
    return with_evaluators(task, [name for name in evaluators if not lacking(task, find_evaluator(name, task)[0])])


def checked_plan(tasks: str | None, models: str | None, evaluators: Sequence[str], data: str, *, publish: bool) -> Plan:
    """The plan of a benchmark, with its data.

    Raises:
        UsageError: a name is unknown, or the data does not exist, is not of one task, or is not to be published.
    """
    check_data(data, tasks, publish=publish)
    chosen = with_fitting(plan(tasks, models), evaluators)
    check_sources(chosen, data)
    return chosen


def plan(tasks: str | None, models: str | None) -> Plan:
    """Models by task, from two comma-separated lists."""
    embedded = [name for name, task in TASKS.items() if DATASETS[task.dataset].render]
    wanted = [find_task(name) for name in (tasks.split(",") if tasks else embedded)]
    if models is None:
        return [(task, models_of(task)) for task in wanted]
    requested = [name for given in split_names(models) for name in (with_variants() if given == "all" else [given])]
    for model in requested:
        model_settings.find_model(model)
    of_tasks = [(task, [model for model in dict.fromkeys(requested) if serves(model, task)]) for task in wanted]
    served = {name for _, names in of_tasks for name in names}
    idle = [name for name in split_names(models) if name != "all" and name not in served]
    if idle or not served:
        names = ", ".join(task.name for task in wanted)
        raise UsageError(f"{idle[0] if idle else 'none of all models'} cannot do {names}; see 'cgan-bench list models'")
    for task, names in of_tasks:
        for model in names:
            model_settings.model_config(model, task)  # a wrong setting is refused now
    return [(task, names) for task, names in of_tasks if names]


def with_variants() -> list[str]:
    """Every bundled model, then each of its variants."""
    return [full for name, model in MODELS.items() for full in (name, *(f"{name}:{v}" for v in model.variants))]
