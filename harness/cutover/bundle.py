"""One archive for an auditor: decision record, statement, signatures, ledger, evidence, and a script to check them.

The script needs Python's standard library and, for signatures, `ssh-keygen`; nothing of it asks a network.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from harness.cutover import statement
from harness.cutover.signoff import RepositoryToday, SignOffStatus
from harness.model.schedule import evidence_files
from harness.store import codec, ledger
from harness.store.archive import Archive
from harness.store.ledger import LEDGER

SCHEMA = "parity.bundle/1"
VERIFY = "verify.py"
_README = """\
What this is: the evidence on which {repository} was signed off, as it stood on {at}.

To check it, offline:    python3 verify.py
To derive its verdict:   parity rejudge {campaign} {repository} --reports reports
To read it:              decision.html

The keys of the approvers stand in the plan. Whether they are the keys of these persons, somebody outside this
archive has to say: python3 verify.py --allowed-signers FILE holds the signatures against keys that you know.
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds, by digest."""

    schema: str
    repository: str
    campaign: str
    made_at: str
    tool: str
    decision: str
    ledger_length: int
    ledger_head: str
    files: Mapping[str, str]
    expired: Mapping[str, str]
    """Payloads that were deleted lawfully, with the digests that their tombstones name."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a bundle beside the evidence."""

    today: RepositoryToday
    standing: SignOffStatus
    decision_html: bytes
    tool: str


def write(path: Path, contents: Contents, archive: Archive) -> Manifest:
    """Write the archive; the same evidence at the same time gives the same bytes."""
    today = contents.today
    files = dict(_written(contents))
    digests = {name: codec.digest(data) for name, data in files.items()}
    root = f"reports/{today.campaign}"
    evidence, expired = _evidence(today, archive)
    digests |= {f"{root}/{name}": archive.digest(name) for name in evidence}
    entries = today.entries
    manifest = Manifest(
        schema=SCHEMA,
        repository=today.name,
        campaign=today.campaign,
        made_at=today.at,
        tool=contents.tool,
        decision=today.verdict.decision.value,
        ledger_length=len(entries),
        ledger_head=codec.digest(codec.line(entries[-1])),
        files=digests,
        expired=expired,
    )
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name, data in sorted({**files, "manifest.json": codec.encode(manifest)}.items()):
            _add(tar, f"{today.name}/{name}", data)
        for name in evidence:
            _add(tar, f"{today.name}/{root}/{name}", b"".join(archive.store.chunks(name)))
    return manifest


def _written(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Give the files that are made for the bundle."""
    today, standing = contents.today, contents.standing
    yield "README.txt", _README.format(repository=today.name, campaign=today.campaign, at=today.at[:10]).encode()
    yield "decision.html", contents.decision_html
    yield VERIFY, resources.files("harness.cutover").joinpath(VERIFY).read_bytes()
    yield f"reports/{LEDGER}", b"".join(codec.line(entry) + b"\n" for entry in today.entries)
    approvers = today.policy.approvers
    lines = (f'{approver.name} namespaces="{statement.NAMESPACE}" {approver.key}\n' for approver in approvers)
    yield "allowed_signers", "".join(lines).encode()
    if standing.signoff is not None:
        yield "statement.json", standing.payload + b"\n"
        yield "signoff.json", codec.encode(statement.envelope_of(standing.payload, signatures_of(today, standing)))


def signatures_of(today: RepositoryToday, standing: SignOffStatus) -> tuple[tuple[str, str], ...]:
    """Gather the signatures of a statement from the ledger, approver and armoured signature each, in their order."""
    found: dict[str, str] = {}
    for entry in today.entries:
        if (entry.kind, entry.facts.get("statement")) == (ledger.SIGNOFF, standing.digest):
            name = f"ledger entry {entry.sequence}"
            envelope, _, _ = statement.read_envelope(entry.facts["envelope"].encode(), name)
            member = envelope.signatures[0]
            if member.keyid in standing.signers:
                found[member.keyid] = statement.armoured(member, name)
    return tuple(found.items())


def _evidence(today: RepositoryToday, archive: Archive) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """List the files that the verdict is derived from, and the payloads that are gone lawfully."""
    found, judgement = today.found, today.found.judgement
    names = {*judgement.evidence, *evidence_files(found.schedule, today.name), "plan.json"}
    names |= {Archive.judgement_name(today.name), Archive.verdict_name(today.name)}
    gone = {name: judgement.evidence.get(name, "") for name in found.expired.files & names}
    gone = {name: digest for name, digest in gone.items() if archive.store.age_seconds(name) is None}
    return tuple(sorted(names - gone.keys())), gone


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))
