"""What a campaign's runs have come to, by repository: done of planned, under way, price and time left."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.config import price
from harness.model.plan import Plan, Run
from harness.report.wording import counted, seconds
from harness.runner.context import Progress

BEGUN = "submitting"
OVER = frozenset({"fetched", "refused", "given up"})
"""States of which a run has no further one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One repository's runs."""

    repository: str
    pairs: str
    """Done of planned: those that the plan has, of which some run only where runs of one side differ."""
    done: int
    planned: int
    """Runs that the plan has, and those that were added since."""
    phase: str
    """What is under way, or the verdict."""
    elapsed: str
    left: str
    """Expected, at the repository's own pace."""
    spent: str

    @property
    def share(self) -> str:
        """Write runs done of planned."""
        return f"{self.done} of {self.planned}"


@dataclass
class RunCounts:
    """Counts runs as they are shown to it, by any thread; `plan`: None while a campaign is being planned."""

    plan: Plan | None
    _known: dict[str, Run] = field(default_factory=dict)
    _states: dict[str, str] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)
    """By repository: when its first run began, in seconds of the campaign."""
    _ended: dict[str, float] = field(default_factory=dict)
    """By repository: when its last run so far was over."""
    _verdicts: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Count the runs that the plan has."""
        if self.plan is not None:
            self._known = {run.id: run for run in self.plan.runs}
        self._prices = dict(self._prices_of(self.plan))

    @staticmethod
    def _prices_of(plan: Plan | None) -> Iterator[tuple[tuple[str, str, str], float]]:
        for repository in plan.repositories if plan is not None else ():
            for job in repository.jobs:
                for side in job.sides:
                    yield (repository.name, job.name, side.value), price.price_of_run(repository, job, side) or 0.0

    def take(self, step: Progress, elapsed: float = 0.0) -> bool:
        """Take one step, so many seconds after the campaign began; tell whether the run began or ended with it."""
        with self._lock:
            before = self._states.get(step.run.id)
            self._known.setdefault(step.run.id, step.run)
            self._states[step.run.id] = step.state
            self._begun.setdefault(step.run.repository, elapsed)
            if step.state in OVER:
                self._ended[step.run.repository] = elapsed
        return before is None or (step.state in OVER and before not in OVER)

    def judge(self, repository: str, verdict: str) -> None:
        """Take a repository's verdict."""
        with self._lock:
            self._verdicts[repository] = verdict

    @property
    def done(self) -> int:
        """Count the runs that are over."""
        with self._lock:
            return sum(state in OVER for state in self._states.values())

    @property
    def planned(self) -> int:
        """Count the runs that are known."""
        return len(self._known)

    def rows(self, elapsed: float = 0.0) -> tuple[Row, ...]:
        """Give one row a repository, in the order of the plan."""
        with self._lock:
            names = dict.fromkeys(run.repository for run in self._known.values())
            return tuple(self._row(name, elapsed) for name in names)

    def _row(self, name: str, elapsed: float) -> Row:
        runs = [run for run in self._known.values() if run.repository == name]
        states = [self._states[run.id] for run in runs if run.id in self._states]
        going = Counter(state for state in states if state not in OVER)
        under_way = ", ".join(f"{count} {state}" for state, count in going.items())
        spent = sum(self._prices.get((name, run.job, run.side.value), 0.0) for run in runs if run.id in self._states)
        done = len(states) - going.total()
        over = name in self._verdicts or done == len(runs)
        took = (self._ended.get(name, elapsed) if over else elapsed) - self._begun.get(name, elapsed)
        left = took / done * (len(runs) - done) if done and not over else 0.0
        phase = self._verdicts.get(name) or under_way or ("waits" if not states else "waits for others")
        return Row(
            name, self._pairs(name), done, len(runs), phase, seconds(round(took)) if states else "–",
            f"about {seconds(round(left))}" if left else "–", self._money(name, spent),
        )  # fmt: skip

    def _pairs(self, name: str) -> str:
        """Count pairs of two runs; one is done when both runs are over."""
        pairs = [pair for pair in (self.plan.pairs if self.plan else ()) if pair.repository == name]
        both = [pair for pair in pairs if len(pair.runs) == 2]  # noqa: PLR2004 - a run on each side
        done = sum(all(self._states.get(run) in OVER for run in pair.runs) for pair in both)
        return f"{done} of {len(both)}"

    def _money(self, name: str, spent: float) -> str:
        caps: Mapping[str, float | None] = {
            repository.name: repository.limits.price_max for repository in (self.plan.repositories if self.plan else ())
        }
        cap = caps.get(name)
        if cap is not None:
            return f"{spent:.2f} of {cap:g}"
        return f"{spent:.2f}" if spent else "–"

    def left_seconds(self, elapsed: float) -> float | None:
        """Expect how long the rest takes, at the pace so far; None before a run is over."""
        done = self.done
        return elapsed / done * (self.planned - done) if done else None

    def line(self, elapsed: float) -> str:
        """Say in one line how far it is."""
        left = self.left_seconds(elapsed)
        more = f", about {seconds(left)} left" if left else ""
        going = len(self._states) - self.done
        return f"{seconds(round(elapsed))}: {self.done} of {counted(self.planned, 'run')} done, {going} under way{more}"
