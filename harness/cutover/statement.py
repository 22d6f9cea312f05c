"""What an approver signs: an in-toto statement over the digests of the evidence, in a DSSE envelope.

Formats: in-toto attestation framework, Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md);
DSSE v1.0 (https://github.com/secure-systems-lab/dsse). The signature is an SSH signature over DSSE's pre-authentication
encoding, which `ssh-keygen -Y verify` checks without this tool.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from harness.errors import EvidenceDamaged
from harness.model import strict_json
from harness.store import codec

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:parity-harness:signoff:v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
NAMESPACE = "signoff@parity-harness"
"""Namespace of the SSH signature, so that one made for something else can't be replayed as a sign-off."""
SUBJECTS = ("evidence", "findings", "plan", "policy")
"""Digests of a verdict that a sign-off is about."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """The predicate: which verdict is signed off, and all that must still be so when somebody cuts over."""

    repository: str
    campaign: str
    decision: str
    evidence: str
    """real or synthetic; a synthetic one moves nothing."""
    at: str
    """When the first approver signed."""
    expires_at: str
    """When the evidence is too old by the policy that was signed."""
    author: str
    """Who began the campaign; may not sign."""
    approvals: int
    """Approvers who must sign."""
    digests: Mapping[str, str]
    """evidence, findings, plan, policy: the subjects of the statement."""
    tool: str
    """Version whose checks made the findings."""
    config: str
    """Digest of the `repos.yaml` that was planned with."""
    images: Mapping[str, str]
    """Job to pinned image."""
    code: Mapping[str, str]
    """Job to revision, where one is declared."""
    rules: Mapping[str, str]
    """Policy, margins, output rules and waivers in force when it was signed, by key."""
    waivers: tuple[str, ...]
    """Waivers and accepted differences that the verdict needs."""
    ledger_length: int
    ledger_head: str
    """Digest of the last of so many entries: a sign-off belongs to one ledger."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of an envelope."""

    keyid: str
    """Name of the approver, as the policy has it: a hint, as DSSE says; the key is what is checked."""
    sig: str
    """Base64 of the armoured SSH signature."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope as it lies in the ledger and in `signoffs/NAME.json`."""

    payload: str
    """Base64 of the statement's bytes."""
    payloadType: str  # noqa: N815 - the format's own name
    signatures: tuple[Signature, ...]


def payload_of(signoff: SignOff) -> bytes:
    """Write a statement as canonical JSON."""
    subjects = [
        {"name": f"{signoff.repository}/{name}", "digest": {"sha256": signoff.digests[name].removeprefix("sha256:")}}
        for name in SUBJECTS
    ]
    predicate = msgspec.to_builtins(signoff, str_keys=True)
    return codec.line({"_type": TYPE, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate})


def signed_bytes(payload: bytes) -> bytes:
    """Give what is signed: DSSE's pre-authentication encoding of a payload."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope_of(payload: bytes, signatures: tuple[tuple[str, str], ...]) -> Envelope:
    """Wrap a payload with its signatures, approver and armoured signature each."""
    members = tuple(Signature(name, base64.b64encode(text.encode()).decode()) for name, text in signatures)
    return Envelope(base64.b64encode(payload).decode(), PAYLOAD_TYPE, members)


def read_envelope(data: bytes, name: str) -> tuple[Envelope, bytes, SignOff]:
    """Read an envelope, the bytes that were signed, and what they say.

    Raises:
        EvidenceDamaged: it is no envelope around a sign-off of this version; names what it was read from.
    """
    envelope = codec.decode(data, Envelope, name)
    if envelope.payloadType != PAYLOAD_TYPE:
        message = f"{name}: payloadType: expected {PAYLOAD_TYPE}, found {envelope.payloadType[:60]!r}"
        raise EvidenceDamaged(message)
    payload = _bytes(envelope.payload, f"{name}: payload")
    return envelope, payload, read_payload(payload, name)


def read_payload(payload: bytes, name: str) -> SignOff:
    """Read a statement; what does not say the same when it is written again was not written by this tool.

    Raises:
        EvidenceDamaged: it is no sign-off of this version.
    """
    try:
        found = strict_json.read(payload)
    except strict_json.StrictError as error:
        message = f"{name}: {error}"
        raise EvidenceDamaged(message) from error
    predicate = found.get("predicate") if isinstance(found, dict) else None
    signoff = codec.decode(codec.encode(predicate), SignOff, f"{name}: predicate")
    missing = [subject for subject in SUBJECTS if subject not in signoff.digests]
    if missing or payload_of(signoff) != payload:
        message = f"{name}: its statement is not one of {PREDICATE} as this version writes it"
        raise EvidenceDamaged(message)
    return signoff


def armoured(signature: Signature, name: str) -> str:
    """Give the SSH signature as `ssh-keygen` wrote it.

    Raises:
        EvidenceDamaged: it is no base64 of ASCII text.
    """
    return _bytes(signature.sig, f"{name}: signature of {signature.keyid}").decode("ascii", "replace")


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"{name}: no base64: {error}"
        raise EvidenceDamaged(message) from error
