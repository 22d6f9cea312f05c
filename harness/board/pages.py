"""Values of the board to pages, in the colours and under the content policy of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from harness.board.causes import Cause
from harness.board.fleet import DIMENSIONS, FleetPage, headline
from harness.board.history import RepositoryPage
from harness.board.links import Links, key
from harness.board.live import LiveLine
from harness.board.progress import ProgressPage
from harness.board.recent import JudgedLine
from harness.board.values import StorePosition
from harness.board.weeks import minute_of
from harness.report.render import Dress, document, palette, template_text
from harness.report.wording import shown

_TEMPLATES = "harness.board.templates"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages say besides their own."""

    links: Links
    now: float
    places: tuple[StorePosition, ...]
    tool: str
    note: str = ""
    """A sentence of the footer on where the page comes from."""
    policy: str = ""
    """Further directives of the content policy."""
    scripts: str = ""
    """Further sources of scripts."""


def now_page(view: FleetPage, frame: Frame) -> bytes:
    """Draw the repositories."""
    names = ("owner", "tier", "base", "state")
    choices = [(name, getattr(view.choices, name)) for name in names]
    signatures = sorted({signature for line in view.lines for signature in line.causes})
    own = template_text(f"{_TEMPLATES}/now.css")
    own += _filters(choices, signatures) if frame.links.targets else ""
    script = "" if frame.links.script else template_text(f"{_TEMPLATES}/board.js")
    return _page(
        "now.html",
        frame,
        Dress(_style() + own, script, frame.policy, frame.scripts),
        choices=choices,
        signatures=signatures,
        headline=headline(view),
        asked=any(asdict(view.filter)[known.name] for known in fields(view.filter) if known.name != "sort"),
        **_rows(view),
    )


def now_rows(view: FleetPage, frame: Frame) -> bytes:
    """Draw the rows alone, in their table's body."""
    return _page("now_body.html", frame, None, **_rows(view))


def _rows(view: FleetPage) -> dict[str, Any]:
    return {"view": view, "filter": view.filter, "columns": tuple(DIMENSIONS.values())}


def _filters(choices: Sequence[tuple[str, Sequence[str]]], signatures: Sequence[str]) -> str:
    """Write the rules by which a fragment filters without a script; every value is percent-encoded."""
    rules = [(f"{name}={key(value)}", f'[data-{name}="{key(value)}"]') for name, values in choices for value in values]
    rules += [(f"cause={signature}", f'[data-cause~="{signature}"]') for signature in signatures]
    return "".join(f'body:has([id="{name}"]:target) tr[data-owner]:not({fits}){{display:none}}' for name, fits in rules)


def causes_page(causes: Sequence[Cause], frame: Frame) -> bytes:
    """Draw the divergences."""
    return _page("causes.html", frame, _dress(frame), causes=list(causes))


def progress_page(view: ProgressPage, frame: Frame) -> bytes:
    """Draw how the fleet moves."""
    return _page("progress.html", frame, _dress(frame), view=view)


def live_page(lines: Sequence[LiveLine], frame: Frame, judged: Sequence[JudgedLine] = ()) -> bytes:
    """Draw the running campaigns, and below them those that were judged within the last day."""
    return _page("live.html", frame, _dress(frame), lines=list(lines), judged=list(judged))


def live_rows(lines: Sequence[LiveLine], frame: Frame) -> bytes:
    """Draw the running campaigns' rows alone, in their table's body."""
    return _page("live_body.html", frame, None, lines=list(lines))


def repository_page(view: RepositoryPage, frame: Frame) -> bytes:
    """Draw one repository."""
    return _page("repository.html", frame, _dress(frame), view=view)


def _style() -> str:
    return palette() + template_text(f"{_TEMPLATES}/board.css")


def _dress(frame: Frame) -> Dress:
    return Dress(_style(), "", frame.policy, frame.scripts)


def _page(template: str, frame: Frame, dress: Dress | None, **context: object) -> bytes:
    return document(
        f"{_TEMPLATES}/{template}",
        dress=dress,
        links=frame.links,
        at=minute_of(frame.now),
        troubled=[place for place in frame.places if place.trouble],
        stores=[shown(place.store) for place in frame.places],
        tool=frame.tool,
        note=frame.note,
        key=key,
        day=minute_of,
        **context,
    )
