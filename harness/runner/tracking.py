"""What is known of every run of a campaign while it is driven, and of the places and the time that its runs have.

Belongs to the folding thread; other threads call only what reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.backends.base import Backend, Source
from harness.model.clock import Deadline
from harness.model.event import Event
from harness.model.job import Job, Side
from harness.model.lifecycle import TERMINAL, replay
from harness.model.plan import Pair, Run
from harness.runner.context import Progress, RunnerContext, Tracked, places, recovered
from harness.runner.outage import Outages
from harness.runner.slots import Noted, Slots


class Tracking:
    """The runs by id, with what the journal already knew of them."""

    def __init__(self, context: RunnerContext) -> None:
        """Take up what the journal knows of events, slots and outages."""
        plan, journal = context.plan, context.journal
        self.context = context
        self.by_id: dict[str, Tracked] = {}
        self.jobs = {(repository.name, job.name): job for repository in plan.repositories for job in repository.jobs}
        self.slots, self.outages = Slots.of(plan), Outages()
        self.now = context.clock.now()
        """When the fold looked last, by the wall clock."""
        self._recovered = recovered(journal.recovered)
        self._places = places(plan, context.backends)
        self._deadlines = {
            repository.name: Deadline.after(context.clock, repository.limits.campaign_seconds_max)
            for repository in plan.repositories
        }
        journal.append(self.outages.recall(journal.recovered, self.now))

    def of(self, run: Run) -> Tracked:
        """Give what is known of a run."""
        known = self.by_id.get(run.id)
        if known is None:
            known = self.by_id[run.id] = Tracked(run)
            known.done = self.context.archive.load_observation(run.id) is not None
            for event in self._recovered.get(run.id, ()):
                known.events[event.key] = event
            known.state = replay(known.events.values()).end
            known.begun_seconds = min((event.received_seconds for event in known.events.values()), default=None)
            self.slots.recall(run, known.events.values())
        return known

    def note(self, noted: Sequence[Noted]) -> None:
        """Put what the harness itself did into histories and journal."""
        for run, event in noted:
            self.of(run).events[event.key] = event
        if noted:
            self.context.journal.append({"record": "event", "run": run.id, "event": event} for run, event in noted)

    def tell(self, run: Run, state: str, text: str = "") -> None:
        """Show a step of a run."""
        self.context.listener(Progress(run, state, text))

    def all_done(self, pair: Pair, runs: Mapping[str, Run]) -> bool:
        """Tell whether each run of a pair has an observation."""
        return all(self.of(runs[run]).done for run in pair.runs)

    def going_on(self, active: Iterable[Pair], runs: Mapping[str, Run]) -> Mapping[tuple[str, str], list[Run]]:
        """Give the runs by job that were started and have not ended; one that only waits to be fetched has."""
        found: dict[tuple[str, str], list[Run]] = {}
        for tracked in (self.of(runs[run]) for pair in active for run in pair.runs):
            if not tracked.done and tracked.state not in TERMINAL:
                found.setdefault((tracked.run.repository, tracked.run.job), []).append(tracked.run)
        return found

    def job(self, run: Run) -> Job:
        """Give the job that a run is one of."""
        return self.jobs[run.repository, run.job]

    def backend(self, run: Run) -> Backend:
        """Give the backend that launches a run."""
        return self.context.backends[run.repository, run.side]

    def place(self, run: Run) -> str:
        """Name the platform of a run, as outages do."""
        return self._places[id(self.backend(run))]

    def place_of(self, source: Source) -> str:
        """Name the platform that a source watches; a witness of its own has its own name."""
        return self._places.get(id(source), source.platform)

    def news_of_outages(self) -> Iterable[str]:
        """Say which platforms do not answer, or answer again, as often as that is worth a line."""
        return self.outages.news(self._places.values(), self.now)

    def out_of_time(self, repository: str) -> bool:
        """Tell whether a repository's part of the campaign has taken as long as it may."""
        return self._deadlines[repository].left(self.context.clock) <= 0

    def suspended(self, repository: str) -> bool:
        """Tell whether a platform of a repository does not answer, while the campaign has time to wait for it."""
        found = {self._places[id(self.context.backends[repository, side])] for side in Side}
        return any(self.outages.out(place, self.now) for place in found) and not self.out_of_time(repository)

    def history(self, tracked: Tracked) -> tuple[Event, ...]:
        """Give a run's events, and the gaps that it lived through; of one that was taken up, all gaps."""
        begun, now = tracked.begun_seconds or 0.0, self.context.clock.now()
        gaps = self.outages.events(self.place(tracked.run), tracked.run.id, begun, now)
        return (*tracked.events.values(), *gaps)
