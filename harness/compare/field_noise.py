"""What runs of one side with one identity differ in, field by field: columns, JSON paths, whole files (A/A).

Each field that is compared gets a noise class a side. What legacy's own runs differ in by more than the rule allows
can't show a difference between the sides: there a pair that differs is INCONCLUSIVE, with the reason. Noise widens no
tolerance. What only the candidate's runs differ in stays a difference, because legacy never does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.compare.columns import ColumnNoise, compare_columns
from harness.compare.json_values import (
    JsonTrouble,
    is_number,
    matches,
    read_json,
    step_of,
    tolerance_of,
    within_tolerance,
)
from harness.compare.output_rules import OpenPayload, form_of, rule_for
from harness.compare.tables import TableDifference, TableTrouble
from harness.config import strict_json
from harness.model.finding import Dimension, Finding, NoiseClass, Outcome, Sample
from harness.model.job import CompareRule, Json, Output, OutputForm, Side
from harness.model.observation import Observation, OutputFile

RULES = "noise/1"
"""Version of the rules below; stands in the finding, so that a stored class is read by the rules that made it."""
COMPARED_MAX = 4
"""Runs that the first run of a side is compared with, for each file whose bytes differ; a table costs a process."""
SHOWN_MAX = 20
RUNS_MIN = 2
ID_MIN = 8
"""Characters; a shorter name is no random id."""
EPOCH_SECONDS = (1.2e9, 2.2e9)
"""2008 to 2039; a number in it, or a thousand times it, that differs from run to run is a time."""
_INDEX = re.compile(r"\[[0-9]+\]")


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

    def covers(self, file: str, names: Iterable[str]) -> bool:
        """Tell whether legacy's own runs differ, beyond what is allowed, in each of these fields of a file."""
        known = {each.name for each in self.fields if each.file == file and each.side is Side.LEGACY and each.above}
        wanted = set(names)
        return bool(wanted) and wanted <= known


NO_NOISE: Mapping[str, FieldNoise] = {}


# -- learning ---------------------------------------------------------------------------------------------------------


def learn(output: Output, runs: Mapping[Side, Sequence[Observation]], open_payload: OpenPayload) -> FieldNoise:
    """Compare the runs of each side with the first of them."""
    whole = {side: [files for each in mine if (files := _files(each, output.name))] for side, mine in runs.items()}
    found: list[Field] = []
    troubles: list[str] = []
    for side, mine in whole.items():
        if len(mine) >= RUNS_MIN:
            for name in sorted({name for files in mine for name in files}):
                found += _file(output, side, name, [files.get(name) for files in mine], open_payload, troubles)
    names = {name for mine in whole.values() for files in mine for name in files}
    return FieldNoise(tuple(found), {side: len(mine) for side, mine in whole.items()}, len(names), tuple(troubles))


def _files(observation: Observation, name: str) -> dict[str, OutputFile]:
    """List what a run left of an output; nothing where that is not known."""
    seen = next((each for each in observation.outputs if each.name == name), None)
    if seen is None or seen.damage or seen.absent:
        return {}
    return {each.name: each for each in seen.files if each.sha256}


def _file(
    output: Output,
    side: Side,
    name: str,
    files: Sequence[OutputFile | None],
    open_payload: OpenPayload,
    troubles: list[str],
) -> list[Field]:
    there = [each for each in files if each is not None]
    if len(there) < len(files):
        return [Field(name, "", side, NoiseClass.UNSTABLE, None, above=True)]
    others = {each.sha256: each for each in there[1:] if each.sha256 != there[0].sha256}
    if not others:
        return []
    rule = rule_for(name, output.rules)
    form = form_of(name, rule)
    if form is OutputForm.BYTES:
        return [Field(name, "", side, NoiseClass.UNSTABLE, None, above=True)]
    told: dict[str, list[tuple[NoiseClass, float | None, bool]]] = {}
    for other in list(others.values())[:COMPARED_MAX]:
        try:
            for where, *what in _differing(there[0], other, form, rule, open_payload):
                told.setdefault(where, []).append(tuple(what))  # type: ignore[arg-type]
        except (TableTrouble, JsonTrouble) as trouble:
            troubles.append(f"{name}, {side.value}: {trouble}")
            return [Field(name, "", side, NoiseClass.UNSTABLE, None, above=True)]
    return [_worst(name, where, side, seen) for where, seen in sorted(told.items())]


def _worst(file: str, name: str, side: Side, seen: Sequence[tuple[NoiseClass, float | None, bool]]) -> Field:
    """Put several comparisons of one field together; what is of two kinds is of none."""
    kinds = {kind for kind, _, _ in seen}
    largest = max((far for _, far, _ in seen if far is not None), default=None)
    kind = kinds.pop() if len(kinds) == 1 else NoiseClass.UNSTABLE
    return Field(file, name, side, kind, largest, any(above for *_, above in seen))


Differing = tuple[str, NoiseClass, float | None, bool]


def _differing(
    one: OutputFile, other: OutputFile, form: OutputForm, rule: CompareRule, open_payload: OpenPayload
) -> Iterator[Differing]:
    mine, its = (open_payload(each.stored) if each.stored else None for each in (one, other))
    if mine is None or its is None:
        raise TableTrouble("a payload was not kept")
    if form is OutputForm.JSON:
        yield from _json(read_json(mine, "one run"), read_json(its, "another run"), rule)
        return
    columns = compare_columns(mine, its, form, rule)
    shuffled = not rule.key and any(each.moved for each in columns)
    yield from (_column(each, by_key=bool(rule.key), shuffled=shuffled) for each in columns if each.cells)


def _column(found: ColumnNoise, *, by_key: bool, shuffled: bool) -> Differing:
    """Name a column's noise. Without a key, rows that moved are compared as a multiset, so order is allowed."""
    name = f"column {found.name}"
    if found.moved and not by_key:
        return name, NoiseClass.ORDER, None, False
    if shuffled:
        return name, NoiseClass.UNSTABLE, None, True
    kinds = {kind_of(*each) for each in found.samples}
    kind = kinds.pop() if len(kinds) == 1 else NoiseClass.UNSTABLE
    if kind is NoiseClass.JITTER and found.numbers < found.cells:
        kind = NoiseClass.UNSTABLE
    return name, kind, found.largest, found.far > 0


def kind_of(one: str, other: str) -> NoiseClass:
    """Name the noise of two values of one field, as text."""
    if _is_time(one) and _is_time(other):
        return NoiseClass.TIME
    if _is_float(one) and _is_float(other):
        return NoiseClass.JITTER
    alike = _shape(one) == _shape(other) and len(one) >= ID_MIN and not one.isalpha() and " " not in one
    return NoiseClass.RANDOM_ID if alike and re.search("[0-9]", one + other) else NoiseClass.UNSTABLE


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    if _is_float(text):
        return any(EPOCH_SECONDS[0] <= float(text) / unit <= EPOCH_SECONDS[1] for unit in (1, 1000))
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shape(text: str) -> str:
    return re.sub("[0-9A-Za-z]", "x", text)


# -- JSON -------------------------------------------------------------------------------------------------------------


def _json(one: Json, other: Json, rule: CompareRule) -> Iterator[Differing]:
    for path, mine, its in _walk("$", one, other, rule):
        name = _INDEX.sub("[*]", path)
        if isinstance(mine, list) and isinstance(its, list):
            yield name, NoiseClass.ORDER, None, True
        elif is_number(mine) and is_number(its):
            yield name, kind_of(repr(mine), repr(its)), float(abs(mine - its)), _beyond(path, mine, its, rule)
        elif isinstance(mine, str) and isinstance(its, str):
            kind = kind_of(mine, its)
            yield name, NoiseClass.UNSTABLE if kind is NoiseClass.JITTER else kind, None, True
        else:
            yield name, NoiseClass.UNSTABLE, None, True


def _walk(path: str, one: Json, other: Json, rule: CompareRule) -> Iterator[tuple[str, Json, Json]]:
    """Give every place where two documents differ; a list whose items moved beyond tolerance is one place."""
    if any(matches(pattern, path) for pattern in rule.ignore):
        return
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from _walk(path + step_of(name), one[name], other[name], rule)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        mine, its = ([strict_json.write(each) for each in items] for items in (one, other))
        pairs = enumerate(zip(one, other, strict=True))
        places = [place for n, pair in pairs for place in _walk(f"{path}[{n}]", *pair, rule)]
        moved = mine != its and sorted(mine) == sorted(its)
        if moved and any(_beyond(*place, rule) for place in places):
            yield path, one, other
        else:
            yield from places
    elif isinstance(one, list) and isinstance(other, list):
        yield path, len(one), str(len(other))  # of two lengths: no order, no number
    elif one != other or isinstance(one, bool) is not isinstance(other, bool):
        yield path, one, other


def _beyond(path: str, one: Json, other: Json, rule: CompareRule) -> bool:
    """Tell whether two values differ by more than is allowed."""
    if is_number(one) and is_number(other):
        return not within_tolerance(one, other, tolerance_of(path, rule.tolerance))
    return True


# -- what a pair differs in -------------------------------------------------------------------------------------------


def differing_paths(legacy: Json, candidate: Json, rule: CompareRule) -> frozenset[str]:
    """Name the fields in which a pair's documents differ by more than is allowed."""
    return frozenset(name for name, _, _, above in _json(legacy, candidate, rule) if above)


def differing_columns(found: TableDifference) -> frozenset[str]:
    """Name the columns in which a pair's tables differ; none where rows or columns themselves do."""
    if found.columns_missing or found.columns_extra or found.retyped or found.not_compared:
        return frozenset()
    if found.only_legacy or found.only_candidate:
        return frozenset()
    return frozenset(f"column {each.name}" for each in found.columns)


# -- telling ----------------------------------------------------------------------------------------------------------


def noise_finding(job: str, output: Output, noise: FieldNoise, evidence: tuple[str, ...]) -> Finding:
    """Tell the noise class of every field; it informs, and says what can't be compared."""
    thin = [side.value for side in Side if noise.runs.get(side, 0) < RUNS_MIN]
    above = [each for each in noise.fields if each.above]
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
        return f"Every run of a side left the same bytes of {name} ({noise.files} files): deterministic."
    words = sorted({f"{_field(each)} ({each.kind.value})" for each in noise.fields})
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""  # noqa: PLR2004 - as many as a reader takes in
    text = f"Runs of one side differ in {', '.join(words[:3])}{more} of {name}; all else repeats."
    if not above:
        return f"{text} The output's rules allow that."
    sides = " and ".join(side.value for side in Side if any(each.side is side for each in above))
    return f"{text} On {sides} they differ by more than the rules allow, so a pair can't be told from noise there."


def _field(found: Field) -> str:
    return f"{found.file} {found.name}".rstrip()


def _samples(noise: FieldNoise) -> list[Sample]:
    by_field: dict[tuple[str, str], dict[Side, Field]] = {}
    for each in noise.fields:
        by_field.setdefault((each.file, each.name), {})[each.side] = each
    return [
        Sample(
            f"{file} {name}".rstrip(),
            _said(sides.get(Side.LEGACY)),
            _said(sides.get(Side.CANDIDATE)),
            "more than the rule allows" if any(each.above for each in sides.values()) else "allowed by the rule",
        )
        for (file, name), sides in sorted(by_field.items())
    ]


def _said(found: Field | None) -> str:
    if found is None:
        return NoiseClass.DETERMINISTIC.value
    return found.kind.value if found.largest is None else f"{found.kind.value}, up to {found.largest:.3g}"
