"""Replay the events of 100,000 jobs, a million of them, in one process: speed on one core, and memory by open jobs.

    python benchmarks/bench_events.py [JOBS]

The storm: 20 % of the events twice with new ids, 20 % out of order, 5 % lost, 1 % unreadable. Each event is about a
kilobyte, as a training job's is. Beside it, in the same run and on the same file: plain parsing of every line, and the
least that a fold in one process can do (typed fields, one list a job, no counts, memory by events).
"""

from __future__ import annotations

import gc
import heapq
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain, islice, pairwise
from pathlib import Path

import msgspec

from harness.backends.sagemaker.hints import take_all
from harness.backends.sagemaker.reducer import Reducer

JOBS = 100_000
OPEN_AT_ONCE = 2_000
CHANGES = ("Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading",
           "Completed")  # fmt: skip
BEGIN = 1_764_000_000_000
STEP_MS = 20_000
BATCH = 10_000
"""Messages between two looks at silent jobs. They are read one by one, so that none pushes a job out of the cache."""
QUIET_MS = 600_000
LAG_SECONDS = 120.0
"""Put on the receiver's clock, which the replay advances in steps."""
LINES_PER_CHANGE = 0.75 + 2 * 0.2 + 0.01
"""Of the storm: once, twice, unreadable."""
WANTED_PER_SECOND = 300_000
WANTED_OF_BARE = 300 / 330
"""Where that goal was set a bare fold made 330,000: a slower host is asked for the same share of it."""
WANTED_MIB = 150
LINE = (
    '{"version":"0","id":"%032x","detail-type":"SageMaker Training Job State Change","source":"aws.sagemaker",'
    '"account":"123456789012","time":"2025-11-24T16:00:00Z","region":"us-east-1","resources":["%s"],"detail":{'
    '"TrainingJobName":"%s","TrainingJobArn":"%s","TrainingJobStatus":"%s","SecondaryStatus":"%s","HyperParameters":'
    '{"alpha":"0.1","folds":"5"},"AlgorithmSpecification":{"TrainingImage":"123456789012.dkr.ecr.us-east-1.amazonaws'
    '.com/demo@sha256:0123456789abcdef","TrainingInputMode":"File"},"RoleArn":"arn:aws:iam::123456789012:role/train",'
    '"ResourceConfig":{"InstanceType":"ml.m5.large","InstanceCount":1,"VolumeSizeInGB":30},"StoppingCondition":'
    '{"MaxRuntimeInSeconds":3600},"CreationTime":%d,"TrainingStartTime":null,"TrainingEndTime":null,'
    '"LastModifiedTime":%d,"SecondaryStatusTransitions":[{"Status":"%s","StartTime":%d,"StatusMessage":"Training"}],'
    '"Tags":{}}}'
)


def storm(jobs: int, draw: random.Random) -> Iterator[str]:
    """Write the deliveries of so many jobs, in their order of arrival."""
    waiting: list[tuple[int, int, str]] = []
    place = 0
    for first in range(0, jobs, OPEN_AT_ONCE):
        for step, word in enumerate(CHANGES):
            for number in range(first, min(first + OPEN_AT_ONCE, jobs)):
                place += 1
                for copy in range(_copies(draw)):
                    late = draw.randrange(1, 3 * OPEN_AT_ONCE) if draw.random() < 0.2 else 0
                    heapq.heappush(waiting, (place + late, place * 2 + copy, _line(number, step, word, draw)))
                if draw.random() < 0.01:
                    yield '{"detail": {"TrainingJobName": '
                while waiting and waiting[0][0] <= place:
                    yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def _copies(draw: random.Random) -> int:
    chance = draw.random()
    return 0 if chance < 0.05 else 2 if chance < 0.25 else 1


def changed_ms(number: int, step: int) -> int:
    """Say when a job made a step."""
    return BEGIN + (number // OPEN_AT_ONCE * len(CHANGES) + step) * STEP_MS + number % 1000


def _line(number: int, step: int, word: str, draw: random.Random) -> str:
    name, at = f"job-{number}", changed_ms(number, step)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name}"
    status = word if word == "Completed" else "InProgress"
    return LINE % (draw.getrandbits(128), arn, name, arn, status, word, at, at, word, at)


class Account:
    """The truth about every job, as Describe tells it; it counts how often it was asked."""

    def __init__(self, jobs: int) -> None:
        """Know how many jobs there are."""
        self.jobs, self.asked, self.ended = jobs, 0, 0

    def settle(self, reducer: Reducer, name: str, now: float) -> None:
        """Describe a job to the reducer."""
        self.asked += 1
        number = int(name.rpartition("-")[2])
        last = (name, "Completed", "Completed", changed_ms(number, len(CHANGES) - 1))
        self.ended += reducer.describe(*last, changes=len(CHANGES), now=now) is not None


def replay(path: Path, account: Account) -> tuple[Reducer, int, int]:
    """Reduce the whole file; the reconciler asks about what is said to have ended and what is silent."""
    reducer, poison, most_open = Reducer(), 0, 0
    now = BEGIN / 1000 + LAG_SECONDS
    with path.open("rb", buffering=1 << 20) as file:
        while first := file.readline():
            poison += take_all(reducer, chain((first,), islice(file, BATCH - 1)), now)
            now += BATCH / LINES_PER_CHANGE / OPEN_AT_ONCE * STEP_MS / 1000
            most_open = max(most_open, len(reducer.open))
            sweep(reducer, account, now)
    for name in list(reducer.open):
        account.settle(reducer, name, now)
    return reducer, poison, most_open


def sweep(reducer: Reducer, account: Account, now: float) -> None:
    """Ask about the jobs that are said to have ended, and about those unheard of for ten minutes."""
    quiet_ms = now * 1000 - QUIET_MS
    due = [name for name, job in reducer.open.items() if job.hinted or job.modified_ms < quiet_ms]
    for name in due:
        account.settle(reducer, name, now)


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Measure seconds of this process's CPU and of the wall."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def each_line(path: Path, parse: Callable[[bytes], object]) -> None:
    """Parse every line and keep nothing."""
    with path.open("rb", buffering=1 << 20) as file:
        for line in file:
            try:
                parse(line)
            except ValueError:
                continue


class _Change(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="TrainingJobName")
    word: str = msgspec.field(name="SecondaryStatus")
    at: int = msgspec.field(name="LastModifiedTime")


class _Line(msgspec.Struct, gc=False):
    detail: _Change


def bare_fold(path: Path) -> Counter[tuple[str, str]]:
    """Do the least that tells state: three typed fields in one list a job, then sorted; no counts, no bound."""
    decode, jobs = msgspec.json.Decoder(_Line).decode, defaultdict(list)
    gc.disable()
    with path.open("rb", buffering=1 << 20) as file:
        for line in file:
            try:
                change = decode(line).detail
            except ValueError:
                continue
            jobs[change.name].append((change.at, change.word))
    moves: Counter[tuple[str, str]] = Counter()
    for changes in jobs.values():
        changes.sort()
        moves.update((one, other) for (_, one), (_, other) in pairwise(changes) if one != other)
    gc.enable()
    return moves


def rss_mib() -> float:
    """Say the largest memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Write the storm in another process, replay it in this one, parse it plainly, print what was measured."""
    if sys.argv[1:2] == ["--write"]:
        path, jobs = Path(sys.argv[2]), int(sys.argv[3])
        with path.open("w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in storm(jobs, random.Random(7)))
        return 0
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        subprocess.run([sys.executable, __file__, "--write", str(path), str(jobs)], check=True)
        return measure(path, jobs)


def measure(path: Path, jobs: int) -> int:
    """Measure and print; 1 where a bound does not hold."""
    each_line(path, len)  # once for nothing: what was just written is still on its way to the disk
    before, found, account = rss_mib(), [], Account(jobs)
    cpu, wall = timed(lambda: found.append(replay(path, account)))
    after = rss_mib()
    reducer, poison, most_open = found[0]
    total = reducer.total
    events = total.events + poison
    print(f"file         {path.stat().st_size / 2**20:.0f} MiB, {events} messages, {poison} unreadable")
    print(f"jobs         {jobs}, at most {most_open} open; {account.ended} ended, {len(reducer.open)} left open")
    print(f"bus          {total.text()}; {account.asked} describes")
    print(f"reduce       {events / cpu:,.0f} events/s of CPU, {events / wall:,.0f} events/s of wall")
    print(f"memory       {after:.0f} MiB at most, {after - before:.0f} MiB of it by the replay")
    for name, parse in (("json.loads", json.loads), ("msgspec", msgspec.json.decode)):
        cpu_plain, wall_plain = timed(lambda parse=parse: each_line(path, parse))
        print(f"{name:12} {events / cpu_plain:,.0f} events/s of CPU, {events / wall_plain:,.0f} events/s of wall")
    cpu_bare, wall_bare = timed(lambda: bare_fold(path))
    print(f"bare fold    {events / cpu_bare:,.0f} events/s of CPU, {events / wall_bare:,.0f} events/s of wall")
    print(f"             and {rss_mib():.0f} MiB at most")
    good = account.ended == jobs and not reducer.open and after <= WANTED_MIB
    return 0 if good and events / cpu >= min(WANTED_PER_SECOND, WANTED_OF_BARE * events / cpu_bare) else 1


if __name__ == "__main__":
    sys.exit(main())
