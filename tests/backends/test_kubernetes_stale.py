"""An object that comes in an older version than before is told as such, while it happens (K46)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Self

import pytest

from harness.backends.kubernetes.watch import InvalidMessage, Sighting, WatchedObject
from harness.backends.kubernetes.watch import Stream as Watch
from harness.model.anomaly import AnomalyKind, Stream
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
        lines = [json.dumps({"type": "MODIFIED", "object": pod(name)}) for name in watched]
        return Reply("".join(line + "\n" for line in lines))

    def emit(_: str, sighting: Sighting) -> None:
        found.append(sighting)
        if sum(isinstance(each, WatchedObject) for each in found) > len(watched):
            stop.set()

    Watch("Pod", call, {}, SystemClock(), emit).run(stop)
    return found


OLDER, AGAIN = AnomalyKind.OUT_OF_ORDER, AnomalyKind.DUPLICATE


@pytest.mark.parametrize(
    ("watched", "faults"),
    [
        (("7", "9"), []),
        (("7", "6"), [OLDER]),
        (("4", "7"), [OLDER]),
        (("7", "6", "5", "8"), [OLDER, OLDER]),
        (("5", "7"), [AGAIN]),
        (("7", "7", "8"), [AGAIN]),
    ],
)
def test_a_version_that_falls_or_comes_again_is_told(watched: tuple[str, ...], faults: list[AnomalyKind]) -> None:
    """Below the newest that was seen, in the list before or in the watch; or a message that was sent twice."""
    told = [each.fault.anomaly for each in seen("5", *watched) if isinstance(each, InvalidMessage)]
    assert [(anomaly.kind, anomaly.stream) for anomaly in told] == [(kind, Stream.PODS) for kind in faults]
