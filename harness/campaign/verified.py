"""Stored evidence, held against the ledger: the one place through which every reader of a judged campaign goes.

A verdict is derived at each reading from a judgement that is the ledger's, over evidence that is the judgement's. What
is missing, changed or unknown to the ledger becomes a reason, so that it can lower a verdict and never raise one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.campaign import tombstones
from harness.campaign.checks import requirements_of
from harness.campaign.schedules import load_schedule
from harness.campaign.tombstones import Expired
from harness.errors import EvidenceDamaged
from harness.judge.gate import Case, decide
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule, evidence_files
from harness.model.verdict import Decision, Judgement, Reason, Verdict
from harness.store import codec, ledger
from harness.store.archive import Archive

JUDGEMENT_SCHEMA = "parity.judgement/1"
BEFORE_DIGESTS = "made before evidence digests were kept"
_RESTORE = "use the ledger that the campaign was run with, or resume it"


@dataclass(frozen=True, slots=True)
class Verified:
    """One repository of a stored campaign, and all that speaks against its evidence."""

    schedule: Schedule
    repository: Repository
    judgement: Judgement
    """Without findings where the stored one is not the ledger's."""
    digests: Mapping[str, str]
    """For the verdict: findings, policy, plan, evidence, tool."""
    damaged: tuple[str, ...]
    """Files that are missing or are not what the ledger or the judgement holds, each with what is wrong."""
    unvouched: tuple[Reason, ...]
    """What the ledger lacks."""
    entry: ledger.Entry | None
    """The ledger's last verdict or recomparison of it."""
    expired: Expired = Expired()  # noqa: RUF009 - a frozen value
    """Payloads that were deleted when their time was over."""

    @property
    def troubles(self) -> tuple[str, ...]:
        """Say all that keeps the evidence from being that of the ledger."""
        return (*(f"damaged: {text}" for text in self.damaged), *(reason.sentence for reason in self.unvouched))

    @property
    def before_digests(self) -> bool:
        """Tell whether it was judged by a version that kept no digest of evidence in the ledger."""
        return self.entry is not None and ledger.EVIDENCE_DIGEST not in self.entry.facts

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what a reader has to know besides the verdict."""
        return (*((BEFORE_DIGESTS,) if self.before_digests else ()), *self.expired.notes)

    def case(self, today: tuple[Reason, ...] = ()) -> Case:
        """Give what a verdict is decided from."""
        besides = (*self.unvouched, *today)
        required = requirements_of(self.repository)
        return Case(self.schedule, self.repository, self.judgement, self.damaged, self.digests, besides, required)


def verified(archive: Archive) -> tuple[Verified, ...]:
    """Read a campaign and hold plan, judgements, evidence and stored verdicts against the ledger.

    Raises:
        EvidenceDamaged: the plan or the ledger can't be read, so that nothing at all can be said.
    """
    plan, entries = archive.load_plan(), archive.ledger.entries()
    schedule, troubles = Schedule(plan), list(_named(plan, archive))
    try:
        schedule = load_schedule(archive, plan)
    except EvidenceDamaged as error:
        troubles.append(str(error))
    return tuple(_verified(schedule, repository, archive, entries, of_all=troubles) for repository in plan.repositories)


def _verified(
    schedule: Schedule,
    repository: Repository,
    archive: Archive,
    entries: tuple[ledger.Entry, ...],
    *,
    of_all: Sequence[str],
) -> Verified:
    """Hold one repository against the ledger; `of_all`: what is wrong with what all of the campaign shares."""
    plan = schedule.plan
    known = ledger.judged(entries, repository.name, plan.campaign)
    entry = known[-1] if known else None
    found, wrong = _held(archive, entry, repository.name)
    sound = not of_all and not {ledger.PLAN_DIGEST, ledger.FINDINGS_DIGEST} & wrong.keys()
    judgement, about = _judgement(plan, repository, archive, sound=sound)
    troubles = [*wrong.values(), *of_all, *about]
    listed = codec.digest_of(judgement.evidence)
    if entry and sound and not about and entry.facts.get(ledger.EVIDENCE_DIGEST, listed) != listed:
        troubles.append(f"{Archive.judgement_name(repository.name)}: its list of evidence differs from {_entry(entry)}")
    expired = Expired()
    if sound and not about:
        expired = tombstones.read(schedule, repository, archive, entries)
        troubles += [*expired.refused, *damages(schedule, judgement, archive, expired.files)]
    return Verified(
        schedule,
        repository,
        judgement,
        _digests(repository, judgement, found),
        tuple(troubles),
        tuple(_unvouched(plan, entry, entries)),
        entry,
        expired,
    )


def damages(
    schedule: Schedule, judgement: Judgement, archive: Archive, expired: Collection[str] = ()
) -> tuple[str, ...]:
    """List evidence that is missing from a judgement's list, missing in the store, or not what the list says."""
    unlisted = (name for name in evidence_files(schedule, judgement.repository) if name not in judgement.evidence)
    return (
        *archive.damaged(judgement.evidence, expired),
        *(f"{name}: the schedule has it, and the judgement does not rest on it" for name in unlisted),
    )


def digests_of(repository: Repository, judgement: Judgement, archive: Archive) -> Mapping[str, str]:
    """Name all that a verdict rests on by the bytes that are stored."""
    files = _files(repository.name)
    found = archive.digests((files[ledger.PLAN_DIGEST], files[ledger.FINDINGS_DIGEST]))
    return _digests(repository, judgement, {fact: found[name] for fact, name in files.items() if name in found})


def _digests(repository: Repository, judgement: Judgement, found: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "findings": found.get(ledger.FINDINGS_DIGEST, ""),
        "policy": codec.digest_of(repository.policy),
        "plan": found.get(ledger.PLAN_DIGEST, ""),
        "evidence": codec.digest_of(judgement.evidence),
        "tool": judgement.engine,
    }


def derive(found: Verified, today: tuple[Reason, ...] = (), *, then: Verified | None = None) -> Verdict:
    """Decide; a GO of this version of the tool where the ledger holds another decision is left open.

    `then`: the same campaign as it was judged, where `found` knows what was entered since. A ruling may make a GO of
    what was none, and is no other version.
    """
    verdict = decide(found.case(today))
    entered = found.entry.facts.get(ledger.DECISION) if found.entry else None
    if verdict.decision is not Decision.GO or not found.entry or entered == Decision.GO.value:
        return verdict
    if then is not None and decide(then.case()).decision.value == entered:
        return verdict
    text = f"{_entry(found.entry).capitalize()} says {entered}; this version of the tool derives GO from the findings."
    reason = Reason("inconclusive:other-version", text, (), f"parity recompare {found.schedule.plan.campaign}")
    return decide(found.case((*today, reason)))


# -- files against the ledger -----------------------------------------------------------------------------------------


def _files(repository: str) -> Mapping[str, str]:
    """Give the file behind each digest that a ledger entry holds."""
    return {
        ledger.PLAN_DIGEST: "plan.json",
        ledger.FINDINGS_DIGEST: Archive.judgement_name(repository),
        ledger.VERDICT_DIGEST: Archive.verdict_name(repository),
    }


def _held(archive: Archive, entry: ledger.Entry | None, repository: str) -> tuple[dict[str, str], dict[str, str]]:
    """Hash the files that the ledger knows, by fact; say by fact what is wrong with them."""
    found, wrong = dict[str, str](), dict[str, str]()
    for fact, name in _files(repository).items():
        try:
            found[fact] = archive.digest(name)
        except EvidenceDamaged as error:
            wrong[fact] = f"{error}; {_entry(entry)} holds its digest" if entry else str(error)
            continue
        if entry and entry.facts.get(fact, found[fact]) != found[fact]:
            wrong[fact] = f"{name} differs from {_entry(entry)}"
    if entry and not wrong and ledger.VERDICT_DIGEST not in entry.facts:
        decision = archive.load_verdict(repository).decision.value
        if entry.facts.get(ledger.DECISION, decision) != decision:
            wrong[ledger.VERDICT_DIGEST] = f"{Archive.verdict_name(repository)} differs from {_entry(entry)}"
    return found, wrong


def _named(plan: Plan, archive: Archive) -> Iterator[str]:
    if plan.campaign != archive.root.resolve().name:
        yield f"plan.json: is of campaign {plan.campaign}, in a folder that is called {archive.root.name}"


def _entry(entry: ledger.Entry) -> str:
    return f"ledger entry {entry.sequence}"


def _judgement(plan: Plan, repository: Repository, archive: Archive, *, sound: bool) -> tuple[Judgement, list[str]]:
    """Read the judgement; one that is not the ledger's, or not of this repository, says nothing."""
    empty = Judgement(JUDGEMENT_SCHEMA, repository.name, plan.campaign, plan.created_at, "", {}, 0, ())
    if not sound:
        return empty, []
    try:
        judgement = archive.load_judgement(repository.name)
    except EvidenceDamaged as error:
        return empty, [str(error)]
    if (judgement.repository, judgement.campaign) != (repository.name, plan.campaign):
        what = f"is of {judgement.repository} in campaign {judgement.campaign}"
        return empty, [f"{Archive.judgement_name(repository.name)}: {what}"]
    return judgement, []


# -- what the ledger lacks --------------------------------------------------------------------------------------------


def _unvouched(plan: Plan, entry: ledger.Entry | None, entries: tuple[ledger.Entry, ...]) -> Iterator[Reason]:
    if entry is None:
        there = "has no verdict of it" if entries else "is empty or not there"
        text = f"Nothing vouches for this evidence: the ledger beside the campaign {there}."
        yield Reason("inconclusive:unentered", text, (), _RESTORE)
    if entry is None or ledger.EVIDENCE_DIGEST not in entry.facts:
        return  # earlier versions entered the time of the plan, which may be long past
    for misdated in ledger.misdated(entries, plan.campaign):
        before = entries[misdated.sequence - 1]
        text = (
            f"{_entry(misdated).capitalize()}, a {misdated.kind} of {plan.campaign}, is dated {misdated.at}, more than "
            f"five minutes before the entry that it follows ({before.at})."
        )
        yield Reason("inconclusive:ledger-time", text, (), "find out whose clock was wrong, and run a new campaign")
