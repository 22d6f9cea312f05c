"""A platform that writes down what a job would do: nothing runs, each job leaves the words of its command."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import StrictStr

from harness.backends.base import Batch, Fetched, FetchedOutput, Handle, Order
from harness.backends.connecting import Connector, Opening
from harness.fields.job import BothJob, Written
from harness.fields.words import Checked
from harness.model import strict_json
from harness.model.clock import Clock, ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Job, Side
from harness.model.repository import CloudAccount, Home, Repository
from harness.model.truth import Blame, Cause, Truth, Work
from harness.model.truth import Platform as Verdict
from harness.platforms.base import Platform, TruthEvidence
from harness.platforms.draft import Drafts
from harness.platforms.fault import Fault
from harness.platforms.form import SideForm
from harness.platforms.kind import Kind as JobKind
from harness.platforms.names import check_name

NAME = "paper"


@dataclass(frozen=True, slots=True)
class PaperHome(Home):
    """One desk."""

    desk: str
    staging_uri: str = "s3://paper/none"
    staging_owner: str = ""
    platform: str = NAME

    @property
    def cloud(self) -> CloudAccount | None:
        """Paper needs no account."""
        return None


class PaperSettings(Written):
    """Where a side runs."""

    platform: Annotated[StrictStr, Checked(check_name, {"enum": [NAME]})] | None = None
    desk: StrictStr | None = None


class PaperJob(BothJob):
    """A side of a job has nothing of its own."""


def _truth(evidence: TruthEvidence) -> Truth:
    ends = {event.kind for event in evidence.events}
    left = evidence.outputs_known and all(output.files for output in evidence.outputs)
    work = Work.OK if Kind.EXITED in ends and left else Work.UNKNOWN
    platform = Verdict.OK if Kind.SUCCEEDED in ends else Verdict.NONE
    cause = Cause.SUCCESS if work is Work.OK else Cause.UNKNOWN
    return Truth(work, platform, None, (), Blame.NOBODY, (), cause, 0, "the desk says so, and the words are there")


def _none(*_: object) -> tuple[Fault, ...]:
    return ()


def _own_path(kind: JobKind, name: str) -> str | None:
    return kind.output_path(name)


def _input_path(kind: JobKind, name: str) -> str | None:
    return kind.input_path(name)


def _build(settings: Mapping[str, Any]) -> Home:
    return PaperHome(settings["desk"], f"s3://paper/{settings['desk']}")


PLATFORM = Platform(
    name=NAME,
    title="Paper",
    truth=_truth,
    rules=(),
    swallowed="",
    phase_source="the desk",
    ending_is_known=lambda events: any(event.witness is Witness.OUTSIDE for event in events),  # the clerk was heard
    carries_outputs=True,
    form=SideForm(
        settings=PaperSettings,
        job=PaperJob,
        defaults={},
        job_defaults={},
        required={"desk": "a desk"},
        required_of_job={},
        build=_build,
        output_path=_own_path,
        input_path=_input_path,
        no_pair={},
        elsewhere={},
    ),
    drafts=Drafts("a note", lambda *_: None, lambda _: "", lambda _: {}, lambda _: {}),
    home=PaperHome,
    home_faults=_none,
    job_faults=_none,
    can_run_without_shim=lambda *_: True,
    delivers_parameters=lambda *_: True,
    price_keys=(),
    priced_types=lambda _: None,
    price_of_run=lambda *_: 0.0,
)


class Desk:
    """A launcher: each run ends as soon as it is written down."""

    platform = NAME

    def __init__(self, clock: Clock) -> None:
        """Start with an empty desk."""
        self._clock, self._stream = clock, queue.SimpleQueue[Batch]()

    def describe(self) -> Mapping[str, str]:
        """Say that it is a stand-in."""
        return {"endpoint": "desk", "synthetic": "yes"}

    def submit(self, order: Order) -> Handle:
        """Write a job down."""
        for kind in (Kind.SUBMITTED, Kind.RUNNING, Kind.EXITED, Kind.SUCCEEDED):
            self._stream.put(Batch(((order.run.id, self._event(order.run.id, kind)),)))
        return Handle(order.run, {"name": order.run.name})

    def _event(self, run: str, kind: Kind) -> Event:
        now, ended = self._clock.now(), kind is Kind.EXITED
        witness, role = (Witness.CONTAINER, Role.MAIN) if ended else (Witness.CONTROL_PLANE, None)
        native = {"exitCode": "0"} if ended else {}
        return Event(f"{run}:{kind}", kind, witness, Time(now, ClockName.HARNESS), now, role=role, native=native)

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Hand over what was written."""
        while not stop.is_set():
            try:
                yield self._stream.get(timeout=0.02)
            except queue.Empty:
                continue

    def expect(self, handle: Handle) -> None:
        """Nothing gets lost on a desk."""

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Leave the words of the command as the one file of each output."""
        outputs = []
        for output in job.outputs:
            folder = into / output.name
            folder.mkdir(parents=True)
            (folder / "a.words").write_text(" ".join(job.sides[handle.run.side].command))
            outputs.append(FetchedOutput(output.name, True, folder, "desk"))
        return Fetched(None, False, _record(handle, self._clock.now()), tuple(outputs), ())

    def peek(self, handle: Handle, job: Job) -> Fetched:
        """Nothing is printed."""
        del handle, job
        return Fetched(None, False, None, (), ())

    def stop(self, handle: Handle) -> None:
        """It has ended."""

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Nothing was made."""
        del handle
        return ()

    def close(self) -> None:
        """Nothing was given."""


def _record(handle: Handle, now: float) -> bytes:
    """Give what the shim would have seen."""
    seen = {"first_instruction_seconds": now, "started_seconds": now, "finished_seconds": now, "exit_code": 0}
    image = {"image_config_digest": "sha256:" + "1" * 64, "process": {"python": "none"}}
    found = {"environment": {"INK": "blue"}, "distributions": {"paper": "1"}}
    return strict_json.write({"schema": "parity.record/1", "run": handle.run.id, **seen, **image, **found})


def _connect(opening: Opening, sides: Sequence[tuple[Repository, Side]]) -> Mapping[tuple[str, Side], Desk]:
    desk = Desk(opening.clock)
    return {(repository.name, side): desk for repository, side in sides}


CONNECTOR = Connector(NAME, _connect)
