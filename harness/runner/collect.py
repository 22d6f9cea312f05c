"""What was fetched → one run's observation: facts apart from payloads, everything scrubbed and named by the store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness import private
from harness.backends.base import Fetched, FetchedOutput, Handle, MetricAnswer
from harness.model.event import Event
from harness.model.job import Job
from harness.model.observation import LogFacts, MetricPoint, Observation, OutputSeen, Record, Typed
from harness.model.plan import Run
from harness.runner.log import is_start_lost, read_log, whole_lines
from harness.runner.metric_reading import read_metrics
from harness.runner.metric_source import MetricEvidence
from harness.runner.outside_log import read_outside
from harness.runner.shim_record import read_record, shim_events
from harness.scrub.scrubber import Scrubber
from harness.store import codec
from harness.store.artifacts import scan_tree, unpack

SCHEMA = "parity.observation/1"
PACKAGES = "fetched"
"""Folder of what was downloaded for a run; it is unpacked and forgotten."""
_ALTERED = "was read before its lines were scrubbed: the stored log shows it otherwise"


def observe(
    handle: Handle, job: Job, events: tuple[Event, ...], fetched: Fetched, *, folder: Path, scrub: Scrubber
) -> Observation:
    """Read everything that was fetched; damage becomes a fact of the observation, never an exception.

    Whatever text it holds is scrubbed of secrets before it is handed on; the bytes of outputs are left as they are.
    """
    record, damage = read_record(fetched.record, handle.run.shim)
    outputs = tuple(_read_output(output, folder) for output in fetched.outputs)
    start_lost = is_start_lost(fetched.log, record, shim=handle.run.shim)
    side = handle.run.side
    metrics, unread, log = read_log(fetched, job.logged_on(side), folder, scrub, start_lost=start_lost)
    answers = {answer.source: _kept(answer, folder, scrub) for answer in fetched.answers}
    others = read_metrics(
        job,
        MetricEvidence(
            side,
            {output.name: output for output in outputs},
            folder.parent.parent,
            log=whole_lines(fetched, start_lost=start_lost),
        ),
        answers,
    )
    outside, unread_outside = read_outside(fetched.outside)
    seen_by_shim = tuple(shim_events(record)) if record else ()
    observation = Observation(
        schema=SCHEMA,
        run=handle.run,
        handle=handle.native,
        events=(*events, *seen_by_shim),
        record=record and _scrubbed(record, scrub),
        record_damage=damage,
        outputs=outputs,
        metrics={**metrics, **others.curves},
        log=log,
        notes=(
            *fetched.notes,
            *unread_outside,
            *(f"metric {name} {_ALTERED}" for name in (log.altered if log else ())),
        ),
        files=_digests(folder),
        metrics_unread={**unread, **others.unread},
        curves_unknown=others.unknown,
        places=fetched.places,
        outside=outside,
    )
    return scrub.frozen(observation, named=False)


def _kept(answer: MetricAnswer, folder: Path, scrub: Scrubber) -> MetricAnswer:
    """Keep what a source was answered, scrubbed; metrics are read from what is kept."""
    if answer.data is None:
        return answer
    data = scrub.text(answer.data.decode("utf-8", "replace")).encode()
    kept = folder / "payload" / "metrics" / f"{answer.source}.json"
    private.make_folder(kept.parent)
    private.write_file(kept, data)
    return replace(answer, data=data)


def _scrubbed(record: Record, scrub: Scrubber) -> Record:
    """Look at variables and parameters with their names; files and inputs, named by users too, keep their digests."""
    return replace(
        record,
        environment={name: scrub.named(name, value) for name, value in record.environment.items()},
        parameters={
            name: Typed(typed.type, scrub.value(typed.value, name)) for name, typed in record.parameters.items()
        },
    )


def stopped(run: Run, native: Mapping[str, str], events: tuple[Event, ...], told: LogReading) -> Observation:
    """Keep what is known of a run that we stopped before it could tell anything: its history and its log so far."""
    return replace(
        not_submitted(run, ""),
        handle=native,
        events=events,
        metrics=told.metrics,
        log=told.log,
        notes=("stopped before it could tell anything; nothing but its log so far was fetched",),
        files=told.files,
    )


def not_submitted(run: Run, why: str) -> Observation:
    """Say that a run never reached its platform."""
    return Observation(
        schema=SCHEMA,
        run=run,
        handle={},
        events=(),
        record=None,
        record_damage="",
        outputs=(),
        metrics={},
        log=None,
        not_submitted=why,
    )


@dataclass(frozen=True, slots=True)
class LogReading:
    """What the log so far of a run says."""

    metrics: Mapping[str, tuple[MetricPoint, ...]]
    log: LogFacts | None
    files: Mapping[str, str]
    reported: bool | None
    """Whether it holds a value of one of the job's metrics; None: what is missing of it is not known."""


def told_so_far(peeked: Fetched, job: Job, run: Run, folder: Path, *, scrub: Scrubber, running: bool) -> LogReading:
    """Read the log so far of a run; where there is none yet or none is left, `running` says which.

    A metric of another source than a file may be told there already, for all to see; the log alone can't say that none
    was.
    """
    logged, elsewhere = job.logged_on(run.side), job.shown_while_running(run.side)
    if not logged and not elsewhere:
        return LogReading({}, None, {}, reported=False)
    start_lost = is_start_lost(peeked.log, None, shim=run.shim)
    metrics, unread, log = read_log(peeked, logged, folder, scrub, start_lost=start_lost)
    unknown = unread or elsewhere or (peeked.log_cut and (log is not None or running))
    reported = True if any(metrics.values()) else None if unknown else False
    return LogReading(metrics, log, _digests(folder), reported)


def _digests(folder: Path) -> dict[str, str]:
    campaign = folder.parent.parent
    return {
        path.relative_to(campaign).as_posix(): codec.digest_of_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_observation(path.name) and PACKAGES not in path.relative_to(folder).parts
    }


def _is_observation(name: str) -> bool:
    """Tell the file of facts, and what a writer left of it that was killed while it wrote it."""
    return name == "observation.json" or name.startswith(".observation.json.")


# -- outputs ----------------------------------------------------------------------------------------------------------


def _read_output(fetched: FetchedOutput, folder: Path) -> OutputSeen:
    """Unpack one output under store-made names and forget the package."""
    if fetched.trouble or fetched.path is None:
        return OutputSeen(
            fetched.name, fetched.declared, (), damage=fetched.trouble, absent=True, source=fetched.source
        )
    into = folder / "payload" / codec.digest(fetched.name.encode())[7:15]
    private.make_folder(into)
    read = scan_tree if fetched.path.is_dir() else unpack
    contents = read(fetched.path, into)
    campaign = folder.parent.parent
    files = tuple(
        replace(file, name=name, stored=(into / file.stored).relative_to(campaign).as_posix() if file.stored else "")
        for file in contents.files
        if (name := _inside(file.name, fetched.inside))
    )
    return OutputSeen(
        fetched.name,
        fetched.declared,
        files,
        damage=contents.damage,
        absent=not files and not contents.damage,
        source=fetched.source,
    )


def _inside(name: str, folder: str) -> str:
    """Give the name below the output's own folder; empty when the member is not in it."""
    if not folder:
        return name
    return name.removeprefix(folder + "/") if name.startswith(folder + "/") else ""


def drop_packages(fetch_folder: Path) -> None:
    """Forget downloaded packages once their contents are stored."""
    shutil.rmtree(fetch_folder, ignore_errors=True)
