"""Sections of a page: each a pair of code and template, the page's frame knows none, one of a plug-in adds to it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from installed import distribution
from report.campaign_sample import campaign

from harness.errors import PluginUnusable
from harness.plugins import Registry
from harness.report import render
from harness.report.section import Section
from harness.report.sections import SECTIONS

HOME = Path(render.__file__).parent
FRAME = HOME / "templates" / "page.html"
_CODE = """
from harness.report.section import Section

def values(page):
    return {"owners": VALUE}

SECTION = Section("owners", "Owners", "NAME/owners.html", values)
"""
_TEMPLATE = '<section id="owners"><h2>Owners</h2>{{ owners }} of {{ view.repository }}</section>\n'


def test_each_section_is_a_pair_of_code_and_template() -> None:
    """Beside each other, of one name; no file belongs to no section."""
    names = {section.name.replace("-", "_") for section in SECTIONS}
    found = {path.stem for path in (HOME / "sections").iterdir() if path.suffix in {".py", ".html"}} - {"__init__"}
    assert found == names
    assert all((HOME / "sections" / f"{name}{suffix}").is_file() for name in names for suffix in (".py", ".html"))


def test_the_frame_of_a_page_knows_no_section_by_name() -> None:
    """What it draws, it draws for each section."""
    named = set(re.findall(r'(?:id="|href="#|/)([a-z-]+)', FRAME.read_text()))
    assert named & {section.name for section in SECTIONS} == {"reasons"}  # the link that skips to them


def _install(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, value: str) -> None:
    modules = {
        f"{name}/__init__.py": _CODE.replace("NAME", name).replace("VALUE", value),
        f"{name}/owners.html": _TEMPLATE,
    }
    points = {"parity.sections": {"owners": f"{name}:SECTION"}}
    monkeypatch.syspath_prepend(str(distribution(folder, name, points, modules)))
    again = Registry("parity.sections", Section, SECTIONS._built_in)
    monkeypatch.setattr(render, "SECTIONS", again)


def test_a_section_of_a_plug_in_follows_the_others_and_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it shows is escaped; all else on the page stays as it was."""
    view = campaign()[0]
    before = render.page(view).decode()
    _install(monkeypatch, tmp_path, "owners_good", "'<b>two</b>'")
    page = render.page(view).decode()
    link = ' <a href="#owners">Owners</a>'
    section = f'<section id="owners"><h2>Owners</h2>&lt;b&gt;two&lt;/b&gt; of {view.repository}</section>\n'
    assert page.count(link) == 1
    assert page.replace(link, "").replace(f"\n{section}", "") == before


def test_a_section_of_a_plug_in_that_fails_leaves_a_note_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is written after its verdict: what only shows must not keep the rest from its reader."""
    _install(monkeypatch, tmp_path, "owners_bad", "1 / 0")
    page = render.page(campaign()[0]).decode()
    assert "could not be drawn: ZeroDivisionError: division by zero" in page


def test_a_section_of_ours_that_fails_is_a_fault_of_the_harness(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised, and told as one; control: the same page is drawn without it."""
    broken = Registry("parity.sections", Section, {"gate": "harness.report.sections.gate:SECTION"})
    monkeypatch.setattr(render, "SECTIONS", broken)
    render.page(campaign()[0])
    monkeypatch.setitem(broken._loaded, "gate", replace(broken.get("gate"), values=lambda _: {}["none"]))
    with pytest.raises(KeyError):
        render.page(campaign()[0])


def test_a_section_whose_module_is_gone_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any plug-in that can't be loaded."""
    points = {"parity.sections": {"owners": "no_such_owners:SECTION"}}
    monkeypatch.syspath_prepend(str(distribution(tmp_path, "gone", points, {})))
    monkeypatch.setattr(render, "SECTIONS", Registry("parity.sections", Section, SECTIONS._built_in))
    with pytest.raises(PluginUnusable, match=r"plug-in 'owners' \(parity\.sections, gone 1\.2"):
        render.page(campaign()[0])
