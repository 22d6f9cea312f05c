"""What `parity doctor` says of a repository's evidence before a campaign: real, or synthetic and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from campaign.team import sample

from harness.backends.base import Health, Symptom
from harness.campaign.examination import evidence_of
from harness.campaign.selfcheck.world import ACCOUNT, REAL, endpoints_of
from harness.errors import BackendError, HarnessError
from harness.model.reality import Real
from harness.model.repository import Repository

WINE = replace(sample(), real=REAL)
BOTH = endpoints_of("wine")
HALF = {"wine/candidate": BOTH["wine/candidate"]}
SANDBOX = endpoints_of("wine", synthetic=True)
SILENT: dict[str, Mapping[str, str] | HarnessError] = {**BOTH, "wine/legacy": BackendError("nobody answers")}
UNNAMED = "nothing: no account and no cluster is named as real (real: in repos.yaml)"


@pytest.mark.parametrize(
    ("of", "said", "symptom"),
    [
        (WINE, BOTH, Symptom("evidence", Health.GOOD, "its evidence would be real")),
        (WINE, HALF, Symptom("evidence", Health.GOOD, "evidence of wine/candidate would be real")),
        (
            replace(WINE, real=Real((), REAL.clusters)),
            BOTH,
            Symptom(
                "evidence",
                Health.BAD,
                f"it would be synthetic: wine/candidate: account {ACCOUNT} is not listed as real in the policy: write "
                f'real: {{accounts: ["{ACCOUNT}"]}} in repos.yaml',
            ),
        ),
        (
            replace(WINE, real=Real()),
            {"wine/candidate": SANDBOX["wine/candidate"]},
            Symptom(
                "evidence",
                Health.UNKNOWN,
                "it would be synthetic: wine/candidate: the endpoint says that it is a sandbox",
                UNNAMED,
            ),
        ),
        (WINE, SILENT, Symptom("evidence", Health.BAD, "it would be synthetic: wine/legacy: nobody answers")),
    ],
    ids=["real", "one half", "not listed", "sandbox, nothing named", "no answer"],
)
def test_the_symptom_says_whether_the_evidence_would_be_real(
    of: Repository, said: Mapping[str, Mapping[str, str] | HarnessError], symptom: Symptom
) -> None:
    """By the decision that a plan would make today, reasons included."""
    assert evidence_of(of, said) == symptom
