"""How well each run of a pair was witnessed → a finding beside its truth; none where nothing was wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.compare.streams import anomalies_of
from harness.model.anomaly import Anomaly, AnomalyKind
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Side
from harness.model.lifecycle import replay
from harness.model.observation import Observation

CHECK = "witnesses"
HARMLESS = frozenset({AnomalyKind.DUPLICATE, AnomalyKind.LATE, AnomalyKind.OUT_OF_ORDER, AnomalyKind.FOREIGN})
"""Folding makes nothing of them: what came twice is one fact, order is that of times and versions."""
_CLOCK = "synchronise the clock that is off: startup of this run is not judged"
_LOST = "nothing, as long as another witness reported it: truth rests on all of them"


def check_witnesses(job: Job, pair: str, legacy: Observation, candidate: Observation) -> tuple[Finding, ...]:
    """Say what each side's streams lost, told twice, late, in a wrong order, of another run or by a wrong clock."""
    return tuple(_findings(job, pair, (legacy, candidate)))


def _findings(job: Job, pair: str, runs: Iterable[Observation]) -> Iterator[Finding]:
    for run in runs:
        wrong = _anomalies(run)
        if not wrong:
            continue
        side = run.run.side.value
        kinds = {anomaly.kind for anomaly in wrong}
        harmless = kinds <= HARMLESS
        yield Finding(
            check=CHECK,
            dimension=Dimension.TRUTH,
            subject=f"{job.name}/{side}",
            pair=pair,
            outcome=Outcome.MATCH if harmless else Outcome.INCONCLUSIVE,
            summary=f"{side}: {'; '.join(anomaly.text for anomaly in wrong)}",
            required=False,
            samples=tuple(_sample(anomaly, run.run.side) for anomaly in wrong),
            remedy="" if harmless else _CLOCK if AnomalyKind.SKEW in kinds else _LOST,
            evidence=(f"runs/{run.run.id}/observation.json",),
        )


def _anomalies(run: Observation) -> tuple[Anomaly, ...]:
    return anomalies_of(run.events, replay(run.events).steps, run.run.platform)


def _sample(anomaly: Anomaly, side: Side) -> Sample:
    text = f"{anomaly.kind.value}: {anomaly.count}"
    told = (text, "") if side is Side.LEGACY else ("", text)
    return Sample(anomaly.stream.value, *told, note=anomaly.detail)
