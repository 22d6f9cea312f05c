"""Three finished campaigns, run on the sandbox: a GO, a false success, and a difference that is ruled and signed off.

Their ledger is anchored in a git repository that no alteration reaches.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import forked

from harness.cli.main import parity
from harness.cli.sandboxes import environment
from harness.sandbox import stack

HERE = Path(__file__).parent
APPROVERS = ("ada", "bob")
"""Both sign off; ada rules."""
SIGNED = "ruled"
"""The repository whose campaign is signed off as well."""
UNTOUCHED = {"sound": 0, "liar": 1, "ruled": 0}
"""Repository → the code of its gate."""
BOUNDS = forked.Bounds(cpu_seconds=120, wall_seconds=300.0)


@dataclass(frozen=True, slots=True)
class Finished:
    """A folder with `repos.yaml` and `reports`, and the names of the campaigns in it."""

    folder: Path
    campaigns: dict[str, str]
    """Repository → its campaign."""


def make(folder: Path) -> Finished:
    """Run the campaigns, sign the ruling, anchor the ledger.

    Raises:
        AssertionError: a command did not end as it must.
    """
    tree = folder / "tree"
    tree.mkdir(parents=True)
    _configure(folder, tree)
    sandbox = folder / "sandbox"
    found = stack.up(sandbox, images=(f"attack/image:1={HERE / 'image'}",))
    try:
        os.environ.update(environment(found))
        for name, code in (("sound", 0), ("liar", 1), ("ruled", 1)):
            _said(tree, code, "run", name)
    finally:
        stack.down(sandbox)
    campaigns = {path.stem: path.parent.parent.name for path in tree.glob("reports/*/verdict/*.json")}
    listed = _said(tree, 0, "accept", "ruled")
    finding = re.search(r"^  (metrics\.\S+): ", listed, re.MULTILINE)
    assert finding, listed
    words = ("--finding", finding[1], "--reason", "the candidate rounds", "--as", "ada", "--key", str(folder / "ada"))
    _said(tree, 0, "accept", "ruled", *words)
    _said(tree, 0, "ledger", "anchor")
    for name in APPROVERS:
        _said(tree, 0, "signoff", SIGNED, "--as", name, "--key", str(folder / name), "--allow-synthetic")
    return Finished(tree, campaigns)


def _configure(folder: Path, tree: Path) -> None:
    anchors = folder / "anchors.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(anchors)], check=True, timeout=30)
    text = (HERE / "repos.yaml.in").read_text(encoding="utf-8").replace("@ANCHORS@", str(anchors))
    for name in APPROVERS:
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(made, check=True, timeout=30)
        key = (folder / f"{name}.pub").read_text(encoding="utf-8").strip()
        text = text.replace(f"@{name.upper()}@", key)
    (tree / "repos.yaml").write_text(text, encoding="utf-8")


def _said(tree: Path, code: int, *words: str) -> str:
    ended = forked.run(lambda: parity([*words], prog_name="parity"), tree.parent / "said", BOUNDS, cwd=tree)
    assert ended.code == code, (words, ended)
    return ended.out
