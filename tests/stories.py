"""Any Job, for properties of truth: retries, sidecars, lost codes, deletions, evictions and any verdict."""

from __future__ import annotations

from collections.abc import Sequence

from build import Look, Object, event, job, look, pod
from hypothesis import strategies as st

from harness.model.event import Event
from harness.model.truth import Truth
from harness.platforms.kubernetes import truth as truth_kubernetes
from harness.platforms.kubernetes.witnesses import witnesses_of


def decide(events: Sequence[Event]) -> Truth:
    """Decide what is left of a history."""
    return truth_kubernetes.decide(witnesses_of(events), None)


@st.composite
def pods(draw: st.DrawFn, name: str, created: int) -> Object:
    """Make any pod: ended, lost, running or never started; with or without sidecar, deletion, eviction, disruption."""
    end = draw(st.integers(created + 1, created + 9))
    code = draw(st.sampled_from(["0", "0", "1", "137", "255", "0 OOMKilled"]))
    main = draw(st.sampled_from([f"main {created}-{end} {code}"] * 4 + ["main ?-? 137 ContainerStatusUnknown",
                                                                       f"main {created}-"]))  # fmt: skip
    sidecar = draw(st.sampled_from([(), (f"proxy {created}-{end} 1",), (f"~mesh {created}-{end} 1",)]))
    deleted = draw(st.none() | st.tuples(st.integers(created, created + 12), st.sampled_from([0, 30])))
    return pod(
        main,
        *sidecar,
        name=name,
        created=created,
        deleted=deleted,
        phase=draw(st.sampled_from(["", "", "Failed", "Succeeded", "Running"])),
        reason=draw(st.sampled_from(["", "", "Evicted", "DeadlineExceeded", "Terminated", "UnexpectedAdmissionError"])),
        disruption=draw(st.sampled_from(["", "", "PreemptionByScheduler", "DeletionByTaintManager"])),
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[Look | Object, ...]:
    """Make any Job with up to three pods and some cluster events."""
    mine = [draw(pods(name, 1 + 10 * place)) for place, name in enumerate("abc"[: draw(st.integers(0, 3))])]
    words = ["", "complete@40", "failed@40 BackoffLimitExceeded", "failed@40 DeadlineExceeded", "suspended@5",
             "failing@9 BackoffLimitExceeded"]  # fmt: skip
    spec = {"backoffLimit": draw(st.integers(0, 2)), "completions": draw(st.sampled_from([1, 1, 1, 2]))}
    told = [event(draw(st.sampled_from(["Evicted", "Killing", "Started", "SandboxChanged", "Rebooted"])),
                  draw(st.integers(0, 40)), draw(st.sampled_from(["main", "pod", "node", "job"])))
            for _ in range(draw(st.integers(0, 3)))]  # fmt: skip
    early = (look(5, *mine[:1]),) if draw(st.booleans()) else ()
    return (*early, job(draw(st.sampled_from(words)), spec=spec, failed=draw(st.integers(0, 2))), *mine, *told)
