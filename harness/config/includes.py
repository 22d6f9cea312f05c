"""`include` of `repos.yaml`: teams' files, read with it as one document whose places say which file they are in.

A team writes its repositories; what they are held to stands in the root file alone, whoever owns the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from harness.config.strict_yaml import BYTES_MAX, DOCUMENT, Document, Place, read
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json, Side
from harness.platforms import platforms

KEY = "include"
FILES_MAX = 1000
RULES = ("policy", "limits", "real", "anchor")
"""Keys of a repository that say what it is held to: floors, caps, approvers, which accounts are real, the anchor."""
_REPOSITORIES = "repositories"
_PATTERN = "a pattern of files below this folder, such as teams/*/parity.yaml"


@dataclass(frozen=True, slots=True)
class Included:
    """A root file with all that it includes."""

    document: Document
    """Of all files; its own name is the root's."""
    files: tuple[FilePath, ...]
    """Those that were included, by name."""
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Whole:
    """A document while files are added to it."""

    root: Document
    entries: dict[str, Json]
    values: dict[Path, Place]
    keys: dict[Path, Place]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, document: Document, path: Path, found: str, expected: str, hint: str = "") -> None:  # noqa: PLR0917 - a problem in the order in which it is told
        """Note what is wrong at a key, or at the value where a list or a whole file is meant."""
        place = document.key_place(path) if path else Place(1, 1)
        key = key_path(path) or DOCUMENT
        self.problems.append(Problem(document.file, place.line, place.column, key, found, expected, hint))


def with_included(root: Document) -> Included:
    """Read the files that a root file includes, and put all into one document."""
    patterns = root.data.get(KEY) if isinstance(root.data, dict) else None
    if not (isinstance(root.data, dict) and isinstance(patterns, list)):
        return Included(root, (), ())  # what is no list is told by the form of the file
    entries = root.data.get(_REPOSITORIES)
    whole = _Whole(root, dict(entries) if isinstance(entries, dict) else {}, dict(root.values), dict(root.keys))
    files: set[FilePath] = set()
    for number, pattern in enumerate(patterns):
        if isinstance(pattern, str):
            files.update(_found(whole, pattern, (KEY, number)))
    for file in sorted(files):
        _add(whole, file)
    data = {**root.data, _REPOSITORIES: whole.entries} if whole.entries else root.data
    document = replace(root, data=data, values=whole.values, keys=whole.keys)
    return Included(document, tuple(sorted(files)), tuple(whole.problems))


def _found(whole: _Whole, pattern: str, path: Path) -> Iterator[FilePath]:
    """Find the files of one pattern; the root file itself is none of them."""
    root, parts = FilePath(whole.root.file), PurePosixPath(pattern)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        whole.refuse(whole.root, path, pattern, _PATTERN)
        return
    fitting = list(islice((file for file in root.parent.glob(pattern) if file.is_file()), FILES_MAX + 1))
    if len(fitting) > FILES_MAX:
        whole.refuse(whole.root, path, f"{pattern}, which more files fit", f"at most {FILES_MAX} files")
    elif not fitting:
        hint = "add the file, or take the pattern away"
        whole.refuse(whole.root, path, f"{pattern}, which no file fits", "a pattern that a file fits", hint)
    else:
        for file in fitting:
            if not file.resolve().is_relative_to(root.parent.resolve()):
                whole.refuse(whole.root, path, f"{file}, a link to a place elsewhere", "files below this folder")
            elif file.resolve() != root.resolve():
                yield file


def _add(whole: _Whole, file: FilePath) -> None:
    """Add one file's repositories; what it may not say is refused and left out."""
    try:
        with file.open("rb") as stream:
            team = read(stream.read(BYTES_MAX + 1), str(file))
    except ConfigError as error:
        whole.problems.extend(error.problems)
        return
    except OSError as error:
        whole.problems.append(Problem(str(file), 0, 0, "the file", error.strerror or "nothing", "a readable file"))
        return
    if not isinstance(team.data, dict):
        whole.refuse(team, (), "no map", "repositories by name, under repositories:")
        return
    for key in team.data:
        if key != _REPOSITORIES:
            hint = f"write {key} in {whole.root.file}, which includes this file"
            whole.refuse(team, (key,), f"{key} in an included file", "repositories, and nothing else", hint)
    entries = team.data.get(_REPOSITORIES)
    if not isinstance(entries, dict):
        whole.refuse(team, (_REPOSITORIES,), "nothing", "repositories by name")
        return
    for name, entry in entries.items():
        _add_entry(whole, team, (_REPOSITORIES, name), entry)


def _add_entry(whole: _Whole, team: Document, path: tuple[str, str], entry: Json) -> None:
    """Add one repository, beside the rules that the root file has for it."""
    known = whole.entries.get(path[1])
    rules = known if isinstance(known, dict) and known and not whole.keys[path].file else {}
    if path[1] in whole.entries and not (rules and set(rules) <= set(RULES)):
        first = whole.keys[path]
        there = f"{whole.root.file_of(first)}:{first.line}:{first.column}"
        hint = f"the other one: {there}; rename or remove one of them"
        whole.refuse(team, path, f"{path[1]} again", "each repository once in all files", hint)
        return
    refused = frozenset(_of_root(entry))
    for inner in sorted(refused):
        expected = "rules for GO, caps, prices and approvers in the root file alone"
        where = key_path((*path, *inner)) if len(inner) == 1 else f"defaults.{key_path(inner)}"
        hint = f"write it in {whole.root.file}, under {where}"
        whole.refuse(team, (*path, *inner), f"{inner[-1]} in an included file", expected, hint)
    kept = _without(entry, refused)
    whole.entries[path[1]] = {**rules, **kept} if isinstance(kept, dict) else kept
    whole.values.update(_placed(team, team.values, path))
    whole.keys.update(_placed(team, team.keys, path))


def _of_root(entry: Json) -> Iterator[tuple[str, ...]]:
    """List the keys of an entry that only the root file may have; prices are, for caps are counted in them."""
    if not isinstance(entry, dict):
        return
    yield from ((key,) for key in entry if key in RULES)
    prices = {key for platform in platforms() for key in platform.price_keys}
    for side in Side:
        section = entry.get(side.value)
        if isinstance(section, dict):
            yield from ((side.value, key) for key in section if key in prices)


def _without(entry: Json, refused: frozenset[tuple[str, ...]]) -> Json:
    if not isinstance(entry, dict):
        return entry
    return {
        key: _without(value, frozenset(inner[1:] for inner in refused if inner[0] == key))
        for key, value in entry.items()
        if (key,) not in refused
    }


def _placed(team: Document, places: Mapping[Path, Place], path: Path) -> dict[Path, Place]:
    return {at: replace(place, file=team.file) for at, place in places.items() if at[: len(path)] == path}
