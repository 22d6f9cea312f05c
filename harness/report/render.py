"""Views → files: one self-contained page per repository, an index, JSON, JUnit and a summary. The only user of jinja2.

A page asks for nothing outside itself: its policy allows its own style and script by hash and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from harness import private
from harness.errors import StoreError
from harness.model.finding import SEVERITY, Outcome
from harness.report import charts, timeline
from harness.report.junit import junit_bytes
from harness.report.levels import fleet_lines
from harness.report.markdown import summary_of
from harness.report.values import FindingView, ReportView
from harness.report.view import OUTCOMES
from harness.report.wording import counted, seconds, share

PAGE_BYTES_MAX = 2_000_000
"""Budget of one page (reference: ux, section 1.5)."""
REASONS_OPEN = 5
DECISION_ORDER = {"NO-GO": 0, "INCONCLUSIVE": 1, "GO": 2}
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_TAKEN = frozenset({"index", "junit", "summary"})
TITLES: Mapping[str, str] = {
    "truth": "What really happened",
    "transitions": "State transitions",
    "outputs": "Outputs",
    "metrics": "Metrics",
    "startup": "Startup latency",
    "configuration": "Configuration",
    "coverage": "Coverage",
    "identity": "Identity",
    "evidence": "Evidence",
}
CLASSES: Mapping[str, str] = {
    "GO": "good",
    "INCONCLUSIVE": "open",
    "NO-GO": "bad",
    "MATCH": "good",
    "EXPLAINED": "told",
    "WAIVED": "waived",
    "NOT RUN": "notrun",
    "MISMATCH": "bad",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of a repository a page spells out; all of it is in the JSON beside it."""

    cards: int
    rows: int
    timelines: int
    lines: int


BUDGETS = (Budget(200, 2_000, 24, 500), Budget(60, 500, 8, 150), Budget(20, 100, 3, 40), Budget(5, 0, 1, 10))
"""Tried in turn until a page keeps its budget; the last is used whatever its size."""


@dataclass(frozen=True, slots=True)
class Section:
    """Findings of one dimension: full cards, one-line rows, and a compact block for the rest."""

    name: str
    title: str
    cards: tuple[tuple[FindingView, ...], ...]
    """Groups that say the same of different pairs; the first of a group stands for it."""
    rows: tuple[FindingView, ...]
    compact: tuple[str, ...]
    compact_count: int


def render_campaign(views: Sequence[ReportView], into: Path) -> tuple[Path, ...]:
    """Write index.html, a page and a JSON file per repository, junit.xml and summary.md; give their paths.

    Raises:
        StoreError: the file system refused; names the path.
    """
    ordered = sorted(views, key=lambda view: (DECISION_ORDER[view.decision], view.repository))
    names = page_names(ordered)
    files: dict[str, bytes] = {}
    for view in ordered:
        files[f"{names[view.repository]}.html"] = page(view)
        files[f"{names[view.repository]}.json"] = json_bytes(view)
    files["junit.xml"] = junit_bytes(ordered)
    files["summary.md"] = summary_of(ordered).encode()
    files["index.html"] = index(ordered, names)
    for name, data in files.items():
        _write(into / name, data)
    return tuple(into / name for name in files)


def page_names(views: Iterable[ReportView]) -> dict[str, str]:
    """Name each repository's files: its own name where plain, else made safe and told apart by a digest."""
    return {view.repository: file_name(view.repository) for view in views}


def file_name(repository: str) -> str:
    """Give the file name of a repository, without its suffix."""
    if _PLAIN_NAME.fullmatch(repository) and repository not in _TAKEN:
        return repository
    slug = re.sub(r"[^a-z0-9]+", "-", repository.lower())[:60].strip("-")
    digest = hashlib.sha256(repository.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return "-".join(part for part in (slug, digest) if part)


def json_bytes(view: ReportView) -> bytes:
    """Write a view as JSON, byte for byte the same for the same view."""
    return (json.dumps(asdict(view), sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def page(view: ReportView) -> bytes:
    """Draw one repository's page within its size budget."""
    data = b""
    for budget in BUDGETS:
        data = _page(view, budget)
        if len(data) <= PAGE_BYTES_MAX:
            break
    return data


def _page(view: ReportView, budget: Budget) -> bytes:
    sections = findings_layout(view, budget)
    told = timeline.drawable(view.pairs)
    return _render(
        "page.html",
        view=view,
        budget=budget,
        data_file=f"{file_name(view.repository)}.json",
        sections=sections,
        anchors={each.anchor for section in sections for group in (*section.cards, section.rows) for each in group},
        timelines=[(pair, timeline.draw(pair)) for pair in told[: budget.timelines]],
        timelines_left=max(0, len(told) - budget.timelines),
        legend=timeline.legend(told[: budget.timelines]),
        drawn={pair.anchor for pair in told[: budget.timelines]},
        metrics=_drawn_metrics(view, budget),
    )


def _drawn_metrics(view: ReportView, budget: Budget) -> list[tuple[FindingView, object, object]]:
    measured = [each for each in view.findings if each.dimension == "metrics" and each.measure is not None]
    measured.sort(key=lambda each: -SEVERITY[Outcome(each.outcome)])
    return [
        (each, charts.interval_plot(each.measure), charts.series_plot(each.measure))
        for each in measured[: budget.cards]
        if each.measure is not None
    ]


def findings_layout(view: ReportView, budget: Budget) -> tuple[Section, ...]:
    """Share a page's room among findings, worst first: cards, then rows, then the compact block."""
    ranked = sorted(view.findings, key=lambda each: -SEVERITY[Outcome(each.outcome)])
    loud = [each for each in ranked if each.outcome != Outcome.MATCH.value]
    cards = {each.anchor for each in loud[: budget.cards]}
    rest = [each for each in ranked if each.anchor not in cards]
    named = {anchor for reason in view.reasons for anchor, _ in reason.findings}
    rest.sort(key=lambda each: each.anchor not in named)
    rows = {each.anchor for each in rest[: budget.rows]}
    sections = []
    for name, title in TITLES.items():
        mine = [each for each in ranked if each.dimension == name]
        left = [each for each in mine if each.anchor not in cards and each.anchor not in rows]
        sections.append(
            Section(
                name,
                title,
                _groups(each for each in mine if each.anchor in cards),
                tuple(each for each in mine if each.anchor in rows),
                _compact(left),
                len(left),
            )
        )
    sections.sort(
        key=lambda each: -max((SEVERITY[Outcome(one.outcome)] for group in each.cards for one in group), default=0)
    )
    return tuple(each for each in sections if each.cards or each.rows or each.compact)


def _groups(findings: Iterable[FindingView]) -> tuple[tuple[FindingView, ...], ...]:
    groups: dict[tuple[str, str, str], list[FindingView]] = {}
    for each in findings:
        groups.setdefault((each.outcome, each.check, each.subject), []).append(each)
    return tuple(tuple(each) for each in groups.values())


_PAIRS_PER_LINE = 40


def _compact(findings: Iterable[FindingView]) -> tuple[str, ...]:
    """Write findings that say the same of different pairs as one line."""
    lines = []
    for group in _groups(findings):
        first, pairs = group[0], [each.pair or "all pairs" for each in group]
        more = f" and {len(pairs) - _PAIRS_PER_LINE} more pairs" if len(pairs) > _PAIRS_PER_LINE else ""
        lines.append(f"{first.outcome}  {first.check}  {first.subject}: {' '.join(pairs[:_PAIRS_PER_LINE])}{more}")
    return tuple(lines)


def index(views: Sequence[ReportView], names: Mapping[str, str]) -> bytes:
    """Draw the fleet: one row per repository, the worst first."""
    decisions = Counter(view.decision for view in views)
    return _render(
        "index.html",
        views=views,
        names=names,
        decisions=[(each, decisions[each]) for each in DECISION_ORDER],
        campaigns=sorted({view.campaign for view in views}),
        tools=sorted({view.tool for view in views}),
        synthetic=sum(view.synthetic for view in views),
        fleet=fleet_lines(views),
    )


# -- templates --------------------------------------------------------------------------------------------------------


@cache
def _text(name: str) -> str:
    return resources.files("harness.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    """Build the environment; escaping is on whatever a template is called."""
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_text),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"outcomes": OUTCOMES, "classes": CLASSES, "reasons_open": REASONS_OPEN, "titles": TITLES}
    environment.filters |= {"counted": counted, "seconds": seconds}
    environment.globals["share"] = share
    return environment


def _render(template: str, **context: object) -> bytes:
    style, script = _text("style.css"), _text("script.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    own = {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704 # nosec B704 # our own files
    return _environment().get_template(template).render(**context, **own).encode()


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# -- files ------------------------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes) -> None:
    """Write temp, fsync, rename, fsync the directory: a reader finds the old page or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        private.make_folder(path.parent)
        with private.open_file(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error
