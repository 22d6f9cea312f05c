"""The frozen type that a kind of parent is: which documents are of it, and what one of them says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.parent import Parent
from harness.parents.reading import Object, part, parts, text

Reader = Callable[[Object], tuple[Parent, ...]]


def no_container(pod: Object) -> str:
    """Say nothing of which container is the work."""
    del pod
    return ""


def named(pod: Object, name: str) -> str:
    """Give a container's name where the pod has one of it."""
    return name if any(text(container, "name") == name for container in parts(part(pod, "spec"), "containers")) else ""


@dataclass(frozen=True, slots=True)
class ParentKind:
    """One kind of parent."""

    name: str
    """As people call it, and the key of the registry."""
    group: str
    """API group of its kinds, as apiVersion begins; empty: its documents are no Kubernetes objects."""
    kinds: frozenset[str]
    """Values of `kind`; empty for documents that are no Kubernetes objects."""
    read: Reader
    """What a document says; empty: it is not of this kind after all, or says nothing that can be linked."""
    source: str
    """Where its fields and states are defined."""
    get: str = ""
    """The command that prints it; `{name}` stands for its name."""
    work: Callable[[Object], str] = no_container
    """The container of a pod that is the work, by the convention of what made the pod; empty: it says nothing of it."""
    submits: bool = False
    """What it owns only hands the work in: without this document nothing is known of the work."""
    example: Object | None = None
    """A document of it, where not every one of its kinds is, or none names it; the contract of plug-ins reads it."""

    def is_of(self, item: Object) -> bool:
        """Tell whether an object is of this kind."""
        return text(item, "kind") in self.kinds and text(item, "apiVersion").partition("/")[0] == self.group
