"""The first `repos.yaml` from what a team has already: a Kubernetes Job, or what SageMaker says of a job."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.config import init_kubernetes, init_sagemaker, undecided
from harness.config.load import problems_of
from harness.config.strict_yaml import Place, read
from harness.config.tracked import Tracked
from harness.config.words import LABEL
from harness.config.yaml_text import dump
from harness.errors import ConfigError, Problem

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
    """Write the smallest entry for a batch/v1 Job (YAML or JSON) or a describe answer (JSON) of SageMaker.

    `file` is what problems call it.

    Raises:
        ConfigError: the document can't be read, or is neither.
    """
    given = read(document, file)
    tracked = Tracked(given.data)
    translate = _translator(tracked)
    if translate is None:
        expected = "a batch/v1 Job, or the answer of describe-training-job or describe-processing-job"
        found = f"kind {tracked.look('kind')}" if tracked.look("kind") else "something else"
        place = given.values.get((), Place(1, 1))
        raise ConfigError((Problem(file, place.line, place.column, "kind", found, expected, _one_job(tracked)),))
    draft = translate(tracked)
    entry, decide = _entry(draft)
    notes = {f"repositories.{draft['name']}.{key}": reason for key, reason in decide.items()}
    text = _EDITOR_LINE + dump({"repositories": {draft["name"]: entry}}, notes)
    return InitResult(text, tracked.untranslated(), tuple(decide), problems_of(text.encode(), "repos.yaml"))


def _one_job(tracked: Tracked) -> str:
    """Say how to get the one Job of an object that holds some."""
    kind, name = tracked.look("kind"), tracked.look("metadata", "name")
    named = name if kind == "CronJob" and isinstance(name, str) and re.fullmatch(LABEL, name) else "NAME"
    made = f"kubectl create job --from=cronjob/{named} x --dry-run=client -o yaml"
    if kind == "CronJob":
        return made
    if isinstance(kind, str) and kind.endswith("List"):
        return f"kubectl get job NAME -o yaml, or of a CronJob: {made}"
    return ""


def _translator(tracked: Tracked) -> Callable[[Tracked], dict[str, Any]] | None:
    if tracked.look("kind") == "Job" and tracked.look("apiVersion") == "batch/v1":
        return init_kubernetes.translate
    if tracked.look("TrainingJobName"):
        return init_sagemaker.training
    if tracked.look("ProcessingJobName"):
        return init_sagemaker.processing
    return None


def _entry(draft: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Complete a draft with stand-ins; say which keys hold one, and why."""
    name, job = draft["name"], draft["job"]
    account = draft.get("account", undecided.ACCOUNT)
    job_key = f"jobs.{draft['job_name']}"
    stand_ins = {
        "owner": (undecided.WORD, "who answers for it"),
        "tier": (undecided.WORD, _OWNERS_WORD),
        "policy": ("trial", "trial, standard or critical"),
        "legacy.namespace": ("default", "where its shadow runs may live"),
        "legacy.staging": (f"s3://{undecided.BUCKET}/{name}/legacy", "a prefix that nobody else writes to"),
        "candidate.account": (account, "the account of its SageMaker jobs"),
        "candidate.region": ("us-east-1", "the region of its SageMaker jobs"),
        "candidate.role": (f"arn:aws:iam::{account}:role/{undecided.WORD}", "the role of its SageMaker jobs"),
        "candidate.staging": (f"s3://{undecided.BUCKET}/{name}/candidate", "a prefix that nobody else writes to"),
        f"{job_key}.kind": ("training", "training or processing"),
        f"{job_key}.image": (f"{account}.dkr.ecr.us-east-1.amazonaws.com/{undecided.WORD}", "the image of both sides"),
        f"{job_key}.command": ([undecided.WORD], "the image's own entry point"),
        f"{job_key}.outputs": ("discover", "declare them: a job that discovers its outputs can't be GO"),
        f"{job_key}.effects": ([], "list what it does to the world besides its outputs; [] says nothing"),
        f"{job_key}.candidate.instance_type": ("ml.m5.large", "the instance type that stands for its nodes"),
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
