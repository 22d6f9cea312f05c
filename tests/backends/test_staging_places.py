"""Where what travels lies: no campaign finds what another one left."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.campaign.wiring import wire
from harness.config.load import load
from harness.model.clock import SystemClock
from harness.model.job import Side
from harness.model.order import of_campaign

DEMO = Path(__file__).parents[2] / "repos.yaml"


@pytest.mark.parametrize("prefix", ["s3://bucket/a", "s3://bucket/a/"])
def test_a_campaign_has_its_own_part_of_a_prefix(prefix: str) -> None:
    """Runs have the same ids in every campaign, so their names alone would meet."""
    assert of_campaign(prefix, "c1") == "s3://bucket/a/c1"
    assert of_campaign("s3://bucket", "c1") == "s3://bucket/c1"


def test_both_sides_are_wired_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The places that the two backends are handed, by repository."""
    places: list[str] = []
    owners: list[str] = []

    def stage(clients: object, uri: str, key: str, owner: str) -> object:
        del clients, key
        places.append(uri)
        owners.append(owner)
        return object()

    monkeypatch.setattr("harness.campaign.wiring.Staging", stage)
    monkeypatch.setattr("harness.backends.sagemaker.connector.SageMakerBackend", Quiet)
    monkeypatch.setattr("harness.backends.kubernetes.connector.KubernetesBackend", Quiet)
    monkeypatch.setattr("harness.campaign.wiring.Clients", Quiet)
    repositories = load(DEMO)
    wire(repositories, "c7", SystemClock())
    assert len(places) == 2 * len(repositories)
    assert all(place.endswith("/c7") for place in places)
    assert owners == [repository.cloud(Side.CANDIDATE).account for repository in repositories for _ in range(2)]


class Quiet:
    """Takes whatever it is given, and does nothing."""

    synthetic = False

    def __init__(self, *given: object, **named: object) -> None:
        """Take it."""

    def __getattr__(self, name: str) -> object:
        """Give what does nothing."""
        return self.nothing

    def nothing(self, *given: object, **named: object) -> None:
        """Do it."""
