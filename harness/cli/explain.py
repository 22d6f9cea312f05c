"""`parity explain`: records in files, on standard input or in a cluster; a class; a repository's settings."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.campaign import answers, explaining
from harness.campaign.answers import Answer
from harness.campaign.objects import objects_of
from harness.cli import answer
from harness.cli.reading import RECORDS_BYTES_MAX, document, standard_input
from harness.compare.catalogue import rule_named
from harness.config.problems import did_you_mean
from harness.errors import ConfigError, Problem
from harness.model.lifecycle import Step
from harness.store import codec

RECORDS = frozenset({".json", ".jsonl", ".ndjson", ".yaml", ".yml"})
"""Endings of a name that is meant for a file of records, whether or not it is there."""
LIVE = ("job/", "jobs/", "job.batch/", "pod/", "pods/")
"""How kubectl names what is to be read from the cluster."""
STDIN = "-"


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """How an answer is wanted."""

    container: str = ""
    """Which container is the work, where a pod has several."""
    job: str = ""
    """The one job of a dump whose story is wanted."""
    context: str | None = None
    namespace: str = ""


def explain(subject: str, config_path: Path, wanted: ExplainOptions) -> int:
    """Look for records first, then for a class, then for a repository."""
    path = Path(subject)
    if subject == STDIN or path.is_file() or path.is_dir():
        with _uncollected():
            _records(subject, wanted)
    elif subject.startswith(LIVE):
        _live(subject, wanted)
    elif rule_named(subject):
        _class(subject)
    elif path.suffix in RECORDS:
        expected = f"a file that holds {explaining.EXPECTED}"
        raise ConfigError((Problem(subject, 0, 0, "file", "nothing of that name", expected),))
    else:
        _repository(subject, config_path)
    return 0


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no cycles meanwhile: a dump's objects stay until it is answered, and looking took a fifth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


# -- records ----------------------------------------------------------------------------------------------------------


def _records(subject: str, wanted: ExplainOptions) -> None:
    """Decide what a file, every file of a folder, or standard input tells; a file's own time stands for its taking."""
    if subject == STDIN:
        data = standard_input(RECORDS_BYTES_MAX)
        _show(explaining.explain_all("standard input", data, time.time(), wanted.container), wanted)
        return
    path = Path(subject)
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix in RECORDS)
    if not files:
        expected = f"files that hold {explaining.EXPECTED}"
        raise ConfigError((Problem(subject, 0, 0, "folder", f"no file of {', '.join(sorted(RECORDS))}", expected),))
    parts = [(str(file), document(file, RECORDS_BYTES_MAX), file.stat().st_mtime) for file in files]
    _show(explaining.explain_files(parts, wanted.container), wanted)


def _live(subject: str, wanted: ExplainOptions) -> None:
    """Read one Job or pod, its pods and their events, from the cluster: with get and list only."""
    from harness.backends.kubernetes import live  # noqa: PLC0415 - the client is slow to import

    kind, _, name = subject.partition("/")
    objects = live.read(wanted.context, wanted.namespace, "Pod" if kind.startswith("pod") else "Job", name)
    _show(explaining.explain_objects(objects_of(objects), time.time(), wanted.container), wanted)


def _show(found: explaining.Explained, wanted: ExplainOptions) -> None:
    every = answers.answers_of(found)
    chosen = [place for place, answer in enumerate(every) if wanted.job in {"", answer.name}]
    if not chosen:
        known = sorted({answer.name for answer in every})
        hint = did_you_mean(wanted.job, known)
        raise ConfigError((Problem("--job", 0, 0, wanted.job, "no such job", f"one of {', '.join(known[:20])}", hint),))
    if not answer.is_text():
        _for_programs([codec.line(every[place]).decode() for place in chosen])
        return
    if len(chosen) >= answers.TABLE_FROM:
        _table(answers.worst_first([every[place] for place in chosen]))
    else:
        for place in chosen:
            _print(_story(every[place], found.jobs[place]))
    _print(f"not used: {what}" for what in found.not_used)


def _for_programs(written: Sequence[str]) -> None:
    """Print a line an answer, each with its schema; as one document the answer, or all of them."""
    if answer.form() == "jsonl" or len(written) == 1:
        answer.lone(written)
    else:
        answer.listing(answers.LIST_SCHEMA, "answers", [json.loads(text) for text in written])


def _story(answer: Answer, told: explaining.ExplainedJob) -> Iterator[str]:
    named = answer.klass or ("they agree" if answer.work == answer.platform else "no class")
    yield f"{answer.name}: work {answer.work}, platform {answer.platform}: {named}"
    yield f"  {answer.because}"
    rule = rule_named(answer.klass or "")
    if rule is not None:
        yield f"  {rule.id}, {rule.title}: {rule.mechanism}"
        yield f"  blames: {rule.blames.value}"
    if answer.advice:
        yield f"  do: {answer.advice}"
    for name in answer.also:
        beside = rule_named(name)
        if beside is not None:
            yield f"  also {beside.id}, {beside.title}"
    yield from (f"  hint: {hint}" for hint in answer.hints)
    yield from (f"  missing: {missing}" for missing in answer.missing)
    yield from (f"  witnesses: {anomaly.text}" for anomaly in told.anomalies)
    yield from (f"  {_line(step)}" for step in told.steps)


def _line(step: Step) -> str:
    """Write one event: when by which clock, how far off that may be, who says it, and what."""
    event = step.event
    bar = event.at.resolution_seconds + event.at.error_seconds
    where = f" {event.container}" if event.container else ""
    code = f" code {event.native['exitCode']}" if "exitCode" in event.native else ""
    mark = "" if step.after else f"  <- illegal from {step.before.value}"
    what = f"{event.kind.value}{where}: {event.label}{code}{mark}"
    return f"{event.at.iso()} ±{bar:g}s {event.at.clock.value:10} {event.witness.value:14} {what}"


def _table(chosen: Sequence[Answer]) -> None:
    """Show many jobs, a line a job, the worst first; `--job NAME` tells the story of one."""
    rows = [("namespace", "job", "work", "platform", "class", "what happened")]
    rows += [
        (answer.namespace or "-", answer.name, answer.work, answer.platform, answer.klass or "-", answer.because)
        for answer in chosen
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    whole = shutil.get_terminal_size((200, 24)).columns
    for row in rows:
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row[:5], widths, strict=True)) + f"  {row[5]}"
        _print([line if len(line) <= whole else f"{line[: whole - 1]}…"])
    _print([f"{len(chosen)} jobs; the story of one: --job NAME"])


def _print(lines: Sequence[str] | Iterator[str]) -> None:
    answer.lines(lines)


# -- a repository, a class --------------------------------------------------------------------------------------------


def _repository(name: str, config_path: Path) -> None:
    """Print every effective value of a repository with its origin."""
    from harness.config.load import explain as effective  # noqa: PLC0415 - records need none of repos.yaml
    from harness.config.load import load  # noqa: PLC0415

    there = config_path.exists()
    known = sorted(repository.name for repository in load(config_path)) if there else []
    if name not in known:
        which = f": {', '.join(known)}" if there else ", which is not there"
        expected = f"a file of records, a class such as K08, or a repository of {config_path}{which}"
        hint = did_you_mean(name, known)
        raise ConfigError((Problem(name, 0, 0, "subject", "nothing of that name", expected, hint),))
    origins = effective(config_path, name)
    if not answer.is_text():
        values = [{"key": key.key, "value": json.loads(key.value), "origin": key.origin} for key in origins]
        answer.lone([json.dumps({"repository": name, "values": values})])
        return
    answer.lines(f"{origin.key} = {origin.value}   ({origin.origin})" for origin in origins)


def _class(name: str) -> None:
    """Tell what a class is, who is to blame and what to do."""
    rule = rule_named(name)
    if rule is None:
        return
    facts = {"class": rule.id, "title": rule.title, "mechanism": rule.mechanism, "when": rule.when}
    facts |= {"blames": rule.blames.value, "advice": rule.advice, "sources": rule.sources}
    text = f"{rule.id}: {rule.title}\nHow: {rule.mechanism}\nWhen: {rule.when}\nWhose: {rule.blames.value}\n"
    text += f"Do: {rule.advice}\nSources: {rule.sources}"
    if answer.is_text():
        answer.lines(text.splitlines())
    else:
        answer.lone([json.dumps(facts)])
