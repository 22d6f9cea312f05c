"""`repos.yaml` parsed once into frozen values, or refused with every problem at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from harness.config import references, rules, secret_strings, suites, undecided
from harness.config.build import Missing, build, fill
from harness.config.differences import side_differences
from harness.config.effective import Effective, resolve
from harness.config.includes import with_included
from harness.config.library import Library
from harness.config.problems import show, written_problems
from harness.config.sections import marked
from harness.config.strict_yaml import BYTES_MAX, Document, Place, read
from harness.config.written import Top
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json, Side
from harness.model.repository import Repository
from harness.model.strict_json import write

__all__ = ["Origin", "Sound", "check", "explain", "files", "load", "problems_of", "side_differences", "sound"]


@dataclass(frozen=True, slots=True)
class Origin:
    """One effective value and where it comes from."""

    key: str
    value: str
    """As written, in JSON."""
    origin: str
    """`repos.yaml:12:5`, `preset trial` or `default`."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A repository that can be used, and where its values are written."""

    repository: Repository
    effective: Effective

    def place(self, path: Path) -> tuple[str, int, int]:
        """Give file, line and column of a value of its entry."""
        place = self.effective.place(path)
        return self.effective.document.file_of(place), place.line, place.column


@dataclass(slots=True)
class _Loaded:
    repositories: list[Repository] = field(default_factory=list)
    effective: dict[str, Effective] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load(path: FilePath, *, sandbox: bool = False) -> tuple[Repository, ...]:
    """Read all repositories of a file; `sandbox`: where real runs would live may be undecided.

    Raises:
        ConfigError: the file can't be read or has problems; all of them.
    """
    loaded = _load(path, sandbox=sandbox)
    if loaded.problems:
        raise ConfigError(tuple(loaded.problems))
    return tuple(loaded.repositories)


def files(path: FilePath) -> tuple[FilePath, ...]:
    """List the file and those that it includes, without a look at what they say.

    Raises:
        ConfigError: it can't be read.
    """
    return (path, *with_included(read(_bytes(path), str(path))).files)


def check(path: FilePath, *, sandbox: bool = False) -> tuple[Problem, ...]:
    """Find all problems of a file, in file order; none: it can be used. `sandbox`: as `load` takes it."""
    return ConfigError(tuple(_load(path, sandbox=sandbox).problems)).problems


def sound(path: FilePath, *, sandbox: bool = False) -> tuple[Sound, ...]:
    """Read those repositories of a file that no problem is about; none where one is about what they share."""
    loaded = _load(path, sandbox=sandbox)
    about = [problem.key.split(".") for problem in loaded.problems]
    if any(part[0] != "repositories" or len(part) == 1 for part in about):
        return ()
    broken = {part[1] for part in about}
    return tuple(
        Sound(repository, loaded.effective[repository.name])
        for repository in loaded.repositories
        if repository.name not in broken
    )


def problems_of(data: bytes, file: str) -> tuple[Problem, ...]:
    """Find all problems of a draft that lies nowhere yet; what it leaves to be decided is none."""
    return ConfigError(tuple(_parse(data, file, draft=True).problems)).problems


def explain(path: FilePath, repository: str) -> tuple[Origin, ...]:
    """Say every effective value of one repository with its origin.

    Raises:
        ConfigError: the file has problems, or has no such repository.
    """
    loaded = _load(path)
    found = loaded.effective.get(repository)
    if found is None and not loaded.problems:
        near = difflib.get_close_matches(repository, loaded.effective, n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        expected = f"one of: {', '.join(loaded.effective)}"
        loaded.problems.append(Problem(str(path), 0, 0, "repositories", show(repository), expected, hint))
    if loaded.problems or found is None:
        raise ConfigError(tuple(loaded.problems))
    return tuple(
        Origin(key_path(at), write(leaf.written).decode().rstrip("\n"), leaf.origin) for at, leaf in found.origins()
    )


def _load(path: FilePath, *, sandbox: bool = False) -> _Loaded:
    try:
        return _parse(_bytes(path), str(path), sandbox=sandbox)
    except ConfigError as error:
        return _Loaded(problems=list(error.problems))


def _parse(data: bytes, file: str, *, draft: bool = False, sandbox: bool = False) -> _Loaded:
    loaded = _Loaded()
    try:
        included = with_included(read(data, file))
    except ConfigError as error:
        loaded.problems.extend(error.problems)
        return loaded
    document = included.document
    loaded.problems.extend(included.problems)
    if included.problems and isinstance(document.data, dict) and "repositories" not in document.data:
        return loaded  # what is missing is in the files that were refused
    top, written = _checked(document)
    secret = secret_strings.problems(document)
    stand_ins = undecided.problems(document)  # of one no more is said than that it is one
    loaded.problems.extend(
        secret_strings.unshown(problem) if path in secret else problem
        for path, problem in written.items()
        if path not in stand_ins
    )
    if not draft:
        told = undecided.problems(document, sandbox=True) if sandbox else stand_ins
        loaded.problems.extend(told.values())
    if top is not None:
        _resolve_all(loaded, document, top, broken=frozenset(map(_removable, written)), sandbox=sandbox)
    loaded.problems = [secret_strings.scrubbed(problem) for problem in (*loaded.problems, *secret.values())]
    return loaded


def _bytes(path: FilePath) -> bytes:
    """Read the file, one byte more than the cap at most: the reader refuses it then."""
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "no such file")
        with path.open("rb") as stream:
            return stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(
            (Problem(str(path), 0, 0, "the file", error.strerror or "nothing", "a readable file"),)
        ) from error


def _checked(document: Document) -> tuple[dict[str, Any] | None, dict[Path, Problem]]:
    """Check the written form; what cannot be used is taken out, so that the rest is checked in the same go.

    The loop ends: each turn takes at least one key out of the data.
    """
    problems: dict[Path, Problem] = {}
    data = document.data
    while True:
        try:
            top = Top.model_validate(marked(data))
        except ValidationError as error:
            found = written_problems(error, document, Top)
            known = {path[:length] for path in problems for length in range(len(path) + 1)}
            problems.update({path: problem for path, problem in found.items() if path not in known})
            smaller = _without(data, frozenset(map(_removable, found)))
            if smaller == data or not found or () in found or ("repositories",) in found:
                return None, problems
            data = smaller
        else:
            return top.model_dump(exclude_unset=True, by_alias=True), problems


def _removable(path: Path) -> Path:
    """Take a whole list out where one member is broken, so that the others keep their places."""
    return next((path[:number] for number, part in enumerate(path) if isinstance(part, int)), path)


def _without(data: Json, broken: frozenset[Path], path: Path = ()) -> Json:
    if not isinstance(data, dict):
        return data
    return {name: _without(inner, broken, (*path, name)) for name, inner in data.items() if (*path, name) not in broken}


def _resolve_all(
    loaded: _Loaded, document: Document, top: dict[str, Any], broken: frozenset[Path], *, sandbox: bool
) -> None:
    filled: list[tuple[Effective, Repository, frozenset[Path]]] = []
    libraries: dict[str, Library] = {}
    for name in top["repositories"]:
        place = document.key_place(("repositories", name))
        file = document.file_of(place)
        library = libraries.setdefault(file, Library(file))
        effective = resolve(document, top, name, library)
        entry, missing = fill(effective)
        loaded.effective[name] = effective
        unsure = {row for row in broken if row[:2] == ("repositories", name) or row[:1] == ("defaults",)}
        unsure |= {("repositories", name, "jobs", job, key) for job in effective.unread for key in _SAID_BY_DOCUMENTS}
        of_suites = tuple(suites.attach(entry, file))
        loaded.problems.extend(_missing(effective, missing, unsure))
        repository = build(name, entry, Place(place.line, place.column, file), document.file)
        loaded.repositories.append(repository)
        loaded.problems.extend(
            _problem(effective, fault.path, fault.found, fault.expected, hint=fault.hint)
            for fault in (*effective.faults, *of_suites)
        )
        filled.append((effective, repository, frozenset(lack.path for lack in missing)))
    loaded.problems.extend(problem for library in libraries.values() for problem in library.problems)
    if sandbox:  # it has images of any registry
        filled = [(found, references.at_a_sandbox(own, "0" * 12, "us-east-1"), lacks) for found, own, lacks in filled]
    _apply_rules(loaded, filled)


_SAID_BY_DOCUMENTS = ("image", "kind", "command", "instance_type", "inputs")


def _missing(effective: Effective, missing: tuple[Missing, ...], unsure: set[Path]) -> Iterator[Problem]:
    told: set[Path] = set()
    for lack in missing:
        path = lack.shown or lack.path
        if path not in told and not any(_about(path, bad) for bad in unsure):
            yield _problem(effective, path, "nothing", lack.expected, hint=lack.hint)
        told.add(path)


def _about(missing: Path, bad: Path) -> bool:
    """Tell whether a value is missing only because what was written for it, or around it, was already complained of."""
    job, wanted = _split(missing)
    other, broken = _split(bad[1:] if bad[0] == "defaults" else bad[2:])
    if other != job and not (job and other == "every_job"):
        return False
    length = min(len(wanted), len(broken))
    return wanted[:length] == broken[:length]


def _split(path: Path) -> tuple[str, Path]:
    """Take a path apart into the job it is about (empty: none) and the rest, whichever side it is written for."""
    if path[:1] == ("every_job",):
        return "every_job", _without_side(path[1:])
    if path[:1] == ("jobs",) and len(path) > 1:
        return str(path[1]), _without_side(path[2:])
    return "", path


def _without_side(path: Path) -> Path:
    return path[1:] if path[:1] in {(side.value,) for side in Side} else path


def _apply_rules(loaded: _Loaded, filled: list[tuple[Effective, Repository, frozenset[Path]]]) -> None:
    by_name = {repository.name: effective for effective, repository, _ in filled}
    for effective, repository, missing in filled:
        for fault in rules.of_repository(repository):
            if fault.path not in missing:
                loaded.problems.append(_problem(effective, fault.path, fault.found, fault.expected, hint=fault.hint))
    for name, fault in rules.between([repository for _, repository, _ in filled]):
        loaded.problems.append(_problem(by_name[name], fault.path, fault.found, fault.expected, hint=fault.hint))


def _problem(effective: Effective, path: Path, found: str, expected: str, *, hint: str) -> Problem:
    place = effective.place(path)
    key = key_path((*effective.problem_base, *path))
    return Problem(effective.document.file_of(place), place.line, place.column, key, found, expected, hint)
