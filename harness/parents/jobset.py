"""JobSet: several Jobs that are one work, restarted together when one fails."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, by_condition, line, owners, part, said, seconds, text, word

_STATES = {"Failed": ParentState.FAILED, "Completed": ParentState.OK, "Suspended": ParentState.WAITING}
"""JobSetConditionType of jobset_types.go; with none of them its Jobs run."""


def _read(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    state, condition, name = by_condition(item, _STATES)
    running = not name and bool(status)
    restarts = word(status.get("restarts"))
    again = f"after {restarts} restarts of all its Jobs" if restarts not in {"", "0"} else ""
    ended = state in {ParentState.OK, ParentState.FAILED}
    return (
        Parent(
            kind="JobSet",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.CONSISTS,
            state=ParentState.RUNNING if running else state,
            says=line(name or "runs", said(text(condition, "reason"), text(condition, "message")), again),
            ended_seconds=seconds(condition.get("lastTransitionTime")) if ended else None,
            owners=owners(item),
            labels=(("jobset.sigs.k8s.io/jobset-name", text(facts, "name")),),
        ),
    )


JOB_SET = ParentKind(
    "jobset",
    "jobset.x-k8s.io",
    frozenset({"JobSet"}),
    _read,
    "kubernetes-sigs/jobset, api/jobset/v1alpha2/jobset_types.go",
    "kubectl get jobset {name} -o json",
)
