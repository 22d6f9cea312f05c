"""A container's log as the kubelet's log endpoint gives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from harness.sandbox.kube.objects import ApiError, Object, Objects
from harness.sandbox.kube.requests import Request

POLL_SECONDS = 0.1
_UNSUPPORTED = ("previous", "sinceSeconds", "sinceTime")


def lines(objects: Objects, folder: Path, request: Request, stop: threading.Event) -> Iterator[bytes]:
    """Give the lines, following them while the pod lives when asked.

    Raises:
        ApiError: 400, no such container or none started; 404, no such pod; 501, an option that is not supported.
    """
    for option in _UNSUPPORTED:
        if request.query.get(option, "false") != "false":
            raise ApiError(501, "NotImplemented", f"the sandbox does not support the log option {option}")
    pod = objects.get("pods", request.target.namespace, request.target.name)
    name = _container(pod, request.query.get("container", ""))
    files = list((folder / pod["metadata"]["uid"]).glob(f"{name}-*.log"))
    if not files:
        raise ApiError(
            400,
            "BadRequest",
            f'container "{name}" in pod "{request.target.name}" is waiting to start: ContainerCreating',
        )
    newest = max(files, key=lambda each: int(each.stem.rpartition("-")[2]))
    stamps = request.asks("timestamps")
    tail, limit = request.number("tailLines", -1), request.number("limitBytes", 0)
    over = partial(_over, objects, pod)
    found = _following(newest, tail, over, stop) if request.asks("follow") else _tail(newest, tail)
    return _cut((_plain(line, stamps=stamps) for line in found), limit)


def _container(pod: Object, wanted: str) -> str:
    names = [container["name"] for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]]
    if not wanted and len(names) == 1:
        return str(names[0])
    if wanted in names:
        return wanted
    found = f"container {wanted} is not valid" if wanted else "a container name must be specified"
    raise ApiError(400, "BadRequest", f"{found} for pod {pod['metadata']['name']}, choose one of: {names}")


def _tail(path: Path, tail: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _last(file, tail)


def _following(path: Path, tail: int, over: Callable[[], bool], stop: threading.Event) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _last(file, tail)
        while not stop.is_set():
            ended = over()  # asked before the read: what was written until then is read
            yield from _whole_lines(file)
            if ended:
                return
            time.sleep(POLL_SECONDS)


def _last(file: BinaryIO, tail: int) -> list[bytes]:
    """Read what is there, or the last `tail` lines of it; below 0: all."""
    whole = list(_whole_lines(file))
    return whole[max(0, len(whole) - tail) :] if tail >= 0 else whole


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Read whole lines; half of one is left for the next look."""
    while True:
        place = file.tell()
        line = file.readline()
        if not line.endswith(b"\n"):
            file.seek(place)
            return
        yield line


def _over(objects: Objects, pod: Object) -> bool:
    found = objects.find("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
    return found is None or found["status"].get("phase") in {"Succeeded", "Failed"}


def _plain(line: bytes, *, stamps: bool) -> bytes:
    """Take the node's own words (time, stream, F) off a line."""
    stamp, _, rest = line.partition(b" ")
    text = rest.split(b" ", 2)[2]
    return stamp + b" " + text if stamps else text


def _cut(found: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """End after `limit` bytes; 0: no limit."""
    written = 0
    for line in found:
        if limit and written + len(line) >= limit:
            yield line[: limit - written]
            return
        written += len(line)
        yield line
