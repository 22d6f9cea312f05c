"""JSON Schema for editors: it accepts what the reader accepts, and knows only what editors know."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from config.samples import REMOVED, TRAIN, WINE, Change

from harness.config.load import check
from harness.config.schema import schema

KEYWORDS_AFTER_DRAFT_07 = {
    "$defs", "$anchor", "$recursiveRef", "$dynamicRef",
    "unevaluatedProperties", "unevaluatedItems", "dependentRequired",
    "dependentSchemas", "prefixItems", "minContains", "maxContains", "discriminator",
}  # fmt: skip


def _keywords(node: Any, *, names: bool = False) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_keywords, node))
    if not isinstance(node, dict):
        return set()
    inner = set().union(*(_keywords(each, names=key in {"properties", "definitions"}) for key, each in node.items()))
    return inner if names else inner | set(node)


def test_the_schema_is_one_that_editors_know() -> None:
    """Draft-07 by its own word and by its keywords."""
    made = schema()
    jsonschema.Draft7Validator.check_schema(made)
    assert made["$schema"].endswith("draft-07/schema#")
    assert made["$id"]
    assert not _keywords(made) & KEYWORDS_AFTER_DRAFT_07
    assert json.loads(json.dumps(made)) == made


def test_the_schema_knows_every_key_of_a_job() -> None:
    """The control: keywords are found by the walk, and names are not taken for keywords."""
    assert {"properties", "anyOf", "pattern", "$ref"} <= _keywords(schema())
    assert "time_limit" in schema()["definitions"]["Job"]["properties"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {(*TRAIN, "outputs"): "discover"},
        {(*TRAIN, "read_parameters"): {"file": "/p", "as": "strings"}},
        {(*TRAIN, "metrics", "rmse", "margin"): {"absolute": 1}},
        {(*TRAIN, "expected"): "code error"},
        {(*TRAIN, "environment"): {"A": None}, (*TRAIN, "parameters"): {"a": {"b": [1]}}},
        {(*WINE, "policy"): {"preset": "critical", "days": 6}},
    ],
)
def test_what_the_reader_accepts_the_schema_accepts(change: Change, changes: Any) -> None:
    """An editor never underlines a valid file."""
    path = change(changes)
    assert check(path) == ()
    jsonschema.Draft7Validator(schema()).validate(json.loads(path.read_text()))


@pytest.mark.parametrize(
    "changes",
    [
        {(*TRAIN, "comand"): []},
        {(*TRAIN, "time_limit"): 600},
        {(*TRAIN, "time_limit"): "10 min"},
        {(*TRAIN, "kind"): "transform"},
        {(*WINE, "policy"): "standart"},
        {(*WINE, "legacy", "staging"): "http://x"},
        {(*WINE, "candidate", "account"): 123456789012},
        {(*TRAIN, "metrics", "rmse", "better"): "up"},
        {(*WINE, "jobs", "a_b"): {}},
        {(*TRAIN, "read_parameters"): {"delivery": "argv"}},
        {("repositories",): REMOVED},
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(change: Change, changes: Any) -> None:
    """An editor's underline is a real problem."""
    path = change(changes)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema()).validate(json.loads(path.read_text()))
    assert check(path)
