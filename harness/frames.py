"""Campaigns as pandas DataFrames: runs, pairs, metrics, findings, cells, startup, and the ledger.

    from harness import frames
    found = frames.open("reports")
    found.metrics("20261130-101500-5e2c1a")
    found.findings()          # of all campaigns

Each function gives one row a thing and always the same columns, also without rows; docs/frames.md lists them. Nothing
is verified: a frame shows what is stored, and `parity gate` says what it is worth. Needs the extra `frames`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.campaign.schedules import load_schedule
from harness.compare.startup import phases
from harness.model.clock import parse_iso
from harness.model.finding import Finding, worst
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Pair, Run
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.store.archive import Archive
from harness.store.reports import Reports, open_reports

Columns = Mapping[str, str]
"""Column to pandas type."""
_KEYS = {"campaign": "string", "repository": "string", "job": "string"}
RUNS: Columns = {
    **_KEYS,
    "run": "string",
    "side": "string",
    "platform": "string",
    "pair": "string",
    "attempt": "Int64",
    "shim": "boolean",
    "submitted": "boolean",
    "exit_code": "Int64",
    "seconds": "Float64",
    "cpu_seconds": "Float64",
    "max_rss_bytes": "Int64",
    "log_lines": "Int64",
    "note": "string",
}
PAIRS: Columns = {
    **_KEYS,
    "pair": "string",
    "grade": "string",
    "wave": "Int64",
    "replaces": "string",
    "legacy": "string",
    "candidate": "string",
    "worst": "string",
}
METRICS: Columns = {
    **_KEYS,
    "run": "string",
    "side": "string",
    "pair": "string",
    "metric": "string",
    "report": "Int64",
    "step": "Int64",
    "value": "Float64",
}
FINDINGS: Columns = {
    **_KEYS,
    "check": "string",
    "dimension": "string",
    "subject": "string",
    "pair": "string",
    "outcome": "string",
    "required": "boolean",
    "rule": "string",
    "summary": "string",
    "unit": "string",
    "legacy": "Float64",
    "candidate": "Float64",
    "difference": "Float64",
    "margin": "Float64",
    "low": "Float64",
    "high": "Float64",
    "waiver": "string",
}
CELLS: Columns = {
    **_KEYS,
    "check": "string",
    "subject": "string",
    "pair": "string",
    "where": "string",
    "legacy": "string",
    "candidate": "string",
    "note": "string",
}
STARTUP: Columns = {
    **_KEYS,
    "run": "string",
    "side": "string",
    "pair": "string",
    "phase": "string",
    "seconds": "Float64",
    "error_seconds": "Float64",
    "source": "string",
}
LEDGER: Columns = {
    "entry": "Int64",
    "kind": "string",
    "at": "datetime64[ns, UTC]",
    "repository": "string",
    "campaign": "string",
    "decision": "string",
    "evidence": "string",
}


def open(place: str = "reports") -> Frames:  # noqa: A001 - as in `gzip.open`
    """Open a folder of campaigns, or `s3://BUCKET/PREFIX`, as `--reports` names it.

    Raises:
        ConfigError: it is neither.
    """
    return Frames(open_reports(place))


@dataclass(frozen=True, slots=True)
class Frames:
    """All campaigns of a place; each frame is of one campaign, or of all that the ledger knows."""

    reports: Reports

    def runs(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a planned run: how it ended, by the shim's word, and what it used."""
        return self._frame(RUNS, campaign, _runs)

    def pairs(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a pair, with the worst outcome among its required findings."""
        return self._frame(PAIRS, campaign, _pairs)

    def metrics(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a reported value, in the order of the log; a value that was no finite number is missing."""
        return self._frame(METRICS, campaign, _metrics)

    def findings(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a finding, with the numbers behind it."""
        return self._frame(FINDINGS, campaign, _findings)

    def cells(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a difference that a finding shows as a sample."""
        return self._frame(CELLS, campaign, _cells)

    def startup(self, campaign: str | None = None) -> pd.DataFrame:
        """Give a row a phase of a run's startup, in seconds."""
        return self._frame(STARTUP, campaign, _startup)

    def ledger(self) -> pd.DataFrame:
        """Give a row an entry of the ledger, verified along its chain.

        Raises:
            EvidenceDamaged: names the first bad entry.
        """
        return _frame(
            LEDGER,
            (
                {
                    "entry": entry.sequence,
                    "kind": entry.kind,
                    "at": pd.Timestamp(parse_iso(entry.at), unit="s", tz="UTC"),
                    "repository": entry.repository,
                    "campaign": entry.campaign,
                    "decision": entry.facts.get("decision"),
                    "evidence": entry.facts.get("evidence"),
                }
                for entry in self.reports.ledger.entries()
            ),
        )

    def _frame(
        self, columns: Columns, campaign: str | None, rows: Callable[[_Stored], Iterator[dict[str, Any]]]
    ) -> pd.DataFrame:
        names = [campaign] if campaign else _campaigns(self.reports)
        return _frame(columns, (row for name in names for row in rows(_stored(self.reports.archive(name)))))


def _frame(columns: Columns, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a frame with exactly these columns and types."""
    listed = list(rows)
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in listed], dtype=kind) for name, kind in columns.items()}
    )


def _campaigns(reports: Reports) -> list[str]:
    """List the campaigns that the ledger knows and that are there, the oldest first."""
    known = dict.fromkeys(entry.campaign for entry in reports.ledger.entries() if entry.campaign)
    return [name for name in known if reports.archive(name).is_planned()]


@dataclass(frozen=True, slots=True)
class _Stored:
    """A campaign as it is stored."""

    archive: Archive
    schedule: Schedule

    @property
    def pair_of(self) -> Mapping[str, str]:
        """Run to the pair that it belongs to."""
        return {run: pair.id for pair in self.schedule.pairs for run in pair.runs}

    def keys(self, repository: str, job: str) -> dict[str, Any]:
        """Give what every row begins with."""
        return {"campaign": self.schedule.plan.campaign, "repository": repository, "job": job}

    def seen(self) -> Iterator[tuple[Run, Observation | None, dict[str, Any]]]:
        """Give each run, what was observed of it, and the columns that name it."""
        pair_of = self.pair_of
        for run in self.schedule.runs:
            named = {"run": run.id, "side": run.side.value, "pair": pair_of.get(run.id)}
            yield run, self.archive.load_observation(run.id), {**self.keys(run.repository, run.job), **named}

    def findings(self) -> Iterator[tuple[Repository, Finding]]:
        """Give the findings of every repository that was judged."""
        for repository in self.schedule.plan.repositories:
            if self.archive.store.age_seconds(Archive.judgement_name(repository.name)) is not None:
                for finding in self.archive.load_judgement(repository.name).findings:
                    yield repository, finding


def _stored(archive: Archive) -> _Stored:
    return _Stored(archive, load_schedule(archive, archive.load_plan()))


def _runs(stored: _Stored) -> Iterator[dict[str, Any]]:
    for run, seen, named in stored.seen():
        record = seen.record if seen else None
        began, ended = (record.started_seconds, record.finished_seconds) if record else (None, None)
        yield {
            **named,
            "platform": run.platform,
            "attempt": run.attempt,
            "shim": run.shim,
            "submitted": bool(seen and not seen.not_submitted),
            "exit_code": record.exit_code if record else None,
            "seconds": ended - began if ended is not None and began is not None else None,
            "cpu_seconds": record.cpu_seconds if record else None,
            "max_rss_bytes": record.max_rss_bytes if record else None,
            "log_lines": seen.log.lines if seen and seen.log else None,
            "note": seen.not_submitted or seen.record_damage or None if seen else "not observed",
        }


def _pairs(stored: _Stored) -> Iterator[dict[str, Any]]:
    side_of = {run.id: run.side for run in stored.schedule.runs}
    outcomes: dict[str, list[Any]] = {}
    for _, finding in stored.findings():
        if finding.pair and finding.required:
            outcomes.setdefault(finding.pair, []).append(finding.outcome)
    for pair in stored.schedule.pairs:
        yield {
            **stored.keys(pair.repository, pair.job),
            "pair": pair.id,
            "grade": pair.grade.value,
            "wave": pair.wave,
            "replaces": pair.replaces,
            "legacy": _run(pair, side_of, Side.LEGACY),
            "candidate": _run(pair, side_of, Side.CANDIDATE),
            "worst": worst(outcomes[pair.id]).value if pair.id in outcomes else None,
        }


def _run(pair: Pair, side_of: Mapping[str, Side], side: Side) -> str | None:
    return next((run for run in pair.runs if side_of.get(run) is side), None)


def _metrics(stored: _Stored) -> Iterator[dict[str, Any]]:
    for _, seen, named in stored.seen():
        for metric, points in seen.metrics.items() if seen else ():
            for number, point in enumerate(points):
                yield {**named, "metric": metric, "report": number, "step": point.step, "value": point.value}


def _findings(stored: _Stored) -> Iterator[dict[str, Any]]:
    for repository, finding in stored.findings():
        measure = finding.measure
        low, high = measure.interval if measure and measure.interval else (None, None)
        yield {
            **stored.keys(repository.name, finding.subject.partition("/")[0]),
            "check": finding.check,
            "dimension": finding.dimension.value,
            "subject": finding.subject,
            "pair": finding.pair,
            "outcome": finding.outcome.value,
            "required": finding.required,
            "rule": finding.rule or None,
            "summary": finding.summary,
            "unit": measure.unit if measure else None,
            "legacy": measure.legacy if measure else None,
            "candidate": measure.candidate if measure else None,
            "difference": measure.difference if measure else None,
            "margin": measure.margin if measure else None,
            "low": low,
            "high": high,
            "waiver": finding.waiver or finding.ruling or None,
        }


def _cells(stored: _Stored) -> Iterator[dict[str, Any]]:
    for repository, finding in stored.findings():
        for sample in finding.samples:
            yield {
                **stored.keys(repository.name, finding.subject.partition("/")[0]),
                "check": finding.check,
                "subject": finding.subject,
                "pair": finding.pair,
                "where": sample.where,
                "legacy": sample.legacy,
                "candidate": sample.candidate,
                "note": sample.note or None,
            }


def _startup(stored: _Stored) -> Iterator[dict[str, Any]]:
    for run, seen, named in stored.seen():
        for phase in phases(seen.events, seen.record, run.platform) if seen else ():
            whole = phase.start is not None and phase.end is not None
            yield {
                **named,
                "phase": phase.name,
                "seconds": phase.end.seconds - phase.start.seconds if whole and phase.start and phase.end else None,
                "error_seconds": phase.error_seconds,
                "source": phase.source,
            }
