"""Commands over the ledger as a whole: anchor its head, hold it against its anchors, write it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from harness.campaign import anchors, receipts
from harness.campaign.pages import write_pages
from harness.campaign.receipts import Receipt
from harness.cli import answer, console
from harness.cli.reading import document
from harness.config.load import load
from harness.errors import ConfigError, HarnessError, Problem
from harness.fields import units
from harness.model.clock import SystemClock, iso
from harness.model.repository import AnchorPlace, Repository
from harness.model.wording import first_of
from harness.report.text import safe_text
from harness.report.wording import counted
from harness.store import export, ledger
from harness.store.anchor import AnchorStatus, covers, standing_of
from harness.store.archive import Archive
from harness.store.files import write_durably
from harness.store.reports import Reports

DAMAGED = 3
OPEN = 3
"""A verdict needs an anchor and has none: the gate ends with the same code on it."""
NOTHING = 5
NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class LedgerSelection:
    """Which place: one of the command line, or all that the configuration names."""

    config: Path
    place: AnchorPlace | None = None

    def places(self) -> tuple[AnchorPlace, ...]:
        """List them; no configuration is no place."""
        if self.place is not None:
            return (self.place,)
        return anchors.places_of(load(self.config)) if self.config.is_file() else ()


def where(config: Path, given: Mapping[str, str | None]) -> LedgerSelection:
    """Read the options that name a place; none of them: what the configuration names.

    Raises:
        ConfigError: they name no place, or two.
    """
    if not (given["git"] or given["s3"]):
        return LedgerSelection(config)
    retain = units.seconds(given["retain"] or "")
    if (given["git"] and given["s3"]) or retain is None or (given["s3"] and not given["region"]):
        found = ", ".join(f"--{name} {text}" for name, text in given.items() if text)
        expected = f"--git REPO with --ref, or --s3 URI with --region and --retain ({units.DURATION_EXPECTED})"
        raise ConfigError((Problem("the command line", 0, 0, "place", found, expected),))
    return LedgerSelection(
        config,
        AnchorPlace(
            git=given["git"], ref=given["ref"] or "", s3=given["s3"], retain_seconds=retain,
            region=given["region"], profile=given["profile"], bucket_owner=given["bucket_owner"] or "",
        ),
    )  # fmt: skip


def anchor(reports: Reports, named: LedgerSelection) -> int:
    """Keep the ledger's head in every place, and tell the pages of the campaigns that it covers."""
    places, clock = named.places(), SystemClock()
    if not places:
        expected = "a place for anchors, such as `anchor: {git: git@example.org:team/ledger.git}`, or --git, or --s3"
        raise ConfigError((Problem(str(named.config), 0, 0, "anchor", "none", expected),))
    book = reports.ledger
    for place in places:
        if console.dry_run():
            length = len(book.entries())
            text = f"would anchor: {counted(length, 'entry', 'entries')} of {book.place()} in {place.words}"
            answer.row(text, ledger=book.place(), place=place.words, state="would be anchored", entries=length)
            continue
        receipt = anchors.anchor(place, book, clock)
        text = f"{counted(receipt.length, 'entry', 'entries')} of {book.place()} in {place.words} ({receipt.id})"
        answer.row(f"anchored: {text}", ledger=book.place(), place=place.words, receipt=receipt.id,
                   state="anchored", entries=receipt.length)  # fmt: skip
        remember(reports, receipt)
    return 0


def after_run(archive: Archive, reports: Reports) -> None:
    """Anchor what a campaign entered, where its plan names a place; a failure is told, and costs no verdict."""
    for place in anchors.places_of(archive.load_plan().repositories):
        try:
            receipt = anchors.anchor(place, reports.ledger, SystemClock())
        except HarnessError as error:
            click.echo(safe_text(f"not anchored: {error}; run: parity ledger anchor"), err=True)
            continue
        click.echo(safe_text(f"anchored: {counted(receipt.length, 'entry', 'entries')} in {place.words}"), err=True)
        remember(reports, receipt)


def remember(reports: Reports, receipt: Receipt) -> None:
    """Write again the pages of the campaigns whose verdicts were not anchored until now."""
    judged: dict[str, set[str]] = {}
    for entry in reports.ledger.entries()[: receipt.length]:
        if entry.kind in {ledger.VERDICT, ledger.RECOMPARISON}:
            judged.setdefault(entry.campaign, set()).add(entry.repository)
    for campaign, repositories in sorted(judged.items()):
        archive = reports.archive(campaign)
        if not archive.is_planned() or all(receipts.words(archive, campaign, name) for name in repositories):
            continue
        receipts.remember(archive, receipt)
        try:
            write_pages(archive)
        except HarnessError as error:
            click.echo(safe_text(f"{campaign}: its pages could not be written again: {error}"), err=True)


def verify(reports: Reports, named: LedgerSelection) -> int:
    """Verify the chain, and hold the ledger against every place that is named; say what should be anchored."""
    book, bad, covered = reports.ledger, 0, 0
    entries = book.entries()
    _say("", f"chain: {counted(len(entries), 'entry', 'entries')} of {book.place()}, {book.digest()}")
    places = named.places()
    if not places:
        _say("", "not anchored: no place is named, so that a ledger that was rewritten as a whole looks like this one")
    for place in places:
        standing = anchors.look(place, book, SystemClock())
        bad += _tell(place.words, standing, len(entries))
        covered = max(covered, standing.covered)
    if bad:
        return DAMAGED

    def planned(campaign: str, repository: str) -> Repository | None:
        archive = reports.archive(campaign)
        found = archive.load_plan().repositories if archive.is_planned() else ()
        return next((known for known in found if known.name == repository), None)

    return _demand(entries, covered, named.config, planned)


def _demand(
    entries: tuple[ledger.Entry, ...],
    covered: int,
    config: Path,
    planned: Callable[[str, str], Repository | None] = lambda *_: None,
) -> int:
    """Name the verdicts that need an anchor, by today's policy or by the plan's, and have none."""
    judged = dict.fromkeys(
        (entry.campaign, entry.repository) for entry in entries if entry.kind in {ledger.VERDICT, ledger.RECOMPARISON}
    )
    open_ = [names for names in judged if not covers(covered, *names, entries)]
    today = {known.name: known for known in load(config)} if open_ and config.is_file() else {}
    names = [
        f"{repository} in {campaign}"
        for campaign, repository in open_
        if anchors.needs_anchor(planned(campaign, repository), today.get(repository))
    ]
    if not names:
        return 0
    what = f"{counted(len(names), 'verdict is', 'verdicts are')} of a policy that gives no GO without an anchor"
    _say("", f"not anchored: {what}: {first_of(names, NAMED_MAX)}; run: parity ledger anchor", agrees=False)
    return OPEN


def _tell(place: str, standing: AnchorStatus, length: int) -> bool:
    """Print what the anchors of a place say; true where they contradict the ledger."""
    for trouble in (*standing.troubles, *standing.doubts):
        _say(place, trouble, agrees=False)
    if standing.troubles or standing.doubts:
        return True
    held = counted(len(standing.anchors), "anchor agrees", "anchors agree")
    if not standing.anchors:
        _say(place, "not anchored: no anchor is there; run: parity ledger anchor")
    elif standing.covered < length:
        rest = counted(length - standing.covered, "entry is", "entries are")
        _say(place, f"{held}; the last {rest} not anchored; run: parity ledger anchor")
    else:
        _say(place, f"{held}, and every entry is covered")
    return False


def _say(place: str, text: str, *, agrees: bool = True) -> None:
    """Answer with one thing that was found; `agrees`: it speaks for the ledger, or says nothing of it."""
    answer.row(f"{place}: {text}" if place else text, place=place, text=text, agrees=agrees)


def write_export(reports: Reports, named: LedgerSelection, path: Path) -> int:
    """Write the ledger with its anchors into one file."""
    entries, digest, clock = reports.ledger.entries(), reports.ledger.digest(), SystemClock()
    if not entries:
        click.echo(f"{reports.ledger.place()}: the ledger has no entry yet", err=True)
        return NOTHING
    kept = tuple(export.Anchors(place.words, anchors.open_place(place, clock).read()) for place in named.places())
    write_durably(path, export.write(entries, digest, kept, iso(clock.now())))
    text = f"{path}: {counted(len(entries), 'entry', 'entries')}, {counted(len(kept), 'place')} of anchors"
    answer.row(text, file=str(path), entries=len(entries), places=len(kept))
    return 0


def verify_export(path: Path, config: Path) -> int:
    """Verify a file that `export` wrote; nobody is asked. Policies are those of the configuration, if it is there."""
    found = export.read(document(path), str(path))
    _say("", f"chain: {counted(found.length, 'entry', 'entries')} of {path}, {found.digest}")
    if not found.places:
        _say("", "not anchored: the file holds no anchors")
    standings = [standing_of(found.entries, found.digest, place.anchors) for place in found.places]
    bad = [_tell(place.place, standing, found.length) for place, standing in zip(found.places, standings, strict=True)]
    answer.lines(["offline: these anchors are as the file has them; `parity ledger verify` asks their place"])
    if any(bad):
        return DAMAGED
    covered = max((standing.covered for standing in standings), default=0)
    return _demand(found.entries, covered, config)
