"""Find secrets in a text or in one named value: known forms, assignments to promising names, URLs that carry one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from harness.scrub import names, patterns, rules

NAMED = "secret-name"
URL_PASSWORD = "url-password"  # noqa: S105 # nosec B105 # the name of a rule
URL_SIGNATURE = "url-signature"
HEADER = "authorization-header"

SHORT_MAX = 256
"""Identifiers, states and reasons come again and again in the events of one campaign."""

_NAME_WORDS = (
    "token|pat|webhook|dsn|session|authorization|password|passwd|passphrase|pwd|secrets?|apikey|credentials?"
    "|(?:api|access|private|account|shared|signing|auth)[_.-]?key"
)
_CAMEL_WORDS = (
    "Token|Pat|Webhook|Dsn|Session|Authorization|Password|Passwd|Passphrase|Pwd|Secrets?|Apikey|Credentials?"
    "|(?:[Aa]pi|[Aa]ccess|[Pp]rivate|[Aa]ccount|[Ss]hared|[Ss]igning|[Aa]uth)Key"
)
_NAME = (
    rf"(?:(?i:(?:[\w.-]*[_.-])?(?:{_NAME_WORDS})[0-9]{{0,3}}(?:[_.-][\w.-]*)?)"
    rf"|[\w.-]*(?:{_CAMEL_WORDS})[0-9]{{0,3}}(?:[A-Z_.-][\w.-]*)?)"
)
_VALUE = r"""(?:"((?:[^"\\\r\n]|\\.)+)"|'((?:[^'\\\r\n]|\\.)+)'|([^\s"',;&)}\]]+))"""
ASSIGNMENT = rf"""(?:^|[^\w.-])-{{0,2}}({_NAME})\\?["']?[ \t]{{0,3}}(?:=>|:=|=|:|[ \t])[ \t]{{0,3}}\\?{_VALUE}"""
_CREDENTIALS_IN_URL = r"""[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/@"'<>]+)@"""
_USER_OF_URL = r"""[A-Za-z][A-Za-z0-9+.-]*://([^\s/:@"'<>]{20,})@"""
_SIGNATURE = (
    r"(?i)[?&;](?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig|signature|sas)"
    r"""(?:=|%3D)([^&\s"'<>;]{8,})"""
)
_HEADER = r"(?i)\b(?:Bearer|Basic)[ \t]+([A-Za-z0-9._~+/-]{16,}={0,2})"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A secret in a text: where, by which rule, and under which name, if it has one."""

    start: int
    end: int
    rule: str
    name: str = ""


def hits(text: str) -> tuple[Hit, ...]:
    """Find all secrets of a text, in order; where two rules meet in one place, the more telling one is named."""
    return _short(text) if len(text) <= SHORT_MAX else _hits(text)


@lru_cache(maxsize=16_384)
def _short(text: str) -> tuple[Hit, ...]:
    return _hits(text)


def _hits(text: str) -> tuple[Hit, ...]:
    here = _words().of(text)
    if not here:
        return ()
    found: list[Hit] = []
    for rule in {rule.id: rule for word in here for rule in _by_keyword().get(word, ())}.values():
        found += (Hit(start, end, rule.id) for start, end in rule.find(text))
    for keywords, look in _OWN:
        if here.intersection(keywords):
            found += look(text)
    return tuple(_merged(sorted(found, key=lambda hit: (hit.start, hit.rule == NAMED, -hit.end))))


def rule_of(name: str, value: str) -> str:
    """Name the rule by which a variable's, parameter's or field's value is a secret; empty: it is none."""
    found = hits(value)
    if found:
        return found[0].rule
    return NAMED if names.is_secret(name, value) else ""


def _merged(found: list[Hit]) -> Iterator[Hit]:
    """Join hits that overlap."""
    last: Hit | None = None
    for hit in found:
        if last is not None and hit.start < last.end:
            last = Hit(last.start, max(last.end, hit.end), last.rule, last.name or hit.name)
            continue
        if last is not None:
            yield last
        last = hit
    if last is not None:
        yield last


# -- what no list of token forms has ----------------------------------------------------------------------------------


def _assignments(text: str) -> Iterator[Hit]:
    """Find `NAME=value`, `name: value`, `--name value` and `"name": "value"` where the name promises a secret."""
    for found in patterns.find(ASSIGNMENT, text):
        name = found.groups[1] or ""
        if names.promise_of(name) is names.Promise.NONE:
            continue
        which = next((n for n in (2, 3, 4) if found.groups[n]), 0)
        value = found.groups[which] or ""
        start, end = found.spans[which]
        between = text[found.spans[1][1] : start]
        flag = text[found.spans[1][0] - 2 : found.spans[1][0]] == "--"
        if (
            (not between.strip() and not flag)
            or _in_arn(text, found.spans[1][0])
            or _names_object(text, found.spans[1])
        ):
            continue  # two words of prose, or the name of a thing
        if names.is_secret(name, value, prose="=" not in between and not flag):
            yield Hit(start, end, NAMED, name)


def _in_arn(text: str, at: int) -> bool:
    """Tell whether a place is within an ARN: `arn:aws:secretsmanager:…:secret:prod/db` names a secret and is none."""
    return _ARN.search(text[max(0, at - 256) : at]) is not None


def _names_object(text: str, at: tuple[int, int]) -> bool:
    """Tell whether Kubernetes says of a Secret that it lacks it: `secret "db" not found` names an object."""
    return _OBJECT.match(text, at[0]) is not None


def _passwords(text: str) -> Iterator[Hit]:
    for found in patterns.find(_CREDENTIALS_IN_URL, text):
        if not names.is_placeholder(found.groups[1] or ""):
            yield Hit(*found.spans[1], URL_PASSWORD)


def _users(text: str) -> Iterator[Hit]:
    """Find tokens that stand where a URL has its user; an address of mail or a name has no such entropy."""
    for found in patterns.find(_USER_OF_URL, text):
        user = found.groups[1] or ""
        if any(name.isdigit() for name in user) and rules.entropy(user) > ENTROPY_OF_TOKEN:
            yield Hit(*found.spans[1], URL_PASSWORD)


def _by(pattern: str, rule: str) -> Callable[[str], Iterator[Hit]]:
    def look(text: str) -> Iterator[Hit]:
        for found in patterns.find(pattern, text):
            if not names.is_placeholder(found.groups[1] or ""):
                yield Hit(*found.spans[1], rule)

    return look


_OBJECT = re.compile(
    r"(?i:secrets?) \\?\"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\\?\" (not found|is forbidden|already exists)\b"
)
"""How the API server and the kubelet write of an object by its name (apimachinery, api/errors)."""
_ARN = re.compile(r"arn:aws[a-z-]*:[\w:/+=,.@-]*$")
ENTROPY_OF_TOKEN = 3.0
"""Bits a character, as gitleaks asks of most token forms."""
_WORDS = ("token", "pat", "webhook", "dsn", "session", "authorization", "passw", "passphrase", "pwd", "secret", "key")
_OWN: tuple[tuple[frozenset[str], Callable[[str], Iterator[Hit]]], ...] = (
    (frozenset({*_WORDS, "credential"}), _assignments),
    (frozenset({"://"}), _passwords),
    (frozenset({"://"}), _users),
    (frozenset({"sig=", "signature", "x-amz-security-token", "sas=", "sig%3d"}), _by(_SIGNATURE, URL_SIGNATURE)),
    (frozenset({"bearer", "basic"}), _by(_HEADER, HEADER)),
)


@cache
def _by_keyword() -> Mapping[str, tuple[rules.Rule, ...]]:
    found: dict[str, tuple[rules.Rule, ...]] = {}
    for rule in rules.rules():
        for word in rule.keywords:
            found[word] = (*found.get(word, ()), rule)
    return found


@cache
def _words() -> patterns.Words:
    own = (keyword for keywords, _ in _OWN for keyword in keywords)
    return patterns.Words((*own, *(keyword for rule in rules.rules() for keyword in rule.keywords)))
