"""Tekton's TaskRun and PipelineRun: a TaskRun's pod has one container a step, and all of them are the work."""

from __future__ import annotations

from harness.model.parent import Parent, ParentState, Relation, Trouble
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, line, owners, part, parts, said, seconds, text, trouble

_STATES = {"True": ParentState.OK, "False": ParentState.FAILED}
"""Status of the condition Succeeded; Unknown: it runs (docs/taskruns.md, Monitoring Status)."""
_STOPPED = frozenset({"TaskRunCancelled", "Cancelled", "CancelledRunFinally", "StoppedRunFinally"})
_TIMEOUTS = frozenset({"TaskRunTimeout", "PipelineRunTimeout"})
LABEL = "tekton.dev/taskRun"
STEP = "step-"
"""How containers of steps are named; `sidecar-` are helpers (pkg/pod, stepPrefix)."""


def _read(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    told = next((one for one in parts(status, "conditions") if text(one, "type") == "Succeeded"), {})
    reason, message = text(told, "reason"), text(told, "message")
    state = _STATES.get(text(told, "status"), ParentState.RUNNING if told else ParentState.WAITING)
    pod = text(status, "podName")
    why = Trouble.TIMEOUT if reason in _TIMEOUTS else trouble(message)
    task = text(item, "kind") == "TaskRun"
    return (
        Parent(
            kind=text(item, "kind"),
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=text(facts, "uid"),
            relation=Relation.WATCHES if task else Relation.CONSISTS,
            state=ParentState.STOPPED if reason in _STOPPED else state,
            says=line(reason or "no condition", said("", message)),
            trouble=why if task and state is ParentState.FAILED else Trouble.NONE,
            ended_seconds=seconds(status.get("completionTime")),
            owners=owners(item),
            made=frozenset({("Pod", pod)} if pod else ()),
            labels=((LABEL if task else "tekton.dev/pipelineRun", text(facts, "name")),),
        ),
    )


def _step_of(pod: Object) -> str:
    """Name the step that decides a pod: the first that failed, for later ones are skipped; else the last."""
    ends = {
        text(one, "name"): part(one, "state", "terminated").get("exitCode")
        for one in parts(part(pod, "status"), "containerStatuses")
    }
    steps = [name for one in parts(part(pod, "spec"), "containers") if (name := text(one, "name")).startswith(STEP)]
    return next((name for name in steps if ends.get(name) not in {0, None}), steps[-1] if steps else "")


TEKTON = ParentKind(
    "tekton-run",
    "tekton.dev",
    frozenset({"TaskRun", "PipelineRun"}),
    _read,
    "tektoncd/pipeline, docs/taskruns.md and docs/pipelineruns.md, pkg/apis/pipeline/v1/taskrun_types.go",
    "kubectl get {kind} {name} -o json",
    work=lambda pod: _step_of(pod) if LABEL in part(pod, "metadata", "labels") else "",
)
