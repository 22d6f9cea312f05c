"""Suites of great-expectations that outputs name: found beside `repos.yaml`, read strictly, kept whole in the plan.

Suites of 1.x and of 0.18 are read; what tables of files can't be asked, or what a suite leaves to be filled in, is
refused by name. Nothing of great-expectations is imported: its names stand here, and a test holds them against it.
"""

# ruff: noqa: EM102 - what is found stands in the message

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from harness.fields.paths import Path
from harness.model import strict_json
from harness.model.job import Json
from harness.platforms.fault import Fault

SUITE_BYTES_MAX = 4 * 1024 * 1024
EXPECTATIONS_MAX = 1000
SQL_ONLY = frozenset({
    "expect_column_values_to_match_like_pattern", "expect_column_values_to_match_like_pattern_list",
    "expect_column_values_to_not_match_like_pattern", "expect_column_values_to_not_match_like_pattern_list",
    "expect_query_results_to_match_comparison", "expect_table_row_count_to_equal_other_table",
    "unexpected_rows_expectation",
})  # fmt: skip
"""Asked of databases only."""
KNOWN = frozenset({
    "expect_column_distinct_values_to_be_in_set", "expect_column_distinct_values_to_contain_set",
    "expect_column_distinct_values_to_equal_set", "expect_column_kl_divergence_to_be_less_than",
    "expect_column_max_to_be_between", "expect_column_mean_to_be_between", "expect_column_median_to_be_between",
    "expect_column_min_to_be_between", "expect_column_most_common_value_to_be_in_set",
    "expect_column_pair_values_a_to_be_greater_than_b", "expect_column_pair_values_to_be_equal",
    "expect_column_pair_values_to_be_in_set", "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between", "expect_column_quantile_values_to_be_between",
    "expect_column_stdev_to_be_between", "expect_column_sum_to_be_between", "expect_column_to_exist",
    "expect_column_unique_value_count_to_be_between", "expect_column_value_lengths_to_be_between",
    "expect_column_value_lengths_to_equal", "expect_column_value_z_scores_to_be_less_than",
    "expect_column_values_to_be_between", "expect_column_values_to_be_dateutil_parseable",
    "expect_column_values_to_be_decreasing", "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_in_type_list", "expect_column_values_to_be_increasing",
    "expect_column_values_to_be_json_parseable", "expect_column_values_to_be_null",
    "expect_column_values_to_be_of_type", "expect_column_values_to_be_unique",
    "expect_column_values_to_match_json_schema", "expect_column_values_to_match_regex",
    "expect_column_values_to_match_regex_list", "expect_column_values_to_match_strftime_format",
    "expect_column_values_to_not_be_in_set", "expect_column_values_to_not_be_null",
    "expect_column_values_to_not_match_regex", "expect_column_values_to_not_match_regex_list",
    "expect_compound_columns_to_be_unique", "expect_multicolumn_sum_to_equal",
    "expect_select_column_values_to_be_unique_within_record", "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal", "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set", "expect_table_row_count_to_be_between", "expect_table_row_count_to_equal",
})  # fmt: skip
"""What great-expectations 1.x can ask of a table in memory."""
_HOW_TO_ANSWER = frozenset({"batch_id", "catch_exceptions", "include_config", "result_format"})
"""Of kwargs: says how the answer is given, which is ours to say."""
_GONE = frozenset({"allow_cross_type_comparisons", "auto", "parse_strings_as_datetimes", "profiler_config"})
"""Kwargs of 0.18 that 1.x has not; without effect where they are false or null."""


@dataclass
class Bad(Exception):  # noqa: N818 - carried to the key that names the suite
    """What is wrong with a suite, and what should stand there."""

    found: str
    expected: str
    hint: str = ""


def attach(entry: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """Put the content of every suite that a filled entry names into its place, and name those that can't be used."""
    folder = FilePath(file).parent
    for job, written in entry["jobs"].items():
        outputs = written.get("outputs")
        for name, output in outputs.items() if isinstance(outputs, dict) else ():
            said = output.get("expectations") or {}
            if said.get("suite"):
                try:
                    said.update(_read(folder / said["suite"]))
                except Bad as bad:
                    path: Path = ("jobs", job, "outputs", name, "expectations", "suite")
                    yield Fault(path, f"{said['suite']}: {bad.found}", bad.expected, bad.hint)


def _read(path: FilePath) -> dict[str, Json]:
    """Read one suite.

    Raises:
        Bad: it can't be read, or asks what can't be asked.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(SUITE_BYTES_MAX + 1)
        value = strict_json.read(data, bytes_max=SUITE_BYTES_MAX)
    except OSError as error:
        raise Bad(error.strerror or "not readable", "a suite in a file beside this one") from error
    except strict_json.StrictError as error:
        raise Bad(str(error), "a suite of great-expectations in JSON") from error
    listed = value.get("expectations") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise Bad("no list of `expectations`", "a suite of great-expectations 1.x or 0.18, as it writes them")
    if not 0 < len(listed) <= EXPECTATIONS_MAX:
        raise Bad(f"{len(listed)} expectations", f"1 to {EXPECTATIONS_MAX} of them")
    expected: list[Json] = [_expectation(number, written) for number, written in enumerate(listed)]
    return {"digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "expected": expected}


def _expectation(number: int, written: Json) -> dict[str, Json]:
    place = f"expectations[{number}]"
    if not isinstance(written, dict):
        raise Bad(f"{place} is no map", "a map with `type` and `kwargs`")
    name, kwargs = written.get("type", written.get("expectation_type")), written.get("kwargs", {})
    if not isinstance(name, str) or not isinstance(kwargs, dict):
        raise Bad(f"{place} has no `type` or `expectation_type`, or no map of `kwargs`", "both")
    if name in SQL_ONLY:
        raise Bad(f"{place} is {name}, which only databases can be asked", "what can be asked of a table of files")
    if name not in KNOWN:
        hint = "expectations of your own, and such as 1.x has no more, can't be validated here"
        raise Bad(f"{place} is {name}", "an expectation of great-expectations 1.x", hint)
    return {"type": name, "kwargs": _kwargs(f"{place} ({name})", kwargs)}


def _kwargs(place: str, written: Mapping[str, Json]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for key, value in written.items():
        if isinstance(value, dict) and "$PARAMETER" in value:
            expected = "its value: nobody here fills parameters in"
            raise Bad(f"{place}: {key} is the parameter {value['$PARAMETER']}", expected)
        if key in _GONE and value:
            raise Bad(f"{place}: {key}, which 1.x has no more", "an expectation without it")
        if key not in _HOW_TO_ANSWER | _GONE and value is not None:
            made[key] = value
    return made
