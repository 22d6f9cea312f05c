"""What is worth saying of runs whose work and verdict agree. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable

from harness.model.event import Role
from harness.model.truth import Blame
from harness.platforms.kubernetes.pod import Pod, kept_instead, stayed
from harness.platforms.kubernetes.rules_false_failure import native_sidecar_failed
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule


def _retried(seen: Witnesses) -> str:
    tries = seen.count("failed") + seen.restarts
    return f"{tries} earlier attempts failed; their side effects happened" if seen.complete and tries else ""


def _native_sidecar(seen: Witnesses) -> str:
    for pod in seen.done:
        bad = native_sidecar_failed(pod)
        if bad is not None:
            return f"native sidecar {bad.container} ended with {bad.native.get('exitCode')}, which counts for nothing"
    return ""


def _two_pods(seen: Witnesses) -> str:
    if any(notice.label == "TooManySucceededPods" for notice in seen.notices):
        return "more pods succeeded than the Job wanted"
    if seen.status and seen.count("succeeded") > seen.wanted and seen.count("parallelism") <= 1:
        return f"{seen.count('succeeded')} pods succeeded, and the Job wanted {seen.wanted}"
    single = seen.count("completions") == 1 and not seen.indexed
    if single and _overlap(seen.pods):
        return "two pods of a Job of one completion ran at once"
    staying = stayed(seen.pods) if single else ()
    if any(kept_instead(pod, staying) for pod in seen.pods):
        return "one of two pods of a Job of one completion was removed while the other went on"
    return ""


def _overlap(pods: Iterable[Pod]) -> bool:
    """Tell whether two ran at once; a pod that is being replaced may run beside its replacement."""
    spans = (_span(pod) for pod in pods if pod.deletion is None)
    latest = -math.inf
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if start < latest:
            return True
        latest = max(latest, end)
    return False


def _span(pod: Pod) -> tuple[float, float]:
    starts = [event.at.seconds for event in pod.starts if event.role is Role.MAIN]
    start = min(starts, default=float("inf"))
    return start, pod.main.at.seconds if pod.main is not None else float("inf")


AGREEMENT: tuple[Rule[Witnesses], ...] = (
    Rule(
        "K27",
        "retries masked failures",
        "earlier attempts failed, the Job is Complete",
        "the Job is Complete, and failed or a restart count is above 0",
        Blame.NOBODY,
        "check repeated side effects",
        "groundnuty/k8s-wait-for#45, appuio/nagios-plugins-openshift#51",
        _retried,
    ),
    Rule(
        "K26",
        "native sidecar error",
        "by design a native sidecar's exit counts for nothing",
        "the main container ended with 0, and a native sidecar with a known code that is not 0",
        Blame.NOBODY,
        "nothing; tools that say failed are wrong",
        "kubernetes/kubectl#1739, derailed/k9s#4005, buildkite/agent-stack-k8s#862",
        _native_sidecar,
    ),
    Rule(
        "K47",
        "duplicate pod",
        "a stale cache of the controller or a lost reply to its create made a second pod, or a selector adopted one",
        "an event says TooManySucceededPods, succeeded is above completions, two pods of a Job of one completion "
        "ran at once and neither was being deleted, or one was deleted while another, made before that, surely went on",
        Blame.PLATFORM,
        "check repeated side effects",
        "kubernetes/kubernetes#130683, #137210, #105200, argoproj/argo-workflows#16294; measured",
        _two_pods,
    ),
)
