"""Earlier campaigns of one repository and of its cell; tests change one thing at a time."""

from __future__ import annotations

from dataclasses import replace

from judge.cases import JOB, REPOSITORY, case

from harness.judge.gate import Case
from harness.model.carry import Cell, CellContribution, EndingCounts, EvidenceBasis, History, JobSummary
from harness.model.policy import PRESETS, Change

CELL = Cell("sha256:base", "training", "ml.m5")
NOW = EvidenceBasis("wine", "train", CELL, "sha256:image", "sha256:code", "p", "i", "ml.m5.large", "r")
STANDARD = PRESETS["standard"]
CHANGED = {
    Change.CODE: replace(NOW, image="sha256:other"),
    Change.PARAMETERS: replace(NOW, parameters="q"),
    Change.INPUTS: replace(NOW, inputs="j"),
    Change.INSTANCE: replace(NOW, instance="ml.m5.xlarge"),
    Change.RESOURCES: replace(NOW, resources="s"),
    Change.FAMILY: replace(NOW, cell=replace(CELL, family="ml.c5")),
    Change.KIND: replace(NOW, cell=replace(CELL, kind="processing")),
    Change.BASE: replace(NOW, cell=replace(CELL, base="sha256:newer")),
}
"""What the job stood on before, by what has changed since."""
NO_RUNS = EndingCounts()
QUIET = EndingCounts(400, 2, 400, 2)
"""Both platforms lose runs now and then, in enough runs to tell."""


def tally(campaign: str, standing: EvidenceBasis = NOW, **more: object) -> JobSummary:
    """Make what a campaign of six clean pairs left."""
    given: dict[str, object] = {
        "clean": 6,
        "explained": 0,
        "unclean": 0,
        "false_success": 0,
        "ends": EndingCounts(6, 0, 6, 0),
    }
    return JobSummary(standing, campaign, False, **(given | more))  # type: ignore[arg-type]


def share(
    repository: str, clean: int, unclean: int = 0, cell: Cell = CELL, ends: EndingCounts = NO_RUNS
) -> CellContribution:
    """Make what another repository brings."""
    return CellContribution(repository, cell, clean, unclean, ends)


def standing_case(
    *own: JobSummary,
    others: tuple[CellContribution, ...] = (),
    ends: EndingCounts = QUIET,
    bad_runs_max: float = 0.1,
    now: EvidenceBasis = NOW,
) -> Case:
    """Put a clean campaign of three pairs, with a history, before the gate of the `standard` preset."""
    policy = replace(STANDARD, bad_runs_max=bad_runs_max, startup_required=False)
    found = case(repository=replace(REPOSITORY, policy=policy, jobs=(JOB,)))
    left = (tally("c1", now, clean=3, ends=ends),)
    return replace(found, judgement=replace(found.judgement, tallies=left, history=History(own, others)))
