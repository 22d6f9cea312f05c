"""Argo's Workflow and its nodes: each node is a step with a pod, and the controller records an end of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model.parent import Parent, ParentState, Relation, Trouble
from harness.parents.kind import ParentKind, named
from harness.parents.reading import Object, line, owners, part, parts, said, seconds, text, trouble

_PHASES = {
    "Succeeded": ParentState.OK,
    "Failed": ParentState.FAILED,
    "Error": ParentState.FAILED,
    "Running": ParentState.RUNNING,
    "Pending": ParentState.WAITING,
    "": ParentState.WAITING,
}
"""WorkflowPhase and NodePhase of workflow_types.go; Skipped and Omitted ran nothing."""
MAIN = "main"
"""Container of a step that is the work; `wait` and `init` are Argo's own (workflow/common, MainContainerName)."""
LABEL = "workflows.argoproj.io/workflow"
_NAME = re.compile(r"\s+name:\s*['\"]?([a-z0-9][a-z0-9.-]{0,252})['\"]?\s*")
_MANIFEST_MAX = 20_000
"""Characters of a step's manifest that are searched for the Job's name."""


def _read(item: Object) -> tuple[Parent, ...]:
    facts, status = part(item, "metadata"), part(item, "status")
    phase = text(status, "phase")
    whole = Parent(
        kind="Workflow",
        name=text(facts, "name"),
        namespace=text(facts, "namespace"),
        uid=text(facts, "uid"),
        relation=Relation.CONSISTS,
        state=_PHASES.get(phase, ParentState.UNKNOWN),
        says=line(phase or "no phase", said("", text(status, "message") or _failed_step(status))),
        ended_seconds=seconds(status.get("finishedAt")),
        owners=owners(item),
        labels=((LABEL, text(facts, "name")),),
    )
    return (whole, *_nodes(item, whole))


def _failed_step(status: Object) -> str:
    """Give the message of the first step that failed; the workflow's own is often empty."""
    nodes = [part(status, "nodes", identity) for identity in part(status, "nodes")]
    bad = [node for node in nodes if text(node, "type") == "Pod" and text(node, "phase") in {"Failed", "Error"}]
    return f"step {text(bad[0], 'displayName')}: {text(bad[0], 'message')}" if bad else ""


def _nodes(item: Object, whole: Parent) -> Iterator[Parent]:
    templates = {text(one, "name"): one for one in parts(part(item, "spec"), "templates")}
    nodes = part(item, "status", "nodes")
    for identity in nodes:
        node = part(nodes, identity)
        if text(node, "type") != "Pod":
            continue
        phase, message = text(node, "phase"), text(node, "message")
        state = _PHASES.get(phase, ParentState.UNKNOWN)
        resource = part(templates.get(text(node, "templateName"), {}), "resource")
        job = _job_of(text(resource, "manifest")[:_MANIFEST_MAX]) if resource else ""
        yield Parent(
            kind="Workflow step",
            name=f"{whole.name}/{text(node, 'displayName') or identity}",
            namespace=whole.namespace,
            uid=f"{whole.uid}/{identity}",
            relation=Relation.AWAITS if resource else Relation.WATCHES,
            state=state,
            says=line(phase or "no phase", said("", message)),
            trouble=trouble(message) if state is ParentState.FAILED else Trouble.NONE,
            ended_seconds=seconds(node.get("finishedAt")),
            owners=(whole.uid,),
            awaits=_awaited(resource),
            made=frozenset({("Job", job)} if job else {("Pod", identity)}),
            labels=() if resource else (("workflows.argoproj.io/node-id", identity),),
        )


def _job_of(manifest: str) -> str:
    """Give the name of the Job that a resource step makes; a generated one is not known."""
    lines = manifest.splitlines()
    if not any(line.replace(" ", "").strip("'\"") == "kind:Job" for line in lines):
        return ""
    inside = lines[lines.index("metadata:") + 1 :] if "metadata:" in lines else []
    return next((found[1] for line in inside if (found := _NAME.fullmatch(line))), "")


def _awaited(resource: Object) -> str:
    """Say which of a Job's two ends a resource step waits for, where it names one only."""
    good, bad = bool(text(resource, "successCondition")), bool(text(resource, "failureCondition"))
    return {(True, False): "complete", (False, True): "failed"}.get((good, bad), "")


WORKFLOW = ParentKind(
    "argo-workflow",
    "argoproj.io",
    frozenset({"Workflow"}),
    _read,
    "argoproj/argo-workflows, pkg/apis/workflow/v1alpha1/workflow_types.go",
    "kubectl get workflow {name} -o json",
    work=lambda pod: named(pod, MAIN) if LABEL in part(pod, "metadata", "labels") else "",
)
