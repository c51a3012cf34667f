"""The line in which a wrong file is reported: field, what was given, what is allowed."""

import json
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.errors import SHOWN, first_complaint


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(gt=0)


class Whole(BaseModel):
    parts: list[Part]
    kind: Literal["one", "two"] = "one"
    tree: list[int] = []

    @model_validator(mode="after")
    def enough(self):
        if not self.parts:
            raise ValueError("parts is [];\n  give one")
        return self


def complaint(document):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate_json(json.dumps(document))
    return first_complaint(caught.value)


def nested(depth):
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"parts": [{"size": 1}, {"size": 0}]}, "parts.1.size: got 0; input should be greater than 0"),
        ({"parts": [{"size": 1}], "kind": "six"}, "kind: got 'six'; input should be 'one' or 'two'"),
        ({"parts": [{}]}, "parts.0.size: this field is missing"),
        ({"parts": []}, "parts is []; give one"),
        ({"parts": [{"size": 1, "\n\x1b[31m": 2}]}, r"parts.0.\n\x1b[31m: got 2; extra inputs are not permitted"),
    ],
)
def test_a_complaint_names_the_field_what_was_given_and_what_is_allowed(document, expected):
    assert complaint(document) == expected


@pytest.mark.parametrize("given", ["x\n" * 9_999, nested(150), {"k" * 9_999: [1] * 9_999}])
def test_a_complaint_is_one_bounded_line_whatever_was_given(given):
    line = complaint({"parts": [{"size": 1}], "tree": [given]})
    assert line.startswith("tree.0: got ")
    assert len(line) < 3 * SHOWN
    assert line.isprintable()
