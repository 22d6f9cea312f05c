"""The schedule of a stored campaign: from its journal, or, where that holds no amendments yet, from what ran."""

from __future__ import annotations

from collections.abc import Callable

from harness.campaign.couples import Observations
from harness.campaign.waves import void_replacements
from harness.errors import EvidenceDamaged
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.schedule import Amendment, Schedule, Wave
from harness.store.archive import Archive
from harness.store.schedules import schedule_of


def load_schedule(archive: Archive, plan: Plan) -> Schedule:
    """Read which pairs and runs a campaign has.

    Raises:
        EvidenceDamaged: an amendment of the journal can't be read.
    """
    schedule = schedule_of(plan, archive.read_journal().records)
    if schedule.waves:
        return schedule
    found = ((run.id, readable_observation(archive, run.id)) for run in plan.runs)
    derived = schedule_before_amendments(plan, {name: seen for name, seen in found if seen is not None})
    return derived.amended(schedule.amendments)


def schedule_before_amendments(plan: Plan, seen: Observations) -> Schedule:
    """Derive the schedule of a campaign whose journal has no amendments, by the rule that held when it ran.

    A later wave ran as a whole where any run of it was seen, and each void pair was replaced once.
    """
    begun = {(pair.repository, pair.job, pair.wave) for pair in plan.pairs if set(pair.runs) & set(seen)}
    waves: list[Amendment] = []
    for number in sorted({wave for *_, wave in begun} - {1}):
        pairs = tuple(
            pair.id for pair in plan.pairs if pair.wave == number and (pair.repository, pair.job, pair.wave) in begun
        )
        waves.append(Wave(number, pairs, "runs of it were seen; the journal holds no amendments"))
    schedule = Schedule(plan, tuple(waves))
    return schedule.amended(void_replacements(schedule, seen))


def observations(schedule: Schedule, load: Callable[[str], Observation | None], repository: str = "") -> Observations:
    """Load what is there of the runs of a schedule; of one repository where one is named."""
    runs = (run.id for run in schedule.runs if repository in {"", run.repository})
    found = ((run, load(run)) for run in runs)
    return {run: seen for run, seen in found if seen is not None}


def readable_observation(archive: Archive, run: str) -> Observation | None:
    """Load one run's facts; what can't be read is told as damaged where evidence is checked."""
    try:
        return archive.load_observation(run)
    except EvidenceDamaged:
        return None
