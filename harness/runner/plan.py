"""Repositories → runs and pairs, with identities and a drawn start order. Pure but for the resolver it is handed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from harness.config.rules import can_run_without_shim
from harness.model import strict_json
from harness.model.document import Mutation
from harness.model.job import Job, ShimMode, Side
from harness.model.plan import Grade, Identity, ImageIdentity, Pair, Plan, Run, mutations_place, replacement_id
from harness.model.reality import reality_of
from harness.model.repository import Repository
from harness.platforms import platform_of

SCHEMA = "parity.plan/1"
NAME_MAX = 63
"""Of a Kubernetes label value and of a SageMaker job name."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a plan says of itself."""

    campaign: str
    created_at: str
    tool: str
    seed: int
    config_digest: str


def make_plan(
    header: Header,
    repositories: tuple[Repository, ...],
    *,
    resolve: Callable[[Repository, Job], ImageIdentity],
    endpoints: Mapping[str, Mapping[str, str]],
    price: float | None,
) -> Plan:
    """Fix everything before any data: identities, runs, pairs and who starts first."""
    draw = random.Random(f"{header.seed}:{header.campaign}")  # noqa: S311 # nosec B311 # a fair coin, not secrecy
    identities: dict[str, Identity] = {}
    changes: dict[str, tuple[Mutation, ...]] = {}
    runs: list[Run] = []
    pairs: list[Pair] = []
    for repository in repositories:
        for job in repository.jobs:
            identities[f"{repository.name}/{job.name}"] = _identity(job, resolve(repository, job))
            changes |= mutations_of(repository, job)
            for pair, members in _pairs(header.campaign, repository, job, draw):
                pairs.append(pair)
                runs += members
    reality = reality_of(endpoints, {repository.name: repository.real for repository in repositories})
    plan = Plan(
        schema=SCHEMA,
        campaign=header.campaign,
        created_at=header.created_at,
        tool=header.tool,
        seed=header.seed,
        synthetic=not reality.real,
        config_digest=header.config_digest,
        repositories=repositories,
        identities=identities,
        runs=tuple(runs),
        pairs=tuple(pairs),
        endpoints=endpoints,
        price=price,
        reality=reality,
        mutations=changes,
    )
    return replace(plan, realities={repository.name: plan.reality_now(repository.name) for repository in repositories})


def mutations_of(repository: Repository, job: Job) -> dict[str, tuple[Mutation, ...]]:
    """List what is changed of the documents of a job's sides, by place in the plan; without the shim less is."""
    found: dict[str, tuple[Mutation, ...]] = {}
    for side in Side:
        documents = platform_of(repository.home(side).platform).documents
        if documents is None or job.sides[side].document is None:
            continue
        bare = replace(job, shim=ShimMode.OFF)
        for made, shim in ((job, job.shim is ShimMode.ON), (bare, False)):
            place = mutations_place(repository.name, job.name, side, shim=shim)
            found[place] = documents.mutations(repository, made, side)
    return found


def job_prefix(campaign: str) -> str:
    """Begin every platform name of a campaign: `p`, eight hex digits, a dash."""
    return f"p{hashlib.sha256(campaign.encode()).hexdigest()[:8]}-"


def replacement(campaign: str, pair: Pair, runs: Mapping[str, Run]) -> tuple[Pair, tuple[Run, ...]]:
    """Give the one pair that stands for a void one: the same order, the next attempt."""
    members = tuple(_attempt(campaign, runs[run]) for run in pair.runs)
    return (
        replace(pair, id=replacement_id(pair.id), runs=tuple(member.id for member in members), replaces=pair.id),
        members,
    )


def _attempt(campaign: str, run: Run) -> Run:
    attempt = run.attempt + 1
    stem = run.id.rpartition("-")[0]
    run_id = f"{stem}-{attempt}"
    return replace(run, id=run_id, name=_name(campaign, run_id), attempt=attempt)


def _pairs(
    campaign: str, repository: Repository, job: Job, draw: random.Random
) -> Iterator[tuple[Pair, tuple[Run, ...]]]:
    policy = repository.policy
    first = policy.first_pairs
    for number in range(1, policy.pairs + 1):
        order = [Side.LEGACY, Side.CANDIDATE]
        draw.shuffle(order)
        members = tuple(_run(campaign, repository, job, side, number=f"{number:02d}") for side in order)
        wave = 1 if number <= first else 2
        pair_id = f"{repository.name}-{job.name}-{number:02d}"
        yield (
            Pair(pair_id, repository.name, job.name, Grade.LAUNCHED, tuple(member.id for member in members), wave),
            members,
        )
    # A/A only where fewer same-side runs of one identity exist than the policy wants (design section 5).
    for number in range(1, policy.first_repeats + 1):
        for side in Side:
            run = _run(campaign, repository, job, side, number=f"r{number}")
            pair_id = f"{repository.name}-{job.name}-{side.value}-r{number}"
            yield Pair(pair_id, repository.name, job.name, Grade.REPEAT, (run.id,)), (run,)
    # Candidate runs that only count: how rare bad ones are is proven by their number (docs/adr/0150).
    for number in range(1, policy.counted_runs + 1):
        run = _run(campaign, repository, job, Side.CANDIDATE, number=f"n{number}")
        pair_id = f"{repository.name}-{job.name}-n{number}"
        wave = 2 if policy.pairs + policy.first_repeats + number <= policy.runs_needed else 3
        yield Pair(pair_id, repository.name, job.name, Grade.REPEAT, (run.id,), wave), (run,)
    for number in range(1, policy.shim_off_pairs + 1):
        for side in (side for side in Side if can_run_without_shim(repository, job, side)):
            run = replace(_run(campaign, repository, job, side, number=f"b{number}"), shim=False)
            pair_id = f"{repository.name}-{job.name}-{side.value}-b{number}"
            yield Pair(pair_id, repository.name, job.name, Grade.BARE, (run.id,)), (run,)


def _run(campaign: str, repository: Repository, job: Job, side: Side, *, number: str) -> Run:
    run_id = f"{repository.name}-{job.name}-{number}-{side.value}-1"
    return Run(
        id=run_id,
        name=_name(campaign, run_id),
        repository=repository.name,
        job=job.name,
        side=side,
        attempt=1,
        shim=job.shim is ShimMode.ON,
        platform=repository.home(side).platform,
    )


def _name(campaign: str, run_id: str) -> str:
    """Make a name both platforms accept; what is cut is replaced by a hash, so that two runs never share one."""
    name = job_prefix(campaign) + run_id
    if len(name) <= NAME_MAX:
        return name
    return f"{name[: NAME_MAX - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _identity(job: Job, image: ImageIdentity) -> Identity:
    digests = {
        side: "sha256:" + hashlib.sha256(strict_json.write(dict(job.sides[side].parameters))).hexdigest()
        for side in Side
    }
    return Identity(image, job.code, digests, {source.name: source.pin for source in job.inputs})
