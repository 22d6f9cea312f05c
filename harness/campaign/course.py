"""The waves of a running campaign: each repository begins its next one when its own runs are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from harness.campaign.schedules import observations
from harness.campaign.waves import WAVES
from harness.model.schedule import Amendment, Schedule
from harness.store.archive import Archive
from harness.store.journal import Journal
from harness.store.schedules import record_of


class Course:
    """The schedule as it grows; called by the folding thread alone."""

    def __init__(
        self, schedule: Schedule, archive: Archive, journal: Journal, over: Callable[[Schedule, str], None]
    ) -> None:
        """Begin the first wave of every repository.

        `over`: hears of a repository of which nothing more runs, while runs of others are still to end.
        """
        self._archive, self._journal, self._over = archive, journal, over
        self.schedule = schedule
        first, *later = WAVES
        self._amend(first.amendments(schedule, {}))
        self._left = {repository.name: list(later) for repository in schedule.plan.repositories}

    def further(self, repository: str) -> Schedule | None:
        """Begin the next wave of a repository, all of whose runs are over; None: nothing more of it runs."""
        if left := self._left[repository]:
            seen = observations(self.schedule, self._archive.load_observation, repository)
            self._amend(left.pop(0).amendments(_alone(self.schedule, repository), seen))
            return _alone(self.schedule, repository)
        del self._left[repository]
        if self._left:
            self._over(self.schedule, repository)
        return None

    def _amend(self, more: Iterable[Amendment]) -> None:
        """Journal what is new of some amendments before anything of it is started."""
        fresh = self.schedule.fresh(more)
        self._journal.append(record_of(amendment) for amendment in fresh)
        self.schedule = self.schedule.amended(fresh)


def _alone(schedule: Schedule, repository: str) -> Schedule:
    """Give the schedule as if its plan had one repository: a wave must not look at others' runs, which still go on."""
    plan = schedule.plan
    alone = replace(
        plan,
        repositories=tuple(known for known in plan.repositories if known.name == repository),
        pairs=tuple(pair for pair in plan.pairs if pair.repository == repository),
        runs=tuple(run for run in plan.runs if run.repository == repository),
    )
    return Schedule(alone, schedule.amendments)
