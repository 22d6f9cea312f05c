"""What an output is expected to be, on both sides → findings, where comparing them is blind: both may be wrong alike.

Both sides meet everything: MATCH. Only one side fails, or both fail with other numbers: MISMATCH. Both fail alike: a
legacy defect, which differs in nothing and waits for an acceptance. What could not be validated decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.compare.both_fail import DIFFERS, ExpectationHistory, State, standings
from harness.compare.difference import difference_of
from harness.compare.members import Member, members_of
from harness.compare.output_rules import OpenPayload
from harness.compare.own_results import OwnResult, Unread, label_of, read_result
from harness.compare.validations import FORMS, Met, Results, validate
from harness.fields.placeholders import matches
from harness.model.expectation import LEGACY_DEFECT, Expectations
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Output, Side
from harness.model.observation import Observation, OutputFile
from harness.model.wording import counted, first_of

CHECK = "expectations"
DEFECT_CHECK = f"{CHECK}.legacy-defect"
SAMPLES_MAX = 20
NAMED_MAX = 2
Runs = Mapping[Side, Sequence[Observation]]
"""Every run of each side that counts, once."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One output and all runs that left it."""

    job: Job
    output: Output
    expected: Expectations
    runs: Runs
    open_payload: OpenPayload

    def files(self, observation: Observation) -> dict[str, OutputFile]:
        """Give the files of one run; none where the output is damaged or was not seen."""
        found = (seen for seen in observation.outputs if seen.name == self.output.name and not seen.damage)
        return {file.name: file for seen in found for file in seen.files if file.kind != "directory"}

    def tables(self, observation: Observation) -> list[Member]:
        """Give the tables of one run that something is expected of."""
        members = members_of(self.files(observation), self.output.rules).by_name.values()
        tables = (member for member in members if member.form.name in FORMS)
        return [member for member in tables if matches(member.name, self.expected.files)]

    @property
    def name(self) -> str:
        """Name what says what is expected."""
        return " and ".join(part for part in (self.expected.suite, self.expected.result) if part)


@dataclass(slots=True)
class _Seen:
    """What is known of one output."""

    runs: dict[Side, list[Mapping[str, Met]]] = field(default_factory=lambda: {side: [] for side in Side})
    """Of each run, by expectation; by the suite and by the job's own word under different names."""
    whole: dict[str, bool] = field(default_factory=dict)
    """By run: whether its tables meet all of the suite, as we found."""
    troubles: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    """Who validated."""


def required(job: Job) -> tuple[str, ...]:
    """Name the outputs of which something is expected."""
    return tuple(f"{job.name}/{output.name}" for output in job.outputs if output.expectations is not None)


def check_expectations(job: Job, runs: Runs, open_payload: OpenPayload) -> tuple[Finding, ...]:
    """Hold every run's tables against what their owner expects of them."""
    return tuple(
        finding
        for output in job.outputs
        if output.expectations is not None
        for finding in _of_output(_Case(job, output, output.expectations, runs, open_payload))
    )


def _of_output(case: _Case) -> Iterator[Finding]:
    seen = _Seen()
    if case.expected.suite:
        _validate(case, seen)
    if case.expected.result:
        _read_own_results(case, seen)
    told = standings(seen.runs)
    yield _finding(case, seen, told)
    if defects := [standing for standing in told if standing.state is State.ALIKE]:
        yield _defect(case, defects)


# -- validated by us --------------------------------------------------------------------------------------------------


def _validate(case: _Case, seen: _Seen) -> None:
    """Validate all tables by the suite: those that one rule is about in one go."""
    tables = {run.run.id: case.tables(run) for side in Side for run in case.runs[side]}
    groups: dict[str, list[Member]] = {}
    for members in tables.values():
        for member in members:
            groups.setdefault(_group(member), []).append(member)
    found = {name: validate(group, case.expected.expected, case.open_payload) for name, group in groups.items()}
    versions = sorted({validated.version for validated in found.values()} - {""})
    seen.by += [f"great-expectations {version}" for version in versions]
    for side in Side:
        for run in case.runs[side]:
            results = {member.name: found[_group(member)].by_content[member.content] for member in tables[run.run.id]}
            seen.runs[side].append(_of_run(case, seen, run.run.id, results))


def _group(member: Member) -> str:
    return f"{member.form.name} {member.rule}"


def _of_run(case: _Case, seen: _Seen, run: str, results: Mapping[str, Results]) -> dict[str, Met]:
    """Name what all tables of one run came to."""
    if not results:
        seen.troubles.append(f"run {run} left no table ({' or '.join(sorted(FORMS))}) to validate")
    met: dict[str, Met] = {}
    for name, told in results.items():
        if isinstance(told, str):
            seen.troubles.append(f"{name} of run {run}: {told}")
            continue
        for expectation, result in zip(case.expected.expected, told, strict=True):
            label = label_of(expectation.type, expectation.kwargs)
            met[f"{name}: {label}"] = result
    seen.whole[run] = bool(met) and all(result.success for result in met.values())
    return met


# -- said by the job itself -------------------------------------------------------------------------------------------


def _read_own_results(case: _Case, seen: _Seen) -> None:
    """Read what every run says of its own tables; where that contradicts what we found, nothing is decided."""
    seen.by.append("the jobs themselves")
    name = case.expected.result
    for side in Side:
        for observation in case.runs[side]:
            run = observation.run.id
            try:
                own = _own_result(case, observation)
            except Unread as trouble:
                seen.troubles.append(f"{name} of run {run}: {trouble}")
                continue
            seen.runs[side].append({f"{name}: {label}": met for label, met in own.by_label.items()})
            if run in seen.whole and seen.whole[run] is not own.success:
                said, ours = ("success" if passed else "failure" for passed in (own.success, seen.whole[run]))
                seen.troubles.append(f"run {run} says {said} in {name}, and its tables say {ours}")


def _own_result(case: _Case, observation: Observation) -> OwnResult:
    files = case.files(observation)
    fitting = [file for name, file in files.items() if matches(name, case.expected.result)]
    if len(fitting) != 1:
        message = "not there" if not fitting else f"{len(fitting)} files have such a name"
        raise Unread(message)
    path = case.open_payload(fitting[0].stored) if fitting[0].stored else None
    if path is None:
        raise Unread("its payload was not kept")
    return read_result(path)


# -- findings ---------------------------------------------------------------------------------------------------------


def _finding(case: _Case, seen: _Seen, told: Sequence[ExpectationHistory]) -> Finding:
    """Say how the sides differ in what they are expected to be; what both fail alike is no difference."""
    groups = {state: [standing for standing in told if standing.state is state] for state in State}
    differing = [standing for state in DIFFERS for standing in groups[state]]
    open_ones = [*seen.troubles, *(f"{_short(one.label)}: {_why(one)}" for one in groups[State.UNDECIDED])]
    outcome = Outcome.MISMATCH if differing else Outcome.INCONCLUSIVE if open_ones or not told else Outcome.MATCH
    summary = _summary(case, seen, groups, open_ones)
    bound = difference_of(*(standing.facts() for standing in differing)) if differing and not open_ones else ""
    samples = [*map(_sample, differing), *(Sample(case.output.name, "", "", text) for text in open_ones)]
    remedy = {Outcome.MISMATCH: _DIFFERS, Outcome.INCONCLUSIVE: _OPEN}.get(outcome, "")
    return _made(case, (CHECK, outcome, summary, remedy), samples, bound)


_FIRST = (*sorted(DIFFERS), State.UNDECIDED, State.ALIKE, State.MET)
"""In the order in which a sentence tells of them: what it means comes before how it was found."""


def _summary(
    case: _Case, seen: _Seen, groups: Mapping[State, Sequence[ExpectationHistory]], open_ones: Sequence[str]
) -> str:
    total = sum(map(len, groups.values()))
    states = [(state, groups[state]) for state in _FIRST if groups[state]]
    parts = [f"{len(found)} {state.value}{_named(found)}" for state, found in states[1:]]
    first = f"No expectation of {case.output.name} was seen"
    if states:
        state, found = states[0]
        of_all = "" if len(found) == total else f" of {total}"
        plural = "s" if total > 1 else ""
        first = f"{len(found)}{of_all} expectation{plural} of {case.output.name} {state.value}{_named(found)}"
    also = f"; {open_ones[0]}" if open_ones else ""
    by = f", validated by {' and by '.join(seen.by)}" if seen.by else ""
    return f"{', '.join([first, *parts])}{also}; from {case.name}{by}."


def _defect(case: _Case, defects: Sequence[ExpectationHistory]) -> Finding:
    """Tell what both sides fail alike: nothing that the move changed, and nothing that may pass in silence."""
    what = f"{counted(len(defects), 'expectation')} of {case.output.name} alike ({case.name})"
    summary = f"Legacy defect: both sides fail {what}{_named(defects)}."
    bound = difference_of("legacy defect", sorted(standing.label for standing in defects))
    told = (DEFECT_CHECK, Outcome.INCONCLUSIVE, summary, _DEFECT)
    return _made(case, told, [_sample(standing) for standing in defects], bound, rule=LEGACY_DEFECT)


_DIFFERS = "find why one side's tables do not meet what the other's do"
_OPEN = "mend the suite or what could not be read, and run `parity recompare`"
_DEFECT = "mend the job on both sides, change the suite, or accept the defect with `parity accept`"


def _made(
    case: _Case, told: tuple[str, Outcome, str, str], samples: list[Sample], bound: str, *, rule: str = ""
) -> Finding:
    check, outcome, summary, remedy = told
    return Finding(
        check=check,
        dimension=Dimension.OUTPUTS,
        subject=f"{case.job.name}/{case.output.name}",
        pair=None,
        outcome=outcome,
        summary=summary,
        rule=rule,
        samples=tuple(samples[:SAMPLES_MAX]),
        samples_left_out=max(0, len(samples) - SAMPLES_MAX),
        remedy=remedy,
        evidence=tuple(f"runs/{run.run.id}/observation.json" for side in Side for run in case.runs[side]),
        difference=bound,
    )


def _sample(standing: ExpectationHistory) -> Sample:
    return Sample(standing.label, standing.said(Side.LEGACY), standing.said(Side.CANDIDATE), standing.state.value)


def _named(found: Sequence[ExpectationHistory]) -> str:
    """Name the first expectations that were not met."""
    if not found or found[0].state in {State.MET, State.UNDECIDED}:
        return ""
    return f" ({first_of([_short(standing.label) for standing in found], NAMED_MAX, '; ')})"


def _short(label: str) -> str:
    return label if len(label) <= 120 else f"{label[:119]}…"  # noqa: PLR2004 - what a sentence has room for


def _why(standing: ExpectationHistory) -> str:
    return standing.trouble() or "only one side's result speaks of it"
