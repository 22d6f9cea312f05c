"""What the evidence store costs: an append to a long ledger, and the digest of a large payload.

Run: python benchmarks/bench_store.py
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from harness.store import codec, ledger
from harness.store.reports import in_folder

ENTRIES = 50_000
APPENDS = 20
PAYLOAD_MIB = 700
AT = "2026-11-24T10:58:00Z"


def main() -> None:
    """Measure in a folder of its own, and print."""
    with tempfile.TemporaryDirectory(prefix="parity-bench-") as name:
        payload(Path(name))
        appends(Path(name))


def payload(folder: Path) -> None:
    """Name a payload by its digest, and find it unchanged."""
    (folder / "c1").mkdir()
    with (folder / "c1" / "big").open("wb") as file:
        for number in range(PAYLOAD_MIB):
            file.write(bytes([number % 256]) * (1 << 20))
    archive, before, began = in_folder(folder).archive("c1"), peak_mib(), time.process_time()
    assert archive.damaged({"big": archive.digest("big")}) == ()
    spent = time.process_time() - began
    print(f"{PAYLOAD_MIB} MiB named twice: {spent:.2f} s of CPU, {peak_mib() - before} MiB of memory more")


def appends(folder: Path) -> None:
    """Append to a ledger that other processes wrote."""
    previous, lines = ledger.FIRST, []
    digests = dict.fromkeys(("config", "findings"), "sha256:" + "a" * 64)
    for number in range(ENTRIES):
        entry = ledger.Entry(number, previous, ledger.RECOMPARISON, AT, f"r{number % 120}", f"c{number}", digests)
        lines.append(codec.line(entry))
        previous = codec.digest(lines[-1])
    (folder / "ledger.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    book, began = in_folder(folder).ledger, time.process_time()
    book.entries()
    print(f"{ENTRIES:,} entries read and verified: {time.process_time() - began:.2f} s of CPU")
    for kind in (ledger.RECOMPARISON, ledger.VERDICT):
        began = time.process_time()
        for number in range(APPENDS):
            book.append(kind, AT, "r1", campaign=f"n{number}", facts={})
        each = (time.process_time() - began) / APPENDS
        print(f"an append of a {kind} after that: {each * 1000:.1f} ms of CPU")


def peak_mib() -> int:
    """Largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
