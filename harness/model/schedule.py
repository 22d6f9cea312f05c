"""What a campaign really sets out to do: its plan and the amendments that its journal holds, each with a reason.

A pure value. Amendments may be added in any order and more than once: the pairs that follow from them are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from harness.model.job import Side
from harness.model.plan import COMPARED, Grade, Pair, Plan, Run


class Cause(StrEnum):
    """Why a pair has a replacement."""

    VOID = "void"
    """It tells nothing, by what we or a platform did; replaced once."""
    STOPPED = "stopped"
    """We stopped it before it could tell anything; replaced as often as that happens."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Planned pairs that run: those of wave 1 always, those of later waves where noise asks for them."""

    number: int
    pairs: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """A pair that the plan does not have, with its runs; `pair.replaces` names the one that it stands for."""

    pair: Pair
    runs: tuple[Run, ...]
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The campaign went to another writer, who had not been given it back; no pair follows from it."""

    generation: str
    """Of the new writer's lease."""
    before: str
    """Writer that held it."""
    by: str
    at: str
    """By the new writer's clock."""
    reason: str


@dataclass(frozen=True, slots=True)
class RunAtStop:
    """What was known of one run of a pair when the pair was to be stopped."""

    run: str
    submitted: bool
    """False: it was still to be submitted, and never was."""
    ended: bool
    reported: bool | None
    """Whether its log held a value of one of its metrics; None: nobody could tell, which counts as yes."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A pair that we stopped, with what its runs had told by then; journaled before any platform is asked to stop."""

    pair: str
    runs: tuple[RunAtStop, ...]
    who: str
    at: str
    reason: str

    @property
    def blind(self) -> bool:
        """Tell whether no run had ended or reported a metric: whoever stopped the pair did not know what it was for.

        Only such a pair is set aside and replaced; any other counts, or nobody could stop when a number looks bad.
        """
        return not any(run.ended or run.reported is not False for run in self.runs)

    @property
    def cuts(self) -> bool:
        """Tell whether there is anything to stop: a run that is there and goes on."""
        return any(run.submitted and not run.ended for run in self.runs)


Amendment = Wave | Replacement | Stop | TakeOver


@dataclass(frozen=True)
class Schedule:
    """A plan with its amendments; every reader of a campaign asks here which pairs and runs there are."""

    plan: Plan
    amendments: tuple[Amendment, ...] = ()

    @classmethod
    def whole(cls, plan: Plan) -> Schedule:
        """Take every planned pair for needed, whatever noise would have asked for."""
        later = sorted({pair.wave for pair in plan.pairs} - {1})
        return cls(
            plan,
            tuple(
                Wave(number, tuple(pair.id for pair in plan.pairs if pair.wave == number), "every planned pair ran")
                for number in later
            ),
        )

    def amended(self, more: Iterable[Amendment]) -> Schedule:
        """Add amendments; one that is there already changes nothing."""
        fresh = self.fresh(more)
        return Schedule(self.plan, (*self.amendments, *fresh)) if fresh else self

    def fresh(self, more: Iterable[Amendment]) -> tuple[Amendment, ...]:
        """List which amendments say something new; a pair has one replacement, and the first one holds."""
        known = {_key(amendment) for amendment in self.amendments}
        found: list[Amendment] = []
        for amendment in more:
            if (key := _key(amendment)) not in known:
                known.add(key)
                found.append(amendment)
        return tuple(found)

    @cached_property
    def waves(self) -> frozenset[int]:
        """Numbers of the waves that were begun."""
        return frozenset(amendment.number for amendment in self.amendments if isinstance(amendment, Wave))

    @cached_property
    def replacements(self) -> Mapping[str, Replacement]:
        """Replacements by the pair that they stand for."""
        found: dict[str, Replacement] = {}
        for amendment in self.amendments:
            if isinstance(amendment, Replacement) and amendment.pair.replaces is not None:
                found.setdefault(amendment.pair.replaces, amendment)
        return found

    @cached_property
    def stops(self) -> Mapping[str, Stop]:
        """Stops by pair."""
        found: dict[str, Stop] = {}
        for amendment in self.amendments:
            if isinstance(amendment, Stop):
                found.setdefault(amendment.pair, amendment)
        return found

    @cached_property
    def set_aside(self) -> frozenset[str]:
        """Pairs that count nowhere: we stopped them before they could tell anything."""
        return frozenset(pair for pair, stop in self.stops.items() if stop.blind)

    @cached_property
    def stopped_runs(self) -> frozenset[str]:
        """Runs of pairs that we stopped: whatever they left, nothing is compared with it."""
        return frozenset(run for pair in self.pairs if pair.id in self.stops for run in pair.runs)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Pairs that run or ran: planned ones in plan order, then replacements in the order of what they stand for."""
        begun = {pair for amendment in self.amendments if isinstance(amendment, Wave) for pair in amendment.pairs}
        planned = tuple(pair for pair in self.plan.pairs if pair.wave == 1 or pair.id in begun)
        return (*planned, *(added.pair for pair in planned for added in self._after(pair.id)))

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs of these pairs: planned ones in plan order, then those of replacements."""
        needed = {run for pair in self.pairs for run in pair.runs}
        planned = tuple(run for run in self.plan.runs if run.id in needed)
        return (*planned, *(run for pair in self.plan.pairs for added in self._after(pair.id) for run in added.runs))

    @cached_property
    def _runs_by_id(self) -> Mapping[str, Run]:
        return {run.id: run for run in (*self.plan.runs, *self.runs)}

    def run(self, run: str) -> Run:
        """Give one run by its id, also one of a wave that never began.

        Raises:
            KeyError: neither the plan nor an amendment has it.
        """
        return self._runs_by_id[run]

    def runs_of(self, pair: Pair) -> tuple[Run, ...]:
        """Give the runs of a pair in start order."""
        return tuple(self._runs_by_id[run] for run in pair.runs)

    def pairs_of(self, repository: str, job: str, grades: Collection[Grade] = COMPARED) -> tuple[Pair, ...]:
        """List the pairs of one job of some grades, replacements last: all but stopped ones."""
        return tuple(
            pair
            for pair in self.pairs
            if (pair.repository, pair.job) == (repository, job) and pair.grade in grades and pair.id not in self.stops
        )

    def stands_for_void(self, pair: Pair) -> bool:
        """Tell whether a pair replaces a void one, at whatever remove: such a pair is not replaced for being void."""
        by_id = {known.id: known for known in self.pairs}
        met: set[str] = set()
        while pair.replaces is not None and pair.id not in met:
            met.add(pair.id)
            if (added := self.replacements.get(pair.replaces)) is not None and added.cause is Cause.VOID:
                return True
            pair = by_id.get(pair.replaces, pair)
        return False

    def _after(self, pair: str) -> Iterator[Replacement]:
        """Follow a pair to its replacement, to that one's replacement, and so on."""
        met = {pair}
        while (added := self.replacements.get(pair)) is not None and added.pair.id not in met:
            yield added
            pair = added.pair.id
            met.add(pair)

    # -- runs of one side (A/A) ---------------------------------------------------------------------------------------

    def alike(self, repository: str, job: str, side: Side) -> tuple[Run, ...]:
        """List the runs of one side with one identity (A/A): all but those without the shim that has the others."""
        return self._graded(repository, job, side, (*COMPARED, Grade.REPEAT))

    def repeats(self, repository: str, job: str, side: Side) -> tuple[Run, ...]:
        """List the runs of one side that are in no pair of the two sides (A/A)."""
        return self._graded(repository, job, side, (Grade.REPEAT,))

    def bare(self, repository: str, job: str, side: Side) -> tuple[Run, ...]:
        """List the runs of one side that are to show what the shim changes."""
        return self._graded(repository, job, side, (Grade.BARE,))

    def _graded(self, repository: str, job: str, side: Side, grades: tuple[Grade, ...]) -> tuple[Run, ...]:
        wanted = {run for pair in self.pairs_of(repository, job, grades) for run in pair.runs}
        return tuple(run for run in self.runs if run.id in wanted and run.side is side)


def evidence_files(schedule: Schedule, repository: str) -> tuple[str, ...]:
    """Name the evidence files that a finished campaign must have kept for a repository, relative to the campaign.

    Each run of the schedule leaves an observation, also one that was never submitted. Payloads are not among them:
    their names and digests follow from the observations (`Observation.files`).
    """
    runs = (run.id for run in schedule.runs if run.repository == repository)
    return ("plan.json", "journal.log", *(f"runs/{run}/observation.json" for run in runs))


def _key(amendment: Amendment) -> tuple[object, ...]:
    """Name what an amendment decides; two with one key are one amendment told twice."""
    match amendment:
        case Wave(number, pairs, _):
            return "wave", number, pairs
        case Replacement(pair, _, _, _):
            return "replacement", pair.replaces
        case TakeOver(generation, _, _, _, _):
            return "take-over", generation
        case Stop(pair_id, _, _, _, _):
            return "stop", pair_id
