"""Contracts of formats, on files that no job would leave, and of sections of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.campaign.contracts.sound import sound_view
from harness.compare.format import Difference, Format, NotCompared
from harness.config.registered import AUTO, format_names
from harness.model.job import CompareRule
from harness.report import render
from harness.report.layout import BUDGETS
from harness.report.section import PageContent, Section

_RESERVED = frozenset({"outputs.files", "outputs.carried", "outputs.undeclared", "outputs.noise", "outputs.crashed"})
_SUFFIX = re.compile(r"\.[a-z0-9]+")
_FILES = (b"", b"\x00" * 64, b"\xff\xfe\xfd", b"PK\x03\x04cut", b'{"a": 1', b"a,b\n1\n", b"one\n", b"two\n")
"""Contents that a format has to tell apart, or to refuse."""


def of_format(form: Format) -> Iterator[str]:
    """No garbage is equal to other garbage, both sides are treated alike, and the same files give the same answer."""
    if form.name == AUTO:
        yield f"the name {AUTO} means the format of the suffix"
    if form.name not in format_names():
        yield "its name is not in the schema of repos.yaml"
    if not form.check.startswith("outputs.") or form.check in _RESERVED:
        yield f"its findings are called {form.check}, and must be called outputs. and a word of its own"
    yield from (f"{suffix!r} is no suffix" for suffix in form.suffixes if not _SUFFIX.fullmatch(suffix))
    if form.compare is None:
        return
    with TemporaryDirectory(prefix="parity-contract-") as folder:
        for one, other in combinations(_FILES, 2):
            try:
                yield from _pair(form, Path(folder), one, other)
            except Exception as error:  # noqa: BLE001 - whatever a plug-in does, it is told
                files = f"{one[:12]!r} and {other[:12]!r}"
                yield f"compare raised {type(error).__name__}: {error}, on {files}: raise NotCompared for such files"
                return


def _pair(form: Format, folder: Path, one: bytes, other: bytes) -> Iterator[str]:
    left, right = folder / "one", folder / "other"
    left.write_bytes(one)
    right.write_bytes(other)
    what = f"{one[:12]!r} and {other[:12]!r}"
    first, again, swapped = _ask(form, left, right), _ask(form, left, right), _ask(form, right, left)
    if first != again:
        yield f"it gives another answer for the same files: {what}"
    if (first is None) is not (swapped is None) or (first and swapped and first.equal is not swapped.equal):
        yield f"it gives another answer when the files change places: {what}"
    if first and first.equal and not (one.strip() and other.strip()):
        yield f"it calls an empty file equal to another one: {what}"
    if first and not first.equal and not first.summary:
        yield f"it does not say how they differ: {what}"


def _ask(form: Format, one: Path, other: Path) -> Difference | None:
    """Compare; None: it refused to."""
    assert form.compare is not None  # noqa: S101 # nosec B101 # by the caller
    try:
        return form.compare(one, other, CompareRule("*", form.name))
    except NotCompared:
        return None


def of_section(section: Section) -> Iterator[str]:
    """Its template is there, quotes its attributes, and switches no escaping off."""
    package, _, file = section.template.rpartition("/")
    if not package:
        yield f"template is {section.template!r}: expected PACKAGE/FILE, such as my_package/{section.template}"
        return
    try:
        text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    except (OSError, ImportError) as error:
        yield f"its template {section.template!r} can't be read: {type(error).__name__}: {error}"
        return
    if re.search(r"\|\s*safe|autoescape", text):
        yield "its template switches escaping off"
    if re.search(r"=\{\{[^}]*\}\}", text):
        yield "its template has an attribute without quotes"
    if re.search(r"<(script|style|link|iframe|img)\b|\bstyle=|https?://", text):
        yield "its template loads something, or has a style or script of its own: the page's policy forbids both"
    if f'id="{section.name}"' not in text:
        yield f'its template has no element with id="{section.name}", which the table of contents leads to'
    try:
        render.draw(section, PageContent(sound_view(), BUDGETS[0], "sound.json"))
    except Exception as error:  # noqa: BLE001 - whatever a plug-in does, it is told
        line = f" (line {error.lineno} of the template)" if hasattr(error, "lineno") else ""
        yield f"on the page of a sound campaign it raised {type(error).__name__}: {error}{line}"
