"""`repos.yaml` into values: layers, short forms, origins, and all problems at once."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from config.samples import REMOVED, TRAIN, WINE, Change

from harness.config.load import check, explain, load
from harness.errors import ConfigError
from harness.model.job import CompareRule, Delivery, FileFormat, Job, ShimMode, Side, Tolerance
from harness.model.metric import Examples, MetricFile, Score
from harness.model.policy import PRESETS
from harness.model.table_contract import ColumnDialect, CsvDialect, Duplicates, NullKeys, TableContract, TypePolicy


def _job(path: Path) -> Job:
    return load(path)[0].jobs[0]


def test_the_smallest_entry_is_complete(change: Change) -> None:
    """What is left out comes from the table of defaults."""
    (repository,) = load(change())
    (job,) = repository.jobs
    assert repository.policy == PRESETS["trial"]
    assert (repository.limits.runs_max, repository.limits.pairs_in_flight) == (200, 4)
    assert repository.limits.campaign_seconds_max == 24 * 3600
    assert (job.time_limit_seconds, job.retries, job.shim) == (3600, 0, ShimMode.ON)
    assert (job.resources.cpu, job.resources.memory_bytes, job.resources.disk_bytes) == (1.0, 1024**3, 30 * 1024**3)
    assert job.sides[Side.LEGACY].reading.delivery is Delivery.ARGV
    assert job.expected.cause == "success"
    assert repository.line > 1


def test_candidate_locations_are_sagemakers_own(change: Change) -> None:
    """Where no candidate path is written, SageMaker's own place is taken, by kind and name."""
    outputs = {"model": {"path": {"legacy": "/a"}}, "report": {"path": {"legacy": "/b"}}}
    inputs = {"rows": {"uri": "s3://data/rows", "pin": "v1"}}
    training = _job(change({(*TRAIN, "outputs"): outputs, (*TRAIN, "inputs"): inputs}))
    assert [output.path[Side.CANDIDATE] for output in training.outputs] == [
        "/opt/ml/model",
        "/opt/ml/output/data/report",
    ]
    assert training.inputs[0].path[Side.CANDIDATE] == "/opt/ml/input/data/rows"
    processing = _job(
        change({(*TRAIN, "kind"): "processing", (*TRAIN, "outputs"): outputs, (*TRAIN, "inputs"): inputs})
    )
    assert processing.outputs[0].path[Side.CANDIDATE] == "/opt/ml/processing/output/model"
    assert processing.inputs[0].path == dict.fromkeys(Side, "/opt/ml/processing/input/rows")


@pytest.mark.parametrize(
    ("written", "delivery", "path", "form"),
    [
        ("argv", Delivery.ARGV, None, FileFormat.JSON),
        ("env", Delivery.ENV, None, FileFormat.JSON),
        ({"file": "/app/p.json"}, Delivery.FILE, "/app/p.json", FileFormat.JSON),
        ({"file": "/app/p.json", "as": "strings"}, Delivery.FILE, "/app/p.json", FileFormat.STRINGS),
    ],
)
def test_reading_of_parameters(
    change: Change, written: Any, delivery: Delivery, path: str | None, form: FileFormat
) -> None:
    """Each written form of `read_parameters` means one delivery."""
    reading = _job(change({(*TRAIN, "read_parameters"): written})).sides[Side.LEGACY].reading
    assert (reading.delivery, reading.path, reading.format) == (delivery, path, form)


@pytest.mark.parametrize(
    ("margin", "absolute", "relative"),
    [
        ("1%", None, 0.01),
        ({"absolute": 0.5}, 0.5, None),
        ({"relative": "2.5%", "absolute": 1}, 1.0, 0.025),
        ({"relative": 0.1}, None, 0.1),
    ],
)
def test_margins(change: Change, margin: Any, absolute: float | None, relative: float | None) -> None:
    """Margins are written as a share, or as a map of bounds."""
    (metric,) = _job(change({(*TRAIN, "metrics", "rmse", "margin"): margin})).metrics
    assert (metric.margin_absolute, metric.margin_relative) == (absolute, relative)


def test_a_metric_from_examples_is_looked_for_in_no_log(change: Change) -> None:
    """It needs the key by which its output's examples are paired; one that is reported has none."""
    written = {"output": "model", "file": "p.csv", "label": "y", "prediction": "p", "score": "auc"}
    rules = [{"files": "*.csv", "key": ["id"], "ignore": ["p"]}]
    job = _job(
        change(
            {
                (*TRAIN, "metrics", "auc"): {"better": "higher", "margin": {"absolute": 0.01}, "examples": written},
                (*TRAIN, "outputs", "model", "rules"): rules,
            }
        )
    )
    assert {metric.name: metric.examples for metric in job.metrics} == {
        "rmse": None,
        "auc": Examples("model", "p.csv", "y", "p", Score.AUC),
    }
    assert [metric.name for metric in job.logged_metrics] == ["rmse"]


def test_the_default_regex_finds_the_metric_and_no_other(change: Change) -> None:
    """The name is escaped."""
    (metric,) = _job(change({(*TRAIN, "metrics"): {"f1.macro": {"better": "higher", "margin": "1%"}}})).metrics
    found = re.search(metric.regex, "metric f1.macro=-1.5e-3 done")
    assert found
    assert found[1] == "-1.5e-3"
    assert not re.search(metric.regex, "metric f1xmacro=1")


def test_units_are_translated(change: Change) -> None:
    """Durations become seconds, sizes bytes."""
    job = _job(
        change(
            {
                (*TRAIN, "time_limit"): "1.5h",
                (*TRAIN, "cadence"): "7d",
                (*TRAIN, "resources"): {"cpu": 0.5, "memory": "512Mi", "disk": "2G"},
            }
        )
    )
    assert (job.time_limit_seconds, job.cadence_seconds) == (5400, 7 * 86400)
    assert (job.resources.cpu, job.resources.memory_bytes, job.resources.disk_bytes) == (0.5, 512 * 1024**2, 2 * 10**9)


def test_lazy_images_are_named_for_notebooks_and_claimed_by_jobs(change: Change) -> None:
    """Nothing is claimed and nobody is looked up unless it is written."""
    assert (_job(change()).claims_lazy_image, load(change())[0].candidate.notebook_images) == (False, ())
    named = {(*TRAIN, "candidate", "lazy_image"): "soci", (*WINE, "candidate", "notebook_images"): ["repo/nb:1"]}
    (repository,) = load(change(named))
    assert (repository.jobs[0].claims_lazy_image, repository.candidate.notebook_images) == (True, ("repo/nb:1",))


def test_parameters_keep_their_types(change: Change) -> None:
    """3 is not "3": the type is what a candidate platform loses."""
    values = {"n": 3, "rate": 0.5, "flag": True, "name": "3", "deep": {"a": [1, None]}}
    parameters = _job(change({(*TRAIN, "parameters"): values})).sides[Side.CANDIDATE].parameters
    assert parameters == values
    assert [type(parameter) for parameter in parameters.values()] == [int, float, bool, str, dict]


def test_layers_merge_in_order(change: Change) -> None:
    """Preset → defaults → repository → job → side: the nearest layer wins, maps merge."""
    job = _job(
        change(
            {
                ("defaults", "every_job"): {
                    "environment": {"A": "defaults", "B": "defaults", "C": "defaults", "D": "defaults"}
                },
                (*WINE, "every_job"): {"environment": {"B": "repository", "C": "repository", "D": "repository"}},
                (*TRAIN, "environment"): {"C": "job", "D": "job"},
                (*TRAIN, "legacy"): {"environment": {"D": "side"}},
            }
        )
    )
    assert job.sides[Side.LEGACY].environment == {"A": "defaults", "B": "repository", "C": "job", "D": "side"}
    assert job.sides[Side.CANDIDATE].environment == {"A": "defaults", "B": "repository", "C": "job", "D": "job"}


def test_null_removes_what_farther_layers_said(change: Change) -> None:
    """A removal holds for the layers before it, also for one side only, and the default comes back."""
    job = _job(
        change(
            {
                ("defaults", "every_job"): {"environment": {"A": "1", "B": "2"}, "time_limit": "5m"},
                (*TRAIN, "time_limit"): None,
                (*TRAIN, "environment"): {"A": None},
                (*TRAIN, "candidate"): {"instance_type": "ml.m5.large", "environment": {"B": None}},
            }
        )
    )
    assert job.sides[Side.LEGACY].environment == {"B": "2"}
    assert job.sides[Side.CANDIDATE].environment == {}
    assert job.time_limit_seconds == 3600


def test_a_side_may_remove_by_the_defaults_of_its_layer(change: Change) -> None:
    """A side's removal written in `defaults` still meets what a job says for both sides."""
    job = _job(
        change(
            {
                ("defaults", "every_job"): {"candidate": {"environment": {"A": None}}},
                (*TRAIN, "environment"): {"A": "job"},
            }
        )
    )
    assert job.sides[Side.LEGACY].environment == {"A": "job"}
    assert job.sides[Side.CANDIDATE].environment == {}


def test_lists_and_rules_replace(change: Change) -> None:
    """Half a rule laid over another would say what nobody wrote."""
    job = _job(
        change(
            {
                ("defaults", "every_job"): {
                    "libraries": ["a", "b"],
                    "read_parameters": {"file": "/p", "as": "strings"},
                },
                (*TRAIN, "libraries"): ["c"],
                (*TRAIN, "metrics", "rmse", "margin"): {"absolute": 1},
                (*TRAIN, "candidate"): {"instance_type": "ml.m5.large", "read_parameters": "argv"},
            }
        )
    )
    assert job.libraries == ("c",)
    assert job.sides[Side.CANDIDATE].reading.path is None
    assert job.sides[Side.LEGACY].reading.path == "/p"


def test_names_are_never_taken_for_words(change: Change) -> None:
    """An output called `margin` or a parameter called `parameters` merges like any other."""
    job = _job(
        change(
            {
                (*WINE, "every_job"): {
                    "outputs": {"margin": {"bytes_max": "1Mi"}},
                    "parameters": {"outputs": {"a": 1}},
                },
                (*TRAIN, "outputs"): {"margin": {"path": {"legacy": "/m"}}},
                (*TRAIN, "parameters"): {"outputs": {"b": 2}, "margin": 1},
            }
        )
    )
    assert job.outputs[0].bytes_max == 1024**2
    assert job.sides[Side.LEGACY].parameters == {"outputs": {"b": 2}, "margin": 1}


def test_what_a_rule_says_of_tables(change: Change) -> None:
    """Words become flags; what is not said has the strict default."""
    table = {
        "types": "value", "columns": {"at": "timestamp"}, "duplicates": "ordinal", "null_keys": "value", "trim": True,
        "case": "fold", "unicode": "nfc", "nan": "null", "names": "caseless", "rename": {"w": "v"}, "round": {"v": 2},
        "column_order": True,
        "csv": {"delimiter": "||", "header": False, "nulls": ["NULL"], "columns": {"v": {"decimal": ","}}},
    }  # fmt: skip
    rules = [{"files": "*.csv", "table": table}, {"files": "*.parquet", "table": {"case": "exact"}}]
    (output,) = _job(change({(*TRAIN, "outputs", "model", "rules"): rules})).outputs
    assert output.rules[1].table == TableContract()
    assert output.rules[0].table == TableContract(
        policy=TypePolicy.VALUE, types={"at": "timestamp"}, duplicates=Duplicates.ORDINAL, null_keys=NullKeys.VALUE,
        trim=True, fold=True, nfc=True, nan_is_null=True, caseless=True, renamed={"w": "v"}, rounded={"v": 2},
        column_order=True, dialect=CsvDialect(
            delimiter="||", header=False, nulls=("NULL",), columns={"v": ColumnDialect(decimal=",")},
        ),
    )  # fmt: skip


def test_rules_of_outputs(change: Change) -> None:
    """A rule is completed from the table of defaults."""
    rules = [{"files": "*.csv", "key": ["id"], "tolerance": {"*": "1%", "score": {"absolute": 0.1}}}]
    (output,) = _job(change({(*TRAIN, "outputs", "model", "rules"): rules})).outputs
    assert output.rules[0].form == "auto"
    assert output.rules[0].tolerance == {"*": Tolerance(relative=0.01), "score": Tolerance(absolute=0.1)}


def test_rules_of_data_sets_and_of_names_that_differ(change: Change) -> None:
    """With their limits, in the units of the model."""
    rules = [
        {"files": "a/*", "data_set": True, "cpu_max": "5m", "memory_max": "1Gi"},
        {"files": "model-{timestamp}.json", "ignore": ["$.at"]},
        {"files": "*.tmp", "skip": True},
    ]
    (output,) = _job(change({(*TRAIN, "outputs", "model", "rules"): rules})).outputs
    assert output.rules == (
        CompareRule("a/*", data_set=True, cpu_seconds_max=300, memory_bytes_max=1024**3),
        CompareRule("model-{timestamp}.json", ignore=("$.at",)),
        CompareRule("*.tmp", skip=True),
    )


def test_a_metric_may_stand_in_a_file(change: Change) -> None:
    """Of an output; it is then not looked for in the log."""
    file = {"output": "model", "name": "metrics-{timestamp}.json", "value": "$.rmse"}
    job = _job(change({(*TRAIN, "metrics", "rmse", "file"): file}))
    assert job.metrics[0].file == MetricFile("model", "metrics-{timestamp}.json", "$.rmse")
    assert (job.logged_metrics, job.reported_metrics) == ((), job.metrics)


def test_discovered_outputs_are_said_to_be(change: Change) -> None:
    """`discover` runs and cannot be GO; an empty map says that there are none."""
    assert _job(change({(*TRAIN, "outputs"): "discover"})).outputs_discover
    declared = _job(change({(*TRAIN, "outputs"): {}}))
    assert not declared.outputs_discover
    assert declared.outputs == ()


def test_a_policy_starts_from_its_preset(change: Change) -> None:
    """Exceptions of the defaults do not weaken a preset that a repository names itself."""
    shared = {("defaults", "policy"): {"preset": "trial", "bad_runs_max": 0.5}}
    (same,) = load(change({**shared, (*WINE, "policy"): {"pairs": 6}}))
    assert (same.policy.preset, same.policy.bad_runs_max, same.policy.pairs) == ("trial", 0.5, 6)
    (own,) = load(change({**shared, (*WINE, "policy"): "critical"}))
    assert own.policy == PRESETS["critical"]
    (back,) = load(change({**shared, (*WINE, "policy"): {"bad_runs_max": None}}))
    assert back.policy.bad_runs_max == PRESETS["trial"].bad_runs_max


def test_redirects_reach_both_sides(change: Change) -> None:
    """Both runs of a launched pair are shadow runs."""
    effect = {"kind": "table", "target": "scores", "policy": "redirect", "redirect_environment": {"TABLE": "shadow"}}
    job = _job(change({(*TRAIN, "effects"): [effect], (*TRAIN, "environment"): {"TABLE": "scores"}}))
    assert [side.environment for side in job.sides.values()] == [{"TABLE": "shadow"}] * 2
    assert job.effects[0].redirect_environment == {"TABLE": "shadow"}


def test_a_redirect_stays_with_its_job(change: Change) -> None:
    """The control: another job, and another file read later, see nothing of it."""
    effect = {"kind": "table", "target": "scores", "policy": "redirect", "redirect_environment": {"TABLE": "shadow"}}
    text = json.loads(change().read_text())
    other = text["repositories"]["wine"]["jobs"]["train"]
    path = change({(*TRAIN, "effects"): [effect], (*WINE, "jobs", "score"): other})
    train, score = load(path)[0].jobs
    assert train.sides[Side.CANDIDATE].environment == {"TABLE": "shadow"}
    assert score.sides[Side.CANDIDATE].environment == {}
    assert _job(change()).sides[Side.LEGACY].environment == {}


def test_explain_names_the_origin_of_every_value(change: Change) -> None:
    """File with line and column, preset, or default."""
    path = change({("defaults", "every_job"): {"time_limit": "5m"}, (*WINE, "policy"): {"preset": "trial", "pairs": 7}})
    origins = {origin.key: origin for origin in explain(path, "wine")}
    lines = path.read_text().splitlines()

    def line_of(text: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if text in line)

    assert origins["policy.pairs"].origin == f"{path}:{line_of('pairs')}:5"
    assert origins["policy.alpha"].origin == "preset trial"
    assert (origins["jobs.train.time_limit"].value, origins["jobs.train.time_limit"].origin.split(":")[1]) == (
        '"5m"', str(line_of("time_limit")),
    )  # fmt: skip
    assert (origins["jobs.train.retries"].value, origins["jobs.train.retries"].origin) == ("0", "default")
    assert origins["jobs.train.outputs.model.path.candidate"].origin == "default"
    assert origins["jobs.train.metrics.rmse.margin"].value == '"1%"'


def test_explain_of_an_unknown_repository_names_the_nearest(change: Change) -> None:
    """A wrong name is a configuration error with a hint."""
    with pytest.raises(ConfigError, match="did you mean wine"):
        explain(change(), "wien")


def test_all_problems_come_at_once(change: Change) -> None:
    """Written form, missing keys and rules of the platforms are found in one go, in file order."""
    problems = check(
        change(
            {
                (*TRAIN, "time_limit"): "10 min",
                (*TRAIN, "bogus"): 1,
                (*TRAIN, "effects"): REMOVED,
                (*TRAIN, "metrics", "mae"): {"margin": "1%"},
                (*TRAIN, "outputs", "report"): {"path": {"legacy": "/r", "candidate": "/tmp/r"}},
                (*WINE, "candidate", "role"): "arn:aws:iam::999999999999:role/other",
            }
        )
    )
    said = [problem.key.removeprefix("repositories.wine.").removeprefix("jobs.train.") for problem in problems]
    assert sorted(said) == [
        "bogus", "candidate.role", "effects", "metrics.mae.better", "outputs.report.path.candidate", "time_limit",
    ]  # fmt: skip
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_a_broken_value_is_not_missing_as_well(change: Change) -> None:
    """One mistake is one problem."""
    assert len(check(change({(*TRAIN, "command"): "python train.py"}))) == 1
    assert len(check(change({(*TRAIN, "metrics", "rmse", "margin"): "1 percent"}))) == 1
    assert len(check(change({(*WINE, "candidate", "account"): 123456789012}))) == 1
    assert len(check(change({(*TRAIN, "kind"): "trainig"}))) == 1


def test_places_are_those_of_the_value_or_of_the_unknown_key(tmp_path: Path) -> None:
    """file:line:column points at what has to be changed."""
    file = tmp_path / "repos.yaml"
    file.write_text("repositories:\n  wine:\n    owner: 7\n    teir: demo\n    policy: trail\n")
    places = {problem.key: (problem.line, problem.column, problem.hint) for problem in check(file)}
    assert places["repositories.wine.owner"] == (3, 12, 'write "7"')
    assert places["repositories.wine.teir"] == (4, 5, "did you mean tier?")
    assert places["repositories.wine.policy"] == (5, 13, "did you mean trial?")
    assert places["repositories.wine.candidate.account"][:2] == (2, 3)


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    """Absent, a folder, a pipe that nobody fills: named, never waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "absent.yaml", tmp_path, tmp_path / "pipe"):
        (problem,) = check(path)
        assert problem.expected == "a readable file"


@pytest.mark.parametrize("text", ["", "[]", "repositories:", "repositories: {}", "repositories: []", "a: 1", "5"])
def test_a_file_without_repositories_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing to do is never fine."""
    file = tmp_path / "repos.yaml"
    file.write_text(text)
    assert check(file)
    with pytest.raises(ConfigError):
        load(file)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    """T11: 10 MB never reach the parser."""
    file = tmp_path / "repos.yaml"
    file.write_bytes(b"a: 1\n" * 2_000_000)
    (problem,) = check(file)
    assert "at most 1048576 bytes" in problem.expected


LAYERED = """\
defaults:
  every_job:
    inputs:
      rows: {uri: s3://data/rows}
repositories:
  wine:
    owner: me
    policy: trial
    legacy: {namespace: parity, staging: s3://staging/wine/legacy}
    candidate: {region: us-east-1}
    every_job:
      metrics:
        rmse: {margin: 1%}
    jobs:
      train:
        image: repo/wine:1
        command: [python]
        environment: {A: b}
        candidate: {keep_alive: 1h}
      score:
        command: [python]
"""


@pytest.mark.parametrize(
    ("key", "line", "column"),
    [
        ("tier", 6, 3),
        ("candidate.account", 10, 5),
        ("candidate.role", 10, 5),
        ("jobs.train.kind", 15, 7),
        ("jobs.train.candidate.instance_type", 19, 9),
        ("jobs.score.image", 20, 7),
        ("jobs.score.candidate.instance_type", 20, 7),
        ("jobs.train.inputs.rows.pin", 4, 7),
        ("jobs.score.metrics.rmse.better", 13, 9),
    ],
)
def test_a_missing_value_points_at_the_key_of_the_map_that_lacks_it(
    tmp_path: Path, key: str, line: int, column: int
) -> None:
    """Not at what happens to be written first around it; in the layer where the map is written."""
    file = tmp_path / "repos.yaml"
    file.write_text(LAYERED)
    places = {problem.key.removeprefix("repositories.wine."): (problem.line, problem.column) for problem in check(file)}
    assert places[key] == (line, column)


KEYS = "preset: critical, approvers: [{name: ada, key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA}]"


def test_a_value_that_is_not_in_force_is_never_pointed_at(tmp_path: Path) -> None:
    """A repository that names its preset leaves the policy of the defaults behind."""
    policy = "  policy: {preset: trial}\n"
    file = tmp_path / "repos.yaml"
    own = "    policy: {preset: trial, loss_margin: 1, startup_ratio_max: 9}\n"
    file.write_text(LAYERED.replace("defaults:\n", "defaults:\n" + policy).replace("    policy: trial\n", own))
    places = {problem.key.removeprefix("repositories.wine."): problem.line for problem in check(file)}
    assert places["policy.startup_ratio_max"] == 9
    file.write_text(file.read_text().replace("preset: trial, loss_margin: 1, startup_ratio_max: 9", KEYS))
    places = {problem.key.removeprefix("repositories.wine."): problem.line for problem in check(file)}
    assert places["policy.approvals"] == 9


def test_a_drill_is_a_rule_of_the_policy_that_no_evidence_rests_on(change: Change) -> None:
    """It stands beside the policy in the model, so that turning it on voids no sign-off."""
    off, on = load(change())[0], load(change({(*WINE, "policy"): {"preset": "trial", "rollback_drill": True}}))[0]
    assert (off.rollback_drill, on.rollback_drill) == (False, True)
    assert off.policy == on.policy
