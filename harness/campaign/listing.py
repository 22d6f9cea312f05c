"""The list of a repository's evidence: what a judgement rests on."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.observation import Observation
from harness.store.archive import JOURNAL, PLAN, Archive


def observation_name(run: str) -> str:
    """Name the file of one run's facts."""
    return f"runs/{run}/observation.json"


def evidence_of(archive: Archive, seen: Mapping[str, Observation]) -> Mapping[str, str]:
    """List what findings rest on, name to digest: facts as they are stored, payloads as they were fetched.

    Raises:
        EvidenceDamaged: plan, journal or the facts of a run can't be read.
    """
    facts = (PLAN, JOURNAL, *(observation_name(run) for run in sorted(seen)))
    payloads = {name: digest for _, run in sorted(seen.items()) for name, digest in run.files.items()}
    return {**archive.digests(facts), **payloads}
