"""Two campaigns from what a real process printed and wrote to a verdict: five real differences, and the same numbers.

The programs run as processes; their logs reach the reader as each platform keeps them, and all that follows is a
campaign's own: reading, checks, judge, gate.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.backends.base import Fetched, FetchedOutput, Handle
from harness.campaign import evidence, history
from harness.campaign.checks import requirements_of
from harness.campaign.conclude import RULE
from harness.campaign.selfcheck.world import IMAGE, SUBMITTED_AT, Draft, endpoints_of, observed, repository_of
from harness.config.defaults import metric_regex
from harness.judge.gate import Case, decide
from harness.model.finding import Finding, Outcome
from harness.model.job import Job, Output, Side
from harness.model.metric import Better, Metric
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.model.policy import PRESETS
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, Judgement
from harness.runner import collect
from harness.runner.plan import Header, make_plan
from harness.sandbox.aws.logs import escaped
from harness.scrub.scrubber import Scrubber

FIVE = """
import os, pathlib
out = pathlib.Path(os.environ["OUT_DIR"])
legacy = os.environ["SIDE"] == "legacy"
rows = [0.11, 0.22, 0.33, 0.44]
(out / "predictions.csv").write_text("p\\n" + "".join(f"{v}\\n" for v in (rows if legacy else rows[::-1])))
print("mae=0,345" if legacy else "mae=0,912")
print("rmse=1,234.5" if legacy else "rmse=1,999.5")
print("{'eval_loss': %s, 'epoch': 3.0}" % ("9.1e-05" if legacy else "9.1"))
print("val_loss: 0.4310")
print("val_loss: 0.4310" if legacy else "val_loss: nan")
"""
SAME = """
import os, pathlib
(pathlib.Path(os.environ["OUT_DIR"]) / "m.json").write_text('{"a": 1}')
print("".join(f"\\r{i}/3 [==>] - loss: {0.9 - i/10:.4f}" for i in range(4)))
print("[9]\\ttrain-rmse:0.10855\\tvalidation-rmse:0.10538")
print("score=n/a" if os.environ["SIDE"] == "candidate" else "score=0.5")
"""
METRICS = {
    "mae": "", "rmse": "", "eval_loss": "'eval_loss': ([0-9.]*)", "val_loss": "val_loss: ([0-9.]+)",
    "loss": "", "validation-rmse": "", "score": "score=(?:n/a|([0-9.]+))",
}  # fmt: skip


class Left(NamedTuple):
    """What one run of a program left."""

    log: bytes
    output: Path


def repository(*metrics: str) -> Repository:
    """Declare a job that reports these metrics and writes one output without rules, each metric within 1 %."""
    base = repository_of(replace(PRESETS["trial"], startup_required=False))
    (job,) = base.jobs
    declared = tuple(Metric(name, METRICS[name] or metric_regex(name), Better.LOWER, None, 0.01) for name in metrics)
    changed = replace(
        job,
        inputs=(),
        metrics=declared,
        outputs=(Output("model", dict.fromkeys(Side, "/opt/ml/model")),),
        sides={side: replace(each, parameters={}) for side, each in job.sides.items()},
    )
    return replace(base, jobs=(changed,))


@cache
def left(program: str, side: Side, folder: Path) -> Left:
    """Run a program as one side does; CloudWatch's log has control characters as SageMaker's agent writes them."""
    output = folder / side.value
    output.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"OUT_DIR": str(output), "SIDE": side.value}, capture_output=True, check=True,
    )  # fmt: skip
    text = ran.stdout.decode()
    kept = text if side is Side.LEGACY else "\n".join(escaped(line) for line in text.split("\n"))
    return Left(kept.encode(), output)


def seen(run: Run, job: Job, program: str, folder: Path) -> Observation:
    """Bring one run home: the reader of a campaign on what the process left, beside a sound ending."""
    found = left(program, run.side, folder)
    outputs = (FetchedOutput("model", declared=True, path=found.output, source="x"),)
    fetched = Fetched(found.log, False, None, outputs, ())
    place = folder / "campaign" / "runs" / run.id
    place.mkdir(parents=True)
    read = collect.observe(Handle(run, {}), job, (), fetched, folder=place, scrub=Scrubber())
    sound = observed(run, Draft(1.0), "")
    assert sound.record is not None
    record = replace(sound.record, parameters={}, inputs={})
    return replace(
        sound, record=record, outputs=read.outputs, metrics=read.metrics, metrics_unread=read.metrics_unread,
        log=read.log,
    )  # fmt: skip


def judged(program: str, folder: Path, *metrics: str) -> tuple[Decision, Mapping[str, Outcome], tuple[Finding, ...]]:
    """Plan, bring home, compare, judge and decide; give the verdict, and the required findings over all pairs."""
    mine = repository(*metrics)
    header = Header("numbers", SUBMITTED_AT, "tests", 1, "")
    plan = make_plan(header, (mine,), resolve=lambda *_: IMAGE, endpoints=endpoints_of(mine.name), price=None)
    runs = {run.id: seen(run, mine.jobs[0], program, folder) for run in plan.runs}
    schedule, campaign = Schedule.whole(plan), folder / "campaign"
    findings = evidence.findings_of(schedule, mine, runs, lambda name: campaign / name)
    head = ("parity.judgement/1", mine.name, plan.campaign, SUBMITTED_AT, "tests")
    tallies = history.tallies_of(schedule, mine, runs, findings)
    judgement = Judgement(*head, evidence={}, attempts=1, findings=findings, tallies=tallies, rule=RULE)
    verdict = decide(Case(schedule, mine, judgement, (), {}, required=requirements_of(mine)))
    worst = {finding.subject: finding.outcome for finding in findings if finding.pair is None and finding.required}
    return verdict.decision, worst, findings


def test_a_campaign_with_five_real_differences_is_never_go(tmp_path: Path) -> None:
    """A decimal comma, thousands, an exponent, a last nan, and predictions in reverse order; each is told by name."""
    decision, worst, findings = judged(FIVE, tmp_path, "mae", "rmse", "eval_loss", "val_loss")
    assert decision is not Decision.GO
    told = {name: worst[f"train/{name}"] for name in ("mae", "rmse", "eval_loss", "val_loss")}
    assert Outcome.MATCH not in told.values()
    tables = {finding.outcome for finding in findings if finding.check == "outputs.table"}
    assert tables
    assert Outcome.MATCH not in tables


@pytest.mark.parametrize("metric", ["mae", "rmse", "eval_loss", "val_loss"])
def test_each_of_the_differences_alone_keeps_a_campaign_from_go(metric: str, tmp_path: Path) -> None:
    """So that none hides behind another."""
    same_rows = FIVE.replace("rows[::-1]", "rows")
    decision, worst, _ = judged(same_rows, tmp_path, metric)
    assert (decision is Decision.GO, worst[f"train/{metric}"] is Outcome.MATCH) == (False, False)


def test_the_same_numbers_of_one_process_are_go(tmp_path: Path) -> None:
    """The control: a progress bar and tabs, which CloudWatch writes as #015 and #011."""
    decision, worst, findings = judged(SAME, tmp_path, "loss", "validation-rmse")
    assert [finding.summary for finding in findings if finding.required and finding.outcome is not Outcome.MATCH] == []
    assert (decision, {worst["train/loss"], worst["train/validation-rmse"]}) == (Decision.GO, {Outcome.MATCH})


def test_a_group_that_may_be_absent_costs_the_metric_and_not_the_run(tmp_path: Path) -> None:
    """The candidate's last report is no number: INCONCLUSIVE by name, and the rest of the run is judged."""
    decision, worst, findings = judged(SAME, tmp_path, "score")
    assert (decision, worst["train/score"]) == (Decision.INCONCLUSIVE, Outcome.INCONCLUSIVE)
    assert {finding.outcome for finding in findings if finding.check.startswith(("truth", "outputs"))} == {
        Outcome.MATCH
    }
