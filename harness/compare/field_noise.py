"""What runs of one side with one identity differ in, field by field: columns, JSON paths, whole files (A/A).

Each field that is compared gets a noise class a side. What legacy's own runs differ in by more than the rule allows
can't show a difference between the sides: there a pair that differs is INCONCLUSIVE, with the reason. Noise widens no
tolerance. What only the candidate's runs differ in stays a difference, because legacy never does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.compare.contents import opened, refusal
from harness.compare.format import FieldDifference, NotCompared
from harness.compare.members import Member, members_of
from harness.compare.name_patterns import shapes_of
from harness.compare.output_rules import BY_NAME, OpenPayload
from harness.model.finding import Dimension, Finding, NoiseClass, Outcome, Sample
from harness.model.job import Output, Side
from harness.model.observation import Observation, OutputFile
from harness.model.wording import first_of

RULES = "noise/1"
"""Version of the rules below; stands in the finding, so that a stored class is read by the rules that made it."""
COMPARED_MAX = 4
"""Runs that the first run of a side is compared with, for each file whose bytes differ; a table costs a process."""
SHOWN_MAX = 20
RUNS_MIN = 2


@dataclass(frozen=True, slots=True)
class Field:
    """One field on one side."""

    file: str
    name: str
    """`column x`, a JSON path with `[*]` for places in a list, or empty: the file as a whole."""
    side: Side
    kind: NoiseClass
    largest: float | None
    above: bool
    """It differs by more than the rule allows."""


@dataclass(frozen=True, slots=True)
class FieldNoise:
    """What was learned of one output; only fields that are not deterministic are listed."""

    fields: tuple[Field, ...] = ()
    runs: Mapping[Side, int] = field(default_factory=dict)
    """Runs of each side that left the output whole."""
    files: int = 0
    troubles: tuple[str, ...] = ()
    """Why a file of one side could not be compared with itself."""
    names: frozenset[str] = frozenset()
    """Shapes of names that not all runs of legacy left."""
    same_bytes: bool = True
    """Whether every run of a side left the same bytes."""

    def covers(self, file: str, names: Iterable[str]) -> bool:
        """Tell whether legacy's own runs differ, beyond what is allowed, in each of these fields of a file."""
        known = {
            noisy.name for noisy in self.fields if noisy.file == file and noisy.side is Side.LEGACY and noisy.above
        }
        wanted = set(names)
        return bool(wanted) and wanted <= known


NO_NOISE: Mapping[str, FieldNoise] = {}


# -- learning ---------------------------------------------------------------------------------------------------------


def learn(output: Output, runs: Mapping[Side, Sequence[Observation]], open_payload: OpenPayload) -> FieldNoise:
    """Compare the runs of each side with the first of them."""
    whole = {
        side: [members_of(files, output.rules).by_name for run in observed if (files := _files(run, output.name))]
        for side, observed in runs.items()
    }
    found: list[Field] = []
    troubles: list[str] = []
    unsteady: set[str] = set()
    same_bytes = True
    for side, members in whole.items():
        if len(members) < RUNS_MIN:
            continue
        for name in sorted({name for run in members for name in run}):
            there = [run[name] for run in members if name in run]
            if len(there) < len(members):
                found.append(Field(name, "", side, NoiseClass.UNSTABLE, None, above=True))
                unsteady |= shapes_of([name]) if side is Side.LEGACY else set()
            else:
                same_bytes = same_bytes and all(there[0].same_bytes(other) for other in there[1:])
                found += _member(side, there, open_payload, troubles, judged=output.judged_by is not None)
    names = {name for members in whole.values() for run in members for name in run}
    counts = {side: len(members) for side, members in whole.items()}
    return FieldNoise(tuple(found), counts, len(names), tuple(troubles), frozenset(unsteady), same_bytes)


def _files(observation: Observation, name: str) -> dict[str, OutputFile]:
    """List what a run left of an output; nothing where that is not known."""
    seen = next((output for output in observation.outputs if output.name == name), None)
    if seen is None or seen.damage or seen.absent:
        return {}
    return {file.name: file for file in seen.files if file.sha256}


def _member(
    side: Side, there: Sequence[Member], open_payload: OpenPayload, troubles: list[str], *, judged: bool
) -> list[Field]:
    """Compare one member of all runs of a side; `judged`: something else decides about files without a rule."""
    first, name = there[0], there[0].name
    others = {tuple(part.sha256 for part in other.parts): other for other in there[1:] if not first.same_bytes(other)}
    if not others or first.marker or (judged and first.rule is BY_NAME):
        return []
    unstable = [Field(name, "", side, NoiseClass.UNSTABLE, None, above=True)]
    if first.form.noise is None:
        return unstable
    found: dict[str, list[FieldDifference]] = {}
    for other in list(others.values())[:COMPARED_MAX]:
        try:
            for difference in _differences((first, other), open_payload):
                found.setdefault(difference.name, []).append(difference)
        except NotCompared as trouble:
            troubles.append(f"{name}, {side.value}: {trouble}")
            return unstable
    return [_worst(name, where, side, differences) for where, differences in sorted(found.items())]


def _differences(pair: tuple[Member, Member], open_payload: OpenPayload) -> Iterable[FieldDifference]:
    """Compare one member of two runs, field by field."""
    form, rule = pair[0].form, pair[0].rule
    refused = refusal(rule, form)
    if refused:
        raise NotCompared(refused)
    one, other = opened(pair, open_payload)
    if pair[0].data_set and form.data_set is not None:
        return form.data_set.noise(one, other, rule)
    return form.noise(one[0].path, other[0].path, rule) if form.noise else ()


def _worst(file: str, name: str, side: Side, found: Sequence[FieldDifference]) -> Field:
    """Put several comparisons of one field together; what is of two kinds is of none."""
    kinds = {difference.kind for difference in found}
    largest = max((difference.largest for difference in found if difference.largest is not None), default=None)
    kind = kinds.pop() if len(kinds) == 1 else NoiseClass.UNSTABLE
    return Field(file, name, side, kind, largest, any(difference.above for difference in found))


# -- telling ----------------------------------------------------------------------------------------------------------


def noise_finding(job: str, output: Output, noise: FieldNoise, evidence: tuple[str, ...]) -> Finding:
    """Tell the noise class of every field; it informs, and says what can't be compared."""
    thin = [side.value for side in Side if noise.runs.get(side, 0) < RUNS_MIN]
    above = [noisy for noisy in noise.fields if noisy.above]
    inconclusive = bool(thin or above or noise.troubles)
    rows = _samples(noise)
    return Finding(
        check="outputs.noise",
        dimension=Dimension.OUTPUTS,
        subject=f"{job}/{output.name}",
        pair=None,
        outcome=Outcome.INCONCLUSIVE if inconclusive else Outcome.MATCH,
        summary=_summary(output.name, noise, thin, above),
        rule=RULES,
        required=False,
        samples=tuple(rows[:SHOWN_MAX]),
        samples_left_out=max(0, len(rows) - SHOWN_MAX),
        remedy="fix the seed, or declare a tolerance or ignored field in the output's rules" if above else "",
        evidence=evidence,
    )


def _summary(name: str, noise: FieldNoise, thin: Sequence[str], above: Sequence[Field]) -> str:
    if thin:
        return f"{name} was left by fewer than two runs of {' and '.join(thin)}, so its noise is not known."
    if not noise.fields:
        same = f"bytes of {name}" if noise.same_bytes else f"of {name} where its rules compare it, in other bytes"
        return f"Every run of a side left the same {same} ({noise.files} files): deterministic."
    words = sorted({f"{_field(noisy)} ({noisy.kind.value})" for noisy in noise.fields})
    text = f"Runs of one side differ in {first_of(words, 3)} of {name}; all else repeats."
    if not above:
        return f"{text} The output's rules allow that."
    sides = " and ".join(side.value for side in Side if any(noisy.side is side for noisy in above))
    more = "by more than the rules allow, so noise may be all that a pair's difference is."
    return f"{text} On {sides} they differ {more}"


def _field(found: Field) -> str:
    return f"{found.file} {found.name}".rstrip()


def _samples(noise: FieldNoise) -> list[Sample]:
    by_field: dict[tuple[str, str], dict[Side, Field]] = {}
    for noisy in noise.fields:
        by_field.setdefault((noisy.file, noisy.name), {})[noisy.side] = noisy
    return [
        Sample(
            f"{file} {name}".rstrip(),
            _said(sides.get(Side.LEGACY)),
            _said(sides.get(Side.CANDIDATE)),
            "more than the rule allows" if any(noisy.above for noisy in sides.values()) else "allowed by the rule",
        )
        for (file, name), sides in sorted(by_field.items())
    ]


def _said(found: Field | None) -> str:
    if found is None:
        return NoiseClass.DETERMINISTIC.value
    return found.kind.value if found.largest is None else f"{found.kind.value}, up to {found.largest:.3g}"
