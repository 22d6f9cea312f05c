"""The harness's own CPU for one pair, beside what the stock clients cost for the same calls in the same run.

Both are slopes: CPU seconds of a process with many pairs less those with few, so that imports and start-up fall out.
The sandbox and the jobs are other processes and are not counted. Goal: at most 1.5 times the stock clients.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from harness.cli.sandboxes import environment
from harness.sandbox import stack

HERE = Path(__file__).parent / "calls"
FEW, MANY = 3, 15
GOAL = 1.5
_OURS = ("Boto3", "OpenAPI-Generator")
"""The clients of the harness; the shim's own calls belong to the jobs."""
_ONCE = {"GetCallerIdentity", "BatchGetImage", "HeadBucket", "CreateBucket"} | {
    f"{verb}{noun}" for verb in ("Create", "Put", "Remove", "Delete") for noun in ("Queue", "Rule", "Targets")
}
"""Calls of a campaign, not of a pair."""


def cpu_seconds(command: list[str], folder: Path, variables: dict[str, str]) -> float:
    """Run a command to its end; user and system seconds of it and its own children."""
    with (folder / "out.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **variables}, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[1:4]} ended with {os.waitstatus_to_exitcode(status)}:\n{(folder / 'out.log').read_text()}")
    return used.ru_utime + used.ru_stime


def campaign(folder: Path, pairs: int, variables: dict[str, str], audit: Path) -> tuple[float, Counter[str]]:
    """Run one campaign; give its CPU seconds and the calls that its clients made."""
    text = (HERE / "repos.yaml.in").read_text(encoding="utf-8").replace("PAIRS", str(pairs))
    (folder / "repos.yaml").write_text(text, encoding="utf-8")
    before = len(_told(audit))
    used = cpu_seconds([sys.executable, "-m", "harness", "run", "calls"], folder, variables)
    calls = Counter(
        f"{each['verb']} {each['resource']}".strip()
        for each in _told(audit)[before:]
        if str(each["user_agent"]).startswith(_OURS)
    )
    return used, calls


def _told(audit: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in audit.read_text(encoding="utf-8").splitlines()] if audit.exists() else []


def per_pair(few: Counter[str], many: Counter[str]) -> dict[str, float]:
    """What one more pair costs in calls; watches and lists of the campaign are the same for both."""
    names = {name for name in many if name.split()[0] not in {*_ONCE, "watch"} and "namespaces" not in name}
    return {name: (many[name] - few[name]) / (MANY - FEW) for name in sorted(names) if many[name] > few[name]}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        found = stack.up(folder / "sandbox", images=(f"calls/image:1={HERE / 'image'}",))
        variables = dict(environment(found))
        audit = folder / "sandbox" / "audit.jsonl"
        try:
            used = {pairs: campaign(folder, pairs, variables, audit) for pairs in (FEW, MANY)}
            table = per_pair(used[FEW][1], used[MANY][1])
            (folder / "table.json").write_text(json.dumps(table), encoding="utf-8")
            stock = {
                rounds: cpu_seconds(
                    [sys.executable, str(HERE / "stock.py"), "table.json", str(rounds)], folder, variables
                )
                for rounds in (FEW, MANY)
            }
        finally:
            stack.down(folder / "sandbox")
    mine = (used[MANY][0] - used[FEW][0]) / (MANY - FEW)
    theirs = (stock[MANY] - stock[FEW]) / (MANY - FEW)
    print(f"{sum(table.values()):.1f} calls a pair: " + ", ".join(f"{name} {n:.1f}" for name, n in table.items()))
    ratio = f"{mine / theirs:.2f} x (goal {GOAL} x)"
    print(f"harness {mine * 1000:.0f} ms CPU a pair, stock clients {theirs * 1000:.0f} ms: {ratio}")


if __name__ == "__main__":
    main()
