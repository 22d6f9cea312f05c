"""Avro files → a document for their schema, then one a record; codecs and blocks are the writer's affair."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

MISSING = "fastavro is not installed: pip install 'parity-harness[formats]'"


def read_avro(path: Path) -> Iterator[Json]:
    """Give schema and records; times, decimals and bytes as texts.

    Raises:
        Unreadable: it is none, or is cut, or its library is not there.
    """
    if importlib.util.find_spec("fastavro") is None:
        raise Unreadable(MISSING)
    import fastavro  # noqa: PLC0415 - an extra, and only where a file is Avro

    try:
        with path.open("rb") as stream:
            reader = fastavro.reader(stream)
            yield {"schema": _plain(reader.writer_schema)}
            for record in reader:
                yield {"record": _plain(record)}
    except (OSError, MemoryError, RecursionError):
        raise
    except Exception as error:  # whatever it raises, it is about what the file says
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise Unreadable(f"no sound Avro file: {said}") from error


def _plain(value: Any) -> Json:  # noqa: ANN401 - whatever Avro has
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items() if name != "__fastavro_parsed__"}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
