"""New entries put into a `repos.yaml` that is there already, whose own lines stay as they are. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.config.init import FROM, InitResult
from harness.config.strict_yaml import Document, read
from harness.config.yaml_text import lines_of
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path
from harness.model.job import Json

_HINT = "print the entries without --into and put them in by hand"


@dataclass(frozen=True, slots=True)
class ExistingEntries:
    """What a file has already."""

    document: Document
    lines: tuple[str, ...]
    known: Mapping[str, str]
    """Repository → what its comment says it was drafted from; empty: it says nothing."""
    given: frozenset[str]
    """Keys that `defaults` gives to every repository."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A file with entries added."""

    text: str
    added: tuple[str, ...]
    """Repositories, or `repository/job` where only a job was added."""
    kept: tuple[str, ...]
    """Repositories that were there already; nothing of them was touched."""


def there(data: bytes, file: str) -> ExistingEntries:
    """Read what a file has.

    Raises:
        ConfigError: it is no YAML, or not of the form that entries can be added to.
    """
    document = read(data, file)
    repositories = document.data.get("repositories") if isinstance(document.data, dict) else None
    if not isinstance(repositories, dict) or not repositories:
        raise ConfigError((Problem(file, 1, 1, "repositories", "none", "a map of repositories", _HINT),))
    lines = tuple(data.decode("utf-8-sig").splitlines())
    known = {name: _origin(lines, document, ("repositories", name)) for name in repositories}
    defaults = document.data.get("defaults") if isinstance(document.data, dict) else None
    return ExistingEntries(document, lines, known, frozenset(_dotted(defaults)))


def _origin(lines: tuple[str, ...], document: Document, path: Path) -> str:
    _, mark, said = lines[document.key_place(path).line - 1].partition(f"# {FROM}")
    return said.strip() if mark else ""


def _dotted(value: Json, base: str = "") -> Iterator[str]:
    for name, part in value.items() if isinstance(value, dict) else ():
        yield f"{base}{name}"
        yield from _dotted(part, f"{base}{name}.")


def merge(held: ExistingEntries, result: InitResult) -> Merged:
    """Add what is new; an entry that was drafted from the same job before is left as its owners made it.

    Raises:
        ConfigError: the file is written so that lines can't be added to it.
    """
    lines, added, kept = list(held.lines), list[str](), list[str]()
    wanted: dict[str, Any] = {}
    before = held.document.data["repositories"] if isinstance(held.document.data, dict) else {}
    assert isinstance(before, dict)  # noqa: S101 # nosec B101 # `there` saw to it
    for name, entry in result.entries.items():
        own = before.get(name)
        jobs = own.get("jobs") if isinstance(own, dict) else None
        fresh = {job: each for job, each in entry["jobs"].items() if not isinstance(jobs, dict) or job not in jobs}
        if name not in before:
            _insert(lines, held, ("repositories",), {name: entry}, base="", notes=result.notes)
            added.append(name)
        elif fresh and isinstance(jobs, dict) and jobs:
            _insert(lines, held, ("repositories", name, "jobs"), fresh, base=f"{name}.jobs", notes=result.notes)
            added += [f"{name}/{job}" for job in fresh]
        else:
            kept.append(name)
            continue
        wanted[name] = {**entry, "jobs": fresh} if name not in before else {"jobs": fresh}
    text = "".join(f"{line}\n" for line in lines)
    _check(held, text, wanted)
    return Merged(text, tuple(added), tuple(kept))


def _insert(
    lines: list[str],
    held: ExistingEntries,
    at: Path,
    entries: Mapping[str, Any],
    *,
    base: str,
    notes: Mapping[str, str],
) -> None:
    """Put entries behind the last line of a block map; lines that were put there before are a part of it."""
    first = next(iter(_at(held.document.data, at)))
    indent = " " * (held.document.key_place((*at, first)).column - 1)
    begin = lines.index(held.lines[held.document.key_place(at).line - 1], held.document.key_place(at).line - 1)
    end = begin + 1
    for number in range(begin + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(line) - len(line.lstrip()) < len(indent):
            break
        end = number + 1
    lines[end:end] = lines_of(entries, indent, base, notes)


def _at(data: Json, path: Path) -> dict[str, Json]:
    for part in path:
        data = data.get(str(part)) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _check(held: ExistingEntries, text: str, wanted: Mapping[str, Any]) -> None:
    """Read the new text back: it has to say what the old one did, and what was added."""
    place = held.document.key_place(("repositories",))
    problem = Problem(
        held.document.file, place.line, place.column, "repositories", "a form that lines can't be added to",
        "a map in block style", _HINT,
    )  # fmt: skip
    try:
        data = read(text.encode(), held.document.file).data
    except ConfigError as error:
        raise ConfigError((problem,)) from error
    before = held.document.data
    if not isinstance(data, dict) or not isinstance(before, dict):
        raise ConfigError((problem,))
    now, old = _at(data, ("repositories",)), _at(before, ("repositories",))
    expected = dict(old)
    for name, entry in wanted.items():
        own = _at(old, (name,))
        expected[name] = {**own, **entry, "jobs": {**_at(own, ("jobs",)), **entry["jobs"]}}
    if now != expected or {**data, "repositories": None} != {**before, "repositories": None}:
        raise ConfigError((problem,))
