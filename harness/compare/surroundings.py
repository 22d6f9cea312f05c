"""Interpreter, hardware, limits and mounts of both processes → findings. Pure.

The interpreter, its encoding and the time zone decide what a program computes. Hardware, driver and kernel are shown
and are strata of the noise; the rest are a platform's own choices, which are told by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.compare.configuration_finding import finding
from harness.model.finding import Finding, Outcome, Sample
from harness.model.job import Job, Side
from harness.model.observation import Observation, Record
from harness.model.wording import first_of
from harness.platforms import platform_of, training_layout

DECIDING = ("python", "implementation", "machine", "locale", "time zone")
"""Facts of the process that one job must have alike wherever it runs."""
HARDWARE = ("processor", "cpu features", "cpus", "memory", "gpu", "gpu driver", "kernel")
UNKNOWN = "unknown"
NAMED_MAX = 5
SPELLINGS = str.maketrans("", "", "-_")
"""An interpreter in UTF-8 mode writes UTF-8 as utf-8."""


def check_process(job: Job, pair: str, one: Record, other: Record) -> Iterator[Finding]:
    """Compare what the two processes ran on and in."""
    names = sorted({*one.process, *other.process, *DECIDING[:3]})
    facts = {name: (one.process.get(name, UNKNOWN), other.process.get(name, UNKNOWN)) for name in names}
    apart = {name: values for name, values in facts.items() if not _alike(name, *values)}
    deciding = tuple(Sample(name, *apart[name]) for name in DECIDING if name in apart)
    if all(set(facts[name]) == {UNKNOWN} for name in DECIDING[:3]):
        text = "which interpreter ran on which machine was seen on neither side"
        yield finding(
            job, pair, "process", Outcome.INCONCLUSIVE, summary=text, remedy="run the pair again under the shim"
        )
    elif deciding:
        text = f"{deciding[0].where} is {deciding[0].legacy} on legacy and {deciding[0].candidate} on candidate"
        remedy = "use one image on both sides, and set locale and time zone in it or in the entry"
        yield finding(job, pair, "process", Outcome.MISMATCH, summary=text, samples=deciding, remedy=remedy)
    else:
        text = f"python {facts['python'][0]} on {facts['machine'][0]} on both sides"
        yield finding(job, pair, "process", Outcome.MATCH, summary=text)
    if hardware := tuple(_hardware(apart)):
        text = f"Hardware or kernel differ: {_named(hardware)}; that alone is no difference of the job"
        remedy = "nothing, as long as results agree"
        yield finding(
            job, pair, "hardware", Outcome.EXPLAINED, summary=text, samples=hardware, remedy=remedy, required=False
        )
    rest = (name for name in apart if name not in {*DECIDING, *HARDWARE})
    if around := tuple(Sample(name, *apart[name]) for name in rest):
        text = f"Surroundings differ: {_named(around)}"
        remedy = "nothing, as long as results agree"
        yield finding(
            job, pair, "surroundings", Outcome.MISMATCH, summary=text, samples=around, remedy=remedy, required=False
        )


def _alike(name: str, one: str, other: str) -> bool:
    if name == "locale":
        return one.lower().translate(SPELLINGS) == other.lower().translate(SPELLINGS)
    return one == other or (UNKNOWN in (one, other) and name not in DECIDING[:3])


def _hardware(apart: Mapping[str, tuple[str, str]]) -> Iterator[Sample]:
    for name in HARDWARE:
        if name not in apart:
            continue
        one, other = apart[name]
        if name == "cpu features":  # dozens of words: only those that one side lacks tell anything
            legacy, candidate = set(one.split()), set(other.split())
            one, other = (" ".join(sorted(words)) or "none more" for words in (legacy - candidate, candidate - legacy))
        yield Sample(name, one, other)


def _named(samples: tuple[Sample, ...]) -> str:
    return first_of([sample.where for sample in samples], NAMED_MAX)


# -- mounts -----------------------------------------------------------------------------------------------------------


def check_mounts(job: Job, pair: str, legacy: Observation, candidate: Observation) -> Iterator[Finding]:
    """Compare what is mounted; nothing is said of records by shims that did not look."""
    seen = {}
    for observation in (legacy, candidate):
        if observation.record is None or observation.record.mounts is None:
            return
        seen[observation.run.side] = observation.record.mounts
    if not any(seen.values()):
        text = "no mount was seen on either side"
        yield finding(job, pair, "mounts", Outcome.INCONCLUSIVE, summary=text, remedy="look at the log for parity-shim")
        return
    platforms = {observation.run.side: observation.run.platform for observation in (legacy, candidate)}
    samples = tuple(_apart(job, seen, platforms))
    if samples:
        first = samples[0]
        text = f"{first.where} is {first.legacy} on legacy and {first.candidate} on candidate"
        remedy = "bring what lies there to both sides as an input, or declare it as scratch or as an output"
        yield finding(job, pair, "mounts", Outcome.MISMATCH, summary=text, samples=samples, remedy=remedy)
        return
    counts = " and ".join(f"{len(seen[side])} on {side.value}" for side in Side)
    text = f"every mount is declared, the platform's own, or on both sides ({counts})"
    yield finding(job, pair, "mounts", Outcome.MATCH, summary=text)


def _apart(job: Job, seen: Mapping[Side, Mapping[str, str]], platforms: Mapping[Side, str]) -> Iterator[Sample]:
    for target in sorted({*seen[Side.LEGACY], *seen[Side.CANDIDATE]}):
        found = {side: seen[side].get(target) for side in Side}
        on = [side for side in Side if found[side] is not None]
        if len(on) == 1 and not _expected(job, on[0], target, platforms[on[0]]):
            legacy, candidate = ("mounted" if found[side] else "not mounted" for side in Side)
            yield Sample(target, legacy, candidate, f"nothing declares it: {found[on[0]]}")
        modes = {str(mode).partition(" ")[0] for mode in found.values()}
        own = all(platform_of(platforms[side]).surroundings.mounts_at(target) for side in Side)
        if len(on) == len(Side) and modes == {"ro", "rw"} and not own:
            yield Sample(target, str(found[Side.LEGACY]), str(found[Side.CANDIDATE]), "writable on one side only")


def _expected(job: Job, side: Side, target: str, platform: str) -> bool:
    """Tell whether one side's mount is declared, the platform's own, or an empty folder of its document."""
    mine, around = job.sides[side], platform_of(platform).surroundings
    if around.mounts_at(target) or (mine.document and target in around.empty_folders(mine.document)):
        return True
    places = [given.path[side] for given in job.inputs if side in given.path]
    places += [output.path[side] for output in job.outputs if side in output.path]
    places += [*mine.scratch.values(), mine.reading.path or ""]
    places += [training_layout.ROOT] if training_layout.is_laid_out(job) else []
    return any(_within(place, target) or _within(target, place) for place in places if place)


def _within(place: str, folder: str) -> bool:
    return f"{place.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")
