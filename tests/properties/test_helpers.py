"""A helper's end never decides the work: containers that are not the work may come, go and change places."""

from __future__ import annotations

from typing import Any

from build import Look, Object, history, job, pod
from hypothesis import given
from hypothesis import strategies as st
from stories import decide, stories

from harness.model.truth import Truth

ENDS = [
    (0, "OOMKilled"), (0, "Completed"), (1, "Error"), (137, "OOMKilled"), (143, "Error"),
    (137, "ContainerStatusUnknown"),
]  # fmt: skip
"""Code and reason; the first is the one that decided the work once."""
DONE = (job("complete@9"), pod("main 2-8 0"))


@st.composite
def helpers(draw: st.DrawFn) -> Object:
    """Make the status of a helper: ended with any code and reason, lost, or running."""
    code, reason = draw(st.sampled_from(ENDS))
    ended = {
        "exitCode": code,
        "reason": reason,
        "startedAt": "2026-06-01T12:00:01Z",
        "finishedAt": f"2026-06-01T12:00:{draw(st.integers(2, 59)):02}Z",
    }
    state = draw(st.sampled_from([{"terminated": ended}, {"running": {"startedAt": "2026-06-01T12:00:01Z"}}]))
    name = f"helper-{draw(st.integers(0, 9))}"
    return {"name": name, "restartCount": draw(st.integers(0, 2)), "containerID": name, "state": state}


def beside(item: Object, more: list[Object], place: str, order: list[int]) -> Object:
    """Put helpers into a pod, as plain or native sidecars, and its containers into another order."""
    if item["kind"] != "Pod":
        return item
    spec, status = item["spec"], item["status"]
    kinds = {"containers": {}, "initContainers": {"restartPolicy": "Always"}}
    specs = [*spec[place], *({"name": helper["name"], **kinds[place]} for helper in more)]
    seen = f"{place.removesuffix('ainers')}ainerStatuses"
    statuses = [*status[seen], *more]
    return {
        **item,
        "spec": {**spec, place: sorted(specs, key=lambda each: order[len(each["name"]) % len(order)])},
        "status": {**status, seen: statuses[::-1]},
    }


def with_helpers(story: tuple[Look | Object, ...], more: list[Object], place: str, order: list[int]) -> Truth:
    """Decide a story whose pods have helpers; the Job and all that is said of the work stay as they are."""
    changed: list[Any] = [
        Look(item.at, tuple(beside(entry, more, place, order) for entry in item.objects), item.gone, item.noticed)
        if isinstance(item, Look)
        else beside(item, more, place, order)
        for item in story
    ]
    return decide(history(*changed))


@given(
    st.just(DONE) | stories(),
    st.lists(helpers(), max_size=3, unique_by=lambda helper: helper["name"]),
    st.sampled_from(["containers", "initContainers"]),
    st.permutations([0, 1, 2, 3]),
)
def test_helpers_never_change_the_work(
    story: tuple[Look | Object, ...], more: list[Object], place: str, order: list[int]
) -> None:
    """Work, cause and exit code are those of the story without them."""
    alone, accompanied = decide(history(*story)), with_helpers(story, more, place, order)
    assert (accompanied.work, accompanied.cause, accompanied.exit_code) == (alone.work, alone.cause, alone.exit_code)
    assert accompanied.false_success == alone.false_success
