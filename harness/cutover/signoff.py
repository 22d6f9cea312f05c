"""Sign-offs: whether a repository may be signed off, who signed, and what a sign-off is worth today.

A sign-off stands in the ledger, one entry a signature, and may travel as a file. It is in force while everything that
was signed is still so; what is another one today is named. Pure, but for `ssh-keygen` that checks a signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.campaign.changes import differences, rules_of
from harness.campaign.verified import Verified
from harness.cutover import statement
from harness.cutover.statement import SignOff
from harness.errors import EvidenceDamaged
from harness.model.clock import iso, parse_iso
from harness.model.policy import Approver, Policy
from harness.model.repository import Repository
from harness.model.verdict import Decision, EvidenceKind, Verdict, approvals_needed, relied_on
from harness.report.wording import counted
from harness.store import codec, ledger, signature

AHEAD_SECONDS_MAX = ledger.BACK_SECONDS_MAX
REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RepositoryToday:
    """One repository of a campaign as it stands now: what may be signed, and what a signature is held against."""

    found: Verified
    verdict: Verdict
    """As of now, by the rules of the plan and of today."""
    repository: Repository | None
    """As today's repos.yaml has it; None: it is not known."""
    entries: tuple[ledger.Entry, ...]
    at: str

    @property
    def policy(self) -> Policy:
        """The policy whose approvers count: today's, and that of the plan where today's is not known."""
        return (self.repository or self.found.repository).policy

    @property
    def name(self) -> str:
        """The repository's name."""
        return self.found.repository.name

    @property
    def campaign(self) -> str:
        """The campaign's name."""
        return self.found.schedule.plan.campaign


def author_of(entries: Iterable[ledger.Entry], repository: str, campaign: str) -> str:
    """Name who began a campaign, as the ledger has it; empty: a version that did not enter it."""
    wanted = (ledger.CAMPAIGN, repository, campaign)
    begun = (entry for entry in entries if (entry.kind, entry.repository, entry.campaign) == wanted)
    return next((entry.facts.get(ledger.AUTHOR, "") for entry in begun), "")


# -- before a signature -----------------------------------------------------------------------------------------------


def refusals(today: RepositoryToday, *, allow_synthetic: bool = False) -> tuple[str, ...]:
    """Say all that keeps a repository from being signed off now; none: it may be."""
    return tuple(_refusals(today, allow_synthetic=allow_synthetic))


def _refusals(today: RepositoryToday, *, allow_synthetic: bool) -> Iterator[str]:
    verdict = today.verdict
    if today.repository is None:
        yield "today's rules are unknown: say --config FILE, the repos.yaml that would cut over"
    yield from today.found.troubles
    if verdict.decision is not Decision.GO:
        yield f"the verdict of today is {verdict.decision.value}: {verdict.reasons[0].sentence}"
    if verdict.evidence is EvidenceKind.SYNTHETIC and not allow_synthetic:
        yield "the evidence is synthetic: only what ran on real platforms can move (--allow-synthetic to practise)"
    if len(today.policy.approvers) < approvals_needed(today.policy, verdict):
        needed = approvals_needed(today.policy, verdict)
        named = len(today.policy.approvers) or "none"
        yield f"{counted(needed, 'approver')} must sign, and the policy names {named}: add policy.approvers"


def request(today: RepositoryToday, head: tuple[int, str]) -> SignOff:
    """State what would be signed now; `head`: length and digest of the ledger."""
    plan, repository, verdict = today.found.schedule.plan, today.found.repository, today.verdict
    rules = today.repository or repository
    identities = {job.name: plan.identities[f"{repository.name}/{job.name}"] for job in repository.jobs}
    return SignOff(
        repository=repository.name,
        campaign=plan.campaign,
        decision=verdict.decision.value,
        evidence=verdict.evidence.value,
        at=today.at,
        expires_at=iso(parse_iso(plan.created_at) + min(_age_max(repository), _age_max(rules))),
        author=author_of(today.entries, repository.name, plan.campaign),
        approvals=approvals_needed(today.policy, verdict),
        digests={name: today.found.digests[name] for name in statement.SUBJECTS},
        tool=today.found.digests["tool"],
        config=plan.config_digest,
        images={job: identity.image.reference for job, identity in identities.items()},
        code={job: identity.code for job, identity in identities.items() if identity.code},
        rules=rules_of(rules),
        waivers=relied_on(verdict),
        ledger_length=head[0],
        ledger_head=head[1],
    )


def _age_max(repository: Repository) -> int:
    return repository.policy.evidence_seconds_max


def signer_refusal(signoff: SignOff, approver: Approver | None, name: str, policy: Policy) -> str:
    """Say why somebody may not sign; empty: they may."""
    if approver is None:
        known = ", ".join(known.name for known in policy.approvers) or "nobody"
        return f"{name} is no approver: the policy names {known}"
    if signoff.author and approver.name.casefold() == signoff.author.casefold():
        return f"{name} began the campaign, and nobody signs off their own"
    return ""


# -- what stands in the ledger ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignOffStatus:
    """What the sign-off of a repository is worth today."""

    signoff: SignOff | None
    """The last one that was entered; None: nobody signed."""
    signers: tuple[str, ...] = ()
    """Approvers whose signature holds."""
    needed: int = 1
    void: tuple[str, ...] = ()
    """Why it moves nothing, the weightiest first."""
    refused: tuple[str, ...] = ()
    """Signatures that do not count, each with its reason."""
    payload: bytes = b""
    """What was signed."""

    @property
    def in_force(self) -> bool:
        """Tell whether a cutover may rest on it."""
        return self.signoff is not None and not self.void and len(self.signers) >= self.needed

    @property
    def digest(self) -> str:
        """Name it by what was signed."""
        return codec.digest(self.payload)

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if self.signoff is None:
            return "not signed" + "".join(f"; {text}" for text in self.refused[:REASONS_SHOWN])
        by = f"signed by {', '.join(self.signers)}" if self.signers else "signed by nobody who counts"
        if self.void:
            return f"{by}, and void: {'; '.join(self.void[:REASONS_SHOWN])}"
        if not self.in_force:
            lacking = f"{by}: {len(self.signers)} of {self.needed} signatures"
            return lacking + "".join(f"; {text}" for text in self.refused[:REASONS_SHOWN])
        return f"{by}, in force until {self.signoff.expires_at[:10]}"


@dataclass(frozen=True, slots=True)
class _Entered:
    """One signature of the ledger, read."""

    payload: bytes
    signoff: SignOff
    signer: str
    key: str
    trouble: str


def standing(today: RepositoryToday) -> SignOffStatus:
    """Weigh what was signed of a repository: signatures, and whether all of it is still so; one in force, or the last.

    Raises:
        EvidenceDamaged: an entry holds no sign-off; nothing may be built on such a ledger.
    """
    wanted = (ledger.SIGNOFF, today.name)
    entered = [_read(entry, today) for entry in today.entries if (entry.kind, entry.repository) == wanted]
    sound = [member for member in entered if not member.trouble]
    refused = tuple(dict.fromkeys(f"{member.signer}: {member.trouble}" for member in entered if member.trouble))
    if not sound:
        return SignOffStatus(None, refused=refused, needed=approvals_needed(today.policy, today.verdict))
    groups = dict.fromkeys(member.payload for member in reversed(sound))
    weighed = [_weigh([member for member in sound if member.payload == payload], today, refused) for payload in groups]
    return next((found for found in weighed if found.in_force), weighed[0])


def _weigh(group: list[_Entered], today: RepositoryToday, refused: tuple[str, ...]) -> SignOffStatus:
    """Weigh one statement with its signatures; one key is one person, whatever it is called."""
    signoff, payload = group[0].signoff, group[0].payload
    keys = {member.key: member.signer for member in group}
    needed = max(signoff.approvals, approvals_needed(today.policy, today.verdict))
    return SignOffStatus(signoff, tuple(keys.values()), needed, voided(signoff, today), refused, payload)


def _read(entry: ledger.Entry, today: RepositoryToday) -> _Entered:
    name = f"ledger entry {entry.sequence}"
    envelope, payload, signoff = statement.read_envelope(entry.facts.get("envelope", "").encode(), name)
    if len(envelope.signatures) != 1 or entry.facts.get("statement") != codec.digest(payload):
        message = f"{name}: expected one signature, and the digest of what was signed"
        raise EvidenceDamaged(message)
    member = envelope.signatures[0]
    trouble = _misplaced(signoff, entry, today.entries)
    trouble = trouble or signature_refusal(today, signoff, payload, (member.keyid, statement.armoured(member, name)))
    return _Entered(payload, signoff, member.keyid, _key(today.policy, member.keyid), trouble)


def signature_refusal(today: RepositoryToday, signoff: SignOff, payload: bytes, signed: tuple[str, str]) -> str:
    """Say why a signature does not count; empty: it does. `signed`: approver and armoured signature."""
    name, text = signed
    approver = today.policy.approver(name)
    refusal = signer_refusal(signoff, approver, name, today.policy)
    if refusal or approver is None:
        return refusal
    held = signature.holds(statement.signed_bytes(payload), text, approver.key, statement.NAMESPACE)
    return "" if held else "the signature is not by the key that the policy names"


def _key(policy: Policy, name: str) -> str:
    """Give the key itself of an approver: type and base64, without the comment that anybody may change."""
    approver = policy.approver(name)
    return " ".join(approver.key.split()[:2]) if approver else ""


def _misplaced(signoff: SignOff, entry: ledger.Entry, entries: tuple[ledger.Entry, ...]) -> str:
    if (signoff.repository, signoff.campaign) != (entry.repository, entry.campaign):
        return f"made for {signoff.repository} in campaign {signoff.campaign}"
    if parse_iso(signoff.at) > parse_iso(entry.at) + AHEAD_SECONDS_MAX:
        return f"dated {signoff.at}, later than it was entered ({entry.at})"
    return foreign(signoff, entries[: entry.sequence])


def foreign(signoff: SignOff, entries: tuple[ledger.Entry, ...]) -> str:
    """Say why a statement does not belong to a ledger that had these entries; empty: it does."""
    length = signoff.ledger_length
    if not 0 < length <= len(entries) or codec.digest(codec.line(entries[length - 1])) != signoff.ledger_head:
        return "made for another ledger"
    if signoff.author != author_of(entries, signoff.repository, signoff.campaign):
        return "it names another author than the ledger"
    return ""


def voided(signoff: SignOff, today: RepositoryToday) -> tuple[str, ...]:
    """Name all that is another one than when it was signed; none: it is all still so."""
    return tuple(_void(signoff, today))


def _void(signoff: SignOff, today: RepositoryToday) -> Iterator[str]:
    if signoff.repository != today.name:
        yield f"it is about {signoff.repository}"
    elif signoff.campaign != today.campaign:
        yield f"it is about campaign {signoff.campaign}; the last one is {today.campaign}"
    else:
        yield from _outdated(signoff, today.at)
        yield from _replaced(signoff, today)
        yield from _decided_otherwise(signoff, today.verdict)


def _outdated(signoff: SignOff, at: str) -> Iterator[str]:
    if parse_iso(at) > parse_iso(signoff.expires_at):
        yield f"it expired on {signoff.expires_at[:10]}"
    if parse_iso(signoff.at) > parse_iso(at) + AHEAD_SECONDS_MAX:
        yield f"it is dated {signoff.at}, and now it is {at}"


def _replaced(signoff: SignOff, today: RepositoryToday) -> Iterator[str]:
    """Name files and rules that are others than those that were signed."""
    for name in statement.SUBJECTS:
        if signoff.digests[name] != today.found.digests[name]:
            yield f"the {name} of the campaign differ from what was signed"
    if today.repository is not None:
        for rule in differences(signoff.rules, rules_of(today.repository)):
            yield f"{rule.key} is {rule.new} today; {rule.old} was signed"


def _decided_otherwise(signoff: SignOff, verdict: Verdict) -> Iterator[str]:
    if signoff.decision != Decision.GO.value:
        yield f"{signoff.decision} was signed, which moves nothing"
    if signoff.evidence != verdict.evidence.value:
        yield f"{signoff.evidence} evidence was signed; the campaign's is {verdict.evidence.value}"
    if relied_on(verdict) != signoff.waivers:
        signed = ", ".join(signoff.waivers) or "none"
        yield f"the verdict needs {', '.join(relied_on(verdict)) or 'no waiver'} today; {signed} was signed"
    if verdict.decision is not Decision.GO:
        yield from (f"{verdict.decision.value} today: {reason.sentence}" for reason in verdict.reasons)


# -- entering ---------------------------------------------------------------------------------------------------------


def enter(book: ledger.Ledger, signoff: SignOff, payload: bytes, *, signed: tuple[str, str], at: str) -> None:
    """Enter one signature; `signed`: approver and armoured signature."""
    envelope = statement.envelope_of(payload, (signed,))
    facts = {"envelope": codec.line(envelope).decode(), "signer": signed[0], "statement": codec.digest(payload)}
    book.append(ledger.SIGNOFF, at, signoff.repository, campaign=signoff.campaign, facts=facts)
