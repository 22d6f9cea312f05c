"""Rulings in the ledger: how one is stated, signed, entered and read back. A signature that does not hold is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Refused
from harness.judge.rulings import refusal, signature_of
from harness.model.finding import Finding, Ruling
from harness.model.policy import Approver, Policy
from harness.model.repository import Repository
from harness.model.verdict import Judgement
from harness.store import codec, ledger, signature

SCHEMA = "parity.ruling/1"
PURPOSE = "ruling@parity-harness"
"""Namespace of the signature, so that one made for something else can't be replayed as a ruling."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What an approver of a difference signs, as canonical JSON."""

    schema: str
    repository: str
    campaign: str
    finding: str
    signature: str
    difference: float | None
    margin: float | None
    what: str
    owner: str
    reason: str
    synthetic: bool
    """Sandbox evidence: such a ruling covers nothing on real platforms."""
    findings_digest: str
    """Of the findings that the signer looked at."""
    signer: str
    at: str
    ledger_length: int
    ledger_head: str
    """Digest of the last of so many entries: a ruling belongs to one ledger, cut or forked ones have another."""


def rulable(repository: Repository, findings: Sequence[Finding]) -> dict[str, Finding]:
    """List the differences that a ruling may accept, by check and subject, each difference once."""
    found: dict[str, dict[str, Finding]] = {}
    for finding in findings:
        if not refusal(finding):
            found.setdefault(name_of(finding), {}).setdefault(signature_of(repository.name, finding), finding)
    return {
        name if len(group) == 1 else f"{name}#{number}": each
        for name, group in found.items()
        for number, each in enumerate(group.values(), 1)
    }


def name_of(finding: Finding) -> str:
    """Name what a finding speaks of, whatever the pair."""
    return f"{finding.check}/{finding.subject}"


@dataclass(frozen=True, slots=True)
class SignerInput:
    """What the signer says, and with which key."""

    reason: str
    approver: Approver
    key: Path
    at: str
    synthetic: bool
    """Whether the campaign that was looked at ran on a sandbox."""


def enter(
    repository: Repository, judgement: Judgement, finding: Finding, said: SignerInput, *, book: Path | ledger.Ledger
) -> Ruling:
    """Sign a ruling over one finding of a campaign, and enter it into the ledger; give it as it now stands there.

    Raises:
        Refused: no ruling may cover the finding, or the key is not the approver's.
    """
    why = refusal(finding)
    if why:
        message = f"{name_of(finding)} can't be accepted: {why}"
        raise Refused(message)
    statement = _statement(repository, judgement, finding, said, head=ledger.head(book))
    data = codec.line(statement)
    signed = signature.sign(data, said.key, PURPOSE)
    if not signature.holds(data, signed, said.approver.key, PURPOSE):
        message = f"{said.key} is not the key that the policy names for {said.approver.name}"
        raise Refused(message)
    facts = {"statement": data.decode(), "ssh": signed}
    ledger.append(book, ledger.RULING, said.at, repository=repository.name, campaign=judgement.campaign, facts=facts)
    mine = _core(statement)
    standing = read(repository, ledger.read(book), judgement.campaign, synthetic=said.synthetic)
    return next(ruling for ruling in standing if ruling.id == mine)


def _statement(
    repository: Repository, judgement: Judgement, finding: Finding, said: SignerInput, *, head: tuple[int, str]
) -> Statement:
    measure = finding.measure
    return Statement(
        schema=SCHEMA,
        repository=repository.name,
        campaign=judgement.campaign,
        finding=name_of(finding),
        signature=signature_of(repository.name, finding),
        difference=measure.difference if measure else None,
        margin=measure.margin if measure else None,
        what=finding.summary,
        owner=repository.owner,
        reason=said.reason,
        synthetic=said.synthetic,
        findings_digest=codec.digest_of(judgement.findings),
        signer=said.approver.name,
        at=said.at,
        ledger_length=head[0],
        ledger_head=head[1],
    )


def _core(statement: Statement) -> str:
    """Name a ruling by what it accepts, so that the signatures of several approvers come together."""
    told = codec.digest_of([statement.finding, statement.signature, statement.difference, statement.margin])
    return f"R-{told.removeprefix('sha256:')[:12]}"


# -- reading back -----------------------------------------------------------------------------------------------------


def read(
    repository: Repository, entries: tuple[ledger.Entry, ...], campaign: str, *, synthetic: bool
) -> tuple[Ruling, ...]:
    """Give the repository's rulings as they stand for a campaign: signatures that hold, who looked, why one is void.

    `synthetic`: the campaign ran on a sandbox.
    """
    groups: dict[str, list[tuple[Statement, str]]] = {}
    begun: dict[str, int] = {}
    for entry in entries:
        if (entry.kind, entry.repository) == (ledger.RULING, repository.name):
            statement, trouble = _checked(entry, entries, repository.policy)
            trouble = trouble or ("made on synthetic evidence" if statement.synthetic and not synthetic else "")
            groups.setdefault(_core(statement), []).append((statement, trouble))
            begun.setdefault(_core(statement), entry.sequence)
    looked = {
        name: 0 if synthetic else ledger.looked(entries, repository.name, since, campaign)
        for name, since in begun.items()
    }
    return tuple(_ruling(name, members, repository.policy, looked[name]) for name, members in groups.items())


def _ruling(name: str, members: list[tuple[Statement, str]], policy: Policy, looked: int) -> Ruling:
    first, last = members[0][0], members[-1][0]
    signers = tuple(dict.fromkeys(statement.signer for statement, trouble in members if not trouble))
    troubles = [f"{statement.signer}: {trouble}" for statement, trouble in members if trouble]
    lacking = f"{len(signers)} of {policy.approvals} signatures hold" if len(signers) < policy.approvals else ""
    return Ruling(
        id=name,
        finding=first.finding,
        signature=first.signature,
        difference=first.difference,
        margin=first.margin,
        what=first.what,
        owner=first.owner,
        reason=first.reason,
        campaign=first.campaign,
        at=last.at,
        signers=signers,
        void="; ".join([lacking, *troubles]) if lacking else "",
        looked=looked,
    )


def _checked(entry: ledger.Entry, entries: tuple[ledger.Entry, ...], policy: Policy) -> tuple[Statement, str]:
    """Read one statement, and say what keeps its signature from holding.

    Raises:
        EvidenceDamaged: the entry holds no statement; nothing may be built on such a ledger.
    """
    data = entry.facts.get("statement", "").encode()
    statement = codec.decode(data, Statement, f"ledger entry {entry.sequence}")
    approver = policy.approver(statement.signer)
    if (statement.repository, statement.campaign) != (entry.repository, entry.campaign):
        return statement, "made for another repository or campaign"
    if not _of_this_ledger(statement, entry, entries):
        return statement, "made for another ledger"
    if approver is None:
        return statement, "no approver of this policy"
    signed = signature.holds(data, entry.facts.get("ssh", ""), approver.key, PURPOSE)
    return statement, "" if signed else "the signature does not hold"


def _of_this_ledger(statement: Statement, entry: ledger.Entry, entries: tuple[ledger.Entry, ...]) -> bool:
    length = statement.ledger_length
    return 0 <= length <= entry.sequence and entries[length].previous == statement.ledger_head
