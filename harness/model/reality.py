"""Whether evidence is real: who answered, over which connection, against what the policy names. Pure.

`real` is a claim that has to be proven for each endpoint of a plan, and every doubt is told with what to write. Facts
are gathered once, when a campaign is planned (`harness.backends.proof`); the decision is made again at every reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ACCOUNT, CLUSTER = "account", "cluster"
SYNTHETIC = "synthetic"
"""Fact of an endpoint: `yes` where it says of itself that it is a sandbox."""
VERIFICATION, CA = "tls.verification", "tls.ca"
"""Facts of an endpoint: `on` or why it is off; the certificate authorities that were trusted."""
PROVEN = "tls.proven"
"""Fact of an endpoint: the account or cluster id that was answered over the connection whose certificate is told."""
VALIDATED = "validated"
SERVICES: Mapping[str, tuple[str, ...]] = {
    ACCOUNT: ("sts", "sagemaker", "s3", "logs"),
    CLUSTER: ("api",),
}
"""What evidence comes from, by what names the endpoint: each must answer over TLS that validates."""

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Real:
    """What the policy names as real; nothing named: no evidence is."""

    accounts: tuple[str, ...] = ()
    """AWS account ids."""
    clusters: tuple[str, ...] = ()
    """Uids of the clusters' kube-system namespaces."""
    ca: str | None = None
    """A bundle of private certificate authorities in PEM, trusted besides the public ones."""


@dataclass(frozen=True, slots=True)
class Reality:
    """Whether a plan's evidence is real, and why not."""

    real: bool
    reasons: tuple[str, ...] = ()
    """One for each doubt, with the endpoint that it is about and what to do; empty: it is real."""


BEFORE = Reality(real=False, reasons=("the plan was made before endpoints were proven: run a new campaign",))
"""Of plans that hold no decision of their own."""


def reality_of(endpoints: Mapping[str, Facts], named: Mapping[str, Real]) -> Reality:
    """Decide whether evidence from these endpoints is real.

    `endpoints`: facts by `repository/side`; `named`: what the policy of each repository names. Nothing asked is not
    real, and one endpoint in doubt makes all of the campaign synthetic.
    """
    reasons = tuple(
        f"{place}: {doubt}" for place, facts in sorted(endpoints.items()) for doubt in _doubts(place, facts, named)
    )
    absent = sorted(name for name in named if not any(place.startswith(f"{name}/") for place in endpoints))
    reasons += tuple(f"{name}: no endpoint of it was asked who it is" for name in absent)
    if not endpoints:
        reasons += ("no endpoint was asked who it is",)
    return Reality(real=not reasons, reasons=reasons)


def _doubts(place: str, facts: Facts, named: Mapping[str, Real]) -> Iterator[str]:
    if facts.get(SYNTHETIC) != "no":
        announced = facts.get(SYNTHETIC) == "yes"
        yield "the endpoint says that it is a sandbox" if announced else "nobody recorded whether it is a sandbox"
        return
    kind = ACCOUNT if ACCOUNT in facts else CLUSTER
    yield from _unlisted(kind, facts.get(kind, ""), named.get(place.rpartition("/")[0], Real()))
    if facts.get(VERIFICATION) != "on":
        why = facts.get(VERIFICATION, "nobody recorded it")
        yield f"certificates are not verified: {why}; turn verification on and reach the endpoint by https"
    yield from _unproven(kind, facts)


def _unlisted(kind: str, found: str, real: Real) -> Iterator[str]:
    if not found:
        yield f"the {kind} did not say which one it is; {_HOW_TO_SEE[kind]}"
    elif found not in (real.accounts if kind == ACCOUNT else real.clusters):
        yield f'{kind} {found} is not listed as real in the policy: write real: {{{kind}s: ["{found}"]}} in repos.yaml'


_HOW_TO_SEE = {
    ACCOUNT: "allow sts:GetCallerIdentity",
    CLUSTER: "allow `get` of the namespace kube-system (`parity infra --platform k8s` prints the role)",
}


def _unproven(kind: str, facts: Facts) -> Iterator[str]:
    """Doubt an identity that was not answered over TLS that validates, and services that were not reached so."""
    for service in SERVICES[kind]:
        seen = facts.get(f"{service}.tls", "nobody recorded how it was reached")
        if seen != VALIDATED:
            yield f"{service} is not reached over TLS that validates: {seen}"
        elif not facts.get(f"{service}.fingerprint"):
            yield f"{service}: its certificate is not recorded"
    found, proven = facts.get(kind, ""), facts.get(PROVEN, "")
    if found and facts.get(f"{SERVICES[kind][0]}.tls") == VALIDATED and proven != found:
        said = f"answered {proven}" if proven else "answered with no id"
        yield f"the validated connection {said}, the client's calls are answered by {kind} {found}"
