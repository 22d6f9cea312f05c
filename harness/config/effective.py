"""The effective entry of one repository: preset, defaults, repository, job and side laid over each other. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from harness.config import defaults
from harness.config.documented import Documented, open_documents
from harness.config.layers import Leaf, Source, Tree, leaves, merge, part, place_of, strip, tree
from harness.config.library import Library
from harness.config.strict_yaml import Document, Place
from harness.config.written_job import Job
from harness.config.written_policy import Limits, Policy
from harness.fields import units
from harness.fields.frameworks import FRAMEWORKS
from harness.fields.paths import Path
from harness.model.job import DEFAULT_PLATFORMS, Side
from harness.model.policy import PRESETS
from harness.platforms import platform_of, training_layout
from harness.platforms import platforms as every_platform
from harness.platforms.base import Platform
from harness.platforms.fault import Fault
from harness.platforms.kind import Kind
from harness.platforms.kinds import KINDS

_BOTH = ("command", "environment", "parameters", "read_parameters", "secrets")
"""What both sides of a job have, and either may have otherwise."""
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
    faults: tuple[Fault, ...] = ()
    """What is wrong with how its jobs stand on documents."""
    unread: frozenset[str] = frozenset()
    """Jobs whose documents could not be read as a whole."""

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
        return next(
            (self._key(layer) for layer in self._layers(path) if self.document.values.get(layer) == place), place
        )

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


def resolve(document: Document, top: dict[str, Any], name: str, library: Library) -> Effective:
    """Lay the layers of one repository over each other; `top` is the checked file in its long form.

    `library`: opens the documents that its jobs stand on.
    """
    file = Source(document)
    shared = tree(top.get("defaults") or {}, file, ("defaults",))
    base = ("repositories", name)
    own = tree(top["repositories"][name], file, base)
    merged = merge(_without_other_platforms(_without_weaker_policy(shared, own), own), own)
    sides = {side: _platform(merged, side) for side in Side}
    jobs: Tree = {}
    faults: list[Fault] = []
    unread: set[str] = set()
    for job, layer in part(merged, "jobs").items():
        if isinstance(layer, dict):
            whole = _with_state(merge(part(merged, "every_job"), layer))
            stands_on = open_documents(whole, layer, sides, library)
            jobs[job] = _job(whole, sides, stands_on)
            unread |= {job} if stands_on.broken else set()
            faults += (replace(fault, path=("jobs", job, *fault.path)) for fault in stands_on.faults)
    entry = {key: value for key, value in merged.items() if key not in {"every_job", "jobs", "policy"}}
    effective = merge(_default_entry(sides), strip(entry))
    effective["policy"] = _policy(strip(part(merged, "policy")))
    effective["jobs"] = jobs
    ordered = {key: effective[key] for key in (*_ORDER, *effective) if key in effective}
    return Effective(name, ordered, document, base, tuple(faults), frozenset(unread))


COPIED = "the campaign's copy"
"""Pin of a state until a campaign has copied it."""


def _with_state(job: Tree) -> Tree:
    """Take what a job reads of its own last output for inputs whose pin is a campaign's copy."""
    marks: Tree = {"pin": Leaf(COPIED, COPIED, "state"), "state": Leaf(True, True, "state")}
    states: Tree = {name: merge(part(part(job, "state"), name), marks) for name in strip(part(job, "state"))}
    left = {key: value for key, value in job.items() if key != "state"}
    return {**left, "inputs": merge(part(job, "inputs"), states)} if states else left


def _without_weaker_policy(shared: Tree, own: Tree) -> Tree:
    """Let a repository that names a preset start from it: what the defaults wrote for theirs is not carried along."""
    preset = part(own, "policy").get("preset")
    if isinstance(preset, Leaf) and preset.value is not None:
        return {key: value for key, value in shared.items() if key != "policy"}
    return shared


def _platform(layer: Tree, side: Side) -> Platform:
    """Give the platform that a side names, or its default."""
    name = part(layer, side.value).get("platform")
    written = name.value if isinstance(name, Leaf) else None
    return platform_of(written or DEFAULT_PLATFORMS[side])


def _without_other_platforms(shared: Tree, own: Tree) -> Tree:
    """Let a side that names another platform than the defaults start anew: theirs says nothing of it."""
    other = {
        side.value
        for side in Side
        if "platform" in part(own, side.value) and _platform(own, side) is not _platform(shared, side)
    }
    found = {key: value for key, value in shared.items() if key not in other}
    if "every_job" in found:
        found["every_job"] = {key: value for key, value in part(found, "every_job").items() if key not in other}
    return found


def _policy(written: Tree) -> Tree:
    preset = written.get("preset")
    if not isinstance(preset, Leaf):
        return written
    values = dataclasses.asdict(PRESETS[preset.value])
    origin = f"preset {preset.value}"
    base: Tree = {}
    durations = {model: written for written, model in Policy.in_model.items()}
    for name, value in values.items():
        if isinstance(value, dict):
            base[name] = {str(key): Leaf(item, item, origin) for key, item in value.items()}
        else:
            shown = units.duration(value) if name in durations else value
            base[durations.get(name, name)] = Leaf(value, shown, origin)
    return merge(base, written)


def _job(merged: Tree, platforms: Mapping[Side, Platform], stands_on: Documented) -> Tree:
    """Resolve one job: what is left out comes from the table of defaults, what a side has comes under the side."""
    own = {key: value for key, value in merged.items() if key not in set(Side)}
    job = merge(merge(_default_job(), stands_on.job(strip(own))), strip(own))
    sides: dict[str, Tree] = {}
    for side, platform in platforms.items():
        default = {key: value for key, value in _default_job().items() if key in _BOTH}
        written = strip(part(merged, side.value))
        if side in stands_on.opened:
            written = {**written, **stands_on.side(side, {**stands_on.left_to_the_job(side, own), **written}, own)}
        else:
            shared = {key: value for key, value in own.items() if key in (*_BOTH, *_for_the_job(platform))}
            written = strip(merge(shared, part(merged, side.value)))
        if _laid_out(job) and side not in stands_on.opened and "command" not in written:
            default = merge(default, _default_train())
        resolved = merge(merge(default, _default_side(platform.name)), written)
        sides[side.value] = merge(resolved, {"environment": _redirects(job.get("effects"))})
    for side in stands_on.opened:
        flags = stands_on.parameters(side, sides[side.other.value])
        sides[side.value] = merge({"parameters": flags}, sides[side.value])
    of_sides = {*_BOTH, *(key for platform in every_platform() for key in _for_the_job(platform))}
    rest: Tree = {key: value for key, value in job.items() if key not in of_sides}
    return {**rest, **_named(rest, platforms), **sides}


def _laid_out(job: Tree) -> bool:
    """Tell whether the program is to find one layout's places on every side."""
    return isinstance(leaf := job.get("layout"), Leaf) and leaf.value is not None


def _default_train() -> Tree:
    """Start `train`, and let it read the parameters from the layout's file, where nothing else is said."""
    return _leaves({"command": list(training_layout.COMMAND), "read_parameters": dict(training_layout.READING)})


def _for_the_job(platform: Platform) -> tuple[str, ...]:
    """List what only sides on some platforms have, and what may be written for the job all the same."""
    return tuple(key for key in platform.form.job.model_fields if key in Job.model_fields and key not in _BOTH)


def _redirects(effects: Tree | Leaf | None) -> Tree:
    """Give the variables that redirect effects, on both sides: both runs of a launched pair are shadow runs."""
    if not isinstance(effects, Leaf):
        return {}
    return {
        name: Leaf(value, value, effects.origin, effects.place)
        for effect in effects.value
        for name, value in (effect.get("redirect_environment") or {}).items()
    }


DEFAULT_KIND = "training"


def _named(job: Tree, platforms: Mapping[Side, Platform]) -> dict[str, Tree]:
    """Lay each input, output and metric over its defaults, which depend on its name, the job's kind and the sides."""
    kind_leaf = job.get("kind")
    kind = KINDS.get(kind_leaf.value if isinstance(kind_leaf, Leaf) else DEFAULT_KIND)
    places = _Places(kind, platforms, laid_out=_laid_out(job))
    layers: dict[str, Tree] = {}
    for key in ("inputs", "outputs", "metrics"):
        named = part(job, key) if isinstance(job.get(key), dict) else {}
        if isinstance(job.get(key), dict):
            layers[key] = {name: _over_defaults(key, places, name, part(named, name)) for name in named}
    return layers


@dataclass(frozen=True, slots=True)
class _Places:
    """Where inputs and outputs of a job are on each side where nothing is written."""

    kind: Kind
    platforms: Mapping[Side, Platform]
    laid_out: bool

    def inputs(self, name: str) -> dict[str, str]:
        """Give each side the place where its platform puts an input, or that of the other side."""
        own = {side: platform.form.input_path(self.kind, name) for side, platform in self.platforms.items()}
        usual = self.kind.input_path(name) if self.laid_out else None
        found = {side.value: own[side] or own[side.other] or usual for side in self.platforms}
        return {side: path for side, path in found.items() if path}

    def outputs(self, name: str, written: Tree) -> Tree:
        """Give each side the place where its platform picks up an output; two that pick up none have one place."""
        usual = self.kind.output_path(name) if self.laid_out else None
        own = {
            side.value: platform.form.output_path(self.kind, name) or usual for side, platform in self.platforms.items()
        }
        if not any(own.values()):
            return {side: path for side in own for path in written.values()}
        return _leaves({side: path for side, path in own.items() if path})


def _over_defaults(key: str, places: _Places, name: str, written: Tree) -> Tree:
    if key == "metrics":
        return merge(_default_metric(name, written), written)
    if key == "inputs":
        return merge({"path": _leaves(places.inputs(name))}, written)
    size = defaults.OUTPUT["bytes_max"]
    base: Tree = {
        **_leaves({"rules": defaults.OUTPUT["rules"]}),
        "bytes_max": Leaf(units.size_bytes(size), size, "default"),
    }
    if "path" in written or (places.laid_out and "uri" not in written):
        base["path"] = places.outputs(name, part(written, "path"))
    return merge(base, written)


def _default_metric(name: str, written: Tree) -> Tree:
    form, framework = written.get("number"), written.get("framework")
    known = FRAMEWORKS.get(str(framework.value)) if isinstance(framework, Leaf) else None
    style = str(form.value) if isinstance(form, Leaf) else "point"
    regex = known.expression(name) if known else defaults.metric_regex(name, style)
    return {**_leaves(defaults.METRIC), **_leaves({"regex": regex})}


def _leaves(values: dict[str, Any]) -> Tree:
    return {name: Leaf(value, value, "default") for name, value in values.items()}


@cache
def _default_job() -> Tree:
    return _table(Job.model_validate(defaults.JOB).model_dump(exclude_unset=True, by_alias=True), defaults.JOB)


@cache
def _default_side(platform: str) -> Tree:
    form = platform_of(platform).form
    values = form.job.model_validate(dict(form.job_defaults)).model_dump(exclude_unset=True, by_alias=True)
    return _table(values, dict(form.job_defaults))


def _default_entry(sides: Mapping[Side, Platform]) -> Tree:
    limits = Limits.model_validate(defaults.LIMITS).model_dump(exclude_unset=True)
    homes = {side.value: {"platform": platform.name, **platform.form.defaults} for side, platform in sides.items()}
    return {
        "retention": {},
        **_table({"limits": limits, **homes}, {"limits": defaults.LIMITS, **homes}),
        "real": _leaves(defaults.REAL),
        "waivers": Leaf([], [], "default"),
    }


def _table(values: dict[str, Any], written: dict[str, Any]) -> Tree:
    return tree(values, Source(dataclasses.replace(_NOWHERE, data=written), "default"), ())
