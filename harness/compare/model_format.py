"""What the formats of models and arrays have in common: a child process takes both files apart, a field is a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from harness.compare.asking import ask
from harness.compare.difference import may_be_cut
from harness.compare.format import Difference, FieldDifference, Format, NotCompared, Part
from harness.model.finding import NoiseClass, Sample
from harness.model.job import CompareRule, Json
from harness.model.wording import counted

CHECK = "outputs.model"
"""One finding speaks of all models of an output, whatever their format."""
CHILD = Path(__file__).with_name("models") / "child.py"
APPLIES = frozenset({"tolerance", "ignore"})
NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class ValueSample:
    """One value that differs: its place in its array, both values as text."""

    where: str
    legacy: str
    candidate: str


@dataclass(frozen=True, slots=True)
class PathDifference:
    """How one path differs beyond tolerance."""

    path: str
    what: str
    """Another type or shape; empty: values."""
    count: int
    largest: float | None
    norm: float | None
    """Euclidean norm of the difference of two arrays."""
    samples: tuple[ValueSample, ...]


@dataclass(frozen=True, slots=True)
class PathNear:
    """How one path differs within tolerance."""

    path: str
    count: int
    largest: float | None


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """How two files of models differ."""

    parts: int
    values: int
    differing: int
    within: int
    missing: tuple[str, ...]
    missing_count: int
    extra: tuple[str, ...]
    extra_count: int
    changed: tuple[PathDifference, ...]
    changed_count: int
    near: tuple[PathNear, ...]
    ignored: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs beyond tolerance."""
        return not (self.missing_count or self.extra_count or self.changed_count)

    def summary(self) -> str:
        """Say in half a sentence how they differ."""
        said = []
        if self.missing_count or self.extra_count:
            said.append(f"{counted(self.missing_count, 'value')} or arrays missing and {self.extra_count} extra")
        other = [change for change in self.changed if change.what]
        if other:
            said.append(f"{other[0].path} has {other[0].what}")
        named = [change.path for change in self.changed if not change.what]
        if named:
            more = f" and {self.changed_count - NAMED_MAX} more" if self.changed_count > NAMED_MAX else ""
            largest = max((change.largest for change in self.changed if change.largest is not None), default=None)
            by = "" if largest is None else f", by up to {largest:.6g}"
            where = ", ".join(named[:NAMED_MAX])
            said.append(f"{self.differing} of {counted(self.values, 'value')} differ{by}, in {where}{more}")
        return "; ".join(said)

    def samples(self) -> tuple[Sample, ...]:
        """Give what was found, path by path."""
        found = [Sample(path, "there", "not there") for path in self.missing]
        found += [Sample(path, "not there", "there") for path in self.extra]
        for change in self.changed:
            found += [
                Sample(f"{change.path}{sample.where}", sample.legacy, sample.candidate, _note(change))
                for sample in change.samples
            ]
        return tuple(found)

    def left_out(self) -> int:
        """Count what differs and is not shown."""
        shown = sum(len(change.samples) for change in self.changed)
        return self.differing - shown + self.missing_count - len(self.missing) + self.extra_count - len(self.extra)

    def whole(self) -> Json:
        """Give all that differs; None where some was not listed or may be cut."""
        rows = [(sample.where, sample.legacy, sample.candidate) for sample in self.samples()]
        if self.left_out() or may_be_cut(tuple(text for row in rows for text in row)):
            return None
        return [list(row) for row in rows]


def _note(change: PathDifference) -> str:
    if change.what:
        return change.what
    if change.largest is None:
        return ""
    norm = "" if change.norm is None else f", norm of the difference {change.norm:.6g}"
    return f"largest difference: {change.largest:.6g}{norm}"


def model_format(name: str, suffixes: tuple[str, ...]) -> Format:
    """Make the format of models that the reading process knows by this name."""
    return Format(name, CHECK, suffixes, partial(_compare, name), partial(_noise, name), applies=APPLIES)


def compare_models(legacy: Path, candidate: Path, form: str, rule: CompareRule) -> ModelDifference:
    """Compare two files of models or arrays.

    Raises:
        NotCompared: one can't be read without unpickling it, or a limit was met.
    """
    request: dict[str, Json] = {
        "form": form,
        "tolerance": {name: [bound.absolute, bound.relative] for name, bound in rule.tolerance.items()},
        "ignore": list(rule.ignore),
    }
    answer = ask(CHILD, ((Part(legacy),), (Part(candidate),)), request, rule)
    if not isinstance(answer, dict) or answer.keys() != {"difference"}:
        raise NotCompared("the reader's answer is neither a difference nor a trouble")
    try:
        return msgspec.convert(answer["difference"], ModelDifference)
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise NotCompared(message) from error


def _compare(name: str, legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    found = compare_models(legacy, candidate, name, rule)
    fields = frozenset(change.path for change in found.changed)
    whole_fields = found.missing_count or found.extra_count or found.changed_count > len(found.changed)
    return Difference(
        equal=found.equal,
        summary=found.summary(),
        within=found.within,
        ignored=found.ignored,
        whole=found.whole(),
        samples=found.samples(),
        samples_left_out=found.left_out(),
        fields=frozenset() if whole_fields else fields,
    )


def _noise(name: str, one: Path, other: Path, rule: CompareRule) -> Iterator[FieldDifference]:
    found = compare_models(one, other, name, rule)
    if found.missing_count or found.extra_count:
        yield FieldDifference("", NoiseClass.UNSTABLE, None, above=True)
    for change in found.changed:
        kind = NoiseClass.UNSTABLE if change.largest is None else NoiseClass.JITTER
        yield FieldDifference(change.path, kind, change.largest, above=True)
    for near in found.near:
        yield FieldDifference(near.path, NoiseClass.JITTER, near.largest, above=False)
