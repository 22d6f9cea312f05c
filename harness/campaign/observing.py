"""Two finished runs that others started → one pair, compared and judged: from records and files, no platform asked."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.backends.base import Fetched, FetchedOutput, Handle
from harness.campaign import conclude, story
from harness.campaign.explaining import ExplainedJob
from harness.campaign.scrubbing import scrubber_of
from harness.compare.observed import IMAGE
from harness.compare.pairs import images_named
from harness.errors import Refused
from harness.model import strict_json
from harness.model.clock import Clock, iso
from harness.model.job import Job, ShimMode, Side
from harness.model.lifecycle import MOVING
from harness.model.plan import Grade, Identity, ImageIdentity, Pair, Plan, Run
from harness.model.reality import reality_of
from harness.model.repository import Repository
from harness.model.verdict import Verdict
from harness.runner.collect import not_submitted, observe
from harness.runner.plan import SCHEMA
from harness.store import codec
from harness.store.archive import Archive

LOG_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished run, as its records and files show it."""

    told: ExplainedJob
    outputs: Path | None
    """A folder, or a tar archive; of a job with several outputs a folder with one of each name."""
    log: Path | None
    image: str = ""
    """As its document names it."""


def judge_pair(
    runs: Mapping[Side, Finished], repository: Repository, job: Job, archive: Archive, *, clock: Clock
) -> tuple[Verdict, ...]:
    """Keep two runs as one pair of grade "both observed", and judge it; nothing but the archive is written.

    Raises:
        Refused: the two runs are one and the same.
    """
    if _history(runs[Side.LEGACY]) == _history(runs[Side.CANDIDATE]):
        message = "both records tell of the same run: name one of each side"
        raise Refused(message)
    bare = replace(job, shim=ShimMode.OFF)
    plan = _plan(runs, replace(repository, jobs=(bare,)), bare, archive.root.name, at=iso(clock.now()))
    archive.save_plan(plan)
    story.enter(plan, archive.ledger, plan.created_at)
    scrub = scrubber_of(plan.repositories, os.environ)
    with archive.writing(clock) as kept:
        with kept.open_journal():
            pass  # nobody watched: there is nothing to journal
        for run in plan.runs:
            found, folder = runs[run.side], kept.run_folder(run.id)
            with _fetched(found, bare) as fetched:
                handle = Handle(run, {"name": found.told.name, "namespace": found.told.namespace, IMAGE: found.image})
                kept.save_observation(observe(handle, bare, found.told.events, fetched, folder=folder, scrub=scrub))
        return conclude.conclude(plan, kept, clock)


def _history(run: Finished) -> frozenset[tuple[str, float]]:
    """Give what moved a run's state, whenever its records were taken."""
    return frozenset((event.key, event.at.seconds) for event in run.told.events if event.kind in MOVING)


def _plan(runs: Mapping[Side, Finished], repository: Repository, job: Job, campaign: str, *, at: str) -> Plan:
    pair = f"{repository.name}-{job.name}-01"
    planned = tuple(
        Run(
            id=f"{pair}-{side.value}-1",
            name=runs[side].told.name,
            repository=repository.name,
            job=job.name,
            side=side,
            attempt=1,
            shim=False,
            platform=runs[side].told.platform,
        )
        for side in Side
    )
    return Plan(
        schema=SCHEMA,
        campaign=campaign,
        created_at=at,
        tool=story.tool_version(),
        seed=0,
        synthetic=True,
        config_digest=codec.digest_of(repository),
        repositories=(repository,),
        identities={f"{repository.name}/{job.name}": _identity(runs, planned, job)},
        runs=planned,
        pairs=(Pair(pair, repository.name, job.name, Grade.OBSERVED, tuple(run.id for run in planned)),),
        endpoints={},
        price=0.0,
        reality=reality_of({}, {repository.name: repository.real}),
    )


def _identity(runs: Mapping[Side, Finished], planned: tuple[Run, ...], job: Job) -> Identity:
    """Take the image that the node named; the parameters are those that the records tell of."""
    observed = [replace(not_submitted(run, ""), events=runs[run.side].told.events) for run in planned]
    named = next((name for observation in observed for name in images_named(observation)), job.image)
    digests = {
        side: "sha256:" + hashlib.sha256(strict_json.write(dict(job.sides[side].parameters))).hexdigest()
        for side in Side
    }
    reference = named.rpartition("://")[2]
    return Identity(ImageIdentity(reference, ""), job.code, digests, {given.name: given.pin for given in job.inputs})


@contextmanager
def _fetched(found: Finished, job: Job) -> Iterator[Fetched]:
    """Give a run's files as if they had been brought home; a single file is looked at in a folder of its own."""
    log = None if found.log is None else found.log.read_bytes()[:LOG_BYTES_MAX]
    with tempfile.TemporaryDirectory(prefix="parity-pair-") as folder:
        outputs = tuple(_outputs(found, job, Path(folder)))
        cut = found.log is not None and found.log.stat().st_size > LOG_BYTES_MAX
        yield Fetched(log, cut, None, outputs, ())


def _outputs(found: Finished, job: Job, scratch: Path) -> Iterator[FetchedOutput]:
    for output in job.outputs:
        place = found.outputs
        if place is not None and len(job.outputs) > 1:
            place = place / output.name
        if place is None or not place.exists():
            yield FetchedOutput(output.name, True, None, str(place or "nothing was given"))
        elif place.is_dir() or tarfile.is_tarfile(place):
            yield FetchedOutput(output.name, True, place, str(place))
        else:
            yield FetchedOutput(output.name, True, _alone(place, scratch / output.name), str(place))


def _alone(file: Path, folder: Path) -> Path:
    """Put one file into a folder of its own."""
    folder.mkdir()
    (folder / file.name).write_bytes(file.read_bytes())
    return folder
