"""What two runs that others started had in common, by their documents. Pure."""

from __future__ import annotations

from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job
from harness.model.observation import Observation

IMAGE = "image"
"""Key of a handle: the image as the run's document names it."""
CHECK = "identity.observed"


def check_observed(job: Job, pair: str, legacy: Observation, candidate: Observation) -> Finding:
    """Hold the images of two runs against each other, as far as their documents name them."""
    one, other = legacy.handle.get(IMAGE, ""), candidate.handle.get(IMAGE, "")
    if not one or not other:
        without = " and ".join(run.run.side.value for run in (legacy, candidate) if not run.handle.get(IMAGE))
        outcome, said = Outcome.INCONCLUSIVE, f"the records of {without} name no image"
    elif one != other:
        outcome, said = Outcome.INCONCLUSIVE, f"two images: legacy ran {one}, candidate {other}"
    else:
        digest = "@sha256:" in one
        outcome = Outcome.MATCH if digest else Outcome.INCONCLUSIVE
        said = f"both documents name {one}" + ("" if digest else ", by a tag, which may have moved between them")
    return Finding(
        check=CHECK,
        dimension=Dimension.IDENTITY,
        subject=job.name,
        pair=pair,
        outcome=outcome,
        summary=said,
        remedy="" if outcome is Outcome.MATCH else "launch a pair: both sides are given one digest",
    )
