"""The strict YAML reader: plain data with places, caps before anything is built."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config import strict_yaml
from harness.config.strict_yaml import Place
from harness.errors import ConfigError, Problem


def _problems(document: bytes) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.read(document, "repos.yaml")
    return caught.value.problems


def _bomb() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("document", "line", "column", "said"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, 1, "the same key again"),
        (b"a:\n  b: 1\n  b: 2\n", 3, 3, "the same key again"),
        (b"a: !!python/object:os.system x\n", 1, 4, "tag"),
        (b"a: !custom x\n", 1, 4, "tag"),
        (b"a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "merge key"),
        (b"1: x\n", 1, 1, "key 1"),
        (b"true: x\n", 1, 1, "key true"),
        (b"? [a, b]\n: x\n", 1, 3, "no text"),
        (b"a: 0123\n", 1, 4, "0123"),
        (b"a: 0x1F\n", 1, 4, "0x1F"),
        (b"a: .inf\n", 1, 4, ".inf"),
        (b"a: 1e999\n", 1, 4, "1e999"),
        (b"a: 92233720368547758080\n", 1, 4, "92233720368547758080"),
        (b"a: *nowhere\n", 1, 4, "*nowhere"),
        (b"a: &x [*x]\n", 1, 8, "*x"),
        (b'a: "\\ud800"\n', 1, 4, "lone surrogate"),
        (b"%YAML 1.1\n---\na: on\n", 2, 1, "directive"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "second document"),
        (b"a: [1\n", 2, 1, "stream end"),
        (b"a: b: c\n", 1, 5, "not allowed here"),
        (b"a:\n\tb: 1\n", 2, 1, "cannot start any token"),
        (b"ab\xffc: 1\n", 1, 3, "0xff"),
        (b"a: \x01\n", 1, 1, "special characters"),
    ],
)
def test_what_could_mean_two_things_is_refused_at_its_place(document: bytes, line: int, column: int, said: str) -> None:
    """Each refused document names line, column and what was found."""
    (problem,) = _problems(document)
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.found


def test_all_problems_are_found_at_once() -> None:
    """Three faults in one file are three problems."""
    assert [problem.line for problem in _problems(b"a: 1\na: 2\nb: !x y\nc: 0123\n")] == [2, 3, 4]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"x" * 10_000_000, "more than 1048576 bytes"),
        (b"[" * 5_000, "deeper nesting"),
        (b"a: " + b"{b: " * 5_000, "deeper nesting"),
        (b"- " * 5_000, "deeper nesting"),
        (b"\n".join(b" " * number + b"a:" for number in range(1200)), "deeper nesting"),
        (_bomb(), "more than 200000 values"),
        (b"a: &x 1\nb: [" + b"*x, " * 300 + b"]", "more than 200 aliases"),
        (b"\n".join(b"k%d: &a%d 1" % (number, number) for number in range(150)), "more than 100 anchors"),
    ],
    ids=["10 MB", "brackets", "maps", "dashes", "indents", "alias bomb", "aliases", "anchors"],
)
@pytest.mark.timeout(60)
def test_an_attack_is_refused_and_never_followed(document: bytes, said: str) -> None:
    """T11: caps hold before anything is built."""
    assert said in _problems(document)[0].found


def test_words_keep_the_meaning_that_editors_show() -> None:
    """YAML 1.2: on and no are text, a date is text, an unquoted number is a number."""
    document = strict_yaml.read(b"on: no\nx: 1.5\ny: '1'\nz: 2026-01-01\nw: ~\nt: true\ne: 1e3\nm: 1_000\n", "f")
    assert document.data == {
        "on": "no", "x": 1.5, "y": "1", "z": "2026-01-01", "w": None, "t": True, "e": 1000.0, "m": "1_000",
    }  # fmt: skip


def test_every_value_and_key_has_its_place() -> None:
    """Places count from 1; an alias stands where it is used, its inside where it was written."""
    document = strict_yaml.read(b"a: &x\n  b: [1, 2]\nc: *x\n", "f")
    assert document.values["a", "b", 1] == Place(2, 10)
    assert document.keys["a", "b"] == Place(2, 3)
    assert document.values["c",] == Place(3, 4)
    assert document.values["c", "b", 0] == Place(2, 7)
    assert document.value_place(("a", "b", 9, "z")) == Place(2, 6)


def test_an_alias_within_the_caps_is_read() -> None:
    """The control: sharing by anchors is allowed."""
    assert strict_yaml.read(b"a: &x [1]\nb: [*x, *x]\n", "f").data == {"a": [1], "b": [[1], [1]]}


def test_depth_within_the_cap_is_read() -> None:
    """The control for depth."""
    assert strict_yaml.read(b"[" * 30 + b"]" * 30, "f").data


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.text("ab:-[]{}&*!<>?%#'\"|, \n01.~", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    """No input gets anything out of the reader but data or a ConfigError with a place."""
    try:
        strict_yaml.read(document, "f")
    except ConfigError as error:
        assert all(problem.line >= 1 and problem.column >= 1 and problem.file == "f" for problem in error.problems)  # noqa: PT017
        assert error.problems  # noqa: PT017
