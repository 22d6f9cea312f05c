"""SageMaker as a value of the registry of platforms."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.event import Event
from harness.model.truth import Truth
from harness.platforms.base import Platform, TruthEvidence
from harness.platforms.documents import Documents
from harness.platforms.sagemaker import checks, document
from harness.platforms.sagemaker.draft import DRAFTS
from harness.platforms.sagemaker.failure_reason import bucket_gone
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind_faults import kind_faults
from harness.platforms.sagemaker.metrics import METRIC_SOURCES
from harness.platforms.sagemaker.mutations import mutations
from harness.platforms.sagemaker.parameters import platform_delivers
from harness.platforms.sagemaker.quality import anomalies
from harness.platforms.sagemaker.rules import RULES, seen_of
from harness.platforms.sagemaker.surroundings import SURROUNDINGS
from harness.platforms.sagemaker.truth import decide
from harness.platforms.sagemaker.written import FORM


def _truth(evidence: TruthEvidence) -> Truth:
    return decide(seen_of(evidence.events, evidence.record, evidence.outputs))


def _ending_is_known(events: Iterable[Event]) -> bool:
    """Its record of a job tells the whole ending at once."""
    del events
    return True


PLATFORM = Platform(
    name="sagemaker",
    title="SageMaker",
    truth=_truth,
    rules=RULES,
    swallowed="S01",
    phase_source="status transitions",
    ending_is_known=_ending_is_known,
    carries_outputs=True,
    form=FORM,
    drafts=DRAFTS,
    home=SageMakerHome,
    home_faults=checks.home_faults,
    job_faults=checks.job_faults,
    can_run_without_shim=checks.can_run_without_shim,
    delivers_parameters=platform_delivers,
    price_keys=("prices",),
    priced_types=checks.priced_types,
    price_of_run=checks.price_of_run,
    documents=Documents(
        key="request",
        what="a CreateTrainingJob or CreateProcessingJob request",
        beside=frozenset({"lazy_image"}),
        candidates=document.candidates,
        read=document.read,
        mutations=mutations,
    ),
    anomalies=anomalies,
    bucket_gone=bucket_gone,
    kind_faults=kind_faults,
    metric_sources=METRIC_SOURCES,
    surroundings=SURROUNDINGS,
)
