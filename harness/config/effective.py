"""The effective entry of one repository: preset, defaults, repository, job and side laid over each other. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.config import defaults, units
from harness.config.layers import Leaf, Source, Tree, leaves, merge, part, place_of, strip, tree
from harness.config.strict_yaml import Document, Path, Place
from harness.config.written import CommonJob, Limits
from harness.model.job import JobKind
from harness.model.policy import PRESETS

_BOTH = ("command", "environment", "parameters", "read_parameters", "secrets")
"""What both sides of a job have, and either may have otherwise."""
_LEGACY = ("sidecars", "scratch")
"""What only Kubernetes has; it may be written for the job."""
_ORDER = (
    "owner", "tier", "policy", "legacy", "candidate", "limits", "real", "anchor", "retention", "waivers",
    "expected_verdict", "jobs",
)  # fmt: skip
_JOB_LENGTH = 2
"""Of the path of a job: `jobs` and its name."""
_NOWHERE = Document("", None, {}, {})


@dataclass(frozen=True, slots=True)
class Effective:
    """One repository's values with their origins, and the place of its entry."""

    name: str
    tree: Tree
    document: Document
    problem_base: Path

    def place(self, path: Path) -> Place:
        """Find the place in the file that a value comes from; for one that is missing, the key of the map around it."""
        if found := self._own(path) or self._inherited(path):
            return found
        for length in range(len(path) - 1, 0, -1):
            for layer in self._layers(path[:length]):
                if layer in self.document.values:
                    return self._key(layer)
        return self.document.key_place(self.problem_base)

    def _own(self, path: Path) -> Place | None:
        own = (*self.problem_base, *path)
        return self._key(own) if own in self.document.values else None

    def _inherited(self, path: Path) -> Place | None:
        """Find the key of a value that another layer gives; one that is not in force has another place."""
        place = place_of(self.tree, path)
        if place is None:
            return None
        return next((self._key(each) for each in self._layers(path) if self.document.values.get(each) == place), place)

    def _key(self, path: Path) -> Place:
        return self.document.keys.get(path) or self.document.value_place(path)

    def _layers(self, path: Path) -> Iterator[Path]:
        yield (*self.problem_base, *path)
        if path[:1] == ("jobs",) and len(path) > _JOB_LENGTH:
            yield (*self.problem_base, "every_job", *path[_JOB_LENGTH:])
            yield ("defaults", "every_job", *path[_JOB_LENGTH:])
        yield ("defaults", *path)

    def origins(self) -> Iterator[tuple[Path, Leaf]]:
        """List all effective values with their origins."""
        yield from leaves(self.tree)


def resolve(document: Document, top: dict[str, Any], name: str) -> Effective:
    """Lay the layers of one repository over each other; `top` is the checked file in its long form."""
    file = Source(document)
    shared = tree(top.get("defaults") or {}, file, ("defaults",))
    base = ("repositories", name)
    own = tree(top["repositories"][name], file, base)
    merged = merge(_without_weaker_policy(shared, own), own)
    jobs: Tree = {
        job: _job(merge(part(merged, "every_job"), layer))
        for job, layer in part(merged, "jobs").items()
        if isinstance(layer, dict)
    }
    entry = {key: each for key, each in merged.items() if key not in {"every_job", "jobs", "policy"}}
    effective = merge(_default_entry(), strip(entry))
    effective["policy"] = _policy(strip(part(merged, "policy")))
    effective["jobs"] = jobs
    ordered = {key: effective[key] for key in (*_ORDER, *effective) if key in effective}
    return Effective(name, ordered, document, base)


def _without_weaker_policy(shared: Tree, own: Tree) -> Tree:
    """Let a repository that names a preset start from it: what the defaults wrote for theirs is not carried along."""
    preset = part(own, "policy").get("preset")
    if isinstance(preset, Leaf) and preset.value is not None:
        return {key: each for key, each in shared.items() if key != "policy"}
    return shared


def _policy(written: Tree) -> Tree:
    preset = written.get("preset")
    if not isinstance(preset, Leaf):
        return written
    values = dataclasses.asdict(PRESETS[preset.value])
    origin = f"preset {preset.value}"
    base: Tree = {}
    durations = {model: written for written, model in defaults.POLICY_SECONDS.items()}
    for name, value in values.items():
        if isinstance(value, dict):
            base[name] = {str(key): Leaf(each, each, origin) for key, each in value.items()}
        else:
            shown = units.duration(value) if name in durations else value
            base[durations.get(name, name)] = Leaf(value, shown, origin)
    return merge(base, written)


def _job(merged: Tree) -> Tree:
    """Resolve one job: what is left out comes from the table of defaults, what a side has comes under the side."""
    own = {key: each for key, each in merged.items() if key not in {"legacy", "candidate"}}
    job = merge(_default_job(), strip(own))
    sides: dict[str, Tree] = {}
    for side, keys in (("legacy", _BOTH + _LEGACY), ("candidate", _BOTH)):
        default = {key: each for key, each in _default_job().items() if key in _BOTH}
        written = merge({key: each for key, each in own.items() if key in keys}, part(merged, side))
        resolved = merge(merge(default, part(_default_job(), side)), strip(written))
        sides[side] = merge(resolved, {"environment": _redirects(job.get("effects"))})
    rest: Tree = {key: each for key, each in job.items() if key not in (*_BOTH, *_LEGACY)}
    return {**rest, **_named(rest), **sides}


def _redirects(effects: Tree | Leaf | None) -> Tree:
    """Give the variables that redirect effects, on both sides: both runs of a launched pair are shadow runs."""
    if not isinstance(effects, Leaf):
        return {}
    return {
        name: Leaf(value, value, effects.origin, effects.place)
        for effect in effects.value
        for name, value in (effect.get("redirect_environment") or {}).items()
    }


def _named(job: Tree) -> dict[str, Tree]:
    """Lay each input, output and metric over its defaults, which depend on its name and on the job's kind."""
    kind_leaf = job.get("kind")
    kind = JobKind(kind_leaf.value) if isinstance(kind_leaf, Leaf) else JobKind.TRAINING
    layers: dict[str, Tree] = {}
    for key in ("inputs", "outputs", "metrics"):
        if isinstance(job.get(key), dict):
            named = part(job, key)
            layers[key] = {
                name: merge(_default_of(key, kind, name, part(named, name)), part(named, name)) for name in named
            }
    return layers


def _default_of(key: str, kind: JobKind, name: str, written: Tree) -> Tree:
    if key == "metrics":
        form = written.get("number")
        regex = defaults.metric_regex(name, str(form.value) if isinstance(form, Leaf) else "point")
        return {**_leaves(defaults.METRIC), **_leaves({"regex": regex})}
    if key == "inputs":
        place = defaults.input_path(kind, name)
        return {"path": _leaves({"legacy": place, "candidate": place})}
    size = defaults.OUTPUT["bytes_max"]
    base: Tree = {
        **_leaves({"rules": defaults.OUTPUT["rules"]}),
        "bytes_max": Leaf(units.size_bytes(size), size, "default"),
    }
    if "path" in written:
        base["path"] = _leaves({"candidate": defaults.output_path(kind, name)})
    return base


def _leaves(values: dict[str, Any]) -> Tree:
    return {name: Leaf(value, value, "default") for name, value in values.items()}


@cache
def _default_job() -> Tree:
    return _table(CommonJob.model_validate(defaults.JOB).model_dump(exclude_unset=True, by_alias=True), defaults.JOB)


@cache
def _default_entry() -> Tree:
    limits = Limits.model_validate(defaults.LIMITS).model_dump(exclude_unset=True)
    candidate = defaults.CANDIDATE
    return {
        "legacy": {},
        "retention": {},
        **_table({"limits": limits, "candidate": candidate}, {"limits": defaults.LIMITS, "candidate": candidate}),
        "real": _leaves(defaults.REAL),
        "waivers": Leaf([], [], "default"),
    }


def _table(values: dict[str, Any], written: dict[str, Any]) -> Tree:
    return tree(values, Source(dataclasses.replace(_NOWHERE, data=written), "default"), ())
