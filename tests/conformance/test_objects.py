"""What an API server makes of a new object, and how it refuses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.asking import refusal
from kubernetes import client, dynamic

if TYPE_CHECKING:
    from conformance.asking import Api


def test_a_created_job_comes_back_typed(api: Api) -> None:
    """The reply to a create is the Job itself."""
    name = api.name("typed")
    made = api.batch.create_namespaced_job(api.namespace, api.job(name))
    assert (type(made).__name__, made.kind, made.metadata.name) == ("V1Job", "Job", name)


def test_a_created_object_has_a_uid_and_a_time(api: Api) -> None:
    """Both are the server's own."""
    made = api.read_job(api.settled("uid").metadata.name).metadata
    assert (len(made.uid), made.creation_timestamp.tzinfo is not None) == (36, True)


def test_a_resource_version_is_a_number(api: Api) -> None:
    """Clients take it as opaque; since 1.34 it can be ordered within a resource."""
    assert api.settled("version").metadata.resource_version.isdecimal()


def test_a_created_object_says_its_namespace(api: Api) -> None:
    """The request's path gave it."""
    assert api.settled("space").metadata.namespace == api.namespace


def test_a_job_gets_its_defaults(api: Api) -> None:
    """One pod at a time, one completion, and a selector on the Job's own uid."""
    spec = api.settled("defaults").spec
    known = (spec.parallelism, spec.completions, spec.completion_mode, spec.pod_replacement_policy)
    assert known == (1, 1, "NonIndexed", "TerminatingOrFailed")
    assert list(spec.selector.match_labels) == ["batch.kubernetes.io/controller-uid"]


def test_a_name_is_made_from_a_prefix(api: Api) -> None:
    """Five letters follow generateName."""
    body = api.job("")
    body["metadata"] = {"generateName": "made-"}
    made = api.batch.create_namespaced_job(api.namespace, body).metadata.name
    assert (made[:5], len(made)) == ("made-", 10)


def test_a_taken_name_is_refused(api: Api) -> None:
    """The second create is 409 AlreadyExists."""
    name = api.settled("taken").metadata.name
    code, said = refusal(lambda: api.batch.create_namespaced_job(api.namespace, api.job(name)))
    assert (code, said["reason"], said["details"]["name"]) == (409, "AlreadyExists", name)


def test_a_missing_object_is_named(api: Api) -> None:
    """The refusal is 404 NotFound with kind, group and name."""
    code, said = refusal(lambda: api.read_job("nope"))
    assert (code, said["reason"]) == (404, "NotFound")
    assert said["details"] == {"name": "nope", "group": "batch", "kind": "jobs"}


def test_a_job_without_containers_is_invalid(api: Api) -> None:
    """The refusal is 422 Invalid with the fields that caused it; the client itself refuses one with no template."""
    body = api.job(api.name("bad"))
    body["spec"]["template"]["spec"]["containers"] = []
    code, said = refusal(lambda: api.batch.create_namespaced_job(api.namespace, body))
    assert (code, said["reason"]) == (422, "Invalid")
    assert "spec.template.spec.containers" in {cause["field"] for cause in said["details"]["causes"]}


def test_an_unknown_namespace_is_refused(api: Api) -> None:
    """Nothing can be created in it."""
    code, said = refusal(lambda: api.batch.create_namespaced_job("no-such-namespace", api.job("any")))
    assert (code, said["reason"], said["details"]["name"]) == (404, "NotFound", "no-such-namespace")


def test_a_dry_run_leaves_nothing(api: Api) -> None:
    """The reply is the Job that would have been made."""
    name = api.name("dry")
    made = api.batch.create_namespaced_job(api.namespace, api.job(name), dry_run="All")
    assert made.metadata.name == name
    assert refusal(lambda: api.read_job(name))[0] == 404


def test_events_are_selected_by_what_they_are_about(api: Api) -> None:
    """Two Events of two pods; the field selector finds one."""
    one, two = api.name("about"), api.name("about")
    for name in (one, two):
        about = {"kind": "Pod", "name": name, "namespace": api.namespace}
        metadata = {"name": f"event-{name}", "namespace": api.namespace}
        body = {"metadata": metadata, "involvedObject": about, "reason": "Pulled", "message": "m", "type": "Normal"}
        api.core.create_namespaced_event(api.namespace, body)
    found = api.core.list_namespaced_event(api.namespace, field_selector=f"involvedObject.name={one}")
    assert [item.metadata.name for item in found.items] == [f"event-{one}"]


def test_discovery_serves_the_dynamic_client(api: Api) -> None:
    """It finds Jobs without knowing them, and the server says its version."""
    name = api.settled("found").metadata.name
    jobs = dynamic.DynamicClient(api.api).resources.get(api_version="batch/v1", kind="Job")
    assert name in {item.metadata.name for item in jobs.get(namespace=api.namespace).items}
    assert client.VersionApi(api.api).get_code().git_version.startswith("v1.")
