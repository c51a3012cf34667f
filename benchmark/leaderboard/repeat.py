"""The commands that repeat a recorded run, as pages and cards print them."""

from __future__ import annotations

import shlex

from benchmark.records.record import Record
from benchmark.system.markup import single_spaced
from benchmark.tasks import TASKS


def repeating_commands(record: Record, run: str, records: str) -> list[str]:
    """Lines for a shell: the commit of an older version of the task, then training and scoring.

    The precision is always given, for the one that a machine would choose depends on its processor.

    Args:
        record: of a trained model.
        run: the run folder, as a shell takes it.
        records: the folder of the record, as a shell takes it.
    """
    training, task, data = record.training, task_option(record), record.data_option
    model = shlex.quote(single_spaced(record.model.full_name))
    return [
        *older_task(record),
        f"cgan-bench train --task {task} --model {model} --budget {budget_option(record)} --seed {training.seed} "
        f"--precision {training.precision}{data} --out {run}",
        f"cgan-bench score {run}{data}{evaluator_options(record)} --out {records}",
    ]


def evaluator_options(record: Record) -> str:
    """The options for the evaluators of other packages; empty if there are none."""
    names = (reference for reference, plugin in record.plugins.items() if plugin.kind == "evaluator")
    return "".join(f" --evaluator {shlex.quote(single_spaced(name))}" for name in names)


def task_option(record: Record) -> str:
    """The task as the option takes it: a bundled one's name, a plug-in's, or a task file, of which no path is known."""
    plugins = (reference for reference, plugin in record.plugins.items() if plugin.kind == "task")
    if record.protocol.definition_sha256 is None:
        return single_spaced(record.protocol.task)
    return shlex.quote(single_spaced(next(plugins, f"{record.protocol.task}.toml")))


def budget_option(record: Record) -> str:
    """The budget as the option of that name takes it."""
    training = record.training
    return str(training.total_updates) if training.budget == "custom" else training.budget


def older_task(record: Record) -> list[str]:
    """The commit at which the task had the version of the record; empty if it still has it, or is not bundled."""
    protocol, commit = record.protocol, (record.system.git_commit or "").partition("+")[0]
    if protocol.task not in TASKS or TASKS[protocol.task].version == protocol.version:
        return []
    why = f"# at that commit {protocol.task} was of version {protocol.version}, today of {TASKS[protocol.task].version}"
    return [f"git checkout {commit}  {why}" if commit else why.replace("at that commit", "once")]
