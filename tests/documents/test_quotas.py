"""A Job's pod against the ResourceQuotas and LimitRanges of its namespace, and its account's role of AWS."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from documents.shapes import Object, job

from harness.backends.kubernetes.client import Cluster
from harness.backends.kubernetes.lookup import ROLE, missing
from harness.platforms.kubernetes.quotas import refusals

BIG = {"requests": {"cpu": 16, "memory": "512Gi"}, "limits": {"cpu": "16", "memory": "512Gi"}}
MAIN = "spec.template.spec.containers[0]"


def quota(hard: Object, used: Object | None = None, **spec: Any) -> Object:
    """Give a quota as a cluster answers it."""
    return {
        "metadata": {"name": "compute"},
        "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used or dict.fromkeys(hard, "0")},
    }


def limits(kind: str, **bound: Any) -> Object:
    """Give a range."""
    return {"metadata": {"name": "sizes"}, "spec": {"limits": [{"type": kind, **bound}]}}


@pytest.mark.parametrize(
    ("hard", "used", "said"),
    [
        ({"requests.cpu": "16", "limits.memory": "512Gi", "pods": "1"}, None, []),
        (
            {"requests.cpu": "16"}, {"requests.cpu": "500m"},
            ["the Job needs 16 of requests.cpu, ResourceQuota compute leaves 15.5 of 16 now"],
        ),
        (
            {"memory": "100Gi"}, None,
            ["the Job needs 512Gi of memory, ResourceQuota compute leaves 100Gi of 100Gi now"],
        ),
        ({"pods": "2"}, {"pods": "2"}, ["the Job needs 1 of pods, ResourceQuota compute leaves 0 of 2 now"]),
        (
            {"count/jobs.batch": "0"}, None,
            ["the Job needs 1 of count/jobs.batch, ResourceQuota compute leaves 0 of 0 now"],
        ),
        ({"requests.nvidia.com/gpu": "0", "services": "0"}, None, []),
    ],
)  # fmt: skip
def test_a_pod_that_a_quota_leaves_no_room_for_is_said(hard: Object, used: Object | None, said: list[str]) -> None:
    """By what it asks for, after the units."""
    assert list(refusals(job(resources=BIG), [quota(hard, used)], [])) == said
    assert list(refusals(job(resources=BIG), [quota(hard, used, scopes=["Terminating"])], [])) == []


def test_a_container_that_names_nothing_is_refused_by_a_quota_of_it_unless_the_namespace_has_a_default() -> None:
    """The API server says so of the pod, after it took the Job."""
    bare, of_limits = job(resources={}), quota({"limits.memory": "8Gi"})
    assert list(refusals(bare, [of_limits], [])) == [
        f"{MAIN} (main) names no limits.memory, which ResourceQuota compute asks every container for"
    ]
    assert list(refusals(bare, [of_limits], [limits("Container", default={"memory": "2Gi"})])) == []
    assert list(refusals(bare, [of_limits], [limits("Container", default={"memory": "9Gi"})])) == [
        "the Job needs 9Gi of limits.memory, ResourceQuota compute leaves 8Gi of 8Gi now"
    ]


def test_a_range_bounds_each_container_and_the_pod() -> None:
    """What is too much, and what is too little."""
    most = {"cpu": "8"}
    assert list(refusals(job(resources=BIG), [], [limits("Container", max=most)])) == [
        f"{MAIN} (main): limits.cpu is 16, LimitRange sizes allows at most 8"
    ]
    assert list(refusals(job(resources=BIG), [], [limits("Pod", max=most)])) == [
        "the pod: limits.cpu is 16, LimitRange sizes allows at most 8"
    ]
    assert list(refusals(job(resources={}), [], [limits("Container", min={"memory": "64Mi"})])) == [
        f"{MAIN} (main): requests.memory is 0, LimitRange sizes asks for at least 64Mi"
    ]
    assert list(refusals(job(resources=BIG), [], [limits("Container", max={"cpu": "16"}, min={"cpu": "1"})])) == []


def test_what_ends_before_the_work_needs_its_share_beside_none_of_it() -> None:
    """An init container; a native sidecar runs along."""
    small = {"requests": {"cpu": "6"}}
    init = {"name": "init", "image": "a:1", "resources": small}
    pod = job(pod={"initContainers": [init]}, resources={"requests": {"cpu": "4"}})
    assert list(refusals(pod, [quota({"cpu": "6"})], [])) == []
    pod = job(pod={"initContainers": [{**init, "restartPolicy": "Always"}]}, resources={"requests": {"cpu": "4"}})
    assert list(refusals(pod, [quota({"cpu": "6"})], [])) == [
        "the Job needs 10 of cpu, ResourceQuota compute leaves 6 of 6 now"
    ]


@contextmanager
def answering(folder: Path, answers: Mapping[str, Object]) -> Iterator[Cluster]:
    """Serve an API that holds some objects by path, and forbids the rest."""

    class Server(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """Answer."""
            found = answers.get(self.path.partition("?")[0])
            data = json.dumps(found or {"kind": "Status", "code": 403}).encode()
            self.send_response(200 if found else 403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    here = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config = {"clusters": [here], "contexts": [context], "users": [{"name": "u", "user": {}}], "current-context": "c"}
    (folder / "kubeconfig").write_text(json.dumps(config), encoding="utf-8")
    try:
        cluster = Cluster(None)
        yield cluster
        cluster.api.close()
    finally:
        server.shutdown()
        server.server_close()


def account(namespace: str, annotations: Object) -> tuple[str, Object]:
    """Give a service account by its path."""
    metadata = {"name": "trainer", "namespace": namespace, "annotations": annotations}
    return f"/api/v1/namespaces/{namespace}/serviceaccounts/trainer", {"kind": "ServiceAccount", "metadata": metadata}


def test_the_cluster_is_asked_for_quotas_and_for_the_role_of_the_teams_own_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may not be looked at is left to the run; a role of its own is as good."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    wanted = job(pod={"serviceAccountName": "trainer"}, resources=BIG)
    theirs, bare = account("production", {ROLE: "arn:aws:iam::1:role/train"}), account("shadow", {})
    quotas = ("/api/v1/namespaces/shadow/resourcequotas", {"items": [quota({"cpu": "8"})]})

    def said(*answers: tuple[str, Object]) -> list[str]:
        with answering(tmp_path, dict(answers)) as cluster:
            return list(missing(cluster, "shadow", wanted, "production", own="p-run"))

    role = "assumes no role of AWS, that of namespace production assumes arn:aws:iam::1:role/train: kubectl annotate "
    room = "the Job needs 16 of cpu, ResourceQuota compute leaves 8 of 8 now"
    [lacks_role, lacks_room] = said(theirs, bare, quotas)
    assert (role in lacks_role, lacks_room) == (True, room)
    assert said(theirs, account("shadow", {ROLE: "arn:aws:iam::1:role/shadow"})) == []
    assert said(bare) == []
    assert said() == []
