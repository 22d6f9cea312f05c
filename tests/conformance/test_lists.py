"""Lists: selectors, pages, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.asking import Api


def test_a_list_has_a_kind_and_a_version(api: Api) -> None:
    """A watch begins at that version."""
    api.settled("listed")
    found = api.batch.list_namespaced_job(api.namespace)
    assert (found.kind, found.metadata.resource_version.isdecimal()) == ("JobList", True)


def test_the_items_of_a_list_do_not_repeat_their_kind(api: Api) -> None:
    """The list's own kind says it; a reader that wants it in each item reads nothing."""
    api.settled("bare")
    found = api.batch.list_namespaced_job(api.namespace)
    assert {(item.kind, item.api_version) for item in found.items} == {(None, None)}


def test_a_label_selects_by_its_value(api: Api) -> None:
    """Only the pod with the value is there."""
    one, _ = api.pod("label", app="a1", tier="x"), api.pod("label", app="b1")
    assert api.pods(label_selector="app=a1") == [one.metadata.name]


def test_labels_select_by_sets_and_absence(api: Api) -> None:
    """One of two values, and without another label."""
    _, two = api.pod("set", app="a2", tier="x"), api.pod("set", app="b2")
    assert api.pods(label_selector="app in (a2,b2),!tier") == [two.metadata.name]
    assert api.pods(label_selector="app in (a2,b2),app!=a2") == [two.metadata.name]


def test_a_field_selects_by_name(api: Api) -> None:
    """Every object can be selected by its name."""
    _, two = api.pod("field"), api.pod("field")
    assert api.pods(field_selector=f"metadata.name={two.metadata.name}") == [two.metadata.name]


def test_a_field_selects_by_phase(api: Api) -> None:
    """A pod whose status was written is found, one that is Pending is not."""
    one, _ = api.pod("phase", of="phase"), api.pod("phase", of="phase")
    api.core.patch_namespaced_pod_status(one.metadata.name, api.namespace, {"status": {"phase": "Running"}})
    assert api.pods(field_selector="status.phase=Running", label_selector="of=phase") == [one.metadata.name]


def test_a_long_list_comes_in_pages(api: Api) -> None:
    """The pages together are the list."""
    made = sorted(api.pod("page", of="page").metadata.name for _ in range(3))
    read, token = list[str](), ""
    while True:
        page = api.core.list_namespaced_pod(api.namespace, label_selector="of=page", limit=1, _continue=token or None)
        read += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
        assert len(page.items) == 1
    assert read == made
