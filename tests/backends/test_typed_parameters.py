"""Typed values arrive equal in the process of both sides, however a job reads them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from backends.candidate_sample import order, repository

from harness import shim
from harness.model import strict_json
from harness.model.job import Side
from harness.platforms.shim_spec import spec_of

VALUES: dict[str, Any] = {
    "int": 7,
    "huge": 2**62,
    "negative": -3,
    "float": 0.1,
    "whole": 2.0,
    "small": 1e-9,
    "true": True,
    "false": False,
    "empty": "",
    "text": "plain",
    "number_text": "3",
    "bool_text": "true",
    "unicode": "naïve 模型 🜁",
    "lines": "one\ntwo\ttab",
    "quoted": 'a "b" \\ c',
    "list": [3, 1, 2],
    "mixed": [1, "1", 1.0, True, None],
    "map": {"b": 1, "a": {"deep": [False, {"k": "v"}]}},
    "long": "x" * 3000,
}
"""Beyond the caps of a hyperparameter too: `long` has more than 2500 characters, `lines` more than one line.

A null of its own takes a parameter away in repos.yaml; inside a list or a map it is a value."""
PROGRAM = """
import json, os, sys
way, out = sys.argv[1], sys.argv[2]
if way == "argv":
    seen = sys.argv[3:]
elif way == "env":
    seen = {name: os.environ[name.upper()] for name in json.loads(os.environ["NAMES"])}
else:
    seen = json.load(open(os.environ["FILE"], encoding="utf-8"))
json.dump(seen, open(out, "w"))
"""
WAYS: dict[str, Any] = {
    "argv": "argv",
    "env": "env",
    "json": {"file": "/scratch/parameters.json", "as": "json"},
    "strings": {"file": "/scratch/parameters.json", "as": "strings"},
}


def seen_by(side: Side, way: str, folder: Path, values: dict[str, Any]) -> Any:
    """Run the job's process under the shim as that side would, and read what it saw."""
    at = folder / f"{side.value}-{way}"
    at.mkdir()
    out = at / "seen.json"
    kind = "file" if way in {"json", "strings"} else way
    given = repository(
        at,
        {
            "command": [sys.executable, "-c", PROGRAM, kind, str(out)],
            "parameters": values,
            "outputs": {"model": {"path": {"legacy": "/scratch/model"}}},
            "read_parameters": WAYS[way],
            "environment": {"NAMES": json.dumps(list(values)), "FILE": str(at / "scratch" / "parameters.json")},
        },
    )
    spec = spec_of(order(given, side), grants_path=str(at / "grants.json"), carry=False)
    data = strict_json.write(spec)
    (at / "spec.json").write_bytes(data)
    (at / "grants.json").write_text('{"hmac_key": "00", "grants": {}}')
    (at / "shim.py").write_text(shim.source(), encoding="utf-8")
    moved = {"/scratch": str(at / "scratch"), "/opt/ml": str(at / "ml")}
    environment = {**os.environ, "PARITY_PATHS": json.dumps(moved)}
    command = [sys.executable, str(at / "shim.py"), str(at / "spec.json"), hashlib.sha256(data).hexdigest()]
    subprocess.run(command, check=True, env=environment, timeout=60, capture_output=True)
    return json.loads(out.read_text())


def typed(value: Any) -> Any:
    """Give a value with its types and its order, so that 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return [(name, typed(each)) for name, each in value.items()]
    return [typed(item) for item in value] if isinstance(value, list) else (type(value).__name__, value)


@pytest.mark.parametrize("way", WAYS)
def test_both_sides_see_the_same_values(way: str, tmp_path: Path) -> None:
    """Types, order and every character are equal inside the two processes."""
    legacy, candidate = (seen_by(side, way, tmp_path, VALUES) for side in Side)
    assert typed(legacy) == typed(candidate)


@pytest.mark.parametrize("way", WAYS)
def test_more_values_than_a_request_holds_are_seen_by_both_sides(way: str, tmp_path: Path) -> None:
    """101 of them, one beyond the caps of parameters and of variables."""
    many = {f"p{number}": number for number in range(101)}
    legacy, candidate = (seen_by(side, way, tmp_path, many) for side in Side)
    assert typed(legacy) == typed(candidate)
    assert len(candidate) == (202 if way == "argv" else 101)


def test_a_typed_file_gives_back_the_very_values(tmp_path: Path) -> None:
    """Nothing is lost on the way of a JSON file but the order of keys, which the planned digest sorts."""
    seen = seen_by(Side.CANDIDATE, "json", tmp_path, VALUES)
    assert typed(dict(sorted(seen.items()))) == typed(dict(sorted(_sorted(VALUES).items())))


def test_text_forms_can_be_read_back(tmp_path: Path) -> None:
    """Arguments, variables and strings carry JSON text for everything but text itself."""
    argv = seen_by(Side.CANDIDATE, "argv", tmp_path, VALUES)
    pairs = dict(zip((argument.removeprefix("--") for argument in argv[::2]), argv[1::2], strict=True))
    assert pairs == seen_by(Side.CANDIDATE, "env", tmp_path, VALUES)
    assert pairs == seen_by(Side.CANDIDATE, "strings", tmp_path, VALUES)
    back = {name: pairs[name] if isinstance(value, str) else json.loads(pairs[name]) for name, value in VALUES.items()}
    assert typed(_sorted(back)) == typed(_sorted(VALUES))


def test_a_value_of_another_type_is_seen(tmp_path: Path) -> None:
    """The control: the number 3 and the text 3 are told apart in a typed file, and are alike as strings."""
    number, text = {"depth": 3}, {"depth": "3"}
    assert seen_by(Side.LEGACY, "json", tmp_path, number) != seen_by(Side.CANDIDATE, "json", tmp_path, text)
    (tmp_path / "again").mkdir()
    again = tmp_path / "again"
    assert seen_by(Side.LEGACY, "strings", again, number) == seen_by(Side.CANDIDATE, "strings", again, text)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
