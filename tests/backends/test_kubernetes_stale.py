"""An object that comes in an older version than before is told as such, while it happens (K46)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Self

import pytest

from harness.backends.kubernetes.watch import Seen, Sighting, Stale, Stream
from harness.model.clock import SystemClock

Item = Mapping[str, object]
LABELS = {"of": "mine"}


def pod(version: str) -> Item:
    """Write one version of a pod."""
    metadata = {"name": "a", "uid": "pod-a", "labels": LABELS, "resourceVersion": version}
    return {"kind": "Pod", "metadata": metadata}


class Reply:
    """A list's answer, or a watch that shows some lines and ends."""

    def __init__(self, text: str) -> None:
        """Hold it."""
        self.data = text.encode()

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""

    def close(self) -> None:
        """Close it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Give all at once."""
        yield self.data


def seen(listed: str, *watched: str) -> list[Sighting]:
    """Follow one list and one watch, each given as the versions of one pod."""
    stop, found = threading.Event(), list[Sighting]()

    def call(*, watch: bool = False, **_: object) -> Reply:
        if not watch:
            return Reply(json.dumps({"metadata": {"resourceVersion": listed}, "items": [pod(listed)]}))
        lines = [json.dumps({"type": "MODIFIED", "object": pod(each)}) for each in watched]
        return Reply("".join(line + "\n" for line in lines))

    def emit(_: str, sighting: Sighting) -> None:
        found.append(sighting)
        if sum(isinstance(each, Seen) for each in found) > len(watched):
            stop.set()

    Stream("Pod", call, {}, SystemClock(), emit).run(stop)
    return found


@pytest.mark.parametrize(
    ("watched", "stale"),
    [
        (("7", "9"), 0),
        (("7", "6"), 1),
        (("4", "7"), 1),
        (("7", "6", "5", "8"), 2),
        (("5", "5"), 0),
    ],
)
def test_a_version_that_falls_is_told(watched: tuple[str, ...], stale: int) -> None:
    """Below the newest that was seen, in the list before or in the watch; the same version again is none."""
    told = [each for each in seen("5", *watched) if isinstance(each, Stale)]
    assert told == [Stale("pod-a", LABELS)] * stale
