"""Known forms of tokens: gitleaks' rules, read as data from the file beside this one.

Left out are `generic-api-key`, whose work `harness.scrub.names` does with whole segments of names, and the five rules
that hold for named files only.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from harness.scrub import patterns

VERSION = "8.30.1"
SHA256 = "0ceeb4f9c567f9f80ee05e8e37eeba4646df809f69c736a64d5b8b1398eb3e4c"
LEFT_OUT = frozenset({"generic-api-key"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """What gitleaks knows to be no secret although a rule matches it."""

    regexes: tuple[str, ...]
    stopwords: tuple[str, ...]
    of_match: bool
    """The regexes look at all that matched, not at the secret in it."""

    def __call__(self, secret: str, match: str) -> bool:
        """Tell whether a match is one of these."""
        lowered, text = secret.lower(), match if self.of_match else secret
        return any(stopword in lowered for stopword in self.stopwords) or any(
            patterns.holds(regex, text) for regex in self.regexes
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One known form."""

    id: str
    keywords: tuple[str, ...]
    """It can match only where one of them is in the text."""
    regex: str
    group: int
    """Of the secret within the match; 0: the first group that matched, or the whole."""
    entropy_min: float
    """In bits a character (Shannon): what has less is a placeholder."""
    allowed: tuple[Allowed, ...]

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Give the places of secrets of this form."""
        for found in patterns.find(self.regex, text):
            which = self.group or next((n for n, each in enumerate(found.groups) if n and each), 0)
            secret, span = found.groups[which] or "", found.spans[which]
            if secret and entropy(secret) > self.entropy_min and not self._allows(secret, found.groups[0] or ""):
                yield span

    def _allows(self, secret: str, match: str) -> bool:
        return any(allowed(secret, match) for allowed in self.allowed)


def entropy(text: str) -> float:
    """Compute the Shannon entropy of a text's characters in bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


@cache
def rules() -> tuple[Rule, ...]:
    """Read all rules."""
    read = tomllib.loads(data().decode())
    everywhere = _allowed(read["allowlist"])
    return tuple(_rule(rule, everywhere) for rule in read["rules"] if "path" not in rule and rule["id"] not in LEFT_OUT)


def data() -> bytes:
    """Read the file as it was published."""
    return resources.files("harness.scrub").joinpath("gitleaks.toml").read_bytes()


def _rule(read: Mapping[str, Any], everywhere: Allowed) -> Rule:
    own = tuple(
        _allowed(allowlist)
        for allowlist in read.get("allowlists", ())
        if "regexes" in allowlist or "stopwords" in allowlist
    )
    return Rule(
        id=read["id"],
        keywords=tuple(keyword.lower() for keyword in read["keywords"]),
        regex=read["regex"],
        group=read.get("secretGroup", 0),
        entropy_min=read.get("entropy", -1.0),
        allowed=(everywhere, *own),
    )


def _allowed(read: Mapping[str, Any]) -> Allowed:
    stopwords: Sequence[str] = read.get("stopwords", ())
    return Allowed(
        tuple(read.get("regexes", ())),
        tuple(stopword.lower() for stopword in stopwords),
        read.get("regexTarget") == "match",
    )
