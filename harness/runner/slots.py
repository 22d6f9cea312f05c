"""When the next cycle of a job with a cadence starts: one in each slot, never beside the one before it. No effects.

Slots lie on a grid that begins with the job's first cycle. A slot that begins while a run of an earlier cycle still
goes on is left out, and that is noted in the history of each such run. Slots that passed while no harness ran are left
out without a note: nothing is known of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.model.cadence import is_paced
from harness.model.clock import ClockName, Time, iso
from harness.model.event import OUTLASTED, SLOT, Event, Kind, Witness
from harness.model.plan import Pair, Plan, Run

Noted = tuple[Run, Event]
_Key = tuple[str, str]


@dataclass
class _Rhythm:
    """The slots of one job, numbered from 1."""

    seconds: float
    begun: float | None = None
    """When slot 1 began, by the harness's wall clock: it outlives the process."""
    spoken_for: int = 0
    """The newest slot that was used or left out."""
    lost: bool = False
    """Taken up again: a slot that has begun already began without us."""

    def current(self, now: float) -> int:
        return 1 if self.begun is None else int((now - self.begun) // self.seconds) + 1

    def begins(self, slot: int, now: float) -> float:
        return now if self.begun is None else self.begun + (slot - 1) * self.seconds

    def leave_out(self, going_on: Sequence[Run], now: float) -> list[Noted]:
        """Leave out a slot that has just begun while runs go on, or that began while nobody looked."""
        slot = self.current(now)
        if self.lost:
            self.spoken_for, self.lost = max(self.spoken_for, slot), False
        if not going_on or self.spoken_for >= slot:
            return []
        self.spoken_for = slot
        return [(run, _note(OUTLASTED, slot, self.begins(slot, now), now)) for run in going_on]


@dataclass
class Slots:
    """The rhythm of every job that has one, and the pairs that have their slot already."""

    _rhythms: dict[_Key, _Rhythm]
    _started: set[str] = field(default_factory=set)
    """Runs whose slot is in their history."""

    @classmethod
    def of(cls, plan: Plan) -> Slots:
        """Make the rhythms of a plan; a sandbox's slots are scaled as its other times are."""
        return cls(
            {
                (repository.name, job.name): _Rhythm((job.cadence_seconds or 0) * plan.time_scale(repository.name))
                for repository in plan.repositories
                for job in repository.jobs
                if is_paced(job)
            }
        )

    def recall(self, run: Run, events: Iterable[Event]) -> None:
        """Take up what an earlier process wrote into a run's history."""
        rhythm = self._rhythms.get((run.repository, run.job))
        if rhythm is None:
            return
        for event in events:
            if event.label not in {SLOT, OUTLASTED}:
                continue
            slot = int(event.native["slot"])
            rhythm.begun = float(event.native["begins_seconds"]) - (slot - 1) * rhythm.seconds
            rhythm.spoken_for, rhythm.lost = max(rhythm.spoken_for, slot), True
            if event.label == SLOT:
                self._started.add(run.id)

    def ready(
        self, waiting: Sequence[Pair], going_on: Mapping[_Key, Sequence[Run]], now: float
    ) -> tuple[list[Pair], list[Noted]]:
        """Choose what may start now, cycles first, and note the slots that are left out; `going_on`: runs by job."""
        cycles, others, noted = [], [], []
        decided: set[_Key] = set()
        for pair in waiting:
            key = (pair.repository, pair.job)
            rhythm = self._rhythms.get(key)
            if rhythm is None or pair.counted_only:
                others.append(pair)
            elif self._started & set(pair.runs):
                cycles.append(pair)  # it is there already, and only to be taken up
            elif key not in decided:
                decided.add(key)
                noted += rhythm.leave_out(going_on.get(key, ()), now)
                if rhythm.spoken_for < rhythm.current(now):
                    cycles.append(pair)
        return [*cycles, *others], noted

    def start(self, pair: Pair, members: Iterable[Run], now: float) -> list[Noted]:
        """Give a pair the current slot; without a cadence, with a slot or as a counted run it needs none."""
        rhythm = self._rhythms.get((pair.repository, pair.job))
        if rhythm is None or pair.counted_only or self._started & set(pair.runs):
            return []
        slot = rhythm.current(now)
        begins = rhythm.begins(slot, now)
        rhythm.begun = begins if rhythm.begun is None else rhythm.begun
        rhythm.spoken_for = slot
        self._started |= set(pair.runs)
        return [(member, _note(SLOT, slot, begins, now)) for member in members]


def _note(label: str, slot: int, begins: float, now: float) -> Event:
    at = Time(now, ClockName.HARNESS)
    native = {"slot": str(slot), "begins": iso(begins), "begins_seconds": repr(begins)}
    return Event(f"{label}:{slot}", Kind.NOTICED, Witness.HARNESS, at, now, label=label, native=native)
