"""What two runs that others started had in common, by their documents. Pure."""

from __future__ import annotations

from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job
from harness.model.observation import Observation

IMAGE = "image"
"""Key of a handle: the image as the run's document names it."""
CHECK = "identity.observed"


def check_observed(job: Job, pair: str, legacy: Observation, candidate: Observation) -> Finding:
    """Compare the images that the documents of two runs name; a tag proves nothing, for it may have moved."""
    # these runs had no plan that pinned an image: what the documents name is all there is
    old, new = legacy.handle.get(IMAGE, ""), candidate.handle.get(IMAGE, "")
    if not old or not new:
        without = " and ".join(run.run.side.value for run in (legacy, candidate) if not run.handle.get(IMAGE))
        outcome, said = Outcome.INCONCLUSIVE, f"the records of {without} name no image"
    elif old != new:
        outcome, said = Outcome.INCONCLUSIVE, f"two images: legacy ran {old}, candidate {new}"
    else:
        pinned = "@sha256:" in old
        outcome = Outcome.MATCH if pinned else Outcome.INCONCLUSIVE
        said = f"both documents name {old}" + ("" if pinned else ", by a tag, which may have moved between them")
    return Finding(
        check=CHECK,
        dimension=Dimension.IDENTITY,
        subject=job.name,
        pair=pair,
        outcome=outcome,
        summary=said,
        remedy="" if outcome is Outcome.MATCH else "launch a pair: both sides are given one digest",
    )
