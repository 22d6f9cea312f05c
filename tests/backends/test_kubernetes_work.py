"""Which container of a pod is the work: said by somebody, or left over alone, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.event import Role
from harness.platforms.kubernetes.work import NO_HINT, WorkHint, restart_policy, roles_of

ANNOTATION = "kubectl.kubernetes.io/default-container"


def a_pod(*containers: str, default: str = "", init: tuple[str, ...] = (), labels: dict[str, str] | None = None) -> Any:
    """Write a pod by its containers' names."""
    return {
        "metadata": {"annotations": {ANNOTATION: default} if default else {}, "labels": labels or {}},
        "spec": {
            "containers": [{"name": name} for name in containers],
            "initContainers": [{"name": name.lstrip("~"), **_always(name)} for name in init],
        },
    }


def _always(name: str) -> dict[str, str]:
    return {"restartPolicy": "Always"} if name.startswith("~") else {}


def written(roles: dict[str, Role]) -> str:
    """Write roles as `name=role` in the order of names."""
    return " ".join(f"{name}={role.value}" for name, role in sorted(roles.items()))


@pytest.mark.parametrize(
    ("pod", "hint", "roles"),
    [
        pytest.param(a_pod("train"), NO_HINT, "train=main", id="the only container"),
        pytest.param(a_pod("log", "train"), NO_HINT, "log=undecided train=undecided", id="nothing says which"),
        pytest.param(a_pod("log", "train", default="train"), NO_HINT, "log=sidecar train=main", id="annotated"),
        pytest.param(
            a_pod("log", "train", default="gone"), NO_HINT, "log=undecided train=undecided", id="annotated with a slip"
        ),
        pytest.param(
            a_pod("istio-proxy", "train"), WorkHint(a_pod("train")), "istio-proxy=sidecar train=main",
            id="a webhook injected the other",
        ),
        pytest.param(
            a_pod("istio-proxy", "train", default="istio-proxy"), WorkHint(a_pod("train")),
            "istio-proxy=sidecar train=main", id="an annotation that names what a webhook injected",
        ),
        pytest.param(
            a_pod("istio-proxy", "log", "train"), WorkHint(a_pod("log", "train")),
            "istio-proxy=sidecar log=undecided train=undecided", id="the template names two",
        ),
        pytest.param(
            a_pod("log", "train"), WorkHint(a_pod("log", "train", default="log")), "log=main train=sidecar",
            id="the template is annotated",
        ),
        pytest.param(
            a_pod("log", "train", default="log"), WorkHint(container="train"), "log=sidecar train=main",
            id="a user says which",
        ),
        pytest.param(
            a_pod("base", "exporter", labels={"kubernetes_pod_operator": "True"}), NO_HINT,
            "base=main exporter=sidecar", id="Airflow's own pod",
        ),
        pytest.param(
            a_pod("train", init=("fetch", "~mesh")), NO_HINT, "fetch=init mesh=native-sidecar train=main",
            id="init containers are never the work",
        ),
    ],
)  # fmt: skip
def test_the_work_is_known_or_undecided(pod: Any, hint: WorkHint, roles: str) -> None:
    """The order of containers never matters."""
    assert written(roles_of(pod, hint)) == roles
    spec = {**pod["spec"], "containers": pod["spec"]["containers"][::-1]}
    assert written(roles_of({**pod, "spec": spec}, hint)) == roles


def test_a_container_with_rules_of_its_own_is_not_restarted_by_the_pods_policy() -> None:
    """Both restartPolicy and restartPolicyRules of a container stand above the pod's (Kubernetes 1.34)."""
    rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
    assert restart_policy({"restartPolicy": "Never", "containers": [{"name": "train"}]}) == "Never"
    assert restart_policy({"restartPolicy": "Never", "containers": [{"restartPolicyRules": rules}]}) == "ByContainer"
    assert restart_policy({"restartPolicy": "Never", "containers": [{"restartPolicy": "OnFailure"}]}) == "ByContainer"
