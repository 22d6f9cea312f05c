"""A finished campaign with payloads, on disk with its ledger: what alterations are tried on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from campaign.team import Clock
from click.testing import CliRunner, Result

from harness.campaign import conclude, story
from harness.campaign.selfcheck.world import BASE, POLICY, Draft, observed, plan_of, repository_of
from harness.cli.main import parity
from harness.model.job import Side
from harness.model.observation import LogFacts, Observation
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Verdict
from harness.store import codec
from harness.store.archive import Archive
from harness.store.reports import Reports
from harness.store.reports import of as reports_of

TRIAL = replace(POLICY, pairs=3, bad_runs_max=0.65, repeats=3, startup_required=False)
LATER = "2026-11-25T12:00:00Z"
"""When it is judged and looked at; its plan is of two hours before."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A reports folder with one campaign."""

    archive: Archive
    plan: Plan

    @property
    def reports(self) -> Path:
        """Of the campaign and its ledger."""
        return self.archive.root.parent

    @property
    def ledger(self) -> Path:
        """Of the reports folder."""
        return self.reports / story.LEDGER

    def parity(self, *words: str) -> Result:
        """Run a command over it."""
        return CliRunner().invoke(parity, [*words, "--reports", str(self.reports)])


def repository(name: str = "wine") -> Repository:
    """Describe what the campaign was planned with."""
    return repository_of(TRIAL, name=name)


def finish(
    reports: Path | Reports,
    name: str = "c1",
    *,
    candidate: Draft = Draft(10.0),  # noqa: B008 - a frozen value
    repositories: tuple[Repository, ...] = (),
    at: str = LATER,
    author: str = "",
    alter: Callable[[Plan], Plan] = lambda plan: plan,
) -> tuple[Finished, tuple[Verdict, ...]]:
    """Judge a campaign of runs that report 10 and leave a table; the candidate's may differ.

    `author`: who began it; `alter`: what is done to its plan before it is saved.
    """
    of = repositories or (repository(),)
    plans = [plan_of(repository, campaign=name) for repository in of]
    plan = replace(
        plans[0],
        repositories=of,
        identities={key: value for plan in plans for key, value in plan.identities.items()},
        runs=tuple(run for plan in plans for run in plan.runs),
        pairs=tuple(pair for plan in plans for pair in plan.pairs),
        endpoints={place: said for plan in plans for place, said in plan.endpoints.items()},
        realities={name: decided for plan in plans for name, decided in plan.realities.items()},
    )
    plan = alter(plan)
    archive = reports_of(reports).archive(name)
    archive.save_plan(plan)
    if archive.shared is None:
        archive.journal.write_text("", encoding="utf-8")
    else:
        with archive.open_journal() as journal:
            journal.append([{"record": "note", "text": "a bucket holds no empty segment"}])
    for run in plan.runs:
        draft = candidate if run.side is Side.CANDIDATE else Draft(10.0)
        archive.save_observation(_kept(archive, observed(run, draft, codec.digest(draft.rows.encode())[7:]), draft))
    story.enter(plan, archive.ledger, at, author)
    return Finished(archive, plan), conclude.conclude(plan, archive, Clock(at))


def _kept(archive: Archive, seen: Observation, draft: Draft) -> Observation:
    """Write the payloads of a run as a fetch would, and list them."""
    folder = f"runs/{seen.run.id}/payload"
    texts = {f"{folder}/0": draft.rows, f"{folder}/log.txt": f"rmse={draft.value}\n"}
    for name, text in texts.items():
        (archive.root / name).parent.mkdir(parents=True, exist_ok=True)
        (archive.root / name).write_text(text, encoding="utf-8")
    outputs = tuple(
        replace(output, files=tuple(replace(file, stored=f"{folder}/0") for file in output.files))
        for output in seen.outputs
    )
    log = LogFacts(1, len(texts[f"{folder}/log.txt"]), cut=False, stored=f"{folder}/log.txt")
    files = {name: codec.digest(text.encode()) for name, text in texts.items()}
    return replace(seen, outputs=outputs, log=log, files=files)


__all__ = ["BASE", "LATER", "Draft", "Finished", "finish", "repository"]
