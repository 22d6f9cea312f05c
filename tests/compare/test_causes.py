"""The canonical cause of each ending of a Kubernetes Job."""

from __future__ import annotations

import pytest
from build import Story, event, history, job, pod
from observed import record

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.platforms.kubernetes.truth import NO_EVENTS, decide
from harness.platforms.kubernetes.witnesses import witnesses_of

BACKOFF = job("failed@9 BackoffLimitExceeded")


@pytest.mark.parametrize(
    ("cause", "story"),
    [
        ("success", (job("complete@9"), pod("main 2-8 0"))),
        ("success", (BACKOFF, pod("main 2-8 0", "proxy 2-9 1"))),
        ("code error", (BACKOFF, pod("main 2-8 1"))),
        ("code error", (BACKOFF, pod("main 2-8 139"))),
        ("refused", (BACKOFF, pod("main 2-8 97"))),
        ("credentials unavailable", (BACKOFF, pod("main 2-8 96"))),
        ("start failed", (BACKOFF, pod("main 2-8 127"))),
        ("start failed", (BACKOFF, pod("main 2-8 128 StartError"))),
        ("start failed", (job(active=1), pod(waiting="CreateContainerConfigError"))),
        ("image unavailable", (job(active=1), pod(waiting="ImagePullBackOff"))),
        ("no capacity", (job(active=1), pod(), event("FailedScheduling", 3, "pod"))),
        ("out of memory", (BACKOFF, pod("main 2-8 137 OOMKilled"))),
        ("time limit", (job("failed@40 DeadlineExceeded"), pod("main 2-35 143"))),
        ("time limit", (BACKOFF, pod("main 2-8 137", reason="DeadlineExceeded"))),
        ("platform loss", (BACKOFF, pod("main 2-8 143", disruption="PreemptionByScheduler"))),
        ("platform loss", (BACKOFF, pod("main 2-8 137", reason="Evicted"))),
        ("platform loss", (BACKOFF, pod("main 2-8 143", reason="Terminated"))),
        ("platform loss", (BACKOFF, pod(phase="Failed", reason="OutOfcpu"))),
        ("refused", (job(), event("FailedCreate", 1, "job"))),
        ("unknown", (BACKOFF, pod("main 2-8 137"))),
        ("unknown", (BACKOFF, pod("main 2-8 143"))),
        ("unknown", (BACKOFF, pod("main ?-? 137 ContainerStatusUnknown", phase="Failed"))),
        ("unknown", (job(active=1), pod("main 2-"))),
    ],
)  # fmt: skip
def test_an_ending_has_its_canonical_cause(cause: str, story: Story) -> None:
    """Causes come from reasons and conditions; 137 and 143 alone say nothing of who ended the process."""
    assert decide(witnesses_of(history(*story)), None).cause == cause


def test_137_that_the_job_chose_is_its_own_and_one_that_a_signal_made_is_nobodys() -> None:
    """The shim tells a code from a signal."""
    seen = witnesses_of(history(BACKOFF, pod("main 2-8 137")))
    assert decide(seen, record(137)).cause == "code error"
    assert decide(seen, record(137, signal=9)).cause == "unknown"


def test_96_that_the_job_ended_with_is_its_own() -> None:
    """Its record has no refusal; the shim's has one."""
    seen = witnesses_of(history(BACKOFF, pod("main 2-8 96")))
    assert decide(seen, record(96)).cause == "code error"
    assert decide(seen, record(None, refused="credentials unavailable: A: gone")).cause == "credentials unavailable"


def test_a_disruption_surely_after_the_end_took_nothing() -> None:
    """The control of platform loss: the process had ended by itself four seconds before the pod was taken."""
    seen = witnesses_of(history(BACKOFF, pod("main 0-1 3", created=0, disruption="PreemptionByScheduler")))
    assert decide(seen, None).cause == "code error"


def test_a_stop_that_we_asked_for_is_a_users_stop() -> None:
    """Whoever asked is a user of the platform."""
    asked = Event("stop", Kind.STOP_ASKED, Witness.HARNESS, Time(0, ClockName.HARNESS), 0)
    assert decide(witnesses_of((*history(BACKOFF, pod("main 2-8 143")), asked)), None).cause == "user stop"


@pytest.mark.parametrize(
    ("code", "said", "work"),
    [(0, record(0), "ok"), (0, record(3), "unknown"), (1, record(0), "unknown"), (1, record(3), "failed")],
)
def test_a_shim_that_contradicts_the_container_makes_the_work_unknown(code: int, said: object, work: str) -> None:
    """Zero against not zero is a contradiction; two failures are one failure."""
    story = (job("complete@9") if code == 0 else BACKOFF, pod(f"main 2-8 {code}"))
    truth = decide(witnesses_of(history(*story)), said)  # type: ignore[arg-type]
    assert truth.work == work
    assert bool(set(truth.missing) - {NO_EVENTS}) == (work == "unknown")
