"""DuckDB, shut in: the files of two sides may be read, nothing else, and nothing of it can be changed any more."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from harness.bounded import process_limits
from harness.compare.engine import declared, exact
from harness.compare.engine.numbers_sql import MACROS
from harness.model import strict_json

MEMORY_BYTES = 2 * 1024**3
JSON_BYTES_MAX = 2_000_000
"""Of one document in a cell."""
SPILL_BYTES = 8 * 1024**3
"""Beyond its memory the engine partitions by hash and spills to the working directory."""

Row = tuple[Any, ...]


class Trouble(Exception):  # noqa: N818 - an answer, not a fault
    """Why two data sets can't be compared."""


def memory_bytes() -> int:
    """Give what this process may take; a host may allow less than was asked for."""
    return process_limits.effective(resource.RLIMIT_AS, sys.maxsize)


class Session:
    """One connection; settings are locked before the first untrusted byte is read."""

    def __init__(
        self, files: Iterable[str], engine_memory_bytes: int = MEMORY_BYTES, spill_bytes: int = SPILL_BYTES
    ) -> None:
        """Start without extensions; `files` are names in the working directory that may be read."""
        import duckdb  # noqa: PLC0415 - after the limits, which hold for its start as well

        self.error: type[Exception] = duckdb.Error
        options = {
            "threads": 1,
            "memory_limit": f"{min(engine_memory_bytes, memory_bytes() // 2)}B",
            "temp_directory": "spill",
            "max_temp_directory_size": f"{spill_bytes}B",
            "preserve_insertion_order": True,
            "enable_external_file_cache": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
        self._connection = duckdb.connect(":memory:", config=options)
        self._functions()
        for macro in (*MACROS, *declared.MACROS):
            self.rows(macro)
        # statistics of footers are what a file says of itself: no comparison may be decided by them
        self.rows("SET disabled_optimizers = 'statistics_propagation'")
        self.rows("SET parquet_metadata_cache = true")  # several statements read the same files, which nobody writes
        self.rows(f"SET allowed_paths = {list(files)!r}")
        self.rows("SET enable_external_access = false")
        self.rows("SET lock_configuration = true")

    def _functions(self) -> None:
        kinds = ["VARCHAR", "VARCHAR", "DOUBLE", "DOUBLE"]
        for name, function, types, result in (
            ("near_exact", _near_numbers, kinds, "BOOLEAN"),
            ("text_state", _text_state, [*kinds, "BOOLEAN"], "INTEGER"),
            ("text_distance", _text_distance, kinds[:2], "DOUBLE"),
            ("spelled_exact", _spelled, kinds[:1], "VARCHAR"),
            ("casefolded", _casefolded, kinds[:1], "VARCHAR"),
            ("json_exact", _json, kinds[:1], "VARCHAR"),
        ):
            self._connection.create_function(name, function, types, result, null_handling="special")

    def nested(self, name: str, kinds: tuple[str, str], bounds: exact.Bounds, *, whole_exact: bool) -> None:
        """Define a function that compares two nested values of the given types."""

        def state(left: object, right: object) -> int:
            return exact.nested_state(left, right, bounds, whole_exact=whole_exact)

        self._connection.create_function(name, state, list(kinds), "INTEGER", null_handling="special")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement."""
        done = self._connection.execute(sql, list(values)) if values else self._connection.execute(sql)
        return list(done.fetchall())

    def frame(self, sql: str) -> Any:  # noqa: ANN401 - a DataFrame of pandas, which only its users import
        """Run one statement, and give its rows as a DataFrame."""
        return self._connection.execute(sql).df()

    def count(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement that gives one number."""
        return int(self.rows(sql, values)[0][0])


def _near_numbers(left: str | None, right: str | None, absolute: float | None, relative: float | None) -> bool:
    if left is None or right is None:
        return False
    return exact.near_numbers(left, right, absolute, relative)


def _text_state(  # noqa: PLR0917 - called by DuckDB
    left: str | None,
    right: str | None,
    absolute: float | None,
    relative: float | None,
    whole_exact: bool,  # noqa: FBT001
) -> int:
    return exact.text_state(left, right, (absolute, relative), whole_exact=whole_exact)


def _text_distance(left: str | None, right: str | None) -> float | None:
    return None if left is None or right is None else exact.text_distance(left, right)


def _casefolded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _json(text: str | None) -> str | None:
    """Write a document in one spelling; None where the text is none."""
    if text is None:
        return None
    try:
        return json.dumps(strict_json.read(text.encode(), bytes_max=JSON_BYTES_MAX), sort_keys=True)
    except strict_json.StrictError:
        return None


def _spelled(text: str | None) -> str | None:
    return None if text is None else exact.spelled(text)
