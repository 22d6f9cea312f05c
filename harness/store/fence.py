"""One writer a campaign: a lease that its holder renews, and that names each epoch once.

`writers/<epoch>.json` is put where there is none, so of two that take an epoch one has it; only its holder writes it
again, which is the heartbeat. The newest epoch is the writer. An older one is refused at its next write, also when it
slept through its own end (SIGSTOP, a suspended machine). Whether a lease of another machine has run out is told by the
store's own clock alone: the age of the file that the last heartbeat put (docs/adr/0101).
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import Fenced, StoreError
from harness.model.clock import Clock, iso
from harness.store import codec
from harness.store.base import Store

SCHEMA = "parity.lease/1"
LEASE_SECONDS = 60.0
BEATS = 4
"""Heartbeats in a lease: three may be lost before anybody may think that the holder is gone."""
WRITERS = "writers/"
BEFORE_LEASES = "fence"
"""Where versions before leases wrote `host pid start`; nothing renews it."""
_DIGITS = 8
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes, as others can tell it from any other."""

    host: str
    pid: int
    start: str
    """Start of the process by its kernel, so that a reused pid is told apart."""
    machine: str
    """Boot and process namespace: whoever has the same one can see this process."""

    def __str__(self) -> str:
        """Name it as an operator knows it."""
        return f"process {self.pid} on {self.host}"


@dataclass(frozen=True, slots=True)
class Lease:
    """What stands in the store of one epoch."""

    schema: str
    epoch: int
    generation: str
    """Random: two that took the same epoch after a lost reply are told apart by it."""
    writer: Writer
    taken_at: str
    """By the holder's clock; for people, nothing is decided by it."""
    seconds: float
    """It has run out when it was not renewed for so long by the store's clock."""
    renewals: int = 0
    released: bool = False


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """Whose unreleased lease was taken, and why that was right."""

    writer: str
    reason: str


class Fence:
    """The right to write one campaign, while no later epoch is there."""

    def __init__(self, store: Store, lease: Lease, taken_from: TakenFrom | None) -> None:
        """Hold an epoch; see `take`."""
        self._store, self._lease, self.taken_from = store, lease, taken_from
        self._lock = threading.Lock()

    @property
    def lease(self) -> Lease:
        """What was written last."""
        return self._lease

    def check(self) -> None:
        """Make sure that this is still the writer.

        Raises:
            Fenced: somebody took over.
        """
        later = self._store.names(WRITERS, after=_name(self._lease.epoch))
        if later:
            found = _read(self._store, later[-1])
            message = f"{self._store.place()} was taken over by {found.writer} at {found.taken_at}; this process ends"
            raise Fenced(message)

    def renew(self) -> None:
        """Put the lease again, so that its age begins anew."""
        with self._lock:
            if not self._lease.released:
                self._lease = replace(self._lease, renewals=self._lease.renewals + 1)
                self._store.put(_name(self._lease.epoch), codec.encode(self._lease))

    def release(self) -> None:
        """Let the next writer in at once; safe to call twice. The last thing that a heartbeat could write is this."""
        with self._lock:
            self._lease = replace(self._lease, released=True)
            self._store.put(_name(self._lease.epoch), codec.encode(self._lease))

    @contextmanager
    def held(self, clock: Clock) -> Iterator[None]:
        """Renew while the context lasts, and release at its end; after a crash the lease runs out."""
        over = threading.Event()

        def beat() -> None:
            while not clock.wait(over, self._lease.seconds / BEATS):
                with suppress(StoreError):  # told where it matters: at the next write
                    self.renew()

        thread = threading.Thread(target=beat, name="lease", daemon=True)
        thread.start()
        try:
            yield
            with suppress(StoreError):  # then it runs out by itself
                self.release()
        except StoreError:  # the store does not take more, or is no longer ours
            raise
        except BaseException:
            with suppress(StoreError):
                self.release()
            raise
        finally:
            over.set()
            thread.join(timeout=5.0)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a lease that was not given back says of its holder."""

    holder: Writer
    gone: str
    """Why the holder is known to be gone; empty when it may be there."""
    advice: str = ""


def take(
    store: Store, writer: Writer, clock: Clock, *, take_over: bool = False, seconds: float = LEASE_SECONDS
) -> Fence:
    """Become the campaign's one writer; a holder that may be there is only replaced where an operator asks for it.

    Raises:
        Fenced: another writer holds it; names that writer, and what to do.
    """
    for _ in range(_TRIES):
        names = store.names(WRITERS)
        newest = _read(store, names[-1]) if names else None
        taken_from = _taken_from(store, _standing(store, newest, writer), take_over=take_over)
        epoch = newest.epoch + 1 if newest else 1
        lease = Lease(SCHEMA, epoch, secrets.token_hex(8), writer, iso(clock.now()), seconds)
        if store.put_if_absent(_name(epoch), codec.encode(lease)):
            return Fence(store, lease, taken_from)
    message = f"{store.place()}: other writers were faster {_TRIES} times"
    raise Fenced(message)


def _taken_from(store: Store, standing: _Standing | None, *, take_over: bool) -> TakenFrom | None:
    """Say from whom the campaign is taken; None where it was given back.

    Raises:
        Fenced: the holder may be there, and nobody asked for more.
    """
    if standing is None:
        return None
    if standing.gone or take_over:
        return TakenFrom(str(standing.holder), standing.gone or "an operator said --take-over")
    campaign = store.place().rpartition("/")[2]
    message = f"campaign {campaign} is written by {standing.holder}; {standing.advice}: parity resume --take-over"
    raise Fenced(message)


def _standing(store: Store, newest: Lease | None, writer: Writer) -> _Standing | None:
    """Look at the newest lease, or at what versions before leases left."""
    if newest is None:
        return _before_leases(store, writer)
    if newest.released:
        return None
    holder = newest.writer
    if holder.machine == writer.machine:
        gone = "" if runs(holder) else "its process is gone"
        return _Standing(holder, gone, f"wait for it or end it (kill {holder.pid}); where it is stuck")
    left = newest.seconds - (store.age_seconds(_name(newest.epoch)) or 0.0)
    gone = f"its lease ran out {-left:.0f} s ago" if left <= 0 else ""
    return _Standing(holder, gone, f"its lease has {left:.0f} s left and is renewed; where you know that it is gone")


def _before_leases(store: Store, writer: Writer) -> _Standing | None:
    words = (store.read(BEFORE_LEASES) or b"").decode("utf-8", "replace").split()
    if not words:
        return None
    host, pid, start = (*words, "", "")[:3]
    here = host == writer.host
    holder = Writer(host, int(pid) if pid.isdigit() else 0, start, writer.machine if here else "")
    gone = "its process is gone" if here and not runs(holder) else ""
    return _Standing(holder, gone, "an older version that renews no lease; where you know that it is gone")


def _read(store: Store, name: str) -> Lease:
    return codec.decode(store.read(name) or b"", Lease, name)


def _name(epoch: int) -> str:
    return f"{WRITERS}{epoch:0{_DIGITS}}.json"


def this_writer() -> Writer:
    """Name this process."""
    return Writer(os.uname().nodename, os.getpid(), process_start(os.getpid()), _machine())


def runs(writer: Writer) -> bool:
    """Tell whether a writer of this machine still runs."""
    return writer.start != "" and process_start(writer.pid) == writer.start


def process_start(pid: int) -> str:
    """Name a process's start so that a reused pid is told apart; empty when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    state, start = fields[0], fields[19]
    return "" if state in {"Z", "X"} else start


def _machine() -> str:
    """Name this boot and process namespace; two containers of one host name are two machines."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    namespace = Path("/proc/self/ns/pid")
    try:
        return f"{boot.read_text(encoding='ascii').strip()} {namespace.readlink()}"
    except OSError:
        return os.uname().nodename
