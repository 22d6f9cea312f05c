"""For any expression, the linear engine and Python's find the same group in any line."""

from __future__ import annotations

import re
import warnings

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.bounded import pattern, pattern_child

ATOMS = [
    *("a", "b", "1", ".", "-", "é", "^", "$", "{", "}", "{}", " ", "(?:a|)", "(b?)", "(?i:k)"),
    *(r"\d", r"\s", r"\w", r"\D", r"\S", r"\b", r"\x41", r"\07", r"\Z", r"\t", r"\."),
    *("[a-c]", "[^a]", r"[\d.]", r"[\s\S]", "[]a]", "[a^]", "[[:a]", r"[\w-]"),
]
TIMES = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{,2}", "{1,}", "{0,3}?", "{,}"]
LINES = st.text("aab1.-: KkA\x07é٣\u212a\t\u3000\x1f{}^][", max_size=10)


def _join(pieces: list[tuple[str, str]]) -> str:
    return "".join(atom + times for atom, times in pieces)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.tuples(st.sampled_from(["(?:{})", "({})", "(?P<n>{})"]), inner).map(
        lambda made: made[0].format(made[1])
    )
    atoms = st.one_of(st.sampled_from(ATOMS), groups)
    sequences = st.lists(st.tuples(atoms, st.sampled_from(TIMES)), min_size=1, max_size=4).map(_join)
    return st.one_of(sequences, st.tuples(sequences, sequences).map("|".join))


EXPRESSIONS = st.builds(
    "{}({}){}".format,
    st.sampled_from(["", "", "(?i)", "(?s)", "(?m)"]),
    st.recursive(st.sampled_from(ATOMS), _grown),
    st.sampled_from(["", "a", "b?1", r"\d"]),
)


@given(EXPRESSIONS, st.lists(LINES, min_size=1, max_size=5))
@example(r"(\D*)+", ["ab"])
@example(r"a{}?(b)", ["a{b", "b"])
@settings(max_examples=500, deadline=None)
def test_both_engines_give_the_same_captures(expression: str, lines: list[str]) -> None:
    """Where the linear engine takes the expression and the line at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            linear = pattern._linear(expression) if re.compile(expression) else None
        except (re.error, OverflowError):
            linear = None
        taken = [line for line in lines if linear is not None and linear.takes(line)]
        if taken:
            assert pattern.first_groups(expression, taken) == pattern_child.search(expression, taken)
