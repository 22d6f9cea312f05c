"""Who answers for an account, over TLS that validates: facts for `harness.model.reality`, gathered when a plan is made.

The account's id is asked by a GetCallerIdentity on a connection of our own, so that id and certificate belong
to one connection; the other services that evidence comes from are asked for their certificates alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET  # nosec B405 # expat expands no external entity, and the body is capped

from harness.backends.aws import Clients
from harness.backends.tls import Answer, Question, Trust, ask
from harness.model.reality import ACCOUNT, CA, PROVEN, SERVICES, VALIDATED, VERIFICATION

_OK = 200
_WHO = "/?Action=GetCallerIdentity&Version=2011-06-15"


def of_account(clients: Clients) -> Mapping[str, str]:
    """Ask every service that evidence of an account comes from; no answer is a fact as well, never an error.

    Raises:
        NotSetUp: the declared certificate authorities can't be read.
    """
    trust = Trust(clients.account.ca)
    addresses = {service: clients.address(service) for service in SERVICES[ACCOUNT]}
    facts = {CA: trust.words, VERIFICATION: _verification(clients, addresses)}
    for service, url in addresses.items():
        if service == "sts":
            answer = ask(Question(url, _WHO, clients.identity_headers(_WHO)), trust)
            facts[PROVEN] = _account_in(answer)
        else:
            answer = ask(Question(url), trust)
        facts |= answer.facts(service)
    return facts


def _verification(clients: Clients, addresses: Mapping[str, str]) -> str:
    """Say whether every client verifies certificates, or which one does not and why."""
    for service, url in addresses.items():
        if urlsplit(url).scheme != "https":
            return f"{service} is reached by plain http ({url})"
        if not clients.verifies(service):
            return f"the client of {service} is set not to verify"
    return "on"


def _account_in(answer: Answer) -> str:
    """Read the account's id out of STS's reply; empty where it is none."""
    if answer.tls != VALIDATED or answer.status != _OK:
        return ""
    try:
        root = ET.fromstring(answer.body)  # noqa: S314 # nosec B314 # expat expands no external entity, and the body is capped
    except ET.ParseError:
        return ""
    return next((part.text or "" for part in root.iter() if part.tag.rpartition("}")[2] == "Account"), "")
