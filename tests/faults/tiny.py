"""A campaign with real processes on both sides of a sandbox, in a process that a fault may end."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import forked
from faults import elsewhere, seam
from faults.campaign import CODE_OF, GO, Outcome

from harness.cli.main import parity
from harness.cli.sandboxes import environment
from harness.sandbox import stack
from harness.store.journal import Journal

HERE = Path(__file__).parent
BOUNDS = forked.Bounds(cpu_seconds=120, wall_seconds=240.0)
CREATES = frozenset({"create jobs", "CreateTrainingJob"})
_DECISION = re.compile(r"tiny: (GO|NO-GO|INCONCLUSIVE) ")


@contextmanager
def sandbox(folder: Path, nemesis: Mapping[str, object] | None = None) -> Iterator[stack.Endpoints]:
    """Run a sandbox with the job's image."""
    plan = None
    if nemesis is not None:
        plan = folder.with_suffix(".nemesis.json")
        plan.write_text(json.dumps(nemesis), encoding="utf-8")
    found = stack.up(folder, images=(f"tiny/image:1={HERE / 'image'}",), nemesis=plan)
    try:
        yield found
    finally:
        stack.down(folder)


@dataclass
class Tiny:
    """One campaign's folder beside a sandbox; the audit of the sandbox is read from where the campaign began."""

    folder: Path
    endpoints: stack.Endpoints
    more: Mapping[str, str] = field(default_factory=dict)
    """Environment that stands before the sandbox's own."""
    offset: int = 0
    host: str = ""
    """Who carries it; empty: this machine."""

    def __post_init__(self) -> None:
        """Lay out the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "tiny.repos.yaml", self.folder / "repos.yaml")
        self.offset = self._audit.stat().st_size if self._audit.exists() else 0

    @property
    def _audit(self) -> Path:
        return self.endpoints.kubeconfig.parent / "audit.jsonl"

    @property
    def campaign(self) -> str:
        """Its name; empty before there is a plan."""
        return next((path.parent.name for path in self.folder.glob("reports/*/plan.json")), "")

    def start(
        self,
        words: tuple[str, ...],
        strike: seam.Strike | None = None,
        say: str = "said",
    ) -> forked.Child:
        """Start a command in a process of its own."""

        def act() -> object:
            os.environ.update({**environment(self.endpoints), **self.more})
            if self.host:
                elsewhere.be_host(self.host)
            steps = seam.install(strike, self.folder)
            Journal.append = _told(Journal.append, steps)  # type: ignore[method-assign]
            return parity([*words, "--reports", "reports"], prog_name="parity")

        return forked.start(act, self.folder / say, BOUNDS, cwd=self.folder)

    def run(self, words: tuple[str, ...], strike: seam.Strike | None = None, say: str = "said") -> forked.Ended:
        """Run a command to its end."""
        return self.start(words, strike, say).wait(BOUNDS.wall_seconds)

    def carried(self, more: tuple[str, ...] = (), expected: tuple[str, ...] = GO) -> list[str]:
        """Resume until the campaign is through, at most three times; what nobody planned is run anew."""
        codes = {CODE_OF[decision] for decision in expected}
        for number in range(3):
            words = ("resume", self.campaign, *more) if self.campaign else ("run", "tiny")
            ended = self.run(words, say=f"resumed-{number}")
            if ended.code in codes:
                break
        if ended.stopped:
            return ["hung: a resume"]
        said = [] if ended.code in codes else [f"resume: code {ended.code}: {ended.err.strip()[-300:]!r}"]
        return self.outcome().failures(*expected) + said

    def outcome(self) -> Outcome:
        """Count what became of it, by its gate and by what both API servers were asked."""
        gate = self.run(("gate", self.campaign, "--allow-synthetic"), say="told")
        decision = _DECISION.search(gate.out)
        made, gone = self.asked()
        return Outcome(
            decision[1] if decision else f"none, code {gate.code}: {(gate.out + gate.err).strip()[-300:]}",
            sum(count - 1 for count in made.values()),
            lost=0,  # a run without its observation is no GO of three pairs
            damaged=int("missing or changed" in gate.out or "evidence:" in gate.err),
            left=len({name for verb, name in made if verb == "create jobs"} - gone),
            said=gate.out,
        )

    def asked(self) -> tuple[Counter[tuple[str, str]], set[str]]:
        """Count what was created, and name the Kubernetes Jobs that were removed."""
        with self._audit.open("rb") as file:
            file.seek(self.offset)
            told: list[dict[str, Any]] = [json.loads(line) for line in file.read().splitlines()]
        made: Counter[tuple[str, str]] = Counter()
        gone = set()
        for line in told:
            verb = f"{line['verb']} jobs" if line.get("resource") == "jobs" else line["verb"]
            if line["status"] not in {200, 201} or "dry_run" in line:
                continue
            if verb in CREATES:
                made[verb, line["name"]] += 1
            elif verb == "delete jobs":
                gone.add(line["name"])
        return made, gone


def _told(real: Callable[..., int], steps: seam.Steps) -> Callable[..., int]:
    """Count an append as a step of each kind of record that is in it, before and after."""

    def append(self: Journal, records: Any) -> int:
        written = list(records)
        kinds = list(dict.fromkeys(map(kind_of, written)))
        for kind in kinds:
            steps.take(f"{kind}, before")
        count = real(self, written)
        for kind in kinds:
            steps.take(f"{kind}, after")
        return count

    return append


def kind_of(record: Mapping[str, Any]) -> str:
    """Name the kind of a record: what the harness did, or what a platform said."""
    event = record.get("event")
    return f"journal {record['record']}" + (f" {event.kind.value}" if event is not None else "")
