"""Tables that a session measured, written into the pages of the documentation between their marks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.campaign.story import tool_version


def write(page: Path, session: str, what: str, table: str) -> None:
    """Put a table in place of the one before, with the session, what it ran, the version and the day."""
    begin, end = f"<!-- {session} -->", f"<!-- end of {session} -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    day = datetime.now(tz=UTC).date().isoformat()
    said = f"Made by `nox -s {session}`, {what}, {tool_version()}, {day}."
    page.write_text(f"{before}{begin}\n{said}\n\n{table}\n{end}{after}", encoding="utf-8")
