"""`parity accept`: list the differences of a repository that can be accepted, and accept one with a signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from harness.campaign import rulings
from harness.cli import answer, console
from harness.cli.campaigns import looked_at
from harness.config.problems import did_you_mean
from harness.errors import EvidenceDamaged, Refused
from harness.judge.gate import DAMAGES_SHOWN
from harness.judge.rulings import CAMPAIGNS_MAX, refusal
from harness.model.clock import SystemClock, iso
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Judgement
from harness.report.wording import counted
from harness.scrub import detect
from harness.store import ledger
from harness.store.reports import Reports

NOTHING_SELECTED = 5


@dataclass(frozen=True, slots=True)
class RulingOptions:
    """What the signer says on the command line."""

    reason: str
    signer: str
    key: Path


def _vouched(name: str, campaign: str | None, reports: Reports) -> tuple[Plan, Repository, Judgement]:
    """Open findings that a person may sign: those that the ledger holds, over evidence that is whole.

    Raises:
        EvidenceDamaged: they are not.
    """
    found = looked_at(name, campaign, reports)
    if found.troubles:
        message = f"{name}: nothing can be accepted on this evidence: {'; '.join(found.troubles[:DAMAGES_SHOWN])}"
        raise EvidenceDamaged(message)
    return found.schedule.plan, found.repository, found.judgement


def show(name: str, campaign: str | None, reports: Reports) -> int:
    """List what can be accepted, what never can, and what has been."""
    plan, repository, judgement = _vouched(name, campaign, reports)
    found = rulings.rulable(repository, judgement.findings)
    answer.lines([f"{name}, campaign {judgement.campaign}: {counted(len(found), 'difference')} can be accepted"])
    told = {"repository": name, "campaign": judgement.campaign}
    for key, finding in found.items():
        answer.row(f"  {key}: {finding.summary}", **told, finding=key, state="can be accepted", text=finding.summary)
    for finding in judgement.findings:
        if finding.false_success:
            why = refusal(finding)
            answer.row(f"  never: {finding.id}: {why}", **told, finding=finding.id, state="never", text=why)
    entries, synthetic = ledger.read(reports.ledger), plan.is_synthetic(repository.name)
    for ruling in rulings.read(repository, entries, plan.campaign, synthetic=synthetic):
        standing = f"not in force, {ruling.void}" if ruling.void else f"signed by {', '.join(ruling.signers)}"
        if ruling.difference is not None:
            standing += f"; {ruling.looked} of {CAMPAIGNS_MAX} campaigns have judged its size before this one"
        text = f"  accepted: {ruling.id} {ruling.finding}: {standing}"
        answer.row(text, **told, finding=ruling.finding, state="accepted", text=standing)
    return 0 if found else NOTHING_SELECTED


def accept(name: str, campaign: str | None, reports: Reports, finding: str, *, words: RulingOptions) -> int:
    """Sign one ruling and enter it.

    Raises:
        Refused: no ruling may cover it, the signer may not rule, or the reason holds a secret.
    """
    if secret := detect.hits(words.reason):
        kept = "the ledger and its anchors keep it for good"
        message = f"--reason holds what looks like a secret ({secret[0].rule}): say it without, for {kept}"
        raise Refused(message)
    plan, repository, judgement = _vouched(name, campaign, reports)
    rulable = rulings.rulable(repository, judgement.findings)
    found = rulable.get(finding)
    if found is None:
        _refuse(judgement, finding, rulable)
    approver = repository.policy.approver(words.signer)
    if approver is None:
        known = [approver.name for approver in repository.policy.approvers]
        named = f"the policy of campaign {judgement.campaign} names {', '.join(known) or 'nobody'}"
        message = f"{words.signer} may not accept it: {named}{_meant(words.signer, known)}"
        raise Refused(message)
    told = {"repository": name, "campaign": judgement.campaign, "finding": finding}
    if console.dry_run():
        text = f"{words.signer} may accept it, by a signature that the policy's key has to prove"
        answer.row(f"{finding}: {text}", **told, state="can be accepted", text=text)
        return 0
    at, synthetic = iso(SystemClock().now()), plan.is_synthetic(repository.name)
    said = rulings.SignerInput(words.reason, approver, words.key, at, synthetic)
    made = rulings.enter(repository, judgement, found, said, book=reports.ledger)
    standing = f"not yet in force: {made.void}" if made.void else "in force from the next verdict on"
    text = f"{made.id}: {finding}: {standing}; parity gate {judgement.campaign} judges with it today"
    answer.row(text, **told, state="accepted", text=standing)
    return 0


def _meant(name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return f" ({hint})" if hint else ""


def _refuse(judgement: Judgement, name: str, known: Iterable[str]) -> NoReturn:
    """Say why the difference that was named can't be ruled.

    Raises:
        Refused: always.
    """
    named = next((finding for finding in judgement.findings if name in {finding.id, rulings.name_of(finding)}), None)
    unknown = f"no finding has this name; see the list without --finding{_meant(name, known)}"
    why = refusal(named) if named else unknown
    message = f"{name} can't be accepted: {why or 'name it as the list without --finding does'}"
    raise Refused(message)
