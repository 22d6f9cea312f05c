"""Pairs of output folders that real libraries write: equal or different by an owner's eyes, never wrong "equal"."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from judge.cases import JOB
from observed import observed
from sklearn.linear_model import Ridge

from harness.compare.outputs import check_outputs
from harness.model.finding import Outcome, worst
from harness.model.job import CompareRule, Output, Side, Tolerance
from harness.model.observation import OutputFile, OutputSeen
from harness.model.table_contract import CsvDialect, Duplicates, TableContract, TypePolicy

Write = Callable[[Path], object]
EQUAL, DIFFERENT, UNDECIDED = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE
ROWS = 120
RANDOM = np.random.default_rng(3)
BASE = pd.DataFrame({
    "id": np.arange(ROWS), "day": [f"2026-11-0{1 + n % 3}" for n in range(ROWS)], "score": RANDOM.random(ROWS),
    "name": [f"n{n % 7}" for n in range(ROWS)],
})  # fmt: skip
CELL = BASE.assign(score=BASE["score"].where(BASE["id"] != 17, 0.25))
HOLES = BASE.assign(name=BASE["name"].where(BASE["id"] != 4), score=BASE["score"].where(BASE["id"] != 3))
TWICE = BASE.assign(id=BASE["id"] // 2)
SWAPPED = BASE.assign(day=BASE["day"].replace({"2026-11-01": "2026-11-02", "2026-11-02": "2026-11-01"}))
UTC = pd.DataFrame({"id": [1, 2], "t": pd.to_datetime(["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z"])})
WALL = UTC.assign(t=UTC["t"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None).dt.tz_localize("UTC"))
ARRAYS = {"w": RANDOM.random((50, 4)), "b": RANDOM.random(4)}
NEAR = {**ARRAYS, "b": ARRAYS["b"] + 1e-9}
BY_ID: Any = {"key": ("id",)}


def rule(**more: Any) -> tuple[CompareRule, ...]:
    """Make the one rule of an owner."""
    return (CompareRule("*", **more),)


def dialect(**more: Any) -> tuple[CompareRule, ...]:
    """Make a rule with the key and a dialect of CSV."""
    return rule(**BY_ID, table=TableContract(dialect=CsvDialect(**more)))


def table(**more: Any) -> tuple[CompareRule, ...]:
    """Make a rule with the key and a contract of tables."""
    return rule(**BY_ID, table=TableContract(**more))


def near(**absolute: float) -> tuple[CompareRule, ...]:
    """Make a rule with the key and tolerances."""
    return rule(**BY_ID, tolerance={name: Tolerance(bound) for name, bound in absolute.items()})


def as_csv(frame: pd.DataFrame, **more: Any) -> Write:
    """Write by pandas."""
    return lambda folder: frame.to_csv(folder / "t.csv", index=False, **more)


def as_parquet(frame: pd.DataFrame) -> Write:
    """Write by pandas and pyarrow."""
    return lambda folder: frame.to_parquet(folder / "t.parquet", index=False)


def by_duckdb(name: str) -> Write:
    """Write by DuckDB, in the form of the name."""
    return lambda folder: duckdb.sql("FROM BASE").query("t", f"COPY t TO '{folder / name}'")


def parts(count: int, taken: int, name: str) -> Write:
    """Write a data set: every part has each so-manyth row."""

    def write(folder: Path) -> None:
        for n in range(taken):
            BASE.iloc[n % count :: count].to_parquet(folder / name.format(n), index=False)

    return write


def partitioned(frame: pd.DataFrame) -> Write:
    """Write partition folders by pyarrow."""
    schema = ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive")
    return lambda folder: ds.write_dataset(
        pa.Table.from_pandas(frame, preserve_index=False), folder, format="parquet", partitioning=schema
    )


def partitioned_by_duckdb(folder: Path) -> None:
    """Write the same by DuckDB."""
    duckdb.sql("FROM BASE").query(
        "t", f"COPY t TO '{folder}' (FORMAT parquet, PARTITION_BY (day), OVERWRITE_OR_IGNORE)"
    )


def lines(frame: pd.DataFrame) -> Write:
    """Write JSON lines."""
    return lambda folder: frame.to_json(folder / "t.jsonl", orient="records", lines=True)


def arrays(values: dict[str, Any], *, small: bool = False) -> Write:
    """Write by NumPy."""
    save: Any = np.savez_compressed if small else np.savez
    return lambda folder: save(folder / "a.npz", **values)


def model(alpha: float, **more: Any) -> Write:
    """Train, and write by joblib."""
    fitted = Ridge(alpha=alpha).fit(ARRAYS["w"], ARRAYS["w"][:, 0])
    return lambda folder: joblib.dump(fitted, folder / "m.joblib", **more)


def archive(frame: pd.DataFrame, when: int) -> Write:
    """Pack a table as a job leaves its model."""

    def write(folder: Path) -> None:
        data, made = frame.to_csv(index=False).encode(), io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as packed:
            info = tarfile.TarInfo("t.csv")
            info.size, info.mtime = len(data), when
            packed.addfile(info, io.BytesIO(data))
        (folder / "model.tar.gz").write_bytes(gzip.compress(made.getvalue(), mtime=when))

    return write


def database(frame: pd.DataFrame) -> Write:
    """Write by pandas into SQLite."""

    def write(folder: Path) -> None:
        connection = sqlite3.connect(folder / "d.sqlite")
        frame.to_sql("t", connection, index=False)
        connection.close()

    return write


KEYED = rule(**BY_ID)
CASES: dict[str, tuple[Outcome, tuple[CompareRule, ...], Write, Write]] = {
    "tabs on one side": (DIFFERENT, (), as_csv(BASE), as_csv(BASE, sep="\t")),
    "tabs, other order": (EQUAL, dialect(delimiter="\t"), as_csv(BASE, sep="\t"), as_csv(BASE[::-1], sep="\t")),
    "tabs, a cell": (DIFFERENT, dialect(delimiter="\t"), as_csv(BASE, sep="\t"), as_csv(CELL, sep="\t")),
    "quoted texts": (EQUAL, KEYED, as_csv(BASE), as_csv(BASE, quoting=csv.QUOTE_NONNUMERIC)),
    "byte order mark": (EQUAL, KEYED, as_csv(BASE), as_csv(BASE, encoding="utf-8-sig")),
    "UTF-16": (EQUAL, dialect(encoding="utf-16"), as_csv(BASE, encoding="utf-16"),
               as_csv(BASE[::-1], encoding="utf-16")),
    "an index column": (DIFFERENT, KEYED, as_csv(BASE), lambda folder: BASE.to_csv(folder / "t.csv")),
    "CSV by DuckDB": (EQUAL, KEYED, as_csv(BASE), by_duckdb("t.csv")),
    "fewer digits, allowed": (EQUAL, near(score=1e-6), as_csv(BASE), as_csv(BASE, float_format="%.7f")),
    "fewer digits": (DIFFERENT, KEYED, as_csv(BASE), as_csv(BASE, float_format="%.7f")),
    "a word for NULL": (EQUAL, dialect(nulls=("NA",)), as_csv(HOLES), as_csv(HOLES, na_rep="NA")),
    "NULL against a value": (DIFFERENT, KEYED, as_csv(BASE), as_csv(HOLES)),
    "a key that stands twice": (UNDECIDED, KEYED, as_csv(TWICE), as_csv(TWICE[::-1])),
    "rows of a key in any order": (EQUAL, table(duplicates=Duplicates.MULTISET), as_csv(TWICE), as_csv(TWICE[::-1])),
    "no rows, other line ends": (EQUAL, KEYED, as_csv(BASE[:0]), as_csv(BASE[:0], lineterminator="\r\n")),
    "no rows on one side": (DIFFERENT, KEYED, as_csv(BASE[:0]), as_csv(BASE)),
    "Parquet by DuckDB": (EQUAL, KEYED, as_parquet(BASE), by_duckdb("t.parquet")),
    "row groups and zstd": (EQUAL, (), as_parquet(BASE), lambda folder: pq.write_table(
        pa.Table.from_pandas(BASE, preserve_index=False), folder / "t.parquet", row_group_size=13, compression="zstd")),
    "a cell of Parquet": (DIFFERENT, KEYED, as_parquet(BASE), as_parquet(CELL)),
    "32 bits": (DIFFERENT, KEYED, as_parquet(BASE), as_parquet(BASE.astype({"score": "float32"}))),
    "another zone": (EQUAL, table(policy=TypePolicy.VALUE), as_parquet(UTC),
                     as_parquet(UTC.assign(t=UTC["t"].dt.tz_convert("Europe/Berlin")))),
    "another instant": (DIFFERENT, KEYED, as_parquet(UTC), as_parquet(WALL)),
    "partitions by two engines": (EQUAL, KEYED, partitioned(BASE), partitioned_by_duckdb),
    "partitions exchanged": (DIFFERENT, KEYED, partitioned(BASE), partitioned(SWAPPED)),
    "more parts": (EQUAL, KEYED, parts(3, 3, "part-{:05d}.parquet"), parts(5, 5, "part-{:05d}-a.snappy.parquet")),
    "a part is lost": (DIFFERENT, KEYED, parts(3, 3, "part-{:05d}.parquet"), parts(3, 2, "part-{:05d}.parquet")),
    "a part stands twice": (UNDECIDED, KEYED, parts(3, 3, "part-{:05d}.parquet"), parts(3, 4, "part-{:05d}.parquet")),
    "a value of JSON lines": (DIFFERENT, (), lines(BASE), lines(CELL)),
    "a line is lost": (DIFFERENT, (), lines(BASE), lines(BASE[:-1])),
    "arrays, compressed, other order": (EQUAL, (), arrays(ARRAYS), arrays(dict(reversed(ARRAYS.items())), small=True)),
    "arrays within tolerance": (EQUAL, rule(tolerance={"b": Tolerance(1e-8)}), arrays(ARRAYS), arrays(NEAR)),
    "arrays": (DIFFERENT, (), arrays(ARRAYS), arrays(NEAR)),
    "a model, compressed": (EQUAL, (), model(1.0), model(1.0, compress=("zlib", 3))),
    "a model within tolerance": (EQUAL, rule(tolerance={"*": Tolerance(1e-5)}), model(1.0), model(1.0000001)),
    "a model": (DIFFERENT, (), model(1.0), model(1.0000001)),
    "an archive's times": (EQUAL, (), archive(BASE, 1), archive(BASE, 99)),
    "an archive's member": (DIFFERENT, (), archive(BASE, 1), archive(CELL, 1)),
    "a database's order": (EQUAL, (), database(BASE), database(BASE[::-1])),
    "a database's cell": (DIFFERENT, (), database(BASE), database(CELL)),
}  # fmt: skip


def found(folder: Path) -> OutputSeen:
    """Make what was found of a folder; a payload is stored under its own path."""
    files = tuple(
        OutputFile(path.relative_to(folder).as_posix(), path.stat().st_size,
                   hashlib.sha256(path.read_bytes()).hexdigest(), stored=str(path))
        for path in sorted(folder.rglob("*")) if path.is_file()
    )  # fmt: skip
    return OutputSeen("model", declared=True, files=files)


@pytest.mark.parametrize("case", list(CASES))
def test_a_pair_of_folders_is_what_its_owner_sees(tmp_path: Path, case: str) -> None:
    """With the rules that such an owner writes."""
    want, rules, *writes = CASES[case]
    runs = []
    for side, write in zip(Side, writes, strict=True):
        (tmp_path / side.value).mkdir()
        write(tmp_path / side.value)
        runs.append(observed(side, outputs=(found(tmp_path / side.value),)))
    job = replace(JOB, outputs=(Output("model", {}, rules=rules),))
    told = check_outputs(job, "p1", *runs, open_payload=Path)
    assert worst(finding.outcome for finding in told) is want, [finding.summary for finding in told]
