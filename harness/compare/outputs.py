"""Declared outputs of a pair → findings: the same files, the same bytes, or the same content by the owner's rules.

Damage on a side is never a match and never a mismatch. Files with identical bytes are never opened. A folder that holds
nothing is no difference by itself: object stores keep none, so only its place in an archive could tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness.compare.difference import difference_of
from harness.compare.endings import truth_of
from harness.compare.field_noise import NO_NOISE, FieldNoise
from harness.compare.format import Compare, NotCompared
from harness.compare.formats import FORMATS, format_of
from harness.compare.links import leads_within
from harness.compare.output_rules import OpenPayload, rule_for
from harness.compare.truth import not_carried
from harness.compare.undeclared import undeclared
from harness.config.registered import BYTES
from harness.model.finding import Dimension, Finding, Outcome, Sample, worst
from harness.model.job import CompareRule, Job, Json, Output, Side
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.model.table_contract import STRICT
from harness.model.truth import Cause, Platform, Work

SAMPLES_MAX = 20
OPENED_MAX = 500
"""Files of one output that are opened for comparison; each table costs a process."""


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: each declared output."""
    return tuple(f"{job.name}/{output.name}" for output in job.outputs)


def check_outputs(
    job: Job,
    pair: str,
    legacy: Observation,
    candidate: Observation,
    open_payload: OpenPayload,
    noise: Mapping[str, FieldNoise] = NO_NOISE,
) -> tuple[Finding, ...]:
    """Compare every declared output of a pair, and name outputs that nobody declared; `noise`: by output, from A/A."""
    both = {Side.LEGACY: legacy, Side.CANDIDATE: candidate}
    unexplained = frozenset(side for side, each in both.items() if _ended_for_no_known_cause(job, each))
    found: list[Finding] = []
    for output in job.outputs:
        case = _Case(job.name, output, pair, unexplained, noise.get(output.name, FieldNoise()))
        found += _check_output(case, both, open_payload)
    return (*found, *undeclared(job, pair, both))


@dataclass(frozen=True, slots=True)
class _Case:
    """One output of one pair: makes its findings."""

    job: str
    output: Output
    pair: str
    unexplained: frozenset[Side]
    """Sides whose run failed for a cause that nobody knows: what they did not leave says nothing."""
    noise: FieldNoise

    def finding(
        self,
        check: str,
        outcome: Outcome,
        summary: str,
        samples: list[Sample] | None = None,
        remedy: str = "",
        difference: str = "",
    ) -> Finding:
        samples = samples or []
        return Finding(
            check=check,
            dimension=Dimension.OUTPUTS,
            subject=f"{self.job}/{self.output.name}",
            pair=self.pair,
            outcome=outcome,
            summary=summary,
            samples=tuple(samples[:SAMPLES_MAX]),
            samples_left_out=max(0, len(samples) - SAMPLES_MAX),
            remedy=remedy,
            difference=difference,
        )


Both = Mapping[Side, Observation]
Seen = Mapping[Side, OutputSeen]
Files = dict[str, OutputFile]


def _check_output(case: _Case, both: Both, open_payload: OpenPayload) -> list[Finding]:
    unknown = _unknown(case, both)
    if unknown:
        summary = f"{case.output.name} can't be compared: {'; '.join(unknown)}."
        return [case.finding("outputs.files", Outcome.INCONCLUSIVE, summary, remedy="run the pair again")]
    seen = {side: next(_named(each, case.output.name)) for side, each in both.items()}
    files = {side: _contents(each) for side, each in seen.items()}
    early = _nothing_there(case, files, both)
    if early:
        return [early]
    carried, changed = _carried(case, files, both)
    kept = {side: {name: file for name, file in mine.items() if name not in changed} for side, mine in files.items()}
    found = [carried] if carried else []
    if any(kept.values()):
        contents = _groups(case, kept, open_payload)
        files_finding = _file_sets(case, seen, kept, both)
        found += [replace(files_finding, followed_by=tuple(content.check for content in contents)), *contents]
    return found


def _named(observation: Observation, name: str) -> Iterator[OutputSeen]:
    return (output for output in observation.outputs if output.name == name)


def _ended_for_no_known_cause(job: Job, observation: Observation) -> bool:
    truth = truth_of(job, observation)
    return truth.work is not Work.OK and truth.platform is not Platform.OK and truth.cause is Cause.UNKNOWN


def _unknown(case: _Case, both: Both) -> list[str]:
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
        elif lost := not_carried(name, observation.record) if seen.absent else "":
            reasons.append(f"it could not be carried out on the {side.value} side ({lost})")
        elif seen.absent and side in case.unexplained:
            reasons.append(f"it is not there on the {side.value} side, and why that run failed is not known")
    return reasons


def _contents(seen: OutputSeen) -> Files:
    return {file.name: file for file in seen.files if file.kind != "directory"}


def _nothing_there(case: _Case, files: Mapping[Side, Files], both: Both) -> Finding | None:
    """Judge an output that is empty on one side or on both."""
    empty = [side for side, mine in files.items() if not mine]
    name = case.output.name
    if not empty:
        return None
    if len(empty) == len(Side):
        summary = f"There is nothing in {name} on either side, so nothing was compared."
        remedy = "check the path that is declared, or drop the output"
        return case.finding("outputs.files", Outcome.INCONCLUSIVE, summary, remedy=remedy)
    full = Side.CANDIDATE if empty[0] is Side.LEGACY else Side.LEGACY
    summary = f"{name} has {_count(len(files[full]), 'file')} on the {full.value} side and none on the other."
    samples = [_one_sided(case, file, full, both) for file in files[full].values()]
    return case.finding("outputs.files", Outcome.MISMATCH, summary, samples, _FILES_REMEDY, _difference(files))


_FILES_REMEDY = "make both sides write the same files, or correct the declared path"


# -- what the process wrote against what arrived ----------------------------------------------------------------------


def _carried(case: _Case, files: Mapping[Side, Files], both: Both) -> tuple[Finding | None, set[str]]:
    """Find files that changed or got lost between the process and the store: damaged evidence, not results."""
    records = {side: each.record for side, each in both.items()}
    told = {side: each.outputs.get(case.output.name, {}) if each else {} for side, each in records.items()}
    changed = _changed(files, told)
    lost = _lost(files, told)
    if not (changed or lost):
        return None, set()
    parts = [f"{_count(len(changed), 'file')} arrived with other bytes than the process wrote"] * bool(changed)
    parts += [f"{_count(len(lost), 'file')} that a process wrote arrived on neither side"] * bool(lost)
    summary = f"Of {case.output.name}, {', '.join(parts)}."
    remedy = "find what changes the files on their way, and run the pair again"
    found = case.finding("outputs.carried", Outcome.INCONCLUSIVE, summary, [*changed, *lost], remedy)
    return found, {sample.where for sample in changed}


Told = Mapping[Side, Mapping[str, str]]
"""By side, the files that its process wrote, with their hashes."""


def _changed(files: Mapping[Side, Files], told: Told) -> list[Sample]:
    samples = []
    for side, mine in files.items():
        for name, file in mine.items():
            wrote = told[side].get(name, "").removeprefix("sha256:")
            if wrote and file.sha256 and wrote != file.sha256:
                shown = {side: f"written {wrote[:12]}, arrived {file.sha256[:12]}"}
                samples.append(Sample(name, shown.get(Side.LEGACY, ""), shown.get(Side.CANDIDATE, "")))
    return samples


def _lost(files: Mapping[Side, Files], told: Told) -> list[Sample]:
    """List what was written and arrived nowhere; what arrived on one side is told by the file sets."""
    arrived = {name for mine in files.values() for name in mine}
    written = {name for mine in told.values() for name in mine}
    words = {True: "written, did not arrive", False: "not written"}
    return [Sample(name, *(words[name in told[side]] for side in Side)) for name in sorted(written - arrived)]


# -- file sets --------------------------------------------------------------------------------------------------------


def _file_sets(case: _Case, seen: Seen, files: Mapping[Side, Files], both: Both) -> Finding:
    """Compare names, kinds and link targets."""
    legacy, candidate = files[Side.LEGACY], files[Side.CANDIDATE]
    missing = [_one_sided(case, legacy[name], Side.LEGACY, both) for name in sorted(legacy.keys() - candidate.keys())]
    extra = [
        _one_sided(case, candidate[name], Side.CANDIDATE, both) for name in sorted(candidate.keys() - legacy.keys())
    ]
    other = [
        Sample(name, _kind(legacy[name]), _kind(candidate[name]))
        for name in sorted(legacy.keys() & candidate.keys())
        if _kind(legacy[name]) != _kind(candidate[name])
    ]
    if not (missing or extra or other):
        summary = f"{case.output.name} has the same {_count(len(legacy), 'file')} on both sides{_folders(seen)}."
        return case.finding("outputs.files", Outcome.MATCH, summary)
    parts = [_some(files, text) for files, text in ((missing, _MISSING), (extra, _EXTRA), (other, _OTHER)) if files]
    summary = f"The files of {case.output.name} differ: {', '.join(parts)}{_folders(seen)}."
    samples = [*missing, *extra, *other]
    return case.finding("outputs.files", Outcome.MISMATCH, summary, samples, _FILES_REMEDY, _difference(files))


_MISSING, _EXTRA = "only on the legacy side", "only on the candidate side"
_OTHER = "of another kind or link target"


def _some(files: list[Sample], text: str) -> str:
    """Name one file, and count the rest."""
    more = f" and {_count(len(files) - 1, 'more file')}" if len(files) > 1 else ""
    return f"{files[0].where}{more} {text}"


def _difference(files: Mapping[Side, Files]) -> str:
    """Bind to every name that one side lacks, with its bytes, and to every kind that differs."""
    legacy, candidate = files[Side.LEGACY], files[Side.CANDIDATE]
    lonely = [
        [side.value, name, _kind(files[side][name]), files[side][name].sha256]
        for side in Side
        for name in sorted(files[side].keys() - (candidate if side is Side.LEGACY else legacy).keys())
    ]
    both = [[name, _kind(legacy[name]), _kind(candidate[name])] for name in sorted(legacy.keys() & candidate.keys())]
    return difference_of(lonely, [part for part in both if part[1] != part[2]])


def _one_sided(case: _Case, file: OutputFile, side: Side, both: Both) -> Sample:
    """Show a file that one side lacks, and whether the process of that side says that it wrote it."""
    shown = {side: f"{_kind(file)}, {_count(file.bytes, 'byte')}"}
    lacking = Side.CANDIDATE if side is Side.LEGACY else Side.LEGACY
    record = both[lacking].record
    wrote = record is not None and file.name in record.outputs.get(case.output.name, {})
    note = f"the {lacking.value} process wrote a file of this name, and it did not arrive" if wrote else ""
    return Sample(file.name, shown.get(Side.LEGACY, "not there"), shown.get(Side.CANDIDATE, "not there"), note)


def _kind(file: OutputFile) -> str:
    """Name what is compared of a member; a hard link is the file that it names."""
    if file.sha256:
        return "file"
    return f"{file.kind} to {file.target}" if file.target else file.kind


def _folders(seen: Seen) -> str:
    """Mention folders without content that only one side has."""
    legacy, candidate = (
        {file.name for file in seen[side].files if file.kind == "directory"} for side in (Side.LEGACY, Side.CANDIDATE)
    )
    lonely = sorted(legacy ^ candidate)
    return f" (empty folders on one side only: {', '.join(lonely[:3])})" if lonely else ""


# -- contents ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """All files of one output that one check speaks of."""

    identical: int = 0
    compared: int = 0
    """Files with other bytes and the same content."""
    within: int = 0
    """Values in them that differ within tolerance."""
    differing: list[str] = field(default_factory=list)
    """Half a sentence each."""
    noisy: list[str] = field(default_factory=list)
    """They differ, and only in what legacy's own runs differ in beyond what is allowed."""
    unread: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    left_out: int = 0
    whole: list[Json] = field(default_factory=list)
    """All that differs, file by file: what was found where that is all of it, else both digests of the bytes."""


def _groups(case: _Case, files: Mapping[Side, Files], open_payload: OpenPayload) -> list[Finding]:
    """Compare files of the same name by their rules; one finding a check."""
    legacy, candidate = files[Side.LEGACY], files[Side.CANDIDATE]
    groups: dict[str, _Group] = {}
    opened = 0
    for name in sorted(legacy.keys() & candidate.keys()):
        mine, other = legacy[name], candidate[name]
        if not (mine.sha256 or other.sha256):
            if not all(leads_within(name, each, case.output.path.get(side, "")) for side, each in files.items()):
                unseen = groups.setdefault(FORMATS.get(BYTES).check, _Group())
                unseen.unread.append(f"{name}: a {_kind(mine)}, whose content is not in the output")
            continue
        if not (mine.sha256 and other.sha256):
            continue  # of another kind, which the file sets tell
        rule = rule_for(name, case.output.rules)
        form = format_of(name, rule)
        group = groups.setdefault(form.check, _Group())
        if mine.sha256 == other.sha256:
            group.identical += 1
        elif rule.table != STRICT and "table" not in form.applies:
            group.unread.append(f"{name}: its rule has a `table`, which {form.name} files can't follow")
        elif form.compare is None and case.noise.covers(name, {""}):
            group.noisy.append(f"{name} differs in its bytes")
        elif form.compare is None:
            group.differing.append(f"{name} differs in its bytes")
            group.samples.append(Sample(name, _bytes(mine), _bytes(other)))
            group.whole.append([name, mine.sha256, other.sha256])
        elif opened >= OPENED_MAX:
            group.unread.append(f"{name}: not opened, since {OPENED_MAX} files were")
        else:
            opened += 1
            _compare_content(group, (mine, other), form.compare, rule, open_payload, case.noise)
    return [_group_finding(case, check, group) for check, group in sorted(groups.items())]


def _bytes(file: OutputFile) -> str:
    return f"{_count(file.bytes, 'byte')}, sha256 {file.sha256[:12]}…"


def _compare_content(
    group: _Group,
    files: tuple[OutputFile, OutputFile],
    compare: Compare,
    rule: CompareRule,
    opened: OpenPayload,
    noise: FieldNoise,
) -> None:
    """Open two files with other bytes, legacy and candidate, and compare what they say."""
    name = files[0].name
    legacy, candidate = (opened(file.stored) if file.stored else None for file in files)
    if legacy is None or candidate is None:
        group.unread.append(f"{name}: its payload was not kept")
        return
    try:
        found = compare(legacy, candidate, rule)
    except NotCompared as trouble:
        group.unread.append(f"{name}: {trouble}")
        return
    group.ignored |= set(found.ignored)
    group.within += found.within
    if found.equal:
        group.compared += 1
        return
    if noise.covers(name, found.fields):
        group.noisy.append(f"{name}: {found.summary}")
        return
    group.differing.append(f"{name}: {found.summary}")
    group.whole.append([name, found.whole or [file.sha256 for file in files]])
    group.samples += [replace(sample, where=f"{name} {sample.where}") for sample in found.samples]
    group.left_out += found.samples_left_out


def _group_finding(case: _Case, check: str, group: _Group) -> Finding:
    """Say in one sentence what all files of one check came to."""
    states = [Outcome.MISMATCH] * bool(group.differing) + [Outcome.INCONCLUSIVE] * bool(group.unread or group.noisy)
    outcome = worst([*states, Outcome.MATCH])
    parts = [f"{len(group.differing)} differ ({group.differing[0]})"] if group.differing else []
    if group.noisy:
        parts.append(f"{len(group.noisy)} differ only in what legacy's own runs differ in ({group.noisy[0]})")
    parts += [f"{len(group.unread)} could not be compared ({group.unread[0]})"] if group.unread else []
    near = f", {_count(group.within, 'value')} within tolerance" if group.within else ""
    parts += [f"{group.compared} hold the same by their rules{near}"] if group.compared else []
    parts += [f"{group.identical} have the same bytes"] if group.identical else []
    total = group.identical + group.compared + len(group.differing) + len(group.noisy) + len(group.unread)
    ignored = f"; not compared by rule: {', '.join(sorted(group.ignored)[:10])}" if group.ignored else ""
    summary = f"Of {_count(total, 'file')} in {case.output.name}, {', '.join(parts)}{ignored}."
    unread = [Sample(name.partition(": ")[0], "", "", name.partition(": ")[2]) for name in group.unread]
    remedy = _NOISE_REMEDY if group.noisy and outcome is Outcome.INCONCLUSIVE else _REMEDY.get(outcome, "")
    finding = case.finding(check, outcome, summary, [*group.samples, *unread], remedy)
    known = difference_of(group.whole) if group.differing and not (group.unread or group.noisy) else ""
    return replace(finding, samples_left_out=finding.samples_left_out + group.left_out, difference=known)


_REMEDY = {
    Outcome.MISMATCH: "find why the results differ, or declare a tolerance, key or ignored field in the output's rules",
    Outcome.INCONCLUSIVE: "mend what could not be read, or declare how these files are compared",
}

_NOISE_REMEDY = (
    "make the job repeat itself (a fixed seed), or declare a tolerance or ignored field in the output's rules"
)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
