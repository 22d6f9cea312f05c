"""What a kubelet writes in endings that cannot be had at will; API server and Job controller are real.

Each script gives the statuses of one pod, one after the other. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cluster.scenarios import Object, Scenario, beside, main

TERMINATED = "Pod was terminated in response to imminent node shutdown."
Script = Callable[[datetime], tuple[Object, ...]]


def stamp(now: datetime, seconds: float) -> str:
    """Write a time that lies so many seconds after now."""
    return (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def container(state: Object, name: str = "main", identity: str = "one") -> Object:
    """Write one container's status."""
    facts = {"image": "localhost/scripted:1", "imageID": "sha256:1", "ready": False, "restartCount": 0}
    return {"name": name, **facts, "containerID": f"containerd://{identity}-{name}", "state": state}


def runs(now: datetime, began: float = -4.0) -> Object:
    """Write the state of a container that runs."""
    return {"running": {"startedAt": stamp(now, began)}}


def ended(now: datetime, code: int, reason: str = "", *, began: float = -4.0, ended_at: float = -1.0) -> Object:
    """Write the state of a container that ended."""
    word = reason or ("Error" if code else "Completed")
    times = {"startedAt": stamp(now, began), "finishedAt": stamp(now, ended_at)}
    return {"terminated": {"exitCode": code, "reason": word, **times}}


def status(phase: str, *containers: Object, **more: Any) -> Object:
    """Write a pod's status."""
    return {"phase": phase, "containerStatuses": list(containers), **more}


def after_running(*last: Callable[[datetime], Object]) -> Script:
    """Write a script that begins with a running container."""
    return lambda now: (status("Running", container(runs(now))), *(each(now) for each in last))


def _shutdown(now: datetime) -> Object:
    why = {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet", "message": TERMINATED,
           "lastTransitionTime": stamp(now, -2)}  # fmt: skip
    return status("Failed", container(ended(now, 0)), reason="Terminated", message=TERMINATED, conditions=[why])


def _lost(_: datetime) -> Object:
    state = {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown", "startedAt": None, "finishedAt": None}}
    return status("Failed", container(state))


def _both_at_once(now: datetime) -> tuple[Object, ...]:
    names = ("main", "proxy")
    return (
        status("Running", *(container(runs(now), name) for name in names)),
        status("Succeeded", *(container(ended(now, 0), name) for name in names)),
    )


def _short(now: datetime) -> tuple[Object, ...]:
    waits = {"waiting": {"reason": "ContainerCreating"}}
    first = {**container(waits), "containerID": ""}
    return status("Pending", first), status("Succeeded", container(ended(now, 0)))


_WORK = (main("true"),)

SCRIPTED = (
    Scenario("node-shutdown", "unknown failed K05", "unknown failed K05", _WORK, script=after_running(_shutdown)),
    Scenario(
        "admitted-again", "ok failed K06", "ok failed K06", _WORK,
        script=after_running(lambda now: status("Failed", container(ended(now, 0)), reason="UnexpectedAdmissionError")),
    ),
    Scenario(
        "evicted-after-the-work", "unknown failed K04", "unknown failed K04", _WORK,
        script=after_running(lambda now: status("Failed", container(ended(now, 0)), reason="Evicted")),
    ),
    Scenario(
        "refused-first", "unknown failed -", "unknown failed -", _WORK,
        script=lambda _: (status("Failed", reason="UnexpectedAdmissionError"),),
    ),
    Scenario("code-lost", "unknown failed K07", "unknown failed K07", _WORK, script=after_running(_lost)),
    Scenario(
        "runtime-restarted", "unknown failed K10", "unknown failed K10", _WORK,
        script=after_running(lambda now: status("Failed", container(ended(now, 255, "Unknown")))),
    ),
    Scenario(
        "ended-with-255", "failed failed -", "failed failed -", _WORK,
        script=after_running(lambda now: status("Failed", container(ended(now, 255)))),
    ),
    Scenario(
        "terminal-but-alive", "unknown failed K38", "unknown failed K38", _WORK,
        script=after_running(lambda now: status("Failed", container(runs(now)))),
    ),
    Scenario(
        "both-end-at-once", "unknown ok K24", "unknown ok K24", (*_WORK, beside("true")),
        pod={"runtimeClassName": "parity-sandboxed"}, script=_both_at_once,
    ),
    Scenario("both-end-unsandboxed", "ok ok -", "ok ok -", (*_WORK, beside("true")), script=_both_at_once),
    Scenario(
        "killed-and-succeeded", "ok ok -", "ok ok -", _WORK,
        script=after_running(lambda now: status("Succeeded", container(ended(now, 0)))),
    ),
    Scenario(
        "ends-before-it-starts", "ok ok -", "ok ok -", _WORK, beside="K52",
        script=after_running(lambda now: status("Succeeded", container(ended(now, 0, began=-1.0, ended_at=-9.0)))),
    ),
    Scenario(
        "ran-twice", "ok ok -", "ok ok -", _WORK, beside="K53",
        script=after_running(
            lambda now: status("Running", container(runs(now, -2.0), identity="two")),
            lambda now: status("Succeeded", container(ended(now, 0, began=-2.0), identity="two")),
        ),
    ),
    Scenario("never-running", "ok ok -", "ok ok -", _WORK, beside="K54", script=_short),
    Scenario(
        "failed-then-succeeded", "failed failed -", "failed failed -", _WORK, beside="K49",
        script=after_running(
            lambda now: status("Failed", container(ended(now, 1))),
            lambda now: status("Failed", container(ended(now, 1)), message="counted by now"),
            lambda now: status("Succeeded", container(ended(now, 1))),
        ),
    ),
)  # fmt: skip
