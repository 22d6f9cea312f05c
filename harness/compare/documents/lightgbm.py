"""Models of LightGBM as text (`save_model`, version 3 and 4) → one document: header, trees, parameters."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

TREES_MAX = 1_000_000
_TREE = re.compile(r"Tree=([0-9]+)")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?(nan|inf)")
_PARAMETER = re.compile(r"\[([^:\]]+): ?(.*)\]")
_SIZES = "tree_sizes"
"""Bytes of each tree's text, which say nothing of what it does."""


def read_lightgbm(text: str) -> Json:
    """Take a model apart: every line `name=values` by its name, below its tree.

    Raises:
        Unreadable: it is none, or is cut.
    """
    lines = text.splitlines()
    if not lines or lines[0] != "tree":
        raise Unreadable("it does not begin as a model of LightGBM does")
    if "end of trees" not in lines:
        raise Unreadable("it is cut: there is no end of its trees")
    end = lines.index("end of trees")
    header: dict[str, Json] = {}
    trees: list[Json] = []
    section = header
    for number, line in enumerate(lines[1:end], 2):
        if found := _TREE.fullmatch(line):
            if int(found[1]) != len(trees):
                raise Unreadable(f"line {number}: tree {found[1]} where tree {len(trees)} is expected")
            section = {}
            trees.append(section)
        elif line:
            _add(section, line, number)
    header.pop(_SIZES, None)
    return {"model": header, "trees": trees, "rest": _rest(lines[end + 1 :], end + 2)}


def _add(section: dict[str, Json], line: str, number: int) -> None:
    name, equals, values = line.partition("=")
    if name in section:
        raise Unreadable(f"line {number}: {name} is there twice")
    section[name] = _values(values) if equals else True


def _values(text: str) -> Json:
    words = text.split(" ") if text else []
    if words and all(_NUMBER.fullmatch(word) for word in words):
        return [_number(word) for word in words]
    return text


def _number(word: str) -> Json:
    whole = word.lstrip("+-").isdigit() and len(word) <= 18  # noqa: PLR2004 - what 64 bits surely hold
    return int(word) if whole else float(word)


def _rest(lines: list[str], first: int) -> Json:
    """Give what follows the trees: how features matter, parameters, and categories of pandas."""
    found: dict[str, Json] = {}
    parameters: dict[str, Json] = {}
    for number, line in enumerate(_without_heads(lines), first):
        if parameter := _PARAMETER.fullmatch(line):
            parameters[parameter[1]] = _values(parameter[2])
        else:
            _add(found, line.replace(":", "=", 1) if "=" not in line else line, number)
    return {**found, "parameters": parameters}


def _without_heads(lines: list[str]) -> Iterator[str]:
    heads = {"feature_importances:", "parameters:", "end of parameters", ""}
    return (line for line in lines if line not in heads)
