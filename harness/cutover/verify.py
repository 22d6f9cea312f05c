"""Check a bundle that `parity bundle` wrote: digests, ledger, statement, signatures. Standard library only, offline.

    python3 verify.py [FOLDER] [--allowed-signers FILE]

FOLDER is the unpacked bundle, by default the folder of this script. A bundle that you do not trust may bring a script
that lies: take the script from a release of parity-harness then. It ends with 0 where everything holds and with 1
where something does not; each fault is named with its place.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

Json = Dict[str, Any]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
NAMESPACE = "signoff@parity-harness"
FIRST = "sha256:" + "0" * 64
SUBJECTS = ("evidence", "findings", "plan", "policy")


def digest(data: bytes) -> str:
    """Name bytes by their SHA-256."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(value: object) -> bytes:
    """Write a value as the harness does."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def files_faults(root: Path, manifest: Json) -> Iterator[str]:
    """Hold every file against the manifest."""
    known = {**manifest["files"]}
    for name, expected in sorted(known.items()):
        path = root / name
        if path.is_symlink() or not path.is_file():
            yield f"{name}: it is missing"
        elif digest(path.read_bytes()) != expected:
            yield f"{name}: it is not the file that the manifest names"
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() or path.is_symlink()}
    for name in sorted(there - known.keys() - {"manifest.json"}):
        yield f"{name}: the manifest does not know it"


def read_ledger(root: Path) -> Tuple[List[Json], str, List[str]]:
    """Read the ledger and follow its chain; give its entries, the digest of the last, and the faults."""
    entries: List[Json] = []
    faults: List[str] = []
    previous = FIRST
    for number, line in enumerate((root / "reports/ledger.jsonl").read_bytes().split(b"\n")[:-1]):
        try:
            entry = json.loads(line)
            held = (entry["sequence"], entry["previous"]) == (number, previous)
        except (ValueError, KeyError, TypeError):
            return entries, previous, [*faults, f"ledger entry {number}: it is no entry"]
        if not held:
            faults.append(f"ledger entry {number}: it does not follow the one before")
        entries.append(entry)
        previous = digest(line)
    return entries, previous, faults


def ledger_faults(root: Path, manifest: Json, entries: List[Json], head: str) -> Iterator[str]:
    """Hold files and manifest against the ledger."""
    if (len(entries), head) != (manifest["ledger_length"], manifest["ledger_head"]):
        yield f"ledger: it has {len(entries)} entries; the manifest names {manifest['ledger_length']} with another head"
    campaign, repository = manifest["campaign"], manifest["repository"]
    judged = last_verdict(entries, manifest)
    if judged is None:
        yield f"ledger: it has no verdict of {repository} in campaign {campaign}"
        return
    facts, folder = judged["facts"], root / "reports" / campaign
    named = f"ledger entry {judged['sequence']}"
    held = {"plan": "plan.json", "findings": f"judgement/{repository}.json", "verdict": f"verdict/{repository}.json"}
    for fact, name in held.items():
        path = folder / name
        if fact in facts and (not path.is_file() or digest(path.read_bytes()) != facts[fact]):
            yield f"{path.relative_to(root)}: it is not the file of {named}"
    evidence = read(folder / f"judgement/{repository}.json").get("evidence", {})
    if facts.get("evidence_digest") != digest(canonical(evidence)):
        yield f"judgement/{repository}.json: its list of evidence is not that of {named}"
    buried = buried_files(entries, manifest)
    for name, expected in sorted(evidence.items()):
        path = folder / name
        if not path.is_file():
            if buried.get(name) != expected:
                yield f"{name}: it is missing, and no tombstone in the ledger names it"
        elif digest(path.read_bytes()) != expected:
            yield f"{name}: it is not what was judged"


def last_verdict(entries: List[Json], manifest: Json) -> Optional[Json]:
    """Give the entry that the bundle rests on."""
    wanted = [
        entry
        for entry in entries
        if entry["kind"] in ("verdict", "recomparison")
        and (entry["repository"], entry["campaign"]) == (manifest["repository"], manifest["campaign"])
    ]
    return wanted[-1] if wanted else None


def buried_files(entries: List[Json], manifest: Json) -> Mapping[str, str]:
    """List what tombstones name, file to digest."""
    found: Dict[str, str] = {}
    for entry in entries:
        if (entry["kind"], entry["campaign"]) == ("tombstone", manifest["campaign"]):
            found.update(json.loads(entry["facts"].get("statement", "{}")).get("files", {}))
    return found


def read(path: Path) -> Json:
    """Read an object; one that is not there or damaged is empty."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def approvers_of(root: Path, manifest: Json) -> Tuple[Mapping[str, str], Json]:
    """Give approvers, name to key, and policy of the plan, whose digest stands in the ledger and in the statement."""
    plan = read(root / "reports" / manifest["campaign"] / "plan.json")
    for repository in plan.get("repositories", []):
        if repository.get("name") == manifest["repository"]:
            return {known["name"]: known["key"] for known in repository["policy"]["approvers"]}, repository["policy"]
    return {}, {}


def statement_faults(root: Path, manifest: Json, entries: List[Json]) -> Iterator[str]:
    """Hold the statement against the ledger's digests and the plan's policy."""
    if not (root / "statement.json").is_file():
        yield "statement.json: nobody signed this verdict"
        return
    payload = (root / "statement.json").read_bytes().rstrip(b"\n")
    statement, judged = json.loads(payload), last_verdict(entries, manifest)
    predicate = statement["predicate"]
    facts = judged["facts"] if judged else {}
    _, policy = approvers_of(root, manifest)
    expected = {
        "evidence": facts.get("evidence_digest"),
        "findings": facts.get("findings"),
        "plan": facts.get("plan"),
        "policy": digest(canonical(policy)),
    }
    subjects = {
        named["name"].rpartition("/")[2]: "sha256:" + named["digest"]["sha256"] for named in statement["subject"]
    }
    for name in SUBJECTS:
        if not subjects.get(name) == predicate["digests"].get(name) == expected[name]:
            yield f"statement.json: subject {name} is not that of the ledger and the plan"
    if (predicate["repository"], predicate["campaign"]) != (manifest["repository"], manifest["campaign"]):
        yield "statement.json: it is about another repository or campaign"
    length = predicate["ledger_length"]
    if not 0 < length < len(entries) or entries[length]["previous"] != predicate["ledger_head"]:
        yield "statement.json: it was made for another ledger"
    signed = [entry["facts"].get("statement") for entry in entries if entry["kind"] == "signoff"]
    if digest(payload) not in signed:
        yield "statement.json: the ledger has no signature of it"


def signature_faults(root: Path, manifest: Json, allowed: str) -> Iterator[str]:
    """Hold the signatures against the keys of the plan, or against keys that somebody knows."""
    if not (root / "signoff.json").is_file():
        return
    envelope = read(root / "signoff.json")
    payload = base64.b64decode(envelope["payload"])
    if payload != (root / "statement.json").read_bytes().rstrip(b"\n"):
        yield "signoff.json: it holds another statement than statement.json"
    kind = PAYLOAD_TYPE.encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    keys, _ = approvers_of(root, manifest)
    predicate = json.loads(payload)["predicate"]
    held, author = set(), predicate["author"]
    for member in envelope["signatures"]:
        name = member["keyid"]
        if name not in keys:
            yield f"signoff.json: {name} is no approver of the plan"
        elif name.lower() == author.lower():
            yield f"signoff.json: {name} began the campaign"
        elif not holds(signed, base64.b64decode(member["sig"]), name, allowed or f"{name} {keys[name]}\n"):
            yield f"signoff.json: the signature of {name} does not hold"
        else:
            held.add(keys[name])
    needed = predicate["approvals"]
    if len(held) < needed:
        yield f"signoff.json: {len(held)} of {needed} signatures hold"


def holds(data: bytes, signature: bytes, name: str, allowed: str) -> bool:
    """Ask ssh-keygen whether a signature holds."""
    with tempfile.TemporaryDirectory() as folder:
        signers, armoured = Path(folder, "signers"), Path(folder, "signature")
        signers.write_text(allowed, encoding="utf-8")
        armoured.write_bytes(signature)
        command = ["ssh-keygen", "-Y", "verify", "-I", name, "-n", NAMESPACE, "-f", str(signers), "-s", str(armoured)]
        return subprocess.run(command, input=data, capture_output=True, timeout=30, check=False).returncode == 0  # nosec B603 # fixed program, no shell


def main() -> int:
    """Check the bundle; print every fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--allowed-signers", type=Path, help="keys that you know (ssh-keygen: ALLOWED SIGNERS)")
    options = parser.parse_args()
    root = options.folder
    manifest = read(root / "manifest.json")
    if manifest.get("schema") != "parity.bundle/1":
        print("manifest.json: it is missing, or of another version")
        return 1
    entries, head, faults = read_ledger(root)
    faults += files_faults(root, manifest)
    faults += ledger_faults(root, manifest, entries, head)
    faults += statement_faults(root, manifest, entries)
    signatures = "checked"
    if shutil.which("ssh-keygen") is None:
        signatures = "NOT CHECKED: there is no ssh-keygen on this machine"
    else:
        allowed = options.allowed_signers.read_text(encoding="utf-8") if options.allowed_signers else ""
        faults += signature_faults(root, manifest, allowed)
    campaign, repository = manifest["campaign"], manifest["repository"]
    lines = [
        *(f"FAULT {fault}" for fault in faults),
        f"files: {len(manifest['files'])} named by digest, {len(manifest['expired'])} expired lawfully",
        f"ledger: {len(entries)} entries, head {head}",
        f"signatures: {signatures}",
        f"verdict: {manifest['decision']}; derive it: parity rejudge {campaign} {repository} --reports reports",
        "FAULTS FOUND" if faults else "everything holds",
    ]
    print("\n".join(lines))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
