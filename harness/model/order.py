"""One run to submit, and the places in S3 that it is given. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.document import Mutation
from harness.model.job import Job
from harness.model.plan import Identity, Run


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A part of a listing that can be asked for again."""

    after: str
    """The key that it begins after; empty: the first one."""
    objects: int
    sha256: str
    """Over key, size and entity tag of each object."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lay at an input's place when its pair was staged: neither run may start its command on anything else."""

    pages: tuple[ListedPage, ...]
    cut: int | None
    """How much of each key comes before an object's name in the input's folder; None: not the same of all."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run to submit: everything the platform object is made from."""

    campaign: str
    run: Run
    job: Job
    identity: Identity
    mutations: tuple[Mutation, ...] = ()
    """What the plan says is changed of the side's document; empty where the job has none."""
    listings: Mapping[str, Listing] = field(default_factory=dict)
    """By input, the same for both runs of a pair; one that is not there is not looked at before the command."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """An s3:// prefix taken apart."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, uri: str) -> S3Place:
        """Split s3://bucket/prefix; the prefix ends with a slash unless it is empty."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        return cls(bucket, prefix if not prefix or prefix.endswith("/") else prefix + "/")

    def key(self, *parts: str) -> str:
        """Name a key below the prefix."""
        return self.prefix + "/".join(parts)

    def uri(self, *parts: str) -> str:
        """Name it as an s3:// URI."""
        return f"s3://{self.bucket}/{self.key(*parts)}"


def of_campaign(uri: str, campaign: str) -> str:
    """Give a campaign's own part of a staging prefix: runs have the same ids in every campaign."""
    return S3Place.of(uri).uri(campaign)
