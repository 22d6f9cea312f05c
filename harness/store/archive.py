"""One campaign's evidence: the four saves, the payloads and the fence, in a folder or below a prefix of a bucket.

plan.json                   save 1: plan
journal.log                 save 2: what was asked and seen, as it came; below a prefix: journal/<number>.log
runs/<run>/observation.json save 2: one run's facts
runs/<run>/payload/…        payloads under store-made names
judgement/<repo>.json       save 3: findings
verdict/<repo>.json         save 4: verdict
report/…                    pages; derived, disposable
writers/<epoch>.json        who writes, and who wrote before
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from harness.errors import EvidenceDamaged, Fenced, PluginUnusable
from harness.model.clock import Clock, is_time
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.schedule import TakeOver
from harness.model.verdict import Judgement, Verdict
from harness.store import codec
from harness.store.base import READERS, Store
from harness.store.fence import Fence, Lease, TakenFrom, take, this_writer
from harness.store.files import sync_in_place
from harness.store.folder import Folder
from harness.store.journal import Journal, Reading, parse
from harness.store.ledger import PLAN_DIGEST, Ledger, in_folder
from harness.store.schedules import record_of
from harness.store.segments import Segments

PLAN = "plan.json"
JOURNAL = "journal.log"
_TRIES = 5
T = TypeVar("T")
U = TypeVar("U")


def _unfenced() -> None:
    """Ask nobody: the segments of a shared store fence by themselves, and a reader's journal has no fence."""


def _take_over(lease: Lease, taken_from: TakenFrom) -> TakeOver:
    return TakeOver(lease.generation, taken_from.writer, str(lease.writer), lease.taken_at, taken_from.reason)


@dataclass(frozen=True, slots=True)
class Archive:
    """Typed reading and writing of one campaign."""

    root: Path
    """Folder of this machine in which its files are made: the store itself, or the spool of a shared one."""
    shared: Store | None = None
    """Where the evidence is kept; None: in the folder."""
    book: Ledger | None = None
    """The ledger of all campaigns beside this one; None: the one in the folder above."""
    around: Store | None = None
    """The shared store of all campaigns, in which this one's lies; None: the folder above."""
    fence: Fence | None = None
    """The right to write; a reader has none. Where it is given, every save asks it first."""

    @property
    def store(self) -> Store:
        """Where the evidence is kept."""
        return self.shared or cast("Store", Folder(self.root))

    def beside(self, campaign: str) -> Archive:
        """Open another campaign of the same place, for reading; it may be there or not."""
        shared = self.around.under(campaign) if self.around else None
        return replace(self, root=self.root.parent / campaign, shared=shared, fence=None)

    def place(self, name: str = "") -> str:
        """Say where something of the campaign is, as a user would type it."""
        return self.store.place(name)

    @contextmanager
    def writing(self, clock: Clock, *, take_over: bool = False) -> Iterator[Archive]:
        """Be the campaign's one writer while the context lasts.

        Raises:
            Fenced: another writer holds it; names that writer.
        """
        fence = take(self.store, this_writer(), clock, take_over=take_over)
        with fence.held(clock):
            yield replace(self, fence=fence)

    def open_journal(self) -> Journal:
        """Open the journal for appending; a take-over is its first record, so that no older writer's can follow.

        Raises:
            Fenced: somebody took over from us.
        """
        fence = self.fence
        for _ in range(_TRIES):
            try:
                return self._opened_journal(fence)
            except Fenced:
                if fence:
                    fence.check()
        message = f"{self.place()}: another writer goes on putting segments"
        raise Fenced(message)

    def _opened_journal(self, fence: Fence | None) -> Journal:
        taken_from = fence.taken_from if fence else None
        segments = Segments(self.shared) if self.shared else None
        check = fence.check if fence and not self.shared else _unfenced
        journal = Journal(self.journal, segments, check, overtaken=taken_from is not None)
        if fence and taken_from:
            try:
                journal.append([record_of(_take_over(fence.lease, taken_from))])
            except BaseException:
                journal.close()
                raise
        return journal

    def read_journal(self) -> Reading:
        """Read the append-only history from where the evidence is."""
        if not self.has_journal():
            return parse(b"")
        if Segments(self.store).begun():
            return parse(b"".join(Segments(self.store).chunks()))
        return parse(self.store.read(JOURNAL) or b"")

    def has_journal(self) -> bool:
        """Tell whether the campaign has begun."""
        return Segments(self.store).begun() or (self.shared is None and self.journal.exists())

    def _chunks(self, name: str) -> Iterator[bytes]:
        """Read evidence in pieces; a journal in segments is the bytes of all of them."""
        if name == JOURNAL and Segments(self.store).begun():
            return Segments(self.store).chunks()
        return self.store.chunks(name)

    def check_writer(self) -> None:
        """Make sure, where this is the writer's archive, that it still is.

        Raises:
            Fenced: somebody took over.
        """
        if self.fence:
            self.fence.check()

    def _put(self, name: str, data: bytes) -> None:
        self.check_writer()
        self.store.put(name, data)

    def exists(self) -> bool:
        """Tell whether anything of the campaign is there."""
        return self.root.is_dir() if self.shared is None else bool(self.shared.names(""))

    def is_planned(self) -> bool:
        """Tell whether there is a plan."""
        return self.store.read(PLAN) is not None

    @property
    def ledger(self) -> Ledger:
        """Of all campaigns that lie beside this one."""
        return self.book or in_folder(self.root.parent)

    @staticmethod
    def judgement_name(repository: str) -> str:
        """Name the file of a judgement."""
        return f"judgement/{repository}.json"

    @staticmethod
    def verdict_name(repository: str) -> str:
        """Name the file of a verdict."""
        return f"verdict/{repository}.json"

    @property
    def journal(self) -> Path:
        """Of the append-only history."""
        return self.root / JOURNAL

    @property
    def report(self) -> Path:
        """Of the pages, on this machine."""
        return self.root / "report"

    def run_folder(self, run: str) -> Path:
        """Of one run's facts and payloads, on this machine."""
        return self.root / "runs" / run

    def _is_the_ledgers(self, plan: bytes) -> bool:
        """Tell whether no verdict in the ledger rests on another plan of this campaign."""
        facts = [entry.facts for entry in self.ledger.entries() if entry.campaign == self.root.name]
        return {fact[PLAN_DIGEST] for fact in facts if PLAN_DIGEST in fact} <= {codec.digest(plan)}

    def save_plan(self, plan: Plan) -> None:
        """Keep the plan."""
        self._put(PLAN, codec.encode(plan))

    def load_plan(self) -> Plan:
        """Read the plan; whether its evidence is real is decided anew, and never believed.

        Raises:
            EvidenceDamaged: it can't be read, or says of its evidence what its own facts do not.
        """
        data = self._read(PLAN)
        try:
            plan = codec.decode(data, Plan, PLAN)
        except PluginUnusable as error:
            if self._is_the_ledgers(data):
                raise
            message = f"{PLAN}: it is not the one that the ledger holds, and can't be read: {error}"
            raise EvidenceDamaged(message) from error
        _check_time(PLAN, "created_at", plan.created_at)
        found = plan.reality_now()
        if plan.reality is None:
            return replace(plan, synthetic=True, realities={})
        if plan.reality != found or plan.synthetic is found.real:
            said = "synthetic" if plan.synthetic else "real"
            why = found.reasons[0] if found.reasons else "every endpoint is named and proven"
            message = f"{PLAN}: it says that its evidence is {said}, and its own facts say otherwise: {why}"
            raise EvidenceDamaged(message)
        if plan.realities and plan.realities != {
            repository.name: plan.reality_now(repository.name) for repository in plan.repositories
        }:
            message = f"{PLAN}: what it says of one repository's evidence is not what its own facts say"
            raise EvidenceDamaged(message)
        return plan

    def save_observation(self, observation: Observation) -> None:
        """Keep the observation of one run: its payloads first, so that facts which can be read have all they name."""
        self.check_writer()
        for name in sorted(observation.files):
            self.store.put_file(name, self.root / name)
        if self.shared is None:
            sync_in_place([self.root / name for name in sorted(observation.files)], self.root)
        self._put(f"runs/{observation.run.id}/observation.json", codec.encode(observation))

    def load_observation(self, run: str) -> Observation | None:
        """Read one run's facts; None when the run has none yet."""
        name = f"runs/{run}/observation.json"
        data = self.store.read(name)
        return None if data is None else codec.decode(data, Observation, name)

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep the judgement of one repository."""
        self._put(self.judgement_name(judgement.repository), codec.encode(judgement))

    def load_judgement(self, repository: str) -> Judgement:
        """Read a judgement."""
        name = self.judgement_name(repository)
        judgement = codec.decode(self._read(name), Judgement, name)
        _check_time(name, "judged_at", judgement.judged_at)
        return judgement

    def save_verdict(self, verdict: Verdict) -> None:
        """Keep the verdict of one repository."""
        self._put(self.verdict_name(verdict.repository), codec.encode(verdict))

    def load_verdict(self, repository: str) -> Verdict:
        """Read a verdict."""
        name = self.verdict_name(repository)
        return codec.decode(self._read(name), Verdict, name)

    def payload(self, name: str) -> Path | None:
        """Give a payload as a file of this machine; None when it is missing."""
        return self.store.local(name)

    def publish_report(self) -> None:
        """Put the pages, which were written on this machine, where the evidence is."""
        for path in sorted(self.report.rglob("*")):
            if path.is_file():
                self.store.put_file(path.relative_to(self.root).as_posix(), path)

    def _read(self, name: str) -> bytes:
        try:
            data = self.store.read(name)
        except OSError as error:
            message = f"{name}: {error.strerror}"
            raise EvidenceDamaged(message) from error
        if data is None:
            message = f"{name}: {os.strerror(2)}"
            raise EvidenceDamaged(message)
        return data

    def digest(self, name: str) -> str:
        """Hash one evidence file, in bounded memory.

        Raises:
            EvidenceDamaged: it can't be read.
        """
        return codec.digest_of_chunks(self._chunks(name))

    def digests(self, names: tuple[str, ...]) -> Mapping[str, str]:
        """Hash evidence files by name.

        Raises:
            EvidenceDamaged: one of them can't be read.
        """
        return dict(zip(names, self._many(self.digest, names), strict=True))

    def damaged(self, expected: Mapping[str, str], expired: Collection[str] = ()) -> tuple[str, ...]:
        """List evidence files that are missing or whose bytes changed, each with what is wrong.

        `expired`: names that may be absent; what is there must have its bytes all the same.
        """
        troubles = self._many(lambda item: self._trouble(*item, may_lack=item[0] in expired), sorted(expected.items()))
        return tuple(trouble for trouble in troubles if trouble)

    def _trouble(self, name: str, known: str, *, may_lack: bool) -> str:
        if may_lack and self.store.age_seconds(name) is None:
            return ""
        try:
            seen = self.digest(name)
        except EvidenceDamaged as error:
            return str(error)
        return "" if seen == known else f"{name}: bytes changed since they became evidence"

    def _many(self, ask: Callable[[T], U], items: Sequence[T]) -> list[U]:
        """Ask for many files: of a shared store some at once, for each waits for its answer."""
        if self.shared is None:
            return [ask(item) for item in items]
        with ThreadPoolExecutor(READERS, "read") as pool:
            return list(pool.map(ask, items))


def _check_time(file: str, key: str, text: str) -> None:
    if not is_time(text):
        message = f"{file}: {key}: expected a time, found {text[:40]!r}"
        raise EvidenceDamaged(message)
