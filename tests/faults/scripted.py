"""Faults against scripted endpoints: at every step, at every kind of step, on the disk, of the clock, two writers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import forked
from faults import elsewhere, unsynced
from faults.campaign import BOUNDS, CODE_OF, GO, Outcome, Scene, outcome, warm
from faults.case import Case
from faults.seam import ERRORS, JUMPS, SIGNALS, Strike, What

EVERY_STEP = "kill -9 at every step, scripted endpoints"
TWICE = "kill -9 twice, at a step of the run and one of its resume"
ELSEWHERE = "kill -9 at each kind of step, taken up by another host with --take-over"
TAKE_OVER = ("--take-over",)
POWER = "power cut: what was not synced is lost or torn"
TWO = "two resumes at once"
ROWS = {
    What.TERM: "SIGTERM at each kind of step, scripted endpoints",
    What.INT: "SIGINT at each kind of step, scripted endpoints",
    What.FULL: "disk full from each kind of step on",
    What.READ_ONLY: "read-only file system from each kind of step on",
    What.BROKEN_ONCE: "one I/O error at each kind of step",
    What.CLOCK_BACK: "clock 1 h back at each kind of step",
    What.CLOCK_FAR: "clock 400 days ahead at each kind of step",
}
CODES = frozenset({0, 3, 4, 130, 128 + 9, 128 + 15})
"""How a process may end that was struck: never as a NO-GO."""
FAR = ("GO", "INCONCLUSIVE")
"""After a clock that was 400 days ahead: what is dated in the future is not believed."""


def undisturbed(scene: Scene, seed: int) -> list[str]:
    """Run a campaign without a fault; give its steps.

    Raises:
        AssertionError: even that is no GO, so nothing could be shown.
    """
    scene.prepare(seed)
    ended = scene.run()
    found = outcome(scene)
    assert found == Outcome("GO"), (found, ended.err[-2000:])
    steps = scene.steps
    warm(scene)
    return steps


def every_step(seed: int, folder: Path) -> Iterator[Case]:
    """Kill at each step that an undisturbed campaign of this seed takes."""
    steps = undisturbed(Scene(folder / f"undisturbed-steps-{seed}"), seed)
    for number, name in enumerate(steps):
        yield Case(EVERY_STEP, seed, f"{number}", partial(struck, seed, Strike(What.KILL, number)), at=name)


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """All other faults of one seed."""
    steps = undisturbed(Scene(folder / f"undisturbed-{seed}"), seed)
    kinds = list(dict.fromkeys(steps))
    draw = random.Random(seed)
    for what, row in ROWS.items():
        for kind in kinds:
            strike = Strike(what, draw.randrange(steps.count(kind)), kind)
            yield Case(row, seed, kind, partial(struck, seed, strike), at=f"{strike.step}")
    for number in range(20):
        strikes = [Strike(What.KILL, draw.randrange(len(steps))), Strike(What.KILL, draw.randrange(len(steps) // 2))]
        yield Case(TWICE, seed, f"{number}", partial(struck, seed, *strikes), at=" ".join(f"{s.step}" for s in strikes))
    for kind in kinds:
        strike = Strike(What.KILL, draw.randrange(steps.count(kind)), kind)
        yield Case(POWER, seed, kind, partial(powerless, seed, strike), at=f"{strike.step}")
    for number in range(10):
        strike = Strike(What.KILL, draw.randrange(len(steps) * 3 // 4))
        yield Case(TWO, seed, f"{number}", partial(both_at_once, seed, strike), at=f"{strike.step}")
    for kind in kinds:
        strike = Strike(What.KILL, draw.randrange(steps.count(kind)), kind)
        yield Case(ELSEWHERE, seed, kind, partial(elsewhere_resumed, seed, strike, ""), at=f"{strike.step}")


def struck(seed: int, *args: Strike | Path) -> list[str]:
    """Strike a campaign once or more, each time in the process that takes it up, then carry it to its end."""
    *strikes, folder = args
    assert isinstance(folder, Path)
    scene = Scene(folder / "scene")
    scene.prepare(seed)
    failures = []
    for number, strike in enumerate(strikes):
        assert isinstance(strike, Strike)
        ended = scene.run(strike, f"struck-{number}")
        failures += ending(ended, strike)
    return failures + carried(scene, *(FAR if strike.what is What.CLOCK_FAR else GO))


def elsewhere_resumed(seed: int, strike: Strike, url: str, folder: Path, *, same: bool = False) -> list[str]:
    """Strike a campaign on one host, and take it up on another: with a spool of its own, where there is a bucket."""
    scene = Scene(folder / "scene", host="first-host")
    if url:
        scene = replace(scene, place=elsewhere.prefix(), settings=elsewhere.settings(url, folder / "spool"))
    scene.prepare(seed)
    failures = ending(scene.run(strike, "struck"), strike)
    if not same:
        other = elsewhere.settings(url, folder / "spool of the other") if url else {}
        scene = replace(scene, host="second-host", settings=other)
    return failures + carried(scene, words=() if same else TAKE_OVER)


def ending(ended: forked.Ended, strike: Strike) -> list[str]:
    """Look at how a struck process ended."""
    if ended.stopped:
        return [f"hung: after {strike.what.value}"]
    if "Traceback" in ended.err:
        return [f"crash: {' | '.join(ended.err.strip().splitlines()[-8:])[-1000:]}"]
    return [] if ended.code in CODES else [f"code {ended.code}: {ended.err[-200:]!r}"]


def carried(scene: Scene, *expected: str, words: tuple[str, ...] = ()) -> list[str]:
    """Resume until the campaign is through, at most three times; name what it came to that it should not have."""
    codes = {CODE_OF[decision] for decision in expected or GO}
    for number in range(3):
        ended = scene.run(say=f"resumed-{number}", words=words)
        if ended.code in codes:
            break
    if ended.stopped:
        return ["hung: a resume"]
    said = [] if ended.code in codes else [f"resume: code {ended.code}: {ended.err.strip()[-200:]!r}"]
    return outcome(scene).failures(*(expected or GO)) + said


def powerless(seed: int, strike: Strike, folder: Path) -> list[str]:
    """Kill a campaign and take from its disk what was never synced."""
    scene = Scene(folder / "scene")
    scene.prepare(seed)
    disk = unsynced.Disk(scene.folder / "reports", scene.folder / "notes")
    ended = scene.run(strike, "struck", disk=disk)
    failures = ending(ended, strike)
    draw = random.Random(f"{seed} {strike}")
    unsynced.cut(disk, draw, draw.choice([0.0, 0.0, 0.5]))
    return failures + carried(scene)


def both_at_once(seed: int, strike: Strike, folder: Path) -> list[str]:
    """Two processes take up a campaign that was killed: one is refused with 4 or comes after the other."""
    scene = Scene(folder / "scene")
    scene.prepare(seed)
    scene.run(strike)
    children = [scene.start(say=f"resumed-{number}") for number in range(2)]
    ended = [child.wait(BOUNDS.wall_seconds) for child in children]
    codes = sorted(each.code for each in ended)
    failures = [] if codes in ([0, 0], [0, 4]) else [f"codes {codes}: {[each.err[-200:] for each in ended]}"]
    return failures + carried(scene)


assert SIGNALS.keys() | ERRORS.keys() | JUMPS.keys() == set(What)
