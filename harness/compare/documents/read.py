"""A file → its documents: one of JSON, YAML, a notebook or a model, or one a line, row or record."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from harness.compare.documents.unreadable import Unreadable
from harness.compare.engine.exact import NUMBER
from harness.errors import ConfigError
from harness.model import strict_json
from harness.model.job import Json

DOCUMENT_BYTES_MAX = 256 * 1024 * 1024
"""Of one document, which is held in memory; of JSON lines, of one line."""


def documents(form: str, path: Path) -> Iterator[Json]:
    """Give the documents of a file, one after the other.

    Raises:
        Unreadable: it is no document of one meaning.
    """
    if form in STREAMED:
        yield from STREAMED[form](path)
    else:
        yield _ONE[form](path)


def _reader(name: str, function: str) -> Callable[[Path], Any]:
    """Name a reader whose module is imported when a file needs it."""

    def read(path: Path) -> Any:  # noqa: ANN401 - one document, or an iterator of them
        return getattr(import_module(f"harness.compare.documents.{name}"), function)(path)

    return read


def _json_file(path: Path) -> Json:
    return _json(_whole(path))


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the lines with their numbers, each with what ends it."""
    with path.open("rb") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(DOCUMENT_BYTES_MAX + 1), b""), 1):
            if len(line) > DOCUMENT_BYTES_MAX:
                raise Unreadable(f"line {number}: more than {DOCUMENT_BYTES_MAX} bytes")
            yield number, line


def _text(path: Path) -> Iterator[Json]:
    """Give the lines without what ends them."""
    for number, line in _numbered(path):
        try:
            yield line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise Unreadable(f"line {number}: no UTF-8") from error


def _lightgbm(path: Path) -> Json:
    from harness.compare.documents.lightgbm import read_lightgbm  # noqa: PLC0415 - only where a file is one

    try:
        return read_lightgbm(_whole(path).decode())
    except UnicodeDecodeError as error:
        raise Unreadable(str(error)) from error


def _notebook(path: Path) -> Json:
    from harness.compare.documents.notebook import read_notebook  # noqa: PLC0415 - only where a file is one

    return read_notebook(_json(_whole(path)))


def _whole(path: Path) -> bytes:
    size = path.stat().st_size
    if size > DOCUMENT_BYTES_MAX:
        raise Unreadable(f"{size} bytes, more than the {DOCUMENT_BYTES_MAX} that are compared value by value")
    return path.read_bytes()


def _json(data: bytes) -> Json:
    try:
        return strict_json.read(data, bytes_max=DOCUMENT_BYTES_MAX, constants=True)
    except strict_json.StrictError as error:
        raise Unreadable(f"byte {error.byte_offset}: {error.reason}") from error


def _lines(path: Path) -> Iterator[Json]:
    """Read a document a line; blank lines are none."""
    for number, line in _numbered(path):
        if not line.strip():
            continue
        try:
            yield _json(line.rstrip(b"\r\n"))
        except Unreadable as error:
            raise Unreadable(f"line {number}: {error}") from error


def _yaml(path: Path) -> Json:
    from harness.config.scalar import NotPlainError, plain  # noqa: PLC0415 - only where a file is YAML
    from harness.config.strict_yaml import read_all  # noqa: PLC0415 - the same

    def word(text: str) -> bool | int | float | str | None:
        """Keep a word of more than one meaning, such as an id with leading zeros, as one that no quoted text is."""
        try:
            return plain(text)
        except NotPlainError:
            return f"!plain {text}"

    try:
        found = read_all(_whole(path), "the file", word)
    except ConfigError as error:
        problem = error.problems[0]
        raise Unreadable(f"line {problem.line}: {problem.found}, expected {problem.expected}") from error
    if len(found) > 1:
        raise Unreadable(f"{len(found)} documents, where one is expected")
    return found[0].data if found else None


def _xgboost(path: Path) -> Json:
    """Read a model of XGBoost as JSON or UBJSON; its numbers are 32-bit floats in both."""
    data = _whole(path)
    if data[1:].lstrip()[:1] in {b'"', b"}"}:
        return _single(_json(data))
    from harness.compare.models.parts import Trouble  # noqa: PLC0415 - only where a file is UBJSON
    from harness.compare.models.ubjson import read_ubjson  # noqa: PLC0415 - the same

    try:
        return _single(read_ubjson(path))
    except Trouble as error:
        raise Unreadable(str(error)) from error


def _single(value: Any) -> Json:  # noqa: ANN401 - JSON may be anything
    """Round every number that is no integer to the nearest 32-bit float, as XGBoost reads it; some are in texts."""
    if isinstance(value, dict):
        return {name: _single(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_single(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return _float32(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return _float32(float(value))
    return value  # type: ignore[no-any-return]


def _float32(value: float) -> float:
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return value
    return rounded


STREAMED: Mapping[str, Callable[[Path], Iterator[Json]]] = {
    "jsonl": _lines,
    "sqlite": _reader("sqlite", "read_sqlite"),
    "avro": _reader("avro", "read_avro"),
    "tfrecord": _reader("tfrecord", "read_tfrecord"),
    "xlsx": _reader("spreadsheet", "read_workbook"),
    "text": _text,
}
"""Forms of many documents, each at a place of its own."""
_ONE: Mapping[str, Callable[[Path], Json]] = {
    "json": _json_file,
    "yaml": _yaml,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "notebook": _notebook,
    "tar": _reader("tar", "read_archive"),
    "zip": _reader("archive", "read_zip"),
}
"""Forms of one document a file."""
