"""Names that promise a secret, by whole segment, and values that keep no such promise. Pure.

`HF_TOKEN` promises one and `MAX_TOKENS` and `TOKENIZER_PATH` do not: segments end at `_`, `-`, `.` and at a new word of
camelCase. A value that is a number, a switch, a path, a placeholder or a plain word is no secret whatever its name.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from itertools import pairwise

WORDS = frozenset({"TOKEN", "PAT", "WEBHOOK", "DSN", "SESSION", "AUTHORIZATION"})
"""Segments that name a secret unless the value is plain: `SESSION=night-run` is none."""
STRONG_WORDS = frozenset(
    {"PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "SECRET", "SECRETS", "APIKEY", "CREDENTIAL", "CREDENTIALS"}
)
"""Segments whose value may be a plain word and is a secret nevertheless."""
STRONG_PAIRS = frozenset(
    (literal, "KEY") for literal in ("API", "ACCESS", "PRIVATE", "ACCOUNT", "SHARED", "SIGNING", "AUTH")
)
ABOUT = frozenset(
    {
        "NAME",
        "FILE",
        "PATH",
        "DIR",
        "ARN",
        "TYPE",
        "HEADER",
        "PREFIX",
        "ISSUER",
        "ALGORITHM",
        "SCOPE",
        "AUDIENCE",
        "BACKEND",
        "MODE",
    }
)
"""Last segments of names that say something about a secret and not the secret: `SECRET_NAME`, `TOKEN_TYPE`."""
_CARRIED_BY_URL = frozenset({"WEBHOOK", "DSN"})
"""Where a URL as a whole is the secret, although it has neither password nor signature."""

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SWITCH = re.compile(r"(?i)|true|false|yes|no|on|off|none|null|nil|auto|default|enabled|disabled|required|optional")
_VERSION = re.compile(r"v?[0-9]{1,5}(?:\.[0-9]{1,6}){1,3}(?:[-+.]?[a-z]{0,6}[0-9]{0,8}){0,2}")
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,]*\.?[0-9]*(?:e[-+]?[0-9]+)?[a-z%]{0,3}", re.IGNORECASE)
_PATH = re.compile(
    r"(?:~|\.{1,2}|[A-Za-z]:)?(?:/[\w.@ -]*)+"
    r"|[\w-]+\.(?:json|ya?ml|txt|cfg|ini|toml|pem|key|crt|env|csv|py|sh|conf)"
    r"|(?:s3|gs|file|hdfs|abfss?)://\S*|arn:aws[\w-]*:\S*"
)
_PLACEHOLDER = re.compile(
    r"\$[A-Za-z_]+|\$[{(].*|[<\[{(|].*|%\(.*|%[A-Z_]+%|(.)\1{2,}|\.{3}.*|hmac-sha256:[0-9a-f]{64}",
    re.IGNORECASE | re.DOTALL,
)
_URL = re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^\s@]*")
_SAID = re.compile(r"[A-Za-z]+(?:[-_/.][A-Za-z]+)*[.:!?]?")
"""Words of a sentence, the name of an error among them; what is alone and in letters is taken for one."""
_PART = r"(?:[A-Za-z]{1,14}[0-9]{0,3}|[0-9]{1,4})"
_PLAIN = re.compile(rf"{_PART}(?:[-_./: ]{_PART}){{0,7}}|.{{0,7}}")
LENGTH_MAX = 4096
"""A longer value is no path and no word; what it holds is looked at as a text."""


class Promise(Enum):
    """What a name says of its value."""

    NONE = "none"
    LIKELY = "likely"
    STRONG = "strong"


def segments(name: str) -> tuple[str, ...]:
    """Take a name apart into words of capital letters."""
    return tuple(item.upper() for item in _SEGMENT.findall(name))


@lru_cache(maxsize=4096)
def promise_of(name: str) -> Promise:
    """Tell whether a name promises a secret."""
    found = segments(name)
    if not found or found[-1] in ABOUT:
        return Promise.NONE
    if STRONG_WORDS.intersection(found) or any(row in STRONG_PAIRS for row in pairwise(found)):
        return Promise.STRONG
    return Promise.LIKELY if WORDS.intersection(found) else Promise.NONE


def is_secret(name: str, value: str, *, prose: bool = False) -> bool:
    """Tell whether a value is what its name promises.

    `prose`: it stands in running text, where "password: rejected" gives no password away.
    """
    promised, said = promise_of(name), value.strip()
    if promised is Promise.NONE or _is_harmless(said.rstrip(":.") if prose else said):
        return False
    if _URL.fullmatch(said):
        return bool(_CARRIED_BY_URL.intersection(segments(name)))
    if promised is Promise.LIKELY:
        return not _PLAIN.fullmatch(said)
    return not (prose and _SAID.fullmatch(said))


def is_plain(value: str) -> bool:
    """Tell whether a value is made of words and short numbers only."""
    return _PLAIN.fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands for one: `$TOKEN`, `<password>`, `***`."""
    return _PLACEHOLDER.fullmatch(value) is not None


def _is_harmless(value: str) -> bool:
    """Tell whether a value is a switch, a number, a path or a placeholder."""
    if len(value) > LENGTH_MAX:
        return False
    return any(pattern.fullmatch(value) for pattern in (_SWITCH, _NUMBER, _VERSION, _PATH, _PLACEHOLDER))
