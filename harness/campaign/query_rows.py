"""Rows of a query → a Parquet file with the types that the database has; nothing is rounded, and nothing is written.

The URL comes from the environment, and lies in no file and no message. The session is read-only, each statement has a
time limit, rows are fetched in batches by a cursor of the server.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from harness.config.query_file import Query
from harness.errors import Refused

MISSING = "a query needs SQLAlchemy, psycopg and pyarrow: pip install 'parity-harness[sql]'"
BATCH = 20_000
"""Rows in memory at once."""
DIGITS_MAX = 38
SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_TYPES = {
    16: "bool_", 21: "int16", 23: "int32", 20: "int64", 700: "float32", 701: "float64", 25: "string", 1043: "string",
    1042: "string", 19: "string", 1082: "date32", 17: "binary",
}  # fmt: skip
"""PostgreSQL's numbers of types (pg_type.dat) that pyarrow has a type of the same values for."""
NUMERIC, TIMESTAMP, TIMESTAMPTZ = 1700, 1114, 1184


def write_rows(query: Query, into: Path) -> int:
    """Write all rows of a query to a Parquet file, and count them.

    Raises:
        Refused: the libraries or the variable are not there, the database refuses, a type has no exact counterpart, or
            the rows are too many.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - the same
        import sqlalchemy  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise Refused(MISSING) from error
    url = _url(sqlalchemy, query.variable)
    count = 0
    try:
        with _reading(sqlalchemy, url, query) as result:
            schema = _schema(pa, result.cursor.description)
            with pq.ParquetWriter(into, schema, compression="lz4") as writer:
                for rows in result.partitions(BATCH):
                    count += len(rows)
                    if count > query.rows_max:
                        raise Refused(f"the query has more than {query.rows_max} rows: narrow it, or say rows_max")
                    writer.write_table(_table(pa, schema, rows))
    except (sqlalchemy.exc.SQLAlchemyError, pa.ArrowException, ValueError, OverflowError) as error:
        raise Refused(f"the query of ${{{query.variable}}} failed: {_said(error, url)}") from error
    return count


def _url(sqlalchemy: Any, variable: str) -> Any:  # noqa: ANN401 - the library is an extra
    written = os.environ.get(variable, "")
    if not written:
        raise Refused(f"the environment has no {variable}, which the query's file names as its URL")
    try:
        url = sqlalchemy.make_url(written)
    except sqlalchemy.exc.ArgumentError as error:
        raise Refused(f"{variable} is no URL, such as postgresql://USER:PASSWORD@HOST/DATABASE") from error
    if url.drivername not in SCHEMES:
        raise Refused(
            f"{variable} is of {url.drivername[:40]}: only PostgreSQL is read, whose sessions can be read-only"
        )
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def _reading(sqlalchemy: Any, url: Any, query: Query) -> Iterator[Any]:  # noqa: ANN401 - the library is an extra
    """Run the query in a session that can write nothing, and sees one state of the database."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = on")
            connection.exec_driver_sql(f"SET statement_timeout = {query.seconds_max * 1000}")
            connection.exec_driver_sql("SET TimeZone = 'UTC'")
            connection.commit()
            reading = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True, no_parameters=True, stream_results=True,
                max_row_buffer=BATCH,
            )  # fmt: skip
            with closing(reading.exec_driver_sql(query.text)) as result:
                yield result
    finally:
        engine.dispose()


def _schema(pa: Any, described: Sequence[Any] | None) -> Any:  # noqa: ANN401 - the library is an extra
    """Give the columns with types that hold exactly their values.

    Raises:
        Refused: a column's type has none, or two columns have one name.
    """
    if not described:
        raise Refused("the query gives no rows: write one SELECT")
    names = [str(column.name) for column in described]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused(f"two columns of the query are named {twice!r}")
    return pa.schema([(str(column.name), _type(pa, column)) for column in described])


def _type(pa: Any, column: Any) -> Any:  # noqa: ANN401 - the library is an extra
    number = column.type_code
    if number in _TYPES:
        return getattr(pa, _TYPES[number])()
    if number in {TIMESTAMP, TIMESTAMPTZ}:
        return pa.timestamp("us", "UTC" if number == TIMESTAMPTZ else None)
    if number == NUMERIC and column.precision is not None and column.precision <= DIGITS_MAX:
        return pa.decimal128(column.precision, column.scale or 0)
    if number == NUMERIC:
        raise Refused(f"{column.name!r} is a numeric of any size: cast it in the query, such as x::numeric(38, 10)")
    raise Refused(f"{column.name!r} has a type that is not read: cast it in the query, such as x::text")


def _table(pa: Any, schema: Any, rows: Sequence[Sequence[Any]]) -> Any:  # noqa: ANN401 - the library is an extra
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(list(values), field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _said(error: Exception, url: Any) -> str:  # noqa: ANN401 - the library is an extra
    """Give the database's words without what the URL keeps secret."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    return text.replace(str(url.password), "[password]") if url.password else text
