"""The base of every part of a record: immutable, exact about types and keys; and the types of fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
TaskName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A part of a record: immutable, exact about types and keys, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _exact_keys(cls, data: Any, handler: Callable[[Any], Self], info: ValidationInfo) -> Self:  # noqa: ANN401
        """Name the allowed keys where one is unknown; computed fields in a file must agree with the rest."""
        if not isinstance(data, dict):
            return handler(data)
        computed = list(cls.model_computed_fields)
        for key in data:
            if key not in cls.model_fields and key not in computed:
                raise ValueError(f"unknown field {key!r}; allowed: {', '.join([*cls.model_fields, *computed])}")
        part = handler({key: value for key, value in data.items() if key not in computed})
        for key in computed:
            if (key in data or info.mode == "json") and data.get(key) != getattr(part, key):
                raise ValueError(f"{key} is {data.get(key)!r}, but the other fields give {getattr(part, key)!r}")
        return part
