"""`parity list`: the last verdict of every repository, or all campaigns, as the ledger has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click

from harness.cli import answer
from harness.store import ledger
from harness.store.reports import Reports

COLUMNS = ("repository", "verdict", "evidence", "judged_at", "campaign")
NOT_JUDGED = "not judged"


def rows(entries: Sequence[ledger.Entry], *, every: bool) -> tuple[Mapping[str, str], ...]:
    """Give a row a repository with its newest campaign, or with every campaign, in the order of the ledger."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for entry in entries:
        if entry.kind in {ledger.CAMPAIGN, ledger.VERDICT, ledger.RECOMPARISON}:
            row = found.setdefault((entry.repository, entry.campaign), _empty(entry))
            if entry.kind != ledger.CAMPAIGN:
                row["verdict"] = entry.facts.get(ledger.DECISION, row["verdict"])
                row["evidence"] = entry.facts.get(ledger.EVIDENCE, row["evidence"])
                row["judged_at"] = entry.at
    if every:
        return tuple(found.values())
    newest = {repository: row for (repository, _), row in found.items()}
    return tuple(newest[name] for name in sorted(newest))


def _empty(entry: ledger.Entry) -> dict[str, str]:
    return dict(zip(COLUMNS, (entry.repository, NOT_JUDGED, "", "", entry.campaign), strict=True))


def show(reports: Reports, *, every: bool) -> int:
    """Print them; 5 where there is none."""
    found = rows(reports.ledger.entries(), every=every)
    answer.rows(found)
    if found:
        answer.lines(_table(found))
    if not found:
        click.echo(f"no campaign in {reports}; start with parity run", err=True)
    return 0 if found else 5


def _table(found: Sequence[Mapping[str, str]]) -> Iterator[str]:
    titles = {name: name.replace("_", " ") for name in COLUMNS}
    told = [titles, *({**row, "judged_at": row["judged_at"][:16].replace("T", " ")} for row in found)]
    widths = {name: max(len(row[name]) for row in told) for name in COLUMNS}
    yield from ("  ".join(row[name].ljust(widths[name]) for name in COLUMNS).rstrip() for row in told)
