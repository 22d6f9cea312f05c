"""Kubernetes as a value of the registry of platforms."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Job, Side
from harness.model.repository import Home
from harness.model.truth import Truth
from harness.platforms.base import Platform, TruthEvidence
from harness.platforms.documents import Documents
from harness.platforms.kubernetes import checks, document
from harness.platforms.kubernetes.catalogue import RULES
from harness.platforms.kubernetes.draft import DRAFTS
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.kubernetes.mutations import mutations
from harness.platforms.kubernetes.quality import anomalies
from harness.platforms.kubernetes.stuck import cannot_start
from harness.platforms.kubernetes.surroundings import SURROUNDINGS
from harness.platforms.kubernetes.truth import decide
from harness.platforms.kubernetes.witnesses import witnesses_of
from harness.platforms.kubernetes.written import FORM


def _truth(evidence: TruthEvidence) -> Truth:
    seen = witnesses_of(
        evidence.events,
        lost=tuple(output.name for output in evidence.outputs if output.absent and not output.damage),
        outputs_known=evidence.outputs_known,
        complaint=evidence.complaint,
    )
    return decide(seen, evidence.record)


def _ending_is_known(events: Iterable[Event]) -> bool:
    """Tell whether the main container told its end, or its pod is gone."""
    return any(
        (event.kind is Kind.EXITED and event.role is Role.MAIN and event.witness is Witness.CONTAINER)
        or event.kind in {Kind.DELETED, Kind.VANISHED}
        for event in events
    )


def _delivers_parameters(job: Job, side: Side) -> bool:
    """Nobody but the shim writes files into a container."""
    del job, side
    return False


def _priced_types(home: Home) -> None:
    """Runs are priced by CPU and memory."""
    del home


PLATFORM = Platform(
    name="kubernetes",
    title="Kubernetes",
    truth=_truth,
    rules=RULES,
    swallowed="K25",
    phase_source="Job, Pod and container status",
    ending_is_known=_ending_is_known,
    carries_outputs=False,
    form=FORM,
    drafts=DRAFTS,
    home=KubernetesHome,
    home_faults=checks.home_faults,
    job_faults=checks.job_faults,
    can_run_without_shim=checks.can_run_without_shim,
    delivers_parameters=_delivers_parameters,
    price_keys=("price_per_cpu_hour", "price_per_gb_hour"),
    priced_types=_priced_types,
    price_of_run=checks.price_of_run,
    documents=Documents(
        key="manifest",
        what="a Job, CronJob, Pod or PodTemplate",
        beside=frozenset({"container"}),
        candidates=document.candidates,
        read=document.read,
        mutations=mutations,
    ),
    anomalies=anomalies,
    cannot_start=cannot_start,
    surroundings=SURROUNDINGS,
)
