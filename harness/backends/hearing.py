"""Whether one stream is heard: its first troubles open a gap, and the next thing heard closes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.model.clock import Clock
from harness.model.gap import Gap

REASONS_MAX = 4
"""Kinds of trouble that one gap names; each try of a long outage says the same."""


@dataclass
class StreamListener:
    """One stream's ear. Used by one thread."""

    stream: str
    clock: Clock
    patience: int = 1
    """Tries in a row that may fail before it is a gap: a call that is made again anyway has two."""
    last_heard: float = field(init=False)
    _reasons: dict[str, str] = field(default_factory=dict, init=False)
    """Kind of trouble → as it was first said."""
    _failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin to listen now."""
        self.last_heard = self.clock.now()

    @property
    def deaf(self) -> bool:
        """Tell whether the last try heard nothing."""
        return self._failures > 0

    def failed(self, reason: str, *, vital: bool) -> Gap | None:
        """Note a try that heard nothing; give the gap that it opens, once."""
        self._failures += 1
        if len(self._reasons) < REASONS_MAX:
            self._reasons.setdefault(reason.partition(":")[0], reason)
        if self._failures != self.patience:
            return None
        return Gap(self.stream, self.last_heard, reason, None, vital)

    def heard(self) -> Gap | None:
        """Note that something was heard; give the gap that it closes."""
        closed = None
        if self._failures >= self.patience:
            closed = Gap(self.stream, self.last_heard, "; ".join(self._reasons.values()), self.clock.now())
        self._reasons, self._failures = {}, 0
        self.last_heard = self.clock.now()
        return closed
