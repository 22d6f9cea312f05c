"""Rows of a database as a place of `parity diff`: exact, read-only, bounded, and without a trace of where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from board import postgres
from click.testing import CliRunner, Result

from harness.campaign.query_rows import write_rows
from harness.cli.main import parity
from harness.config.query_file import Query, read_query
from harness.errors import ConfigError, Refused

EQUAL, DIFFERENT, REFUSED = 0, 1, 2
ROWS = """
CREATE TABLE {name} (id bigint, amount numeric(38, 2), score float8, at timestamptz, day date, name text, good bool);
INSERT INTO {name} VALUES
  (4611686018427387905, 123456789012345678901234567890123456.10, 0.1, '2026-03-29 02:30+01', '2026-01-01', 'é', true),
  (2, -0.01, 'NaN', 'epoch', '0001-01-01', '', NULL), (3, NULL, NULL, NULL, NULL, NULL, false);
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Start one PostgreSQL, with a table for each side."""
    with postgres.server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in ("legacy", "candidate"):
                connection.execute(ROWS.format(name=name))
        yield url


@pytest.fixture
def place(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a file of a query, and give its place."""
    monkeypatch.setenv("SCORES_DB", database)

    def write(name: str, query: str, *more: str) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text("\n".join(["url: ${SCORES_DB}", f"query: {query}", *more, ""]))
        return f"query:{path}"

    return write


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(parity, ["diff", *arguments])


def test_two_queries_are_compared_to_the_last_digit(place: Any) -> None:
    """Integers and decimals beyond doubles, instants, NULL and NaN."""
    left = place("l", "select * from legacy")
    assert run(left, place("r", "select * from candidate order by id"), "--key", "id").exit_code == EQUAL
    changed = (
        "select id, (amount + 0.01)::numeric(38, 2) as amount, case when id = 2 then 0 else score end as score, "
        "at + interval '1 microsecond' as at, day, coalesce(name, '') as name, good from legacy "
        "union all select 4611686018427387904, NULL::numeric(38, 2), NULL, NULL, NULL, NULL, NULL"
    )
    found = run(left, place("c", changed), "--key", "id")
    assert found.exit_code == DIFFERENT
    assert "0 rows only in legacy and 1 only in candidate; 3 of 3 rows differ" in found.stdout
    assert "123456789012345678901234567890123456.10 | 123456789012345678901234567890123456.11" in found.stdout
    assert {f"column {name}" in found.stdout for name in ("amount", "score", "at", "name")} == {True}
    assert not {f"column {name}" in found.stdout for name in ("day", "good")} & {True}


def test_a_query_is_compared_with_a_file(place: Any, tmp_path: Path) -> None:
    """Types are the database's: four bytes are no eight."""
    pq.write_table(pa.table({"id": pa.array([1], pa.int32())}), tmp_path / "t.parquet")
    file = str(tmp_path / "t.parquet")
    assert run(place("a", "select 1::int as id"), file, "--key", "id").exit_code == EQUAL
    assert run(place("b", "select 1::bigint as id"), file, "--key", "id").exit_code == DIFFERENT


@pytest.mark.parametrize(
    ("query", "more", "says"),
    [
        ("select sum(amount) as total from legacy", (), "'total' is a numeric of any size: cast it in the query"),
        ("select interval '1 day' as x", (), "'x' has a type that is not read: cast it in the query, such as x::text"),
        ("select 1 as a, 2 as a", (), "two columns of the query are named 'a'"),
        ("select id from legacy", ("rows_max: 2",), "the query has more than 2 rows"),
        ("select pg_sleep(60)::text as x", ("time_limit: 1s",), "statement timeout"),
        ("insert into legacy (id) values (9) returning id", (), "failed: "),
        ("select 'infinity'::timestamptz as x", (), "failed: "),
        ("select 'NaN'::numeric(5, 2) as x", (), "failed: "),
        ("select nothing from nowhere", (), 'relation "nowhere" does not exist'),
    ],
)
def test_what_can_not_be_read_exactly_is_refused(
    place: Any, query: str, more: tuple[str, ...], says: str, database: str
) -> None:
    """With what to write instead; and nothing is ever written."""
    found = run(place("q", query, *more), place("o", "select id from legacy"), "--key", "id")
    assert found.exit_code == REFUSED, found.output
    assert says in found.output
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from legacy").fetchone() == (3,)


def test_a_session_can_not_be_made_to_write(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not by a text that ends the transaction first."""
    monkeypatch.setenv("SCORES_DB", database)
    query = Query("SCORES_DB", "select 1 as id; commit; delete from legacy")
    with pytest.raises(Refused):
        write_rows(query, tmp_path / "rows")
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from legacy").fetchone() == (3,)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "the environment has no SCORES_DB"),
        ("host=db password=hunter2", "SCORES_DB is no URL"),
        ("mysql://user:hunter2@db/x", "only PostgreSQL is read"),
        ("postgresql://user:hunter2@127.0.0.1:1/x?connect_timeout=2", "failed: "),
    ],
)
def test_where_the_database_is_stands_in_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, says: str
) -> None:
    """A password least of all."""
    monkeypatch.setenv("SCORES_DB", url)
    with pytest.raises(Refused) as refused:
        write_rows(Query("SCORES_DB", "select 1"), tmp_path / "rows")
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_connection_string_in_the_file_is_refused(tmp_path: Path) -> None:
    """It would lie in a file, and in the history of a repository."""
    path = tmp_path / "q.yaml"
    path.write_text("url: postgresql://user:hunter2@db/x\nquery: select 1\n")
    with pytest.raises(ConfigError) as refused:
        read_query(path)
    (problem,) = refused.value.problems
    assert problem.expected == "the name of an environment variable that has the URL, such as ${SCORES_DB}"
    assert "hunter2" not in str(refused.value)
