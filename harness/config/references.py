"""Image references: which of them can become a digest, known without asking a registry. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.model.job import Job
from harness.model.repository import Repository
from harness.platforms.fault import Fault

ECR = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
_PINNED = re.compile(r"[^@]+@sha256:[0-9a-f]{64}")
_DIGEST = "name@sha256: and 64 digits of 0-9 and a-f"
_ECR = "an image of ECR, whose layers can be read"


def pinned(reference: str) -> bool:
    """Tell whether a reference names its digest, so that no registry has to be asked."""
    return _PINNED.fullmatch(reference) is not None


def expected_of(reference: str) -> str:
    """Say what should stand in the place of a reference that nobody can resolve; empty for one that can be."""
    if ECR.match(reference) or pinned(reference):
        return ""
    return _DIGEST if "@" in reference else f"{_DIGEST}: a tag can be resolved in ECR only"


def at_a_sandbox(repository: Repository, account: str, region: str) -> Repository:
    """Let a sandbox's registry stand for those of a repository's images: it has each by its name there and its tag."""
    jobs = tuple(replace(job, image=_in_registry(job.image, account, region)) for job in repository.jobs)
    return replace(repository, jobs=jobs)


def _in_registry(reference: str, account: str, region: str) -> str:
    if "@" in reference:
        return reference
    registry, slash, rest = reference.partition("/")
    name = rest if slash and ("." in registry or ":" in registry) else reference
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{name}"


def faults(job: Job) -> Iterator[Fault]:
    """Find references that `parity run` could not resolve."""
    if expected := expected_of(job.image):
        yield Fault(("image",), job.image, expected)
    elif job.base and not ECR.match(job.image):
        yield Fault(("image",), job.image, _ECR, "it has a base, which is known by its layers")
    if job.base and not ECR.match(job.base):
        yield Fault(("base",), job.base, _ECR)
