"""A metric from test examples through the whole path: from the files of a campaign's runs to its verdict."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from observed import observed
from report.campaign_sample import job, repository

from harness.campaign import evidence
from harness.campaign.selfcheck.world import endpoints_of
from harness.model.finding import Finding, Outcome
from harness.model.job import CompareRule, Output, Side
from harness.model.metric import Better, Examples, Metric, Score
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.model.plan import ImageIdentity
from harness.model.schedule import Schedule
from harness.runner.plan import Header, make_plan

N = 400
LABELS = np.arange(N) % 2
QUALITY = np.random.default_rng(3).normal(0, 1, N)
"""How easy each example is, for any model."""
RULE = CompareRule("*.csv", key=("id",), ignore=("p",))
AUC = Metric("auc", "", Better.HIGHER, 0.05, None, examples=Examples("model", "p.csv", "y", "p", Score.AUC))
_JOB = replace(
    job("train", "rmse", 0.1, outputs=("model",)), metrics=(AUC,), outputs=(Output("model", {}, rules=(RULE,)),)
)
_WINE = repository("wine", "owner", "demo", (_JOB,))
WINE = replace(_WINE, policy=replace(_WINE.policy, pairs=6, repeats=6))
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
PLAN = make_plan(
    Header("c1", "2026-11-27T10:00:00Z", "tool", 7, "sha256:0"),
    (WINE,),
    resolve=lambda *_: IMAGE,
    endpoints=endpoints_of("wine"),
    price=None,
)


def table(random: np.random.Generator, skill: float) -> str:
    """Write what a model of some skill predicts, with a little luck of its run."""
    predicted = skill * LABELS + QUALITY + random.normal(0, 0.02, N)
    rows = zip(range(N), LABELS, predicted, strict=True)
    return "id,y,p\n" + "".join(f"{n},{label},{float(value)!r}\n" for n, label, value in rows)


def auc_finding(folder: Path, skill: float) -> Finding:
    """Run all checks of a campaign whose candidate has this skill; legacy has 1."""
    random = np.random.default_rng(11)
    seen: dict[str, Observation] = {}
    for run in PLAN.runs:
        text = table(random, 1.0 if run.side is Side.LEGACY else skill)
        digest = hashlib.sha256(text.encode()).hexdigest()
        (folder / digest).write_text(text, encoding="utf-8")
        file = OutputFile("p.csv", len(text), digest, stored=digest)
        output = OutputSeen("model", declared=True, files=(file,))
        seen[run.id] = replace(observed(run.side, outputs=(output,)), run=run, record=None)
    told = evidence.findings_of(Schedule.whole(PLAN), WINE, seen, lambda name: folder / name)
    tables = {finding.outcome for finding in told if finding.check == "outputs.table"}
    assert tables == {Outcome.MATCH}, "what the examples judge is not compared cell by cell"
    return next(finding for finding in told if finding.check == "metrics.equivalence")


@pytest.mark.parametrize(
    ("skill", "outcome"), [(1.0, Outcome.MATCH), (0.5, Outcome.MISMATCH)], ids=["as good", "worse"]
)
def test_a_metric_from_examples_is_judged_on_both_variances(tmp_path: Path, skill: float, outcome: Outcome) -> None:
    """A model as good is a match; the control is one that ranks worse."""
    found = auc_finding(tmp_path, skill)
    assert found.outcome is outcome
    assert "from the examples (400): " in found.summary
    assert found.measure is not None
    assert (found.measure.examples, found.measure.pairs) == (400, 6)
    assert found.measure.examples_interval is not None
