"""What a served board knows: its stores and index, kept up to date by one thread, and pages that were drawn already."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.board import queries, updating
from harness.board.index import Index
from harness.board.standing import Known
from harness.errors import HarnessError
from harness.model.clock import Clock
from harness.store.reports import Reports

LOOK_SECONDS = 2.0
"""Between two looks at the stores: with a page's own three seconds, a new verdict is shown within five."""
FRESH_SECONDS = 20.0
"""For so long a page that was drawn is given again: ages are told in minutes."""
PAGES_MAX = 512
LOG = logging.getLogger("parity.board")


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as it was drawn."""

    generation: int
    at: float
    body: bytes


@dataclass(slots=True)
class Board:
    """One served board."""

    index: Index
    stores: Mapping[str, Reports]
    clock: Clock
    tool: str
    target: float | None = None
    verify: bool = False
    """Payloads may be read: the newest verdicts are verified in the background, and reports are opened."""
    halt: threading.Event = field(default_factory=threading.Event)
    generation: int = 0
    """Counts what was new in the index."""
    _drawn: dict[str, RenderedPage] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self) -> None:
        """Look at the stores until halted; an error is logged and looked past, for the next look may do better."""
        while not self.halt.is_set():
            try:
                self.look()
            except HarnessError as error:
                LOG.warning("%s", error)
            self.clock.wait(self.halt, LOOK_SECONDS)

    def look(self) -> None:
        """Read what is new of every store."""
        for reports in self.stores.values():
            found = updating.update(self.index, reports, self.clock)
            if found.entries or found.campaigns or found.trouble:
                self.generation += 1
        if self.verify:
            self._verify_one()

    def _verify_one(self) -> None:
        """Verify one newest verdict that is only recorded, so that looks stay frequent."""
        with self.index.reading() as connection:
            known = queries.fleet(connection)
        wanted = next((found.judged for found in known if _recorded(found)), None)
        if wanted is not None:
            self.verified(wanted.key.store, wanted.key.campaign)

    def verified(self, store: str, campaign: str) -> None:
        """Verify a campaign's evidence, and note what was found."""
        if store in self.stores:
            updating.verify(self.index, self.stores[store], campaign, self.clock)
            self.generation += 1

    def drawn(self, address: str, draw: Callable[[], bytes], seconds: float = FRESH_SECONDS) -> bytes:
        """Give a page that was drawn of the same index a moment ago, or draw it; of many readers one draws."""
        now, generation = self.clock.now(), self.generation
        found = self._drawn.get(address)
        if found is None or found.generation != generation or not 0 <= now - found.at < seconds:
            with self._lock:
                found = self._drawn.get(address)
                if found is None or found.generation != generation or not 0 <= now - found.at < seconds:
                    if len(self._drawn) >= PAGES_MAX:
                        self._drawn.clear()
                    found = self._drawn[address] = RenderedPage(generation, now, draw())
        return found.body


def _recorded(known: Known) -> bool:
    return known.judged is not None and not known.judged.verified_at and not known.judged.trouble
