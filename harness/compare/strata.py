"""Where and when a run ran: node, processor, instance family and day. Pure."""

from __future__ import annotations

from harness.model.lifecycle import State, replay
from harness.model.observation import Observation
from harness.model.sample import Stratum


def strata_of(observation: Observation) -> dict[Stratum, str]:
    """Name the strata of a run's last attempt, whose value counts; a stratum that no witness reported is absent."""
    events = observation.events
    last = max((event.attempt for event in events), default=0)
    nodes = {event.native.get("nodeName", "") for event in events if event.attempt == last} - {""}
    instance = next((event.native["InstanceType"] for event in events if "InstanceType" in event.native), "")
    submitted = replay(events).entered.get(State.SUBMITTED)
    names = {
        Stratum.NODE: ", ".join(sorted(nodes)),
        Stratum.PROCESSOR: observation.record.process.get("processor", "") if observation.record else "",
        Stratum.FAMILY: instance.rpartition(".")[0],
        Stratum.DAY: submitted.iso()[:10] if submitted else "",
    }
    return {stratum: name for stratum, name in names.items() if name}
