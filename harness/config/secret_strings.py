"""Secrets in `repos.yaml`, in whatever string they stand: refused with place, key and rule, and never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.config.strict_yaml import Document
from harness.errors import Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json
from harness.scrub import detect, names
from harness.scrub.scrubber import Scrubber

EXPECTED = "no credentials in this file"
_REFERENCES = frozenset({"secrets", "not_secret"})
"""Keys whose names are those of secrets, and whose values say where one is kept or why a value is none."""
_PATTERNS = frozenset({"regex"})
_SHOWN = "what looks like a secret"
_JOB_PATH = ("repositories", "", "jobs", "")


def problems(document: Document) -> dict[Path, Problem]:
    """Find every string that holds a secret, keys too, unless `not_secret:` of its job says why it is none."""
    found: dict[Path, Problem] = {}
    for path, rule, known in _secrets(document.data, ()):
        if _keys(known).isdisjoint(_declared(document.data, path)):
            found.setdefault(path, _problem(document, path, rule, known))
    return found


def unshown(problem: Problem) -> Problem:
    """Say less of a problem of another kind in the same place: what it found is the secret, perhaps cut."""
    return replace(problem, found=_SHOWN)


def scrubbed(problem: Problem) -> Problem:
    """Take secrets out of a problem that quotes what stands elsewhere in the file."""
    scrub = Scrubber().text
    return replace(
        problem,
        key=scrub(problem.key),
        found=scrub(problem.found),
        expected=scrub(problem.expected),
        hint=scrub(problem.hint),
    )


def _problem(document: Document, path: Path, rule: str, known: tuple[str, ...]) -> Problem:
    place = document.value_place(path)
    hint = "write something else there: neither a name nor the reason of not_secret: may look like one"
    if known:
        hint = f"name it under secrets:, or, where it is none, write not_secret: {{{known[0]}: why it is none}}"
    file, key, found = document.file_of(place), key_path(path), f"{_SHOWN} ({rule})"
    return Problem(file, place.line, place.column, key, found, EXPECTED, hint)


def _secrets(node: Json, path: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Give place, rule and the names under which `not_secret:` may excuse it, the most telling one first.

    A key that is itself a secret, and the reason of a `not_secret:`, have no such names.
    """
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from (((*path, key), hit.rule, ()) for hit in detect.hits(key))
            yield from _secrets(inner, (*path, key))
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            flag = node[number - 1] if number else None
            if isinstance(inner, str) and isinstance(flag, str) and _is_flag(flag) and names.is_secret(flag, inner):
                yield (*path, number), detect.NAMED, _names(path, flag)
            else:
                yield from _secrets(inner, (*path, number))
    elif isinstance(node, str):
        yield from _in_string(node, path)


def _is_flag(text: str) -> bool:
    return text.startswith("-") and "=" not in text and " " not in text


def _in_string(text: str, path: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    by_name = _PATTERNS.isdisjoint(map(str, path)) and _REFERENCES.isdisjoint(map(str, path))
    for hit in detect.hits(text):
        if by_name or hit.rule != detect.NAMED:
            yield path, hit.rule, _names(path, hit.name)
    key = str(path[-1]) if path and isinstance(path[-1], str) else ""
    if by_name and key and names.is_secret(key, text):
        yield path, detect.NAMED, _names(path, "")


def _names(path: Path, name: str) -> tuple[str, ...]:
    if "not_secret" in path:
        return ()  # else a reason would excuse itself
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return tuple(text for text in (name.lstrip("-"), key) if text)


def _keys(known: tuple[str, ...]) -> frozenset[str]:
    """Write names alike: `--hf-token` and HF_TOKEN are one."""
    return frozenset(name.upper().replace("-", "_") for name in known)


def _declared(data: Json, path: Path) -> frozenset[str]:
    """List what `not_secret:` names for a place: that of its job, of its repository and of all."""
    places: list[Path] = [("defaults", "every_job")]
    if path[:1] == ("repositories",):
        places.append((*path[:2], "every_job"))
        places.append(path[: len(_JOB_PATH)])
    declared = (_at(data, (*place, "not_secret")) for place in places)
    return frozenset(key for number in declared if isinstance(number, Mapping) for key in _keys(tuple(number)))


def _at(data: Json, path: Path) -> Json:
    for part in path:
        data = data.get(str(part)) if isinstance(data, dict) else None
    return data


def vouched_for(job_values: Mapping[str, Json], declared: Mapping[str, str]) -> tuple[str, ...]:
    """List the values of variables and parameters that `not_secret:` vouches for, so that nobody scrubs them."""
    keys = _keys(tuple(declared))
    return tuple(
        value for name, value in job_values.items() if isinstance(value, str) and not keys.isdisjoint(_keys((name,)))
    )
