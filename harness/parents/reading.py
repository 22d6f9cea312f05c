"""Small readers that the kinds of parents share. Pure; nothing in a document makes them fail."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.model.clock import parse_iso
from harness.model.job import Json
from harness.model.parent import ParentState, Trouble
from harness.scrub.scrubber import Scrubber

Object = Mapping[str, Json]
LINE_MAX = 300
"""Characters of a message that a sentence takes."""
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?")


def text(value: Object, name: str) -> str:
    """Give a text; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def part(value: Object, *names: str) -> Object:
    """Give an inner object, along a path; empty where there is none."""
    for name in names:
        found = value.get(name)
        value = found if isinstance(found, dict) else {}
    return value


def parts(value: Object, name: str) -> list[Object]:
    """Give the objects of a list; empty where there is none."""
    found = value.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def word(value: Json) -> str:
    """Write a label's value: Airflow's REST API gives numbers where labels have text."""
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def seconds(value: Json) -> float | None:
    """Read a time in epoch seconds; one without a zone is UTC, as Kubernetes and Airflow print it."""
    if not isinstance(value, str):
        return None
    zoned = f"{value.replace(' ', 'T')}Z" if _NAIVE.fullmatch(value) else value.replace(" ", "T", 1)
    try:
        return parse_iso(zoned)
    except ValueError:
        return None


def line(*words: str) -> str:
    """Join the words of a document to one line without secrets, cut to what a sentence takes."""
    told = " ".join(" ".join(word.split()) for word in words if word).replace(" :", ":").replace(" ;", ";")
    return Scrubber().text(told)[:LINE_MAX]


def said(reason: str, message: str) -> str:
    """Write a reason with its message, as conditions have them."""
    return (f"({reason})" if reason else "") + (f": {message}" if message else "")


def owners(item: Object) -> tuple[str, ...]:
    """Give the uids of an object's owners."""
    return tuple(text(owner, "uid") for owner in parts(part(item, "metadata"), "ownerReferences"))


def conditions(item: Object) -> dict[str, Object]:
    """Give the conditions that are True, by type, the newest of each last."""
    held = [one for one in parts(part(item, "status"), "conditions") if text(one, "status") == "True"]
    return {text(one, "type"): one for one in held}


def by_condition(item: Object, states: Mapping[str, ParentState]) -> tuple[ParentState, Object, str]:
    """Choose the first condition, in the order of `states`, that is True; with it and its type."""
    held = conditions(item)
    name = next((name for name in states if name in held), "")
    return (states[name], held[name], name) if name else (ParentState.WAITING, {}, "")


_TROUBLE = {
    Trouble.SIDE_CHANNEL: (
        r"xcom|failed to (save|upload) (outputs|artifacts?)|(reading|fetching|read|retriev\w+) (the )?(pod )?logs?"
        r"|pods/(log|exec)|\bexec\b.{0,80}(fail|error|denied)|permission denied|handshake status"
    ),
    Trouble.GONE: r"pods? .{0,200}not ?found|\(404\)|\b404\b|pod (was )?deleted|pod not found|pod is missing",
    Trouble.TIMEOUT: r"timed?[ -]?out|deadline|took too long|took longer than",
    Trouble.CONNECTION: (
        r"connection (\w+ )?(reset|refused|aborted|broken|error)|connectionerror|protocolerror|max retries exceeded"
        r"|incompleteread|broken pipe|remote end closed|eof occurred|status code:? -1\b"
        r"|infrastructure exited with .{0,20}-1\b|response ended prematurely|name resolution"
    ),
}
"""What orchestrators write when they lost sight of the work, from the threads that classes K13, K14 and K16 cite."""
_PATTERNS = tuple((trouble, re.compile(pattern, re.IGNORECASE)) for trouble, pattern in _TROUBLE.items())
_READ_MAX = 20_000
"""Characters of a message that are searched for a reason."""


def trouble(message: str) -> Trouble:
    """Name the reason that a failing parent gives, where it is not the work's own."""
    read = message[:_READ_MAX]
    return next((found for found, pattern in _PATTERNS if pattern.search(read)), Trouble.NONE)
