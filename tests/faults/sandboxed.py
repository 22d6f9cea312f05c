"""Faults with real processes on both sides: campaigns on the sandbox, struck at each kind of journal record."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import forked
from faults import proxy, tiny
from faults.campaign import CODE_OF, GO
from faults.case import Case
from faults.scripted import TAKE_OVER, ending
from faults.seam import SIGNALS, Strike, What
from faults.tiny import Tiny, sandbox

ROWS = {
    What.KILL: "kill -9 at each kind of journal step, real processes",
    What.TERM: "SIGTERM at each kind of journal step, real processes",
    What.INT: "SIGINT at each kind of journal step, real processes",
}
ELSEWHERE = "kill -9 at each kind of journal step, real processes, taken up by another host with --take-over"
STORE = (
    "fsync plan.json",
    "fsync ledger.jsonl",
    "replace observation.json",
    "judgement/tiny.json",
    "verdict/tiny.json",
)
"""Effects on the store, besides the journal, at which real processes are struck too."""
FREEZE_SECONDS = 10.0
REFUSED = 4
NEMESIS = {
    "429 on both platforms, real processes": [
        {"name": "throttle", "side": "legacy", "at": "create jobs", "count": 4},
        {"name": "throttle", "side": "candidate", "count": 6},
    ],
    "410 and an ended watch, real processes": [{"name": "watch-lost", "side": "legacy", "at": "MODIFIED", "count": 3}],
    "half-open watch, real processes": [{"name": "watch-freeze", "side": "legacy", "at": "ADDED", "seconds": 8}],
    "reply to a create lost, real processes": [
        {"name": "lost-reply", "side": "legacy", "at": "create jobs", "count": 2},
        {"name": "lost-reply", "side": "candidate", "count": 2},
    ],
}  # fmt: skip
WAYS = {
    "500 from AWS for 8 s, real processes": proxy.Way.BROKEN,
    "AWS half-open for 8 s, real processes": proxy.Way.SILENT,
    "credentials expired for 8 s, real processes": proxy.Way.EXPIRED,
    "AWS slow by 1 s a call, real processes": proxy.Way.SLOW,
}

UNSENT = ("GO", "INCONCLUSIVE")
"""Where uploads of a run may be refused: what never arrived is not made up for, and never told as the job's fault."""


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """All faults of one seed; one sandbox for those that leave it whole."""
    draw = random.Random(seed)
    with sandbox(folder / f"sandbox-{seed}") as found:
        whole = Tiny(folder / f"undisturbed-{seed}", found)
        steps = undisturbed(whole)
        kinds = [name for name in dict.fromkeys(steps) if name.startswith("journal ") or _is_of_the_store(name)]
        by_name = sorted({name.rpartition(", ")[0] for name in kinds})
        for name in by_name:
            there = [kind for kind in kinds if kind.rpartition(", ")[0] == name]
            for what, row in ROWS.items():
                kind = draw.choice(there)
                strike = Strike(what, draw.randrange(steps.count(kind)), kind)
                yield Case(row, seed, name, partial(struck, found, strike), at=f"{strike.step} {kind}")
            kind = draw.choice(there)
            strike = Strike(What.KILL, draw.randrange(steps.count(kind)), kind)
            yield Case(ELSEWHERE, seed, name, partial(taken_over, found, strike), at=f"{strike.step} {kind}")
        yield Case("two resumes at once, real processes", seed, "0", partial(both_at_once, found))
        yield Case("sandbox frozen for 10 s, real processes", seed, "0", partial(frozen, found, draw.uniform(1, 6)))
        yield Case("sandbox slow: stopped half of the time", seed, "0", partial(slowed, found))
        for row, way in WAYS.items():
            yield Case(row, seed, way.value, partial(through, found, way, draw.uniform(0.5, 5)))
        if os.geteuid() == 0:
            yield Case("disk full (tmpfs), real processes", seed, "0", partial(full, found))
            yield Case("disk read-only (tmpfs) at a resume, real processes", seed, "0", partial(read_only, found))
        yield Case("staging bucket gone in the middle", seed, "0", partial(bucketless, found))
    for row, planned in NEMESIS.items():
        yield Case(row, seed, "0", partial(nemesis, planned))


def _is_of_the_store(name: str) -> bool:
    return any(part in name for part in STORE)


def undisturbed(scene: Tiny) -> list[str]:
    """Run a campaign without a fault; give its steps.

    Raises:
        AssertionError: even that is no GO, so nothing could be shown.
    """
    ended = scene.run(("run", "tiny"))
    found = scene.outcome()
    assert not found.failures("GO"), (found, ended.out[-1000:], ended.err[-3000:])
    return (scene.folder / "steps.log").read_text(encoding="utf-8").splitlines()


def struck(found: tiny.stack.Endpoints, strike: Strike, folder: Path) -> list[str]:
    """Strike a campaign at its step, then resume it to its end."""
    scene = Tiny(folder / "scene", found)
    return ending(scene.run(("run", "tiny"), strike, "struck"), strike) + scene.carried()


def taken_over(found: tiny.stack.Endpoints, strike: Strike, folder: Path) -> list[str]:
    """Kill a campaign on one host, and carry it to its end on another."""
    scene = Tiny(folder / "scene", found, host="first-host")
    failures = ending(scene.run(("run", "tiny"), strike, "struck"), strike)
    scene.host = "second-host"
    return failures + scene.carried(TAKE_OVER)


def both_at_once(found: tiny.stack.Endpoints, folder: Path) -> list[str]:
    """Two resumes of a campaign that was killed."""
    scene = Tiny(folder / "scene", found)
    scene.run(("run", "tiny"), Strike(What.KILL, 3, "journal submitted, after"), "struck")
    children = [scene.start(("resume", scene.campaign), say=f"both-{number}") for number in range(2)]
    codes = sorted(child.wait(tiny.BOUNDS.wall_seconds).code for child in children)
    return scene.carried() + ([] if codes in ([0, 0], [0, 4]) else [f"codes {codes}"])


def meanwhile(
    scene: Tiny, harm: Callable[[], object], after_seconds: float, expected: tuple[str, ...] = GO
) -> list[str]:
    """Run a campaign; do harm a while after its plan was saved; then carry it to its end."""
    child = scene.start(("run", "tiny"))
    late: list[str] = []
    harming = threading.Thread(target=lambda: late.extend(_harm(scene, harm, after_seconds)))
    harming.start()
    ended = child.wait(tiny.BOUNDS.wall_seconds)
    harming.join()
    harmed = (
        ending(ended, Strike(What.KILL, 0)) if ended.code not in {CODE_OF[decision] for decision in expected} else []
    )
    return late + harmed + scene.carried(expected=expected)


def _harm(scene: Tiny, harm: Callable[[], object], after_seconds: float) -> list[str]:
    """Do harm in the middle of a campaign; say where it came too late to be any."""
    ends = time.monotonic() + 60
    while not scene.campaign and time.monotonic() < ends:
        time.sleep(0.05)
    time.sleep(after_seconds)
    late = (scene.folder / "reports" / scene.campaign / "verdict").exists()
    harm()
    return ["session: the campaign was over before the fault"] if late else []


def frozen(found: tiny.stack.Endpoints, after_seconds: float, folder: Path) -> list[str]:
    """Stop the sandbox's process for a while: open connections stay open and nothing is answered."""
    return meanwhile(Tiny(folder / "scene", found), partial(_freeze, found.pid, FREEZE_SECONDS), after_seconds)


def _freeze(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def slowed(found: tiny.stack.Endpoints, folder: Path) -> list[str]:
    """Stop the sandbox for half of the time, in turns of 0.4 s."""

    def slow() -> None:
        for _ in range(20):
            _freeze(found.pid, 0.4)
            time.sleep(0.4)

    return meanwhile(Tiny(folder / "scene", found), slow, 0.2)


def through(found: tiny.stack.Endpoints, way: proxy.Way, after_seconds: float, folder: Path) -> list[str]:
    """Lead all calls of AWS through a proxy that turns bad for a while."""
    with proxy.Proxy(found.aws["AWS_ENDPOINT_URL"]) as between:
        scene = Tiny(folder / "scene", found, {"AWS_ENDPOINT_URL": between.url})
        expected = UNSENT if way is proxy.Way.EXPIRED else GO
        failures = meanwhile(scene, partial(between.bad, way, 8.0), after_seconds, expected)
        return failures + ([] if between.struck else ["session: no call was made while it was bad"])


def nemesis(planned: list[dict[str, object]], folder: Path) -> list[str]:
    """Run on a sandbox that commits its own faults; those that did not fire are told."""
    with sandbox(folder / "sandbox", {"faults": planned}) as found:
        scene = Tiny(folder / "scene", found)
        ended = scene.run(("run", "tiny"))
        record = folder / "sandbox" / "faults.jsonl"
        silent = [] if record.exists() else ["session: no fault fired"]
        return silent + ending(ended, Strike(What.KILL, 0)) + scene.carried()


def full(found: tiny.stack.Endpoints, folder: Path) -> list[str]:
    """Keep the reports on a file system that is full in the middle of a campaign, and has room afterwards."""
    reports = folder / "scene" / "reports"
    reports.mkdir(parents=True)
    with _mount(reports, "size=200k"):
        scene = Tiny(folder / "scene", found)
        ended = scene.run(("run", "tiny"), say="full")
        silent = [] if ended.code == REFUSED and "space" in ended.err else [f"session: not full: code {ended.code}"]
        _remount(reports, "size=64m")
        return silent + ending(ended, Strike(What.FULL, 0)) + scene.carried()


def read_only(found: tiny.stack.Endpoints, folder: Path) -> list[str]:
    """Kill a campaign, resume it on a file system that takes no writes, then on one that does."""
    reports = folder / "scene" / "reports"
    reports.mkdir(parents=True)
    with _mount(reports, "size=64m"):
        scene = Tiny(folder / "scene", found)
        scene.run(("run", "tiny"), Strike(What.KILL, 3, "journal submitted, after"), "struck")
        _remount(reports, "ro")
        refused = scene.run(("resume", scene.campaign), say="refused")
        _remount(reports, "rw")
        told = refused.code == REFUSED and "Read-only" in refused.err
        failures = [] if told else [f"code {refused.code} on a read-only disk: {refused.err[-200:]!r}"]
        return failures + ending(refused, Strike(What.READ_ONLY, 0)) + scene.carried()


@contextmanager
def _mount(place: Path, options: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True, timeout=30)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, timeout=30)


def _remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True, timeout=30)


def bucketless(found: tiny.stack.Endpoints, folder: Path) -> list[str]:
    """Remove the staging bucket with all that is in it; what was lost is not made up for, so it is no GO."""
    scene = Tiny(folder / "scene", found)
    child = scene.start(("run", "tiny"))
    ends = time.monotonic() + tiny.BOUNDS.wall_seconds
    while not proxy.holds_objects(found.aws, "tiny", scene.campaign) and time.monotonic() < ends:
        time.sleep(0.05)  # a bucket that is removed before anything was staged is made anew, and nothing is lost
    proxy.remove_bucket(found.aws, "tiny")
    ended = child.wait(tiny.BOUNDS.wall_seconds)
    failures = ending(ended, Strike(What.KILL, 0)) if ended.code != 1 else []
    made, _ = scene.asked()
    gate = (
        scene.run(("gate", scene.campaign, "--allow-synthetic"), say="told")
        if scene.campaign
        else forked.Ended(3, "", "", 0, 0)
    )
    failures += ["verdict: GO without the evidence"] if gate.code == 0 else []
    return failures + [f"started twice: {name}" for name, count in made.items() if count > 1]


assert set(ROWS) == set(SIGNALS)
