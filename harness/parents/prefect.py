"""Prefect's flow runs, as `prefect flow-run inspect -o json` and its REST API print them."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation, Trouble
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, line, part, said, seconds, text, trouble

_STATES = {
    "COMPLETED": ParentState.OK,
    "FAILED": ParentState.FAILED,
    "CRASHED": ParentState.FAILED,
    "CANCELLED": ParentState.STOPPED,
    "CANCELLING": ParentState.STOPPED,
    "RUNNING": ParentState.RUNNING,
    "PENDING": ParentState.WAITING,
    "SCHEDULED": ParentState.WAITING,
    "PAUSED": ParentState.WAITING,
}
"""StateType of prefect/client/schemas/objects.py."""


def _read(item: Object) -> tuple[Parent, ...]:
    told = part(item, "state")
    kind = text(item, "state_type") or text(told, "type")
    if not text(item, "flow_id") or kind not in _STATES:
        return ()
    identity, message = text(item, "id"), text(told, "message")
    state = _STATES[kind]
    lost = kind == "CRASHED"  # the infrastructure's word; any other state is the flow's own
    *_, job = text(item, "infrastructure_pid").split(":")
    return (
        Parent(
            kind="Prefect flow run",
            name=text(item, "name") or identity,
            namespace="",
            uid=f"prefect/{identity}",
            relation=Relation.WATCHES if lost else Relation.RUNS,
            state=state,
            says=line(text(item, "state_name") or kind, said("", message)),
            trouble=trouble(message) if state is ParentState.FAILED else Trouble.NONE,
            ended_seconds=seconds(item.get("end_time")) or seconds(told.get("timestamp")),
            made=frozenset({("Job", job)} if job else ()),
            labels=(("prefect.io/flow-run-id", identity),),
        ),
    )


PREFECT = ParentKind(
    "prefect-flow-run",
    "",
    frozenset(),
    _read,
    "PrefectHQ/prefect, client/schemas/objects.py (FlowRun, StateType); prefect-kubernetes (infrastructure_pid)",
    example={"id": "1", "flow_id": "f", "name": "calm-fox", "state_type": "COMPLETED", "infrastructure_pid": "c:ns:j"},
)
