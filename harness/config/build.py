"""From effective values to the model: what is required and missing is named, what is there is converted strictly."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import msgspec

from harness.config import defaults
from harness.config.effective import Effective
from harness.config.layers import plain
from harness.config.strict_yaml import Place
from harness.config.written_job import Job, Resources
from harness.config.written_policy import Anchor, Limits, Policy, Retention
from harness.config.written_rules import Rule
from harness.fields.job import DEFAULT_FILE_FORMAT
from harness.fields.paths import Path
from harness.model.job import STORES
from harness.model.policy import PRESETS
from harness.model.repository import Repository
from harness.platforms import platform_of, read_home
from harness.platforms.base import Platform
from harness.platforms.kinds import KINDS

_SIDES = ("legacy", "candidate")
_DRILL = "rollback_drill"
"""Key of a policy that no evidence rests on: it is about the step, so that it voids no sign-off."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A required value that no layer gives."""

    path: Path
    expected: str
    stand_in: Any
    """Lets everything else be checked in the same go; no repository with a stand-in ever leaves this package."""
    hint: str = ""
    shown: Path | None = None
    """The key that people are told of, where it is not the path."""


_REQUIRED = {
    ("owner",): "who answers for the repository",
    ("tier",): "the repository's tier",
    ("policy", "preset"): "a preset: trial, standard or critical",
}
_REQUIRED_OF_JOB: dict[str, tuple[str, Any, str]] = {
    "kind": (f"one of: {', '.join(KINDS.plugins)}", "training", ""),
    "image": ("an image reference", "", ""),
    "outputs": ("a map of outputs, or discover", {}, "a job with `outputs: discover` runs but can't be GO"),
    "effects": ("a list of effects", [], "`effects: []` says that the job does nothing besides its outputs"),
}


def fill(effective: Effective) -> tuple[dict[str, Any], tuple[Missing, ...]]:
    """Give the plain values, with stand-ins for what is missing, and the list of what is missing."""
    entry = plain(effective.tree)
    missing = [*_missing_of_entry(entry)]
    for name, job in entry["jobs"].items():
        missing.extend(_missing_of_job(("jobs", name), job, {side: _platform(entry, side) for side in _SIDES}))
    for lack in missing:
        _put(entry, lack.path, lack.stand_in)
    return entry, tuple(missing)


def _platform(entry: dict[str, Any], side: str) -> Platform:
    return platform_of(entry[side]["platform"])


def _put(entry: dict[str, Any], path: Path, value: object) -> None:
    *around, last = map(str, path)
    for name in around:
        entry = entry.setdefault(name, {})
    entry[last] = value


def _missing_of_entry(entry: dict[str, Any]) -> Iterator[Missing]:
    for path, expected in _REQUIRED.items():
        inner = entry if len(path) == 1 else entry.get(path[0], {})
        if path[-1] not in inner:
            yield Missing(path, expected, "")
    for side in _SIDES:
        for key, expected in _platform(entry, side).form.required.items():
            if key not in entry[side]:
                yield Missing((side, key), expected, "")
    if not entry["jobs"]:
        yield Missing(("jobs",), "at least one job", {})


def _missing_of_job(base: Path, job: dict[str, Any], platforms: Mapping[str, Platform]) -> Iterator[Missing]:
    for key, (expected, stand_in, hint) in _REQUIRED_OF_JOB.items():
        if key not in job:
            yield Missing((*base, key), expected, stand_in, hint)
    yield from _missing_of_sides(base, job, platforms)
    outputs = job.get("outputs", {})
    yield from _missing_of_outputs(base, outputs if isinstance(outputs, dict) else {}, platforms)
    yield from _missing_of_inputs(base, job["inputs"])
    yield from _missing_of_metrics(base, job["metrics"])


def _missing_of_sides(base: Path, job: dict[str, Any], platforms: Mapping[str, Platform]) -> Iterator[Missing]:
    without = [side for side in _SIDES if "command" not in job[side]]
    for side in without:
        shown = (*base, "command") if len(without) == len(_SIDES) else (*base, side, "command")
        yield Missing((*base, side, "command"), "the command, one argument a member", [], shown=shown)
    for side, platform in platforms.items():
        for key, expected in platform.form.required_of_job.items():
            if key not in job[side]:
                yield Missing((*base, side, key), expected, "")


def _missing_of_inputs(base: Path, inputs: dict[str, Any]) -> Iterator[Missing]:
    for name, given in inputs.items():
        if "uri" not in given:
            yield Missing((*base, "inputs", name, "uri"), "an S3 place such as s3://bucket/prefix", "")
        if "pin" not in given:
            yield Missing((*base, "inputs", name, "pin"), "an object version, digest, snapshot id or logical date", "")


def _missing_of_metrics(base: Path, metrics: dict[str, Any]) -> Iterator[Missing]:
    for name, metric in metrics.items():
        if "better" not in metric:
            hint = "a margin needs its direction"
            yield Missing((*base, "metrics", name, "better"), "lower, higher or neither", "neither", hint)
        if "margin" not in metric:
            expected = "the largest difference you accept, such as 1% or {absolute: 0.01}"
            yield Missing((*base, "metrics", name, "margin"), expected, {}, "fixed before any data is seen")


def _missing_of_outputs(base: Path, outputs: dict[str, Any], platforms: Mapping[str, Platform]) -> Iterator[Missing]:
    for name, output in outputs.items():
        path = (*base, "outputs", name)
        if "uri" in output and "path" not in output:
            for side in _SIDES:
                if side not in output["uri"]:
                    yield Missing((*path, "uri", side), "an S3 prefix of this side", "")
            continue
        without = [side for side in platforms if side not in output.get("path", {})]
        if without:
            side = next((side for side in without if not platforms[side].carries_outputs), without[0])
            expected = f"the path that the {platforms[side].title} side writes, or a uri per side"
            yield Missing((*path, "path"), expected, {**output.get("path", {}), side: ""})


def build(name: str, entry: dict[str, Any], place: Place, root: str) -> Repository:
    """Make the frozen value of one repository from its filled entry, which stands at `place`; `root`: has its rules."""
    value = {
        "name": name,
        "owner": entry["owner"],
        "tier": entry["tier"],
        **{side: _platform(entry, side).form.build(entry[side]) for side in _SIDES},
        "jobs": [_job(job, written) for job, written in entry["jobs"].items()],
        "policy": _policy({key: value for key, value in entry["policy"].items() if key != _DRILL}),
        "rollback_drill": bool(entry["policy"].get(_DRILL)),
        "limits": {"price_max": None, **Limits.for_model(entry["limits"])},
        "retention": Retention.for_model(entry["retention"]),
        "waivers": entry["waivers"],
        "expected_verdict": entry.get("expected_verdict"),
        "file": place.file,
        "line": place.line,
        "real": _real(entry["real"], root),
        "anchor": Anchor.for_model(entry["anchor"]) if entry.get("anchor") is not None else None,
    }
    return msgspec.convert(value, Repository, strict=True, dec_hook=read_home)


def _real(real: dict[str, Any], file: str) -> dict[str, Any]:
    """Find a bundle where it lies: beside the file that names it."""
    ca = real.get("ca")
    return {**real, "ca": str(FilePath(file).parent / ca) if ca else None}


def _policy(policy: dict[str, Any]) -> dict[str, Any]:
    if not policy["preset"]:
        policy = dataclasses.asdict(PRESETS["trial"])  # a stand-in, see Missing
    return Policy.for_model(policy)


def _job(name: str, job: dict[str, Any]) -> dict[str, Any]:
    """Give a job as the model has it: a key without a line here goes in as it is written."""
    outputs = job["outputs"]
    return {
        **Job.for_model(job),
        "name": name,
        "sides": {side: _side(side, job[side]) for side in _SIDES},
        "inputs": [{"name": label, **value} for label, value in job["inputs"].items()],
        "outputs": [_output(label, value) for label, value in outputs.items()] if outputs != "discover" else [],
        "outputs_discover": outputs == "discover",
        "metrics": [_metric(label, value) for label, value in job["metrics"].items()],
        "resources": Resources.for_model(job["resources"]),
        "effects": [{**defaults.EFFECT, **_given(effect)} for effect in job["effects"]],
        "claims_lazy_image": any("lazy_image" in job[side] for side in _SIDES),
    }


def _side(name: str, side: dict[str, Any]) -> dict[str, Any]:
    reading = side["read_parameters"]
    sources = {secret: _source(stores[name]) for secret, stores in side["secrets"].items() if name in stores}
    return {
        "command": side["command"],
        "environment": side["environment"],
        "parameters": side["parameters"],
        "reading": {
            "delivery": reading["delivery"],
            "path": reading.get("file"),
            "format": reading.get("as") or DEFAULT_FILE_FORMAT,
        },
        "instance_type": side.get("instance_type") or None,
        "keep_alive_seconds": side.get("keep_alive", 0),
        "sidecars": [{"image": None, **defaults.SIDECAR, **_given(sidecar)} for sidecar in side.get("sidecars", [])],
        "scratch": side.get("scratch", {}),
        "secrets": sorted(sources),
        "secret_sources": sources,
        "document": side.get("document"),
    }


def _source(source: dict[str, Any]) -> dict[str, Any]:
    return next(
        {"store": store.value, "name": source[key], "key": source.get("key") or ""}
        for key, store in STORES.items()
        if source.get(key)
    )


def _output(name: str, value: dict[str, Any]) -> dict[str, Any]:
    rules = [rule_values(rule) for rule in value["rules"]]
    expectations = _given(value["expectations"]) if value.get("expectations") else None
    judged = {"judged_by": _judged_by(value["judged_by"])} if value.get("judged_by") else {}
    return {"name": name, "path": {}, "uri": {}, **value, "rules": rules, "expectations": expectations, **judged}


def _judged_by(written: dict[str, Any] | str) -> dict[str, Any]:
    return {"predictions": _given(written)} if isinstance(written, dict) else {}


def rule_values(rule: dict[str, Any]) -> dict[str, Any]:
    """Complete a rule as it is written, in the words of the model."""
    filled = {**defaults.RULE, **Rule.for_model(rule)}
    bounds = {name: _bounds(margin) for name, margin in filled["tolerance"].items()}
    return {**filled, "tolerance": bounds, "table": _table(filled.get("table") or {})}


_TABLE_NAMES = {"types": "policy", "columns": "types", "rename": "renamed", "round": "rounded", "csv": "dialect"}
"""What a key of `table` is called in a contract, where it has another name there."""
_TABLE_FLAGS = {"case": ("fold", "fold"), "unicode": ("nfc", "nfc"), "nan": ("nan_is_null", "null")}
_TABLE_FLAGS |= {"names": ("caseless", "caseless")}
"""Keys whose one word is a flag of the contract."""


def _table(given: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in _given(given).items():
        if key in _TABLE_FLAGS:
            flag, word = _TABLE_FLAGS[key]
            table[flag] = value == word
        else:
            table[_TABLE_NAMES.get(key, key)] = _dialect(value) if key == "csv" else value
    return table


def _dialect(csv: dict[str, Any]) -> dict[str, Any]:
    columns = {name: _given(own) for name, own in (csv.get("columns") or {}).items()}
    return {**_given(csv), **({"columns": columns} if columns else {})}


def _metric(name: str, value: dict[str, Any]) -> dict[str, Any]:
    margin = _bounds(value["margin"])
    return {
        "name": name,
        "regex": value["regex"],
        "better": value["better"],
        "margin_absolute": margin["absolute"],
        "margin_relative": margin["relative"],
        "critical": value["critical"],
        "examples": value.get("examples"),
        "file": {"value": "", **_given(value["file"])} if value.get("file") else None,
        "mlflow": _given(value["mlflow"]) if value.get("mlflow") else None,
        "sources": _given(value.get("source") or {}),
        "margin_reason": value.get("margin_reason", ""),
        **{name: value[name] for name in ("number", "take", "step", "rank", "target") if value.get(name) is not None},
    }


def _bounds(margin: dict[str, Any]) -> dict[str, float | None]:
    return {"absolute": margin.get("absolute"), "relative": margin.get("relative")}


def _given(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None}
