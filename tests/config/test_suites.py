"""Suites of expectations beside repos.yaml: read in both shapes, kept whole, and refused by name if of no use."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.config.load import load
from harness.config.suites import KNOWN, SQL_ONLY
from harness.errors import ConfigError
from harness.model.expectation import Expectation, Expectations

NOT_BUILT = {
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than",
    "expect_column_chisquare_test_p_value_to_be_greater_than", "expect_column_pair_cramers_phi_value_to_be_less_than",
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than", "expect_column_type_to_be",
    "expect_column_values_to_not_be_outliers", "expect_multicolumn_values_to_be_equal",
    "expect_multicolumn_values_to_be_unique",
}  # fmt: skip
"""Files of great-expectations in which there is a name and nothing that validates it."""
NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}}


def written(folder: Path, expectations: Any) -> Path:
    """Write a repos.yaml whose one output has these expectations."""
    job = {
        "kind": "training", "command": ["python", "train.py"], "image": "image@sha256:" + "1" * 64,
        "outputs": {"scores": {"path": {"legacy": "/out"}, "expectations": expectations}}, "effects": [],
        "candidate": {"instance_type": "ml.m5.large"},
    }  # fmt: skip
    entry = {
        "owner": "o", "tier": "t", "policy": "trial", "jobs": {"score": job},
        "legacy": {"namespace": "n", "staging": "s3://wine-staging/legacy"},
        "candidate": {
            "account": "123456789012", "region": "us-east-1", "role": "arn:aws:iam::123456789012:role/r",
            "staging": "s3://wine-staging/candidate",
        },
    }  # fmt: skip
    file = folder / "repos.yaml"
    file.write_text(yaml.safe_dump({"repositories": {"wine": entry}}), encoding="utf-8")
    return file


def suite(folder: Path, value: Any) -> str:
    """Write a suite, and give its digest."""
    data = json.dumps(value, indent=2).encode()
    (folder / "suite.json").write_bytes(data)
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_suite_of_1_x_stands_in_the_plan_whole_with_its_digest(tmp_path: Path) -> None:
    """What only says how great-expectations answers is left out."""
    more = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "p", "max_value": 1, "min_value": None}}
    value = {"name": "s", "expectations": [NOT_NULL, more], "meta": {"great_expectations_version": "1.24.1"}}
    digest = suite(tmp_path, value)
    (repository,) = load(written(tmp_path, "suite.json"))
    expected = (
        Expectation("expect_column_values_to_not_be_null", {"column": "id"}),
        Expectation("expect_column_max_to_be_between", {"column": "p", "max_value": 1}),
    )
    assert repository.jobs[0].outputs[0].expectations == Expectations("suite.json", digest, expected)


def test_a_suite_of_0_18_is_read_too(tmp_path: Path) -> None:
    """It calls the type `expectation_type`, and has arguments that mean nothing where they are false."""
    old = {
        "expectation_type": "expect_column_values_to_be_in_set", "meta": {},
        "kwargs": {"column": "c", "value_set": ["a"], "auto": False, "result_format": "BASIC", "profiler_config": None},
    }  # fmt: skip
    suite(
        tmp_path, {"data_asset_type": None, "expectation_suite_name": "s", "expectations": [old], "ge_cloud_id": None}
    )
    (repository,) = load(written(tmp_path, {"suite": "suite.json", "files": "*.parquet", "result": "result.json"}))
    found = repository.jobs[0].outputs[0].expectations
    assert found is not None
    kwargs = {"column": "c", "value_set": ["a"]}
    assert found.expected == (Expectation("expect_column_values_to_be_in_set", kwargs),)
    assert (found.files, found.result) == ("*.parquet", "result.json")


def test_the_jobs_own_result_needs_no_suite(tmp_path: Path) -> None:
    """It is read as a witness."""
    (repository,) = load(written(tmp_path, {"result": "validation.json"}))
    assert repository.jobs[0].outputs[0].expectations == Expectations(result="validation.json")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"expectations": []}, "0 expectations"),
        ({"name": "s"}, "no list of `expectations`"),
        ([1], "no list of `expectations`"),
        ({"expectations": [{"kwargs": {}}]}, "expectations[0] has no `type`"),
        ({"expectations": [NOT_NULL, {"type": "unexpected_rows_expectation", "kwargs": {}}]}, "only databases"),
        ({"expectations": [{"type": "expect_my_own", "kwargs": {}}]}, "expectations[0] is expect_my_own"),
        (
            {"expectations": [{**NOT_NULL, "kwargs": {"column": "id", "mostly": {"$PARAMETER": "share"}}}]},
            "mostly is the parameter share",
        ),
        (
            {"expectations": [{**NOT_NULL, "kwargs": {"column": "id", "parse_strings_as_datetimes": True}}]},
            "parse_strings_as_datetimes, which 1.x has no more",
        ),
    ],
    ids=["empty", "no list", "no map", "no type", "of databases", "of its own", "a parameter", "gone"],
)
def test_what_can_t_be_validated_is_refused_where_the_suite_is_named(tmp_path: Path, value: Any, said: str) -> None:
    """With file, line and key of repos.yaml, and the place inside the suite."""
    suite(tmp_path, value)
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, "suite.json"))
    (problem,) = refused.value.problems
    assert problem.key == "repositories.wine.jobs.score.outputs.scores.expectations.suite"
    assert problem.line
    assert said in problem.found
    assert problem.found.startswith("suite.json: ")


@pytest.mark.parametrize(
    "data", [None, b"{", b'{"expectations": [], "expectations": []}'], ids=["missing", "cut", "twice"]
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, data: bytes | None) -> None:
    """Strictly read, as all JSON that decides something."""
    if data is not None:
        (tmp_path / "suite.json").write_bytes(data)
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, "suite.json"))
    (problem,) = refused.value.problems
    assert problem.found.startswith("suite.json: ")


def test_expectations_that_say_nothing_are_refused(tmp_path: Path) -> None:
    """Neither a suite nor a result."""
    with pytest.raises(ConfigError, match="suite: or result:, or both"):
        load(written(tmp_path, {"files": "*.csv"}))


def test_every_expectation_of_the_installed_version_is_known_or_refused_by_name() -> None:
    """A new version of great-expectations shows here what it brings."""
    spec = importlib.util.find_spec("great_expectations")
    assert spec is not None
    assert spec.origin is not None
    core = Path(spec.origin).parent / "expectations" / "core"
    files = {path.stem for path in core.glob("*.py") if path.stem != "__init__"}
    assert files - KNOWN - SQL_ONLY == NOT_BUILT
    assert files >= KNOWN | SQL_ONLY
