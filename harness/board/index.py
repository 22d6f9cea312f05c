"""The derived index: rows of all stores, in SQLite or PostgreSQL. It can be dropped at any time and made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from harness import private
from harness.board.schema import META, METADATA, VERSION
from harness.errors import StoreError

BUSY_MILLISECONDS = 30_000
"""How long a reader of SQLite waits for the writer's commit."""
_SNAPSHOT: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""What makes all that one reader asks for be of one time; SQLite needs only a transaction."""
POSTGRESQL = "postgresql+psycopg"
"""The driver that the extra installs, where a URL names none."""


@dataclass(frozen=True, slots=True)
class Index:
    """An open index."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read; what others commit meanwhile is not seen in part.

        Raises:
            StoreError: the database does not answer.
        """
        try:
            with self.engine.connect().execution_options(**_SNAPSHOT[self.engine.dialect.name]) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(self.engine, error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction.

        Raises:
            StoreError: the database does not answer, or refused.
        """
        try:
            with self.engine.execution_options(writes=True).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failed(self.engine, error) from error

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_index(url: str) -> Index:
    """Open an index by path or SQLAlchemy URL; tables that are not there, or of another version, are made anew.

    Raises:
        StoreError: there is no such database, or no driver for it.
    """
    try:
        engine = create_engine(_address(url), pool_pre_ping=True)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        message = f"--index: {error}"
        raise StoreError(message) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
    index = Index(engine)
    with index.writing() as connection:
        METADATA.create_all(connection, tables=[META])
        known = connection.execute(select(META.c.value).where(META.c.name == "version")).scalar()
        if known != str(VERSION):
            clear(connection)
    return index


def _address(url: str) -> str:
    """Give a URL of SQLAlchemy; a path is a file of SQLite, which nobody else may read."""
    scheme, separator, rest = url.partition("://")
    if separator:
        return f"{POSTGRESQL}://{rest}" if scheme in {"postgresql", "postgres"} else url
    path = Path(url).absolute()
    private.make_folder(path.parent)
    private.open_file(path, "ab").close()
    return f"sqlite:///{path}"


def _connected(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
    """Take transactions from the driver, which begins none for what only reads."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begun(connection: Connection) -> None:
    """Begin a transaction: who writes locks at once, for of two readers that both want to write one would fail."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _failed(engine: Engine, error: SQLAlchemyError) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return StoreError(f"the board's index {engine.url.render_as_string(hide_password=True)}: {cause}")


def clear(connection: Connection) -> None:
    """Drop all that was read, and begin anew."""
    METADATA.drop_all(connection)
    METADATA.create_all(connection)
    connection.execute(insert(META), [{"name": "version", "value": str(VERSION)}])
