"""Jobs whose endings are known, by what provokes them; what their records must be decided as. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Object = dict[str, Any]
TRAPPED = "trap 'sleep 2; exit 0' TERM; while true; do sleep 0.2; done"
"""Work that is asked to end, and ends with 0 in its grace; later than the controller sees the pod being deleted."""
LIMITED = {"activeDeadlineSeconds": 20}
"""Long enough for the work to have begun on a busy machine: what a deadline meets before that is another ending."""
RETRIED = f"if [ -f /kept/first ]; then {TRAPPED}; else touch /kept/first; exit 1; fi"
HUNGRY_CHILD = "(tail /dev/zero); exit 0"
"""tail keeps what has no line end, until the kernel kills it; the shell goes on."""

QUANTITIES = (
    (0, "0"), (1, "1m"), (250, "250m"), (1000, "1"), (1500, "1500m"), (2000, "2"), (1_000_000, "1k"),
    (1024 * 1000, "1024"), (1024**3 * 1000, "1073741824"), (10**9 * 1000, "1G"),
)  # fmt: skip
"""Thousandths, and how a Kubernetes API server keeps them."""


class Act(StrEnum):
    """What is done to a Job once its main container runs."""

    NOTHING = "nothing"
    SUSPEND = "suspend"
    DELETE_POD = "delete pod"
    DELETE_JOB = "delete job"


class Until(StrEnum):
    """When a scenario is over."""

    VERDICT = "the Job has a verdict"
    POD_GONE = "its pod is gone"
    JOB_GONE = "the Job is gone"
    LONG = "it went on for long"
    DECIDED = "it was decided long ago"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One Job, and the word of truth: work, platform, class."""

    name: str
    watched: str
    """Decided from all that a watch showed."""
    listed: str
    """Decided from what is left at the end; empty: nothing is left."""
    containers: tuple[Object, ...]
    act: Act = Act.NOTHING
    until: Until = Until.VERDICT
    spec: Mapping[str, Any] = field(default_factory=dict)
    pod: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    """A class that the watch must show beside the word."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the pod."""
    told_with: str = ""
    """The group whose one watch tells it; empty: it has a file of its own."""
    script: Callable[[datetime], tuple[Object, ...]] | None = None
    """What a scripted kubelet writes into the pod's status, one after the other; None: a real one runs the pod."""

    @property
    def file(self) -> str:
        """Name of its records, without an ending."""
        return self.told_with or self.name


def main(script: str, **more: Any) -> Object:
    """Write the main container."""
    return {"name": "main", "command": ["sh", "-c", script], **more}


def beside(script: str, name: str = "proxy") -> Object:
    """Write a plain sidecar."""
    return {"name": name, "command": ["sh", "-c", script]}


HUNGRY = {"resources": {"limits": {"memory": "48Mi"}}}
FAIL_ON_SEVEN = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [7]}}
TWO = {"completions": 2, "parallelism": 2, "completionMode": "Indexed"}
FILLS = "head -c 20000000 /dev/zero > /scratch/file"
MOUNTED = {"volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}]}
SMALL = {"volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "5Mi"}}]}
"""The kubelet evicts a pod whose scratch grows past its limit."""
HELD = "parity/held"
"""Label of pods whose finalizer nobody may take away (`setting.py`)."""
GRACE_SECONDS = 20
"""Ten times what the work needs of it: the machine may be busy."""
WORK = {"kubectl.kubernetes.io/default-container": "main"}
"""Says which container is the work; several and no word of it leave the work unknown."""
KEPT = {"volumes": [{"name": "kept", "emptyDir": {}}], "restartPolicy": "OnFailure"}
SCENARIOS = (
    Scenario("success", "ok ok -", "ok ok -", (main("sleep 1; echo done"),)),
    Scenario("code-error", "failed failed -", "failed failed -", (main("sleep 1; exit 3"),)),
    Scenario("sidecar-fails-after", "ok failed K08", "ok failed K08", (main("sleep 1"), beside("sleep 4; exit 1"))),
    Scenario("job-deadline", "unknown failed K02", "unknown failed -", (main(TRAPPED),), spec=LIMITED),
    Scenario("pod-deadline", "unknown failed K03", "unknown failed K03", (main(TRAPPED),), pod=LIMITED),
    Scenario(
        "child-oom", "unknown ok K20", "unknown ok K20", (main(HUNGRY_CHILD, **HUNGRY),),
    ),
    Scenario("main-oom", "failed failed -", "failed failed -", (main("exec tail /dev/zero", **HUNGRY),)),
    Scenario(
        "last-retry-killed", "unknown failed K11", "unknown failed -",
        (main(RETRIED, volumeMounts=[{"name": "kept", "mountPath": "/kept"}]),), spec={"backoffLimit": 1}, pod=KEPT,
    ),
    Scenario(
        "suspended", "unknown none K32", "unknown none -", (main(TRAPPED),), act=Act.SUSPEND, until=Until.POD_GONE
    ),
    Scenario("pod-deleted", "unknown failed K01", "unknown failed -", (main(TRAPPED),), act=Act.DELETE_POD),
    Scenario(
        "image-missing", "unknown none K36", "unknown none K36", (main("true", image="localhost/absent:1"),),
        until=Until.LONG,
    ),
    Scenario(
        "unschedulable", "unknown none K36", "unknown none K36",
        (main("true", resources={"requests": {"cpu": "1000"}}),), until=Until.LONG,
    ),
    Scenario(
        "sidecar-never-ends", "ok none K35", "ok none K35", (main("sleep 1"), beside("sleep 600")), until=Until.LONG
    ),
    Scenario(
        "removed-under-watch", "ok ok -", "", (main("sleep 1"),),
        until=Until.JOB_GONE, spec={"ttlSecondsAfterFinished": 0},
    ),
    Scenario(
        "policy-hits-sidecar", "ok failed K09", "ok failed K09", (main("sleep 1"), beside("sleep 4; exit 7")),
        spec={"podFailurePolicy": {"rules": [FAIL_ON_SEVEN]}},
    ),
    Scenario(
        "policy-hits-main", "failed failed -", "failed failed -", (main("sleep 1; exit 7"),),
        spec={"podFailurePolicy": {"rules": [FAIL_ON_SEVEN]}},
    ),
    Scenario(
        "both-indexes-fail", "failed failed -", "failed failed -", (main("sleep 1; exit 3"),),
        spec={**TWO, "backoffLimitPerIndex": 0, "backoffLimit": 9},
    ),
    Scenario(
        "one-index-fails", "failed failed K12", "failed failed K12",
        (main("sleep 1; [ $JOB_COMPLETION_INDEX = 0 ]"),), spec={**TWO, "backoffLimitPerIndex": 0, "backoffLimit": 9},
    ),
    Scenario(
        "quorum", "failed ok K28", "unknown ok -", (main("[ $JOB_COMPLETION_INDEX = 0 ] || sleep 600; sleep 2"),),
        spec={**TWO, "successPolicy": {"rules": [{"succeededIndexes": "0"}]}},
    ),
    Scenario(
        "deletion-waited-for", "unknown ok K22", "unknown ok -", (main(TRAPPED),), act=Act.DELETE_POD,
        spec={"podReplacementPolicy": "Failed"},
    ),
    Scenario(
        "native-sidecar-fails", "ok ok -", "ok ok -", (main("sleep 1"),), beside="K26",
        pod={"initContainers": [{**beside("trap 'exit 3' TERM; while true; do sleep 0.2; done"),
                                 "restartPolicy": "Always"}]},
    ),
    Scenario(
        "retried", "ok ok -", "ok ok -",
        (main("[ -f /kept/first ] || { touch /kept/first; exit 1; }",
              volumeMounts=[{"name": "kept", "mountPath": "/kept"}]),),
        spec={"backoffLimit": 3}, pod=KEPT, beside="K27",
    ),
    Scenario(
        "finalizer-blocked", "ok none K33", "ok none K33", (main("sleep 1"),), until=Until.DECIDED, beside="K34",
        labels={HELD: "yes"},
    ),
    Scenario(
        "events-dropped", "ok ok -", "ok ok -",
        (main("true"), *(beside("true", f"proxy-{number}") for number in range(11))), beside="K48",
    ),
    Scenario(
        "removed-by-another", "unknown none K50", "", (main(TRAPPED),), act=Act.DELETE_JOB, until=Until.POD_GONE,
    ),
    Scenario(
        "no-service-account", "unknown none K37", "unknown none K37", (main("true"),), until=Until.LONG,
        pod={"serviceAccountName": "absent"},
    ),
    Scenario(
        "evicted-for-disk", "failed failed -", "failed failed -",
        (main(f"trap 'exit 143' TERM; {FILLS}; while true; do sleep 0.1; done", **MOUNTED),), pod=SMALL,
    ),
    Scenario(
        "evicted-done", "unknown ok K21", "unknown ok K21",
        (main(f"trap 'exit 0' TERM; {FILLS}; while true; do sleep 0.1; done", **MOUNTED),), pod=SMALL,
    ),
)  # fmt: skip
"""Provoked for real: a real kubelet runs every one of them."""


def manifest(scenario: Scenario, image: str) -> Object:
    """Write a scenario's Job."""
    given = {"image": image, "imagePullPolicy": "IfNotPresent"}
    inits = [{**given, **container} for container in scenario.pod.get("initContainers", [])]
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "dnsPolicy": "Default",
        "automountServiceAccountToken": False,
        "containers": [{**given, **container} for container in scenario.containers],
        **scenario.pod,
        **({"initContainers": inits} if inits else {}),
        **({"schedulerName": "nobody"} if scenario.script else {}),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": scenario.name},
        "spec": {
            "backoffLimit": 0,
            **scenario.spec,
            "template": {"metadata": {"labels": dict(scenario.labels), "annotations": WORK}, "spec": pod},
        },
    }


_POD_NAME = re.compile(r"(-\d+)?-[a-z0-9]{5}$")
"""What the Job controller puts after the Job's name: an index, and five letters."""


def job_of(item: Object) -> str:
    """Name the Job that an object is of: a Job, its pod, or an Event about either; of a node's Event, the node."""
    kind, metadata = item.get("kind"), item["metadata"]
    if kind == "Pod":
        return str(metadata["labels"]["batch.kubernetes.io/job-name"])
    if kind == "Event":
        about = item["involvedObject"]
        return str(_POD_NAME.sub("", about["name"]) if about["kind"] == "Pod" else about["name"])
    return str(metadata.get("name", ""))
