"""An entry for two finished runs that no `repos.yaml` speaks of: what has to be assumed, said in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.campaign.explaining import ExplainedJob
from harness.config.init import init_files
from harness.config.yaml_text import dump
from harness.errors import ConfigError
from harness.model.job import Side
from harness.platforms.draft import label

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):([0-9]{12}):")
NOBODY = "nobody-yet"
_JOB = "main"
_FOLDER = "/observed"
_SERVICE_FOLDER = {"training": "/opt/ml/model", "processing": "/opt/ml/processing/outputs"}
ASSUMED = (
    "policy trial; no metrics, for margins are an owner's to set; files are compared by their bytes, or by the format "
    "that their names end in"
)


def entry_of(told: Mapping[Side, ExplainedJob], records: Mapping[Side, bytes], *, outputs: bool) -> str:
    """Write a `repos.yaml` of one job for two runs, from what their records say of them."""
    said = {side: _drafted(records[side]) for side in Side}
    kind = "processing" if told[Side.CANDIDATE].kind == "ProcessingJob" else "training"
    image = next((job["image"] for job in said.values() if job.get("image")), "observed")
    job: dict[str, Any] = {"kind": kind, "image": _pinned(image), "effects": [], "shim": "off"}
    job["outputs"] = {_output(kind): {"path": _paths(told, kind)}} if outputs else "discover"
    for side in Side:
        job[side.value] = {key: said[side][key] for key in ("environment",) if said[side].get(key)}
        job[side.value]["command"] = said[side].get("command") or ["observed"]
        if told[side].platform == "sagemaker":
            job[side.value]["instance_type"] = said[side].get("candidate", {}).get("instance_type") or "ml.m5.large"
    homes: dict[str, dict[str, Any]] = {side.value: _home(told[side], records[side], side) for side in Side}
    if all(each.platform == "kubernetes" for each in told.values()):
        for side in Side:
            homes[side.value] |= {"region": "us-east-1", "staging_owner": "000000000001"}
    entry = {"owner": NOBODY, "tier": NOBODY, "policy": "trial", **homes, "jobs": {_JOB: job}}
    return dump({"repositories": {label(told[Side.LEGACY].name): entry}}, {})


def _drafted(records: bytes) -> Mapping[str, Any]:
    """Give the job that `init` drafts of records; what can't be drafted was observed all the same."""
    try:
        made = init_files([("records", records)])
    except ConfigError:
        return {}
    jobs = [job for entry in made.entries.values() for job in entry["jobs"].values()]
    found = jobs[0] if len(jobs) == 1 else {}
    return {key: value for key, value in found.items() if "CHANGE-ME" not in str(value)}


def _output(kind: str) -> str:
    return "model" if kind == "training" else "outputs"


def _paths(told: Mapping[Side, ExplainedJob], kind: str) -> dict[str, str]:
    return {side.value: _SERVICE_FOLDER[kind] if run.platform == "sagemaker" else _FOLDER for side, run in told.items()}


def image_of(records: bytes) -> str:
    """Name the image that records tell of; empty: they do not, or tell of several jobs."""
    return str(_drafted(records).get("image") or "")


def _home(run: ExplainedJob, records: bytes, side: Side) -> dict[str, Any]:
    home: dict[str, Any] = {"platform": run.platform, "staging": f"s3://nothing-is-staged/{side.value}"}
    if run.platform == "kubernetes":
        return home | {"namespace": label(run.namespace or "default")}
    found = _ARN.search(records.decode(errors="replace"))
    region, account = (found[1], found[2]) if found else ("us-east-1", "000000000001")
    role = f"arn:aws:iam::{account}:role/observed"
    return home | {"account": account, "region": region, "role": role}


def _pinned(image: str) -> str:
    """Name an image so that nothing has to be resolved: observed runs had theirs."""
    name = image.partition("@")[0].rpartition("/")
    bare = name[0] + name[1] + name[2].partition(":")[0]
    return image if "@sha256:" in image else f"{bare}@sha256:{'0' * 64}"
