"""What both processes saw → findings: parameters with their types, environment, libraries, process. Pure.

A difference that we made voids the pair (`harness.compare.pairs`); what is left a platform made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.compare.difference import difference_of
from harness.model import strict_json
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Delivery, Job, Json, ShimMode, Side
from harness.model.observation import Observation, Record, Typed

SAMPLES_MAX = 20
_HASHED = "hmac-sha256:"
BEHAVIOUR = (
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "LANG",
    "LC_ALL",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "PYTHONPATH",
    "TZ",
)
"""Variables that change what numerical code computes, whoever sets them."""
DECIDING = frozenset({"python", "implementation", "machine"})
"""Facts of the process that one image must give alike; the rest of them only informs."""


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
    return (
        _parameters(job, pair, one, other),
        _environment(job, pair, one, other),
        _libraries(job, pair, one, other),
        *_process(job, pair, one, other),
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
        f"what the process saw is not known: {why}",
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
        return _finding(job, pair, "parameters", Outcome.MATCH, f"{len(one.parameters)} parameters agree in {how}")
    first = samples[0]
    return _finding(
        job,
        pair,
        "parameters",
        Outcome.MISMATCH,
        f"Parameter {first.where} is {first.legacy} on legacy and {first.candidate} on candidate ({first.note})",
        samples,
        "let the job convert what it reads, or let both sides read parameters the same way",
    )


def _parameter_differences(
    job: Job, one: Mapping[str, Typed], other: Mapping[str, Typed], *, typed: bool
) -> Iterator[Sample]:
    legacy, candidate = (job.sides[side].parameters for side in Side)
    for name in sorted({*one, *other, *legacy, *candidate}):
        a, b = one.get(name), other.get(name)
        if a is None or b is None:
            yield Sample(name, _show(a), _show(b), "missing on one side" if a or b else "given, and read by nobody")
        elif _text(a.value) != _text(b.value):
            apart = legacy.get(name) != candidate.get(name)
            if not (apart and _is_given(a, legacy.get(name)) and _is_given(b, candidate.get(name))):
                yield Sample(name, _show(a), _show(b), "changed on the way")
        elif typed and a.type != b.type:
            yield Sample(name, _show(a), _show(b), "same value, other type")


def _is_given(seen: Typed, given: Json) -> bool:
    """Tell whether a process read the value that its side was given, as text or as itself."""
    return _text(seen.value) == _text(given)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else strict_json.write(value).decode().strip()


def _show(value: Typed | None) -> str:
    return "absent" if value is None else f"{strict_json.write(value.value).decode().strip()} ({value.type})"


# -- environment, libraries, process ----------------------------------------------------------------------------------


def _environment(job: Job, pair: str, one: Record, other: Record) -> Finding:
    """Every declared variable must arrive as declared; equal secrets have equal keyed hashes."""
    seen = {Side.LEGACY: one.environment, Side.CANDIDATE: other.environment}
    found = [row for side in Side for row in _arrived_otherwise(job, side, seen)]
    samples = [each for known, each in found if known] + list(_secrets(job, one, other))
    if samples:
        names = ", ".join(sample.where for sample in samples[:3])
        text, remedy = f"Environment differs from what was declared: {names}", "find out who sets the variable"
        return _finding(job, pair, "environment", Outcome.MISMATCH, text, tuple(samples), remedy)
    if unseen := tuple(each for _, each in found):
        text = f"Variable {unseen[0].where} was told as a hash only: nobody knows whether it arrived as declared"
        return _finding(job, pair, "environment", Outcome.INCONCLUSIVE, text, unseen, "run the pair again")
    if never := _arrived_nowhere(job, seen):
        names = ", ".join(never)
        text = f"Secrets arrived on neither side: {names}; two jobs that lack them alike prove nothing"
        remedy = "say under secrets: where both sides keep them"
        return _finding(job, pair, "environment", Outcome.INCONCLUSIVE, text, remedy=remedy)
    count = len({name for side in Side for name in job.sides[side].environment})
    return _finding(job, pair, "environment", Outcome.MATCH, f"{count} declared variables arrived as declared")


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
        hashed = got.startswith(_HASHED)
        alike = len({job.sides[side].environment.get(name) for side in Side}) == 1
        same = len({seen[side].get(name) for side in Side}) == 1
        if got == value or (hashed and alike and same):
            continue
        shown = {Side.LEGACY: "", Side.CANDIDATE: "", side: got or "absent"}
        sample = Sample(name, shown[Side.LEGACY], shown[Side.CANDIDATE], f"{side.value} was given {value}")
        yield not hashed or alike, sample


def _libraries(job: Job, pair: str, one: Record, other: Record) -> Finding:
    samples = tuple(
        Sample(name, one.libraries.get(name, "not looked up"), other.libraries.get(name, "not looked up"))
        for name in sorted({*one.libraries, *other.libraries})
        if one.libraries.get(name) != other.libraries.get(name)
    )
    if samples:
        text = f"{samples[0].where} is {samples[0].legacy} on legacy and {samples[0].candidate} on candidate"
        return _finding(job, pair, "libraries", Outcome.MISMATCH, text, samples, "use one image on both sides")
    told = ", ".join(f"{name} {version}" for name, version in sorted(one.libraries.items()))
    return _finding(job, pair, "libraries", Outcome.MATCH, f"the same libraries: {told or 'none were named'}")


def _process(job: Job, pair: str, one: Record, other: Record) -> Iterator[Finding]:
    facts = [
        Sample(name, one.process.get(name, "unknown"), other.process.get(name, "unknown"))
        for name in sorted({*one.process, *other.process})
        if one.process.get(name) != other.process.get(name)
    ]
    facts += [
        Sample(name, one.environment.get(name, "unset"), other.environment.get(name, "unset"), "environment")
        for name in BEHAVIOUR
        if one.environment.get(name) != other.environment.get(name) and not _declared(job, name)
    ]
    deciding = tuple(fact for fact in facts if fact.where in DECIDING)
    informing = tuple(fact for fact in facts if fact.where not in DECIDING)
    if deciding:
        text = f"{deciding[0].where} is {deciding[0].legacy} on legacy and {deciding[0].candidate} on candidate"
        yield _finding(job, pair, "process", Outcome.MISMATCH, text, deciding, "use one image on both sides")
    else:
        text = f"python {one.process.get('python', 'unknown')} on {one.process.get('machine', 'unknown')} on both sides"
        yield _finding(job, pair, "process", Outcome.MATCH, text)
    if informing:
        text = f"Surroundings differ: {', '.join(sample.where for sample in informing[:5])}"
        yield _finding(
            job,
            pair,
            "surroundings",
            Outcome.MISMATCH,
            text,
            informing,
            "nothing, as long as results agree",
            required=False,
        )


def _declared(job: Job, name: str) -> bool:
    return any(name in job.sides[side].environment for side in Side)


def _finding(  # noqa: PLR0913 - one constructor for all configuration findings
    job: Job,
    pair: str,
    what: str,
    outcome: Outcome,
    summary: str,
    samples: tuple[Sample, ...] = (),
    remedy: str = "",
    *,
    required: bool = True,
) -> Finding:
    whole = [[sample.where, sample.legacy, sample.candidate, sample.note] for sample in samples]
    return Finding(
        check=f"configuration.{what}",
        dimension=Dimension.CONFIGURATION,
        subject=f"{job.name}/{what}",
        pair=pair,
        outcome=outcome,
        summary=summary,
        required=required,
        samples=samples[:SAMPLES_MAX],
        samples_left_out=max(0, len(samples) - SAMPLES_MAX),
        remedy=remedy,
        difference=difference_of(whole) if outcome is Outcome.MISMATCH else "",
    )
