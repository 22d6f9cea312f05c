"""Documents that entries of `repos.yaml` stand on: found, read strictly, and laid below what the entry says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from harness.config.scalar import plain_in_documents
from harness.config.strict_yaml import BYTES_MAX, Document, read_all
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.document import at
from harness.model.job import Json
from harness.platforms.documents import Candidate, Documents, Reading
from harness.platforms.fault import Fault
from harness.scrub import detect, names


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that a side of a job stands on."""

    name: str
    """As the entry has it."""
    digest: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """What a side of a job says of its document."""

    documents: Documents
    name: str
    """File, and `#name` where it holds several jobs."""
    beside: Mapping[str, Any]
    """Keys of the same side."""
    not_secret: frozenset[str]
    """Names of values that look secret and are none."""


class Library:
    """Reads documents, each file once, and keeps what is wrong with them."""

    def __init__(self, file: str) -> None:
        """Find files beside the file that names them."""
        self._folder = FilePath(file).parent
        self._files: dict[str, tuple[list[Document], str]] = {}
        self.problems: list[Problem] = []

    def open(self, asked: DocumentReference) -> Opened | Fault:
        """Open one document; a fault says why it can't be, one without a path inside the file itself is of the entry.

        What is wrong inside the file is kept with its line and key; the document is given all the same, so that the
        rest of the entry is checked in the same go.
        """
        file, _, wanted = asked.name.partition("#")
        try:
            held, digest = self._read(file)
        except OSError as error:
            return Fault((), f"{file}: {error.strerror or 'not readable'}", "a readable file, beside this one")
        except ConfigError as error:
            self.problems += [problem for problem in error.problems if problem not in self.problems]
            return Fault((), f"{file}, which can't be read", "a document without problems", "they are listed with it")
        found = [(document, candidate) for document in held for candidate in asked.documents.candidates(document.data)]
        chosen = [pair for pair in found if not wanted or wanted in _names(pair[1])]
        if len(chosen) != 1:
            return _several(asked, file, wanted, [each for _, each in found])
        document, candidate = chosen[0]
        reading = asked.documents.read(document.data, candidate, asked.beside)
        self._keep(document, candidate, reading, asked.not_secret)
        return Opened(asked.name, digest, reading)

    def _read(self, file: str) -> tuple[list[Document], str]:
        if file not in self._files:
            path = self._folder / file
            if not path.is_file():
                raise FileNotFoundError(2, "no such file")
            with path.open("rb") as stream:
                data = stream.read(BYTES_MAX + 1)
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            self._files[file] = read_all(data, str(path), plain_in_documents), digest
        return self._files[file]

    def _keep(self, document: Document, candidate: Candidate, reading: Reading, excused: frozenset[str]) -> None:
        """Keep what is wrong inside a document, each thing once however many entries stand on it."""
        faults = (*reading.faults, *_secrets(document.data, candidate.base, excused))
        for fault in faults:
            place = document.value_place(fault.path)
            key = key_path(fault.path) or "the document"
            problem = Problem(document.file, place.line, place.column, key, fault.found, fault.expected, fault.hint)
            if problem not in self.problems:
                self.problems.append(problem)


def _names(candidate: Candidate) -> tuple[str, str]:
    return candidate.name, f"{candidate.kind}/{candidate.name}"


def _several(asked: DocumentReference, file: str, wanted: str, found: list[Candidate]) -> Fault:
    if not found:
        return Fault((), f"{file}, which holds none", asked.documents.what)
    clear = len({candidate.name for candidate in found}) == len(found)
    names = [f"{file}#{candidate.name if clear else f'{candidate.kind}/{candidate.name}'}" for candidate in found]
    if len(found) == 1:
        return Fault((), f"{file}#{wanted}, which is not there", names[0])
    said = f"{file}#{wanted}, which is not there" if wanted else f"{file}, which holds {len(found)} of them"
    return Fault((), said, f"one of: {', '.join(names)}")


_MAPS_OF_VALUES = ("Environment", "HyperParameters")


def _secrets(value: Json, path: Path, excused: frozenset[str]) -> Iterator[Fault]:
    """Find credentials that a document holds: by their form anywhere, by their name where a value has one."""
    yield from _in(at(value, path), path, excused)


def _in(value: Json, path: Path, excused: frozenset[str]) -> Iterator[Fault]:
    match value:
        case {"name": str(name), "value": str(text)} if found := _named(name, text, (*path, "value"), excused):
            yield found
        case dict():
            for key, item in value.items():
                inner = (*path, key)
                named = isinstance(item, str) and path and path[-1] in _MAPS_OF_VALUES
                found = _named(key, item, inner, excused) if named and isinstance(item, str) else None
                yield from (found,) if found else _in(item, inner, excused)
        case list():
            for number, item in enumerate(value):
                flag = value[number - 1] if number else None
                is_flag = isinstance(flag, str) and flag.startswith("-") and "=" not in flag
                found = _named(flag, item, (*path, number), excused) if is_flag and isinstance(item, str) else None  # type: ignore[arg-type] # a flag is text
                yield from (found,) if found else _in(item, (*path, number), excused)
        case str():
            for hit in detect.hits(value):
                if hit.rule != detect.NAMED and _key(hit.name) not in excused and not _is_excused(path, excused):
                    yield _secret(path, hit.rule, hit.name)
                    return


def _named(name: str, text: str, path: Path, excused: frozenset[str]) -> Fault | None:
    if _key(name) in excused:
        return None
    if names.is_secret(name, text) or detect.rule_of(name, text):
        return _secret(path, detect.NAMED, name.lstrip("-"))
    return None


def _is_excused(path: Path, excused: frozenset[str]) -> bool:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return _key(key) in excused


def _secret(path: Path, rule: str, name: str) -> Fault:
    excuse = f"not_secret: {{{name or 'KEY'}: why it is none}}"
    hint = f"take it from a Secret; where it is none, write {excuse} in the entry"
    return Fault(path, f"what looks like a secret ({rule})", "no credentials in this file", hint)


def _key(name: str) -> str:
    """Write names alike: `--hf-token` and HF_TOKEN are one."""
    return name.lstrip("-").upper().replace("-", "_")


def excused_names(not_secret: Mapping[str, Any]) -> frozenset[str]:
    """Give the names that `not_secret:` of a job vouches for."""
    return frozenset(map(_key, not_secret))
