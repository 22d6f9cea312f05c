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


def problems(document: Document) -> Iterator[Problem]:
    """Complain of each stand-in, where it is written."""
    for path, value, beside in _texts(document.data, (), {}):
        is_account = value == ACCOUNT and path[-2:] in _ACCOUNTS and "endpoint_url" not in beside
        if _STAND_IN.fullmatch(value) or is_account:
            place = document.value_place(path)
            hint = "decide it: parity init wrote a stand-in for what it could not know"
            yield Problem(
                document.file, place.line, place.column, key_path(path), f'"{value}"', "a value of your own", hint
            )


def _texts(value: Json, path: Path, beside: Mapping[str, Json]) -> Iterator[tuple[Path, str, Mapping[str, Json]]]:
    """List every text with its path and the map that it stands in; the reader bounds depth and size."""
    if isinstance(value, str):
        yield path, value, beside
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, (*path, name), value)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*path, number), {})
