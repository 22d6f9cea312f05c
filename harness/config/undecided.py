"""Stand-ins that `parity init` writes for what it could not know: a file that still holds one is not finished. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.config.strict_yaml import Document
from harness.errors import Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json, Side
from harness.platforms.draft import ACCOUNT, BUCKET, WORD

_ACCOUNTS = {(side.value, "account") for side in Side}
_STAND_IN = re.compile(rf"(.*/)?{WORD}|s3://{BUCKET}(/.*)?", re.DOTALL)


_WHERE = {(side.value, key) for side in Side for key in ("account", "namespace", "region", "role", "staging")}
"""Where a side's runs live: nothing of it matters to a sandbox."""


def problems(document: Document, *, sandbox: bool = False) -> dict[Path, Problem]:
    """Give a problem for each stand-in, where it is written; `sandbox`: but for where real runs would live."""
    found: dict[Path, Problem] = {}
    for path, value, beside in _texts(document.data, (), {}):
        if sandbox and path[-2:] in _WHERE:
            continue
        # ACCOUNT is also the account of local stand-ins, so it counts only where no endpoint of one is named
        is_account = value == ACCOUNT and path[-2:] in _ACCOUNTS and "endpoint_url" not in beside
        if _STAND_IN.fullmatch(value) or is_account:
            place = document.value_place(path)
            expected, hint = _DECIDED.get(path[-1:], _ANY)
            file, key = document.file_of(place), key_path(path)
            found[path] = Problem(file, place.line, place.column, key, f'"{value}"', expected, hint)
    return found


_ANY = ("a value of your own", "decide it: parity init wrote a stand-in for what it could not know")
_DECIDED: dict[Path, tuple[str, str]] = {
    ("effects",): (
        "a list of what the job does to the world besides its outputs",
        "decide it: list each effect with its policy, or write [] if there is none; nobody but a person can say",
    ),
    ("better",): ("lower, higher or neither", "decide it: which way the metric improves"),
    ("margin",): ("the largest difference you accept, such as 1%", "decide it: fixed before any data is seen"),
}
"""Last part of a path → what is expected there, and what to do."""


def _texts(value: Json, path: Path, beside: Mapping[str, Json]) -> Iterator[tuple[Path, str, Mapping[str, Json]]]:
    """List every text with its path and the map that it stands in; the reader bounds depth and size."""
    if isinstance(value, str):
        yield path, value, beside
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*path, name), value)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*path, number), {})
