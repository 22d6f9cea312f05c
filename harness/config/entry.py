"""A draft completed with stand-ins: what only an owner knows stands there as CHANGE-ME, and is listed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.config.outside import Outside, places_outside
from harness.model.job import DEFAULT_PLATFORMS, Side
from harness.platforms import platform_of
from harness.platforms.draft import ACCOUNT, BUCKET, WORD, Draft, Known
from harness.platforms.kinds import KINDS

_OWNERS_WORD = "only the owner knows"
EFFECTS = "what it does to the world besides its outputs; [] if nothing"
_GROUPS = (
    ("who answers for it", ("owner", "tier", "policy")),
    ("where its runs live", ("legacy.", "candidate.")),
    ("what it is", (".kind", ".image", ".command", ".outputs", ".time_limit", ".instance_type")),
    ("what makes two runs read the same", (".pin",)),
    ("where each side keeps its secrets", (".secrets.",)),
    ("how far its metrics may differ", (".better", ".margin")),
    ("what it does besides its outputs", (".effects",)),
)
"""Keys that are decided together, in the order in which they are told; at most eight lines."""
_SHOWN_MAX = 8


_SAID_BY = {
    "manifest": ("image",),
    "request": ("image", "kind", "candidate.instance_type", "outputs"),
}
"""Key of a side that stands on a document → what needs no stand-in, since the document says it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Keys of an entry that hold a stand-in and are decided together."""

    what: str
    keys: tuple[str, ...]
    """Inside the entry."""
    found: tuple[str, ...] = ()
    """What the document says that bears on it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """An entry with stand-ins."""

    entry: dict[str, Any]
    notes: dict[str, str]
    """Key → comment."""
    decide: tuple[Decision, ...]


def complete(draft: Draft, name: str, given: frozenset[str], document: str = "") -> Completed:
    """Complete a draft; `given`: keys that the file's defaults give, and that need no stand-in.

    `document`: what a side stands on, as the entry calls it; empty: the job is written short.
    """
    job = draft.job
    if document:
        side = Side.LEGACY if draft.document == "manifest" else Side.CANDIDATE
        job = {**draft.beside, side.value: {draft.document: document, **draft.beside.get(side.value, {})}}
        said = (*_SAID_BY[draft.document], *(("time_limit",) if "time_limit" in draft.job else ()))
        given = given | {f"every_job.{key}" for key in said}
    job_key = f"jobs.{draft.job_name}"
    outside = places_outside(draft.job)
    known = {**draft.entry, "jobs": {draft.job_name: dict(job)}}
    entry: dict[str, Any] = {}
    notes: dict[str, str] = {}
    left: list[str] = []
    for key, (value, why) in _stand_ins(draft, name).items():
        found = _get(known, key)
        if found is None and _is_given(key, job_key, given):
            continue
        _set(entry, key, value if found is None else found)
        if found is None:
            left.append(key)
            notes[key] = why
    _fill(entry, known)
    left += [f"{job_key}.{key}" for key in draft.decide]
    notes |= {f"{job_key}.{key}": why for key, why in (*draft.decide.items(), *draft.notes.items())}
    if f"{job_key}.effects" in notes:
        notes[f"{job_key}.effects"] = "\n".join((EFFECTS, *_told(outside)))
    return Completed(entry, notes, tuple(_decisions(left, outside)))


def _stand_ins(draft: Draft, name: str) -> dict[str, tuple[Any, str]]:
    candidate = draft.entry.get("candidate", {})
    account = candidate.get("account") or ""
    image = draft.job.get("image") or ""
    known = Known(account, image, draft.role, draft.job.get("resources") or {})
    job_key = f"jobs.{draft.job_name}"
    return {
        "owner": (WORD, "who answers for it"),
        "tier": (WORD, _OWNERS_WORD),
        "policy": ("trial", "trial, standard or critical"),
        **dict(_sides(name, known)),
        f"{job_key}.kind": ("training", " or ".join(KINDS.plugins)),
        f"{job_key}.image": (f"{account or ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{WORD}", "the image of both sides"),
        f"{job_key}.command": ([WORD], "the image's own entry point"),
        f"{job_key}.outputs": ("discover", "declare them: a job that discovers its outputs can't be GO"),
        f"{job_key}.time_limit": ("1d", "the document sets none"),
        f"{job_key}.effects": (WORD, EFFECTS),
        **{
            f"{job_key}.{side.value}.{key}": stand_in
            for side, platform in DEFAULT_PLATFORMS.items()
            for key, stand_in in platform_of(platform).drafts.job(known).items()
        },
    }


def _sides(name: str, known: Known) -> Iterator[tuple[str, tuple[Any, str]]]:
    """Give the stand-ins of both sides, on the platforms that a side has unless it names another."""
    for side, platform in DEFAULT_PLATFORMS.items():
        for key, stand_in in platform_of(platform).drafts.settings(known).items():
            yield f"{side.value}.{key}", stand_in
        staging = f"s3://{BUCKET}/{name}/{side.value}"
        yield f"{side.value}.staging", (staging, "a prefix that nobody else writes to")


def _is_given(key: str, job_key: str, given: frozenset[str]) -> bool:
    inner = key.removeprefix(f"{job_key}.")
    return key in given or (inner != key and f"every_job.{inner}" in given)


def _told(outside: tuple[Outside, ...]) -> Iterator[str]:
    if outside:
        yield "it names:"
    for place in outside:
        yield f"  {place.kind} {place.place} ({place.where})"


def _decisions(left: list[str], outside: tuple[Outside, ...]) -> Iterator[Decision]:
    """Gather keys that are decided together."""
    rest = list(left)
    for what, marks in _GROUPS:
        keys = [key for key in rest if _is_about(key, marks)]
        rest = [key for key in rest if key not in keys]
        if keys:
            found = tuple(f"{place.kind} {place.place}" for place in outside) if marks == (".effects",) else ()
            yield Decision(what, tuple(keys), found)
    if rest:
        yield Decision("what else is not known", tuple(rest))


def _is_about(key: str, marks: tuple[str, ...]) -> bool:
    if key.startswith("jobs."):
        return any(
            mark.startswith(".") and (key.endswith(mark) or (mark.endswith(".") and mark in key)) for mark in marks
        )
    return any(
        key == mark or (mark.endswith(".") and not mark.startswith(".") and key.startswith(mark)) for mark in marks
    )


def _get(entry: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any written value
    value: Any = entry
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _set(entry: dict[str, Any], key: str, value: object) -> None:
    *around, last = key.split(".")
    for part in around:
        entry = entry.setdefault(part, {})
    entry[last] = value


def _fill(entry: dict[str, Any], known: Mapping[str, Any]) -> None:
    """Add what a draft says; an empty part says nothing."""
    for key, part in known.items():
        if isinstance(part, Mapping):
            inner = entry.get(key, {})
            if isinstance(inner, dict):
                _fill(inner, part)
                if inner:
                    entry[key] = inner
        elif key not in entry and part not in ([], None):
            entry[key] = part
