"""Two curves of one metric, aligned by the training steps that they name, else point by point. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.model.finding import Outcome, Sample
from harness.model.metric import Better
from harness.model.observation import MetricPoint
from harness.model.wording import counted, first_of

SAMPLES_MAX = 10
NAMES_MAX = 3
"""Steps named in a sentence."""
_NOISY = ", and so it does between runs of one side"


@dataclass(frozen=True, slots=True)
class CurveFound:
    """How two curves compare."""

    outcome: Outcome
    text: str
    samples: tuple[Sample, ...] = ()
    left_out: int = 0


def by_step(
    metric: tuple[str, Better], legacy: Sequence[MetricPoint], candidate: Sequence[MetricPoint], *, noise: bool
) -> CurveFound | None:
    """Compare two curves whose points all name a step; None where one does not.

    A step with two values is INCONCLUSIVE: which of them counts, nobody said. `noise`: curves of one side differ too.
    """
    if not legacy or not candidate or any(point.at is None for point in (*legacy, *candidate)):
        return None
    name, better = metric
    curves = {"legacy": _curve(legacy), "candidate": _curve(candidate)}
    for side, curve in curves.items():
        doubled = [step for step, values in curve.items() if len(values) > 1]
        if doubled:
            text = f"{name} has several values at {_steps(doubled)} on {side}"
            samples = tuple(Sample(f"step {step}, {side}", *map(_text, curve[step][:2])) for step in doubled)
            return CurveFound(Outcome.INCONCLUSIVE, text, samples[:SAMPLES_MAX], max(0, len(samples) - SAMPLES_MAX))
    single = {side: {step: values[0] for step, values in curve.items()} for side, curve in curves.items()}
    return _aligned(name, better, single, noise=noise)


def by_place(name: str, legacy: Sequence[MetricPoint], candidate: Sequence[MetricPoint], *, noise: bool) -> CurveFound:
    """Compare the n-th point of one side with that of the other; `noise`: curves of one side differ too."""
    if not legacy or not candidate:
        side = "legacy" if not legacy else "candidate"
        return CurveFound(Outcome.INCONCLUSIVE, f"{side} never reported {name}")
    moved = [(a.step, a.value, b.value) for a, b in zip(legacy, candidate, strict=False) if a.value != b.value]
    samples = tuple(Sample(f"point {step + 1}", _text(a), _text(b)) for step, a, b in moved[:SAMPLES_MAX])
    left_out = max(0, len(moved) - SAMPLES_MAX)
    if legacy[-1].step != candidate[-1].step:
        times = f"{legacy[-1].step + 1} times on legacy, {candidate[-1].step + 1} on candidate"
        return CurveFound(Outcome.MISMATCH, f"{name} was reported {times}", samples, left_out)
    if not moved:
        return CurveFound(Outcome.MATCH, f"{name}: {len(legacy)} points, all the same")
    text = f"{name} differs at {len(moved)} of {len(legacy)} points, first at {moved[0][0] + 1}{_NOISY * noise}"
    return CurveFound(Outcome.INCONCLUSIVE if noise else Outcome.MISMATCH, text, samples, left_out)


def _curve(points: Sequence[MetricPoint]) -> dict[int, list[float | None]]:
    """Give the different values of each step, in the order of the steps."""
    found: dict[int, list[float | None]] = {}
    for point in points:
        values = found.setdefault(point.at or 0, [])
        if point.value not in values:
            values.append(point.value)
    return dict(sorted(found.items()))


def _aligned(name: str, better: Better, curves: Mapping[str, Mapping[int, float | None]], *, noise: bool) -> CurveFound:
    one, other = curves["legacy"], curves["candidate"]
    lost = [step for step in one if step not in other]
    more = [step for step in other if step not in one]
    shared = [step for step in one if step in other]
    moved = [step for step in shared if one[step] != other[step]]
    said = []
    if lost:
        said.append(f"{name} has no value at {_steps(lost)} on candidate")
    if more:
        said.append(f"{name} has no value at {_steps(more)} on legacy")
    if moved:
        said.append(f"{name} differs at {len(moved)} of {counted(len(shared), 'step')}, first at {moved[0]}")
    if not said:
        return CurveFound(Outcome.MATCH, f"{name}: {counted(len(shared), 'step')}, all the same")
    said += [_best(better, one, other)] if better is not Better.NEITHER else []
    gap = bool(lost or more)
    samples = [Sample(f"step {step}", _text(one[step]), "no value") for step in lost]
    samples += [Sample(f"step {step}", "no value", _text(other[step])) for step in more]
    samples += [Sample(f"step {step}", _text(one[step]), _text(other[step])) for step in moved]
    noisy = noise and not gap
    outcome = Outcome.INCONCLUSIVE if noisy else Outcome.MISMATCH
    text = "; ".join(part for part in said if part) + _NOISY * noisy
    return CurveFound(outcome, text, tuple(samples[:SAMPLES_MAX]), max(0, len(samples) - SAMPLES_MAX))


def _best(better: Better, one: Mapping[int, float | None], other: Mapping[int, float | None]) -> str:
    """Say where each side is best; the first of equal ones."""
    pick = min if better is Better.LOWER else max
    told = []
    for side, curve in (("legacy", one), ("candidate", other)):
        numbers = {step: value for step, value in curve.items() if value is not None}
        if not numbers:
            return ""
        best = pick(numbers, key=lambda step: numbers[step])
        told.append(f"{_text(numbers[best])} at step {best} on {side}")
    return f"best is {' and '.join(told)}"


def _steps(steps: Sequence[int]) -> str:
    return f"{'step' if len(steps) == 1 else 'steps'} {first_of([str(step) for step in steps], NAMES_MAX)}"


def _text(value: float | None) -> str:
    return "not a number" if value is None else repr(value)
