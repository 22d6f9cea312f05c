"""What the formats of documents have in common: a child process reads and compares them, a field is a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from harness.compare.asking import SIDES, ask
from harness.compare.documents import child
from harness.compare.format import Difference, FieldDifference, Format, NotCompared, Part, without_file
from harness.compare.json_values import Change, JsonDifference, ValueDifference
from harness.model.finding import NoiseClass
from harness.model.job import CompareRule, Json

CHECK = "outputs.json"
"""One finding speaks of all documents of an output, whatever their format."""
CHILD = Path(__file__).with_name("documents") / "child.py"
SMALL_BYTES = 256 * 1024
"""Of each of two documents that are read in the harness's own process, by strict readers."""
APPLIES = frozenset({"tolerance", "ignore"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A child's answer."""

    differences: tuple[tuple[str, Change, str, str, float | None], ...]
    left_out: int
    values: int
    within: int
    ignored: tuple[str, ...]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Form:
    """A form that the reading process knows by this name."""

    name: str
    here: bool
    """Small files may be read in the harness's own process: nothing but our own strict readers looks at them."""


def document_format(
    name: str, suffixes: tuple[str, ...], *, here: bool = True, applies: frozenset[str] = APPLIES
) -> Format:
    """Make the format of documents that the reading process knows by this name.

    `here`: its small files may be read in the harness's own process; never where a library in C reads them.
    """
    form = _Form(name, here)
    return Format(name, CHECK, suffixes, partial(_compare, form), partial(_noise, form), applies=applies)


def _asked(form: _Form, what: str, sides: tuple[Path, Path], rule: CompareRule) -> Json:
    request: dict[str, Json] = {
        "ask": what,
        "form": form.name,
        "tolerance": {pattern: [bound.absolute, bound.relative] for pattern, bound in rule.tolerance.items()},
        "ignore": list(rule.ignore),
    }
    answer = _answer(form, sides, request, rule)
    if not isinstance(answer, dict) or answer.keys() != {what}:
        message = f"the reader's answer is neither a {what} nor a trouble"
        raise NotCompared(message)
    return answer[what]


def _answer(form: _Form, sides: tuple[Path, Path], request: dict[str, Json], rule: CompareRule) -> Json:
    """Ask a process of its own, or, of small documents, the same code here: starting it would cost most of the time."""
    try:
        small = form.here and all(path.is_file() and path.stat().st_size <= SMALL_BYTES for path in sides)
    except OSError:
        small = False
    if not small:
        return ask(CHILD, ((Part(sides[0]),), (Part(sides[1]),)), request, rule)
    placed: dict[str, Json] = {side: [{"file": str(path)}] for side, path in zip(SIDES, sides, strict=True)}
    answer: Json = child.answer({**request, "sides": placed})
    if isinstance(answer, dict) and answer.keys() == {"trouble"}:
        raise NotCompared(str(answer["trouble"]))
    return answer


def _compare(form: _Form, legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    answer = _asked(form, "difference", (legacy, candidate), rule)
    try:
        told = msgspec.convert(answer, _Found)
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise NotCompared(message) from error
    listed = tuple(ValueDifference(*row) for row in told.differences)
    found = JsonDifference(listed, told.left_out, told.values, told.within, told.ignored)
    samples, left_out = found.samples_of("")
    return Difference(
        equal=found.equal,
        summary="" if found.equal else found.summary(),
        within=found.within,
        ignored=found.ignored,
        whole=found.whole(),
        samples=without_file(samples),
        samples_left_out=left_out,
        fields=told.fields,
    )


def _noise(form: _Form, one: Path, other: Path, rule: CompareRule) -> Iterator[FieldDifference]:
    answer = _asked(form, "noise", (one, other), rule)
    try:
        rows = msgspec.convert(answer, list[tuple[str, NoiseClass, float | None, bool]])
    except msgspec.ValidationError as error:
        message = f"the reader's answer has the wrong shape: {error}"
        raise NotCompared(message) from error
    yield from (FieldDifference(*row) for row in rows)
