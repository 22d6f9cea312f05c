"""What a campaign sets out to do: identities, runs and pairs, fixed before any data. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.document import Mutation
from harness.model.job import DEFAULT_PLATFORMS, Side
from harness.model.reality import BEFORE, Reality, reality_of
from harness.model.repository import Repository


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """An image resolved once, at plan."""

    reference: str
    """Pinned: name@sha256:…; what both sides are given."""
    config_digest: str
    """Compared across engines."""
    base: str = ""
    """Digest of the declared base's layers; empty: none is declared, so that no evidence outlives a new image."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the plan fixed and the harness handed over."""

    image: ImageIdentity
    code: str | None
    parameters_digest: Mapping[Side, str]
    """Of the typed values that each side was given; equal unless the owner overrode parameters for one side."""
    inputs: Mapping[str, str]
    """Input name to pin."""


class Grade(StrEnum):
    """How a pair came about."""

    LAUNCHED = "launched"
    REPEAT = "repeat"
    """Two runs of one side (A/A)."""
    BARE = "without shim"
    """One run without the shim, held against its side's runs with it; in no other comparison."""
    OBSERVED = "both observed"
    """Two runs that others started, from their records: it can show a difference, and never equality."""


COMPARED = frozenset({Grade.LAUNCHED, Grade.OBSERVED})
"""Grades of pairs whose two runs are compared, one of each side."""


@dataclass(frozen=True, slots=True)
class Run:
    """One planned execution of one job on one side."""

    id: str
    """Unique in the campaign; also the tail of the platform object's name."""
    name: str
    """Name of the platform object; deterministic, with the attempt in it."""
    repository: str
    job: str
    side: Side
    attempt: int
    shim: bool = True
    platform: str = ""
    """Where it runs; never empty once it is made, see `DEFAULT_PLATFORMS`."""

    def __post_init__(self) -> None:
        """Take the default of the side where no platform is named."""
        if not self.platform:
            object.__setattr__(self, "platform", DEFAULT_PLATFORMS[self.side])


def bare_subject(job: str, side: Side) -> str:
    """Name what the runs of one side without the shim are judged under."""
    return f"{job}/without the shim on {side.value}"


def repeats_subject(job: str, side: Side) -> str:
    """Name what the runs of one side that are in no pair are judged under."""
    return f"{job}/repeats on {side.value}"


def mutations_place(repository: str, job: str, side: Side, *, shim: bool) -> str:
    """Name the side of a job whose document is changed; runs without the shim have less changed."""
    return f"{repository}/{job}/{side.value}{'' if shim else '/without the shim'}"


def replacement_id(void: str) -> str:
    """Name the pair that stands for a void one."""
    return f"{void}-r"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs with one identity; the first one listed starts first (the order was drawn at plan)."""

    id: str
    repository: str
    job: str
    grade: Grade
    runs: tuple[str, ...]
    """Run ids in start order. A REPEAT of one extra run, or a BARE one, names only that run: it pairs with its side."""
    wave: int = 1
    """1: always run; 2: only where A/A of wave 1 was not bit-identical; 3: candidate runs to be counted, else."""
    replaces: str | None = None
    """The void pair this one stands for."""

    @property
    def counted_only(self) -> bool:
        """Tell whether it is a run of one side that only counts for how rare bad runs are."""
        return self.grade is Grade.REPEAT and self.wave > 1


@dataclass(frozen=True, slots=True)
class LazyImage:
    """What the registry says of a SOCI index beside a notebook image."""

    reference: str
    found: bool | None
    """None: nobody could tell."""
    said: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a campaign will do, and with what."""

    schema: str
    campaign: str
    created_at: str
    tool: str
    """Distribution and version."""
    seed: int
    synthetic: bool
    """One repository at least is not real: `reality` says why. What counts for one is `is_synthetic`."""
    config_digest: str
    repositories: tuple[Repository, ...]
    identities: Mapping[str, Identity]
    """By repository/job."""
    runs: tuple[Run, ...]
    pairs: tuple[Pair, ...]
    endpoints: Mapping[str, Mapping[str, str]]
    """Per repository/side: what the platform said of itself (account, endpoint, cluster id)."""
    price: float | None
    lazy_images: Mapping[str, tuple[LazyImage, ...]] = field(default_factory=dict)
    """By repository: its notebook images."""
    reality: Reality | None = None
    """The decision of the day on which it was planned; None: of a version that decided by names."""
    realities: Mapping[str, Reality] = field(default_factory=dict)
    """The same by repository; empty: of a version in which one doubt made all of a campaign synthetic."""
    mutations: Mapping[str, tuple[Mutation, ...]] = field(default_factory=dict)
    """By `mutations_place` of a side that stands on a document: all that is changed of it."""
    options: tuple[str, ...] = ()
    """Of the command that it was begun by, besides the names of repositories; one more like it has them too."""

    def is_synthetic(self, repository: str) -> bool:
        """Tell whether the evidence of one repository is not real; a doubt about another one is none about it."""
        own = self.realities.get(repository)
        return self.synthetic and not (own is not None and own.real)

    def reality_now(self, repository: str = "") -> Reality:
        """Decide anew whether its evidence is real, from what its endpoints proved and its policy names.

        `repository`: only what is about this one; empty: all of them, as what the campaign counts as.
        """
        if self.reality is None:
            return BEFORE
        named = {each.name: each.real for each in self.repositories if repository in {"", each.name}}
        asked = {place: said for place, said in self.endpoints.items() if place.rpartition("/")[0] in named}
        return reality_of(asked if repository else self.endpoints, named)

    def mutations_of(self, run: Run) -> tuple[Mutation, ...]:
        """List what is changed of the document that a run stands on."""
        return tuple(self.mutations.get(mutations_place(run.repository, run.job, run.side, shim=run.shim), ()))

    def time_scale(self, repository: str) -> float:
        """Give the seconds here per second of the repository's platforms: 1, but for a sandbox that says otherwise."""
        told = (self.endpoints.get(f"{repository}/{side.value}", {}).get("time_scale") for side in Side)
        return float(next(filter(None, told), "1"))
