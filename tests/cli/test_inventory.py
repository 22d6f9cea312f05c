"""`parity inventory`: what runs today, ranked by what is in its way."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from config.adoption_shapes import ECR, MAIN, job, training

from harness.cli.main import parity

CRON = (
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: ml, labels: {team: fraud}}\n"
    f"spec: {{schedule: '0 3 * * *', jobTemplate: {{spec: {{template: {{spec: {{containers: [{MAIN}]}}}}}}}}}}\n"
    "status: {lastScheduleTime: '2026-11-02T03:00:00Z', lastSuccessfulTime: '2026-11-01T03:10:00Z'}\n"
)
DONE = (
    job("hourly").rstrip("\n")
    + "\nstatus: {completionTime: '2026-11-01T05:00:00Z', conditions: [{type: Failed, status: 'True'}]}\n"
)
QUEUE = job("consume", container="env: [{name: QUEUE_URL, value: 'sqs://orders'}]")
MANY = job("shard", spec="completions: 4")
CLAIM = job("claim", pod="volumes: [{name: d, persistentVolumeClaim: {claimName: d}}]", container=(
    "volumeMounts: [{name: d, mountPath: /d}]"))  # fmt: skip
TAGS = "Tags: [{Key: Owner, Value: risk}]"
ANSWER = training("fit-2026-11-01", f"TrainingJobStatus: Completed, LastModifiedTime: '2026-11-01T06:00:00Z', {TAGS}")
ALL = "---\n".join((CRON, DONE, QUEUE, MANY, CLAIM, f"{ANSWER}\n"))


def run(*arguments: str, given: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(parity, ["inventory", *arguments], input=given)


def test_jobs_are_ranked_with_what_is_known_of_each() -> None:
    """Nothing in the way first, and of those what runs most often; owner, cadence, last run, effects, obstacles."""
    found = run("-", "--output", "json", given=ALL)
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["schema"] == "parity.inventory/1"
    rows = [
        (row["rank"], row["kind"], f"{row['namespace']}/{row['name']}", row["owner"], row["cadence"], row["effects"])
        for row in told["jobs"]
    ]
    assert rows == [
        (1, "CronJob", "ml/nightly", "fraud", "1d", []),
        (2, "TrainingJob", "/fit", "risk", "", []),
        (3, "Job", "ml/hourly", "", "", []),
        (4, "Job", "ml/claim", "", "", []),
        (5, "Job", "ml/consume", "", "", ["topic sqs://orders"]),
        (6, "Job", "ml/shard", "", "", []),
    ]
    by_name = {row["name"]: row for row in told["jobs"]}
    assert by_name["nightly"]["last_run"] == {"at": "2026-11-02T03:00:00Z", "ended": ""}
    assert by_name["hourly"]["last_run"] == {"at": "2026-11-01T05:00:00Z", "ended": "failed"}
    assert by_name["fit"]["last_run"] == {"at": "2026-11-01T06:00:00Z", "ended": "succeeded"}
    assert by_name["claim"]["because"] == ["candidate lacks files that it is given"]
    assert by_name["shard"]["because"] == ["4 members: expected 1: jobs of more than one member are not built yet"]
    assert [name for name, row in by_name.items() if row["observing"]] == ["consume"]


def test_the_table_counts_what_is_free_and_what_needs_observing() -> None:
    """One line a job, and the sum."""
    lines = run("-", given=ALL).stdout.splitlines()
    assert len(lines) == 8
    assert lines[0].split() == [
        "#", "job", "kind", "owner", "cadence", "last", "run", "effects", "cannot", "move", "yet", "because"
    ]  # fmt: skip
    assert lines[-1] == "6 jobs: 3 with nothing in the way, 1 need observing"


def test_a_file_that_cannot_be_read_is_told_of_and_the_others_are_ranked(tmp_path: Path) -> None:
    """A folder holds what it holds."""
    (tmp_path / "chart.yaml").write_text("a: {{ .Values.a }}\n")
    (tmp_path / "job.yaml").write_text(job("fit"))
    found = run(str(tmp_path))
    assert (found.exit_code, "a template of Helm" in found.stderr) == (0, True)
    assert "ml/fit" in found.stdout


def test_nothing_named_and_nothing_found_end_with_5(tmp_path: Path) -> None:
    """As every verb does that was given nothing."""
    assert run().exit_code == 5
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert run(str(tmp_path / "a.yaml")).exit_code == 5


def test_an_image_outside_ecr_is_an_obstacle() -> None:
    """It can't be resolved to one digest for both sides."""
    text = job("fit").replace(ECR, "registry.example.com")
    (row,) = json.loads(run("-", "--output", "json", given=text).stdout)["jobs"]
    assert row["because"] == ["its image is not in ECR, and not pinned by digest"]
