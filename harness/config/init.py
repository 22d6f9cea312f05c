"""The first `repos.yaml` from what a team has already: a job as one of the platforms has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.config.load import problems_of
from harness.config.strict_yaml import Place, read
from harness.config.yaml_text import dump
from harness.errors import ConfigError, Problem
from harness.model.job import DEFAULT_PLATFORMS
from harness.platforms import platform_of, platforms
from harness.platforms.draft import ACCOUNT, BUCKET, WORD
from harness.platforms.tracked import Tracked

_EDITOR_LINE = "# yaml-language-server: $schema=./repos.schema.json\n# made by: parity schema > repos.schema.json\n"
_OWNERS_WORD = "only the owner knows"


@dataclass(frozen=True, slots=True)
class InitResult:
    """A first file, and everything that its reader still has to look at."""

    yaml_text: str
    untranslated: tuple[str, ...]
    """Paths in the given document of which nothing is in the file."""
    to_decide: tuple[str, ...]
    """Keys of the file that hold a stand-in, because the document does not say."""
    problems: tuple[Problem, ...]
    """What `check` says of the file besides its stand-ins; normally nothing."""


def init_from(document: bytes, file: str) -> InitResult:
    """Write the smallest entry for a document of a platform: a job as it is there, or what was said of one.

    `file` is what problems call it.

    Raises:
        ConfigError: the document can't be read, or is neither.
    """
    given = read(document, file)
    tracked = Tracked(given.data)
    drafts = [platform.drafts for platform in platforms()]
    draft = next((draft for each in drafts if (draft := each.read(tracked)) is not None), None)
    if draft is None:
        expected = ", or ".join(draft.documents for draft in drafts)
        found = f"kind {tracked.look('kind')}" if tracked.look("kind") else "something else"
        place = given.values.get((), Place(1, 1))
        hint = next(filter(None, (draft.hint(tracked) for draft in drafts)), "")
        raise ConfigError((Problem(file, place.line, place.column, "kind", found, expected, hint),))
    entry, decide = _entry(draft)
    notes = {f"repositories.{draft['name']}.{key}": reason for key, reason in decide.items()}
    text = _EDITOR_LINE + dump({"repositories": {draft["name"]: entry}}, notes)
    return InitResult(text, tracked.untranslated(), tuple(decide), problems_of(text.encode(), "repos.yaml"))


def _entry(draft: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Complete a draft with stand-ins; say which keys hold one, and why."""
    name, job = draft["name"], draft["job"]
    account = draft.get("account", ACCOUNT)
    job_key = f"jobs.{draft['job_name']}"
    stand_ins = {
        "owner": (WORD, "who answers for it"),
        "tier": (WORD, _OWNERS_WORD),
        "policy": ("trial", "trial, standard or critical"),
        **dict(_sides(name, account)),
        f"{job_key}.kind": ("training", "training or processing"),
        f"{job_key}.image": (f"{account}.dkr.ecr.us-east-1.amazonaws.com/{WORD}", "the image of both sides"),
        f"{job_key}.command": ([WORD], "the image's own entry point"),
        f"{job_key}.outputs": ("discover", "declare them: a job that discovers its outputs can't be GO"),
        f"{job_key}.effects": ([], "list what it does to the world besides its outputs; [] says nothing"),
        **{
            f"{job_key}.{side.value}.{key}": stand_in
            for side, platform in DEFAULT_PLATFORMS.items()
            for key, stand_in in platform_of(platform).drafts.job.items()
        },
    }
    known = {**draft["entry"], "jobs": {draft["job_name"]: job}}
    entry: dict[str, Any] = {}
    decide: dict[str, str] = {}
    for key, (value, why) in stand_ins.items():
        found = _get(known, key)
        _set(entry, key, value if found is None else found)
        if found is None:
            decide[key] = why
    _fill(entry, known)
    decide.update({f"{job_key}.{key}": why for key, why in draft["decide"].items()})
    return entry, decide


def _sides(name: str, account: str) -> Iterator[tuple[str, tuple[Any, str]]]:
    """Give the stand-ins of both sides, on the platforms that a side has unless it names another."""
    for side, platform in DEFAULT_PLATFORMS.items():
        for key, stand_in in platform_of(platform).drafts.settings(account).items():
            yield f"{side.value}.{key}", stand_in
        staging = f"s3://{BUCKET}/{name}/{side.value}"
        yield f"{side.value}.staging", (staging, "a prefix that nobody else writes to")


def _get(entry: dict[str, Any], key: str) -> Any:  # noqa: ANN401 - any written value
    value: Any = entry
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _set(entry: dict[str, Any], key: str, value: object) -> None:
    *around, last = key.split(".")
    for part in around:
        entry = entry.setdefault(part, {})
    entry[last] = value


def _fill(entry: dict[str, Any], known: dict[str, Any]) -> None:
    for key, each in known.items():
        if isinstance(each, dict) and isinstance(entry.get(key), dict):
            _fill(entry[key], each)
        elif key not in entry and each not in ({}, [], None):
            entry[key] = each
