"""What the process wrote against what arrived: files that changed or got lost on their way are damaged evidence."""

from __future__ import annotations

from collections.abc import Mapping

from harness.compare.output_case import Both, Case, Files
from harness.model.finding import Finding, Outcome, Sample
from harness.model.job import Side
from harness.model.wording import counted


def carried(case: Case, files: Mapping[Side, Files], both: Both) -> tuple[Finding | None, set[str]]:
    """Find files that changed or got lost between the process and the store, and name those that changed."""
    records = {side: observation.record for side, observation in both.items()}
    written = {side: record.outputs.get(case.output.name, {}) if record else {} for side, record in records.items()}
    changed = _changed(files, written)
    lost = _lost(files, written)
    if not (changed or lost):
        return None, set()
    parts = [f"{counted(len(changed), 'file')} arrived with other bytes than the process wrote"] * bool(changed)
    parts += [f"{counted(len(lost), 'file')} that a process wrote arrived on neither side"] * bool(lost)
    summary = f"Of {case.output.name}, {', '.join(parts)}."
    remedy = "find what changes the files on their way, and run the pair again"
    found = case.finding("outputs.carried", Outcome.INCONCLUSIVE, summary, [*changed, *lost], remedy=remedy)
    return found, {sample.where for sample in changed}


WrittenHashes = Mapping[Side, Mapping[str, str]]
"""By side, the files that its process wrote, with their hashes."""


def _changed(files: Mapping[Side, Files], written: WrittenHashes) -> list[Sample]:
    samples = []
    for side, arrived in files.items():
        for name, file in arrived.items():
            wrote = written[side].get(name, "").removeprefix("sha256:")
            if wrote and file.sha256 and wrote != file.sha256:
                shown = {side: f"written {wrote[:12]}, arrived {file.sha256[:12]}"}
                samples.append(Sample(name, shown.get(Side.LEGACY, ""), shown.get(Side.CANDIDATE, "")))
    return samples


def _lost(files: Mapping[Side, Files], written: WrittenHashes) -> list[Sample]:
    """List what was written and arrived nowhere; what arrived on one side is told by the file sets."""
    arrived = {name for names in files.values() for name in names}
    sent = {name for names in written.values() for name in names}
    words = {True: "written, did not arrive", False: "not written"}
    return [Sample(name, *(words[name in written[side]] for side in Side)) for name in sorted(sent - arrived)]
