"""Put a word in the place of each secret, before anything is written; how many there were can be counted afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import TypeVar

import msgspec

from harness.scrub import detect, names
from harness.scrub.typed import convert

T = TypeVar("T")
Node = bool | int | float | str | None | list["Node"] | dict[str, "Node"]

OWN = "harness-environment"
"""Rule of a value that stands in the environment of the harness's own process under a name that promises a secret."""
OWN_LENGTH_MIN = 12
"""A shorter value of the environment is found in too many places where it means something else."""
_MARK = re.compile(r"\[scrubbed: [a-z0-9-]+\]")


def mark(rule: str) -> str:
    """Give the word that stands for a secret."""
    return f"[scrubbed: {rule}]"


def count(value: object) -> int:
    """Count the marks in a text, or in everything that a frozen value holds."""
    if isinstance(value, str):
        return len(_MARK.findall(value))
    if isinstance(value, Mapping):
        return sum(map(count, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(count, value))
    return count(msgspec.to_builtins(value, str_keys=True)) if is_dataclass(value) else 0


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Scrubs what is captured in one campaign."""

    known: tuple[str, ...] = ()
    """Values that are secret wherever they stand, the longest first."""
    harmless: frozenset[str] = frozenset()
    """Values that `not_secret:` vouches for."""

    @classmethod
    def of(cls, environment: Mapping[str, str], harmless: Iterable[str] = ()) -> Scrubber:
        """Know the harness's own secrets by its environment, and what a user declared to be none."""
        declared = frozenset(harmless)
        own = {
            value
            for name, value in environment.items()
            if len(value) >= OWN_LENGTH_MIN and value not in declared and names.is_secret(name, value)
        }
        return cls(tuple(sorted(own, key=lambda value: (-len(value), value))), declared)

    def text(self, text: str) -> str:
        """Scrub running text."""
        for value in self.known:
            text = text.replace(value, mark(OWN))
        pieces, at = [], 0
        for hit in detect.hits(text):
            if text[hit.start : hit.end] not in self.harmless:
                pieces += [text[at : hit.start], mark(hit.rule)]
                at = hit.end
        return "".join((*pieces, text[at:])) if pieces else text

    def named(self, name: str, value: str) -> str:
        """Scrub the value of a variable, parameter or field."""
        if value in self.harmless:
            return value
        scrubbed = self.text(value)
        if scrubbed == value and names.is_secret(name, value):
            return mark(detect.NAMED)
        return scrubbed

    def sampled(self, where: str, value: str) -> str:
        """Scrub a value shown beside the name of its column or variable; plain words stay, as in "a secret"."""
        return self.text(value) if names.is_plain(value) else self.named(where, value)

    def value(self, node: Node, name: str = "") -> Node:
        """Scrub every string of a JSON value; what stands under a promising key is looked at with its key."""
        if isinstance(node, str):
            return self.named(name, node) if name else self.text(node)
        if isinstance(node, list | tuple):  # msgspec leaves tuples as they are
            return [self.value(item, name) for item in node]
        if isinstance(node, dict):
            return {key: self.value(each, _name_of(key, node, name)) for key, each in node.items()}
        return node

    def texts(self, node: Node) -> Node:
        """Scrub every string of a JSON value, whatever its key."""
        if isinstance(node, str):
            return self.text(node)
        if isinstance(node, list | tuple):  # msgspec leaves tuples as they are
            return [self.texts(item) for item in node]
        return {key: self.texts(each) for key, each in node.items()} if isinstance(node, dict) else node

    def frozen(self, value: T, *, named: bool = True) -> T:
        """Scrub every string of a frozen value; `named`: what stands under a promising key with its key."""
        before: Node = msgspec.to_builtins(value, str_keys=True)
        after = self.value(before) if named else self.texts(before)
        return value if after == before else convert(after, type(value))


def _name_of(key: str, node: Mapping[str, Node], around: str) -> str:
    """Say under which name a value stands: `{"name": N, "value": V}` and `N: {"type": T, "value": V}` name it apart."""
    if key != "value":
        return key
    name = node.get("name")
    return name if isinstance(name, str) else around
