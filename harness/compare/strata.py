"""Where and when a run ran: node, processor, instance family and day. Pure."""

from __future__ import annotations

from harness.model.lifecycle import State, replay
from harness.model.observation import Observation
from harness.model.sample import Stratum


def strata_of(observation: Observation) -> dict[Stratum, str]:
    """Name the strata of a run: of its last attempt, whose value counts; what no witness told is absent."""
    events = observation.events
    last = max((each.attempt for each in events), default=0)
    nodes = {each.native.get("nodeName", "") for each in events if each.attempt == last} - {""}
    instance = next((each.native["InstanceType"] for each in events if "InstanceType" in each.native), "")
    submitted = replay(events).entered.get(State.SUBMITTED)
    told = {
        Stratum.NODE: ", ".join(sorted(nodes)),
        Stratum.PROCESSOR: observation.record.process.get("processor", "") if observation.record else "",
        Stratum.FAMILY: instance.rpartition(".")[0],
        Stratum.DAY: submitted.iso()[:10] if submitted else "",
    }
    return {stratum: name for stratum, name in told.items() if name}
