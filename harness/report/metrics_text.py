"""Views → a file in Prometheus' text format, for the textfile collector of a node exporter or a push. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.model.clock import parse_iso
from harness.report.values import ReportView

_DECISIONS = ("GO", "INCONCLUSIVE", "NO-GO")
Labels = tuple[tuple[str, str], ...]
Samples = Callable[[ReportView], Iterable[tuple[Labels, float]]]


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


def metrics_text(views: Sequence[ReportView]) -> str:
    """Write gauges of every repository; the same bytes for the same views."""
    return "".join(line for family in _families(views) for line in _written(family))


def _families(views: Sequence[ReportView]) -> Iterator[_Family]:
    yield _family(views, "parity_verdict", "1 for the verdict that a repository has.", _verdicts)
    yield _family(views, "parity_judged_timestamp_seconds", "When the repository was judged.", _judged)
    yield _family(views, "parity_pairs", "Pairs of the last campaign by what became of them.", _pairs)
    yield _family(views, "parity_findings", "Findings of the last campaign by outcome.", _findings)
    yield _family(views, "parity_false_failures", "Legacy runs that did their work and were marked failed.", _false)
    yield _family(views, "parity_startup_seconds", "Median time to the first instruction.", _startup)


def _family(views: Sequence[ReportView], name: str, text: str, samples: Samples) -> _Family:
    return _Family(name, text, tuple(sample for view in views for sample in samples(view)))


def _verdicts(view: ReportView) -> Iterable[tuple[Labels, float]]:
    facts = (("evidence", view.evidence_kind), ("repository", view.repository))
    return (((*facts, ("verdict", word)), float(view.decision == word)) for word in _DECISIONS)


def _judged(view: ReportView) -> Iterable[tuple[Labels, float]]:
    try:
        yield (("repository", view.repository),), parse_iso(view.judged_at)
    except ValueError:
        return


def _pairs(view: ReportView) -> Iterable[tuple[Labels, float]]:
    return (((("repository", view.repository), ("state", name)), float(n)) for name, n in view.pair_counts.items())


def _findings(view: ReportView) -> Iterable[tuple[Labels, float]]:
    return (((("outcome", name), ("repository", view.repository)), float(n)) for name, n in view.totals.items())


def _false(view: ReportView) -> Iterable[tuple[Labels, float]]:
    yield (("repository", view.repository),), float(view.false_failures)


def _startup(view: ReportView) -> Iterable[tuple[Labels, float]]:
    for finding in view.findings:
        if finding.check == "startup.noninferiority" and finding.measure is not None:
            job = finding.subject.partition("/")[0]
            for side, value in (("legacy", finding.measure.legacy), ("candidate", finding.measure.candidate)):
                if value is not None:
                    yield (("job", job), ("repository", view.repository), ("side", side)), value


def _written(family: _Family) -> Iterator[str]:
    if family.samples:
        yield f"# HELP {family.name} {family.help}\n# TYPE {family.name} gauge\n"
    for labels, value in family.samples:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
        yield f"{family.name}{{{told}}} {value!r}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
