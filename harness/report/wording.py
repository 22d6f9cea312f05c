"""How a value is written for a reader: hidden characters shown, long texts cut, numbers with their unit. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

TEXT_MAX = 600
"""Characters of one text on a page; stored evidence keeps all of it."""
NAME_MAX = 200
"""Characters of a name on a page."""
_ODD = re.compile(r"[^\x20-\x7e]")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters by category that draw nothing: fillers and joiners used to hide or split words."""
_VARIATION = (range(0xFE00, 0xFE10), range(0xE0000, 0xE1000))
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_C0, _DELETE = 0x20, 0x7F
_PLAIN_FROM, _PLAIN_TO = 1_000, 1e12
"""Numbers between these read best without an exponent, in groups of three digits."""
_SECONDS_PER_MINUTE = 120
"""Below it a duration reads best as plain seconds."""


def shown(text: str, limit: int = TEXT_MAX) -> str:
    """Write text so that a reader sees every character: hidden ones as symbols, cut at `limit`."""
    kept = text if len(text) <= limit else text[:limit]
    if _ODD.search(kept):
        kept = kept.translate(_SYMBOLS)
    return kept if len(text) <= limit else f"{kept}… (cut: {limit:,} of {len(text):,} characters shown)"


def _symbol(character: str) -> str:
    code = ord(character)
    if code < _C0:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "\u2421"
    nothing = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 - Unicode's noncharacters
    invisible = character in _BLANK or any(code in each for each in _VARIATION)
    if nothing or invisible or unicodedata.category(character) in _HIDDEN_CATEGORIES:
        return f"⟨U+{code:04X}⟩"
    return character


class _Symbols(dict[int, str]):
    """A translation table that fills itself; translating is many times faster than a call per character."""

    def __missing__(self, code: int) -> str:
        """Decide a character once."""
        self[code] = _symbol(chr(code))
        return self[code]


_SYMBOLS = _Symbols()


def finite(value: float | None) -> float | None:
    """Drop what JSON and a chart can't hold: NaN and infinities become None."""
    return value if value is not None and math.isfinite(value) else None


def number(value: float | None) -> str:
    """Write a number with at most four significant digits, a whole one with all of them; nothing known is a dash."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{'+' if value > 0 else '−'}infinite"
    if abs(value) >= _PLAIN_FROM and abs(value) < _PLAIN_TO:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def signed(value: float | None) -> str:
    """Write a difference with its sign."""
    return f"+{number(value)}" if value is not None and value > 0 else number(value)


def two_numbers(first: float | None, second: float | None) -> tuple[str, str]:
    """Write two numbers so that they never look the same when they differ, even by the last bit."""
    written = number(first), number(second)
    if written[0] == written[1] and first != second and first is not None and second is not None:
        return repr(first).replace("-", "−"), repr(second).replace("-", "−")
    return written


def with_unit(text: str, unit: str) -> str:
    """Put the unit behind a written number."""
    return f"{text} {unit}" if unit and text != "–" else text


def seconds(value: float | None) -> str:
    """Write a duration as a person says it."""
    if value is None or not math.isfinite(value):
        return "unknown"
    if abs(value) < _SECONDS_PER_MINUTE:
        return f"{value:.3g} s".replace("-", "−")
    minutes, rest = divmod(round(abs(value)), 60)
    hours, minutes = divmod(minutes, 60)
    words = f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
    return f"−{words}" if value < 0 else words


def size(count: int) -> str:
    """Write a size as a person says it, in powers of ten."""
    for step, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if count >= step:
            return f"{count / step:.3g} {unit}"
    return counted(count, "byte")


def moment(at: str) -> str:
    """Write a time of the evidence to the minute; what is no such time is left as it is."""
    return f"{at[:10]} {at[11:16]} UTC" if _MOMENT.fullmatch(at) else at


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write `1 pair`, `2 pairs`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def share(part: int, whole: int) -> str:
    """Write a share with its numerator and denominator, never a bare percentage."""
    return f"{part:,} of {whole:,}" + (f" ({part / whole:.0%})" if whole else "")


def listed(words: Iterable[str], last: str = "and") -> str:
    """Write `a, b and c`, with another word than `and` where one is given."""
    every = list(words)
    return f" {last} ".join(([", ".join(every[:-1])] if every[:-1] else []) + every[-1:])


def rule_words(rule: str) -> str:
    """Name the rule that a judgement was made by; empty: it was made before rules had names."""
    if not rule:
        return "two tests of equality at planned looks, as before bets were made (ADR 0006, 0050)"
    return f"{shown(rule)}: bets on differences, each clipped a margin about the bound"
