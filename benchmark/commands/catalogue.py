"""Bundled models, tasks and evaluators, as plain rows for ``cgan-bench list``."""

from __future__ import annotations

import json
import math
from typing import Any

from benchmark.data.datasets import DATASETS
from benchmark.definitions.model_settings import defaults, is_stated, models_of, report_updates
from benchmark.records.better import direction_in_words
from benchmark.tasks import TASKS
from evaluators import EVALUATORS
from reference_models import MODELS


def models() -> list[dict[str, Any]]:
    """One row per model, its variants next to it."""
    return [
        {
            "model": name,
            "variants": ", ".join(variant_as_written(name, variant) for variant in model.variants) or "none",
            "settings": ", ".join(f"{name}={as_written(value)}" for name, value in defaults(model).items()),
            "conditions": " or ".join(model.condition_kinds),
            "draws": "given images anew" if model.translates else "new images",
            "tasks": ", ".join(task.name for task in TASKS.values() if name in models_of(task)),
            "report updates": report_updates(name),
            "updates stated by the report": is_stated(name),
            "source": model.source,
        }
        for name, model in MODELS.items()
    ]


def variant_as_written(name: str, variant: str) -> str:
    """Its name; where it comes from, if no report tried it; its budget ``report``, if that is not the model's own."""
    full = f"{name}:{variant}"
    remarks = [MODELS[name].beyond_reports[variant]] if variant in MODELS[name].beyond_reports else []
    if (updates := report_updates(full)) != report_updates(name):
        remarks.append(f"{updates} {'report' if is_stated(full) else 'chosen'} updates")
    return f"{full} ({', '.join(remarks)})" if remarks else full


def as_written(value: Any) -> str:  # noqa: ANN401
    """A setting's value as it stands in a model's name."""
    return json.dumps(value, separators=(",", ":"))


def tasks() -> list[dict[str, Any]]:
    """One row per task."""
    return [
        {
            "task": name,
            "data": task.dataset,
            "models": ", ".join(models_of(task)),
            "ranked by": task.main_score,
            "other scores": ", ".join(score for score in task.scores if score != task.main_score),
        }
        for name, task in TASKS.items()
    ]


def evaluators() -> list[dict[str, Any]]:
    """One row per evaluator."""
    return [
        {
            "evaluator": name,
            "better": direction_in_words(evaluator),
            "unit": evaluator.unit,
            "range": [bound if math.isfinite(bound) else None for bound in evaluator.value_range],
            "version": evaluator.version,
            "source": evaluator.source,
        }
        for name, evaluator in EVALUATORS.items()
    ]


def datasets() -> list[dict[str, Any]]:
    """One row per data set."""
    return [
        {
            "data set": name,
            "on disk": dataset.layouts,
            "embedded images": dataset.embedded_images,
            **{attribute: ", ".join(values) for attribute, values in dataset.attributes.items()},
        }
        for name, dataset in DATASETS.items()
    ]
