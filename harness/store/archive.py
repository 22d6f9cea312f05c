"""One campaign's evidence: the four saves, the payloads and the fence, in a folder or below a prefix of a bucket.

plan.json                   save 1: plan
journal.log                 save 2: what was asked and seen, as it came
runs/<run>/observation.json save 2: one run's facts
runs/<run>/payload/…        payloads under store-made names
judgement/<repo>.json       save 3: findings
verdict/<repo>.json         save 4: verdict
report/…                    pages; derived, disposable
fence                       who writes
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harness import private
from harness.errors import EvidenceDamaged, Fenced
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.verdict import Judgement, Verdict
from harness.store import codec
from harness.store.base import Store
from harness.store.files import locked
from harness.store.folder import Folder
from harness.store.ledger import Ledger, in_folder

PLAN = "plan.json"
JOURNAL = "journal.log"


@dataclass(frozen=True, slots=True)
class Archive:
    """Typed reading and writing of one campaign."""

    root: Path
    """Folder of this machine in which its files are made: the store itself, or the spool of a shared one."""
    shared: Store | None = None
    """Where the evidence is kept; None: in the folder."""
    book: Ledger | None = None
    """The ledger of all campaigns beside this one; None: the one in the folder above."""

    @property
    def store(self) -> Store:
        """Where the evidence is kept."""
        return self.shared or cast("Store", Folder(self.root))

    def place(self, name: str = "") -> str:
        """Say where something of the campaign is, as a user would type it."""
        return self.store.place(name)

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
        """Name the file of save three."""
        return f"judgement/{repository}.json"

    @staticmethod
    def verdict_name(repository: str) -> str:
        """Name the file of save four."""
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

    def save_plan(self, plan: Plan) -> None:
        """Save one."""
        self.store.put(PLAN, codec.encode(plan))

    def load_plan(self) -> Plan:
        """Read save one."""
        return codec.decode(self._read(PLAN), Plan, PLAN)

    def save_observation(self, observation: Observation) -> None:
        """Save two, one run: its payloads first, so that facts which can be read have all they name."""
        store = self.store
        for name in sorted(observation.files):
            store.put_file(name, self.root / name)
        store.put(f"runs/{observation.run.id}/observation.json", codec.encode(observation))

    def load_observation(self, run: str) -> Observation | None:
        """Read one run's facts; None when the run has none yet."""
        name = f"runs/{run}/observation.json"
        data = self.store.read(name)
        return None if data is None else codec.decode(data, Observation, name)

    def save_judgement(self, judgement: Judgement) -> None:
        """Save three, one repository."""
        self.store.put(self.judgement_name(judgement.repository), codec.encode(judgement))

    def load_judgement(self, repository: str) -> Judgement:
        """Read save three."""
        name = self.judgement_name(repository)
        return codec.decode(self._read(name), Judgement, name)

    def save_verdict(self, verdict: Verdict) -> None:
        """Save four, one repository."""
        self.store.put(self.verdict_name(verdict.repository), codec.encode(verdict))

    def load_verdict(self, repository: str) -> Verdict:
        """Read save four."""
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
        return codec.digest_of_chunks(self.store.chunks(name))

    def digests(self, names: tuple[str, ...]) -> Mapping[str, str]:
        """Hash evidence files by name.

        Raises:
            EvidenceDamaged: one of them can't be read.
        """
        return {name: self.digest(name) for name in names}

    def damaged(self, expected: Mapping[str, str]) -> tuple[str, ...]:
        """List evidence files that are missing or whose bytes changed, each with what is wrong."""
        troubles = []
        for name, known in sorted(expected.items()):
            try:
                seen = self.digest(name)
            except EvidenceDamaged as error:
                troubles.append(str(error))
                continue
            if seen != known:
                troubles.append(f"{name}: bytes changed since they became evidence")
        return tuple(troubles)


def take_fence(root: Path, owner: str) -> None:
    """Become the campaign's one writer; a fence whose process is gone on this host is taken over.

    Raises:
        Fenced: a living process holds it, or a process of another host.
    """
    path = root / "fence"
    private.make_folder(root)
    with locked(root):  # to look, to remove a dead one's and to write one's own is one step
        holder = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if holder and _alive(holder, owner):
            message = f"campaign {root.name} is written by {holder}"
            raise Fenced(message)
        with private.open_file(path, "wb") as file:
            file.write(f"{owner}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def release_fence(root: Path) -> None:
    """Let the next writer in; safe to call twice."""
    with suppress(FileNotFoundError), locked(root):
        (root / "fence").unlink()


def _alive(holder: str, owner: str) -> bool:
    """Tell whether the holder `host pid start` may still write: another host always may."""
    host, _, rest = holder.partition(" ")
    if host != owner.partition(" ")[0]:
        return bool(holder)
    pid, _, started = rest.partition(" ")
    return pid.isdigit() and started != "" and process_start(int(pid)) == started


def process_start(pid: int) -> str:
    """Name a process's start so that a reused pid is told apart; empty when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    state, start = fields[0], fields[19]
    return "" if state in {"Z", "X"} else start


def writer_name() -> str:
    """Name this process as `host pid start`."""
    return f"{os.uname().nodename} {os.getpid()} {process_start(os.getpid())}"
