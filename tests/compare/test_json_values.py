"""JSON documents, value by value: what differs, where, by how much, and what a rule lets pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.json_values import (
    DIFFERENCES_MAX,
    Change,
    JsonTrouble,
    compare_json,
    matches,
    within_tolerance,
)
from harness.model.job import CompareRule, Json, Tolerance

RULE = CompareRule(files="*")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)
BOUNDS = st.none() | st.floats(0, 1e3)


def changes(legacy: Json, candidate: Json, rule: CompareRule = RULE) -> list[tuple[str, str]]:
    """List what differs, in short."""
    return [
        (difference.path, difference.change.value) for difference in compare_json(legacy, candidate, rule).differences
    ]


@given(VALUES)
def test_a_document_equals_itself(value: Json) -> None:
    """Nothing differs from itself, however deep."""
    assert compare_json(value, value, RULE).equal


@given(VALUES, VALUES)
def test_equal_means_equal(legacy: Json, candidate: Json) -> None:
    """Without a rule, documents pass only when they are the same JSON: 1 is 1.0, and never true."""
    assert compare_json(legacy, candidate, RULE).equal == (_typed(legacy) == _typed(candidate))


def _typed(value: Json) -> object:
    if isinstance(value, dict):
        return {name: _typed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (isinstance(value, bool), value)


@given(VALUES, VALUES, BOUNDS, BOUNDS)
def test_comparing_is_symmetric(legacy: Json, candidate: Json, absolute: float | None, relative: float | None) -> None:
    """Exchanging the sides exchanges missing and extra, and changes no count."""
    rule = CompareRule(files="*", tolerance={"*": Tolerance(absolute, relative)})
    there, back = compare_json(legacy, candidate, rule), compare_json(candidate, legacy, rule)
    other = {Change.MISSING: Change.EXTRA, Change.EXTRA: Change.MISSING}
    assert {
        (difference.path, difference.change, difference.legacy, difference.candidate, difference.distance)
        for difference in there.differences
    } == {
        (
            difference.path,
            other.get(difference.change, difference.change),
            difference.candidate,
            difference.legacy,
            difference.distance,
        )
        for difference in back.differences
    }
    assert (there.left_out, there.values, there.within) == (back.left_out, back.values, back.within)


@given(NUMBERS, NUMBERS, BOUNDS, BOUNDS)
def test_nearness_is_symmetric(a: float, b: float, absolute: float | None, relative: float | None) -> None:
    """No side is the measure of the other."""
    tolerance = Tolerance(absolute, relative)
    assert within_tolerance(a, b, tolerance) == within_tolerance(b, a, tolerance)


@pytest.mark.parametrize(
    ("legacy", "candidate", "expected"),
    [
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("$.a[0].b", "changed")]),
        ({"a": 3}, {"a": "3"}, [("$.a", "retyped")]),
        ({"a": 1}, {"a": True}, [("$.a", "retyped")]),
        ({"a": None}, {"a": 0}, [("$.a", "retyped")]),
        ({"a": {}}, {"a": []}, [("$.a", "retyped")]),
        ({"a": 1, "b": 1}, {"b": 1, "c": 1}, [("$.a", "missing"), ("$.c", "extra")]),
        ([1, 2], [1], [("$[1]", "missing")]),
        ([1, 2], [2, 1], [("$[0]", "changed"), ("$[1]", "changed")]),
        ({"a b": 1}, {"a b": 2}, [('$["a b"]', "changed")]),
        ({"a.b": 1, "a": {"b": 1}}, {"a.b": 2, "a": {"b": 1}}, [('$["a.b"]', "changed")]),
        (9007199254740993, 9007199254740992.0, [("$", "changed")]),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1.0}, []),
    ],
)
def test_differences_are_named_by_path_and_kind(legacy: Json, candidate: Json, expected: list[tuple[str, str]]) -> None:
    """Objects have no order, lists have; a type is never converted."""
    assert changes(legacy, candidate) == expected


def test_a_difference_shows_both_values_and_their_distance() -> None:
    """The reader sees the numbers themselves."""
    (found,) = compare_json({"a": 1.5}, {"a": 2}, RULE).differences
    assert (found.legacy, found.candidate, found.distance) == ("1.5", "2", 0.5)
    (retyped,) = compare_json({"a": 3}, {"a": "3"}, RULE).differences
    assert (retyped.legacy, retyped.candidate) == ("number 3", 'string "3"')


@pytest.mark.parametrize(
    ("tolerance", "equal"),
    [
        ({}, False),
        ({"*": Tolerance(absolute=0.1)}, True),
        ({"*": Tolerance(absolute=0.09)}, False),
        ({"*": Tolerance(relative=0.05)}, True),
        ({"*": Tolerance(relative=0.04)}, False),
        ({"*": Tolerance(absolute=0.0, relative=0.05)}, True),
        ({"$.a[*].x": Tolerance(absolute=0.1)}, True),
        ({"$.a[0].x": Tolerance(absolute=0.1)}, True),
        ({"$.a[1].x": Tolerance(absolute=0.1)}, False),
        ({"*": Tolerance(absolute=1.0), "$.a[*].x": Tolerance(absolute=0.0)}, False),
        ({"$.a[*].x": Tolerance(absolute=0.0), "$.a[0].x": Tolerance(absolute=0.1)}, True),
    ],
)
def test_the_nearest_tolerance_decides(tolerance: dict[str, Tolerance], *, equal: bool) -> None:
    """A path's own tolerance comes before a pattern's, a longer pattern before `*`."""
    rule = CompareRule(files="*", tolerance=tolerance)
    found = compare_json({"a": [{"x": 2.0}]}, {"a": [{"x": 2.0996}]}, rule)
    assert found.equal is equal
    assert found.within == equal


def test_a_tolerance_lets_no_text_pass() -> None:
    """Only numbers are near each other."""
    rule = CompareRule(files="*", tolerance={"*": Tolerance(absolute=100)})
    assert changes(["1", True, 1], ["2", False, "1"], rule) == [
        ("$[0]", "changed"),
        ("$[1]", "changed"),
        ("$[2]", "retyped"),
    ]


def test_ignored_paths_are_left_alone_and_listed() -> None:
    """What wasn't compared is shown; everything beside it still is compared."""
    rule = CompareRule(files="*", ignore=("$.time", "$.a[*].at"))
    found = compare_json({"time": 1, "a": [{"at": 1, "x": 1}]}, {"a": [{"at": 2, "x": 2}]}, rule)
    assert [difference.path for difference in found.differences] == ["$.a[0].x"]
    assert sorted(found.ignored) == ["$.a[0].at", "$.time"]


def test_ignoring_everything_is_no_comparison() -> None:
    """A rule that leaves nothing can't give a match."""
    with pytest.raises(JsonTrouble, match="every value is ignored"):
        compare_json({"a": 1}, {"a": 2}, CompareRule(files="*", ignore=("$.*",)))


def test_differences_beyond_the_cap_are_counted() -> None:
    """Nothing is lost from the count."""
    count = DIFFERENCES_MAX + 7
    found = compare_json([0] * count, [1] * count, RULE)
    assert (len(found.differences), found.left_out, found.values) == (DIFFERENCES_MAX, 7, count)


def test_only_the_star_is_special_in_patterns() -> None:
    """Brackets, dots and question marks mean themselves, and stars don't take for ever."""
    assert matches("$.a[0].b", "$.a[0].b")
    assert matches("*[*].b", "$.a[12].b")
    assert not matches("$.a[0].b", "$.a0.b")
    assert not matches("$.a?", "$.ab")
    assert not matches("*a" * 40 + "b", "$" + "a" * 4000)
