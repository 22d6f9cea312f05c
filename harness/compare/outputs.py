"""Declared outputs of a pair → findings: the same files, the same bytes, or the same content by the owner's rules.

Damage on a side is never a match and never a mismatch. A folder that holds nothing is no difference by itself: object
stores keep none, so only its place in an archive could tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.compare import file_sets
from harness.compare.carried import carried
from harness.compare.contents import (
    OPENED_MAX,
    Group,
    compare_bytes,
    compare_content,
    note_difference,
    refusal,
    shared,
)
from harness.compare.difference import difference_of
from harness.compare.endings import absence_untold, truth_of
from harness.compare.field_noise import NO_NOISE, FieldNoise
from harness.compare.formats import FORMATS
from harness.compare.links import leads_within
from harness.compare.members import Member, Members, members_of
from harness.compare.output_case import Both, Case, Files
from harness.compare.output_rules import BY_NAME, OpenPayload
from harness.compare.undeclared import undeclared
from harness.compare.wording import kind_of
from harness.config.registered import BYTES
from harness.model.finding import Finding, Outcome, Sample, worst
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation, OutputSeen
from harness.model.truth import Cause, Platform, Work
from harness.model.wording import counted


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: each declared output."""
    return tuple(f"{job.name}/{output.name}" for output in job.outputs)


def check_outputs(
    job: Job,
    pair: str,
    legacy: Observation,
    candidate: Observation,
    *,
    open_payload: OpenPayload,
    noise: Mapping[str, FieldNoise] = NO_NOISE,
) -> tuple[Finding, ...]:
    """Compare every declared output of a pair, and name outputs that nobody declared; `noise`: by output, from A/A."""
    both = {Side.LEGACY: legacy, Side.CANDIDATE: candidate}
    unexplained = frozenset(side for side, run in both.items() if _ended_for_no_known_cause(job, run))
    found: list[Finding] = []
    for output in job.outputs:
        case = Case(job, output, pair, unexplained, noise.get(output.name, FieldNoise()))
        found += _check_output(case, both, open_payload)
    return (*found, *undeclared(job, pair, both))


def check_lone(
    job: Job,
    legacy: Observation,
    runs: Sequence[Observation],
    *,
    open_payload: OpenPayload,
    noise: Mapping[str, FieldNoise] = NO_NOISE,
) -> tuple[Finding, ...]:
    """Compare what candidate runs in no pair left with one legacy run: of each check and output the worst finding.

    They count as runs of the candidate like any other, so each of them must have left what legacy leaves.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    for run in runs:
        for finding in check_outputs(job, run.run.id, legacy, run, open_payload=open_payload, noise=noise):
            found.setdefault((finding.check, finding.subject), []).append(finding)
    return tuple(_of_lone(findings, legacy, len(runs)) for findings in found.values())


def _of_lone(findings: Sequence[Finding], legacy: Observation, runs: int) -> Finding:
    """Put the findings of one check and output together; a ruling may cover them only where all differ alike."""
    outcome = worst(finding.outcome for finding in findings)
    like = [finding for finding in findings if finding.outcome is outcome]
    differences = {finding.difference for finding in like}
    of = (legacy.run.id, *(finding.pair for finding in like))
    return replace(
        like[0],
        pair=None,
        summary=f"Of {counted(runs, 'candidate run')} in no pair, {len(like)}: {like[0].summary}",
        difference=like[0].difference if len(differences) == 1 else "",
        followed_by=tuple(sorted({check for finding in findings for check in finding.followed_by})),
        evidence=tuple(f"runs/{run}/observation.json" for run in of),
    )


def _check_output(case: Case, both: Both, open_payload: OpenPayload) -> list[Finding]:
    unknown = _unknown(case, both)
    if unknown:
        summary = f"{case.output.name} can't be compared: {'; '.join(unknown)}."
        return [case.finding(file_sets.CHECK, Outcome.INCONCLUSIVE, summary, remedy="run the pair again")]
    seen = {side: next(_named(run, case.output.name)) for side, run in both.items()}
    files = {side: _contents(output) for side, output in seen.items()}
    early = _nothing_there(case, _members(case, files), both)
    if early:
        return [early]
    damaged, changed = carried(case, files, both)
    kept = {side: {name: file for name, file in names.items() if name not in changed} for side, names in files.items()}
    found = [damaged] if damaged else []
    sides = _members(case, kept)
    if any(members.by_name for members in sides.values()):
        contents = _groups(case, sides, kept, open_payload)
        files_finding = file_sets.compare_file_sets(case, seen, sides, both)
        found += [replace(files_finding, followed_by=tuple(finding.check for finding in contents)), *contents]
    return found


def _named(observation: Observation, name: str) -> Iterator[OutputSeen]:
    return (output for output in observation.outputs if output.name == name)


def _ended_for_no_known_cause(job: Job, observation: Observation) -> bool:
    truth = truth_of(job, observation)
    return truth.work is not Work.OK and truth.platform is not Platform.OK and truth.cause is Cause.UNKNOWN


def _unknown(case: Case, both: Both) -> list[str]:
    """Say, side by side, why what a side left behind isn't known."""
    reasons, name = [], case.output.name
    for side, observation in both.items():
        seen = next(_named(observation, name), None)
        if observation.not_submitted:
            reasons.append(f"the {side.value} run was not submitted ({observation.not_submitted})")
        elif seen is None:
            reasons.append(f"nobody looked for it on the {side.value} side")
        elif seen.damage:
            reasons.append(f"it is damaged on the {side.value} side ({seen.damage})")
        elif lost := absence_untold(case.job, seen, observation):
            reasons.append(f"it could not be carried out on the {side.value} side ({lost})")
        elif seen.absent and side in case.unexplained:
            reasons.append(f"it is not there on the {side.value} side, and why that run failed is not known")
    return reasons


def _contents(seen: OutputSeen) -> Files:
    return {file.name: file for file in seen.files if file.kind != "directory"}


def _members(case: Case, files: Mapping[Side, Files]) -> dict[Side, Members]:
    return {side: members_of(names, case.output.rules) for side, names in files.items()}


def _nothing_there(case: Case, sides: Mapping[Side, Members], both: Both) -> Finding | None:
    """Judge an output that is empty on one side or on both."""
    empty = [side for side, members in sides.items() if not members.by_name]
    name = case.output.name
    if not empty:
        return None
    if len(empty) == len(Side):
        skipped = any(members.skipped for members in sides.values())
        what = "nothing that is not skipped by rule" if skipped else "nothing"
        summary = f"There is {what} in {name} on either side, so nothing was compared."
        remedy = "check the path that is declared, or drop the output"
        return case.finding(file_sets.CHECK, Outcome.INCONCLUSIVE, summary, remedy=remedy)
    full = Side.CANDIDATE if empty[0] is Side.LEGACY else Side.LEGACY
    there = sides[full].by_name.values()
    parts = sum(len(member.parts) for member in there)
    summary = f"{name} has {counted(parts, 'file')} on the {full.value} side and none on the other."
    samples = [file_sets.one_sided(case, member, full, both) for member in there]
    difference = file_sets.difference(sides)
    return case.finding(
        file_sets.CHECK, Outcome.MISMATCH, summary, samples, remedy=file_sets.REMEDY, difference=difference
    )


# -- contents ---------------------------------------------------------------------------------------------------------


def _groups(
    case: Case, sides: Mapping[Side, Members], files: Mapping[Side, Files], open_payload: OpenPayload
) -> list[Finding]:
    """Compare members of the same name by their rules; one finding a check."""
    groups: dict[str, Group] = {}
    opened = 0
    for pair in shared(sides[Side.LEGACY].by_name, sides[Side.CANDIDATE].by_name):
        left, right = pair
        if not (left.file.sha256 or right.file.sha256):
            if not all(leads_within(left.name, side, case.output.path.get(key, "")) for key, side in files.items()):
                unseen = groups.setdefault(FORMATS.get(BYTES).check, Group())
                unseen.unread.append(f"{left.name}: a {kind_of(left.file)}, whose content is not in the output")
            continue
        if not (left.file.sha256 and right.file.sha256):
            continue  # of another kind, which the file sets tell
        group = groups.setdefault(left.form.check, Group())
        if left.same_bytes(right) or left.marker:
            group.identical += 1
        elif case.output.judged_by is not None and left.rule is BY_NAME:
            group.judged += 1
        elif opened >= OPENED_MAX:
            group.unread.append(f"{left.name}: not opened, since {OPENED_MAX} files were")
        else:
            opened += left.form.compare is not None
            _compare(case, group, pair, open_payload)
    return [_group_finding(case, check, group) for check, group in sorted(groups.items())]


def _compare(case: Case, group: Group, pair: tuple[Member, Member], open_payload: OpenPayload) -> None:
    """Compare two members with other bytes."""
    member = pair[0]
    refused = refusal(member.rule, member.form)
    if refused:
        group.unread.append(f"{member.name}: {refused}")
    elif member.form.compare is None:
        if case.noise.covers(member.name, {""}):
            group.noisy.append(f"{member.name} differs in its bytes")
        else:
            compare_bytes(group, pair)
    else:
        found = compare_content(group, pair, open_payload)
        if found and case.noise.covers(member.name, found.fields):
            group.noisy.append(f"{member.name}: {found.summary}")
        elif found:
            note_difference(group, pair, found)


def _group_finding(case: Case, check: str, group: Group) -> Finding:
    """Say in one sentence what all members of one check came to."""
    states = [Outcome.MISMATCH] * bool(group.differing) + [Outcome.INCONCLUSIVE] * bool(group.unread or group.noisy)
    outcome = worst([*states, Outcome.MATCH])
    parts = [f"{len(group.differing)} differ ({group.differing[0]})"] if group.differing else []
    if group.noisy:
        parts.append(f"{len(group.noisy)} differ only in what legacy's own runs differ in ({group.noisy[0]})")
    parts += [f"{len(group.unread)} could not be compared ({group.unread[0]})"] if group.unread else []
    near = f", {counted(group.within, 'value')} within tolerance" if group.within else ""
    parts += [f"{group.compared} hold the same by their rules{near}"] if group.compared else []
    parts += [f"{group.identical} have the same bytes"] if group.identical else []
    if group.judged:
        parts.append(f"{group.judged} have other bytes, which {_judge(case.output)} decide about")
    ignored = f"; not compared by rule: {', '.join(sorted(group.ignored)[:10])}" if group.ignored else ""
    summary = f"Of {counted(group.total, 'file')} in {case.output.name}, {', '.join(parts)}{ignored}."
    unread = [Sample(text.partition(": ")[0], "", "", text.partition(": ")[2]) for text in group.unread]
    remedy = _NOISE_REMEDY if group.noisy and outcome is Outcome.INCONCLUSIVE else _REMEDY.get(outcome, "")
    finding = case.finding(check, outcome, summary, [*group.samples, *unread], remedy=remedy)
    known = difference_of(group.whole) if group.differing and not (group.unread or group.noisy) else ""
    left_out = finding.samples_left_out + group.left_out
    return replace(finding, samples_left_out=left_out, difference=known, tables=tuple(group.tables))


def _judge(output: Output) -> str:
    """Name what decides about files that are not compared."""
    predictions = output.judged_by.predictions if output.judged_by else None
    return f"the predictions in {predictions.output}" if predictions else "the job's critical metrics"


_REMEDY = {
    Outcome.MISMATCH: "find why the results differ, or declare a tolerance, key or ignored field in the output's rules",
    Outcome.INCONCLUSIVE: "mend what could not be read, or declare how these files are compared",
}

_NOISE_REMEDY = (
    "make the job repeat itself (a fixed seed), or declare a tolerance or ignored field in the output's rules"
)
