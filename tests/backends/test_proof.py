"""Who answers for an account, by a real TLS handshake with moto's server: a private CA, and every way to be refused."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from backends.secure import HOST, bundle, context_of, moto_server

from harness.backends import proof
from harness.backends.aws import Account, Clients
from harness.errors import NotSetUp
from harness.model.reality import Real, reality_of
from harness.sandbox.kube.certificate import make as self_signed

ACCOUNT = "123456789012"
SERVICES = ("sts", "sagemaker", "s3", "logs")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto takes any; nothing of this machine's own settings counts."""
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.fixture
def authority() -> trustme.CA:
    """Make the private CA of a company."""
    return trustme.CA(organization_name="the company")


@pytest.fixture
def url(authority: trustme.CA) -> Iterator[str]:
    """Serve AWS with a certificate of that CA."""
    with moto_server(context_of(authority.issue_cert(HOST))) as found:
        yield found


def facts(url: str, ca: str | None) -> dict[str, str]:
    """Ask the account of an endpoint."""
    return dict(proof.of_account(Clients(Account(ACCOUNT, "us-east-1", None, url, ca), attempts_max=1)))


def reasons(found: dict[str, str], *accounts: str) -> tuple[str, ...]:
    """Decide about one account alone."""
    said = {"account": ACCOUNT, "synthetic": "no", **found}
    return reality_of({"churn/candidate": said}, {"churn": Real(accounts)}).reasons


def test_a_private_ca_that_the_policy_declares_is_real(url: str, authority: trustme.CA, tmp_path: Path) -> None:
    """Account, certificate and authorities are recorded, of each service."""
    ca = bundle(authority, tmp_path)
    found = facts(url, ca)
    digest = hashlib.sha256(Path(ca).read_bytes()).hexdigest()
    assert found["tls.proven"] == ACCOUNT
    assert found["tls.verification"] == "on"
    assert found["tls.ca"] == f"public roots and ca.pem sha256:{digest}"
    assert [found[f"{service}.tls"] for service in SERVICES] == ["validated"] * 4
    (fingerprint,) = {found[f"{service}.fingerprint"] for service in SERVICES}
    whole = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((HOST, int(url.rpartition(":")[2]))))
    assert fingerprint == f"sha256:{hashlib.sha256(whole).hexdigest()}"
    assert "organizationName=the company" in found["sts.issuer"]
    assert found["sts.expires"]
    assert reasons(found, ACCOUNT) == ()


def test_an_account_that_nobody_listed_is_not_real_however_well_it_is_reached(
    url: str, authority: trustme.CA, tmp_path: Path
) -> None:
    """The policy names accounts, not certificates."""
    (reason,) = reasons(facts(url, bundle(authority, tmp_path)), "999999999999")
    assert reason.startswith(f"churn/candidate: account {ACCOUNT} is not listed as real in the policy")


def test_a_ca_that_nobody_declared_is_not_believed(url: str, tmp_path: Path) -> None:
    """Neither by default nor where another CA is declared; all four services are told."""
    other = bundle(trustme.CA(), tmp_path)
    for ca in (None, other):
        found = facts(url, ca)
        assert found["sts.tls"] == "its certificate does not validate: unable to get local issuer certificate"
        assert found["tls.proven"] == ""
        assert len(reasons(found, ACCOUNT)) == 4


def test_what_the_machine_trusts_is_not_what_the_policy_trusts(
    url: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_CA_BUNDLE lets the clients work, and proves nothing."""
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle(authority, tmp_path))
    clients = Clients(Account(ACCOUNT, "us-east-1", None, url), attempts_max=1)
    assert clients.identity() == ACCOUNT
    assert len(reasons(dict(proof.of_account(clients)), ACCOUNT)) == 4


def test_an_expired_certificate_is_told(authority: trustme.CA, tmp_path: Path) -> None:
    """By the word that OpenSSL has for it."""
    expired = authority.issue_cert(HOST, not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with moto_server(context_of(expired)) as url:
        found = facts(url, bundle(authority, tmp_path))
    assert found["sts.tls"] == "its certificate does not validate: certificate has expired"
    assert len(reasons(found, ACCOUNT)) == 4


def test_a_self_signed_certificate_is_told(tmp_path: Path) -> None:
    """As our own sandbox has one."""
    context, _ = self_signed(tmp_path / "key")
    with moto_server(context) as url:
        found = facts(url, None)
    assert found["sts.tls"] == "its certificate does not validate: self-signed certificate"


def test_a_certificate_of_another_host_is_told(authority: trustme.CA, tmp_path: Path) -> None:
    """Though its CA is declared."""
    with moto_server(context_of(authority.issue_cert("sts.example.org"))) as url:
        found = facts(url, bundle(authority, tmp_path))
    assert "IP address mismatch" in found["sts.tls"]


def test_plain_http_is_never_real(tmp_path: Path, authority: trustme.CA) -> None:
    """Whatever is declared."""
    with moto_server(None) as url:
        found = facts(url, bundle(authority, tmp_path))
        assert found["tls.verification"] == f"sts is reached by plain http ({url})"
        assert found["sts.tls"] == f"the endpoint {url} is not https"
    assert len(reasons(found, ACCOUNT)) == 5


def test_one_service_by_plain_http_is_enough(
    url: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real STS does not make a SageMaker of somebody else's real."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    found = dict(proof.of_account(Clients(Account(ACCOUNT, "us-east-1", None, None, bundle(authority, tmp_path)), 1)))
    assert found["tls.proven"] == ACCOUNT
    assert found["tls.verification"] == "sagemaker is reached by plain http (http://127.0.0.1:9)"
    assert len(reasons(found, ACCOUNT)) == 2


def test_a_client_that_does_not_verify_is_told(url: str, authority: trustme.CA, tmp_path: Path) -> None:
    """However it came to that."""
    clients = Clients(Account(ACCOUNT, "us-east-1", None, url, bundle(authority, tmp_path)), 1)
    clients._made["s3"] = clients._session.client("s3", endpoint_url=url, verify=False)
    found = dict(proof.of_account(clients))
    assert found["tls.verification"] == "the client of s3 is set not to verify"
    assert len(reasons(found, ACCOUNT)) == 1


def test_an_endpoint_that_does_not_answer_is_a_fact() -> None:
    """Told like the others."""
    assert facts("https://127.0.0.1:9", None)["sts.tls"].startswith("no answer: ")


def test_a_bundle_that_is_none_is_refused_with_what_to_write(tmp_path: Path) -> None:
    """A file that is missing, and one that holds no certificate."""
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing", encoding="utf-8")
    for path in (tmp_path / "missing.pem", empty):
        with pytest.raises(NotSetUp, match=rf"certificate authorities: .*{path.name}.*real\.ca"):
            facts("https://127.0.0.1:9", str(path))


def test_a_stand_in_that_says_so_is_known(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox's header, over TLS that validates, with the account that the policy lists."""

    def announcing(app: Any) -> Any:
        def served(environ: dict[str, Any], start_response: Any) -> Any:
            return app(environ, lambda line, headers, *rest: start_response(
                line, [*headers, ("X-Parity-Sandbox", "yes")], *rest
            ))  # fmt: skip

        return served

    ca = bundle(authority, tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", ca)
    with moto_server(context_of(authority.issue_cert(HOST)), announcing) as url:
        clients = Clients(Account(ACCOUNT, "us-east-1", None, url, ca), 1)
        assert clients.synthetic
        said = {**proof.of_account(clients), "synthetic": "yes"}
    assert reasons(said, ACCOUNT) == ("churn/candidate: the endpoint says that it is a sandbox",)
