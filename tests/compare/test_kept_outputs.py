"""Pairs of output folders made by real libraries: equal or different by an owner's eyes, and never wrong "equal".

Each folder below `tests/recorded/outputs` has a `legacy` and a `candidate` side.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judge.cases import JOB
from observed import observed

from harness.compare.outputs import check_outputs
from harness.model.finding import Finding, Outcome, worst
from harness.model.job import CompareRule, Output, RowOrder, Side, Tolerance
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.model.table_contract import CsvDialect, TableContract, TypePolicy

RECORDED = Path(__file__).parents[1] / "recorded" / "outputs"
EQUAL, DIFFERENT = Outcome.MATCH, Outcome.MISMATCH


def rule(files: str = "*", **more: Any) -> CompareRule:
    """Make a rule; a tolerance is given as (absolute, relative)."""
    tolerance = {name: Tolerance(*bounds) for name, bounds in more.pop("tolerance", {}).items()}
    contract = TableContract(**more.pop("table", {}))
    return CompareRule(files, tolerance=tolerance, table=contract, **more)


BY_ID: Any = {"key": ("id",)}
NEAR: Any = {"tolerance": {"*": (1e-6, None)}}
MLFLOW_STAMPS = ("$.run_id", "$.model_uuid", "$.utc_time_created")
CASES: dict[str, tuple[Outcome, tuple[CompareRule, ...]]] = {
    # Parquet: layout and writer are no difference
    "pq-compression": (EQUAL, ()),
    "pq-dictionary": (EQUAL, ()),
    "pq-fastparquet": (EQUAL, ()),
    "pq-int96": (EQUAL, ()),
    "pq-ts-ns": (EQUAL, ()),
    "pq-int32-int64": (EQUAL, (rule(**BY_ID, table={"policy": TypePolicy.VALUE}),)),
    "pq-nullable-int": (EQUAL, (rule(**BY_ID, table={"policy": TypePolicy.VALUE}),)),
    "pq-categorical": (EQUAL, ()),
    "pq-column-order": (EQUAL, ()),
    "pq-index-column": (EQUAL, ()),
    "pq-nested-tolerance": (EQUAL, (rule(**BY_ID, tolerance={"emb": (1e-6, None)}),)),
    "pq-empty-both": (EQUAL, ()),
    "pq-one-cell": (DIFFERENT, ()),
    "pq-star-tolerance-id": (DIFFERENT, (rule(tolerance={"*": (None, 1e-6)}),)),
    # data sets
    "spark-uuid": (EQUAL, ()),
    "hive-partitions": (EQUAL, ()),
    "hive-swapped": (DIFFERENT, ()),
    "stray-checkpoint": (EQUAL, (rule(".ipynb_checkpoints/*", skip=True),)),
    # CSV
    "csv-float-format": (EQUAL, (rule(**BY_ID, tolerance={"score": (1e-6, None)}),)),
    "csv-crlf": (EQUAL, ()),
    "csv-gz": (EQUAL, (rule(**BY_ID),)),
    "csv-semicolon": (EQUAL, (rule(table={"dialect": CsvDialect(delimiter=";", decimal=",")}),)),
    "csv-null-token": (EQUAL, (rule(**BY_ID, table={"dialect": CsvDialect(nulls=("NULL",))}),)),
    "csv-ts-format": (EQUAL, (rule(**BY_ID, table={"types": {"t": "timestamp"}}),)),
    "csv-headerless": (EQUAL, (rule(**NEAR, order=RowOrder.POSITION, table={"dialect": CsvDialect(header=False)}),)),
    "csv-positional": (DIFFERENT, (rule(order=RowOrder.POSITION),)),
    # models and arrays
    "npz-time": (EQUAL, ()),
    "npy-jitter": (EQUAL, (rule(tolerance={"*": (1e-6, 1e-6)}),)),
    "pickle-protocol": (EQUAL, ()),
    "pickle-other": (DIFFERENT, ()),
    "joblib-compress": (EQUAL, ()),
    "safetensors-meta": (EQUAL, ()),
    "safetensors-weight": (DIFFERENT, ()),
    "h5-compression": (EQUAL, ()),
    "mlflow-folder": (EQUAL, (rule("*/MLmodel", form="yaml", ignore=MLFLOW_STAMPS),)),
    "targz-inside": (EQUAL, ()),
    "onnx-producer": (EQUAL, ()),
    "onnx-typed": (EQUAL, ()),
    "onnx-weight": (DIFFERENT, ()),
    "onnx-operator": (DIFFERENT, ()),
    "skops-twice": (EQUAL, ()),
    "skops-other": (DIFFERENT, ()),
    # pictures and pages
    "png-metadata": (EQUAL, ()),
    "xlsx-created": (EQUAL, ()),
    "feather-compression": (EQUAL, ()),
    # records and databases
    "avro-codec": (EQUAL, ()),
    "sqlite-order": (EQUAL, ()),
    # JSON and texts
    "json-key-order": (EQUAL, ()),
    "json-nan": (EQUAL, ()),
    "json-string-number": (EQUAL, (rule(form="xgboost"),)),
    "jsonl-out": (EQUAL, (rule("*.out", form="jsonl", **NEAR),)),
    "yaml-order": (EQUAL, ()),
    "xgb-json-ubj": (EQUAL, (rule("m.{any}", form="xgboost"),)),
    "xgb-json-attr": (EQUAL, (rule(ignore=("$.learner.attributes*",)),)),
}
"""Right answers, and the rules of an owner who knows what the files are."""


def seen(folder: Path) -> OutputSeen:
    """Make what was found of a folder; a payload is stored under its own path."""
    files = tuple(
        OutputFile(
            path.relative_to(folder).as_posix(),
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
            stored=str(path),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    return OutputSeen("model", declared=True, files=files)


def run(side: Side, case: str) -> Observation:
    """Make a run that left the files of one side."""
    return observed(side, outputs=(seen(RECORDED / case / side.value),))


def findings(case: str, rules: tuple[CompareRule, ...]) -> tuple[Finding, ...]:
    """Compare both sides of a case."""
    job = replace(JOB, outputs=(Output("model", {}, rules=rules),))
    return check_outputs(job, "p1", run(Side.LEGACY, case), run(Side.CANDIDATE, case), open_payload=Path)


def test_every_kept_folder_is_a_case() -> None:
    """With its right answer."""
    assert {path.name for path in RECORDED.iterdir()} == CASES.keys()


@pytest.mark.parametrize("case", list(CASES))
def test_a_pair_of_folders_is_what_its_owner_sees(case: str) -> None:
    """With the rules that such an owner writes."""
    want, rules = CASES[case]
    found = findings(case, rules)
    assert worst(finding.outcome for finding in found) is want, [finding.summary for finding in found]
