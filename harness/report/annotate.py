"""Verdicts and configuration problems → annotations of a GitHub Actions step: at most ten, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.errors import Problem
from harness.report.tally import word_of
from harness.report.values import ReportView

MOST = 10
"""GitHub shows so many of a kind and step, and drops the rest without a word (GitHub Docs, "Workflow commands")."""
TEXT_MAX = 1000
_RANK = {"NO-GO": 0, "INCONCLUSIVE": 1}


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line of a workflow's log that GitHub shows beside a file or on the step."""

    level: str
    """error, warning or notice."""
    title: str
    text: str
    file: str = ""
    line: int = 0
    column: int = 0

    def command(self) -> str:
        """Write it as a workflow command; nothing in a text can end it or begin another."""
        facts = (("file", self.file), ("line", self.line), ("col", self.column), ("title", self.title))
        properties = ",".join(f"{name}={_property(str(value))}" for name, value in facts if value)
        return f"::{self.level} {properties}::{_data(self.text[:TEXT_MAX])}"


def of_problems(problems: Sequence[Problem]) -> tuple[Annotation, ...]:
    """Annotate problems of a configuration where they stand."""
    return _most(Annotation("error", problem.key, str(problem), problem.file, problem.line, problem.column)
                 for problem in problems)  # fmt: skip


def of_verdicts(views: Iterable[ReportView]) -> tuple[Annotation, ...]:
    """Annotate repositories that are no GO: NO-GO as errors, INCONCLUSIVE as warnings."""
    ranked = sorted((view for view in views if view.decision in _RANK), key=lambda view: _RANK[view.decision])
    return _most(_of(view) for view in ranked)


def _of(view: ReportView) -> Annotation:
    step = view.first.next
    told = " ".join(part for part in (step.text, step.command) if part)
    level = "error" if view.decision == "NO-GO" else "warning"
    return Annotation(level, f"{word_of(view)}: {view.repository}", f"{view.sentence} Next: {told}")


def _most(found: Iterable[Annotation]) -> tuple[Annotation, ...]:
    every = tuple(found)
    if len(every) <= MOST:
        return every
    left = len(every) - MOST + 1
    return (*every[: MOST - 1], Annotation(every[MOST - 1].level, "parity", f"{left} more: see the log of this step"))


def commands(annotations: Iterable[Annotation]) -> Iterator[str]:
    """Write them, one a line."""
    return (annotation.command() for annotation in annotations)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
