"""How two files, folders, archives or prefixes differ, without a campaign: what `parity diff` finds. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.finding import Outcome, Sample, worst

SCHEMA = "parity-diff/1"


@dataclass(frozen=True, slots=True)
class MemberComparison:
    """What is compared as one: a file, or all files of a data set."""

    name: str
    form: str
    """Name of the format that read it."""
    rule: str
    """The rule that it was compared by, in words."""
    outcome: Outcome
    summary: str
    """One sentence."""
    files: tuple[int, int]
    """On the left and on the right."""
    bytes: tuple[int, int]
    within: int = 0
    """Values that differ within tolerance."""
    ignored: tuple[str, ...] = ()
    """Fields that were not compared because the rule says so."""
    samples: tuple[Sample, ...] = ()
    """Of each, `legacy` is the left."""
    samples_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two sides differ; MATCH, MISMATCH or INCONCLUSIVE."""

    schema: str
    left: str
    right: str
    members: tuple[MemberComparison, ...]
    """That both sides have, by name."""
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    """Why a side can't be trusted, such as an archive that is cut."""
    skipped: tuple[str, ...] = ()
    """Files that a rule skips."""
    beside: int = 0
    """Files of checksums and the like, which are not compared."""

    @property
    def outcome(self) -> Outcome:
        """Give the worst outcome; nothing compared is INCONCLUSIVE."""
        if self.damaged:
            return Outcome.INCONCLUSIVE
        lonely = [Outcome.MISMATCH] * bool(self.only_left or self.only_right)
        return worst([*lonely, *(member.outcome for member in self.members)])
