"""Where one repository stands today: from its newest campaign, its stage and its signatures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.board.values import CampaignRow, Signed, State, Step
from harness.cutover.stages import MOVED, Stage
from harness.model.verdict import Decision, EvidenceKind


class RepositoryState(StrEnum):
    """What a repository waits for, in the order of a migration."""

    NOT_JUDGED = "not judged"
    DAMAGED = "damaged"
    NO_GO = "NO-GO"
    INCONCLUSIVE = "INCONCLUSIVE"
    STALE = "stale"
    """Its evidence is older than the policy lets it be: the gate is closed."""
    WOULD_GO = "would be GO"
    """On synthetic evidence."""
    READY = "ready to sign"
    SIGNED = "signed"
    MOVING = "cutting over"
    """Candidate's output counts for some slots or all, and legacy is still there."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Known:
    """All that the index has of one repository."""

    store: str
    repository: str
    judged: CampaignRow | None
    """Its newest campaign with a verdict."""
    running: CampaignRow | None = None
    """Its newest campaign without one."""
    since: float = 0.0
    """Since when the decision stands."""
    first_go_at: float = 0.0
    """When it was GO on real evidence for the first time; 0: never."""
    steps: tuple[Step, ...] = ()
    signed: tuple[Signed, ...] = ()
    causes: tuple[str, ...] = ()
    """Signatures of the divergences of its newest judged campaign."""

    @property
    def newest(self) -> CampaignRow:
        """The campaign that says whose it is and on what it runs.

        Raises:
            LookupError: the index has none, which it never writes.
        """
        found = self.judged or self.running
        if found is None:
            raise LookupError(self.repository)
        return found


def stage_of(known: Known) -> Stage:
    """Give the stage on real evidence."""
    real = [step for step in known.steps if not step.synthetic]
    return Stage(real[-1].stage) if real else Stage.OFF


def signers(known: Known) -> tuple[str, ...]:
    """Name who signed the newest judged campaign; a signature over an older one is void."""
    campaign = known.judged.key.campaign if known.judged else ""
    return tuple(dict.fromkeys(signature.signer for signature in known.signed if signature.campaign == campaign))


def standing_of(known: Known, now: float) -> RepositoryState:
    """Say where a repository stands; age and open questions of its evidence take nothing back once it moves."""
    stage, judged = stage_of(known), known.judged
    if stage is Stage.DONE:
        return RepositoryState.DONE
    if judged is None:
        return RepositoryState.NOT_JUDGED
    if judged.state is State.DAMAGED:
        return RepositoryState.DAMAGED
    if judged.decision == Decision.NO_GO.value:
        return RepositoryState.NO_GO
    if stage in MOVED:
        return RepositoryState.MOVING
    if now > judged.expires_at:
        return RepositoryState.STALE
    if judged.decision != Decision.GO.value:
        return RepositoryState.INCONCLUSIVE
    if judged.evidence != EvidenceKind.REAL.value:
        return RepositoryState.WOULD_GO
    return RepositoryState.SIGNED if len(signers(known)) >= judged.approvals else RepositoryState.READY
