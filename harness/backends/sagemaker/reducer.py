"""Bus events → the state of each open job: idempotent, in any order, with any duplicate. One thread, no calls.

An event is a hint: it moves a job forward or is counted and dropped. An ending is believed from Describe only (T20),
which closes the job; then what was never announced is counted as lost, and what Describe had to tell as recovered.

Memory is bounded by open jobs: a closed one leaves its name for as long as a message about it may still arrive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields

from harness.backends.sagemaker.bus_places import RETENTION_SECONDS

SLOW_MS = 60_000
"""An event that took longer is counted as slow; the service promises no bound (reference: best effort)."""
RANK = {
    word: rank
    for rank, words in enumerate(
        (
            ("Pending",),
            ("Starting", "LaunchingMLInstances", "PreparingTrainingStack", "Restarting"),
            ("Downloading", "DownloadingTrainingImage"),
            ("Training", "InProgress"),
            ("Interrupted", "Updating"),
            ("Stopping",),
            ("Uploading",),
            ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"),
        )
    )
    for word in words
}
"""Order of two words that carry one time; between different times the later one wins, so a restart may go back."""
ENDED = frozenset({"Completed", "Failed", "Stopped"})
KNOWN = ENDED | {"InProgress", "Stopping", "Deleting"}


@dataclass(slots=True)
class Counts:
    """What the bus did, for one job or for all."""

    events: int = 0
    duplicates: int = 0
    """The same content again, whatever its id."""
    late: int = 0
    """Older than what was known, or after the end."""
    out_of_order: int = 0
    """Of the late ones those that came before an ending was known."""
    slow: int = 0
    foreign: int = 0
    """About a job of the same name in another account or region."""
    unknown: int = 0
    """A status that nobody knows: counted, moves nothing."""
    lost: int = 0
    """State changes of Describe's own list that no event had announced by then."""
    recovered: int = 0
    """Endings that Describe told before any event did."""
    lag_ms_total: int = 0
    lag_ms_max: int = 0

    def add(self, other: Counts) -> None:
        """Add another's counts."""
        self.events += other.events
        self.duplicates += other.duplicates
        self.late += other.late
        self.out_of_order += other.out_of_order
        self.slow += other.slow
        self.foreign += other.foreign
        self.unknown += other.unknown
        self.lost += other.lost
        self.recovered += other.recovered
        self.lag_ms_total += other.lag_ms_total
        self.lag_ms_max = max(self.lag_ms_max, other.lag_ms_max)

    def figures(self) -> dict[str, int]:
        """Give the figures by name."""
        return {field.name: getattr(self, field.name) for field in fields(Counts)}

    def text(self) -> str:
        """Say it in one line."""
        mean_ms = self.lag_ms_total / max(1, self.events - self.duplicates)
        lag = f"lag {mean_ms / 1000:.1f} s, at most {self.lag_ms_max / 1000:.1f} s"
        return (
            f"{self.events} events, {self.duplicates} duplicates, {self.late} late, {self.lost} lost, "
            f"{self.recovered} recovered, {self.unknown} unknown; {lag}"
        )


@dataclass(slots=True)
class JobState(Counts):
    """What is known of one open job, with what the bus did for it."""

    modified_ms: int = -1
    """Epoch milliseconds of the newest change, the service's own resolution."""
    status: str = ""
    word: str = ""
    """Secondary status, or the primary one where there is no other."""
    seen: dict[int | tuple[int, str], str] = field(default_factory=dict)
    """Contents of the events that came, by time, and by time and word where two share one; as many as changes.

    Whole numbers are hashed fastest, and keys that are no containers cost the garbage collector nothing.
    """

    @property
    def hinted(self) -> bool:
        """Tell whether an event says that it has ended."""
        return self.status in ENDED


class Reducer:
    """All jobs that one watcher follows."""

    def __init__(self) -> None:
        """Know nobody."""
        self.open: dict[str, JobState] = {}
        self._past = Counts()
        self._closed: set[str] = set()
        self._ages: deque[tuple[float, str]] = deque()
        """When each of these was closed, in that order."""

    @property
    def total(self) -> Counts:
        """Give the counts over all jobs, closed ones too."""
        total = Counts()
        total.add(self._past)
        for job in self.open.values():
            total.add(job)
        return total

    def event(self, name: str, status: str, word: str, modified_ms: int, *, received_ms: int) -> bool:
        """Take one event; True: it moved the job forward."""
        job = self.open.get(name)
        if job is None:
            if name in self._closed:
                self._past.events += 1
                self._past.late += 1
                return False
            job = self.open[name] = JobState()
        job.events += 1
        seen = job.seen
        known = seen.get(modified_ms)
        if known is None:
            seen[modified_ms] = word
        elif known == word or (modified_ms, word) in seen:
            job.duplicates += 1
            return False
        else:
            seen[modified_ms, word] = word
        lag = received_ms - modified_ms
        job.lag_ms_total += lag
        if lag > job.lag_ms_max:  # noqa: PLR1730 - a call of max() is a tenth of the work on an event
            job.lag_ms_max = lag
        if lag > SLOW_MS:
            job.slow += 1
        if status not in KNOWN:
            job.unknown += 1
            return False
        if modified_ms > job.modified_ms or (modified_ms == job.modified_ms and _rank(word) > _rank(job.word)):
            job.modified_ms, job.status, job.word = modified_ms, status, word
            return True
        job.late += 1
        if job.status not in ENDED:
            job.out_of_order += 1
        return False

    def foreign(self, name: str) -> None:
        """Count an event about another account's or region's job of that name; it says nothing of ours."""
        job = self.open.get(name)
        counts = self._past if job is None else job
        counts.events += 1
        counts.foreign += 1

    def describe(
        self, name: str, status: str, word: str, modified_ms: int, *, changes: int, now: float
    ) -> Counts | None:
        """Take what Describe says; an ending closes the job and gives its counts.

        `changes`: how many changes of state the reply lists, each of which should have been announced once.
        """
        if name in self._closed:
            return None
        job = self.open.get(name)
        if job is None:
            job = self.open[name] = JobState()
        if status in ENDED and not job.hinted:
            job.recovered += 1
        if modified_ms >= job.modified_ms:
            job.status, job.word, job.modified_ms = status, word, modified_ms
        if status not in ENDED:
            return None
        job.lost += max(0, changes - len(job.seen) + job.unknown)
        del self.open[name]
        self._past.add(job)
        self._closed.add(name)
        self._ages.append((now, name))
        self._forget(now)
        return job

    def _forget(self, now: float) -> None:
        """Drop names about which no message can arrive any more."""
        while now - self._ages[0][0] > RETENTION_SECONDS:
            self._closed.remove(self._ages.popleft()[1])


def _rank(word: str) -> int:
    return RANK.get(word, -1)
