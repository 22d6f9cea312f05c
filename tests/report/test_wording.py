"""How values are written."""

from __future__ import annotations

import json
import math
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.wording import number, rule_words, seconds, share, shown, two_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\x7f", "␡"),
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("\ud800", "⟨U+D800⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\u3164", "⟨U+3164⟩"),
        ("plain – ü 漢 ✓", "plain – ü 漢 ✓"),
    ],
)
def test_hidden_characters_become_symbols_and_plain_ones_stay(text: str, expected: str) -> None:
    """A reader sees every character that is there; ordinary letters of any script are left alone."""
    assert shown(text) == expected


@given(st.text(st.characters()))
def test_any_text_can_be_written_as_utf8_json_and_xml_and_is_stable(text: str) -> None:
    """No text, lone surrogates included, breaks a format, and showing twice changes nothing."""
    once = shown(text)
    once.encode()
    json.loads(json.dumps(once))
    assert fromstring(tostring(Element("x", v=once), encoding="utf-8")).get("v") == once
    assert shown(once) == once


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    """A cut text states both lengths; a text at the limit is whole."""
    assert shown("x" * 5_000_000) == "x" * 600 + "… (cut: 600 of 5,000,000 characters shown)"
    assert shown("x" * 600) == "x" * 600


def test_two_numbers_that_differ_by_the_last_bit_look_different() -> None:
    """A difference of one unit in the last place is visible; equal numbers stay short."""
    first, second = two_numbers(0.1, math.nextafter(0.1, 1))
    assert first != second
    assert two_numbers(0.1, 0.1) == ("0.1", "0.1")


def test_numbers_that_are_none_or_not_finite_have_words() -> None:
    """Nothing known is a dash; NaN and infinities are named."""
    assert [number(each) for each in (None, math.nan, math.inf, -math.inf, -2.5)] == [
        "–",
        "not a number",
        "+infinite",
        "−infinite",
        "−2.5",
    ]


def test_durations_and_shares_are_said_as_people_say_them() -> None:
    """Minutes and hours above two minutes; a share never without numerator and denominator."""
    assert [seconds(each) for each in (None, 1.234, 119.0, 130, 3 * 3600 + 65, -150)] == [
        "unknown",
        "1.23 s",
        "119 s",
        "2 min 10 s",
        "3 h 01 min",
        "−2 min 30 s",
    ]
    assert share(1, 4) == "1 of 4 (25%)"
    assert share(0, 0) == "0 of 0"


def test_a_judgement_by_an_earlier_rule_is_told_as_one() -> None:
    """It was made before rules had names."""
    assert rule_words("") == "two tests of equality at planned looks, as before bets were made (ADR 0006, 0050)"
    assert rule_words("bets/1").startswith("bets/1: bets on differences")
