"""A reports folder with campaigns of one repository, made of stored evidence, and approvers with their keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result
from report.campaign_sample import job, observation, repository

from harness.campaign import conclude, rulings, story
from harness.campaign.selfcheck.world import endpoints_of
from harness.cli.main import parity
from harness.model.finding import Ruling
from harness.model.job import Side
from harness.model.observation import MetricPoint, Typed
from harness.model.plan import ImageIdentity, Plan
from harness.model.repository import Repository
from harness.model.verdict import Verdict
from harness.runner.plan import Header, make_plan
from harness.store import codec, ledger
from harness.store.archive import Archive

AT = "2026-11-24T10:58:00Z"
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
RMSE = "metrics.equivalence/train/rmse"


@dataclass(frozen=True, slots=True)
class Clock:
    """Always the same time."""

    at: str = AT

    def now(self) -> float:
        """Give it."""
        return datetime.fromisoformat(self.at).timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Team:
    """A reports folder, and two approvers with their keys."""

    reports: Path
    of: Repository
    keys: Path

    @property
    def ledger(self) -> Path:
        """Of all campaigns."""
        return self.reports / story.LEDGER

    def campaign(
        self,
        name: str,
        candidate: float,
        *,
        synthetic: bool = False,
        at: str = AT,
        before: Callable[[Archive], object] = lambda _: None,
    ) -> Verdict:
        """Judge a campaign whose metric is 0.5 on every legacy run, and so much on every candidate run.

        `before`: what is done to its evidence before it is judged.
        """
        archive = Archive(self.reports / name)
        plan = planned(self.of, name, synthetic=synthetic, at=at)
        archive.save_plan(plan)
        archive.journal.write_text("", encoding="utf-8")
        for run in plan.runs:
            value = candidate if run.side is Side.CANDIDATE else 0.5
            read = {"learning_rate": Typed("number", 0.1)}
            seen = replace(observation(run, read), metrics={"rmse": (MetricPoint(value, 0),)}, files={})
            archive.save_observation(seen)
        story.enter(plan, self.ledger, at)
        before(archive)
        return conclude.conclude(plan, archive, Clock(at))[0]

    def enter_stored(self, name: str, at: str = AT) -> None:
        """Let the ledger vouch for what lies in a campaign's folder now, as if it had been compared again."""
        archive = Archive(self.reports / name)
        facts = {
            ledger.FINDINGS_DIGEST: archive.digest(archive.judgement_name("wine")),
            ledger.EVIDENCE_DIGEST: codec.digest_of(archive.load_judgement("wine").evidence),
            ledger.DECISION: archive.load_verdict("wine").decision.value,
            ledger.EVIDENCE: "real",
        }
        ledger.append(self.ledger, ledger.RECOMPARISON, at, repository="wine", campaign=name, facts=facts)

    def rule(self, signer: str = "ada", key: str = "ada", finding: str = RMSE, **more: str) -> Result:
        """Run the command."""
        words = {"reason": "legacy rounds twice", "as": signer, "key": str(self.keys / key), "finding": finding} | more
        options = [text for name, value in words.items() for text in (f"--{name}", value)]
        with patch("harness.cli.rulings.SystemClock", Clock):
            return CliRunner().invoke(parity, ["accept", "wine", "--reports", str(self.reports), *options])

    def standing(self, campaign: str = "") -> tuple[Ruling, ...]:
        """Read the rulings for a real campaign; empty: one that is not begun yet."""
        return rulings.read(self.of, ledger.read(self.ledger), campaign, synthetic=False)


def sample() -> Repository:
    """Describe the repository of all these campaigns."""
    return repository("wine", "owner", "demo", (job("train", "rmse", 0.1, outputs=("model",)),))


def planned(of: Repository, name: str, *, synthetic: bool = False, at: str = AT) -> Plan:
    """Plan one campaign."""
    header = Header(name, at, "tool", 7, "sha256:0")
    return make_plan(
        header, (of,), resolve=lambda *_: IMAGE, endpoints=endpoints_of(of.name, synthetic=synthetic), price=None
    )
