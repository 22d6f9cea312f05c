"""CronJob: each of its Jobs is a whole run of its own."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, line, part, text


def _read(item: Object) -> tuple[Parent, ...]:
    facts, spec, status = part(item, "metadata"), part(item, "spec"), part(item, "status")
    last = text(status, "lastSuccessfulTime")
    held = "suspended, " if spec.get("suspend") is True else ""
    return (
        Parent(
            kind="CronJob",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.REPEATS,
            state=ParentState.UNKNOWN,
            says=line(f"{held}schedule {text(spec, 'schedule')}, last success {last or 'none known'}"),
        ),
    )


CRON_JOB = ParentKind(
    "cronjob", "batch", frozenset({"CronJob"}), _read, "Kubernetes API reference, batch/v1 CronJob",
    "kubectl get cronjob {name} -o json",
)  # fmt: skip
