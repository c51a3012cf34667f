"""Checks of a plug-in's declarations when it is imported: before any data is read and before any training."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from benchmark.errors import UsageError

CONDITION_KINDS = ("multi_label", "attributes", "none")
Rule = tuple[Callable[[Any], bool], str]  # what a declaration must be, and that in words


def _one_of(*allowed: str) -> Rule:
    return (lambda value: value in allowed), f"one of {', '.join(map(repr, allowed))}"


def _config(value: Any) -> bool:  # noqa: ANN401
    """True for a subclass of ModelConfig that needs no more than the task gives."""
    if not (inspect.isclass(value) and issubclass(value, pkgutil.resolve_name("reference_models.base:ModelConfig"))):
        return False
    needed = [each.name for each in fields(value) if MISSING is each.default and MISSING is each.default_factory]
    return needed == ["conditions"]


def _variants(value: Any) -> bool:  # noqa: ANN401
    """True for settings by names that can follow a model's name."""
    return isinstance(value, Mapping) and all(
        NAME[0](name) and isinstance(settings, Mapping) for name, settings in value.items()
    )


def _budget(value: Any) -> bool:  # noqa: ANN401
    return hasattr(value, "updates")


def is_text(value: Any) -> bool:  # noqa: ANN401
    """True for a text that is not empty."""
    return isinstance(value, str) and bool(value)


def _names(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and all(isinstance(name, str) for name in value)


def _named_by(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(map(fits, value.values()))


def _kinds(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and bool(value) and set(value) <= set(CONDITION_KINDS)


def _range(value: Any) -> bool:  # noqa: ANN401
    """True for two numbers of which the lower one comes first."""
    are_numbers = isinstance(value, tuple) and all(isinstance(bound, (int, float)) for bound in value)
    return are_numbers and len(value) == 2 and value[0] <= value[1]


TEXT: Rule = (lambda value: isinstance(value, str) and 0 < len(value) <= 100), "a text of 1 to 100 letters"
NAME: Rule = (
    (lambda value: isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", value) is not None),
    "a name of 1 to 100 letters, digits, '_', '-' and '.', a letter or digit first",
)
SOURCE: Rule = is_text, "a text, such as a paper's address"
RANGE: Rule = _range, "a tuple of two numbers, the lower one first, -math.inf or math.inf where there is no bound"
COUNT: Rule = (lambda value: type(value) is int and value >= 1), "a whole number, 1 or more"
YES_OR_NO: Rule = (lambda value: isinstance(value, bool)), "True or False"
KINDS: Rule = _kinds, f"a tuple of {', '.join(map(repr, CONDITION_KINDS))}"
MODEL: Mapping[str, Rule] = {
    "name": NAME,
    "source": SOURCE,
    "condition_kinds": KINDS,
    "Config": (_config, "a dataclass of reference_models.base.ModelConfig whose own settings have defaults"),
    "variants": (_variants, "settings by the variant's name, such as {'small': {'channels': 8}}"),
    "budget": (_budget, "a Cycles, Epochs or Updates of reference_models.budgets"),
    "unused": (_names, "a tuple of settings, such as ('betas',)"),
    "beyond_reports": (_named_by(is_text), "a text of where each comes from, by the variant's name"),
    "variant_budgets": (_named_by(_budget), "a Cycles, Epochs or Updates by the variant's name"),
}
EVALUATOR: Mapping[str, Rule] = {
    "name": TEXT,
    "direction": _one_of("higher", "lower"),
    "unit": TEXT,
    "value_range": RANGE,
    "source": SOURCE,
    "network": _one_of("judge", "judge_features", "backbone", "inception", "detector", "face_encoder", "none"),
    "kind": _one_of("condition", "transfer", "face", "fidelity"),
    "condition_kinds": KINDS,
    "best_value": (lambda value: value is None or type(value) in (int, float), "a number, or None"),
    "images_of_a_unit": COUNT,
    "has_independent_images": YES_OR_NO,
    "is_over_real_images": YES_OR_NO,
    "depends_on_count": YES_OR_NO,
    "version": COUNT,
}
BASES = {
    "model": ("reference_models.base:ConditionalGAN", MODEL),
    "evaluator": ("evaluators.base:Evaluator", EVALUATOR),
}


def check_class(kind: str, name: str, found: Any, bundled: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A plug-in's class unchanged, if it keeps to the contract of a model or an evaluator.

    Args:
        kind: ``"model"`` or ``"evaluator"``.
        name: as a person gave it.
        found: what was imported.
        bundled: the registry of that kind, whose names are taken.

    Raises:
        UsageError: it is no subclass, leaves a method or a declaration out, declares something else than allowed, or
            has a bundled name.
    """
    reference, rules = BASES[kind]
    base = pkgutil.resolve_name(reference)
    if not (inspect.isclass(found) and issubclass(found, base)):
        given = f"a class of {', '.join(b.__name__ for b in found.__bases__)}" if inspect.isclass(found) else "no class"
        raise UsageError(f"{kind} {name!r} is {given}; give a subclass of {reference.replace(':', '.')}")
    if left_out := sorted(getattr(found, "__abstractmethods__", ())):
        raise UsageError(f"{kind} {name!r} lacks the method {left_out[0]}; write it, as its base class says")
    for declaration, (fits, allowed) in rules.items():
        if not hasattr(found, declaration):
            raise UsageError(f"{kind} {name!r} lacks the declaration {declaration!r}; give {allowed}")
        if not fits(getattr(found, declaration)):
            given = repr(getattr(found, declaration))[:60]
            raise UsageError(f"{kind} {name!r} declares {declaration} = {given}; give {allowed}")
    if kind == "model":
        _check_settings(name, found)
    check_unused(kind, name, found.name, bundled)
    return found


def _check_settings(name: str, model: Any) -> None:  # noqa: ANN401
    """Raise UsageError if a variant or ``unused`` names what the Config does not have, or a table no variant."""
    of_config = [each.name for each in fields(model.Config)]
    if unknown := [setting for setting in model.unused if setting not in of_config]:
        raise UsageError(f"model {name!r}: unused names {unknown[0]!r}; its Config has: {', '.join(of_config)}")
    for table in ("beyond_reports", "variant_budgets"):
        if unknown := [variant for variant in getattr(model, table) if variant not in model.variants]:
            there = ", ".join(model.variants) or "none"
            raise UsageError(f"model {name!r}: {table} names {unknown[0]!r}; its variants are: {there}")
    there = [setting for setting in of_config if setting not in ("conditions", "image_size", *model.unused)]
    for variant, settings in model.variants.items():
        if unknown := sorted(map(str, settings.keys() - set(there))):
            raise UsageError(
                f"model {name!r}: its variant {variant!r} sets {unknown[0]!r}; its Config has: {', '.join(there)}"
            )


def check_unused(kind: str, name: str, called: str, bundled: Mapping[str, Any]) -> None:
    """Raise UsageError if a plug-in calls itself by a bundled name: tables could not keep the two apart."""
    if called in bundled:
        raise UsageError(f"{kind} {name!r} calls itself {called!r}, as a bundled one is called; give it another name")
