"""Which written places lie in each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.config.places import Place, nested

uris = st.lists(st.sampled_from("ab"), max_size=4).map(lambda parts: "/".join(["s3://bucket", *parts]))


@given(st.lists(uris | uris.map(lambda uri: f"{uri}/") | uris.map(lambda uri: f"{uri}b"), max_size=8))
def test_every_nested_place_is_found(written: list[str]) -> None:
    """The sweep finds exactly the places that lie in, or are, another one."""
    places = [Place(str(number), ("x",), uri) for number, uri in enumerate(written)]
    found = [(inner.repository, outer.repository) for inner, outer in nested(places)]
    by_name = {place.repository: place for place in places}
    assert all(by_name[inner].prefix.startswith(by_name[outer].prefix) for inner, outer in found)
    alone = {
        place.repository
        for place in places
        if not any(other is not place and place.prefix.startswith(other.prefix) for other in places)
    }
    told = {inner for inner, _ in found}
    assert told.isdisjoint(alone)
    groups = {place.prefix for place in places if place.repository not in alone}
    untold = {place.prefix for place in places if place.repository not in told and place.repository not in alone}
    assert all(any(by_name[outer].prefix == prefix for _, outer in found) for prefix in untold)
    assert untold <= groups


def test_a_common_beginning_is_no_common_place() -> None:
    """s3://b/a does not contain s3://b/ab."""
    assert not list(nested([Place("x", (), "s3://bucket/a"), Place("y", (), "s3://bucket/ab")]))
    assert list(nested([Place("x", (), "s3://bucket/a"), Place("y", (), "s3://bucket/a/")]))
