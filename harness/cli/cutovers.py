"""Commands after a verdict: sign off, go to the next stage, roll back, answer for a slot, write an auditor's bundle."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import click

from harness.campaign import story
from harness.cli import answer, console, ledgers, verdicts
from harness.cli.campaigns import author, looked_at
from harness.cli.options import TodaysOptions
from harness.cli.reading import document
from harness.cutover import bundle, signoff, slots, stages, statement
from harness.cutover.signoff import RepositoryToday, SignOffStatus
from harness.cutover.stages import Move, Stage, StageRequest
from harness.cutover.table import Table, read_table, table_of
from harness.errors import EvidenceDamaged, HarnessError, Refused, StoreError
from harness.model.clock import SystemClock, iso
from harness.model.verdict import Decision, EvidenceKind, approvals_needed
from harness.report.decision import DecisionRecord, decision_page
from harness.report.text import safe_text
from harness.store import codec, ledger, signature
from harness.store.files import write_durably
from harness.store.folder import Folder
from harness.store.reports import Reports, spool_folder

NOT_RECORDED = 4
OPEN = 3
REFUSED_LINES = 8


@dataclass(frozen=True, slots=True)
class RepositorySelection:
    """What a command is about."""

    name: str
    campaign: str | None
    reports: Reports
    told: TodaysOptions


def look(which: RepositorySelection) -> RepositoryToday:
    """Look at the last campaign of a repository, or at the one that is named, as of now."""
    found = looked_at(which.name, which.campaign, which.reports)
    archive = which.reports.archive(found.schedule.plan.campaign)
    verdict = next(known for known in verdicts.look_today(archive, which.told)[0] if known.repository == which.name)
    known = {repository.name: repository for repository in verdicts.todays(which.told) or ()}
    entries = which.reports.ledger.entries()
    return RepositoryToday(found, verdict, known.get(which.name), entries, iso(SystemClock().now()))


# -- sign-off ---------------------------------------------------------------------------------------------------------


def show_signoff(which: RepositorySelection) -> int:
    """Say what the sign-off of a repository is worth, and what to do next; 0 where it is in force."""
    today = look(which)
    standing = signoff.standing(today)
    _tell_signoff(today, standing)
    return 0 if standing.in_force else OPEN


def _tell_signoff(today: RepositoryToday, standing: SignOffStatus, file: str = "") -> None:
    """Say what a sign-off is worth, and what to do next."""
    written, following = f"; written: {file}" if file else "", _next(today, standing)
    answer.lines([f"{today.name}, campaign {today.campaign}: {standing.sentence}{written}", *following])
    answer.rows([{
        "repository": today.name, "campaign": today.campaign, "standing": standing.sentence, "file": file,
        "next": "; ".join(following), "in_force": standing.in_force,
    }])  # fmt: skip


def _would_sign(today: RepositoryToday, text: str) -> int:
    answer.row(f"{today.name}, campaign {today.campaign}: {text}", repository=today.name, campaign=today.campaign,
               standing=text, dry_run=True)  # fmt: skip
    return 0


def _next(today: RepositoryToday, standing: SignOffStatus) -> list[str]:
    if standing.in_force:
        return [f"next: parity cutover {today.name} --to STAGE --reason TEXT"]
    refusals = signoff.refusals(today, allow_synthetic=True)
    if refusals:
        return [f"can't be signed: {text}" for text in refusals[:REFUSED_LINES]]
    names = [known.name for known in today.policy.approvers if known.name not in standing.signers or standing.void]
    needed = approvals_needed(today.policy, today.verdict)
    return [
        f"next: parity signoff {today.name} --as NAME --key KEY ({needed} of {', '.join(names) or 'nobody'} must sign)"
    ]


@dataclass(frozen=True, slots=True)
class SignerOptions:
    """Who signs, with which key, and where the file for a pull request is written."""

    signer: str
    key: Path
    file: Path | None
    allow_synthetic: bool


def sign(which: RepositorySelection, pen: SignerOptions) -> int:
    """Sign the verdict of a repository as of now, enter it, and write the file that may travel."""
    today = look(which)
    refusals = signoff.refusals(today, allow_synthetic=pen.allow_synthetic)
    if refusals:
        message = f"{today.name} can't be signed off: {'; '.join(refusals[:REFUSED_LINES])}"
        raise Refused(message)
    book = which.reports.ledger
    payload = _payload(today, book)
    approver = today.policy.approver(pen.signer)
    asked = statement.read_payload(payload, "the statement")
    why = signoff.signer_refusal(asked, approver, pen.signer, today.policy)
    if why or approver is None:
        message = f"{today.name} can't be signed off: {why}"
        raise Refused(message)
    data = statement.signed_bytes(payload)
    made = signature.sign(data, pen.key, statement.NAMESPACE)
    if not signature.holds(data, made, approver.key, statement.NAMESPACE):
        message = f"{pen.key} is not the key that the policy names for {approver.name}"
        raise Refused(message)
    if console.dry_run():
        return _would_sign(today, f"{approver.name} may sign it with this key; nothing was entered")
    signoff.enter(book, asked, payload, signed=(approver.name, made), at=today.at)
    return _entered(which, pen.file)


def _payload(today: RepositoryToday, book: ledger.Ledger) -> bytes:
    """Give what is to be signed: what another approver signed and what still is so, else a new statement."""
    standing = signoff.standing(today)
    if standing.signoff is not None and not standing.void and not standing.in_force:
        return standing.payload
    return statement.payload_of(signoff.request(today, ledger.head(book)))


def _entered(which: RepositorySelection, file: Path | None) -> int:
    """Say what the sign-off is worth now, write it down, and anchor the ledger where the plan names a place."""
    today = look(which)
    standing = signoff.standing(today)
    path = file or Path("signoffs") / f"{today.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    members = bundle.signatures_of(today, standing)
    write_durably(path, codec.encode(statement.envelope_of(standing.payload, members)))
    _anchor(which.reports, today.campaign)
    _tell_signoff(today, standing, str(path))
    return 0


def enter_file(which: RepositorySelection, path: Path) -> int:
    """Enter the signatures of a file that travelled, each after the checks of a signature made here.

    Raises:
        Refused: one of them does not count, or what they are about is not so any more.
    """
    envelope, payload, asked = statement.read_envelope(document(path), str(path))
    today = look(which)
    refusals = [*signoff.refusals(today, allow_synthetic=True), *signoff.voided(asked, today)]
    refusals += filter(None, [signoff.foreign(asked, today.entries)])
    if refusals:
        message = f"{path}: nothing is entered: {'; '.join(refusals[:REFUSED_LINES])}"
        raise Refused(message)
    for member in envelope.signatures:
        text = statement.armoured(member, str(path))
        why = signoff.signature_refusal(today, asked, payload, (member.keyid, text))
        if why:
            message = f"{path}: {member.keyid}: {why}"
            raise Refused(message)
        if not console.dry_run():
            signoff.enter(which.reports.ledger, asked, payload, signed=(member.keyid, text), at=today.at)
    if console.dry_run():
        names = ", ".join(member.keyid for member in envelope.signatures)
        return _would_sign(today, f"the signatures of {names} count; nothing was entered")
    return _entered(which, path)


# -- stages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Where a repository is to go."""

    stage: str
    share: int
    reason: str
    file: Path
    allow_synthetic: bool


def cut_over(which: RepositorySelection, step: Step) -> int:
    """Take a repository to the next stage, or its canary to a larger share; write `cutover.json`."""
    today, stage = look(which), Stage(step.stage)
    synthetic = today.verdict.evidence is EvidenceKind.SYNTHETIC
    if synthetic and not step.allow_synthetic:
        message = f"{today.name} stays: its evidence is synthetic (--allow-synthetic to practise; no job goes by it)"
        raise Refused(message)
    standing = signoff.standing(today)
    moves = stages.history(today.entries, today.name, synthetic=synthetic)
    no_go = today.verdict.reasons[0].sentence if today.verdict.decision is Decision.NO_GO else ""
    soak = today.policy.soak_seconds
    missing: tuple[str, ...] = ()
    if (today.repository or today.found.repository).rollback_drill:
        known = stages.drilled(today.entries, synthetic=synthetic)
        missing = tuple(sorted({job.kind for job in today.found.repository.jobs} - known))
    asked = StageRequest(stage, step.share, today.at, standing.in_force, standing.sentence, no_go, soak, missing)
    why = stages.refusal(moves, asked)
    if why:
        message = f"{today.name} can't go to {step.stage}: {why}"
        raise Refused(message)
    signed = standing.digest if stage in {Stage.CANARY, Stage.CUT_OVER} else ""
    move = Move(
        stage=stage,
        share=stages.share_of(stage, step.share),
        since=today.at,
        by=author(),
        reason=step.reason,
        campaign=today.campaign,
        signoff=signed,
        synthetic=synthetic,
        sequence=0,
    )
    return move_to(which, moves, move, step.file)


def move_to(which: RepositorySelection, moves: tuple[Move, ...], move: Move, file: Path) -> int:
    """Enter a step, make sure that it is the one that counts, and write the table.

    Raises:
        Refused: somebody else took another step first.
    """
    book = which.reports.ledger
    practice = " (practice: no job goes by it)" if move.synthetic else ""
    text = f"candidate answers {move.share} % of the slots{practice}"
    told = {"repository": which.name, "stage": move.stage.value, "share": move.share, "practice": move.synthetic}
    if console.dry_run():
        answer.row(f"{which.name}: would go to {move.stage.value}, {text}; nothing was entered", **told, dry_run=True)
        return 0
    book.append(ledger.STAGE, move.since, which.name, campaign=move.campaign, facts=stages.facts_of(moves, move))
    counts = stages.history(book.entries(), which.name, synthetic=move.synthetic)
    if len(counts) <= len(moves) or (counts[len(moves)].by, counts[len(moves)].since) != (move.by, move.since):
        message = f"{which.name}: somebody else took another step first: look with `parity show {which.name}`"
        raise Refused(message)
    table = table_of(book.entries())
    write_durably(file, codec.encode(table))
    answer.lines([f"{which.name}: {move.stage.value}, {text}", f"written: {file}, version {table.version}"])
    answer.rows([{**told, "file": str(file), "version": table.version}])
    _anchor(which.reports, move.campaign)
    return 0


def _anchor(reports: Reports, campaign: str) -> None:
    """Anchor the ledger where the campaign's plan names a place; a failure is told and takes nothing back."""
    try:
        ledgers.after_run(reports.archive(campaign), reports)
    except HarnessError as error:
        click.echo(safe_text(f"not anchored: {error}; run: parity ledger anchor"), err=True)


def show(which: RepositorySelection) -> int:
    """Say where a repository is on its way, how it came there, and what its sign-off is worth."""
    today = look(which)
    standing = signoff.standing(today)
    synthetic = today.verdict.evidence is EvidenceKind.SYNTHETIC
    moves = stages.history(today.entries, today.name, synthetic=synthetic)
    first = today.verdict.reasons[0].sentence
    verdict, stage = today.verdict, stages.now(moves)
    answer.lines([
        f"{today.name}: {stage.value}",
        f"  verdict: {verdict.decision.value} ({verdict.evidence.value}): {first}",
        f"  sign-off: {standing.sentence}",
    ])  # fmt: skip
    answer.rows([{
        "repository": today.name, "kind": "now", "stage": stage.value, "verdict": verdict.decision.value,
        "evidence": verdict.evidence.value, "reason": first, "standing": standing.sentence,
        "share": moves[-1].share if moves else 0, "in_force": standing.in_force,
    }])  # fmt: skip
    if stage in stages.MOVED and not standing.in_force:
        answer.lines([
            "  to be qualified again: what was signed is not what runs; it stays cut over until somebody rolls back"
        ])  # fmt: skip
    for move in moves:
        words = f"{move.since[:16]} {move.stage.value} ({move.share} %) by {move.by}: {move.reason}"
        answer.row(f"  step: {words}", repository=today.name, kind="step", stage=move.stage.value, reason=move.reason,
                   since=move.since, by=move.by, share=move.share)  # fmt: skip
    answer.lines(f"  {way}: {meaning}" for way, meaning in zip(stages.WAYS, stages.MEANINGS[stage], strict=True))
    return 0


# -- slots ------------------------------------------------------------------------------------------------------------


def route(reports: Reports, asked: tuple[str, str, str], file: Path | None, *, publish: str | None) -> int:
    """Print which side's output counts for a slot; 4 where the answer could not be recorded.

    `publish`: end with 0 where this side's output may be published, and with 1 where it may not.
    """
    if not slots.SLOT.fullmatch(asked[2]):
        expected = "1 to 80 letters, digits, `:`, `.`, `_`, `+` or `-`, such as 2026-11-30T02:00"
        message = f"slot: expected {expected}, found {asked[2][:40]!r}"
        raise Refused(message)
    found = slots.route(reports.store, _cache(reports), _table(reports, file), asked)
    words = {"answer": found.answer.value, "recorded": found.recorded, "why": found.why}
    answer.row(json.dumps(words, sort_keys=True) if publish is None else found.answer.value, **words)
    if not found.recorded:
        click.echo(safe_text(f"not recorded, so that nothing may be published yet: {found.why}"), err=True)
        return NOT_RECORDED
    return int(publish is not None and publish != found.answer.value)


def _cache(reports: Reports) -> Folder:
    """Give the folder of this machine in which answers stay, for when the store can't be reached."""
    named = os.environ.get("PARITY_ROUTES")
    return Folder(Path(named) if named else spool_folder() / "routes" / codec.digest(str(reports).encode())[7:23])


def _table(reports: Reports, file: Path | None) -> Table | None:
    """Read which side counts from a file in git, or from the ledger; None where it can't be read now."""
    if file is not None:
        return read_table(document(file), str(file))
    try:
        return table_of(reports.ledger.entries())
    except StoreError:
        return None


# -- bundle -----------------------------------------------------------------------------------------------------------


def write_bundle(which: RepositorySelection, path: Path | None) -> int:
    """Write the archive for an auditor; 3 where the evidence is not whole.

    Raises:
        EvidenceDamaged: something of it is missing or changed; a bundle would prove nothing.
    """
    today = look(which)
    if today.found.troubles:
        message = f"{today.name}: there is nothing to bundle: {'; '.join(today.found.troubles[:REFUSED_LINES])}"
        raise EvidenceDamaged(message)
    standing = signoff.standing(today)
    moves = stages.history(today.entries, today.name)
    page = decision_page(_record(today, standing, moves))
    target = path or Path(f"{today.name}-{today.campaign}.tar.gz")
    archive = which.reports.archive(today.campaign)
    made = bundle.write(target, bundle.Contents(today, standing, page, story.tool_version()), archive)
    text = f"{target}: {len(made.files)} files, {standing.sentence}"
    told = {"repository": today.name, "campaign": today.campaign, "standing": standing.sentence}
    answer.row(text, **told, file=str(target), files=len(made.files))
    answer.lines(["check it: unpack it, then python3 verify.py in its folder"])
    return 0


def _record(today: RepositoryToday, standing: SignOffStatus, moves: tuple[Move, ...]) -> DecisionRecord:
    verdict, signed = today.verdict, standing.signoff
    return DecisionRecord(
        verdict=verdict,
        owner=today.found.repository.owner,
        tier=today.found.repository.tier,
        standing=standing.sentence,
        signers=standing.signers,
        needed=standing.needed,
        author=signed.author if signed else "",
        signed_at=signed.at if signed else "",
        expires_at=signed.expires_at if signed else "",
        images=signed.images if signed else {},
        digests={**today.found.digests, "statement": standing.digest if signed else ""},
        steps=tuple((move.since, f"{move.stage.value}, {move.share} %", move.by, move.reason) for move in moves),
    )
