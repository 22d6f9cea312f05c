"""What is known of lazily loaded images (SOCI): told of notebook images, flagged where a job claims one. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.finding import LAZY_IMAGE, Dimension, Finding, Outcome
from harness.model.job import Job
from harness.model.plan import LazyImage


def claimed(job: Job) -> tuple[Finding, ...]:
    """Flag a job that counts on an index: nothing says that one is read for it (sagemaker.md 4.3)."""
    if not job.claims_lazy_image:
        return ()
    return (
        Finding(
            check=LAZY_IMAGE,
            dimension=Dimension.STARTUP,
            subject=f"{job.name}/lazy image",
            pair=None,
            outcome=Outcome.INCONCLUSIVE,
            summary=(
                f"{job.name} claims a SOCI index; it is documented for notebooks only, nothing says that a "
                f"{job.kind} job reads one, so its start is counted as an ordinary pull"
            ),
            required=False,
            remedy="take the claim out; a smaller image or a warm pool shortens the start of a job",
        ),
    )


def of_notebooks(images: Iterable[LazyImage]) -> tuple[Finding, ...]:
    """Say for each notebook image what the registry said when the campaign was planned."""
    return tuple(
        Finding(
            check=LAZY_IMAGE,
            dimension=Dimension.STARTUP,
            subject=f"notebook image {image.reference}",
            pair=None,
            outcome=Outcome.INCONCLUSIVE if image.found is None else Outcome.MATCH,
            summary=f"notebook image {image.reference}: {image.said}",
            required=False,
            remedy="" if image.found is not None else "nothing is known of its index: mend the lookup, then plan again",
        )
        for image in images
    )
