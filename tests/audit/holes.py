"""pip-audit over the lock file: no locked package has a known hole, where a service can be asked.

PyPI is asked, else OSV. A service that is not reached, or does not know even the first package (a mirror without
PyPI's JSON interface answers 404 to everything), can't say that there is no hole: then the step is NOT RUN.
`ignored.toml` lists holes that are lived with for a while, each with its reason and last day.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import locked
from audit.step import Step, last_line, module, not_run

TIMEOUT_SECONDS = 10
SERVICES: Mapping[str, tuple[str, ...]] = {"PyPI": ("-s", "pypi"), "OSV": ("-s", "osv")}
"""Name → the options of pip-audit that choose it."""


@dataclass(frozen=True)
class Ignored:
    """A known hole that is lived with until its last day."""

    id: str
    package: str
    reason: str
    last_day: dt.date

    def __post_init__(self) -> None:
        """Refuse one without a reason or day."""
        if not self.reason.strip() or type(self.last_day) is not dt.date:
            message = f"ignored.toml: {self.id}: reason is a text, last_day a date as in last_day = 2027-01-31"
            raise ValueError(message)


def ignored(path: Path) -> list[Ignored]:
    """Read the list.

    Raises:
        TypeError, ValueError: a key is missing, unknown or of another type.
    """
    return [Ignored(**entry) for entry in tomllib.loads(path.read_text("utf-8")).get("ignored", [])]


def audit(
    lock: Path, accepted: list[Ignored], today: dt.date, services: Mapping[str, tuple[str, ...]] = SERVICES
) -> Step:
    """Ask the first service that answers."""
    refusals = []
    for name, options in services.items():
        refused = _refusal(lock, options)
        if not refused:
            return _holes(lock, accepted, today, name, options)
        refusals.append(f"{name}: {refused}")
    return not_run("; ".join(refusals))


def _ask(requirements: Path, *options: str) -> tuple[list[dict[str, Any]] | None, str]:
    done = module(
        "pip_audit", "-r", str(requirements), "--disable-pip", "--format", "json", "--progress-spinner", "off",
        "--desc", "off", "--timeout", str(TIMEOUT_SECONDS), *options, cwd=requirements.parent,
    )  # fmt: skip
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None, last_line(done.stderr)
    return found, ""


def _refusal(lock: Path, options: tuple[str, ...]) -> str:
    """Ask for one package; give why the service can't be asked for all, or nothing."""
    name, version = locked.packages(lock, here=True)[0]
    with tempfile.TemporaryDirectory(prefix="parity-audit-") as folder:
        single = Path(folder) / "requirements.txt"
        single.write_text(f"{name}=={version}\n", "utf-8")
        found, trouble = _ask(single, "--no-deps", *options)
    if found is None:
        return f"not reached ({trouble[:200]})"
    return f"does not know {name} {version}" if "skip_reason" in found[0] else ""


def _holes(lock: Path, accepted: list[Ignored], today: dt.date, service: str, options: tuple[str, ...]) -> Step:
    found, trouble = _ask(lock, "--require-hashes", *options)
    if found is None:
        return not_run(f"{service}: gave up in the middle ({trouble[:200]})")
    return decide(service, found, accepted, today)


def decide(service: str, found: list[dict[str, Any]], accepted: list[Ignored], today: dt.date) -> Step:
    """Fail on every hole that is not ignored today, and on entries of the list that are needed no more."""
    failures, used = [], set()
    for package in found:
        for hole in package.get("vulns", []):
            names = {hole["id"], *hole.get("aliases", [])}
            match = next((entry for entry in accepted if entry.id in names and entry.package == package["name"]), None)
            if match is not None:
                used.add(match)
                if today <= match.last_day:
                    continue
            late = f" (ignored until {match.last_day}, which is over)" if match else ""
            mended = ", ".join(hole.get("fix_versions", [])) or "no version yet"
            failures.append(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}{late}")
    unknown = [package["name"] for package in found if "skip_reason" in package]
    summary = f"{service} asked for {len(found) - len(unknown)} packages, {len(used)} holes on the list of ignored ones"
    if unknown:
        summary += f"; NOT RUN for {', '.join(unknown)}: the service does not know them"
    stale = [
        f"ignored.toml: {entry.id} was not found in {entry.package}: remove it"
        for entry in accepted
        if entry not in used
    ]
    return Step(summary, (*failures, *stale))
