"""Hostile text in every field ends as text in every format (reference: reliability, T12 to T14)."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import date
from enum import Enum
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax import make_parser
from xml.sax.handler import ContentHandler

import pytest
from report.campaign_sample import Case, go_case, inconclusive_case, no_go_case
from report.reading import read

from harness.model.job import Side
from harness.model.reality import Reality
from harness.platforms import PLATFORMS
from harness.report.junit import junit_bytes
from harness.report.markdown import summary_of
from harness.report.render import index, json_bytes, page, page_names
from harness.report.text import verdict_lines
from harness.report.values import ReportView
from harness.report.wording import shown

ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "x onload=alert(1)",
    "\x1b[2J\x1b]0;owned\x07\x1b]52;c;aGk=\x07",
    "\x9b31m\r\n::error::forged",
    "\u202egnp.exe\u200b\ufeff",
    "[/red][bold]",
    "]]><x/>&#0;&amp;",
    "=cmd|' /C calc'!A0",
    "{{ 7*7 }}{% raw %}",
    "| a | ![x](http://e.example/p.png) @all `x` <b>",
    "\x00\ud800\ufffe",
    "-->",
    "::set-output name=x::y ##[error]z",
    "[click](javascript:alert(1)) https://e.example www.e.example",
)
MARK = "qXq"
"""Stands in every attack's place so that a test can see the text arrive."""


def _poisoned(value: Any, text: str) -> Any:
    """Append an attack to every string inside a value; enums, dates and names of installed platforms are kept."""
    if isinstance(value, Enum | date) or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if value in PLATFORMS else f"{value}{MARK}{text}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **{name: _poisoned(each, text) for name, each in fields.items()})
    if isinstance(value, tuple | list):
        return type(value)(_poisoned(item, text) for item in value)
    if isinstance(value, dict):
        return {_poisoned(key, text): _poisoned(each, text) for key, each in value.items()}
    raise TypeError(type(value))


def _view(case: Case, text: str) -> ReportView:
    """Poison all that a job or a platform could have written; totals keep their names."""
    poisoned: Case = _poisoned(case, text)
    name = poisoned.repository.name
    plan = dataclasses.replace(
        poisoned.plan,
        endpoints={f"{name}/{side.value}": {"isolation": text, f"key{text}": f"{MARK}{text}"} for side in Side},
        reality=Reality(real=False),
        identities={f"{name}/{key}": each for key, each in poisoned.plan.identities.items()},
    )
    return dataclasses.replace(
        poisoned,
        plan=plan,
        verdict=dataclasses.replace(poisoned.verdict, totals=case.verdict.totals),
        pictures=tuple(
            dataclasses.replace(picture, subject=f"{picture.subject}{MARK}{text}") for picture in case.pictures
        ),
    ).view()


CASES = [go_case(), no_go_case(), inconclusive_case()]
_HARMLESS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


@pytest.mark.parametrize("attack", ATTACKS)
def test_pages_hold_attacks_only_as_text(attack: str) -> None:
    """Same tags, same attribute names, same script as with a harmless text; no hidden character is left."""
    for case in CASES:
        clean, view = _view(case, "z" * len(shown(attack))), _view(case, attack)
        for before, after in (
            (page(clean), page(view)),
            (index([clean], page_names([clean])), index([view], page_names([view]))),
        ):
            calm, seen = read(before), read(after)
            assert [(tag, sorted(attributes)) for tag, attributes in seen.tags] == [
                (tag, sorted(attributes)) for tag, attributes in calm.tags
            ]
            assert (seen.style, seen.script) == (calm.style, calm.script)
            assert not _HARMLESS.search(after.decode())
            assert all(
                re.fullmatch(r"data:,|#[a-zA-Z0-9-]+|[a-z0-9-]+\.(html|json|xml|md)", name)
                for name in seen.values("href")
            )
            assert MARK in seen.text


@pytest.mark.parametrize("attack", ATTACKS)
def test_json_and_junit_survive_their_readers(attack: str) -> None:
    """JSON and XML parse in more than one reader, and carry the text."""
    views = [_view(case, attack) for case in CASES]
    for view in views:
        assert MARK in json.loads(json_bytes(view))["repository"]
    data = junit_bytes(views)
    root = ET.fromstring(data)
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)
    assert all(MARK in (suite.get("name") or "") for suite in root)
    sax = make_parser()
    sax.setContentHandler(ContentHandler())
    sax.feed(data.decode())  # type: ignore[attr-defined]
    sax.close()  # type: ignore[attr-defined]
    assert not _HARMLESS.search(data.decode())


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_summary_is_inert_markdown(attack: str) -> None:
    """Rendered by a markdown reader with HTML and links on, nothing but our own structure comes out."""
    markdown_it = pytest.importorskip("markdown_it")
    text = summary_of([_view(case, attack) for case in CASES])
    html = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        "h1",
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ol",
        "ul",
        "li",
        "blockquote",
        "strong",
        "details",
        "summary",
    }
    assert "::" not in text
    assert "@" not in text
    assert "://" not in text
    assert not _HARMLESS.search(text)
    tables = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in tables} <= {6, 4}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_terminal_gets_no_control_character_and_no_ci_command(attack: str) -> None:
    """Only printable characters, also where colour is on apart from our own colours."""
    views = [_view(case, attack) for case in CASES]
    for line in verdict_lines(views, width=120):
        assert not _HARMLESS.search(line)
        assert "::" not in line
        assert "##[" not in line
    coloured = "\n".join(verdict_lines(views, width=120, colour=True))
    assert set(re.findall(r"\x1b(\[[0-9;]*m|.)", coloured)) <= {"[0m", "[1m", "[1;31m", "[1;32m", "[1;33m"}


def test_the_poison_reaches_every_field_of_the_view() -> None:
    """The test's own aim: every kind of text of the view carries the mark, so nothing is left unattacked."""
    view = _view(no_go_case(), "")
    ours = {
        "schema",
        "decision",
        "headline",
        "evidence_kind",
        "anchored",
        "warnings",
        "not_checked",
        "scorecard",
        "gate",
        "isolation",
        "selfcheck",
        "at_margin",
    }
    for field in dataclasses.fields(view):
        value = getattr(view, field.name)
        if field.name not in ours and isinstance(value, str | tuple) and value:
            assert MARK in str(value), field.name
