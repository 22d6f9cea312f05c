"""What a recording says to each open point (docs/sagemaker.md, "Open points"). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.platforms.sagemaker import cross_rules
from harness.platforms.sagemaker.translate import read_time

_SIGNAL = re.compile(r"^signal (\w+)$", re.MULTILINE)
_FIRST = re.compile(r"^first (\d+\.\d+)$", re.MULTILINE)

Facts = Mapping[str, object]


def answers(
    training: Facts, processing: Facts, events: Sequence[Facts], logs: Mapping[str, str], *, keep_alive: str
) -> dict[str, object]:
    """Answer every point, or say that this recording does not know."""
    details = [(event, cross_rules.part(event, "body", "detail")) for event in events]
    processed = [detail for _, detail in details if "ProcessingJobName" in detail]
    return {
        "secondary changes announced": _announced(training, details),
        "processing event": sorted(processed[0]) if processed else "none came",
        "processing stop signal": (_SIGNAL.findall(logs.get("processing", "")) or ["none was heard"])[0],
        "processing status at the end": processing.get("ProcessingJobStatus"),
        "keep alive of 3601 s": keep_alive,
        "first instruction": _first(training, logs.get("training", "")),
        "describe and create rate": "not asked: it would mean to hammer the account",
        "app and space events": "not asked: it needs a domain",
    }


def _announced(training: Facts, details: Sequence[tuple[Facts, Facts]]) -> list[dict[str, object]]:
    """Say for each transition whether an event came whose secondary status it was, and how late."""
    mine = [(each, detail) for each, detail in details if "TrainingJobName" in detail]
    found = []
    for entry in cross_rules.parts(training, "SecondaryStatusTransitions"):
        lags = [_lag(each, detail) for each, detail in mine if detail.get("SecondaryStatus") == entry.get("Status")]
        found.append({"status": entry.get("Status"), "events": len(lags), "lag_seconds": [lag for lag in lags if lag]})
    return found


def _lag(event: Facts, detail: Facts) -> float | None:
    received, at = event.get("received"), read_time(detail.get("LastModifiedTime"))
    return round(received - at.seconds, 3) if isinstance(received, float) and at else None


def _first(training: Facts, log: str) -> dict[str, object]:
    """Set the program's own first word beside the transitions: where does the pull of the image lie."""
    said = _FIRST.search(log)
    entries = cross_rules.parts(training, "SecondaryStatusTransitions")
    begun = {str(entry.get("Status")): read_time(entry.get("StartTime")) for entry in entries}
    told = {word: at.seconds for word, at in begun.items() if at}
    if said is None:
        return {"program": "not heard", **told}
    return {"program": float(said[1]), **told}
