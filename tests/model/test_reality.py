"""What makes evidence real: every endpoint named in the policy, and proven over TLS that validates."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.reality import Real, Reality, reality_of

ACCOUNT, CLUSTER = "123456789012", "0f8fad5b-d9cb-469f-a165-70867728950e"
NAMED = {"churn": Real((ACCOUNT,), (CLUSTER,))}
LEGACY = {
    "cluster": CLUSTER,
    "synthetic": "no",
    "tls.verification": "on",
    "tls.ca": "public roots",
    "tls.proven": CLUSTER,
    "api.tls": "validated",
    "api.fingerprint": "sha256:11",
}
CANDIDATE = {
    "account": ACCOUNT,
    "synthetic": "no",
    "tls.verification": "on",
    "tls.ca": "public roots",
    "tls.proven": ACCOUNT,
    **{f"{service}.tls": "validated" for service in ("sts", "sagemaker", "s3", "logs")},
    **{f"{service}.fingerprint": f"sha256:{service}" for service in ("sts", "sagemaker", "s3", "logs")},
}
ENDPOINTS = {"churn/legacy": LEGACY, "churn/candidate": CANDIDATE}


def decided(side: str = "", named: Mapping[str, Real] = NAMED, **changed: str | None) -> tuple[str, ...]:
    """Change facts of one side (None: it is not there; `_` for a dot) and give the reasons against."""
    changes = {name.replace("_", ".", 1): value for name, value in changed.items()}
    facts = {**ENDPOINTS.get(f"churn/{side}", {}), **changes}
    kept = {name: value for name, value in facts.items() if value is not None}
    found = reality_of({**ENDPOINTS, **({f"churn/{side}": kept} if side else {})}, named)
    assert found.real is not bool(found.reasons)
    return found.reasons


def test_both_sides_named_and_proven_is_real() -> None:
    """Whatever the endpoints are called."""
    assert reality_of(ENDPOINTS, NAMED) == Reality(real=True)


@pytest.mark.parametrize(
    ("side", "changed", "reason"),
    [
        ("candidate", {"synthetic": "yes"}, "churn/candidate: the endpoint says that it is a sandbox"),
        ("legacy", {"synthetic": "yes"}, "churn/legacy: the endpoint says that it is a sandbox"),
        ("legacy", {"synthetic": None}, "churn/legacy: nobody recorded whether it is a sandbox"),
        (
            "candidate",
            {"account": "999999999999", "tls_proven": "999999999999"},
            (
                "churn/candidate: account 999999999999 is not listed as real in the policy: "
                'write real: {accounts: ["999999999999"]} in repos.yaml'
            ),
        ),
        (
            "legacy",
            {"cluster": "another", "tls_proven": "another"},
            (
                "churn/legacy: cluster another is not listed as real in the policy: "
                'write real: {clusters: ["another"]} in repos.yaml'
            ),
        ),
        (
            "legacy",
            {"cluster": "", "tls_proven": ""},
            (
                "churn/legacy: the cluster did not say which one it is; allow `get` of the namespace kube-system "
                "(`parity infra --platform k8s` prints the role)"
            ),
        ),
        (
            "legacy",
            {"tls_verification": "the kubeconfig says insecure-skip-tls-verify"},
            (
                "churn/legacy: certificates are not verified: the kubeconfig says insecure-skip-tls-verify; "
                "turn verification on and reach the endpoint by https"
            ),
        ),
        (
            "candidate",
            {"sts_tls": "its certificate does not validate: certificate has expired"},
            (
                "churn/candidate: sts is not reached over TLS that validates: "
                "its certificate does not validate: certificate has expired"
            ),
        ),
        (
            "candidate",
            {"sagemaker_tls": None},
            "churn/candidate: sagemaker is not reached over TLS that validates: nobody recorded how it was reached",
        ),
        ("legacy", {"api_fingerprint": None}, "churn/legacy: api: its certificate is not recorded"),
        (
            "candidate",
            {"tls_proven": "999999999999"},
            (
                "churn/candidate: the validated connection answered 999999999999, "
                "the client's calls are answered by account 123456789012"
            ),
        ),
        (
            "legacy",
            {"tls_proven": ""},
            (
                "churn/legacy: the validated connection answered with no id, "
                f"the client's calls are answered by cluster {CLUSTER}"
            ),
        ),
    ],
)
def test_one_doubt_is_enough_and_is_told(side: str, changed: dict[str, str | None], reason: str) -> None:
    """With what to write or to do."""
    assert decided(side, **changed) == (reason,)


def test_where_nothing_is_named_nothing_is_real() -> None:
    """The default of every repository."""
    assert decided(named={"churn": Real()}) == (
        (
            "churn/candidate: account 123456789012 is not listed as real in the policy: "
            'write real: {accounts: ["123456789012"]} in repos.yaml'
        ),
        (
            f"churn/legacy: cluster {CLUSTER} is not listed as real in the policy: "
            f'write real: {{clusters: ["{CLUSTER}"]}} in repos.yaml'
        ),
    )


def test_an_account_is_not_taken_for_a_cluster_nor_one_repositorys_for_anothers() -> None:
    """Each list is of one kind, and of one repository."""
    assert len(decided(named={"churn": Real((CLUSTER,), (ACCOUNT,))})) == 2
    assert len(decided(named={"churn": Real(), "wine": Real((ACCOUNT,), (CLUSTER,))})) == 3


def test_a_repository_that_nobody_asked_about_is_in_doubt() -> None:
    """And so is a plan without endpoints."""
    assert decided(named={**NAMED, "wine": Real((ACCOUNT,), (CLUSTER,))}) == (
        "wine: no endpoint of it was asked who it is",
    )
    assert reality_of({}, {}).reasons == ("no endpoint was asked who it is",)


def test_another_certificate_of_the_same_endpoint_is_real_too() -> None:
    """Certificates rotate and load balancers have several: they are recorded, and not compared by equality."""
    assert decided("legacy", api_fingerprint="sha256:22", api_issuer="CN=another CA") == ()


@given(st.sampled_from(sorted(LEGACY)), st.one_of(st.none(), st.text(max_size=40)))
def test_no_forged_name_makes_a_sandbox_real(key: str, forged: str | None) -> None:
    """It says what it is, and whatever else it is called then counts for nothing."""
    changed = {key.replace(".", "_", 1): forged, "synthetic": "yes"}
    assert decided("legacy", **changed) == ("churn/legacy: the endpoint says that it is a sandbox",)


@given(st.dictionaries(st.sampled_from(sorted({*LEGACY} - {"tls.ca"})), st.text(max_size=12), min_size=1))
def test_no_change_of_a_fact_that_counts_goes_unnoticed(changed: dict[str, str]) -> None:
    """Every fact but the authorities' own name and a certificate is held against the policy or its like."""
    differs = {name for name, value in changed.items() if value != LEGACY[name]} - {"api.fingerprint"}
    lost = changed.get("api.fingerprint") == ""
    reasons = decided("legacy", **{name.replace(".", "_", 1): value for name, value in changed.items()})
    assert bool(reasons) is bool(differs or lost)
