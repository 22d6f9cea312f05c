"""Logs of public frameworks, changed at random: what a terminal or a collector adds may not change what is read."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.bounded.pattern import NotSearched
from harness.config.defaults import metric_regex
from harness.model.metric import Better, Metric
from harness.runner.log_lines import LogLines, lines_of
from harness.runner.metrics import curve_of
from harness.sandbox.aws.logs import escaped

PUBLIC = Path(__file__).parents[1] / "runner" / "public_logs.json"
UNREAD = "unread"
Reading = float | str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One log, changed."""

    log: str
    mutation: str
    text: str
    metric: Metric
    kept: bool
    """What the process wrote is all there, in its order: the same value is read."""


@cache
def logs() -> tuple[tuple[str, str, Metric], ...]:
    """Give every log with its name and its metric."""
    cases = json.loads(PUBLIC.read_bytes())["logs"]
    return tuple(
        (case["id"], case["text"],
         Metric(case["name"], case["regex"] or metric_regex(case["name"]), Better.LOWER, None, None))
        for case in cases
    )  # fmt: skip


def read(text: str, metric: Metric) -> Reading:
    """Read what would be judged; a log that is not read says so, whatever the reason."""
    try:
        curve = curve_of(LogLines(lines_of(text)), metric)
    except NotSearched:
        return UNREAD
    return curve[-1].value if curve else "never reported"


def coloured(draw: random.Random, text: str) -> str:
    """Colour whole lines, as terminals and loggers do."""
    return "".join(
        f"\x1b[{draw.choice((31, 32, 36))}m{line}\x1b[0m\n" if line and draw.random() < 0.5 else f"{line}\n"
        for line in text.rstrip("\n").split("\n")
    )


def as_cloudwatch(draw: random.Random, text: str) -> str:
    """Write control characters as SageMaker's agent does."""
    del draw
    return "\n".join(escaped(line) for line in text.split("\n"))


def windows(draw: random.Random, text: str) -> str:
    """End lines as Windows does."""
    del draw
    return text.replace("\n", "\r\n")


def interrupted(draw: random.Random, text: str) -> str:
    """Put lines of other programs between those of the job."""
    others = ("I0301 cache warm\n", "2026-03-01T10:00:00Z INFO heartbeat\n", "\n", "{}\n", "downloading weights.bin\n")
    return "".join(
        draw.choice(others) * draw.randint(0, 2) + line for line in text.splitlines(keepends=True)
    ) + draw.choice(others)  # fmt: skip


BYTES = ("", "\x00", "\r", "9", "e", ",", "\x1b[", "\b\b", "é", "#015")


def bytes_changed(draw: random.Random, text: str) -> str:
    """Change, drop or double characters anywhere."""
    kept = list(text)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(max(1, len(kept)))
        kept[at : at + draw.randint(0, 3)] = draw.choice(
            ("", "\x00", "\r", "9", "e", ",", "\x1b[", "\b\b", "é", "#015")
        )
    return "".join(kept)


def cut(draw: random.Random, text: str) -> str:
    """Take a piece out of it."""
    begin = draw.randrange(len(text))
    return text[:begin] + text[draw.randrange(begin, len(text)) :]


HARMLESS: tuple[Callable[[random.Random, str], str], ...] = (coloured, as_cloudwatch, windows, interrupted)
HARMFUL = (bytes_changed, cut)


def case(number: int, seed: int) -> Case:
    """Make one case; the same number and seed give the same one."""
    draw = random.Random(f"{seed}/log/{number}")
    name, text, metric = draw.choice(logs())
    harmless = number % 2 == 0
    mutation = draw.choice(HARMLESS if harmless else HARMFUL)
    return Case(name, mutation.__name__, mutation(draw, text), metric, kept=harmless)


def failures(chosen: Case) -> list[str]:
    """Say what a case breaks; nothing: it held."""
    try:
        found = read(chosen.text, chosen.metric)
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        return [f"crash: {type(error).__name__}: {error}"]
    before = next(read(text, metric) for name, text, metric in logs() if name == chosen.log)
    return [] if not chosen.kept or found == before else [f"changed: {before} to {found}"]
