"""The board's numbers in Prometheus' text format; the only user of prometheus-client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from harness.board.progress import Counts
from harness.board.standing import Known, RepositoryState, stage_of, standing_of
from harness.board.values import StorePosition

CONTENT_TYPE = CONTENT_TYPE_LATEST


def metrics(known: Sequence[Known], counts: Counts, places: Iterable[StorePosition], now: float) -> bytes:
    """Write how the fleet stands as of a time."""
    registry = CollectorRegistry()
    _fleet(registry, known, now)
    _repositories(registry, known, now)
    failures = Gauge("parity_false_failures", "Explained legacy false failures by class.", ["class"], registry=registry)
    runs: Counter[str] = Counter()
    for rule, _, count in counts.false_failures:
        runs[rule] += count
    for rule, count in runs.items():
        failures.labels(rule).set(count)
    read = Gauge("parity_store_read_timestamp_seconds", "When a store was last read.", ["store"], registry=registry)
    sound = Gauge("parity_store_sound", "1 where a store's ledger is whole.", ["store"], registry=registry)
    for place in places:
        read.labels(place.store).set(place.read_at)
        sound.labels(place.store).set(not place.trouble)
    return generate_latest(registry)


def _fleet(registry: CollectorRegistry, known: Sequence[Known], now: float) -> None:
    standings = Counter(standing_of(repository, now) for repository in known)
    gauge = Gauge("parity_repositories", "Repositories by standing.", ["standing"], registry=registry)
    for standing in RepositoryState:
        gauge.labels(standing.value).set(standings[standing])
    stages = Gauge("parity_repositories_in_stage", "Repositories by stage.", ["stage"], registry=registry)
    for stage, count in Counter(stage_of(repository).value for repository in known).items():
        stages.labels(stage).set(count)
    running = Gauge("parity_campaigns_running", "Repositories with a campaign that has no verdict.", registry=registry)
    running.set(sum(repository.running is not None for repository in known))


def _repositories(registry: CollectorRegistry, known: Iterable[Known], now: float) -> None:
    names = ["store", "repository"]
    verdict = Gauge(
        "parity_verdict", "1 for what the newest verdict says.", [*names, "decision", "evidence"], registry=registry
    )
    age = Gauge("parity_evidence_age_seconds", "Age of the newest judged evidence.", names, registry=registry)
    verified = Gauge("parity_verified", "1 where all of that evidence was hashed.", names, registry=registry)
    for repository in known:
        row = repository.judged
        if row is not None:
            label = (repository.store, repository.repository)
            verdict.labels(*label, row.decision, row.evidence).set(1)
            age.labels(*label).set(now - row.planned_at)
            verified.labels(*label).set(bool(row.verified_at))
