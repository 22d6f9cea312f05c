"""The API server: objects behind verbs. What it does not support it refuses by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.sandbox.kube import logs, reads, writes
from harness.sandbox.kube.faults import KubeFaults
from harness.sandbox.kube.objects import ApiError, Object, Objects
from harness.sandbox.kube.requests import Request
from harness.sandbox.kube.table import table
from harness.sandbox.kube.watching import Watch

Audit = Callable[[Mapping[str, object]], None]


@dataclass
class ApiServer:
    """Objects, faults and logs, and what may be asked of them."""

    objects: Objects
    faults: KubeFaults
    log_folder: Path
    token: str
    audit: Audit
    time_scale: float
    relocates: bool
    """Containers have no paths of their own."""
    cannot_block: str = ""
    """Why no pod can be kept from doing something outside; empty: it can."""
    stop: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> tuple[int, Object]:
        """Answer everything but watches and logs.

        Raises:
            ApiError: the answer is no success.
        """
        target = request.target
        match request.method, bool(target.name):
            case "GET", True:
                return 200, self._shown(request, self.objects.get(target.plural, target.namespace, target.name))
            case "GET", False:
                return 200, reads.listed(self.objects, request)
            case "POST", False:
                lacks = writes.Lacks(relocates=self.relocates, cannot_block=self.cannot_block)
                return 201, writes.create(self.objects, request, lacks)
            case "PUT", True:
                return 200, writes.replace(self.objects, request)
            case "PATCH", True:
                return 200, writes.apply_patch(self.objects, request)
            case "DELETE", True:
                return 200, writes.delete(self.objects, request, target.name)
            case "DELETE", False if target.namespace:
                return 200, writes.delete_chosen(self.objects, request)
        raise ApiError(405, "MethodNotAllowed", f"{request.method} is not supported here")

    @staticmethod
    def _shown(request: Request, item: Object) -> Object:
        if not request.as_table:
            return item
        return table(request.target.plural, [item], item["metadata"]["resourceVersion"])

    def watch(self, request: Request) -> Iterator[Object | None]:
        """Stream changes; None asks whether the client is still there."""
        return Watch(self.objects, self.faults, request).messages(self.stop)

    def log(self, request: Request) -> Iterator[bytes]:
        """Stream a container's log."""
        return logs.lines(self.objects, self.log_folder, request, self.stop)
