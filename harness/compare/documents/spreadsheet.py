"""Workbooks of Excel (.xlsx) → one document a row of every sheet: values and formulas by cell.

A zip archive of XML (ECMA-376). Who made it and when, styles, widths, charts and the pool of shared texts are the
writer's affair. A document type, which is where XML can grow, is refused.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

PART_BYTES_MAX = 256 * 1024 * 1024
"""Of one part, unpacked."""
CHUNK = 1 << 16
BOOK, RELATIONS, TEXTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
_ID = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_STRICT_ID = "http://purl.oclc.org/ooxml/officeDocument/relationships id"


@dataclass(slots=True)
class _Element:
    """What is being read: names of the elements around, and the texts of the innermost ones that hold some."""

    names: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


Begin = Callable[[str, dict[str, str]], None]
End = Callable[[str, str], None]


def read_workbook(path: Path) -> Iterator[Json]:
    """Give the names of the sheets, then their rows.

    Raises:
        Unreadable: it is none, is cut, or holds a document type.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = _sheets(archive)
            yield {"sheets": [name for name, _ in sheets]}
            texts = _texts(archive)
            for name, part in sheets:
                for number, cells in _rows(archive, part, texts):
                    yield {"sheet": name, "row": number, "cells": cells}
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, IndexError, zlib.error, EOFError) as error:
        raise Unreadable(f"no sound workbook: {' '.join(str(error).split())[:200]}") from error
    except (NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"no workbook that can be read: {error}") from error


def _parse(archive: zipfile.ZipFile, part: str, begin: Begin, end: End) -> Iterator[None]:
    """Read one part, some bytes at a time."""
    if archive.getinfo(part).file_size > PART_BYTES_MAX:
        raise Unreadable(f"{part} has more than {PART_BYTES_MAX} bytes")
    reader = expat.ParserCreate(namespace_separator=" ")
    inside = _Element()

    def refuse(*_: object) -> None:
        raise Unreadable(f"{part} holds a document type")

    def started(name: str, attributes: dict[str, str]) -> None:
        inside.names.append(name)
        inside.text.clear()
        begin(name.rpartition(" ")[2], attributes)

    def ended(name: str) -> None:
        end(name.rpartition(" ")[2], "".join(inside.text))
        inside.names.pop()
        inside.text.clear()

    reader.StartDoctypeDeclHandler = refuse
    reader.StartElementHandler = started
    reader.EndElementHandler = ended
    reader.CharacterDataHandler = inside.text.append
    read = 0
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            read += len(chunk)
            if read > PART_BYTES_MAX:
                raise Unreadable(f"{part} has more than {PART_BYTES_MAX} bytes")
            reader.Parse(chunk, False)
            yield
        reader.Parse(b"", True)
        yield


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Give the sheets in their order, each with its part."""
    targets: dict[str, str] = {}
    named: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            named.append((attributes["name"], attributes.get(_ID) or attributes[_STRICT_ID]))

    for part, begin in ((RELATIONS, relation), (BOOK, sheet)):
        for _ in _parse(archive, part, begin, lambda _name, _text: None):
            pass
    return [(name, targets[key]) for name, key in named]


def _texts(archive: zipfile.ZipFile) -> list[str]:
    """Read the pool of shared texts; a text may be in pieces of several styles."""
    found: list[str] = []
    pieces: list[str] = []
    phonetic: list[bool] = []

    def begin(name: str, _: dict[str, str]) -> None:
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            phonetic.append(True)

    def end(name: str, text: str) -> None:
        if name == "t" and not phonetic:
            pieces.append(text)
        elif name == "rPh":
            phonetic.pop()
        elif name == "si":
            found.append("".join(pieces))

    if TEXTS in archive.namelist():
        for _ in _parse(archive, TEXTS, begin, end):
            pass
    return found


def _rows(archive: zipfile.ZipFile, part: str, texts: list[str]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Give the rows of a sheet that hold a value."""
    done: list[tuple[int, dict[str, Json]]] = []
    at = {"row": 0, "column": 0}
    cells: dict[str, Json] = {}
    cell: dict[str, str] = {}

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            at["row"], at["column"] = int(attributes.get("r") or at["row"] + 1), 0
        elif name == "c":
            at["column"] += 1
            cell.clear()
            cell.update(kind=attributes.get("t", "n"), place=attributes.get("r") or f"{at['column']}.{at['row']}")

    def end(name: str, text: str) -> None:
        if name in {"v", "f", "t"} and cell:
            cell[name] = cell.get(name, "") + text
        elif name == "c":
            value = _value(cell, texts)
            if value is not None:
                cells[cell["place"]] = value
            cell.clear()
        elif name == "row" and cells:
            done.append((at["row"], dict(cells)))
            cells.clear()

    for _ in _parse(archive, part, begin, end):
        yield from done
        done.clear()


def _value(cell: dict[str, str], texts: list[str]) -> Json:
    """Read a cell: a shared text, a text, a truth value, an error, or a number; with the formula that made it."""
    kind, written = cell["kind"], cell.get("v")
    value: Json
    if kind == "inlineStr":
        value = cell.get("t", "")
    elif written is None:
        value = None
    elif kind == "s":
        value = texts[int(written)]
    elif kind == "b":
        value = written == "1"
    elif kind == "n":
        value = int(written) if written.lstrip("-").isdecimal() else float(written)
    else:
        value = {"error" if kind == "e" else "text" if kind == "str" else kind: written}
    return {"formula": cell["f"], "value": value} if cell.get("f") else value
