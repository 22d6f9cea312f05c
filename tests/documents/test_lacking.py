"""What a run needs and its namespace lacks is said before it starts: by name, with its place and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from documents.shapes import Object, job
from documents.standing import loaded, on_manifest, ordered
from sandboxed import half

from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.kubernetes.client import TIMEOUT
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.order import Order, S3Place
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.kubernetes.references import references
from harness.sandbox.images import ImageStore

NAMESPACE = "parity"
STAGED: Any = SimpleNamespace(place=S3Place.of("s3://staging/parity/"))
"""A question stages nothing; a run's folder is named by the place alone."""
ONE_KEY = {"configMap": {"name": "settings", "items": [{"key": "a", "path": "a"}]}}
POD: Object = {
    "serviceAccountName": "trainer",
    "imagePullSecrets": [{"name": "registry"}],
    "volumes": [
        {"name": "data", "persistentVolumeClaim": {"claimName": "features"}},
        {
            "name": "all",
            "projected": {"sources": [ONE_KEY]},
        },
        {"name": "maybe", "secret": {"secretName": "gone", "optional": True}},
    ],
}
FROM: Object = {
    "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "also-gone", "optional": True}}],
    "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "hf"}}}],
}
NEEDS = job(pod=POD, metadata={"name": "train", "namespace": "production"}, **FROM)


def test_what_a_pod_needs_is_each_object_and_key_that_is_not_optional() -> None:
    """Of volumes, environment, init containers, pull secrets and the account."""
    assert [(found.kind, found.name, found.key) for found in references(NEEDS)] == [
        ("PersistentVolumeClaim", "features", ""),
        ("ConfigMap", "settings", "a"),
        ("ConfigMap", "settings", ""),
        ("Secret", "keys", "hf"),
        ("ServiceAccount", "trainer", ""),
        ("Secret", "registry", ""),
    ]


def order(folder: Path, manifest: Object) -> tuple[Order, KubernetesHome]:
    """Order one run of a job that stands on a manifest."""
    repository = loaded(on_manifest(folder, manifest))
    assert isinstance(repository.legacy, KubernetesHome)
    return ordered(repository, Side.LEGACY), repository.legacy


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesBackend]:
    """Open the backend on a sandbox."""
    monkeypatch.setenv("KUBECONFIG", str(folder / "kubeconfig"))
    with half(folder, ImageStore(), 0.0005):
        backend = KubernetesBackend(None, NAMESPACE, "campaign", "", clock=SystemClock())
        backend.prepare()
        yield backend
        backend.close()


def test_each_object_that_lacks_is_named_with_the_command_that_copies_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made by the question, and a Secret's content is not asked for."""
    wanted, home = order(tmp_path, NEEDS)
    with opened(tmp_path, monkeypatch) as backend:
        backend.add_repository("wine", home, STAGED)
        said = backend.missing(wanted)
        core = backend._cluster.core
        assert [
            item.metadata.name for item in core.list_namespaced_config_map(NAMESPACE, _request_timeout=TIMEOUT).items
        ] == []
        jobs = backend._cluster.batch.list_namespaced_job(NAMESPACE, _request_timeout=TIMEOUT).items
    assert jobs == []
    assert [line.partition(" is not in namespace parity")[0] for line in said] == [
        "spec.template.spec.volumes[0]: PersistentVolumeClaim features",
        "spec.template.spec.volumes[1].projected.sources[0]: ConfigMap settings",
        "spec.template.spec.containers[0].envFrom[0]: ConfigMap settings",
        "spec.template.spec.containers[0].env[0]: Secret keys",
        "spec.template.spec.serviceAccountName: ServiceAccount trainer",
        "spec.template.spec.imagePullSecrets[0]: Secret registry",
    ]
    copy = "kubectl get secret keys -n production -o json | jq '.metadata |= {name, labels, annotations}'"
    assert said[3].endswith(f": {copy} | kubectl apply -n parity -f -")


def test_where_all_is_there_nothing_lacks_but_a_key_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The objects of the namespace, and a ConfigMap without the key that a volume names."""
    wanted, home = order(tmp_path, NEEDS)
    with opened(tmp_path, monkeypatch) as backend:
        backend.add_repository("wine", home, STAGED)
        core = backend._cluster.core
        make: dict[str, Any] = {
            "settings": (core.create_namespaced_config_map, {"data": {}}),
            "keys": (core.create_namespaced_secret, {}),
            "registry": (core.create_namespaced_secret, {}),
            "trainer": (core.create_namespaced_service_account, {}),
            "features": (core.create_namespaced_persistent_volume_claim, {"spec": {"accessModes": ["ReadWriteMany"]}}),
        }
        for name, (create, body) in make.items():
            create(NAMESPACE, {"metadata": {"name": name}, **body}, _request_timeout=TIMEOUT)
        before = backend.missing(wanted)
        core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"a": "1"}}, _request_timeout=TIMEOUT)
        after = backend.missing(wanted)
    assert before == (
        "spec.template.spec.volumes[1].projected.sources[0]: ConfigMap settings in namespace parity has no key a",
    )
    assert after == ()


def test_a_claim_with_one_writer_that_is_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shadow would wait for the pod that has it, or write beside it; a claim of many writers is fine."""
    wanted, home = order(tmp_path, job(pod={"volumes": POD["volumes"][:1]}))
    for modes, lines in ((["ReadWriteOnce"], 1), (["ReadWriteMany"], 0)):
        folder = tmp_path / modes[0]
        folder.mkdir()
        with opened(folder, monkeypatch) as backend:
            backend.add_repository("wine", home, STAGED)
            core = backend._cluster.core
            claim = {"metadata": {"name": "features"}, "spec": {"accessModes": modes}}
            core.create_namespaced_persistent_volume_claim(NAMESPACE, claim, _request_timeout=TIMEOUT)
            container = {"name": "main", "image": "no-such:1", "command": ["x"]}
            user = {"metadata": {"name": "user"}, "spec": {"containers": [container], "volumes": POD["volumes"][:1]}}
            core.create_namespaced_pod(NAMESPACE, user, _request_timeout=TIMEOUT)
            said = backend.missing(wanted)
        assert len(said) == lines
        assert all("takes one writer (ReadWriteOnce), and pod user uses it" in line for line in said)


def test_what_the_server_would_refuse_is_said_without_making_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run: the sandbox has no folder of a node."""
    wanted, home = order(tmp_path, job(pod={"volumes": [{"name": "x", "hostPath": {"path": "/mnt"}}]}))
    with opened(tmp_path, monkeypatch) as backend:
        backend.add_repository("wine", home, STAGED)
        [said] = backend.missing(wanted)
    assert "tried without keeping it: HTTP 501 the sandbox does not support volumes of kind hostPath" in said


def test_an_amount_may_be_a_number_as_teams_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cpu: 16`: the official client's model takes text only, so the Job goes to the server as it is."""
    asked = {"requests": {"cpu": 1, "memory": "64Mi"}, "limits": {"nvidia.com/gpu": 1}}
    wanted, home = order(tmp_path, job(resources=asked))
    with opened(tmp_path, monkeypatch) as backend:
        backend.add_repository("wine", home, STAGED)
        assert backend.missing(wanted) == ()
        kept, adopted = backend._create_job(backend._planned(wanted, "d" * 64))
    work: Any = kept["spec"]["template"]["spec"]["containers"][0]  # type: ignore[index,call-overload] # of a Job
    assert (work["resources"], adopted) == (asked, False)
