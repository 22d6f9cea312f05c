"""Kueue's Workload: the queue's own record of a Job, which says whether it may run and why it was taken off again."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, conditions, line, owners, part, parts, said, seconds, text

_FINISHED = {
    "Succeeded": ParentState.OK,
    "JobFinished": ParentState.OK,
    "Failed": ParentState.FAILED,
}
"""Reasons of Finished (workload_types.go); JobFinished of older releases names no outcome, and its message does."""


def _state(held: dict[str, Object], pending: Object) -> tuple[ParentState, str, Object]:
    if "Finished" in held:
        reason = text(held["Finished"], "reason")
        state = _FINISHED.get(reason, ParentState.UNKNOWN)
        failed = reason == "JobFinished" and "fail" in text(held["Finished"], "message").lower()
        return ParentState.FAILED if failed else state, "Finished", held["Finished"]
    if "Evicted" in held and "Admitted" not in held:
        return ParentState.WAITING, "Evicted", held["Evicted"]
    if "Admitted" in held:
        return ParentState.RUNNING, "Admitted", held["Admitted"]
    return ParentState.WAITING, "not admitted", pending


def _read(item: Object) -> tuple[Parent, ...]:
    facts, held = part(item, "metadata"), conditions(item)
    every = {text(one, "type"): one for one in parts(part(item, "status"), "conditions")}
    state, name, condition = _state(held, every.get("QuotaReserved", {}))
    queue = f"in queue {text(part(item, 'spec'), 'queueName')}"
    off = part(item, "spec").get("active") is False or "Deactivated" in text(condition, "reason")
    then = "it is deactivated and is not admitted again" if off else f"it waits {queue} to be admitted"
    waits = f"; {then}" if state is ParentState.WAITING else ""
    return (
        Parent(
            kind="Kueue Workload",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.ADMITS,
            state=state,
            says=line(name, said(text(condition, "reason"), text(condition, "message")), waits),
            ended_seconds=seconds(condition.get("lastTransitionTime")) if name == "Finished" else None,
            of=frozenset(owners(item)),
        ),
    )


WORKLOAD = ParentKind(
    "kueue-workload",
    "kueue.x-k8s.io",
    frozenset({"Workload"}),
    _read,
    "kubernetes-sigs/kueue, apis/kueue/v1beta1/workload_types.go",
    "kubectl get workload {name} -o json",
)
