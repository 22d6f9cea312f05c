"""A batch/v1 Job as the draft of an entry: what a repository can say of it, each field taken once. Pure."""

from __future__ import annotations

import re
from typing import Any

from harness.fields import units
from harness.fields.words import LABEL
from harness.platforms.draft import WORD, Drafts, StandIns, is_variable, label, may_be_written
from harness.platforms.tracked import Tracked

_POD = ("spec", "template", "spec")
_WHERE = "the secret of Secrets Manager that holds the same value"
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m?)")


def read(job: Tracked) -> dict[str, Any] | None:
    """Draft an entry of a Job; None: it is none."""
    if job.look("kind") != "Job" or job.look("apiVersion") != "batch/v1":
        return None
    job.take("apiVersion")
    job.take("kind")
    name = label(job.text("metadata", "name"))
    legacy = {"namespace": job.text("metadata", "namespace"), "service_account": _service_account(job)}
    written = _main(job)
    written["legacy"] = {"sidecars": _sidecars(job), "scratch": _scratch(job)}
    if (seconds := job.number("spec", "activeDeadlineSeconds")) is not None:
        written["time_limit"] = f"{seconds}s"
    if (retries := job.number("spec", "backoffLimit")) is not None:
        written["retries"] = min(retries, 30)
    entry = {"legacy": {key: each for key, each in legacy.items() if each}}
    decide = {f"secrets.{secret}.candidate.secrets_manager": _WHERE for secret in written["secrets"]}
    return {"name": name, "job_name": "main", "entry": entry, "job": written, "decide": decide}


def _service_account(job: Tracked) -> str:
    found = job.text(*_POD, "serviceAccountName")
    if job.look(*_POD, "serviceAccount") == found:
        job.take(*_POD, "serviceAccount")
    return found


def _main(job: Tracked) -> dict[str, Any]:
    """Take the first container for the one that does the work."""
    at = (*_POD, "containers", 0)
    job.take(*at, "name")
    written: dict[str, Any] = {"image": job.text(*at, "image") or None}
    if command := job.texts(*at, "command"):
        written["command"] = command + job.texts(*at, "args")
    written["environment"], written["secrets"] = _environment(job, at)
    written["resources"] = _resources(job, at)
    return written


def _environment(job: Tracked, at: tuple[str | int, ...]) -> tuple[dict[str, str], dict[str, Any]]:
    environment: dict[str, str] = {}
    secrets: dict[str, Any] = {}
    for number in range(job.count(*at, "env")):
        each = (*at, "env", number)
        name, value = job.look(*each, "name"), job.look(*each, "value")
        if not isinstance(name, str) or name in environment:
            continue
        if isinstance(value, str) and may_be_written(name, value):
            environment[name] = value
            job.take(*each)
        elif job.look(*each, "valueFrom", "secretKeyRef") and is_variable(name):
            at_key = (*each, "valueFrom", "secretKeyRef")
            legacy = {"secret": job.text(*at_key, "name"), "key": job.text(*at_key, "key")}
            secrets[name] = {"legacy": legacy, "candidate": {"secrets_manager": WORD}}
            job.take(*each, "name")
    return environment, secrets


def _resources(job: Tracked, at: tuple[str | int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, resource in (
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("disk", "ephemeral-storage"),
        ("gpu", "nvidia.com/gpu"),
    ):
        for kind in ("requests", "limits"):
            path = (*at, "resources", kind, resource)
            value = _amount(key, str(job.look(*path) or ""))
            if value is not None and found.setdefault(key, value) == value:
                job.take(*path)
    return found


def _amount(key: str, text: str) -> str | float | int | None:
    if key in {"cpu", "gpu"}:
        found = _QUANTITY.fullmatch(text)
        if found is None or float(found[1]) <= 0:
            return None
        amount = float(found[1]) / (1000 if found[2] else 1)
        return int(amount) if amount.is_integer() else amount if key == "cpu" else None
    if units.size_bytes(text) is None:
        return None
    return text if key == "memory" or (units.size_bytes(text) or 0) >= units.BYTES["Gi"] else None


def _sidecars(job: Tracked) -> list[dict[str, Any]]:
    native_ones = [
        (*_POD, "initContainers", number)
        for number in range(job.count(*_POD, "initContainers"))
        if job.look(*_POD, "initContainers", number, "restartPolicy") == "Always"
    ]
    places = [((*_POD, "containers", number), False) for number in range(1, job.count(*_POD, "containers"))]
    places += [(at, True) for at in native_ones]
    sidecars: list[dict[str, Any]] = []
    for at, native in places:
        if not isinstance(job.look(*at, "command"), list):
            continue
        sidecar: dict[str, Any] = {"name": job.text(*at, "name"), "command": job.texts(*at, "command")}
        sidecar["command"] += job.texts(*at, "args")
        if image := job.text(*at, "image"):
            sidecar["image"] = image
        if native:
            job.take(*at, "restartPolicy")
            sidecar["native"] = True
        sidecars.append(sidecar)
    return sidecars


def _scratch(job: Tracked) -> dict[str, str]:
    """Take emptyDir volumes that the main container mounts."""
    scratch: dict[str, str] = {}
    empty = {
        str(job.look(*_POD, "volumes", number, "name")): number
        for number in range(job.count(*_POD, "volumes"))
        if job.look(*_POD, "volumes", number, "emptyDir") == {}
    }
    for number in range(job.count(*_POD, "containers", 0, "volumeMounts")):
        at = (*_POD, "containers", 0, "volumeMounts", number)
        mount = job.look(*at)
        if isinstance(mount, dict) and mount.get("name") in empty and set(mount) == {"name", "mountPath"}:
            name = str(mount["name"])
            scratch[name] = str(mount["mountPath"])
            job.take(*at)
            job.take(*_POD, "volumes", empty[name])
    return scratch


def _hint(document: Tracked) -> str:
    """Say how to get the one Job of an object that holds some."""
    kind, name = document.look("kind"), document.look("metadata", "name")
    named = name if kind == "CronJob" and isinstance(name, str) and re.fullmatch(LABEL, name) else "NAME"
    made = f"kubectl create job --from=cronjob/{named} x --dry-run=client -o yaml"
    if kind == "CronJob":
        return made
    if isinstance(kind, str) and kind.endswith("List"):
        return f"kubectl get job NAME -o yaml, or of a CronJob: {made}"
    return ""


def _settings(account: str) -> StandIns:
    del account
    return {"namespace": ("default", "where its shadow runs may live")}


DRAFTS = Drafts("a batch/v1 Job", read, _hint, _settings, {})
