"""Whether a cluster is ready for a campaign: does it answer, is the namespace there, may we do what we have to."""

from __future__ import annotations

from collections.abc import Iterator

from harness.backends.base import Health, Symptom
from harness.backends.kubernetes import rights
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.kubernetes.client import Cluster
from harness.errors import BackendError, NotSetUp, SubmitRefused
from harness.model.clock import SystemClock
from harness.platforms.kubernetes.home import KubernetesHome


def check(home: KubernetesHome) -> Iterator[Symptom]:
    """Ask one namespace of one context; where nobody answers, nothing more is asked."""
    try:
        backend = KubernetesBackend(home.context, home.namespace, "doctor", "", clock=SystemClock())
        facts = backend.describe()
    except NotSetUp as error:
        yield Symptom(error.subject, Health.BAD, error.text, error.fix)
        return
    except BackendError as error:
        fix = "check the kubeconfig's context and its credentials, and the network"
        yield Symptom("cluster", Health.BAD, str(error), fix)
        return
    yield Symptom("cluster", Health.GOOD, f"{facts['endpoint']}, version {facts['version']}")
    yield _namespace(backend, home.namespace)
    yield _rights(Cluster(home.context), home.namespace)
    backend.close()


def _namespace(backend: KubernetesBackend, name: str) -> Symptom:
    try:
        backend.prepare()
    except BackendError as error:
        return Symptom("namespace", Health.BAD, str(error), f"create {name}, or choose another in legacy.namespace")
    return Symptom("namespace", Health.GOOD, f"{name} is there")


def _rights(cluster: Cluster, namespace: str) -> Symptom:
    wanted = rights.needed(namespace)
    try:
        absent = [right.words for right in wanted if not cluster.may(right)]
    except SubmitRefused as error:
        return Symptom("rights", Health.UNKNOWN, f"the API server does not say what we may: {error}")
    except BackendError as error:
        return Symptom("rights", Health.BAD, str(error), "ask again; the API server did not answer this one")
    finally:
        cluster.api.close()
    if absent:
        fix = "have an administrator apply what `parity infra --platform k8s` prints, and use its service account"
        return Symptom("rights", Health.BAD, f"we may not: {', '.join(absent)}", fix)
    return Symptom("rights", Health.GOOD, f"all {len(wanted)} that a campaign needs")
