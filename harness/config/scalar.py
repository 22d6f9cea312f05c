"""What an unquoted YAML word means: the core schema of YAML 1.2, without the words that change a value silently."""

from __future__ import annotations

import math
import re

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_DIGITS_MAX = 20


class NotPlainError(ValueError):
    """An unquoted word whose meaning would surprise; says what to write."""

    def __init__(self, expected: str, hint: str) -> None:
        """Keep what was expected and how to mend it."""
        self.expected = expected
        self.hint = hint
        super().__init__(expected)


def plain(text: str) -> bool | int | float | str | None:
    """Resolve an unquoted word.

    Raises:
        NotPlainError: leading zeros (an account id would lose them), octal or hexadecimal, beyond 64 bits, not finite.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _BASED.fullmatch(text):
        raise NotPlainError("a decimal number or quoted text", f'write "{text}" for text')
    if _NOT_FINITE.fullmatch(text):
        raise NotPlainError("a finite number", f'write "{text}" for text')
    if _FLOAT.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise NotPlainError("a number that a double can hold", "")
        return value
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits.startswith("0"):
        raise NotPlainError("a number without leading zeros or quoted text", f'write "{text}"')
    if len(digits) > _DIGITS_MAX or not -(2**63) <= int(text) < 2**63:
        raise NotPlainError("a number of at most 64 bits", f'write "{text}" for text')
    return int(text)


_OCTAL = re.compile(r"[-+]?0[0-7]+")
_TOGGLES = frozenset({"y", "n", "yes", "no", "on", "off"})


def plain_in_documents(text: str) -> bool | int | float | str | None:
    """Resolve an unquoted word of a document that tools read as YAML 1.1: 0400 is octal there, and `on` is true.

    Raises:
        NotPlainError: as `plain`, and a word that readers of YAML 1.1 take for true or false.
    """
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    if text.lower() in _TOGGLES:
        hint = f'YAML 1.1 takes it for true or false; write "{text}" for text'
        raise NotPlainError("true, false or quoted text", hint)
    return plain(text)
