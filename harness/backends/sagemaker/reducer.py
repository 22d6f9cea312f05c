"""Bus events → the state of each open job: idempotent, in any order, with any duplicate. One thread, no calls.

An event is a hint: it moves a job forward or is counted and dropped. An ending is believed from Describe only (T20),
which closes the job; then what was never announced is counted as lost, and what Describe had to tell as recovered.

Memory is bounded by open jobs: a closed one leaves its name for as long as a message about it may still arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from harness.backends.sagemaker.bus_places import RETENTION_SECONDS

SLOW_SECONDS = 60.0
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
_KNOWN = ENDED | {"InProgress", "Stopping", "Deleting"}


@dataclass(slots=True)
class Counts:
    """What the bus did, for one job or for all."""

    events: int = 0
    duplicates: int = 0
    """The same content again, whatever its id."""
    late: int = 0
    """Older than what was known, or after the end."""
    slow: int = 0
    unknown: int = 0
    """A status that nobody knows: counted, moves nothing."""
    lost: int = 0
    """State changes of Describe's own list that no event had announced by then."""
    recovered: int = 0
    """Endings that Describe told before any event did."""
    lag_seconds_total: float = 0.0
    lag_seconds_max: float = 0.0

    def add(self, other: Counts) -> None:
        """Add another's counts."""
        self.events += other.events
        self.duplicates += other.duplicates
        self.late += other.late
        self.slow += other.slow
        self.unknown += other.unknown
        self.lost += other.lost
        self.recovered += other.recovered
        self.lag_seconds_total += other.lag_seconds_total
        self.lag_seconds_max = max(self.lag_seconds_max, other.lag_seconds_max)

    def figures(self) -> dict[str, float]:
        """Give the figures by name."""
        return {each.name: getattr(self, each.name) for each in fields(Counts)}

    def text(self) -> str:
        """Say it in one line."""
        mean = self.lag_seconds_total / max(1, self.events - self.duplicates)
        lag = f"lag {mean:.1f} s, at most {self.lag_seconds_max:.1f} s"
        return (
            f"{self.events} events, {self.duplicates} duplicates, {self.late} late, {self.lost} lost, "
            f"{self.recovered} recovered, {self.unknown} unknown; {lag}"
        )


@dataclass(slots=True)
class JobState(Counts):
    """What is known of one open job, with what the bus did for it."""

    modified: float = -1.0
    """Epoch seconds of the newest change."""
    status: str = ""
    word: str = ""
    """Secondary status, or the primary one where there is no other."""
    seen: dict[float | tuple[float, str], str] = field(default_factory=dict)
    """Contents of the events that came, by time, and by time and word where two share one; as many as changes.

    Keys that are no containers cost the garbage collector nothing: a fifth of the replay (measured).
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
        self._closed: dict[str, float] = {}
        """Name → when it was closed, in that order."""

    @property
    def total(self) -> Counts:
        """Give the counts over all jobs, closed ones too."""
        total = Counts()
        total.add(self._past)
        for job in self.open.values():
            total.add(job)
        return total

    def event(self, name: str, status: str, word: str, modified: float, received: float) -> bool:
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
        known = seen.get(modified)
        if known is None:
            seen[modified] = word
        elif known == word or (modified, word) in seen:
            job.duplicates += 1
            return False
        else:
            seen[modified, word] = word
        lag = received - modified
        job.lag_seconds_total += lag
        if lag > job.lag_seconds_max:  # noqa: PLR1730 - a call of max() is a tenth of the work on an event
            job.lag_seconds_max = lag
        if lag > SLOW_SECONDS:
            job.slow += 1
        if status not in _KNOWN:
            job.unknown += 1
            return False
        if modified > job.modified or (modified == job.modified and _rank(word) > _rank(job.word)):
            job.modified, job.status, job.word = modified, status, word
            return True
        job.late += 1
        return False

    def describe(self, name: str, status: str, word: str, modified: float, changes: int, now: float) -> Counts | None:
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
        if modified >= job.modified:
            job.status, job.word, job.modified = status, word, modified
        if status not in ENDED:
            return None
        job.lost += max(0, changes - len(job.seen) + job.unknown)
        del self.open[name]
        self._past.add(job)
        self._closed[name] = now
        self._forget(now)
        return job

    def _forget(self, now: float) -> None:
        """Drop names about which no message can arrive any more."""
        while self._closed:
            name, closed = next(iter(self._closed.items()))
            if now - closed <= RETENTION_SECONDS:
                return
            del self._closed[name]


def _rank(word: str) -> int:
    return RANK.get(word, -1)
