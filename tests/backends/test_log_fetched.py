"""Which log a fetch takes for whole: the record says that an end line was written, or nobody says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from observed import declared

from harness.backends.base import Handle
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.log_capture import CapturedLog
from harness.backends.sagemaker import backend as sagemaker
from harness.errors import BackendError
from harness.model.job import Side
from harness.model.plan import Run
from harness.shim.shim import LOG_END, SPEAKER

END = f"{SPEAKER}{LOG_END}\n"


def handle(side: Side, *, shim: bool = True) -> Handle:
    """Handle one run of a job without outputs."""
    run = Run("r", "r", "repo", "train", side, 1, shim=shim)
    return Handle(run, {"name": "r", "output": "s3://bucket/out/"}, adopted=False)


def staging(*, record: bool) -> Any:
    """Hold a record, or none."""
    return SimpleNamespace(read=lambda name, _: b"{}" if record and name.endswith("record.json") else None, owned={})


@pytest.mark.parametrize(
    ("text", "record", "cut"),
    [(f"loss=0.1\n{END}", True, False), ("loss=0.1\n", True, True), ("loss=0.1\n", False, False)],
    ids=["whole", "broken off", "killed"],
)
def test_a_kubernetes_log_without_its_end_line_counts_as_cut_where_a_record_is(
    text: str,
    record: bool,  # noqa: FBT001 - a table's column
    cut: bool,  # noqa: FBT001 - the same
    tmp_path: Path,
) -> None:
    """Another attempt's log, or one whose reading broke off."""
    backend: Any = object.__new__(KubernetesBackend)
    backend._staging = {("repo", Side.LEGACY): staging(record=record)}
    backend._fetch_log = lambda *_: (CapturedLog(text.encode()), False)
    assert backend.fetch(handle(Side.LEGACY), declared(outputs=()), tmp_path).log_cut is cut


@pytest.mark.parametrize(
    ("shim", "record", "reader"),
    [(True, True, "fetch_whole_log"), (True, False, "fetch_log"), (False, False, "fetch_settled_log")],
    ids=["with a record", "killed", "without the shim"],
)
def test_a_sagemaker_log_is_waited_for_by_what_can_be_known_of_its_end(
    shim: bool,  # noqa: FBT001 - a table's column
    record: bool,  # noqa: FBT001 - the same
    reader: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its end line, nothing more, or that it rests."""
    asked: list[str] = []

    def reads(name: str) -> Callable[..., tuple[None, bool]]:
        return lambda *_, **__: (asked.append(name), (None, False))[1]

    for name in ("fetch_whole_log", "fetch_log", "fetch_settled_log"):
        monkeypatch.setattr(sagemaker, name, reads(name))
    backend: Any = object.__new__(sagemaker.SageMakerBackend)
    backend._staging, backend._clock = {("repo", Side.CANDIDATE): staging(record=record)}, None
    backend._clients, backend._limiter = None, None
    monkeypatch.setattr(sagemaker, "outputs_of", lambda _: lambda *_: ())
    backend.fetch(handle(Side.CANDIDATE, shim=shim), declared(outputs=()), tmp_path)
    assert asked == [reader]


@pytest.mark.parametrize(
    ("note", "unknown"),
    [
        ("log: no pod is left", True),
        ('log: log of r: HTTP 400 container "main" in pod "r-x" is waiting to start: ContainerCreating', False),
    ],
    ids=["no pod", "not begun"],
)
def test_a_log_so_far_that_is_not_there_yet_is_told_from_one_that_may_be_lost(
    note: str,
    unknown: bool,  # noqa: FBT001 - a table's column
) -> None:
    """A container that waits to start printed nothing; without a pod it depends on whether the run ever began."""
    peeked = noting(note).peek(handle(Side.LEGACY), declared(outputs=()))
    assert (peeked.log, peeked.log_cut, peeked.notes) == (None, unknown, (note,))


def test_a_log_so_far_that_can_t_be_read_is_an_error() -> None:
    """It says nothing of what was printed."""
    note = "log: log of r: HTTP 500 etcd has no leader"
    with pytest.raises(BackendError, match="etcd has no leader"):
        noting(note).peek(handle(Side.LEGACY), declared(outputs=()))


def noting(note: str) -> Any:
    """A backend that finds no log and says why."""

    def nothing(handle: Handle, notes: list[str], container: str) -> tuple[None, bool]:
        del handle, container
        notes.append(note)
        return None, False

    backend: Any = object.__new__(KubernetesBackend)
    backend._fetch_log = nothing
    return backend
