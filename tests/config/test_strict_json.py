"""The strict JSON reader: one meaning or none, and the byte where it was lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model import json_fault, strict_json
from harness.model.strict_json import StrictError

_DEEP = 200_000

REFUSED = {
    "duplicate key": (b'{"a":1,"a":2}', 7, "duplicate key"),
    "duplicate key by escape": (b'{"a":1,"\\u0061":2}', 7, "duplicate key"),
    "nested duplicate": (b'[{"x":{"k":0, "k":0}}]', 14, "duplicate key"),
    "NaN": (b"[1, NaN]", 4, "NaN"),
    "Infinity": (b"[-Infinity]", 1, "NaN"),
    "float overflow": (b'{"a": 1e400}', 6, "too large"),
    "integer beyond 64 bits": (b"[9223372036854775808]", 1, "64 bits"),
    "integer below 64 bits": (b"[-9223372036854775809]", 1, "64 bits"),
    "5,000 digits": (b"9" * 5000, 0, "64 bits"),
    "lone surrogate": (b'["ok", "\\ud800"]', 7, "lone surrogate"),
    "lone surrogate in a key": (b'{"\\udfff": 1}', 1, "lone surrogate"),
    "byte order mark": (b"\xef\xbb\xbf{}", 0, "byte order mark"),
    "not UTF-8": (b'["\xff"]', 2, "not UTF-8"),
    "encoded surrogate": (b'"\xed\xa0\x80"', 1, "not UTF-8"),
    "trailing data": (b"{} {}", 3, "after the end"),
    "empty": (b"", 0, "the end in the place of a value"),
    "cut": (b'{"a": [1', 8, "the end in the place of ','"),
    "trailing comma": (b"[1,]", 3, "']' in the place of a value"),
    "missing colon": (b'{"a" 1}', 5, "'1' in the place of ':'"),
    "raw control character": (b'["\x01"]', 1, "a string that is not closed, or holds raw control"),
    "leading zero": (b"[01]", 2, "'1' in the place of ','"),
    "single quotes": (b"{'a': 1}", 1, '"\'" in the place of a string'),
    "comment": (b"[1] // x", 4, "after the end"),
    "200,000 brackets": (b"[" * _DEEP, strict_json.DEPTH_MAX, "deeper than"),
    "200,000 closed brackets": (b"[" * _DEEP + b"]" * _DEEP, strict_json.DEPTH_MAX, "deeper than"),
    "deep maps": (b'{"a":' * 101 + b"1" + b"}" * 101, 500, "deeper than"),
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("document", "offset", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_document_with_two_meanings_is_refused_at_its_byte(document: bytes, offset: int, reason: str) -> None:
    """Each refused document names where and why."""
    with pytest.raises(StrictError) as caught:
        strict_json.read(document)
    assert caught.value.byte_offset == offset
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b'{"a": 1, "b": {"a": 1}}', {"a": 1, "b": {"a": 1}}),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"1e308", 1e308),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'["[[[[", "]"]', ["[[[[", "]"]),
        (b" \n[ ] ", []),
    ],
)
def test_a_document_with_one_meaning_is_read(document: bytes, value: object) -> None:
    """The control: what stands just inside each bound is read."""
    assert strict_json.read(document) == value


def test_exactly_the_allowed_depth_is_read() -> None:
    """The control for depth: 100 levels are read, 101 are not, closed or not."""
    at_most = strict_json.DEPTH_MAX
    assert strict_json.read(b"[" * at_most + b"]" * at_most)
    for document in (b"[" * (at_most + 1) + b"]" * (at_most + 1), b"[" * (at_most + 1)):
        with pytest.raises(StrictError, match="deeper"):
            strict_json.read(document)


def test_many_shallow_brackets_are_not_deep() -> None:
    """Breadth is not depth."""
    assert strict_json.read(b"[" + b"[[]]," * 5000 + b"[]]")


def test_a_document_over_its_length_is_refused() -> None:
    """The cap on bytes is the caller's."""
    with pytest.raises(StrictError, match="longer than 4 bytes"):
        strict_json.read(b"[1,2]", bytes_max=4)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "document",
    [b"[" * 5_000_000, b"9" * 5_000_000, b'"' + b'\\"' * 5_000_000, b'{"a":' * 1_000_000],
    ids=["depth", "digits", "unclosed", "objects"],
)
def test_an_attack_is_refused_and_never_followed(document: bytes) -> None:
    """Megabytes of depth, digits and an unclosed string cost what reading them once costs."""
    with pytest.raises(StrictError):
        strict_json.read(document)


@given(values)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    """Write → read is identity, and canonical bytes are stable."""
    data = strict_json.write(value)
    read = strict_json.read(data)
    assert read == value
    assert strict_json.write(read) == data
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1


def test_keys_are_written_in_order() -> None:
    """Two equal maps give equal bytes."""
    assert strict_json.write({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}\n'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"a": [float("-inf")]}])
def test_what_could_not_be_read_is_not_written(value: object) -> None:
    """The writer never makes a document that the reader refuses."""
    with pytest.raises(ValueError, match=r"."):
        strict_json.write(value)


mutated = st.builds(
    lambda value, at, byte, cut: (
        json.dumps(value).encode()[: cut % 40 + 1][:at] + bytes([byte]) + json.dumps(value).encode()[at:]
    ),
    values,
    st.integers(0, 40),
    st.integers(0, 255),
    st.integers(0, 60),
)


@settings(max_examples=300)
@given(mutated)
def test_both_scanners_agree(document: bytes) -> None:
    """The fast reader refuses exactly what the slow scanner finds a fault in."""
    slow = json_fault.explain_fault(document, strict_json.DEPTH_MAX)
    fault = _fault(document)
    if fault is None:
        assert slow.reason == json_fault.UNKNOWN
    else:
        assert (fault.byte_offset, fault.reason) == (slow.byte_offset, slow.reason)
        assert fault.reason != json_fault.UNKNOWN


def _fault(document: bytes) -> StrictError | None:
    try:
        strict_json.read(document)
    except StrictError as error:
        return error
    return None
