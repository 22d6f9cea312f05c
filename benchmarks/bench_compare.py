"""Comparisons of outputs beside what a user would otherwise pick, each a process of its own, measured from outside.

CPU seconds and peak memory are the kernel's, of the finished process with all that it started. Cases take turns, so
that a machine whose speed drifts hits all of them; every answer is checked against counts that are known from how the
inputs were made. Peers that are not installed are left out, and said to be: `--python` names an interpreter that has
them.

    python benchmarks/bench_compare.py                      # 1,000,000 rows
    python benchmarks/bench_compare.py --rows 20000 --files 40 --mib 1 --rounds 1
    python benchmarks/bench_compare.py --rows 100000 --columns 299 --files 1 --mib 1 --only Parquet
"""

# ruff: noqa: PLC0415 - each way is a process of its own, which pays for its own imports only

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHANGED, MISSING = 1000, 10_000
"""One row in so many has another value, or is on one side only."""
NEAR = 1e-9
TOLERANCE = 1e-6
COLUMNS = int(os.environ.get("BENCH_COLUMNS", "11"))
"""Beside the key; handed down to the processes that are measured."""


@dataclass(frozen=True)
class Sizes:
    """How large the inputs are."""

    rows: int
    files: int
    mib: int


# -- inputs -----------------------------------------------------------------------------------------------------------


def make(folder: Path, sizes: Sizes) -> None:
    """Write all inputs; the same for the same sizes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    draw = np.random.default_rng(20261201)
    rows = sizes.rows
    columns: dict[str, object] = {"id": np.arange(rows)}
    for n in range(COLUMNS):
        if n % 4 == 0:
            columns[f"c{n}"] = draw.random(rows)
        elif n % 4 == 1:
            columns[f"c{n}"] = draw.integers(0, 1 << 40, rows)
        elif n % 4 == 2:
            columns[f"c{n}"] = np.char.add("name-", draw.integers(0, 50_000, rows).astype(str))
        else:
            columns[f"c{n}"] = draw.integers(0, 2, rows).astype(bool)
    legacy = pa.table(columns)
    values = np.array(columns["c0"])
    values[::7] += NEAR
    values[::CHANGED] += 1.0
    candidate = legacy.set_column(1, "c0", pa.array(values))
    keep = np.ones(rows, bool)
    keep[5::MISSING] = False
    candidate = candidate.filter(pa.array(keep))
    pq.write_table(legacy, folder / "l.parquet", row_group_size=100_000)
    pq.write_table(candidate, folder / "c.parquet", row_group_size=100_000)
    pq.write_table(candidate.take(pa.array(draw.permutation(candidate.num_rows))), folder / "s.parquet")
    pc.write_csv(legacy, folder / "l.csv")
    pc.write_csv(candidate, folder / "c.csv")
    for side, table in (("l", legacy), ("c", candidate)):
        part_of = np.array(table.column("id")) % sizes.files
        ordered = table.take(pa.array(np.argsort(part_of, kind="stable")))
        ends = np.cumsum(np.bincount(part_of, minlength=sizes.files))
        for n, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            day = folder / f"set-{side}" / f"day={n % 20}"
            day.mkdir(parents=True, exist_ok=True)
            pq.write_table(ordered.slice(begin, end - begin), day / f"part-{n:05d}-{side * 12}.parquet")
    numbers = draw.random(sizes.mib * 55_000)
    for side, moved in (("l", 0.0), ("c", NEAR)):
        document = {
            "runs": [{"id": n, "losses": list(block + moved)} for n, block in enumerate(np.array_split(numbers, 100))]
        }
        (folder / f"{side}.json").write_text(json.dumps(document))
        weights = draw.random(0) if not sizes.mib else np.resize(numbers, sizes.mib * 131_072)
        np.savez(folder / f"{side}.npz", w=weights + moved, b=np.zeros(10))


# -- ours -------------------------------------------------------------------------------------------------------------


def ours(left: str, right: str, **more: object) -> dict[str, int]:
    """Compare as `parity diff` does, and give what was found."""
    import harness

    tolerance = {"*": harness.Tolerance(absolute=TOLERANCE)}
    found = harness.diff(left, right, [harness.CompareRule("*", tolerance=tolerance, **more)])  # type: ignore[arg-type]
    (member,) = found.members
    if member.outcome is harness_outcome().INCONCLUSIVE:
        sys.exit(member.summary)
    return {"differing": member.samples_left_out + len(member.samples), "within": member.within}


def harness_outcome() -> type:
    """Give the outcomes."""
    from harness.model.finding import Outcome

    return Outcome


def ours_table(left: str, right: str) -> dict[str, int]:
    """Compare tables by key."""
    return ours(left, right, key=("id",))


# -- peers ------------------------------------------------------------------------------------------------------------

READ = {
    "parquet": "read_parquet('{}')",
    "csv": "read_csv('{}')",
    "set": "read_parquet('{}/*/*.parquet', hive_partitioning = true)",
}


def duckdb_join(left: str, right: str, kind: str) -> dict[str, int]:
    """Join by key and count what every column holds, and compare nothing: the floor."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    one, other = (READ[kind].format(path) for path in (left, right))
    counts = ", ".join(f"count({side}.c{n})" for side in "lr" for n in range(COLUMNS))
    rows = connection.execute(
        f"SELECT count(*) FILTER (l.id IS NULL OR r.id IS NULL), {counts} FROM {one} l "
        f"FULL JOIN {other} r ON l.id = r.id"
    ).fetchone()
    return {"one_sided": int(rows[0])} if rows else {}


def duckdb_compare(left: str, right: str, kind: str) -> dict[str, int]:
    """Join by key and compare every column."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    one, other = (READ[kind].format(path) for path in (left, right))
    differ = [f"l.c{n} IS DISTINCT FROM r.c{n}" for n in range(1, COLUMNS)]
    far = f"abs(l.c0 - r.c0) > {TOLERANCE}"
    rows = connection.execute(
        f"SELECT count(*) FILTER (l.id IS NULL OR r.id IS NULL) + count(*) FILTER ({far}) + "
        f"{' + '.join(f'count(*) FILTER (l.id IS NOT NULL AND r.id IS NOT NULL AND {term})' for term in differ)} "
        f"FROM {one} l FULL JOIN {other} r ON l.id = r.id"
    ).fetchone()
    return {"differing": int(rows[0])} if rows else {}


def polars_compare(left: str, right: str, kind: str) -> dict[str, int]:
    """Join by key and compare every column."""
    import polars as pl

    scan = pl.scan_csv if kind == "csv" else pl.scan_parquet
    one, other = (scan(f"{path}/*/*.parquet" if kind == "set" else path) for path in (left, right))
    joined = one.join(other, on="id", how="full", suffix="_r")
    both = pl.col("id").is_not_null() & pl.col("id_r").is_not_null()
    counts = [(~both).sum().alias("lonely"), ((pl.col("c0") - pl.col("c0_r")).abs() > TOLERANCE).sum().alias("c0")]
    counts += [(both & pl.col(f"c{n}").ne_missing(pl.col(f"c{n}_r"))).sum().alias(f"c{n}") for n in range(1, COLUMNS)]
    return {"differing": int(joined.select(counts).collect(engine="streaming").sum_horizontal().item())}


def datacompy_compare(left: str, right: str, kind: str) -> dict[str, int]:
    """Compare with datacompy on Polars; its answer is whether both match."""
    import datacompy
    import polars as pl

    read = pl.read_csv if kind == "csv" else pl.read_parquet
    found = datacompy.PolarsCompare(read(left), read(right), join_columns=["id"], abs_tol=TOLERANCE)
    return {"matches": int(found.matches())}


def json_loop(left: str, right: str) -> dict[str, int]:
    """Decode both with msgspec, and compare number by number in a plain loop."""
    import msgspec

    one, other = (msgspec.json.decode(Path(path).read_bytes()) for path in (left, right))
    within = differing = 0
    for run, again in zip(one["runs"], other["runs"], strict=True):
        for value, moved in zip(run["losses"], again["losses"], strict=True):
            if value != moved:
                if abs(value - moved) <= TOLERANCE:
                    within += 1
                else:
                    differing += 1
    return {"differing": differing, "within": within}


def numpy_sum(left: str, right: str) -> dict[str, int]:
    """Read both and add them up: the floor."""
    import numpy as np

    return {"values": sum(int(np.load(path)["w"].sum() > -1) for path in (left, right))}


@dataclass(frozen=True)
class Case:
    """Ways to compare two files, ours first."""

    left: str
    right: str
    ways: dict[str, Callable[[str, str], dict[str, int]]]
    goal: str
    """What ours is measured against."""


def _tables(kind: str) -> dict[str, Callable[[str, str], dict[str, int]]]:
    peers = {"DuckDB join": duckdb_join, "DuckDB compare": duckdb_compare, "Polars": polars_compare}
    if kind != "set":
        peers["datacompy on Polars"] = datacompy_compare
    bound = {name: lambda left, right, way=way: way(left, right, kind) for name, way in peers.items()}
    return {"ours": ours_table, **bound}


CASES = {
    "Parquet, in order": Case("l.parquet", "c.parquet", _tables("parquet"), "DuckDB join"),
    "Parquet, any order": Case("l.parquet", "s.parquet", _tables("parquet"), "DuckDB join"),
    "CSV": Case("l.csv", "c.csv", _tables("csv"), "DuckDB join"),
    "data set": Case("set-l", "set-c", _tables("set"), "DuckDB join"),
    "JSON": Case("l.json", "c.json", {"ours": ours, "msgspec and a loop": json_loop}, "msgspec and a loop"),
    "npz": Case("l.npz", "c.npz", {"ours": ours, "NumPy's sum": numpy_sum}, "NumPy's sum"),
}


def expected(case: str, sizes: Sizes) -> dict[str, int]:
    """Say what is known of the answer."""
    if case in {"JSON", "npz"}:
        return {"differing": 0}
    missing = len(range(5, sizes.rows, MISSING))
    changed = sum(1 for n in range(0, sizes.rows, CHANGED) if n % MISSING != 5)
    return {"differing": missing + changed, "one_sided": missing, "matches": 0}


# -- measuring --------------------------------------------------------------------------------------------------------


def measured(python: str, folder: Path, case: str, way: str) -> tuple[float, float, dict[str, int] | None]:
    """Run one way as a process; CPU seconds, peak MiB, and its answer, or None where it can't run here."""
    command = [python, __file__, "--one", case, "--way", way, "--folder", str(folder)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=out, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said.seek(0)
        text = said.read().decode(errors="replace")
        if status:
            if "ModuleNotFoundError" in text:
                return 0.0, 0.0, None
            sys.exit(f"{case}, {way}: ended with {process.returncode}:\n{text[-2000:]}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, json.loads(out.read())


def main() -> int:
    """Measure all cases and print a table; 1 where an answer is wrong."""
    parser = argparse.ArgumentParser()
    for name, default in (
        ("rows", 1_000_000), ("columns", COLUMNS), ("files", 2000), ("mib", 16), ("rounds", 3),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("one", "way", "folder", "only"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the peers")
    given = parser.parse_args()
    if given.one:
        case, folder = CASES[given.one], Path(given.folder)
        print(json.dumps(case.ways[given.way](str(folder / case.left), str(folder / case.right))))
        return 0
    sizes = Sizes(given.rows, given.files, given.mib)
    if given.columns != COLUMNS:
        environment = {**os.environ, "BENCH_COLUMNS": str(given.columns)}
        return subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="bench-compare-") as name:
        code = f"import bench_compare as b; from pathlib import Path; b.make(Path({name!r}), b.{sizes!r})"
        # in a process of its own: a child's peak memory begins with its parent's
        maker = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parent)
        if maker.returncode:
            return 1
        print(f"{sizes.rows} rows of {COLUMNS + 1} columns, {sizes.files} files a side, documents of {sizes.mib} MiB\n")
        print("| case | way | CPU s | peak MiB | ratio |\n| --- | --- | --- | --- | --- |")
        return max(_case(Path(name), label, sizes, given) for label in CASES if given.only in label)


def _case(folder: Path, label: str, sizes: Sizes, given: argparse.Namespace) -> int:
    """Let the ways of one case take turns, and print a line each."""
    case, wrong = CASES[label], 0
    best: dict[str, tuple[float, float]] = {}
    for _ in range(given.rounds):
        for way in case.ways:
            python = sys.executable if way == "ours" else given.python
            cpu, peak, answer = measured(python, folder, label, way)
            if answer is None:
                continue
            known = expected(label, sizes)
            if any(answer[key] != value for key, value in known.items() if key in answer):
                print(f"{label}, {way}: {answer}, where {known} is known", file=sys.stderr)
                wrong = 1
            best[way] = min(best.get(way, (cpu, peak)), (cpu, peak))
    for way in case.ways:
        if way in best:
            cpu, peak = best[way]
            print(f"| {label} | {way} | {cpu:.2f} | {peak:.0f} | {cpu / best[case.goal][0]:.2f} |")
        else:
            print(f"| {label} | {way} | not installed | | |")
    sys.stdout.flush()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
