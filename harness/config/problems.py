"""Complaints of the written form, translated for the people who wrote it: place, key, found, expected, did you mean."""

from __future__ import annotations

import difflib
import json
import re
import types
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from harness.config.sections import marked, model_of
from harness.config.strict_yaml import DOCUMENT, Document
from harness.errors import Problem
from harness.fields.paths import Path, key_path
from harness.model.job import DEFAULT_PLATFORMS, Json
from harness.platforms import platforms

_NO_CREDENTIALS = "credentials never stand in this file"
_NAME_A_PROFILE = f"{_NO_CREDENTIALS}; name a profile"
_NOT_HERE = {
    "retention": "a repository has it, not a job: {logs: 30d, outputs: 90d}",
    "kubeconfig": "repositories name a context, they never supply a kubeconfig: it can run code",
    "credentials": _NAME_A_PROFILE,
    "access_key": _NAME_A_PROFILE,
    "aws_access_key_id": _NAME_A_PROFILE,
    "secret_key": _NAME_A_PROFILE,
    "aws_secret_access_key": _NAME_A_PROFILE,
    "session_token": _NAME_A_PROFILE,
    "aws_session_token": _NAME_A_PROFILE,
    "token": _NO_CREDENTIALS,
    "password": _NO_CREDENTIALS,
    "credential_process": "repositories name a profile, they never supply one: it can run code",
    "exec": "repositories name a context, they never supply one: it can run code",
    "effects": "effects are stated by the owner of a repository, for a job or under its every_job:",
}
_FOUND_MAX = 60
_UNWRITTEN = "delivery"
"""The reader's own key: `argv`, `env` or the file say it."""
_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "list_type": "a list",
    "missing": "a value",
}
_BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "too_short": ("min_length", "at least {} members"),
    "too_long": ("max_length", "at most {} members"),
    "string_too_short": ("min_length", "text of at least {} characters"),
    "string_too_long": ("max_length", "text of at most {} characters"),
}


def written_problems(error: ValidationError, document: Document, model: type[BaseModel]) -> dict[Path, Problem]:
    """Translate every error; the paths say which values cannot be used."""
    problems: dict[Path, Problem] = {}
    for each in error.errors(include_url=False):
        path, missing = _path(each["loc"], document.data)
        problems.setdefault(path, _problem(each, path, document, model, missing=missing))
    return problems


def _path(loc: Iterable[str | int], data: Json) -> tuple[Path, bool]:
    """Follow an error's location through the data; steps that only the reader knows are left out."""
    path: tuple[str | int, ...] = ()
    steps = [step for step in loc if step != "[key]"]
    for number, step in enumerate(steps):
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        elif number == len(steps) - 1 and isinstance(data, dict):
            return (*path, step), True
        else:
            continue
        path = (*path, step)
    return path, False


def _problem(each: Any, path: Path, document: Document, model: type[BaseModel], *, missing: bool) -> Problem:  # noqa: ANN401 - pydantic's error details
    of_key = each["type"] == "extra_forbidden" or each["loc"][-1:] == ("[key]",)
    place = document.key_place(path) if of_key else document.value_place(path)
    value = None if missing else _value(document.data, path)
    found = "nothing" if missing else show(str(path[-1]) if of_key and path else value)
    expected, hint = _expected(each, path, value, partial(keys_at, model, data=marked(document.data)))
    return Problem(document.file_of(place), place.line, place.column, key_path(path) or DOCUMENT, found, expected, hint)


def _value(data: Json, path: Path) -> Json:
    for step in path:
        data = data[step] if isinstance(data, dict | list) else None  # type: ignore[index]
    return data


def show(value: object) -> str:
    """Show a value as it may have been written, cut to a line."""
    if isinstance(value, dict):
        return "a map" if value else "an empty map"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _FOUND_MAX else f"{text[:_FOUND_MAX]}… ({len(text)} characters)"


def _expected(each: Any, path: Path, value: Json, keys: Callable[[Path], tuple[str, ...]]) -> tuple[str, str]:  # noqa: ANN401 - see _problem
    kind = each["type"]
    context: Mapping[str, Any] = each.get("ctx", {})
    if kind == "extra_forbidden":
        return _known_keys(str(path[-1]), keys(path[:-1]))
    if kind == "config":
        expected, hint = str(context["expected"]), str(context["hint"])
        known = expected.removeprefix("one of: ").split(", ") if expected.startswith("one of: ") else []
        return expected, hint or did_you_mean(value, known)
    if kind in {"literal_error", "union_tag_invalid"}:
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        hint = did_you_mean(value, known)
        return f"one of: {', '.join(known)}" if len(known) > 1 else " ".join(known), hint
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return text.format(context[name]), ""
    return _KINDS.get(kind, str(each["msg"])), _quote(kind, value, path)


def _quote(kind: str, value: Json, path: Path) -> str:
    if kind == "string_type" and isinstance(value, int | float | bool):
        return f'write "{json.dumps(value)}"'
    if kind == "list_type" and path[-1:] == ("command",):
        return "write one argument a member, such as [python, train.py]"
    if kind == "list_type" and isinstance(value, str | int | float) and len(str(value)) <= _FOUND_MAX:
        return f"write [{json.dumps(value, ensure_ascii=False)}]"
    return ""


def _known_keys(key: str, known: tuple[str, ...]) -> tuple[str, str]:
    expected = f"one of: {', '.join(known)}" if known else "no such key"
    return expected, _NOT_HERE.get(key.lower()) or _of_one_platform(key.lower()) or did_you_mean(key, known)


def _of_one_platform(key: str) -> str:
    """Say where a key belongs that only one platform has; empty: it is none of those."""
    for platform in platforms():
        if key in platform.form.elsewhere:
            usual = next((side.value for side, name in DEFAULT_PLATFORMS.items() if name == platform.name), "its side")
            return platform.form.elsewhere[key].format(side=usual)
    return ""


def did_you_mean(value: object, words: Iterable[str], cutoff: float = 0.6) -> str:
    """Name the known word that is closest, if one is close."""
    close = difflib.get_close_matches(str(value)[:_FOUND_MAX], list(words), n=1, cutoff=cutoff)
    return f"did you mean {close[0]}?" if close else ""


def keys_at(model: type[BaseModel], path: Path, data: Json = None) -> tuple[str, ...]:
    """List the keys that are known at a path of the written form; `data` says of which platform its sections are."""
    kind: Any = model
    for step in path:
        kind = _inner(kind, step, data)
        data = data.get(str(step)) if isinstance(data, dict) else _member(data, step)
    found = _model(kind, data)
    names = (field.alias or name for name, field in found.model_fields.items()) if found else ()
    return tuple(name for name in names if name != _UNWRITTEN)


def _member(data: Json, step: str | int) -> Json:
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None


def _inner(kind: Any, step: str | int, data: Json) -> Any:  # noqa: ANN401 - a type form
    if found := _model(kind, data):
        named = {field.alias or name: field.annotation for name, field in found.model_fields.items()}
        return named.get(str(step))
    for form in _forms(kind):
        if get_origin(form) in {dict, list}:
            return get_args(form)[-1]
    return None


def _model(kind: Any, data: Json) -> type[BaseModel] | None:  # noqa: ANN401 - a type form
    models = [form for form in _forms(kind) if isinstance(form, type) and issubclass(form, BaseModel)]
    return model_of(models, data)


def _forms(kind: Any) -> list[Any]:  # noqa: ANN401 - a type form
    """Unwrap optional, annotated and either-or forms."""
    if get_origin(kind) is Annotated:
        return _forms(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return [form for argument in get_args(kind) for form in _forms(argument)]
    return [kind]
