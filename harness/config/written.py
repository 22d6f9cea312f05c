"""The written form of `repos.yaml`: what may stand where. Every key may be left out or `null`, since layers are merged.

Units and short forms are translated while reading, so that merging sees one form only. The same models
give the JSON Schema for editors and the reference of keys (docs/configuration-keys.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from harness.config import forms
from harness.config.sections import section
from harness.config.written_job import Job
from harness.config.written_policy import Anchor, Limits, Policy, Real, Retention, Waiver
from harness.fields import words
from harness.fields.job import Written
from harness.fields.words import Short
from harness.model.job import Side
from harness.model.policy import PRESETS

if TYPE_CHECKING:
    LegacySettings: TypeAlias = Written
    CandidateSettings: TypeAlias = Written
else:
    LegacySettings = section("settings", Side.LEGACY)
    CandidateSettings = section("settings", Side.CANDIDATE)


class Defaults(Written):
    """What holds for every repository of the file."""

    owner: words.Line | None = None
    """Who answers for the repository, and signs."""
    tier: words.Line | None = None
    """How much the repository matters, in your words."""
    policy: Annotated[Policy, Short(forms.preset, {"enum": list(PRESETS)})] | None = None
    """A preset, or a preset with what is asked for instead."""
    legacy: LegacySettings | None = None
    """Where the legacy side runs; the keys are those of its platform."""
    candidate: CandidateSettings | None = None
    """Where the candidate side runs; the keys are those of its platform."""
    limits: Limits | None = None
    """Hard caps, checked before each submit."""
    real: Real | None = None
    """Which accounts and clusters are real; nothing named: the evidence is synthetic."""
    anchor: Anchor | None = None
    """Where the ledger's head is kept, so that a rewritten ledger is found."""
    retention: Retention | None = None
    """How long payloads are kept."""
    every_job: Job | None = None
    """What holds for all jobs."""


class Entry(Defaults):
    """One repository."""

    expected_verdict: words.Verdict | None = None
    """Of scenarios and demos only."""
    waivers: list[Waiver] | None = None
    """Dated acceptances of differences."""
    jobs: dict[words.Name, Job | None] | None = None
    """The jobs by name."""


class Top(Written):
    """The whole file."""

    include: list[words.Line] | None = None
    """Patterns of teams' files, such as `teams/*/parity.yaml`, which hold more repositories and none of their rules."""
    defaults: Defaults | None = None
    """What holds for every repository of the file."""
    repositories: Annotated[dict[words.Name, Entry], Field(min_length=1)]
    """The repositories by name."""
