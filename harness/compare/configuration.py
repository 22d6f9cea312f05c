"""What both processes saw → findings: parameters with their types, environment, libraries, process. Pure.

A difference that we made voids the pair (`harness.compare.pairs`); what is left a platform made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.compare.configuration_finding import finding as _finding
from harness.compare.endpoints import check_endpoints
from harness.compare.environment import HASHED, ProcessEnvironments, accounted, undeclared
from harness.compare.surroundings import check_mounts, check_process
from harness.model import strict_json
from harness.model.finding import Finding, Outcome, Sample
from harness.model.job import Delivery, Job, Json, ShimMode, Side
from harness.model.observation import Observation, Record, Typed
from harness.model.wording import counted

PARTS = ("parameters", "environment", "libraries", "process")
"""What the shim saw inside both containers is compared part by part."""


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: each part that the shim sees."""
    return tuple(f"{job.name}/{part}" for part in PARTS) if job.shim is ShimMode.ON else ()


def check_configuration(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Compare what the shim saw inside both containers."""
    one, other = legacy.record, candidate.record
    if one is None or other is None:
        return (_blind(job, pair, legacy, candidate),)
    environment = {Side.LEGACY: one.environment, Side.CANDIDATE: other.environment}
    seen = ProcessEnvironments(job, environment, {side.run.side: side.run.platform for side in (legacy, candidate)})
    return (
        _parameters(job, pair, one, other),
        _environment(seen, pair, one, other),
        _libraries(job, pair, one, other),
        *check_process(job, pair, one, other),
        *check_mounts(job, pair, legacy, candidate),
        *check_endpoints(pair, seen, one, other),
    )


def _blind(job: Job, pair: str, legacy: Observation, candidate: Observation) -> Finding:
    off = job.shim is ShimMode.OFF
    sides = [
        f"{observation.run.side.value} ({observation.record_damage or 'no record'})"
        for observation in (legacy, candidate)
        if not observation.record
    ]
    why = "the job runs without the shim" if off else f"no record from {' and '.join(sides)}"
    return _finding(
        job,
        pair,
        "seen",
        Outcome.INCONCLUSIVE,
        summary=f"what the process saw is not known: {why}",
        remedy="run it with the shim" if off else "look at the log for lines of parity-shim",
    )


# -- parameters -------------------------------------------------------------------------------------------------------


def _parameters(job: Job, pair: str, one: Record, other: Record) -> Finding:
    readings = [job.sides[side].reading for side in Side]
    alike = readings[0].delivery is readings[1].delivery
    typed = alike and readings[0].delivery is Delivery.FILE
    samples = tuple(_parameter_differences(job, one.parameters, other.parameters, typed=typed))
    if not samples:
        how = "value and type" if typed else "value"
        return _finding(
            job, pair, "parameters", Outcome.MATCH, summary=f"{len(one.parameters)} parameters agree in {how}"
        )
    first = samples[0]
    return _finding(
        job,
        pair,
        "parameters",
        Outcome.MISMATCH,
        summary=f"Parameter {first.where} is {first.legacy} on legacy and {first.candidate} on candidate "
        f"({first.note})",
        samples=samples,
        remedy="let the job convert what it reads, or let both sides read parameters the same way",
    )


def _parameter_differences(
    job: Job, one: Mapping[str, Typed], other: Mapping[str, Typed], *, typed: bool
) -> Iterator[Sample]:
    legacy, candidate = (job.sides[side].parameters for side in Side)
    for name in sorted({*one, *other, *legacy, *candidate}):
        a, b = one.get(name), other.get(name)
        if a is None or b is None:
            yield Sample(name, _show(a), _show(b), "missing on one side" if a or b else "given, and read by nobody")
        elif strict_json.text_of(a.value) != strict_json.text_of(b.value):
            apart = legacy.get(name) != candidate.get(name)
            if not (apart and _is_given(a, legacy.get(name)) and _is_given(b, candidate.get(name))):
                yield Sample(name, _show(a), _show(b), "changed on the way")
        elif typed and a.type != b.type:
            yield Sample(name, _show(a), _show(b), "same value, other type")


def _is_given(seen: Typed, given: Json) -> bool:
    """Tell whether a process read the value that its side was given, as text or as itself."""
    return strict_json.text_of(seen.value) == strict_json.text_of(given)


def _show(value: Typed | None) -> str:
    return "absent" if value is None else f"{strict_json.write(value.value).decode().strip()} ({value.type})"


# -- environment, libraries -------------------------------------------------------------------------------------------


def _environment(seen: ProcessEnvironments, pair: str, one: Record, other: Record) -> Finding:
    """Declared variables must arrive as declared, all others must be alike; equal secrets have equal keyed hashes."""
    job = seen.job
    found = [row for side in Side for row in _arrived_otherwise(job, side, seen.environment)]
    samples = [sample for known, sample in found if known] + list(_secrets(job, one, other))
    if samples:
        names = ", ".join(sample.where for sample in samples[:3])
        text, remedy = f"Environment differs from what was declared: {names}", "find out who sets the variable"
        return _finding(job, pair, "environment", Outcome.MISMATCH, summary=text, samples=tuple(samples), remedy=remedy)
    if others := tuple(undeclared(seen)):
        first = others[0]
        text = f"Variable {first.where} is {first.legacy} on legacy and {first.candidate} on candidate ({first.note})"
        remedy = "declare it for the side that needs it, or find out who sets it"
        return _finding(job, pair, "environment", Outcome.MISMATCH, summary=text, samples=others, remedy=remedy)
    if unseen := tuple(sample for _, sample in found):
        text = f"Variable {unseen[0].where} was recorded as a hash only: whether it arrived as declared is not known"
        return _finding(
            job, pair, "environment", Outcome.INCONCLUSIVE, summary=text, samples=unseen, remedy="run the pair again"
        )
    if never := _arrived_nowhere(job, seen.environment):
        names = ", ".join(never)
        text = f"Secrets arrived on neither side: {names}; two jobs that lack them alike prove nothing"
        remedy = "say under secrets: where both sides keep them"
        return _finding(job, pair, "environment", Outcome.INCONCLUSIVE, summary=text, remedy=remedy)
    if not any(seen.environment.values()):
        text = "no variable was seen on either side"
        return _finding(
            job, pair, "environment", Outcome.INCONCLUSIVE, summary=text, remedy="look at the log for parity-shim"
        )
    return _finding(job, pair, "environment", Outcome.MATCH, summary=_arrived(seen), samples=tuple(accounted(seen)))


def _arrived(seen: ProcessEnvironments) -> str:
    declared = {name for side in Side for name in seen.job.sides[side].environment}
    told = f"{counted(len(declared), 'declared variable')} arrived as declared"
    alike = sum(
        seen.environment[Side.LEGACY].get(name) == seen.environment[Side.CANDIDATE].get(name)
        for name in seen.names
        if name not in declared
    )
    return f"{told}, {counted(alike, 'other')} {'is' if alike == 1 else 'are'} alike on both sides"


def _secrets(job: Job, one: Record, other: Record) -> Iterator[Sample]:
    """Compare secrets that both sides are to have by keyed hash; their shapes say how two differ, without them."""
    for name in sorted(_shared_secrets(job)):
        if one.environment.get(name) != other.environment.get(name):
            legacy, candidate = (_shape(record, name) for record in (one, other))
            yield Sample(name, legacy, candidate, "their keyed hashes differ")


def _shape(record: Record, name: str) -> str:
    if name not in record.environment:
        return "absent"
    return f"a secret of {record.secrets[name]}" if name in record.secrets else "a secret"


def _shared_secrets(job: Job) -> set[str]:
    """List the secrets of both sides; one that only one side has is declared so."""
    legacy, candidate = (set(job.sides[side].secrets) for side in Side)
    return legacy & candidate


def _arrived_nowhere(job: Job, seen: Mapping[Side, Mapping[str, str]]) -> tuple[str, ...]:
    declared = {name for side in Side for name in job.sides[side].secrets}
    return tuple(name for name in sorted(declared) if not any(name in seen[side] for side in Side))


def _arrived_otherwise(job: Job, side: Side, seen: Mapping[Side, Mapping[str, str]]) -> Iterator[tuple[bool, Sample]]:
    """Give what one side was given and its process saw otherwise, with whether that is known.

    A shim told what looks secret as a hash even where it arrived as given, until it was taught to tell that in clear:
    then only two hashes of what was given alike can be compared.
    """
    for name, value in sorted(job.sides[side].environment.items()):
        got = seen[side].get(name, "")
        hashed = got.startswith(HASHED)
        alike = len({job.sides[side].environment.get(name) for side in Side}) == 1
        same = len({seen[side].get(name) for side in Side}) == 1
        if got == value or (hashed and alike and same):
            continue
        shown = {Side.LEGACY: "", Side.CANDIDATE: "", side: got or "absent"}
        sample = Sample(name, shown[Side.LEGACY], shown[Side.CANDIDATE], f"{side.value} was given {value}")
        yield not hashed or alike, sample


def _libraries(job: Job, pair: str, one: Record, other: Record) -> Finding:
    """Compare every library that was found; of records by shims that did not look, those that the job names."""
    looked = one.distributions is not None and other.distributions is not None
    absent = "absent" if looked else "not looked up"
    found = [{**(seen.distributions or {} if looked else {}), **_named(seen, looked=looked)} for seen in (one, other)]
    rows = [(name, *(side.get(name, absent) for side in found)) for name in sorted({*found[0], *found[1]})]
    samples = tuple(Sample(*row) for row in rows if row[1] != row[2])
    if samples:
        text = f"{samples[0].where} is {samples[0].legacy} on legacy and {samples[0].candidate} on candidate"
        return _finding(
            job,
            pair,
            "libraries",
            Outcome.MISMATCH,
            summary=text,
            samples=samples,
            remedy="use one image on both sides",
        )
    if all(version == "absent" for _, version, _ in rows):
        why = "no library was found on either side" if looked else "nobody looked for libraries, on either side"
        remedy = "run the pair again, with a Python of which the shim can list the libraries"
        return _finding(job, pair, "libraries", Outcome.INCONCLUSIVE, summary=why, remedy=remedy)
    listed = [f"{name} {version}" for name, version, _ in rows if name in one.libraries or not looked]
    told = f": {', '.join(listed)}" if listed else ""
    text = f"the same {len(rows)} {'library' if len(rows) == 1 else 'libraries'}{told}"
    return _finding(job, pair, "libraries", Outcome.MATCH, summary=text)


def _named(seen: Record, *, looked: bool) -> dict[str, str]:
    """Give the libraries that the job names, under the names that the list of all has."""
    return {_normal(name) if looked else name: version for name, version in seen.libraries.items()}


def _normal(name: str) -> str:
    """Write a distribution's name as packaging tools compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
