"""Users' regular expressions mean what Python's `re` says, and end in bounded time whatever a job wrote."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import pytest

from harness.bounded import pattern
from harness.bounded.pattern import NotSearched, PatternRefused, count_groups, first_groups
from harness.bounded.syntax import NotTranslated, Translated, translate

BACKTRACKING = r"accuracy: ((?:\d+\.?\d*)+)%"
"""Python's engine needs time exponential in the number of digits where the line has no percent sign."""


@pytest.mark.parametrize(
    ("expression", "line", "group"),
    [
        (r"loss=(\S+)", "step 3 loss=0.25 acc=1", "0.25"),
        (r"loss=(\S+)", "nothing here", None),
        (r"a=(\d+)", "a=1 a=2", "1"),
        (r"(?:loss=(\d+)|done)", "done", ""),
        (r"(\d+)", "٣٤", "٣٤"),
        (r"x\s(\d)", "x\u30007", "7"),
        (r"x\s(\d)", "x\x1f7", "7"),
        (r"(\w+)=", "größe=1", "größe"),
        (r"\b(\d+)\b", "é1 22", "22"),
        (r"(?i)ACC=(\d)", "acc=4", "4"),
        (r"(?i)(k)=1", "\u212a=1", "\u212a"),
        (r"(1{,3})2", "111112", "111"),
        (r"([a[:]+\])", "[:a]", "[:a]"),
        (r"(\d+)\Z", "a 12", "12"),
        (r"(\d+)$", "12 a 7", "7"),
        (r"^(\d)", " 1", None),
        (r"(.)é", "üé", "ü"),
        (r"(?P<value>[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?) s", "took 1.5e-3 s", "1.5e-3"),
        (r"(?x) loss = (\d+) # the number", "loss=5", "5"),
        (r"(?<=auc:)([0-9.]+)", "auc:0.75", "0.75"),
        (r"(a|b)\1=(\d)", "aa=1", "a"),
        (r"(\D*)+", "ab", ""),
        (r"(\x41{2})", "AAA", "AA"),
        ("(\0|b)", "a\0b", "\0"),
    ],
)
def test_an_expression_means_what_pythons_re_says(expression: str, line: str, group: str | None) -> None:
    """The literal is the whole answer, and Python's own engine agrees with it."""
    assert first_groups(expression, [line]) == [group]
    found = re.search(expression, line)
    assert (None if found is None else found[1] or "") == group


@pytest.mark.parametrize("letter", ["d", "D", "s", "S", "w"])
def test_classes_of_characters_are_pythons_over_all_of_unicode(letter: str) -> None:
    """Beside those that one of the two libraries' editions of Unicode does not know yet."""
    text = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    known = {char for char in re.findall(rf"\{letter}", text) if unicodedata.category(char) != "Cn"}
    for expression in (rf"(\{letter})", rf"([\{letter}])"):
        linear = pattern._linear(expression)
        assert linear is not None
        found = {char.decode() for char in linear.compiled.findall(text.encode())}
        assert {char for char in found if unicodedata.category(char) != "Cn"} == known


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        (r"loss=([0-9.]+)", Translated(r"loss=([0-9.]+)", ascii_only=False)),
        (r"a{,2}b{3}c{1,}{}(\Z)", Translated(r"a{0,2}b{3,3}c{1,}\{}(\z)", ascii_only=False)),
        (r"(\b[]a[]\d)", Translated(r"(\b[\]a\[]\p{Nd})", ascii_only=True)),
        (r"(?i:(a))", Translated(r"(?i:(a))", ascii_only=True)),
    ],
)
def test_what_re2_reads_otherwise_is_written_out(expression: str, translated: Translated) -> None:
    """Repetitions, brackets in sets, ends of text, digits."""
    assert translate(expression) == translated


@pytest.mark.parametrize(
    "expression",
    [r"(?=a)(b)", r"(?<!a)(b)", r"(a)\1", r"(a*)*", r"(?:a?|b)+(c)", r"(a)*+", r"(?>a)(b)", r"(?#word)(a)", r"(\B)",
     r"([\W])", r"(?x)(a)", r"(?i)(é)"],
)  # fmt: skip
def test_what_has_no_equal_in_re2_is_left_to_python(expression: str) -> None:
    """It runs in the child, or Python itself refuses it."""
    with pytest.raises(NotTranslated):
        translate(expression)
    assert pattern._linear(expression) is None


def test_text_that_is_no_expression_is_refused_and_groups_are_counted() -> None:
    """With the engine's own words."""
    assert (count_groups(r"(a)(b)"), count_groups("a")) == (2, 0)
    with pytest.raises(PatternRefused, match=r"missing \), unterminated subpattern at position 0"):
        count_groups("(")
    with pytest.raises(PatternRefused, match="no group around the number"):
        first_groups("a", ["a"])


def test_an_expression_that_backtracks_costs_a_long_line_no_time() -> None:
    """In a process with two seconds of CPU time; the control runs Python's engine there on forty digits, and dies."""
    limited = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (2, 2)); line = 'accuracy: ' + '1' * {}; "
    linear = limited + "from harness.bounded.pattern import first_groups; print(first_groups({!r}, [line] * 3))"
    plain = limited + "import re; print(re.search({!r}, line))"
    ended = _python(linear.format(300_000, BACKTRACKING))
    assert (ended.returncode, ended.stdout.strip()) == (0, "[None, None, None]")
    assert _python(plain.format(40, BACKTRACKING)).returncode < 0


def test_an_expression_that_only_python_takes_is_stopped_at_its_cpu_time() -> None:
    """The look-ahead keeps RE2 away; on a line without a trap the same expression is read."""
    expression = BACKTRACKING + r"(?!!)"
    assert first_groups(expression, ["accuracy: 12.5%", "accuracy: 13%!", "x"]) == ["12.5", None, None]
    with pytest.raises(NotSearched) as told:
        first_groups(expression, ["accuracy: " + "1" * 40], cpu_seconds=1)
    assert str(told.value) == (
        "its regular expression, which only Python's backtracking engine takes: the reader used up its 1 s of CPU time"
    )


def test_a_huge_program_over_a_long_line_is_stopped_at_its_cpu_time() -> None:
    """RE2 is linear in the line and in the expression; their product is bounded as well."""
    expression = r"(?:a|b|1|11|111|1111){900}2()"
    assert first_groups(expression, ["1" * 1000]) == [None]
    with pytest.raises(NotSearched, match="used up its 1 s of CPU time"):
        first_groups(expression, ["1" * 200_000], cpu_seconds=1)


def test_a_line_over_the_limit_is_named_and_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it is read."""
    monkeypatch.setattr(pattern, "LINE_CHARACTERS_MAX", 10)
    assert first_groups("(a)", ["x" * 9 + "a"]) == ["a"]
    with pytest.raises(NotSearched, match=r"^line 2 of the log has 11 characters, more than 10$"):
        first_groups("(a)", ["a", "x" * 11])


def _python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
