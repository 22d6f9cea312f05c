"""A cluster's identity over TLS under the policy's trust, asked of the sandbox, which is never real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trustme
from backends.secure import bundle

from harness.backends.kubernetes.backend import KubernetesBackend
from harness.model.clock import SystemClock
from harness.model.reality import Real, reality_of


@pytest.fixture
def facts(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Describe the sandbox's cluster as a backend does, with some lines of its kubeconfig replaced."""

    def described(ca: str | None, **replaced: str) -> dict[str, str]:
        text = cluster.kubeconfig.read_text(encoding="utf-8")
        for old, new in replaced.items():
            text = text.replace(old.replace("_", "-"), new)
        path = tmp_path / "kubeconfig"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("KUBECONFIG", str(path))
        return dict(KubernetesBackend(None, "default", "c1", "", clock=SystemClock(), ca=ca).describe())

    return described


@pytest.fixture
def own_ca(cluster: Any, tmp_path: Path) -> str:
    """Declare the sandbox's own certificate."""
    path = tmp_path / "cluster.pem"
    path.write_bytes(cluster.half.certificate)
    return str(path)


def reasons(found: dict[str, str], *clusters: str) -> tuple[str, ...]:
    """Decide about one cluster alone."""
    return reality_of({"churn/legacy": found}, {"churn": Real((), clusters)}).reasons


def test_a_declared_ca_validates_and_the_id_comes_over_that_connection(facts: Any, own_ca: str, cluster: Any) -> None:
    """With issuer, subject and fingerprint of the certificate."""
    found = facts(own_ca)
    assert found["api.tls"] == "validated"
    assert found["tls.proven"] == found["cluster"] == cluster.half.cluster_id
    assert (found["api.subject"], found["tls.verification"]) == ("commonName=parity sandbox", "on")
    assert found["api.fingerprint"].startswith("sha256:")
    assert found["tls.ca"].startswith("public roots and cluster.pem sha256:")


def test_the_kubeconfigs_own_ca_proves_nothing(facts: Any, tmp_path: Path) -> None:
    """Whoever hands out a kubeconfig can name a CA of their own."""
    for ca in (None, bundle(trustme.CA(), tmp_path)):
        found = facts(ca)
        assert found["api.tls"] == "its certificate does not validate: self-signed certificate"
        assert found["tls.proven"] == ""


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")  # it is what the test is about
def test_a_kubeconfig_that_skips_verification_is_told(facts: Any, own_ca: str) -> None:
    """Though the CA that would validate is declared."""
    found = facts(own_ca, certificate_authority_data="insecure-skip-tls-verify: true, note")
    assert found["tls.verification"] == "the kubeconfig says insecure-skip-tls-verify"
    assert found["api.tls"] == "certificates are not verified"
    said = reasons({**found, "synthetic": "no"}, found["cluster"])
    assert said[0].startswith("churn/legacy: certificates are not verified: the kubeconfig says")


def test_the_sandbox_is_never_real_though_its_cluster_is_listed_and_its_ca_declared(facts: Any, own_ca: str) -> None:
    """It announces itself; that alone is why."""
    found = facts(own_ca)
    assert reasons(found, found["cluster"]) == ("churn/legacy: the endpoint says that it is a sandbox",)
    assert reasons({**found, "synthetic": "no"}, found["cluster"]) == ()
