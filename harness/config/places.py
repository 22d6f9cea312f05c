"""S3 places that a campaign writes to, and which of them lie in each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.fields.paths import Path
from harness.model.repository import Repository


@dataclass(frozen=True, slots=True)
class Place:
    """One S3 prefix that somebody writes to."""

    repository: str
    path: Path
    uri: str

    @property
    def name(self) -> str:
        """Say whose place it is."""
        return ".".join(str(part) for part in (self.repository, *self.path))

    @property
    def prefix(self) -> str:
        """The place as a folder: s3://b/a does not contain s3://b/ab."""
        return self.uri.rstrip("/") + "/"

    def same(self, other: Place) -> bool:
        """Tell whether both are one place."""
        return self.prefix == other.prefix


def places_of(repository: Repository) -> Iterator[Place]:
    """List the places that one repository's runs write to, on both sides."""
    for side, uri in (("legacy", repository.legacy.staging_uri), ("candidate", repository.candidate.staging_uri)):
        if uri:
            yield Place(repository.name, (side, "staging"), uri)
    for job in repository.jobs:
        for output in job.outputs:
            for name, uri in output.uri.items():
                if uri:
                    yield Place(repository.name, ("jobs", job.name, "outputs", output.name, "uri", name.value), uri)


def nested(places: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """List pairs (inner, outer) where one place lies in another, or is it; each inner place once."""
    around: list[Place] = []
    for place in sorted(places, key=lambda each: each.prefix):
        while around and not place.prefix.startswith(around[-1].prefix):
            around.pop()
        if around:
            yield place, around[-1]
        around.append(place)
