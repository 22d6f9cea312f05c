"""SOCI: an index is told of notebook images only; a job that claims one is flagged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import declared

from harness.compare.lazy_images import claimed, of_notebooks
from harness.model.finding import LAZY_IMAGE, Dimension, Outcome
from harness.model.plan import LazyImage


@pytest.mark.parametrize("kind", ["training", "processing"])
def test_a_job_that_claims_an_index_is_flagged(kind: str) -> None:
    """It decides nothing and is told; control: a job that claims nothing has no finding."""
    (found,) = claimed(replace(declared(), kind=kind, claims_lazy_image=True))
    assert (found.check, found.dimension, found.outcome, found.required) == (
        LAZY_IMAGE, Dimension.STARTUP, Outcome.INCONCLUSIVE, False,
    )  # fmt: skip
    assert f"nothing says that a {kind} job reads one" in found.summary
    assert claimed(declared()) == ()


def test_a_notebook_image_is_told_as_the_registry_said() -> None:
    """Known is known, there or not; what nobody could tell is not taken for either."""
    known = (("a:1", True, "there"), ("b:1", False, "not there"), ("c:1", None, "denied"))
    told = of_notebooks(LazyImage(reference, found, said) for reference, found, said in known)
    assert [(finding.outcome, finding.summary, finding.required) for finding in told] == [
        (Outcome.MATCH, "notebook image a:1: there", False),
        (Outcome.MATCH, "notebook image b:1: not there", False),
        (Outcome.INCONCLUSIVE, "notebook image c:1: denied", False),
    ]
