"""Watches: what is shown, from which version, and how a stream ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kubernetes import watch
from kubernetes.client.exceptions import ApiException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.asking import Api


def stream(api: Api, seen: watch.Watch | None = None, **options: Any) -> Iterator[Any]:
    """Watch pods; a stream that the server does not end in time raises, because reading is bounded."""
    given = {"timeout_seconds": 20, "_request_timeout": (5.0, 60.0), **options}
    yield from (seen or watch.Watch()).stream(api.core.list_namespaced_pod, api.namespace, **given)


def told(found: Iterator[Any]) -> list[tuple[str, str]]:
    """Read a watch to its end: type and name of every message."""
    return [(item["type"], item["object"].metadata.name) for item in found]


def test_a_watch_shows_what_is_there_and_then_every_change(api: Api) -> None:
    """ADDED for what was there before, MODIFIED, DELETED; typed objects."""
    name = api.pod("life", of="life").metadata.name
    seen = stream(api, label_selector="of=life")
    first = next(seen)
    api.core.patch_namespaced_pod_status(name, api.namespace, {"status": {"phase": "Running"}})
    second = next(seen)
    api.core.delete_namespaced_pod(name, api.namespace, grace_period_seconds=0)
    third = next(item for item in seen if item["type"] == "DELETED")
    assert [item["type"] for item in (first, second, third)] == ["ADDED", "MODIFIED", "DELETED"]
    assert [item["object"].status.phase for item in (first, second)] == ["Pending", "Running"]
    seen.close()


def test_a_watch_ends_when_its_time_is_over(api: Api) -> None:
    """The server closes it: the bounded read of the client does not have to."""
    assert told(stream(api, timeout_seconds=1, label_selector="of=nothing")) == []


def test_a_watch_from_a_version_repeats_nothing_older(api: Api) -> None:
    """Only what came after the list."""
    api.pod("older", of="order")
    version = api.core.list_namespaced_pod(api.namespace).metadata.resource_version
    name = api.pod("newer", of="order").metadata.name
    found = told(stream(api, resource_version=version, timeout_seconds=1, label_selector="of=order"))
    assert found == [("ADDED", name)]


def test_a_version_that_is_no_longer_kept_is_gone(api: Api) -> None:
    """The stream is one ERROR with 410 Expired."""
    api.forget()
    with pytest.raises(ApiException) as caught:
        told(stream(api, resource_version="1", timeout_seconds=1))
    assert (caught.value.status, str(caught.value.reason)[:7]) == (410, "Expired")


def test_a_watch_is_given_bookmarks(api: Api) -> None:
    """At the latest two seconds before its end, where it asked for them."""
    found = stream(api, allow_watch_bookmarks=True, timeout_seconds=4, label_selector="of=nothing")
    assert "BOOKMARK" in {item["type"] for item in found}


def test_a_watch_of_one_name_shows_one_object(api: Api) -> None:
    """A field selector holds for the first objects and for changes."""
    _, two = api.pod("named"), api.pod("named")
    found = told(stream(api, field_selector=f"metadata.name={two.metadata.name}", timeout_seconds=1))
    assert found == [("ADDED", two.metadata.name)]


def test_the_client_knows_the_version_that_it_has_seen(api: Api) -> None:
    """Where it would go on."""
    made, seen = api.pod("track", of="track"), watch.Watch()
    told(stream(api, seen, timeout_seconds=1, label_selector="of=track"))
    assert int(seen.resource_version) >= int(made.metadata.resource_version)
