"""Contracts of what is known of platforms, of how they are reached, of kinds of jobs, and of witnesses."""

from __future__ import annotations

from collections.abc import Iterator

from harness.backends.connecting import Connector
from harness.backends.witnesses import WitnessSource
from harness.campaign.selfcheck.world import POLICY, repository_of
from harness.config.schema import schema
from harness.model.truth import Work
from harness.platforms import PLATFORMS
from harness.platforms.base import Platform, TruthEvidence
from harness.platforms.kind import Kind

_NAMES = ("model", "table")


def of_platform(platform: Platform) -> Iterator[str]:
    """It decides by evidence alone, and never that work was done of which nothing is known."""
    nothing = TruthEvidence((), None, (), outputs_known=False)
    first, again = platform.truth(nothing), platform.truth(nothing)
    if first != again:
        yield "truth gives another answer for the same evidence"
    if first.work is Work.OK:
        yield "truth says that the work was done where there is no evidence at all"
    if platform.ending_is_known(()) != platform.ending_is_known(()):
        yield "ending_is_known gives another answer for the same events"
    if not platform.title:
        yield "it has no title"


def of_connector(connector: Connector) -> Iterator[str]:
    """It opens a platform that is known."""
    if connector.name not in PLATFORMS:
        yield f"no platform is named {connector.name}: register one under {PLATFORMS.group}"


def of_kind(kind: Kind) -> Iterator[str]:
    """Its paths are absolute, follow from the name alone and differ; the platforms that it names can use it."""
    for what, path_of in (("input_path", kind.input_path), ("output_path", kind.output_path)):
        paths = [path_of(name) for name in _NAMES]
        if paths != [path_of(name) for name in _NAMES]:
            yield f"{what} gives another path for the same name"
        if not all(path.startswith("/") for path in paths):
            yield f"{what} gives a path that is not absolute: {', '.join(paths)}"
        if len(set(paths)) < len(paths):
            yield f"{what} gives one path for two names: {paths[0]}"
    for name in kind.on:
        if name in PLATFORMS:
            yield from PLATFORMS.get(name).kind_faults(kind)
        else:
            yield f"on names the platform {name!r}, which is not registered; there are {', '.join(PLATFORMS.plugins)}"
    if f'"{kind.name}"' not in str(schema()).replace("'", '"'):
        yield "its name is not in the schema of repos.yaml"


def of_source(source: WitnessSource) -> Iterator[str]:
    """What it knows follows from the repository alone."""
    repository = repository_of(POLICY)
    if source.knows(repository) != source.knows(repository):
        yield "knows gives another answer for the same repository"
