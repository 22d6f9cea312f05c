"""What the checks of one repository found, together with all that they looked at: the same again gives the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.campaign import evidence, repeats, scrubbing
from harness.campaign.couples import Observations
from harness.compare.output_rules import OpenPayload
from harness.model.carry import JobSummary
from harness.model.finding import Finding
from harness.model.repository import Repository
from harness.model.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings of one repository, before rulings, and what they were made from besides the schedule."""

    seen: Observations
    own: Sequence[JobSummary]
    """What earlier campaigns left."""
    findings: tuple[Finding, ...]

    def holds_for(self, seen: Observations, own: Sequence[JobSummary]) -> bool:
        """Tell whether checks that looked at these would find the same."""
        return (self.seen, self.own) == (seen, own)


def check(
    schedule: Schedule,
    repository: Repository,
    seen: Observations,
    open_payload: OpenPayload,
    *,
    own: Sequence[JobSummary],
) -> Checked:
    """Run all checks of one repository over stored evidence."""
    findings = (
        *evidence.findings_of(schedule, repository, seen, open_payload, own=own),
        *repeats.findings_of(schedule, repository, seen, own),
    )
    return Checked(seen, own, scrubbing.findings(findings, scrubbing.scrubber_of((repository,), {})))
