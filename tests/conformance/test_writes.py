"""Changes: patches, replacements, conflicts and deletion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conformance.asking import BEYOND, SANDBOX, refusal, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.asking import Api

JSON_PATCH, APPLY = "application/json-patch+json", "application/apply-patch+yaml"


def gone(api: Api, pod: str) -> Callable[[], bool]:
    """Give the question whether a pod is gone."""
    return lambda: pod not in api.pods()


def test_a_merge_patch_adds_and_removes_labels(api: Api) -> None:
    """Null removes."""
    name = api.settled("merge", run="r1", x="1").metadata.name
    found = api.batch.patch_namespaced_job(name, api.namespace, {"metadata": {"labels": {"x": None, "y": "2"}}})
    assert found.metadata.labels == {"run": "r1", "y": "2"}


def test_a_strategic_patch_merges_lists_by_their_key(api: Api) -> None:
    """Containers by name, conditions by type: what the patch does not name stays."""
    name = api.pod("strategic").metadata.name
    change = {"spec": {"containers": [{"name": "main", "image": "other:2"}]}}
    changed = api.core.patch_namespaced_pod(name, api.namespace, change)
    for word in ("A", "B"):
        status = {"status": {"conditions": [{"type": word, "status": "True"}]}}
        patched = api.core.patch_namespaced_pod_status(name, api.namespace, status)
    assert [(container.name, container.image) for container in changed.spec.containers] == [("main", "other:2")]
    assert {"A", "B"} <= {condition.type for condition in patched.status.conditions}


def test_a_json_patch_adds_at_a_path(api: Api) -> None:
    """One label more."""
    name = api.settled("path", a="1").metadata.name
    steps = [{"op": "add", "path": "/metadata/labels/b", "value": "2"}]
    found = api.batch.patch_namespaced_job(name, api.namespace, steps, _content_type=JSON_PATCH)
    assert found.metadata.labels == {"a": "1", "b": "2"}


def test_a_patch_of_the_status_does_not_touch_the_spec(api: Api) -> None:
    """The status has a path of its own."""
    name = api.settled("status").metadata.name
    change = {"status": {"failed": 1}, "spec": {"backoffLimit": 9}}
    found = api.batch.patch_namespaced_job_status(name, api.namespace, change)
    assert (found.status.failed, found.spec.backoff_limit) == (1, 2)


def test_a_patch_of_the_object_does_not_touch_the_status(api: Api) -> None:
    """What it says of the status is left out."""
    name = api.settled("object").metadata.name
    found = api.batch.patch_namespaced_job(name, api.namespace, {"status": {"failed": 7}})
    assert found.status.failed in {None, 0}


def test_the_status_is_read_by_its_own_path(api: Api) -> None:
    """The whole object comes back."""
    name = api.settled("read").metadata.name
    assert api.batch.read_namespaced_job_status(name, api.namespace).metadata.name == name


def test_a_replacement_of_the_newest_version_is_taken(api: Api) -> None:
    """The labels are those of the new object, and no others."""
    body = api.api.sanitize_for_serialization(api.settled("put", a="1"))
    body["metadata"]["labels"] = {"only": "this"}
    found = api.batch.replace_namespaced_job(body["metadata"]["name"], api.namespace, body)
    assert found.metadata.labels == {"only": "this"}


def test_a_replacement_of_an_older_version_is_a_conflict(api: Api) -> None:
    """Somebody else wrote in between."""
    body = api.api.sanitize_for_serialization(api.settled("stale"))
    name = body["metadata"]["name"]
    api.batch.patch_namespaced_job(name, api.namespace, {"metadata": {"labels": {"q": "1"}}})
    code, said = refusal(lambda: api.batch.replace_namespaced_job(name, api.namespace, body))
    assert (code, said["reason"]) == (409, "Conflict")


def test_a_patch_that_names_an_older_version_is_a_conflict(api: Api) -> None:
    """A patch need not name one; where it does, it is held to it."""
    name = api.settled("old").metadata.name
    change = {"metadata": {"resourceVersion": "1", "labels": {"z": "1"}}}
    code, said = refusal(lambda: api.batch.patch_namespaced_job(name, api.namespace, change))
    assert (code, said["reason"]) == (409, "Conflict")


def test_the_generation_counts_changes_of_the_spec_only(api: Api) -> None:
    """A label moves nothing."""
    before = api.settled("counted").metadata
    changes: tuple[dict[str, Any], ...] = ({"metadata": {"labels": {"a": "1"}}}, {"spec": {"backoffLimit": 3}})
    found = [
        api.batch.patch_namespaced_job(before.name, api.namespace, change).metadata.generation for change in changes
    ]
    assert found == [before.generation, before.generation + 1]


def test_a_finalizer_holds_a_deleted_object(api: Api) -> None:
    """It is marked, stays until the finalizer is taken off, and is gone then."""
    name = api.pod("held", finalizers=("example.com/held",)).metadata.name
    api.core.delete_namespaced_pod(name, api.namespace, grace_period_seconds=0)
    assert api.core.read_namespaced_pod(name, api.namespace).metadata.deletion_timestamp is not None
    steps = [{"op": "remove", "path": "/metadata/finalizers"}]
    api.core.patch_namespaced_pod(name, api.namespace, steps, _content_type=JSON_PATCH)
    assert gone(api, name)()


def test_a_jobs_pods_follow_it(api: Api) -> None:
    """A pod that names the Job as its owner goes after it."""
    job = api.settled("owner")
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": job.metadata.name,
        "uid": job.metadata.uid,
        "controller": True,
    }
    pod = api.pod("owned").metadata.name
    api.core.patch_namespaced_pod(pod, api.namespace, {"metadata": {"ownerReferences": [owner]}})
    api.batch.delete_namespaced_job(job.metadata.name, api.namespace, propagation_policy="Background")
    until(gone(api, pod), bool)


def test_a_selection_is_deleted_at_once(api: Api) -> None:
    """What is not selected stays."""
    one, two = (api.pod("many", of=literal).metadata.name for literal in ("goes", "stays"))
    api.core.delete_collection_namespaced_pod(api.namespace, label_selector="of=goes", grace_period_seconds=0)
    until(gone(api, one), bool)
    assert not gone(api, two)()


def test_a_running_pod_is_given_its_grace(api: Api) -> None:
    """The deletion time is the end of the grace; then the pod goes."""
    name = api.pod("grace", run="sleep 300").metadata.name
    until(lambda: api.core.read_namespaced_pod(name, api.namespace).status.phase, "Running".__eq__)
    marked = api.core.delete_namespaced_pod(name, api.namespace, grace_period_seconds=2).metadata
    assert (marked.deletion_timestamp is not None, marked.deletion_grace_period_seconds) == (True, 2)
    until(gone(api, name), bool)


def test_the_controller_makes_a_jobs_pod(api: Api) -> None:
    """One pod, with the Job as its owner."""
    name = api.name("made")
    api.batch.create_namespaced_job(api.namespace, api.job(name, suspend=False))

    def owners() -> list[str]:
        found = api.core.list_namespaced_pod(api.namespace, label_selector=f"job-name={name}").items
        return [owner.name for pod in found for owner in pod.metadata.owner_references]

    assert until(owners, bool) == [name]


def test_a_container_is_read_by_its_log(api: Api) -> None:
    """Plain text, to the end."""
    name = api.pod("log", run="echo hello").metadata.name
    until(lambda: api.core.read_namespaced_pod(name, api.namespace).status.phase, "Succeeded".__eq__)
    assert api.core.read_namespaced_pod_log(name, api.namespace) == "hello\n"


def test_an_apply_is_owned_by_its_field_manager(api: Api) -> None:
    """The real server keeps who owns which field; the sandbox refuses the patch by its name."""
    name = api.settled("apply").metadata.name
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": {"a": "1"}}}

    def apply() -> Any:
        given = {"field_manager": "probe", "force": True, "_content_type": APPLY}
        return api.batch.patch_namespaced_job(name, api.namespace, body, **given)

    if api.side == SANDBOX:
        word = BEYOND["server-side apply"].partition(":")[0]
        code, said = refusal(apply)
        assert (code, word in said["message"]) == (501, True)
        return
    owned = {field.manager: field.fields_v1 for field in apply().metadata.managed_fields}
    assert owned["probe"] == {"f:metadata": {"f:labels": {"f:a": {}}}}


@pytest.mark.parametrize("check", sorted(BEYOND))
def test_what_the_sandbox_refuses_is_documented(check: str) -> None:
    """Each with its reason."""
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert f"| {check} | {BEYOND[check]} |" in page
