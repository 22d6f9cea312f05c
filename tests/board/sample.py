"""Rows as literals: one campaign in a line, and a fleet with every standing and with hostile names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.board.standing import Known
from harness.board.values import (
    CampaignReading,
    CampaignRow,
    Cell,
    Divergence,
    FalseFailure,
    Key,
    Reading,
    Signed,
    State,
    Step,
)

NOW = 1_796_000_000.0
"""2026-11-30, 01:33 UTC."""
DAY = 86_400.0
STORE = "reports"
CELLS = {
    "outputs": Cell("MATCH", informs=False, count=6),
    "metrics": Cell("MATCH", informs=False, count=1),
    "startup": Cell("INCONCLUSIVE", informs=True, count=1),
    "transitions": Cell("MATCH", informs=False, count=9),
    "truth": Cell("EXPLAINED", informs=False, count=1),
    "configuration": Cell("WAIVED", informs=False, count=1),
    "cost": Cell("MATCH", informs=True, count=0),
}
HOSTILE = (
    "</title><script>alert(1)</script>",
    "\u202eright to left \u05d0\u05d1\u05d2",
    "a b&c=d#e'\"]{}",
    "n" * 2000,
)


def row(name: str = "digits", campaign: str = "c1", **changes: Any) -> CampaignRow:
    """Make a judged GO on real evidence, an hour old, if nothing else is said."""
    made = CampaignRow(
        key=Key(STORE, campaign, name),
        state=State.JUDGED,
        trouble="",
        owner="ml-platform",
        tier="standard",
        base="py311",
        image="sha256:11",
        policy="standard",
        rules="sha256:aa",
        author="carol",
        begun_at=NOW - 7200,
        planned_at=NOW - 7200,
        judged_at=NOW - 3600,
        expires_at=NOW + 30 * DAY,
        due_at=NOW + 3600,
        decision="GO",
        evidence="real",
        verified_at=0.0,
        reason="All required checks are clean in 29 pairs; the policy asks for 29.",
        remedy="",
        blocking=0,
        clean=29,
        pairs=8,
        pairs_needed=29,
        approvers=("ada", "bob"),
        approvals=1,
        alpha=0.05,
        price=0.27,
        price_max=5.0,
        runs=16,
        cells=CELLS,
    )
    return replace(made, **changes)


def known(judged: CampaignRow | None = None, **changes: Any) -> Known:
    """Make what is known of a repository with this newest campaign."""
    found = judged or row()
    return Known(STORE, found.key.repository, found, **{"since": found.judged_at, **changes})


def step(name: str, stage: str, days_ago: float, sequence: int, *, synthetic: bool = False) -> Step:
    """Make a stage that a repository went to."""
    return Step(STORE, name, sequence, stage, 100, NOW - days_ago * DAY, "carol", "c1", synthetic)


def signed(name: str = "digits", campaign: str = "c1", signer: str = "ada", sequence: int = 90) -> Signed:
    """Make a signature."""
    return Signed(STORE, name, campaign, sequence, signer, NOW - 1800)


def divergence(signature: str = "aaaaaaaaaaaa", **changes: Any) -> Divergence:
    """Make a K08 that is explained, if nothing else is said."""
    made = Divergence(
        signature=signature,
        outcome="EXPLAINED",
        check="truth.agreement",
        dimension="truth",
        rule="K08",
        title="K08 another container failed",
        advice="make the sidecar native",
        summary="legacy: the sidecar proxy failed after main ended with 0",
        count=1,
    )
    return replace(made, **changes)


def reading(kind: str = "metric", legacy: float = 0.93, candidate: float = 0.92) -> Reading:
    """Make one reading of a metric or of startup."""
    unit, subject = ("s", "train/first-instruction") if kind == "startup" else ("", "train/accuracy")
    return Reading(kind, subject, unit, legacy, candidate, "1 %", "MATCH")


def fleet() -> list[CampaignReading]:
    """Make a fleet with every standing, five campaigns of one repository, and hostile names and texts."""
    bad = {"decision": "NO-GO", "blocking": 1, "reason": "accuracy fell by 28 %; at most 1 % is allowed. 3 pairs.",
           "remedy": "find what makes accuracy worse on the candidate"}  # fmt: skip
    rows = [
        *(row("digits", f"c{n}", judged_at=NOW - (6 - n) * DAY, rules=f"sha256:{n // 3}", image=f"sha256:{n // 4}")
          for n in range(1, 6)),
        row("wine", **bad, cells={**CELLS, "metrics": Cell("MISMATCH", informs=False, count=1)}),
        row("thin", decision="INCONCLUSIVE", clean=3, blocking=1, reason="3 of 29 clean pairs", tier="trial"),
        row("old", expires_at=NOW - 1, planned_at=NOW - 40 * DAY),
        row("practice", evidence="synthetic", owner="ada"),
        row("broken", state=State.DAMAGED, trouble="judgement/broken.json differs from ledger entry 7", cells={}),
        row("moving", price=None, price_max=None),
        row("finished", base="r-43"),
        row("young", state=State.OPEN, judged_at=0.0, decision="", cells={}, clean=0, reason=""),
        *(row(name, owner=name, base=name, tier=name, **{**bad, "reason": name, "remedy": name}) for name in HOSTILE),
    ]  # fmt: skip
    return [_read(made) for made in rows]


def _read(made: CampaignRow) -> CampaignReading:
    found: tuple[Divergence, ...] = ()
    if made.decision == "NO-GO":
        own = {"title": made.reason, "advice": made.remedy, "rule": "", "outcome": "MISMATCH"}
        found = (divergence(), divergence("bbbbbbbbbbbb", **own))
    elif made.key.campaign in {"c1", "c4"} and made.key.repository == "digits":
        found = (divergence(),)
    readings = (reading(), reading("startup", 61.5, 83.25)) if made.state is State.JUDGED else ()
    failures = (FalseFailure("K08", 2),) if made.key.repository in {"digits", "wine"} else ()
    return CampaignReading(made, found, readings, failures)
