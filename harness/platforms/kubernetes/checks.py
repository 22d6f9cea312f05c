"""What a Kubernetes side can't do of a job, found before anything is submitted, and what its runs cost. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.model.job import Job, SecretStore, ShimMode, Side
from harness.model.repository import Home, Repository
from harness.platforms.fault import Fault
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.reading import file_faults, variable_faults
from harness.platforms.training_layout import is_laid_out

MAIN_CONTAINER = "main"
SCRATCH_NAME_MAX = 55
"""A volume's name is a label of 63 characters, of which `scratch-` takes 8."""
_GIB = 1024**3
_HOUR_SECONDS = 3600


def homes_of(repository: Repository) -> tuple[KubernetesHome, ...]:
    """List the homes of a repository that are on Kubernetes."""
    return tuple(home for home in (repository.legacy, repository.candidate) if isinstance(home, KubernetesHome))


def home_faults(repository: Repository, side: Side) -> Iterator[Fault]:
    """Refuse a staging bucket that nobody knows how to reach."""
    home = repository.home(side)
    if home.cloud and not home.staging_owner:
        expected = "the account whose credentials reach the staging bucket"
        yield Fault((side.value, "staging_owner"), "nothing, beside a region", expected)
    if home.cloud is None and repository.home(side.other).cloud is None:
        expected = "the region of the staging bucket"
        yield Fault((side.value, "region"), "nothing", expected, "no side has an account of its own to reach it with")


def job_faults(job: Job, side: Side) -> Iterator[Fault]:
    """Check one job against what a pod can be."""
    yield from _containers(job, side)
    for name, source in sorted(job.sides[side].secret_sources.items()):
        if source.store is not SecretStore.KUBERNETES:
            found, expected = f"a secret of {source.store.value}", "secret and key"
            hint = "a pod is handed Secrets of its own namespace"
            yield Fault(("secrets", name, side.value), found, expected, hint)
    yield from file_faults(job, side, "argv or env")
    yield from variable_faults(job, side)


def can_run_without_shim(job: Job, side: Side) -> bool:
    """Tell whether a pod can run a job without its shim, which fetches inputs and writes files."""
    if job.shim is ShimMode.OFF or is_laid_out(job) or any(side in given.path for given in job.inputs):
        return False
    return not any(job_faults(replace(job, shim=ShimMode.OFF), side))


def price_of_run(home: Home, job: Job, side: Side) -> float | None:
    """Bound the price of one run by its time limit; None: the prices are not known."""
    del side
    assert isinstance(home, KubernetesHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
    per_cpu, per_gb = home.price_per_cpu_hour, home.price_per_gb_hour
    if per_cpu is None or per_gb is None:
        return None
    hourly = job.resources.cpu * per_cpu + job.resources.memory_bytes / _GIB * per_gb
    return hourly * job.time_limit_seconds / _HOUR_SECONDS


def _containers(job: Job, side: Side) -> Iterator[Fault]:
    names: set[str] = {MAIN_CONTAINER}
    for number, sidecar in enumerate(job.sides[side].sidecars):
        if sidecar.name in names:
            path = (side.value, "sidecars", number, "name")
            yield Fault(path, sidecar.name, "a name that no other container has")
        names.add(sidecar.name)
    for name in job.sides[side].scratch:
        if len(name) > SCRATCH_NAME_MAX:
            found = f"a name of {len(name)} characters"
            expected = f"at most {SCRATCH_NAME_MAX}: it becomes a volume's name"
            yield Fault((side.value, "scratch", name), found, expected)
