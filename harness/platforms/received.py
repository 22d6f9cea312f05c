"""One object as a stream delivered it, and the events that are read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness


@dataclass(frozen=True, slots=True)
class Received:
    """Which object it is, who delivered it, when, and of which attempt: what all events read from it share."""

    subject: str
    """The object's uid, or its name where it has none; every event's key begins with it."""
    witness: Witness
    seconds: float
    attempt: int = 0

    @property
    def here(self) -> Time:
        """Give the time of the delivery by the harness's clock, for what the object gives no time of its own."""
        return Time(self.seconds, ClockName.HARNESS)

    def event(  # noqa: PLR0917 - one constructor for all
        self,
        fact: str,
        kind: Kind,
        at: Time,
        label: str,
        native: Mapping[str, str],
        *,
        container: str | None = None,
        role: Role | None = None,
    ) -> Event:
        """Make the event of one fact; fields without a value are left out."""
        facts = {name: value for name, value in native.items() if value}
        key = f"{self.subject}:{fact}"
        return Event(key, kind, self.witness, at, self.seconds, self.attempt, 0, container, role, label, facts)
