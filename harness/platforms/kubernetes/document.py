"""A manifest as a job: which Job it asks for, what it says of the work, and what can't be carried. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.fields.paths import Path
from harness.model.document import BEGIN, at
from harness.model.job import Json
from harness.platforms.documents import Candidate, Reading, misshapen, without_nulls
from harness.platforms.fault import Fault
from harness.platforms.json_parts import items, mapping, mappings, texts
from harness.platforms.kubernetes.amounts import amount
from harness.platforms.kubernetes.expansion import expanded, is_complete
from harness.platforms.kubernetes.work import DEFAULT_CONTAINER

POD: Path = ("spec", "template", "spec")
"""Of the pod in a Job."""
VOLUMES = ("parity", "parity-grants")
SHIM_FOLDERS = ("/parity", "/parity-grants")
OWN_CONTROLLER = "kubernetes.io/job-controller"
_SEVERAL = "1: jobs of several members are not built"
_RESOURCES = (("cpu", "cpu"), ("memory", "memory"), ("disk", "ephemeral-storage"), ("gpu", "nvidia.com/gpu"))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the parts of a Job stand in an object of one kind."""

    parts: Mapping[str, Path]
    """Path in the Job → path in the object."""
    taken: str


_SHAPES = {
    ("batch/v1", "Job"): _Shape({"metadata": ("metadata",), "spec": ("spec",)}, "Job {name}"),
    ("batch/v1", "CronJob"): _Shape(
        {"metadata": ("spec", "jobTemplate", "metadata"), "spec": ("spec", "jobTemplate", "spec")},
        "CronJob {name}: spec.jobTemplate",
    ),
    ("v1", "Pod"): _Shape({"template": ()}, "Pod {name}, as the template of a Job"),
    ("v1", "PodTemplate"): _Shape({"template": ("template",)}, "PodTemplate {name}: template"),
}


def candidates(document: Json) -> Iterator[Candidate]:
    """Find the jobs in a document, in the items of a List too."""
    yield from _candidates(document, ())


def _candidates(item: Json, base: Path) -> Iterator[Candidate]:
    if not isinstance(item, dict):
        return
    kind, name = str(item.get("kind")), at(item, ("metadata", "name")) or at(item, ("metadata", "generateName"))
    if (str(item.get("apiVersion")), kind) in _SHAPES:
        yield Candidate(base, kind, name if isinstance(name, str) else "")
    elif kind.endswith("List") and isinstance(item.get("items"), list):
        for number, member in enumerate(items(item["items"])):
            typed = {"apiVersion": item.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
            yield from _candidates({**typed, **mapping(member)}, (*base, "items", number))


def read(document: Json, candidate: Candidate, beside: Mapping[str, Any]) -> Reading:
    """Read one job of a document."""
    item = mapping(without_nulls(at(document, candidate.base)))
    shape = next(shape for (_, kind), shape in _SHAPES.items() if kind == candidate.kind)
    content, origin = _job(item, candidate.kind, shape)
    taken = shape.taken.format(name=candidate.name).replace("  ", " ")
    place = _Origin(candidate.base, origin)
    if faults := tuple(_malformed(content, place)):
        return Reading(taken, content, "", {}, {}, faults=faults)
    containers = mappings(at(content, (*POD, "containers")))
    main, faults = _work(content, beside.get("container"), place)
    if main is None:
        return Reading(taken, content, "", {}, {}, faults=(*faults, *_refused(content, place)))
    work = containers[main]
    command, arguments = texts(work.get("command")), texts(work.get("args"))
    own = {"command": [*command, *arguments]} if command else {}
    return Reading(
        taken=taken,
        content=content,
        main=str(work["name"]),
        job=_of_job(content, work),
        side={**own, **_environment(work)},
        arguments=(*command, *arguments),
        bare=not command,
        endless=at(content, ("spec", "activeDeadlineSeconds")) is None,
        faults=(*_refused(content, place), *_own_places(content, main, place)),
    )


@dataclass(frozen=True, slots=True)
class _Origin:
    """Says where in the file a part of the job stands."""

    base: Path
    parts: Mapping[Path, Path]

    def of(self, path: Path) -> Path:
        for inside, where in self.parts.items():
            if path[: len(inside)] == inside:
                return (*self.base, *where, *path[len(inside) :])
        return self.base


def _job(item: Mapping[str, Json], kind: str, shape: _Shape) -> tuple[dict[str, Json], Mapping[Path, Path]]:
    """Make the Job that an object asks for, and tell where each part of it came from."""
    if "template" in shape.parts:
        inside = shape.parts["template"]
        pod = mapping(at(dict(item), inside))
        template: dict[str, Json] = {part: pod[part] for part in ("metadata", "spec") if part in pod}
        metadata = {key: value for key, value in mapping(template.get("metadata")).items() if key in _OF_TEMPLATE}
        job: dict[str, Json] = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {},
            "spec": {"backoffLimit": 0, "template": {**template, "metadata": metadata}},  # nobody tries a pod again
        }
        return job, {("spec", "template"): inside, (): inside}
    parts = {name: mapping(at(dict(item), path)) for name, path in shape.parts.items()}
    if kind == "Job":
        return dict(item), {(): ()}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": dict(parts["metadata"]), "spec": dict(parts["spec"])}
    return job, {(name,): path for name, path in shape.parts.items()}


_OF_TEMPLATE = ("labels", "annotations")


_SHAPE: Mapping[Path, type] = {
    **{(*above, part): dict for above in ((), ("spec", "template")) for part in ("metadata", "spec")},
    **{(*above, "metadata", part): dict for above in ((), ("spec", "template")) for part in ("labels", "annotations")},
    ("spec", "template"): dict,
    **{(*POD, part): list for part in ("containers", "initContainers", "volumes", "imagePullSecrets", "tolerations")},
}
_SHAPE_OF_CONTAINER: Mapping[Path, type] = {("env",): list, ("envFrom",): list, ("volumeMounts",): list}


def _malformed(content: Mapping[str, Json], place: _Origin) -> Iterator[Fault]:
    """Refuse what is no Job by its shape; what each field may hold the API server says, in a dry run before submit."""
    if faults := [Fault(place.of(fault.path), fault.found, fault.expected) for fault in misshapen(content, _SHAPE)]:
        yield from faults
        return
    containers = at(dict(content), (*POD, "containers"))
    if not isinstance(containers, list) or not containers:
        found = "nothing" if containers is None else "something else"
        yield Fault(place.of((*POD, "containers")), found, "a list of containers")
        return
    for part in ("containers", "initContainers"):
        for number, container in enumerate(items(at(dict(content), (*POD, part)))):
            path: Path = (*POD, part, number)
            if not isinstance(container, dict) or not isinstance(container.get("name"), str):
                yield Fault(place.of(path), "no name", "a container with a name")
                continue
            yield from _malformed_container(container, path, place)
    yield from _tokens(dict(content), (), place)


def _malformed_container(container: Mapping[str, Json], path: Path, place: _Origin) -> Iterator[Fault]:
    for fault in misshapen(container, _SHAPE_OF_CONTAINER):
        yield Fault(place.of((*path, *fault.path)), fault.found, fault.expected)
    for key in ("command", "args"):
        words = container.get(key)
        if words is not None and texts(words) != words:
            hint = 'a command is a list of texts: write "8080" for a number'
            yield Fault(place.of((*path, key)), "something else", "a list of texts", hint)
    for index, variable in enumerate(map(mapping, items(container.get("env")))):
        value = variable.get("value")
        if not isinstance(variable.get("name"), str) or not isinstance(value, str | None):
            hint = 'a value is text: write "5" for a number'
            yield Fault(place.of((*path, "env", index)), "something else", "name, and value or valueFrom", hint)


def _tokens(value: Json, path: Path, place: _Origin) -> Iterator[Fault]:
    if isinstance(value, str) and BEGIN in value:
        yield Fault(place.of(path), f"{BEGIN}…", "a text without it: the harness marks with it what it fills in")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _tokens(item, (*path, key), place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _tokens(item, (*path, number), place)


def _work(content: Mapping[str, Json], chosen: object, place: _Origin) -> tuple[int | None, tuple[Fault, ...]]:
    """Find the container that is the work: chosen, annotated, or alone."""
    names = [str(container["name"]) for container in mappings(at(dict(content), (*POD, "containers")))]
    annotated = at(dict(content), ("spec", "template", "metadata", "annotations", DEFAULT_CONTAINER))
    wanted = chosen or annotated or (names[0] if len(names) == 1 else None)
    if wanted in names:
        return names.index(str(wanted)), ()
    said = f"{wanted}, which is none of them" if wanted else f"{len(names)} containers: {', '.join(names)}"
    hint = f"write container: NAME beside manifest:, or annotate the template with {DEFAULT_CONTAINER}"
    return None, (Fault(place.of((*POD, "containers")), said, "one that is known to be the work", hint),)


def _refused(content: Mapping[str, Json], place: _Origin) -> Iterator[Fault]:
    """Name what can't be carried."""
    job, spec = dict(content), mapping(content.get("spec"))
    indexed = " (Indexed)" if spec.get("completionMode") == "Indexed" else ""
    for key, noun in (("completions", "completions"), ("parallelism", "pods at a time")):
        count = spec.get(key)
        if isinstance(count, int) and count != 1:
            expected = _SEVERAL if count > 1 else "1: it would never run"
            yield Fault(place.of(("spec", key)), f"{count} {noun}{indexed}", expected)
    if spec.get("suspend") is True:
        hint = "no queue is asked to resume it: run a manifest without suspend and without the queue's label"
        yield Fault(place.of(("spec", "suspend")), "true", "false: nobody would resume it", hint)
    controller = spec.get("managedBy")
    if controller not in (None, OWN_CONTROLLER):
        yield Fault(place.of(("spec", "managedBy")), str(controller), f"{OWN_CONTROLLER}, or nothing")
    policy = at(job, (*POD, "restartPolicy"))
    if policy not in ("Never", "OnFailure"):
        found = "Always, as where nothing is said" if policy is None else str(policy)
        yield Fault(place.of((*POD, "restartPolicy")), found, "Never or OnFailure: a job has an end")


def _own_places(content: Mapping[str, Json], main: int, place: _Origin) -> Iterator[Fault]:
    """Refuse names and paths that the harness needs for itself."""
    for number, volume in enumerate(mappings(at(dict(content), (*POD, "volumes")))):
        if str(volume.get("name")) in VOLUMES:
            yield Fault(place.of((*POD, "volumes", number, "name")), str(volume["name"]), "another name: it is ours")
    mounts = mappings(at(dict(content), (*POD, "containers", main, "volumeMounts")))
    for number, mount in enumerate(mounts):
        if f"{mount.get('mountPath')}/".startswith(tuple(f"{folder}/" for folder in SHIM_FOLDERS)):
            path = place.of((*POD, "containers", main, "volumeMounts", number, "mountPath"))
            yield Fault(path, str(mount["mountPath"]), f"a path outside {' and '.join(SHIM_FOLDERS)}, which are ours")


def _of_job(content: Mapping[str, Json], work: Mapping[str, Json]) -> dict[str, Any]:
    said: dict[str, Any] = {"resources": _asked(work)}
    if image := work.get("image"):
        said["image"] = str(image)
    seconds = at(dict(content), ("spec", "activeDeadlineSeconds"))
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        said["time_limit"] = seconds
    return said


def _asked(work: Mapping[str, Json]) -> dict[str, Any]:
    """Read what the work asks for: the request, else the limit, which is then the request as well."""
    found: dict[str, Any] = {}
    for key, resource in _RESOURCES:
        written = [at(dict(work), ("resources", part, resource)) for part in ("requests", "limits")]
        asked = next((number for number in map(amount, written) if number is not None), None)
        if asked is not None and asked > 0:
            found[key] = float(asked) if key == "cpu" else math.ceil(asked)
    return found


def _environment(work: Mapping[str, Json]) -> dict[str, Any]:
    """Read the variables whose value is known here, and which ones come from Secrets.

    The kubelet puts references together in order; a value that needs what is known on the cluster only is not read.
    """
    values: dict[str, str] = {}
    secrets: dict[str, dict[str, str]] = {}
    for variable in mappings(work.get("env")):
        name = str(variable["name"])
        source = mapping(mapping(variable.get("valueFrom")).get("secretKeyRef"))
        values.pop(name, None)
        if "valueFrom" not in variable:
            value = expanded(str(variable.get("value") or ""), values)
            if is_complete(value):
                values[name] = value
        elif source and not source.get("optional"):
            secrets[name] = {"secret": str(source.get("name")), "key": str(source.get("key"))}
    return {"environment": values, "secrets": secrets}
