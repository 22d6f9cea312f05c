"""What SageMaker would refuse of a job or of a request, found on the laptop: before any call that costs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.errors import Problem, Refused
from harness.model.job import Job, ShimMode, Side
from harness.model.order import Order, S3Place, of_campaign
from harness.model.plan import Identity, ImageIdentity, Run
from harness.model.repository import Repository
from harness.platforms.sagemaker import cross_rules, request, service_model
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.instances import CAPACITY, GIB, Fit, fit
from harness.platforms.sagemaker.kind import facts_of
from harness.platforms.sagemaker.mutations import mutations
from harness.platforms.sagemaker.planned import planned_request
from harness.platforms.sagemaker.service_model import Breach
from harness.platforms.sagemaker.written import NAME

OPERATIONS = {
    "TrainingJobName": "CreateTrainingJob",
    "ProcessingJobName": "CreateProcessingJob",
    "TransformJobName": "CreateTransformJob",
    "HyperParameterTuningJobName": "CreateHyperParameterTuningJob",
}
"""The field that names a job → the call that takes it."""
_CARRIED = "shim: on carries them through S3, typed and with a digest"
_WAYS = (
    ("HyperParameters", "shim: on, and let it write the parameter file or pass them as argv"),
    ("Environment", _CARRIED),
    ("AlgorithmSpecification.ContainerEntrypoint", _CARRIED),
    ("AppSpecification.ContainerEntrypoint", _CARRIED),
    ("AlgorithmSpecification.MetricDefinitions", "report fewer metrics, or shorter expressions"),
    ("AlgorithmSpecification.TrainingImage", "a shorter repository name"),
    ("AppSpecification.ImageUri", "a shorter repository name"),
    ("InputDataConfig", "rename or merge inputs, or write their places shorter"),
    ("ProcessingInputs", "rename or merge inputs, or write their places shorter"),
    ("ProcessingOutputConfig", "rename or merge outputs, or write their places shorter"),
    ("ResourceConfig.InstanceType", "choose a type that this kind of job can have"),
    ("ProcessingResources.ClusterConfig.InstanceType", "choose a type that this kind of job can have"),
    ("StoppingCondition", "change time_limit"),
    ("RetryStrategy", "change retries"),
    ("VpcConfig", "list fewer subnets or security groups"),
    ("RoleArn", "write candidate.role as arn:aws:iam::ACCOUNT:role/NAME"),
    ("TrainingJobName", "a shorter name of letters, digits and inner hyphens"),
    ("ProcessingJobName", "a shorter name of letters, digits and inner hyphens"),
)
"""Field of a request → what its owner can do; the first that begins it."""
_OWN_SIDE = ""
"""Stands for the side that a job was refused on."""
_KEYS = {
    "InstanceType": (_OWN_SIDE, "instance_type"),
    "ResourceConfig.InstanceType": (_OWN_SIDE, "instance_type"),
    "ProcessingResources.ClusterConfig.InstanceType": (_OWN_SIDE, "instance_type"),
    "ResourceConfig.KeepAlivePeriodInSeconds": (_OWN_SIDE, "keep_alive"),
    "HyperParameters": (_OWN_SIDE, "parameters"),
    "Environment": (_OWN_SIDE, "environment"),
    "AlgorithmSpecification.ContainerEntrypoint": (_OWN_SIDE, "command"),
    "AppSpecification.ContainerEntrypoint": (_OWN_SIDE, "command"),
    "AlgorithmSpecification.MetricDefinitions": ("metrics",),
    "AlgorithmSpecification.TrainingImage": ("image",),
    "AppSpecification.ImageUri": ("image",),
    "InputDataConfig": ("inputs",),
    "ProcessingInputs": ("inputs",),
    "ProcessingOutputConfig": ("outputs",),
    "StoppingCondition": ("time_limit",),
    "RetryStrategy": ("retries",),
}
"""Field of a request → the key of a job, in its effective form, that it is written from; the first that begins it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that the service would refuse of one job."""

    job: str
    field: str
    found: str
    limit: str
    source: str
    way_out: str

    def __str__(self) -> str:
        """Say which job, which field, what was found, the limit, where it is written, and the way out."""
        way = f"; {self.way_out}" if self.way_out else ""
        return f"{self.job}: {self.field}: {self.found}, the service takes {self.limit} [{self.source}]{way}"


def of_request(name: str, operation: str, body: Mapping[str, object]) -> tuple[Refusal, ...]:
    """Find what the service would refuse of a Create request.

    Raises:
        KeyError: the service has no such operation.
    """
    found = (*service_model.breaches(operation, body), *cross_rules.breaches(operation, body))
    return tuple(_refusal(name, breach) for breach in dict.fromkeys(found))


def of_job(repository: Repository, job: Job) -> tuple[Refusal, ...]:
    """Find what the service would refuse of a job, from the very requests that would be sent."""
    return tuple(refusal for side in repository.sides_on(NAME) for refusal in of_side(repository, job, side))


def of_side(repository: Repository, job: Job, side: Side) -> tuple[Refusal, ...]:
    """Find what the service would refuse of a job on one side."""
    name = f"{repository.name}/{job.name}"
    try:
        planned = _planned(repository, job, side)
    except Refused as error:
        return (Refusal(name, "AppSpecification", str(error), "argv, env or its own file", "container contract", ""),)
    return (*of_request(name, f"Create{facts_of(job.kind).job}", planned), *_too_small(repository, job, side))


def check(repository: Repository, job: Job) -> None:
    """Refuse a job before anything is submitted.

    Raises:
        Refused: the service would refuse it; every reason at once.
    """
    found = of_job(repository, job)
    if found:
        raise Refused("\n".join(map(str, found)))


def problems(repository: Repository, place: Callable[[tuple[str, ...]], tuple[str, int, int]]) -> tuple[Problem, ...]:
    """Give the refusals of a whole repository as problems of its file; `place` finds a key of its entry."""
    return tuple(
        _problem(
            refusal,
            f"{refusal.job}: {refusal.field}",
            place(("jobs", job.name, *_key(refusal.field, side))),
        )
        for job in repository.jobs
        for side in repository.sides_on(NAME)
        for refusal in of_side(repository, job, side)
        for key in [("jobs", job.name, *_key(refusal.field, side))]
    )


def problems_of_request(refusals: Iterable[Refusal], file: str) -> tuple[Problem, ...]:
    """Give the refusals of a request as problems of the file that holds it."""
    return tuple(_problem(refusal, refusal.field, (file, 0, 0)) for refusal in refusals)


def _problem(refusal: Refusal, key: str, place: tuple[str, int, int]) -> Problem:
    hint = f"{refusal.way_out or 'see the source'}; {refusal.source}"
    return Problem(*place, key, refusal.found, refusal.limit, hint)


def _key(field: str, side: Side) -> tuple[str, ...]:
    """Name the key of a job that a field of its request is written from; empty: none, or more than one."""
    key = next((key for begin, key in _KEYS.items() if field.startswith(begin)), ())
    return tuple(side.value if part == _OWN_SIDE else part for part in key)


def fit_of(repository: Repository, job: Job, side: Side = Side.CANDIDATE) -> Fit | None:
    """Weigh the instance type chosen for a side; None: its size is not known here, or none was chosen."""
    home = repository.home(side)
    if not isinstance(home, SageMakerHome):
        return None
    chosen = job.sides[side].instance_type or request.DEFAULT_INSTANCE
    return fit(job.resources, chosen, _allowed(job.kind), dict(home.prices_per_hour))


def _allowed(kind: str) -> frozenset[str]:
    words = service_model.limit_of(facts_of(kind).instance_shape, "enum")
    return frozenset(words) if isinstance(words, list) else frozenset(CAPACITY)


def _too_small(repository: Repository, job: Job, side: Side) -> Iterator[Refusal]:
    found, asked = fit_of(repository, job, side), job.resources
    if found is None or found.fits:
        return
    have = CAPACITY[found.chosen]
    sizes = (
        (f"{asked.cpu:g} CPUs", asked.cpu > have.cpu, f"{have.cpu}"),
        (f"{asked.memory_bytes / GIB:g} GiB", asked.memory_bytes > have.memory_gib * GIB, f"{have.memory_gib:g}"),
        (f"{asked.gpu} GPUs", asked.gpu > have.gpu, f"{have.gpu}"),
    )
    short = "; ".join(f"asks for {wanted}, {found.chosen} has {has}" for wanted, lacks, has in sizes if lacks)
    way = f"the smallest that fits: {found.smallest}" if found.smallest else "no known type is large enough"
    limit = "a type that holds what the job asks for"
    yield Refusal(
        f"{repository.name}/{job.name}",
        "InstanceType",
        f"a job that {short}",
        limit,
        "EC2 instance types (documented)",
        way,
    )


def _planned(repository: Repository, job: Job, side: Side) -> Mapping[str, object]:
    """Build the request with names of full length in the places of what only a plan can know."""
    run_id = f"{repository.name}-{job.name}-00-{side.value}-1"
    name, shim = f"p00000000-{run_id}"[:63].rstrip("-"), job.shim is ShimMode.ON
    run = Run(run_id, name, repository.name, job.name, side, 1, shim=shim, platform=NAME)
    pinned = f"{job.image.partition('@')[0].rpartition(':')[0] or job.image}@sha256:{'0' * 64}"
    identity = Identity(ImageIdentity(pinned, ""), job.code, {}, {})
    campaign = "0" * 22
    home = repository.home(side)
    assert isinstance(home, SageMakerHome)  # noqa: S101 # nosec B101 # the side runs on this platform
    at = request.locations(S3Place.of(of_campaign(home.staging_uri, campaign)), run.id)
    order = Order(campaign, run, job, identity, mutations(repository, job, side))
    return planned_request(order, home, at, "0" * 64)


def _refusal(name: str, breach: Breach) -> Refusal:
    way = next((way for begin, way in _WAYS if breach.field.startswith(begin)), "")
    return Refusal(name, breach.field, breach.found, breach.limit, breach.source, breach.way_out or way)
