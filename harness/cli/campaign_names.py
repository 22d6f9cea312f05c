"""How a user names a campaign: in whole, by a beginning that no other has, or `latest`."""

from __future__ import annotations

from collections.abc import Iterable

from harness.config.problems import did_you_mean, show
from harness.errors import ConfigError, EvidenceDamaged, Problem
from harness.store import ledger
from harness.store.archive import PLAN
from harness.store.reports import Reports

LATEST = "latest"
SHOWN = 5
"""Campaigns that a message names."""


def known(reports: Reports) -> tuple[str, ...]:
    """List campaigns, the oldest first: those that the ledger knows, then folders with a plan that it does not."""
    try:
        entries = reports.ledger.entries()
    except EvidenceDamaged:
        entries = ()  # whoever reads the campaign is told
    entered = dict.fromkeys(entry.campaign for entry in entries if entry.kind == ledger.CAMPAIGN)
    folder = reports.folder
    there = sorted(path.parent.name for path in folder.glob(f"*/{PLAN}")) if folder.is_dir() else []
    return tuple(dict.fromkeys((*entered, *there)))


def resolved(reports: Reports, text: str) -> str:
    """Give the campaign that is meant; a name that is there in whole is always itself.

    Raises:
        ConfigError: there is none, or several begin so; names some that are there.
    """
    if reports.archive(text).exists():
        return text
    names = known(reports)
    if text == LATEST and names:
        return names[-1]
    meant = [name for name in names if text and name.startswith(text)]
    if len(meant) == 1:
        return meant[0]
    raise ConfigError((_problem(reports, text, names, meant),))


def _problem(reports: Reports, text: str, names: Iterable[str], meant: list[str]) -> Problem:
    last = list(names)[-SHOWN:][::-1]
    if meant:
        expected = f"more of the name: {', '.join(meant[-SHOWN:])} begin so"
        return Problem(str(reports), 0, 0, "campaign", show(text), expected)
    there = f"the last are {', '.join(last)}" if last else "there is none yet; start with parity run"
    expected = f"a campaign of this place, the beginning of its name, or latest ({there})"
    return Problem(str(reports), 0, 0, "campaign", show(text), expected, did_you_mean(text, last))
