"""The ledger's anchors as a campaign sees them: make one, hold the ledger against them, say what the gate needs.

Functions take entries and the digest of the last one, never a file: where the ledger lies is the store's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from harness.campaign.receipts import SCHEMA, Receipt
from harness.errors import EvidenceDamaged, Fenced, HarnessError, Refused, StoreError
from harness.model.clock import Clock, iso
from harness.model.repository import AnchorPlace, Repository
from harness.model.verdict import Reason
from harness.store import anchor as anchors
from harness.store import ledger
from harness.store.anchor import AnchorStatus, AnchorStore, covers, standing_of
from harness.store.anchor_git import GitAnchors

NOT_ANCHORED = "not anchored"
ANCHORED = "anchored"
CODE = "inconclusive:anchor"
_TRIES = 3
_WITHOUT = frozenset({"trial"})
"""Presets whose GO needs no anchor; whatever else a policy is called needs one."""


def open_place(place: AnchorPlace, clock: Clock) -> AnchorStore:
    """Open the place of anchors that `repos.yaml` or the command line names; nothing is asked yet."""
    if place.git is not None:
        return GitAnchors(place.git, place.ref)
    from harness.backends.aws import Account, Clients  # noqa: PLC0415 - boto3 costs a second that git does not need
    from harness.campaign.anchor_s3 import ObjectAnchors  # noqa: PLC0415 - the same

    clients = Clients(Account("", place.region or "", place.profile, None), attempts_max=_TRIES)
    return ObjectAnchors(clients, str(place.s3), place.retain_seconds, clock, place.bucket_owner)


def places_of(repositories: Sequence[Repository]) -> tuple[AnchorPlace, ...]:
    """List the places that repositories name, each once."""
    return tuple(dict.fromkeys(repository.anchor for repository in repositories if repository.anchor is not None))


def anchor(place: AnchorPlace, book: ledger.Ledger, clock: Clock) -> Receipt:
    """Anchor the ledger's head, unless it is anchored already; give the anchor that covers it.

    Raises:
        EvidenceDamaged: the ledger is broken or not the one that was anchored before; names the first bad entry.
        Refused: the ledger has no entry.
        StoreError: the place can't be read or written.
    """
    store = open_place(place, clock)
    for _ in range(_TRIES - 1):
        with suppress(Fenced):  # another writer was faster: its anchor is read, and ours goes behind it
            return _anchor(place, store, book, clock)
    return _anchor(place, store, book, clock)


def _anchor(place: AnchorPlace, store: AnchorStore, book: ledger.Ledger, clock: Clock) -> Receipt:
    entries = book.entries()
    if not entries:
        message = f"{book.place()}: the ledger has no entry yet, so that there is nothing to anchor"
        raise Refused(message)
    standing = standing_of(entries, book.digest(), store.read())
    if standing.troubles:
        message = f"{place.words}: {standing.troubles[0]}"
        raise EvidenceDamaged(message)
    if standing.covered < len(entries):
        made = anchors.next_anchor(anchors.digests_of(entries, book.digest()), iso(clock.now()), standing.anchors)
        return Receipt(SCHEMA, place.words, store.add(made, standing.anchors), made.length, made.digest, made.at)
    last = standing.anchors[-1]
    if last.doubt:
        message = f"{place.words}: anchor {last.id}: {last.doubt}; the ledger has no newer entry to anchor"
        raise StoreError(message)
    return Receipt(SCHEMA, place.words, last.id, last.anchor.length, last.anchor.digest, last.anchor.at)


def look(place: AnchorPlace, book: ledger.Ledger, clock: Clock) -> AnchorStatus:
    """Hold the ledger against the anchors of a place.

    Raises:
        EvidenceDamaged: the ledger or an anchor is broken.
        StoreError: the place can't be read.
    """
    return standing_of(book.entries(), book.digest(), open_place(place, clock).read())


def needs_anchor(*known: Repository | None) -> bool:
    """Tell whether a GO of a repository needs an anchor, by its policy of the plan, of today, or of both."""
    return not {repository.policy.preset for repository in known if repository} <= _WITHOUT


class Gate:
    """Asks each place once, for all repositories of a campaign."""

    def __init__(self, campaign: str, book: ledger.Ledger, clock: Clock) -> None:
        """Remember what is asked about."""
        self._campaign, self._book, self._clock = campaign, book, clock
        self._known: dict[AnchorPlace, AnchorStatus | str] = {}

    def _standing(self, place: AnchorPlace) -> AnchorStatus | str:
        """Hold the ledger against a place; a text says why that can't be done."""
        if place not in self._known:
            try:
                self._known[place] = look(place, self._book, self._clock)
            except HarnessError as error:
                self._known[place] = str(error)
        return self._known[place]

    def reasons(self, planned: Repository, today: Repository | None) -> tuple[Reason, ...]:
        """Say what stands against a campaign of a repository for want of an anchor.

        `today`: as `repos.yaml` has it now, whose place counts; without it, that of the plan. A place that is named
        must be readable and agree with the ledger, whatever the policy; that it covers the campaign is asked by
        every preset but `trial`.
        """
        place = (today or planned).anchor
        needed = needs_anchor(planned, today)
        if place is None:
            return (_reason("The ledger is not anchored anywhere", _NAME_ONE),) if needed else ()
        standing = self._standing(place)
        if isinstance(standing, str):
            return (_reason(f"The anchors of the ledger can't be read: {standing}", _ANCHOR),)
        if troubles := (*standing.troubles, *standing.doubts):
            return tuple(
                _reason(f"The ledger and its anchors in {place.words}: {trouble}", _RESTORE) for trouble in troubles
            )
        if needed and not self._covered(standing, planned.name):
            return (_reason("This campaign's verdict is not anchored", _ANCHOR),)
        return ()

    def words(self, planned: Repository, today: Repository | None) -> str:
        """Say in one word or two whether a repository's verdict of the campaign is anchored."""
        place = (today or planned).anchor
        standing = self._standing(place) if place else ""
        if isinstance(standing, str) or standing.troubles or standing.doubts:
            return NOT_ANCHORED
        return ANCHORED if self._covered(standing, planned.name) else NOT_ANCHORED

    def _covered(self, standing: AnchorStatus, repository: str) -> bool:
        """Tell whether the last entry of a verdict is anchored; a campaign without one is not."""
        return covers(standing.covered, self._campaign, repository, self._book.entries())


_ANCHOR = "run: parity ledger anchor"
_NAME_ONE = (
    "write `anchor: {git: REPO}` or `anchor: {s3: URI, region: REGION}` in repos.yaml, and run: parity ledger anchor"
)
_RESTORE = "restore the ledger from a copy of the anchored one; `parity ledger verify` holds it against its anchors"


def _reason(text: str, remedy: str) -> Reason:
    return Reason(CODE, f"{text.rstrip('.')}; {remedy}.", (), remedy)
