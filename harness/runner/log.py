"""The log of a run → the metrics that it reports, and its facts; what is stored is scrubbed of secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from harness import private
from harness.backends.base import Fetched
from harness.backends.log_marks import END, START, has_start, is_of_shim
from harness.bounded.pattern import NotSearched
from harness.model.metric import Metric
from harness.model.observation import LogFacts, MetricPoint, Record
from harness.runner.log_lines import LogLines, lines_with_gap
from harness.runner.metrics import curve_of
from harness.scrub import scrubber
from harness.scrub.scrubber import Scrubber

TAIL_LINES = 8
"""Last lines of a log that are kept beside a run's facts, so that a crash can be told without the payload."""
TAIL_CHARACTERS_MAX = 300
_COMPLAINT = re.compile(r"(?i)\b(error|exception|traceback|no space left|killed|out of memory|failed|fatal)\b")


def is_start_lost(log: bytes | None, record: Record | None, *, shim: bool) -> bool:
    """Tell whether the first lines of a log are not there: the shim wrote one, if it is of a version that does."""
    wrote = shim and (record is None or record.log_started)
    return wrote and bool(log) and not has_start(log or b"")


def read_log(
    fetched: Fetched, metrics: tuple[Metric, ...], folder: Path, scrub: Scrubber, *, start_lost: bool = False
) -> tuple[dict[str, tuple[MetricPoint, ...]], dict[str, str], LogFacts | None]:
    """Read every metric's curve from the log as it came, say why others could not be read, keep the scrubbed log."""
    if fetched.log is None:
        return {}, {}, None
    came = _parts(fetched)
    texts = [scrub.text(part) for part in came]
    kept = folder / "payload" / "log.txt"
    private.make_folder(kept.parent)
    private.write_file(kept, _with_gap(texts, fetched.log_left_out).encode())
    read = lines_with_gap(fetched.log, fetched.log_left_out, fetched.log_gap_at, start_lost=start_lost)
    shown = [line for text in texts for line in text.splitlines()]
    stored = kept.relative_to(folder.parent.parent).as_posix()
    curves, unread = _curves(read, metrics)
    count = sum(scrubber.count(text) for text in texts)
    again = lines_with_gap("".join(texts).encode(), fetched.log_left_out, len(texts[0].encode()), start_lost=start_lost)
    altered = _altered(again, metrics, curves) if count else ()
    size = len(fetched.log) + fetched.log_left_out
    facts = LogFacts(
        len(shown),
        size,
        fetched.log_cut,
        _complaint(shown),
        stored,
        count,
        left_out=fetched.log_left_out,
        altered=altered,
        start_lost=start_lost,
        tail=_tail(again),
    )
    return curves, unread, facts


def whole_lines(fetched: Fetched, *, start_lost: bool) -> LogLines | None:
    """Take a log apart that is known to its last line; None: there is none, or its end is missing."""
    if fetched.log is None or fetched.log_cut:
        return None
    return lines_with_gap(fetched.log, fetched.log_left_out, fetched.log_gap_at, start_lost=start_lost)


def _complaint(lines: Sequence[str]) -> str:
    """Find the last line in which the work speaks of trouble; what the shim says of its uploads is ours."""
    spoken = (line.strip()[:300] for line in reversed(lines) if not is_of_shim(line))
    return next((line for line in spoken if _COMPLAINT.search(line)), "")


def _tail(read: LogLines) -> tuple[str, ...]:
    """Give the last lines that are not empty, without the shim's mark and what launchers put around them."""
    lines = (line.text.strip()[:TAIL_CHARACTERS_MAX] for line in reversed(read.lines))
    return tuple(islice((line for line in lines if line not in {"", START, END}), TAIL_LINES))[::-1]


def _parts(fetched: Fetched) -> list[str]:
    """Give the log's text; of a very long one its beginning and its end apart, so that nothing joins across the gap."""
    data, at = fetched.log or b"", fetched.log_gap_at
    pieces = (data[:at], data[at:]) if fetched.log_left_out else (data,)
    return [piece.decode("utf-8", "replace") for piece in pieces]


def _with_gap(texts: Sequence[str], left_out: int) -> str:
    return f"[parity: {left_out} bytes were not kept]\n".join(texts)


def _altered(
    shown: LogLines, metrics: tuple[Metric, ...], curves: Mapping[str, tuple[MetricPoint, ...]]
) -> tuple[str, ...]:
    """Name the metrics that the scrubbed log shows otherwise than they were read."""
    again, _ = _curves(shown, metrics)
    return tuple(name for name, points in curves.items() if again.get(name) != points)


def _curves(read: LogLines, metrics: tuple[Metric, ...]) -> tuple[dict[str, tuple[MetricPoint, ...]], dict[str, str]]:
    curves: dict[str, tuple[MetricPoint, ...]] = {}
    unread: dict[str, str] = {}
    for metric in metrics:
        try:
            curves[metric.name] = curve_of(read, metric)
        except NotSearched as error:
            unread[metric.name] = str(error)
    return curves, unread
