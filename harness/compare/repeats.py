"""Whether the runs that are in no pair (A/A) ended as they should: they are runs of the job like any other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.compare.endings import check_alone
from harness.compare.pairs import loss
from harness.model.finding import Dimension, Finding, Outcome, worst
from harness.model.job import Job, Side
from harness.model.observation import Observation
from harness.model.plan import Identity, Run, repeats_subject

CHECK = "truth.repeats"


def check_repeats(  # noqa: PLR0917 - bound by `partial`
    job: Job, identity: Identity, side: Side, planned: Sequence[Run], seen: Sequence[Observation]
) -> tuple[Finding, ...]:
    """Judge the endings of one side's planned repeats; those that a platform cut tell nothing, and are counted."""
    lost = {observation.run.id for observation in seen if loss(job, identity, observation)}
    alone = [check_alone(job, observation) for observation in seen if observation.run.id not in lost]
    subject, total = repeats_subject(job.name, side), len(planned)
    cut = f", {len(lost)} were cut" if lost else ""
    told = f"{len(alone)} of {total} further runs on {side.value} can be judged{cut}"
    unseen = total - len(seen)
    if unseen or not alone:
        alone.append(_unseen(f"{unseen} left no record" if unseen else "all were cut"))
    outcome = worst(finding.outcome for finding in alone)
    like = [finding for finding in alone if finding.outcome is outcome]
    return (
        replace(
            like[0],
            check=CHECK,
            subject=subject,
            summary=f"{told}; of {len(like)}: {like[0].summary}",
            evidence=tuple(f"runs/{observation.run.id}/observation.json" for observation in seen),
        ),
    )


def _unseen(why: str) -> Finding:
    remedy = "run the campaign again"
    return Finding(CHECK, Dimension.TRUTH, "", None, Outcome.INCONCLUSIVE, why, remedy=remedy)
