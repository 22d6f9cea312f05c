"""What a campaign needs and lacks, looked up on both sides before either one starts."""

from __future__ import annotations

from collections.abc import Iterator

from harness.backends.connecting import CONNECTORS
from harness.campaign.wiring import Connections
from harness.errors import Refused
from harness.model.job import Side
from harness.model.order import Order
from harness.model.plan import Plan


def check(plan: Plan, wiring: Connections) -> None:
    """Refuse a campaign that lacks something, with all that it lacks.

    Raises:
        Refused: an object, a bucket or a place is missing, or a platform would refuse the very job in a dry run.
        BackendError: a platform does not answer.
    """
    lacking = list(dict.fromkeys(_lacking(plan, wiring)))
    if lacking:
        raise Refused("nothing was started; missing before the first run:\n" + "\n".join(lacking))


def _lacking(plan: Plan, wiring: Connections) -> Iterator[str]:
    runs = {(run.repository, run.job, run.side): run for run in reversed(plan.runs)}
    for repository in plan.repositories:
        for job in repository.jobs:
            name = f"{repository.name}/{job.name}"
            for given in job.inputs:
                if said := wiring.staging(repository, Side.CANDIDATE).missing(given):
                    yield f"{name}: input {given.name}: {said}"
            for side in Side:
                run = runs.get((repository.name, job.name, side))
                if run is None:
                    continue
                order = Order(plan.campaign, run, job, plan.identities[name], plan.mutations_of(run))
                connector = CONNECTORS.get(run.platform)
                for said in connector.missing(wiring.backends[repository.name, side], order):
                    yield f"{name}: {side.value}: {said}"
