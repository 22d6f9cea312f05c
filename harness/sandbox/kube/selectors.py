"""Label and field selectors, as the API conventions write them. Pure."""

from __future__ import annotations

import re
from typing import Any

from harness.sandbox.kube.objects import ApiError, Object

_SET = re.compile(r"^(?P<key>[^\s!=,()]+)\s+(?P<how>in|notin)\s*\((?P<values>[^)]*)\)$")
_EQUAL = re.compile(r"^(?P<key>[^\s!=,()]+)\s*(?P<how>==|=|!=)\s*(?P<value>[^\s!=,()]*)$")
_EXISTS = re.compile(r"^(?P<no>!?)\s*(?P<key>[^\s!=,()]+)$")
_FIELDS = re.compile(
    r"^(metadata\.(name|namespace|uid)|status\.(phase|successful)|spec\.nodeName|involvedObject\.\w+|reason|type|source)$"
)


def labels_match(selector: str, labels: dict[str, str]) -> bool:
    """Tell whether labels satisfy a selector; an empty one selects everything."""
    terms = (term.strip() for term in re.split(r",(?![^(]*\))", selector) if term.strip())
    found = [_one(term, labels) for term in terms]  # all are read, so that a bad one is always refused
    return all(found)


def _one(term: str, labels: dict[str, str]) -> bool:
    if found := _SET.match(term):
        values = {each.strip() for each in found["values"].split(",")}
        inside = labels.get(found["key"]) in values
        return inside if found["how"] == "in" else not inside
    if found := _EQUAL.match(term):
        same = labels.get(found["key"]) == found["value"]
        return not same if found["how"] == "!=" else same
    if found := _EXISTS.match(term):
        return (found["key"] in labels) != bool(found["no"])
    raise ApiError(400, "BadRequest", f"unable to parse requirement: {term!r}")


def fields_match(selector: str, item: Object) -> bool:
    """Tell whether an object's fields satisfy a field selector; a field that can't be selected is refused by name."""
    found = [_field_term(term.strip(), item) for term in selector.split(",") if term.strip()]
    return all(found)


def _field_term(term: str, item: Object) -> bool:
    found = re.match(r"^(?P<path>[\w.]+)\s*(?P<how>==|=|!=)\s*(?P<value>.*)$", term)
    if not found or not _FIELDS.match(found["path"]):
        raise ApiError(400, "BadRequest", f"field label not supported: {term}")
    same = str(_field(item, found["path"])) == found["value"]
    return same != (found["how"] == "!=")


def _field(item: Object, path: str) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = item
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value
