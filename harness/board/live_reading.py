"""Journals of running campaigns: what was started, what ended, and what that costs at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from harness.board.live import LiveProgress
from harness.board.values import CampaignRow, Key
from harness.config import price
from harness.errors import HarnessError
from harness.model.schedule import Schedule, Wave
from harness.store.reports import Reports
from harness.store.schedules import schedule_of


def beats(stores: Mapping[str, Reports], running: Iterable[CampaignRow]) -> dict[Key, LiveProgress]:
    """Read the journal of each running campaign once."""
    found: dict[Key, LiveProgress] = {}
    campaigns: dict[tuple[str, str], list[CampaignRow]] = {}
    for row in running:
        campaigns.setdefault((row.key.store, row.key.campaign), []).append(row)
    for (store, campaign), rows in campaigns.items():
        if store in stores:
            found |= _beats(stores[store], campaign, rows)
    return found


def _beats(reports: Reports, campaign: str, rows: list[CampaignRow]) -> dict[Key, LiveProgress]:
    try:
        archive = reports.archive(campaign)
        records = archive.read_journal().records
        schedule = schedule_of(archive.load_plan(), records)
    except HarnessError as error:
        return {row.key: LiveProgress(0, row.runs, 0, 0, None, 0.0, str(error)) for row in rows}
    started = {str(record.get("run")) for record in records if record.get("record") == "intent"}
    done = {str(record.get("run")) for record in records if record.get("record") == "done"}
    return {row.key: _beat(schedule, row.key.repository, started, done) for row in rows}


def _beat(schedule: Schedule, repository: str, started: set[str], done: set[str]) -> LiveProgress:
    runs = [run for run in schedule.runs if run.repository == repository]
    of = next(known for known in schedule.plan.repositories if known.name == repository)
    begun = Counter((run.job, run.side) for run in runs if run.id in started)
    own = {pair.id for pair in schedule.pairs if pair.repository == repository}
    waves = {wave.number for wave in schedule.amendments if isinstance(wave, Wave) and not own.isdisjoint(wave.pairs)}
    return LiveProgress(
        wave=len(waves),
        planned=len(runs),
        started=sum(run.id in started for run in runs),
        done=sum(run.id in done for run in runs),
        spent=price.price_of(of, begun),
        last_at=0.0,
    )
