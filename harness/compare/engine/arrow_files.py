"""Arrow (Feather) and ORC files → Parquet, which the engine reads; batch by batch, beside them.

Values stay what they are: lengths of time, for which Parquet has no type, become whole nanoseconds.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.compare.engine.session import Trouble

MISSING = "pyarrow is not installed: pip install 'parity-harness[formats]'"
FILE_MAGIC = b"ARROW1"
FORMS = frozenset({"arrow", "orc"})


def as_parquet(side: str, file: str, form: str) -> str:
    """Write a file anew, and give its name.

    Raises:
        Trouble: it is no sound file of its form, holds what Parquet has no type for, or the library is not there.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise Trouble(MISSING)
    import pyarrow as pa  # noqa: PLC0415 - an extra, and only where a file is one
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    name = f"{file}.text"
    try:
        schema, batches = _orc(file) if form == "orc" else _arrow(pa, file)
        wanted = pa.schema([_field(pa, field) for field in schema])
        with pq.ParquetWriter(name, wanted, compression="lz4") as writer:
            for batch in batches:
                writer.write_table(pa.Table.from_batches([batch], schema).cast(wanted))
    except (pa.ArrowException, OSError, NotImplementedError) as error:
        raise Trouble(f"{side} file: {' '.join(str(error).split())[:300]}") from error
    return name


def _arrow(pa: Any, file: str) -> tuple[Any, Iterator[Any]]:  # noqa: ANN401 - the library is an extra
    """Open a file, or what is written as a stream of batches."""
    with Path(file).open("rb") as data:
        is_file = data.read(len(FILE_MAGIC)) == FILE_MAGIC
    if not is_file:
        stream = pa.ipc.open_stream(file)
        return stream.schema, iter(stream)
    reader = pa.ipc.open_file(file)
    return reader.schema, (reader.get_batch(number) for number in range(reader.num_record_batches))


def _orc(file: str) -> tuple[Any, Iterator[Any]]:
    from pyarrow import orc  # noqa: PLC0415 - the library is an extra

    reader = orc.ORCFile(file)
    return reader.schema, (reader.read_stripe(number) for number in range(reader.nstripes))


def _field(pa: Any, field: Any) -> Any:  # noqa: ANN401 - the library is an extra
    kind = field.type
    if pa.types.is_duration(kind):
        kind = pa.duration("ns")
    return pa.field(field.name, kind, nullable=True)
