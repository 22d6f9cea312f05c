"""`parity pair`: two finished runs, from their records to a page."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import click

from harness import private
from harness.campaign import assumed, conclude, explaining, observing, story
from harness.campaign.explaining import ExplainedJob
from harness.campaign.observing import Finished
from harness.cli import answer
from harness.cli.campaigns import show_verdicts
from harness.cli.reading import document
from harness.config.load import load
from harness.errors import ConfigError, Problem
from harness.model.clock import SystemClock
from harness.model.job import Job, Side
from harness.model.repository import Repository
from harness.report.text import safe_text
from harness.store.reports import in_folder

_ENTRY = "repos.yaml"


@dataclass(frozen=True, slots=True)
class PairOptions:
    """What `parity pair` was asked for."""

    legacy: Path
    candidate: Path
    outputs: tuple[Path, Path] | None
    logs: tuple[Path, Path] | None
    names: tuple[str, ...]
    entry: str | None
    config_path: Path

    def records(self, side: Side) -> Path:
        """Give the records of a side."""
        return self.legacy if side is Side.LEGACY else self.candidate


def pair(wanted: PairOptions, into: Path) -> int:
    """Judge the pair; say what was assumed, and where the page is."""
    records = {side: document(wanted.records(side)) for side in Side}
    told = {side: _told(wanted, side, records[side]) for side in Side}
    clock = SystemClock()
    private.make_folder(into)
    reports = in_folder(into)
    archive = reports.archive(story.new_campaign_id(clock))
    repository, job = _entry(wanted, told, records, into)
    runs = {side: _finished(wanted, side, told[side], records[side]) for side in Side}
    verdicts = observing.judge_pair(runs, repository, job, archive, clock=clock)
    for side in Side:
        run = told[side]
        answer.lines([f"{side.value}: {run.kind} {run.name}, work {run.truth.work.value}: {run.truth.because}"])
    show_verdicts(archive)
    return conclude.exit_code(verdicts)


def _told(wanted: PairOptions, side: Side, records: bytes) -> ExplainedJob:
    """Choose the one job that a side's records tell of."""
    path = wanted.records(side)
    found = explaining.explain_all(str(path), records, path.stat().st_mtime)
    jobs = [told for told in found.jobs if told.events]
    chosen = [told for told in jobs if told.name in wanted.names] or jobs
    if len(chosen) != 1:
        names = ", ".join(sorted({told.name for told in jobs})[:20])
        hint = f"choose one: --job {jobs[0].name}" if jobs else "give its Job, pods and events"
        what = f"{len(jobs)} jobs: {names}" if jobs else "none with a history"
        raise ConfigError((Problem(str(path), 0, 0, f"--{side.value}", what, "records of one job", hint),))
    return chosen[0]


def _entry(
    wanted: PairOptions, told: dict[Side, ExplainedJob], records: dict[Side, bytes], into: Path
) -> tuple[Repository, Job]:
    """Give the entry that the pair is judged by; one that is assumed is kept beside the page and told of."""
    if wanted.entry is None:
        text = assumed.entry_of(told, records, outputs=wanted.outputs is not None)
        private.write_file(into / _ENTRY, text.encode())
        click.echo(safe_text(f"assumed, without an entry of repos.yaml: {assumed.ASSUMED} ({into / _ENTRY})"), err=True)
        (repository,) = load(into / _ENTRY)
        return repository, repository.jobs[0]
    name, _, job_name = wanted.entry.partition("/")
    known = {
        f"{repository.name}/{job.name}": (repository, job)
        for repository in load(wanted.config_path)
        for job in repository.jobs
    }
    found = known.get(wanted.entry) or next(
        (pair for key, pair in known.items() if not job_name and key.startswith(f"{name}/")), None
    )
    if found is None:
        near = difflib.get_close_matches(wanted.entry, known, n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        expected = f"one of: {', '.join(sorted(known))}"
        raise ConfigError((Problem(str(wanted.config_path), 0, 0, "--as", wanted.entry, expected, hint),))
    return found


def _finished(wanted: PairOptions, side: Side, told: ExplainedJob, records: bytes) -> Finished:
    place = 0 if side is Side.LEGACY else 1
    outputs = wanted.outputs[place] if wanted.outputs else None
    return Finished(told, outputs, wanted.logs[place] if wanted.logs else None, assumed.image_of(records))
