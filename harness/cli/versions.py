"""`parity rejudge --diff`: what this version would change of the verdicts and sign-offs of a reports folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from harness.campaign import story
from harness.campaign.verified import verified
from harness.cli import answer
from harness.cutover.versions import Change, Difference, difference, line, not_read
from harness.errors import EvidenceDamaged
from harness.model.verdict import Verdict
from harness.report.text import safe_text
from harness.report.wording import counted
from harness.store import ledger
from harness.store.archive import Archive
from harness.store.reports import Reports

SCHEMA = "parity.rejudge-diff/1"
REJUDGED = "parity.rejudge/1"
"""Of verdicts that were derived again."""
CHANGED, NOT_READ, NOTHING = 1, 3, 5
VOID_SHOWN = 3


def show(reports: Reports, names: Sequence[str], campaign: str = "") -> int:
    """Print what would change; 1 where anything would, 3 where something can't be read, 5 where nothing was judged."""
    entries = reports.ledger.entries()
    judged = _judged(entries, campaign, names)
    found = [told for name, known in judged.items() for told in _of_campaign(reports.archive(name), known, entries)]
    if answer.is_text():
        answer.lines(_lines(found))
    else:
        rows = [json.loads(line(verdict)) for verdict in found]
        answer.listing(SCHEMA, "verdicts", rows, version=story.tool_version())
    if not found:
        click.echo(safe_text(f"nothing was judged in {reports}"), err=True)
        return NOTHING
    if any(told.change in {Change.DECISION, Change.REASONS} or told.void for told in found):
        return CHANGED
    return NOT_READ if any(told.change is Change.NOT_READ for told in found) else 0


def _judged(entries: Sequence[ledger.Entry], campaign: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give every campaign that was judged with the last decision of each of its repositories."""
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        wanted = campaign in {"", entry.campaign} and (not names or entry.repository in names)
        if wanted and entry.kind in {ledger.VERDICT, ledger.RECOMPARISON}:
            found.setdefault(entry.campaign, {})[entry.repository] = entry.facts.get(ledger.DECISION, "")
    return found


def _of_campaign(archive: Archive, judged: dict[str, str], entries: tuple[ledger.Entry, ...]) -> Iterator[Difference]:
    name = archive.root.name
    try:
        known = {found.repository.name: found for found in verified(archive)}
    except EvidenceDamaged as error:
        yield from (not_read(repository, name, entered, str(error)) for repository, entered in judged.items())
        return
    for repository, entered in judged.items():
        found = known.get(repository)
        if found is None:
            yield not_read(repository, name, entered, "the campaign's plan does not have it")
            continue
        try:
            yield difference(found, _stored(archive, repository), entries)
        except EvidenceDamaged as error:
            yield not_read(repository, name, entered, str(error))


def _stored(archive: Archive, repository: str) -> Verdict | None:
    """Read the stored copy of a verdict, for its reasons; None where it is of another schema, or not there."""
    try:
        return archive.load_verdict(repository)
    except EvidenceDamaged:
        return None


def _lines(found: Sequence[Difference]) -> Iterator[str]:
    for told in found:
        yield from _told(told)
    changed = sum(told.change in {Change.DECISION, Change.REASONS} for told in found)
    unread = sum(told.change is Change.NOT_READ for told in found)
    void, signed = sum(len(told.void) for told in found), sum(told.signoffs for told in found)
    total = f"{changed} of {counted(len(found), 'verdict')} and {void} of {counted(signed, 'sign-off')} would change"
    rest = f"; {counted(unread, 'verdict')} could not be read" if unread else ""
    yield f"{total} under {story.tool_version()}{rest}"


def _told(told: Difference) -> Iterator[str]:
    where = f"{told.repository}, campaign {told.campaign}"
    if told.change is Change.NOT_READ:
        yield f"{where}: {told.entered} was entered, and can't be decided again: {told.because}"
    elif told.change is Change.DECISION:
        yield f"{where}: {told.entered} was entered; this version derives {told.derived}: {told.because}"
    elif told.change is Change.REASONS:
        yield f"{where}: {told.derived} as before, for other reasons: {told.because}"
    for void in told.void:
        why = "; ".join(void.because[:VOID_SHOWN])
        yield f"{where}: the sign-off by {void.signer} of {void.at} would be void: {why}"
