"""``cgan-bench judge check``: accuracies of a judge on labelled images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.scoring.judges import judge_network, judgeable, judged_task
from evaluators.judges import accuracy
from evaluators.judges.accuracy import Rate

PASSED = "passed"


def check_judge(task_name: str, source: str, split: str, path: Path | None) -> dict[str, Any]:
    """Accuracies of a judge, the bundled one by default, on one split of a data set."""
    task = judged_task(task_name)
    data = judgeable(task, open_data(dataset_of(task), source))
    chosen = data.chosen(split)
    judge = judge_network(task, path)
    rates = accuracy.check_judge(judge.compute, data.images[chosen], data.conditions[chosen])
    found = {"judge": judge.name, "weights_sha256": judge.sha256, "data": data.label, "split": split}
    return found | {"images": len(chosen), "self_test": judge.fault or PASSED} | flat_rates(rates)


def flat_rates(rates: dict[str, Rate]) -> dict[str, Any]:
    """Each rate as a number, with its 95 % interval and n."""
    found: dict[str, Any] = {}
    for name, rate in rates.items():
        found |= {name: rate.value, f"{name}_ci95": list(rate.interval), f"{name}_n": rate.n}
    return found
