"""What was fetched → one run's observation: facts apart from payloads, everything scrubbed and named by the store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from harness import private
from harness.backends.base import RECORD_BYTES_MAX, Fetched, FetchedOutput, Handle
from harness.backends.log_marks import END, START, has_start, is_of_shim
from harness.bounded.pattern import NotSearched
from harness.errors import EvidenceDamaged
from harness.model import strict_json
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Job, Json
from harness.model.metric import Metric
from harness.model.observation import LogFacts, MetricPoint, Observation, OutputSeen, Record, Typed
from harness.model.plan import Run
from harness.runner.log_lines import LogLines, lines_with_gap
from harness.runner.metric_files import read_files
from harness.runner.metrics import curve_of
from harness.scrub import scrubber
from harness.scrub.scrubber import Scrubber
from harness.store import codec
from harness.store.artifacts import scan_tree, unpack

SCHEMA = "parity.observation/1"
RECORD_SCHEMA = "parity.record/1"
PACKAGES = "fetched"
"""Folder of what was downloaded for a run; it is unpacked and forgotten."""
TAIL_LINES = 8
"""Last lines of a log that are kept beside a run's facts, so that a crash can be told without the payload."""
TAIL_CHARACTERS_MAX = 300
_ALTERED = "was read before its lines were scrubbed: the stored log shows it otherwise"
_COMPLAINT = re.compile(r"(?i)\b(error|exception|traceback|no space left|killed|out of memory|failed|fatal)\b")


def observe(
    handle: Handle, job: Job, events: tuple[Event, ...], fetched: Fetched, *, folder: Path, scrub: Scrubber
) -> Observation:
    """Read everything that was fetched; damage becomes a fact of the observation, never an exception.

    Whatever text it holds is scrubbed of secrets before it is handed on; the bytes of outputs are left as they are.
    """
    record, damage = read_record(fetched.record, handle.run.shim)
    outputs = tuple(_read_output(output, folder) for output in fetched.outputs)
    start_lost = _start_lost(fetched.log, record, shim=handle.run.shim)
    metrics, unread, log = read_log(fetched, job.logged_metrics, folder, scrub, start_lost=start_lost)
    in_files, not_in_files = read_files(job, outputs, folder.parent.parent)
    told = tuple(_shim_events(record)) if record else ()
    observation = Observation(
        schema=SCHEMA,
        run=handle.run,
        handle=handle.native,
        events=(*events, *told),
        record=record and _scrubbed(record, scrub),
        record_damage=damage,
        outputs=outputs,
        metrics={**metrics, **in_files},
        log=log,
        notes=(*fetched.notes, *(f"metric {name} {_ALTERED}" for name in (log.altered if log else ()))),
        files=_digests(folder),
        metrics_unread={**unread, **not_in_files},
    )
    return scrub.frozen(observation, named=False)


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


def told_so_far(peeked: Fetched, job: Job, folder: Path, scrub: Scrubber, *, running: bool, shim: bool) -> LogReading:
    """Read the log so far of a run; where there is none yet or none is left, `running` says which."""
    if not job.logged_metrics:
        return LogReading({}, None, {}, reported=False)
    start_lost = _start_lost(peeked.log, None, shim=shim)
    metrics, unread, log = read_log(peeked, job.logged_metrics, folder, scrub, start_lost=start_lost)
    unknown = unread or (peeked.log_cut and (log is not None or running))
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


# -- the shim's record ------------------------------------------------------------------------------------------------


def read_record(data: bytes | None, expected: bool) -> tuple[Record | None, str]:  # noqa: FBT001 - a fact of the run
    """Read the shim's record strictly; say what is wrong with it, or that an expected one is missing."""
    if data is None:
        return None, "the shim's record never arrived" if expected else ""
    try:
        value = strict_json.read(data, bytes_max=RECORD_BYTES_MAX)
        return record_of(value), ""
    except (strict_json.StrictError, EvidenceDamaged) as error:
        return None, f"record.json: {error}"


def record_of(value: Json) -> Record:
    """Turn the shim's JSON into a record.

    Raises:
        EvidenceDamaged: it is no record, or has fields of the wrong type.
    """
    if not isinstance(value, dict) or value.get("schema") != RECORD_SCHEMA:
        message = f"not a {RECORD_SCHEMA}"
        raise EvidenceDamaged(message)
    return _record(value)


def _record(value: Mapping[str, Json]) -> Record:
    parameters = {
        name: Typed(_text(fact.get("type")), fact.get("value")) for name, fact in _maps(value.get("parameters"))
    }
    outputs = {
        name: {_text(file.get("path")): _text(file.get("sha256")) for file in map(_map, _list(output.get("files")))}
        for name, output in _maps(value.get("outputs"))
    }
    return Record(
        run=_text(value.get("run")),
        exit_code=_integer(value.get("exit_code")),
        signal=_integer(value.get("signal")),
        first_instruction_seconds=_float(value.get("first_instruction_seconds")),
        started_seconds=_float(value.get("started_seconds")),
        finished_seconds=_float(value.get("finished_seconds")),
        parameters=parameters,
        environment=_strings(value.get("environment")),
        libraries=_strings(value.get("libraries")),
        inputs={name: _text(given.get("sha256")) for name, given in _maps(value.get("inputs"))},
        outputs=outputs,
        image_config_digest=_text(value.get("image_config_digest")) or None,
        process=_strings(value.get("process")),
        max_rss_bytes=_integer(value.get("max_rss_bytes")),
        cpu_seconds=_float(value.get("cpu_seconds")),
        refused=_text(value.get("refused")),
        secrets=_strings(value.get("secrets")),
        troubles=tuple(map(_text, _list(value.get("troubles")))),
        distributions=_looked(value.get("distributions")),
        mounts=_looked(value.get("mounts")),
        log_started=value.get("log_started") is True,
    )


def _shim_events(record: Record) -> Iterator[Event]:
    if record.first_instruction_seconds is not None:
        at = Time(record.first_instruction_seconds, ClockName.CONTAINER, 0.0, 1.0)
        yield Event(
            "shim:first",
            Kind.FIRST_INSTRUCTION,
            Witness.SHIM,
            at,
            at.seconds,
            role=Role.MAIN,
            label="first instruction",
        )
    if record.finished_seconds is not None and record.exit_code is not None:
        at = Time(record.finished_seconds, ClockName.CONTAINER, 0.0, 1.0)
        native = {"exitCode": str(record.exit_code), "signal": str(record.signal or "")}
        yield Event("shim:exit", Kind.EXITED, Witness.SHIM, at, at.seconds, role=Role.MAIN, label="exit", native=native)


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


def _complaint(lines: Sequence[str]) -> str:
    """Find the last line in which the work speaks of trouble; what the shim says of its uploads is ours."""
    spoken = (line.strip()[:300] for line in reversed(lines) if not is_of_shim(line))
    return next((line for line in spoken if _COMPLAINT.search(line)), "")


def drop_packages(fetch_folder: Path) -> None:
    """Forget downloaded packages once their contents are stored."""
    shutil.rmtree(fetch_folder, ignore_errors=True)


# -- logs and metrics -------------------------------------------------------------------------------------------------


def _start_lost(log: bytes | None, record: Record | None, *, shim: bool) -> bool:
    """Tell whether the first lines of a log are not there: the shim wrote one, if it is of a version that does."""
    wrote = shim and (record is None or record.log_started)
    return wrote and bool(log) and not has_start(log or b"")


def read_log(
    fetched: Fetched, metrics: tuple[Metric, ...], folder: Path, scrub: Scrubber, *, start_lost: bool = False
) -> tuple[dict[str, tuple[MetricPoint, ...]], dict[str, str], LogFacts | None]:
    """Read every metric's curve from the log as it came, say why others could not be read, keep the scrubbed log."""
    if fetched.log is None:
        return {}, {}, None
    came = _parts(fetched)
    texts = [scrub.text(part) for part in came]
    kept = folder / "payload" / "log.txt"
    private.make_folder(kept.parent)
    private.write_file(kept, _with_gap(texts, fetched.log_left_out).encode())
    read = lines_with_gap(fetched.log, fetched.log_left_out, fetched.log_gap_at, start_lost=start_lost)
    shown = [line for text in texts for line in text.splitlines()]
    stored = kept.relative_to(folder.parent.parent).as_posix()
    curves, unread = _curves(read, metrics)
    count = sum(scrubber.count(text) for text in texts)
    again = lines_with_gap("".join(texts).encode(), fetched.log_left_out, len(texts[0].encode()), start_lost=start_lost)
    altered = _altered(again, metrics, curves) if count else ()
    size = len(fetched.log) + fetched.log_left_out
    facts = LogFacts(
        len(shown),
        size,
        fetched.log_cut,
        _complaint(shown),
        stored,
        count,
        left_out=fetched.log_left_out,
        altered=altered,
        start_lost=start_lost,
        tail=_tail(again),
    )
    return curves, unread, facts


def _tail(read: LogLines) -> tuple[str, ...]:
    """Give the last lines that are not empty, without the shim's mark and what launchers put around them."""
    told = (line.text.strip()[:TAIL_CHARACTERS_MAX] for line in reversed(read.lines))
    return tuple(islice((line for line in told if line not in {"", START, END}), TAIL_LINES))[::-1]


def _parts(fetched: Fetched) -> list[str]:
    """Give the log's text; of a very long one its beginning and its end apart, so that nothing joins across the gap."""
    data, at = fetched.log or b"", fetched.log_gap_at
    pieces = (data[:at], data[at:]) if fetched.log_left_out else (data,)
    return [piece.decode("utf-8", "replace") for piece in pieces]


def _with_gap(texts: Sequence[str], left_out: int) -> str:
    return f"[parity: {left_out} bytes were not kept]\n".join(texts)


def _altered(
    shown: LogLines, metrics: tuple[Metric, ...], curves: Mapping[str, tuple[MetricPoint, ...]]
) -> tuple[str, ...]:
    """Name the metrics that the scrubbed log shows otherwise than they were read."""
    again, _ = _curves(shown, metrics)
    return tuple(name for name, points in curves.items() if again.get(name) != points)


def _curves(read: LogLines, metrics: tuple[Metric, ...]) -> tuple[dict[str, tuple[MetricPoint, ...]], dict[str, str]]:
    curves: dict[str, tuple[MetricPoint, ...]] = {}
    unread: dict[str, str] = {}
    for metric in metrics:
        try:
            curves[metric.name] = curve_of(read, metric)
        except NotSearched as error:
            unread[metric.name] = str(error)
    return curves, unread


# -- JSON shapes ------------------------------------------------------------------------------------------------------


def _expected(kind: str, value: Json) -> EvidenceDamaged:
    return EvidenceDamaged(f"expected {kind}, found {Scrubber().text(str(value))[:80]!r}")


def _text(value: Json) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise _expected("text", value)


def _integer(value: Json) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _expected("an integer", value)


def _float(value: Json) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    raise _expected("a number", value)


def _strings(value: Json) -> dict[str, str]:
    return {
        name: item if isinstance(item, str) else strict_json.write(item).decode().strip()
        for name, item in _map(value).items()
    }


def _looked(value: Json) -> dict[str, str] | None:
    """Read what a shim before this one did not look for."""
    return None if value is None else _strings(value)


def _maps(value: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    return ((name, _map(item)) for name, item in _map(value).items())


def _map(value: Json) -> Mapping[str, Json]:
    if value is None or isinstance(value, dict):
        return value or {}
    raise _expected("a map", value)


def _list(value: Json) -> Sequence[Json]:
    if value is None or isinstance(value, list):
        return value or []
    raise _expected("a list", value)
