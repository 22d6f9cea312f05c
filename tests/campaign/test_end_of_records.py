"""A list ends when it was taken, or at the newest time it speaks of where that is later."""

from __future__ import annotations

import pytest

from harness.campaign.sightings import listed
from harness.model.clock import parse_iso
from harness.model.job import Json

TAKEN = parse_iso("2026-11-30T12:00:30Z")


def created(text: str) -> dict[str, Json]:
    """Write a Job that was made then."""
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "u", "creationTimestamp": text}}


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-11-30T11:59:59Z", "2026-11-30T12:00:30Z"),
        ("2026-11-30T12:00:29Z", "2026-11-30T12:00:30Z"),
        ("2026-11-30T12:00:31Z", "2026-11-30T12:00:31Z"),
        ("2026-11-30T12:00:31.5Z", "2026-11-30T12:00:31.5Z"),
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2026-11-30T07:30:31-05:00", "2026-11-30T12:30:31Z"),  # as a text it comes before
        ("2026-11-30T17:30:00+05:30", "2026-11-30T12:00:30Z"),  # as a text it comes after
        ("2026-11-30 12:00:31Z", "2026-11-30T12:00:31Z"),
        ("20261130T120031Z", "2026-11-30T12:00:31Z"),
        ("2026-11-30", "2026-11-30T12:00:30Z"),
        ("no time", "2026-11-30T12:00:30Z"),
        ("", "2026-11-30T12:00:30Z"),
    ],
)
def test_a_list_ends_with_the_newest_time_that_it_speaks_of(text: str, end: str) -> None:
    """Whatever form the time has, as far as it is read at all."""
    assert listed([created("2026-11-30T11:00:00Z"), created(text)], TAKEN).until == parse_iso(end)
