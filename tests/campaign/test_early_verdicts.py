"""A repository that is over is judged and told while others run; what is saved is as if judged at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from campaign.finished import LATER, Draft, finish
from campaign.team import Clock
from faults.platform import Scripted, events_of, present

from harness.backends.base import Batch
from harness.campaign import conclude, story
from harness.campaign.early import EarlyJudging
from harness.campaign.schedules import load_schedule
from harness.campaign.selfcheck.world import BASE, IMAGE
from harness.campaign.telling import telling_verdicts
from harness.campaign.wiring import Connections
from harness.config.load import load
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.plan import Plan
from harness.model.verdict import Verdict
from harness.runner.context import Notice, Progress
from harness.runner.plan import Header, make_plan
from harness.store import codec, ledger
from harness.store.archive import Archive

CONFIG = """
defaults:
  owner: team
  tier: test
  policy: {preset: trial, pairs: 3, repeats: 2, bad_runs_max: 0.4}
  limits: {pairs_in_flight: 4, runs_max: 100}
repositories:
"""
REPOSITORY = """
  NAME:
    legacy: {namespace: ml, staging: s3://NAME/legacy}
    candidate: {account: "123456789012", region: us-east-1, role: arn:aws:iam::123456789012:role/r, staging: s3://NAME/c}
    jobs:
      train:
        kind: training
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/r:1
        command: [python, train.py]
        parameters: {depth: 3}
        candidate: {instance_type: ml.m5.large}
        inputs: {table: {uri: s3://data/table, pin: v1, path: /opt/ml/input/data/table}}
        outputs: {rows: {path: {legacy: /work/model}, rules: [{files: "*.json", form: json}]}}
        metrics: {rmse: {better: lower, margin: {absolute: 1}, regex: "rmse=([0-9.]+)"}}
        effects: []
"""
PATIENCE_SECONDS = 100.0
"""Beer's runs end by then in any case, so that a campaign which tells too late ends as well."""


@dataclass
class Slow(Scripted):
    """A platform on which beer's runs do not end before they may."""

    beer_may_end: threading.Event = field(default_factory=threading.Event)

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Tell what objects did; of beer's, that they began."""
        gives_up = time.monotonic() + PATIENCE_SECONDS
        while not stop.wait(0.01):
            may_end = self.beer_may_end.is_set() or time.monotonic() > gives_up
            for life in present(self.file).values():
                events = events_of(life)
                for event in events if may_end or not life.run.startswith("beer") else events[:2]:
                    if f"{life.run} {event.key}" not in self._told:
                        self._told.add(f"{life.run} {event.key}")
                        yield Batch(((life.run, event),))


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Archive, Plan, Slow]:
    """Plan wine and beer on a platform where beer is slow."""
    config = tmp_path / "repos.yaml"
    config.write_text(CONFIG + "".join(REPOSITORY.replace("NAME", name) for name in ("wine", "beer")), encoding="utf-8")
    header = Header("c1", "2026-11-24T10:58:00Z", story.tool_version(), 7, "sha256:0")
    repositories = load(config)
    endpoints = {f"{name}/{side.value}": {"synthetic": "yes"} for name in ("wine", "beer") for side in Side}
    plan = make_plan(header, repositories, resolve=lambda *_: IMAGE, endpoints=endpoints, price=None)
    archive = Archive(tmp_path / "reports" / "c1")
    archive.save_plan(plan)
    story.enter(plan, archive.ledger, plan.created_at)
    platform = Slow(tmp_path / "platform.log")
    platform.file.touch()
    backends = {(name, side): platform for name in ("wine", "beer") for side in Side}
    staging = SimpleNamespace(listing=lambda *_: None)  # no input is listed
    monkeypatch.setattr(story, "wire", lambda _, __, clock: Connections(backends, {}, clock, lambda *_: staging))  # type: ignore[arg-type, return-value]
    return archive, plan, platform


def test_a_verdict_is_told_as_the_repositorys_last_run_ends_and_saved_as_if_judged_at_the_end(
    planned: tuple[Archive, Plan, Slow],
) -> None:
    """Wine goes through all its waves and is told while no run of beer has ended; both are told once, wine first."""
    archive, plan, platform = planned
    heard: list[str] = []

    def hear(step: Progress | Notice) -> None:
        if isinstance(step, Notice) and step.verdict:
            heard.append(f"{step.repository} is told")
            platform.beer_may_end.set()
        elif isinstance(step, Progress) and step.state == "fetched" and step.run.repository == "beer":
            heard.append("beer ended")

    settings = story.Settings(archive.root.parent, SystemClock(), hear, threading.Event())
    story.run(archive, settings)
    assert heard[0] == "wine is told"
    assert heard[-1] == "beer is told"
    assert set(heard[1:-1]) == {"beer ended"}
    schedule = load_schedule(archive, plan)
    assert {pair.wave for pair in schedule.pairs if pair.repository == "wine"} == {1, 2}
    for repository in plan.repositories:
        (entry,) = ledger.judged(archive.ledger.entries(), repository.name, "c1")
        stored = archive.load_judgement(repository.name)
        again = conclude.judge(
            schedule, repository, archive, stored.judged_at, entries=archive.ledger.entries()[: entry.sequence]
        )
        assert codec.encode(again) == archive.store.read(archive.judgement_name(repository.name))
        assert codec.digest(codec.encode(again)) == entry.facts[ledger.FINDINGS_DIGEST]


def test_what_was_checked_early_counts_only_where_the_checks_would_look_at_the_same(tmp_path: Path) -> None:
    """Control: with an observation more or less, the checks run again."""
    finished, _ = finish(tmp_path, "c1")
    (repository,) = finished.plan.repositories
    schedule, entries = load_schedule(finished.archive, finished.plan), finished.archive.ledger.entries()
    found = conclude.checked(schedule, repository, finished.archive, finished.archive.payload, entries=entries)
    assert found.holds_for(dict(found.seen), tuple(found.own))
    fewer = dict(list(found.seen.items())[1:])
    assert not found.holds_for(fewer, found.own)


@pytest.mark.parametrize(("interrupted", "opened"), [("before", 0), ("at the first file", 1), ("never", 12)])
def test_an_interrupt_ends_early_judging_before_the_next_file_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: str, opened: int
) -> None:
    """Nothing is told then; control: without one the verdict is told and the findings are kept."""
    finished, verdicts = finish(tmp_path, "c1", candidate=Draft(10.0, rows=BASE.replace("0.1", "0.4")))
    halt, told, files = threading.Event(), list[Verdict](), list[str]()
    open_payload = Archive.payload

    def payload(archive: Archive, name: str) -> Path | None:
        files.append(name)
        if interrupted == "at the first file":
            halt.set()
        return open_payload(archive, name)

    monkeypatch.setattr(Archive, "payload", payload)
    early = EarlyJudging(finished.archive, Clock(LATER), told.append, halt)  # type: ignore[arg-type]
    if interrupted == "before":
        halt.set()
    early.begin(load_schedule(finished.archive, finished.plan), "wine")
    ended = early.ended()
    whole = interrupted == "never"
    assert list(ended) == (["wine"] if whole else [])
    assert [verdict.decision for verdict in told] == ([verdicts[0].decision] if whole else [])
    assert len(files) == opened


def test_the_same_verdict_is_told_once_and_another_one_again(tmp_path: Path) -> None:
    """What the ledger took in since may change it: then the last word is told."""
    _, (good,) = finish(tmp_path, "c1")
    _, (bad,) = finish(tmp_path / "other", "c1", candidate=Draft(5.0))
    heard: list[Progress | Notice] = []
    tell = telling_verdicts(heard.append)
    for verdict in (good, good, bad, bad):
        tell(verdict)
    assert [notice.verdict for notice in heard if isinstance(notice, Notice)] == ["GO", "NO-GO"]
