"""Runs and pairs as the report shows them: pairs, truth, what the process saw, startup phases. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from harness.model.finding import LAZY_IMAGE, Finding, Outcome, worst
from harness.model.job import Side
from harness.model.observation import Observation, Record
from harness.model.plan import Grade, Pair, bare_subject, repeats_subject
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.platforms import platform_of
from harness.report.findings import SAMPLE_TEXT_MAX, VOID_CHECK, anchor_of
from harness.report.values import PairView, RunStory, SeenRow, StartupRow, StopRow, TruthRow
from harness.report.wording import NAME_MAX, counted, finite, seconds, shown

_LABEL = {"ok": "Succeeded", "failed": "Failed"}
_VALUES_MAX = 3
"""Different values of one key on one side that are listed; more are counted."""
_MARKS_MAX = 500
"""Transitions of one run that a reader gets; the history has all."""


def story_view(story: RunStory) -> RunStory:
    """Make a story's texts safe to read and its times finite and in order."""
    phases = tuple(
        (shown(name, 60), start, finite(end), finite(error) or 0.0, shown(source, NAME_MAX))
        for name, start, end, error, source in story.phases
        if finite(start) is not None
    )
    moves = tuple(
        (at, shown(witness, 60), shown(label, NAME_MAX), legal)
        for at, witness, label, legal in story.transitions[:_MARKS_MAX]
        if finite(at) is not None
    )
    return replace(
        story,
        run=shown(story.run, NAME_MAX),
        side=shown(story.side, 20),
        work=shown(story.work, 20),
        platform=shown(story.platform, 20),
        klass=shown(story.klass, 60),
        because=shown(story.because),
        cause=shown(story.cause, 60),
        exit_code=shown(story.exit_code, 20),
        start=shown(story.start, 20),
        phases=phases,
        transitions=moves,
        ended_at_seconds=finite(story.ended_at_seconds),
    )


def disagreement(story: RunStory) -> str:
    """Say where the container's exit, the work and the job's label disagree; empty where they agree."""
    label = _LABEL.get(story.platform)
    if label is None:
        return ""
    failed = story.platform == "failed"
    if story.exit_code and (story.exit_code == "0") == failed:
        return f"exit {story.exit_code}, job {label}"
    if story.work in _LABEL and (story.work == "failed") != failed:
        return f"work {story.work}, job {label}"
    return ""


def pair_views(
    schedule: Schedule, repository: str, findings: Iterable[Finding], stories: Mapping[str, RunStory]
) -> tuple[PairView, ...]:
    """Show the repository's pairs in plan order; a lone run has the finding of its side."""
    by_pair: dict[str, list[Finding]] = {}
    lone = _lone_pairs(schedule, repository)
    for finding in findings:
        for of in (finding.pair,) if finding.pair else lone.get(finding.subject, ()):
            by_pair.setdefault(of, []).append(finding)
    mine = [pair for pair in schedule.pairs if pair.repository == repository]
    return tuple(_pair_view(schedule, pair, by_pair.get(pair.id, []), stories) for pair in mine)


def stop_rows(schedule: Schedule, repository: str) -> tuple[StopRow, ...]:
    """Say who stopped which pairs of a repository, when, and what followed."""
    return tuple(
        StopRow(
            shown(pair.id, NAME_MAX),
            shown(stop.who, NAME_MAX),
            shown(stop.at, NAME_MAX),
            shown(stop.reason, NAME_MAX),
            _after_stop(schedule, pair, blind=stop.blind),
        )
        for pair in schedule.pairs
        if pair.repository == repository and (stop := schedule.stops.get(pair.id)) is not None
    )


def _after_stop(schedule: Schedule, pair: Pair, *, blind: bool) -> str:
    if not blind:
        return "counts as it stands, for it had reported something"
    added = schedule.replacements.get(pair.id)
    return f"reported nothing; {shown(added.pair.id, NAME_MAX)} stands for it" if added else "reported nothing"


def _became(schedule: Schedule, pair: Pair, findings: Sequence[Finding]) -> list[str]:
    """Say why a pair is not compared, and which one stands for it."""
    if pair.id in schedule.stops:
        return [f"stopped: {_after_stop(schedule, pair, blind=pair.id in schedule.set_aside)}"]
    if (added := schedule.replacements.get(pair.id)) is not None:
        return [f"void, replaced by {shown(added.pair.id, NAME_MAX)}"]
    return ["void"] if any(finding.check == VOID_CHECK for finding in findings) else []


def _stands_for(schedule: Schedule, pair: Pair) -> list[str]:
    if pair.replaces is None:
        return []
    added = schedule.replacements.get(pair.replaces)
    return [f"stands for {added.cause.value if added else 'void'} pair {shown(pair.replaces, NAME_MAX)}"]


def _lone_pairs(schedule: Schedule, repository: str) -> dict[str, list[str]]:
    """List the pairs of one run by what they are judged under."""
    subjects = {Grade.BARE: bare_subject, Grade.REPEAT: repeats_subject}
    sides = {run.id: run.side for run in schedule.runs}
    found: dict[str, list[str]] = {}
    for pair in schedule.pairs:
        if pair.repository == repository and pair.grade in subjects:
            found.setdefault(subjects[pair.grade](pair.job, sides[pair.runs[0]]), []).append(pair.id)
    return found


def _pair_view(
    schedule: Schedule, pair: Pair, findings: Sequence[Finding], stories: Mapping[str, RunStory]
) -> PairView:
    told = [stories[run] for run in pair.runs if run in stories]
    told.sort(key=lambda each: each.side != Side.LEGACY.value)
    notes = [*_became(schedule, pair, findings), *_stands_for(schedule, pair)]
    marks = [f"{run_story.side}: {disagreement(run_story)}" for run_story in told if disagreement(run_story)]
    return PairView(
        id=shown(pair.id, NAME_MAX),
        anchor=anchor_of("p", pair.id),
        job=shown(pair.job, NAME_MAX),
        grade="A/A repeat" if pair.grade is Grade.REPEAT else pair.grade.value,
        wave=pair.wave,
        runs=tuple(shown(run, NAME_MAX) for run in pair.runs),
        outcome=_pair_outcome(pair, findings),
        note="; ".join(notes),
        mark="; ".join(marks),
        stories=tuple(told),
    )


def _pair_outcome(pair: Pair, findings: Sequence[Finding]) -> str:
    """Give the worst of what decides; a lone run is judged with its side, but a pair nobody checked is INCONCLUSIVE."""
    if pair.grade in {Grade.REPEAT, Grade.BARE} and not findings:
        return ""
    deciding = [finding.outcome for finding in findings if finding.required and finding.check != VOID_CHECK]
    return worst(deciding or [finding.outcome for finding in findings] or [Outcome.INCONCLUSIVE]).value


def truth_rows(pairs: Iterable[PairView]) -> tuple[TruthRow, ...]:
    """Show what really happened, run by run, in plan order."""
    return tuple(
        TruthRow(
            run=story.run,
            pair=pair.id,
            side=story.side,
            work=story.work,
            platform=story.platform,
            klass=story.klass,
            cause=story.cause,
            exit_code=story.exit_code,
            because=story.because,
            agrees=not disagreement(story) and story.work == story.platform,
        )
        for pair in pairs
        for story in pair.stories
    )


def truth_counts(rows: Iterable[TruthRow]) -> dict[str, dict[str, dict[str, int]]]:
    """Count runs by side, work and platform; all nine cells of each side, so that they add up."""
    table = {
        side.value: {work: dict.fromkeys(("ok", "failed", "none"), 0) for work in ("ok", "failed", "unknown")}
        for side in Side
    }
    for row in rows:
        cell = table.setdefault(row.side, {}).setdefault(row.work, {})
        cell[row.platform] = cell.get(row.platform, 0) + 1
    return table


def seen_rows(repository: Repository, observations: Mapping[str, Observation]) -> tuple[SeenRow, ...]:
    """Show what the processes of both sides saw, job by job; differences first."""
    values: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    for _, observation in sorted(observations.items()):
        if observation.run.repository != repository.name or observation.record is None:
            continue
        for group, key, text in _seen(observation.record):
            sides = values.setdefault((observation.run.job, group, key), {})
            sides.setdefault(observation.run.side.value, set()).add(text)
    rows = [
        SeenRow(
            job=shown(job, NAME_MAX),
            group=group,
            key=shown(key, NAME_MAX),
            legacy=_several(sides.get("legacy")),
            candidate=_several(sides.get("candidate")),
            same=sides.get("legacy") == sides.get("candidate"),
            by_platform=group == "environment" and _set_by_platform(repository, job, key, sides),
        )
        for (job, group, key), sides in values.items()
    ]
    return tuple(sorted(rows, key=lambda each: (each.same, each.job, _GROUPS.index(each.group), each.key)))


def _set_by_platform(repository: Repository, job: str, key: str, seen: Mapping[str, set[str]]) -> bool:
    """Tell whether a variable has on each side a value that its platform sets, and nobody wrote it for the job."""
    written = any(
        key in described.sides[side].environment
        for described in repository.jobs
        if described.name == job
        for side in Side
    )
    return not written and all(
        platform_of(repository.home(side).platform).surroundings.sets(key, text)
        for side in Side
        for text in seen.get(side.value, ())
    )


_GROUPS = ("parameter", "environment", "library", "process")


def _seen(record: Record) -> Iterable[tuple[str, str, str]]:
    for key, typed in record.parameters.items():
        yield "parameter", key, f"{typed.type} {json.dumps(typed.value, sort_keys=True, ensure_ascii=False)}"
    for group, mapping in (
        ("environment", record.environment),
        ("library", record.libraries),
        ("process", record.process),
    ):
        for key, text in mapping.items():
            yield group, key, text


def _several(texts: set[str] | None) -> str:
    if not texts:
        return "not seen"
    every = sorted(texts)
    left = len(every) - _VALUES_MAX
    listed = " | ".join(shown(name, SAMPLE_TEXT_MAX) for name in every[:_VALUES_MAX])
    return f"{listed} | {counted(left, 'more value')}" if left > 0 else listed


def startup_rows(pairs: Iterable[PairView], findings: Iterable[Finding]) -> tuple[StartupRow, ...]:
    """Show each phase of each job on both sides, warm starts apart: the median with the largest error bar.

    What is said of images comes last.
    """
    phases: dict[tuple[str, str, str], dict[str, list[tuple[float | None, float, str]]]] = {}
    for pair in pairs:
        for story in pair.stories:
            for name, start, end, error, source in story.phases:
                length = None if end is None else end - start
                sides = phases.setdefault((pair.job, story.start, name), {})
                sides.setdefault(story.side, []).append((length, error, source))
    said = (_image_row(finding) for finding in findings if finding.check == LAZY_IMAGE)
    rows = (replace(_startup_row(job, name, sides), start=start) for (job, start, name), sides in phases.items())
    return (*rows, *said)


def _image_row(finding: Finding) -> StartupRow:
    job, _, rest = finding.subject.partition("/")
    about = shown(job, NAME_MAX) if rest == "lazy image" else "notebook"
    return StartupRow(about, "lazy image", "", "", "", "" if about != "notebook" else "ECR", shown(finding.summary))


def _startup_row(job: str, name: str, sides: Mapping[str, list[tuple[float | None, float, str]]]) -> StartupRow:
    medians, texts, notes = {}, {}, []
    for side in (side.value for side in Side):
        known = [length for length, _, _ in sides.get(side, []) if length is not None]
        still_open = len(sides.get(side, [])) - len(known)
        if still_open:
            notes.append(f"{side}: end unknown in {counted(still_open, 'run')}")
        if not known:
            texts[side] = "not seen"
            continue
        medians[side] = median(known)
        error = max(each for _, each, _ in sides[side])
        texts[side] = f"{seconds(medians[side])} ± {seconds(error)} ({counted(len(known), 'run')})"
    both = len(medians) == len(Side)
    more = medians["candidate"] - medians["legacy"] if both else 0.0
    difference = ("+" if more > 0 else "") + seconds(more) if both else "unknown"
    sources = sorted({f"{side}: {source}" for side, each in sides.items() for _, _, source in each})
    return StartupRow(job, name, texts["legacy"], texts["candidate"], difference, "; ".join(sources), "; ".join(notes))
