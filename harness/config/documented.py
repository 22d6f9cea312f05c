"""The layers of a job that stands on documents: what each says lies below what the entry says. Pure but for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.config.layers import Leaf, Tree, merge, part, strip
from harness.config.library import DocumentReference, Library, Opened, excused_names
from harness.model.job import Side
from harness.platforms.base import Platform
from harness.platforms.documents import flags_of
from harness.platforms.fault import Fault

SHARED = ("command", "environment", "parameters", "read_parameters")
"""Keys of a job that are for the sides without a document."""


@dataclass(frozen=True, slots=True)
class Documented:
    """The documents of one job's sides."""

    opened: Mapping[Side, Opened] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """Paths are inside the job."""
    broken: bool = False
    """A document could not be read as a whole: what it would have said is missing for no other reason."""

    def job(self, own: Tree) -> Tree:
        """Give what the documents say of the job, as far as the entry's own layer takes it up."""
        said: Tree = {}
        for side, opened in self.opened.items():
            said = merge(said, _of_job(side, opened, own))
        limits = [
            opened.reading.job["time_limit"] for opened in self.opened.values() if "time_limit" in opened.reading.job
        ]
        if limits:
            said["time_limit"] = Leaf(max(limits), f"{max(limits)}s", self._origin("time_limit"))
        return said

    def left_to_the_job(self, side: Side, own: Tree) -> Tree:
        """Give what a side's document leaves to the image, and the entry says for the whole job: the command."""
        return {"command": own["command"]} if self.opened[side].reading.bare and "command" in own else {}

    def side(self, side: Side, written: Tree, own: Tree) -> Tree:
        """Give the layer of a side that stands on a document.

        `written`: what the entry has beside it; `own`: what it says of the job. A command that the document leaves to
        the image is the entry's, with the document's arguments; without the shim nobody needs to know it.
        """
        opened = self.opened[side]
        reading, name = opened.reading, opened.name
        said: dict[str, Any] = {key: value for key, value in reading.side.items() if key != "secrets"}
        command, shim = written.get("command"), own.get("shim")
        if reading.bare and isinstance(command, Leaf):
            said["command"] = [*command.value, *reading.arguments]
        elif reading.bare and isinstance(shim, Leaf) and shim.value == "off":
            said["command"] = list(reading.arguments)
        layer: Tree = {key: _node(key, value, name) for key, value in said.items()}
        secrets = reading.side.get("secrets", {})
        layer["secrets"] = {secret: {side.value: Leaf(source, source, name)} for secret, source in secrets.items()}
        held = {
            "name": name,
            "taken": reading.taken,
            "digest": opened.digest,
            "content": reading.content,
            "main": reading.main,
        }
        layer["document"] = Leaf(held, f"{name} {opened.digest}", name)
        return layer

    def parameters(self, side: Side, other: Tree) -> Tree:
        """Read those flags of a document's command for parameters that the other side has as well."""
        flags = flags_of(self.opened[side].reading.arguments)
        known = set(part(other, "parameters"))
        if side.other in self.opened:
            known |= flags_of(self.opened[side.other].reading.arguments).keys()
        name = self.opened[side].name
        return {flag: Leaf(value, value, name) for flag, value in flags.items() if flag in known}

    def _origin(self, key: str) -> str:
        return ", ".join(opened.name for opened in self.opened.values() if key in opened.reading.job)


_ELSEWHERE = {"framework", "examples", "file", "mlflow"}
"""Keys of a metric that say where else than by an expression it is read."""


def _node(key: str, value: Any, origin: str) -> Tree | Leaf:  # noqa: ANN401 - any value of a document
    if key in {"environment", "parameters"}:
        return {name: Leaf(item, item, origin) for name, item in value.items()}
    return Leaf(value, value, origin)


def open_documents(merged: Tree, layer: Tree, platforms: Mapping[Side, Platform], library: Library) -> Documented:
    """Open the documents that the sides of a job name; `layer`: what the job writes itself, and does not inherit."""
    opened: dict[Side, Opened] = {}
    faults: list[Fault] = []
    broken = False
    excused = excused_names(part(merged, "not_secret"))
    for side, platform in platforms.items():
        documents, written = platform.documents, strip(part(merged, side.value))
        name = written.get(documents.key) if documents else None
        if documents is None or not isinstance(name, Leaf):
            continue
        beside = {key: leaf.value for key, leaf in written.items() if isinstance(leaf, Leaf)}
        found = library.open(DocumentReference(documents, name.value, beside, excused))
        if isinstance(found, Fault):
            faults.append(Fault((side.value, documents.key), found.found, found.expected, found.hint))
            broken = True
            continue
        opened[side] = found
        faults += _beside(side, found, documents.key, documents.beside, written=strip(part(layer, side.value)))
    faults += _of_both(opened, strip(layer), strip(merged))
    broken = broken or any(found.reading.faults for found in opened.values())
    return Documented(opened, tuple(faults), broken)


def _beside(side: Side, opened: Opened, key: str, allowed: frozenset[str], *, written: Tree) -> Iterator[Fault]:
    """Refuse keys that say a second time what the document says."""
    for name in written:
        if name == "command" and opened.reading.bare:
            continue
        if name not in {key, "command"} | allowed or name == "command":
            hint = "the document says it; take the key away, or change the document"
            yield Fault((side.value, name), f"{name} beside {key}", f"{key} alone", hint)


def _of_both(opened: Mapping[Side, Opened], own: Tree, whole: Tree) -> Iterator[Fault]:
    """Refuse what no document leaves to the entry, and what the documents disagree about.

    `own`: what the job writes itself; `whole`: what it inherits as well.
    """
    if len(opened) == len(Side):
        for key in SHARED:
            if key in own:
                yield Fault((key,), "a value", "nothing: both sides stand on documents, which say it")
    for side, found in opened.items():
        yield from _inputs_elsewhere(found, whole)
        if found.reading.endless and "time_limit" not in whole:
            hint = f"{found.name} sets no limit, and every run of a campaign needs one"
            yield Fault(("time_limit",), "nothing", "how long a run may take, such as 2h", hint)
        for name in part(whole, "secrets"):
            if side.value in part(part(whole, "secrets"), name):
                expected = "nothing: the document says where its secrets come from"
                yield Fault(("secrets", name, side.value), "a source", expected)
    yield from _unplaced(opened, whole)
    images = {found.name: found.reading.job.get("image") for found in opened.values() if found.reading.job.get("image")}
    if "image" not in whole and len(set(images.values())) > 1:
        told = "; ".join(f"{name} names {image}" for name, image in images.items())
        hint = "write image: to give both sides one; the change is listed as a mutation of the document"
        yield Fault(("image",), told, "one image for both sides", hint)


def _inputs_elsewhere(found: Opened, own: Tree) -> Iterator[Fault]:
    """Refuse a place of an input that is not the one which the document reads."""
    for name, given in found.reading.job.get("inputs", {}).items():
        uri = part(part(own, "inputs"), name).get("uri")
        if isinstance(uri, Leaf) and uri.value not in {None, given["uri"]}:
            expected = f"{given['uri']}, which {found.name} reads"
            yield Fault(("inputs", name, "uri"), str(uri.value), expected, "leave the key out")


def _unplaced(opened: Mapping[Side, Opened], own: Tree) -> Iterator[Fault]:
    """Ask where a document's job finds an input that the document does not speak of."""
    names = {*part(own, "inputs"), *(name for found in opened.values() for name in found.reading.job.get("inputs", {}))}
    for side, found in opened.items():
        for name in sorted(names - found.reading.job.get("inputs", {}).keys()):
            if side.value not in part(part(part(own, "inputs"), name), "path"):
                hint = "its content is compared there, and nothing is brought"
                expected = f"the path at which the job of {found.name} finds it"
                yield Fault(("inputs", name, "path", side.value), "nothing", expected, hint)


def _of_job(side: Side, opened: Opened, own: Tree) -> Tree:
    """Turn what one document says of the job into a layer: of outputs and metrics only what the entry has as well."""
    said, name = opened.reading.job, opened.name
    layer: Tree = {key: Leaf(said[key], said[key], name) for key in ("kind", "image") if key in said}
    if resources := said.get("resources"):
        layer["resources"] = {key: Leaf(value, value, name) for key, value in resources.items()}
    inputs: Tree = {}
    for given, value in said.get("inputs", {}).items():
        inputs[given] = {"uri": Leaf(value["uri"], value["uri"], name), "path": _path(side, value["path"], name)}
    if inputs:
        layer["inputs"] = inputs
    outputs = {
        output: {"path": _path(side, value["path"], name)}
        for output, value in said.get("outputs", {}).items()
        if output in part(own, "outputs")
    }
    metrics: Tree = {
        metric: {"regex": Leaf(value["regex"], value["regex"], name)}
        for metric, value in said.get("metrics", {}).items()
        if metric in part(own, "metrics") and not _ELSEWHERE & part(part(own, "metrics"), metric).keys()
    }
    return {**layer, **({"outputs": dict(outputs)} if outputs else {}), **({"metrics": metrics} if metrics else {})}


def _path(side: Side, path: str, origin: str) -> Tree:
    return {side.value: Leaf(path, path, origin)}
