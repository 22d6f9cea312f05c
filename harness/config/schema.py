"""The JSON Schema of `repos.yaml`, for editors, and what is said of each key. Pure."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from harness.config import includes
from harness.config.written import Top
from harness.fields.job import Written

DIALECT = "http://json-schema.org/draft-07/schema#"
"""Only keywords that draft-07 knows: editors lag behind (ux.md section 2)."""
IDENTIFIER = "urn:parity-harness:repos.yaml:1"


def schema() -> dict[str, Any]:
    """Build the JSON Schema of the written form, for editors; `parity check-config` checks more than it can say."""
    made = Top.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = made.pop("$defs", {})
    head = {"$schema": DIALECT, "$id": IDENTIFIER, "title": "repos.yaml of parity-harness"}
    for form in forms():
        shown = definitions.get(form.__name__, made)["properties"]
        for key, meaning in meanings(form).items():
            if key in shown and "$ref" not in shown[key]:  # nothing counts beside a reference
                shown[key] = {**shown[key], "description": meaning}
    made["anyOf"] = [{"required": made.pop("required")}, {"required": [includes.KEY]}]
    body = {**made, **head, "definitions": definitions}
    return {key: _plain(value) for key, value in body.items()}


def _plain(node: Any) -> Any:  # noqa: ANN401 - any JSON Schema
    """Drop what only describes the reader: null defaults, generated titles, and `discriminator`."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if all("$ref" in form for form in node.get("oneOf", [{}])):  # a section without `platform` may fit several
        node = {("anyOf" if key == "oneOf" else key): value for key, value in node.items()}
    if "patternProperties" in node:  # names that no pattern fits are not allowed
        node = {**node, "additionalProperties": False}
    drop = {"discriminator"}
    if node.get("default", 0) is None:
        drop |= {"default"}
    if isinstance(node.get("title"), str):
        drop |= {"title"}
    return {key: _plain(value) for key, value in node.items() if key not in drop}


def forms() -> tuple[type[Written], ...]:
    """List every form of `repos.yaml`, from the outside in, those of all platforms that are installed included."""
    found = [Top]
    for form in found:
        annotations = (field.annotation for field in form.model_fields.values())
        inner = (model for annotation in annotations for model in _models(annotation))
        found += (model for model in dict.fromkeys(inner) if model not in found)
    return tuple(found)


def _models(annotation: object) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def meanings(form: type[BaseModel]) -> Mapping[str, str]:
    """Read what is said of each key of a form: the text below it in the class that declares it."""
    found: dict[str, str] = {}
    for declaring in reversed(form.__mro__):
        if not issubclass(declaring, BaseModel) or declaring is BaseModel:
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(declaring))).body
        assert isinstance(body, ast.ClassDef)  # noqa: S101 # nosec B101 # the source of a class
        for key, text in pairwise(body.body):
            name = key.target.id if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name) else ""
            if name in form.model_fields:
                found[form.model_fields[name].alias or name] = _text(text)
    return found


def _text(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return str(statement.value.value)
    return ""
