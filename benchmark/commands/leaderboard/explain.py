"""Evaluators and models in words, for the page."""

from __future__ import annotations

import inspect
import re

from benchmark.leaderboard.page.contents import Explanation
from evaluators import EVALUATORS
from reference_models import MODELS


def explanations() -> dict[str, Explanation]:
    """Each evaluator's first sentence and source."""
    return {
        name: Explanation(what=first_sentence(inspect.getdoc(evaluator) or ""), source=evaluator.source.rstrip("."))
        for name, evaluator in EVALUATORS.items()
    }


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence, in one line."""
    line = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s", re.sub(r":\w+:`[.~]*(?:\w+\.)*(\w+)`|`+", r"\1", line))[0]


def models() -> dict[str, str]:
    """A sentence on each model, by its name, and on the changes of each of its variants, by ``model:variant``."""
    found = {}
    for name, model in MODELS.items():
        found[name] = first_sentence(inspect.getdoc(inspect.getmodule(model)) or "")
        for variant, settings in model.variants.items():
            changes = ", ".join(f"{key} is {value}" for key, value in settings.items())
            found[f"{name}:{variant}"] = f"In variant {variant} {changes}."
    return found


def reports() -> dict[str, str]:
    """The report that each model is of, by its name; models of no report are left out."""
    keys = {name: re.match(r"R\d+", model.source) for name, model in MODELS.items()}
    return {name: found[0] for name, found in keys.items() if found}
