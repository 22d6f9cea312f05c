"""Anchors in a ref of a git repository: one commit an anchor, each with the one before it as parent.

A push that is no fast-forward is refused by git, so of two writers one wins. Whether the ref may be forced or deleted
is the server's rule to make (docs/ledger.md).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import EvidenceDamaged, Fenced, StoreError
from harness.store import anchor as anchors
from harness.store import codec
from harness.store.anchor import Anchor, KeptAnchor

GIT = "git"
FILE = "head.json"
SECONDS = 120
"""Of one call; a server that asks for a password on a terminal gets none."""
ANCHORS_MAX = 100_000
_WHO = {"NAME": "parity ledger", "EMAIL": "parity@localhost"}
_REJECTED = ("[rejected]", "[remote rejected]", "non-fast-forward", "fetch first", "cannot lock ref")


class GitAnchors:
    """A ref of a repository, by path or URL; git's own settings say how it is reached and by whom."""

    def __init__(self, place: str, ref: str) -> None:
        """Remember where; nothing is asked yet."""
        self._place = str(Path(place).resolve()) if Path(place).exists() else place
        self._ref = ref

    def read(self) -> tuple[KeptAnchor, ...]:
        """Fetch the ref and read its commits, the oldest first; no ref is no anchor."""
        with self._fetched() as (folder, tip):
            if not tip:
                return ()
            listed = self._git(folder, "rev-list", "--first-parent", "--reverse", tip).decode().split()
            return tuple(KeptAnchor(self._anchor_of(folder, commit), commit[:12]) for commit in listed[:ANCHORS_MAX])

    def add(self, anchor: Anchor, before: tuple[KeptAnchor, ...]) -> str:
        """Commit the anchor behind the last one and push it, never by force."""
        with self._fetched() as (folder, tip):
            if (tip[:12] if tip else "") != (before[-1].id if before else ""):
                message = f"{self._place} {self._ref}: another writer anchored meanwhile"
                raise Fenced(message)
            blob = self._git(folder, "hash-object", "-w", "--stdin", given=codec.encode(anchor)).decode().strip()
            tree = self._git(folder, "mktree", given=f"100644 blob {blob}\t{FILE}\n".encode()).decode().strip()
            text = f"parity ledger: {anchor.length} entries\n\nhead {anchor.digest}\nat {anchor.at}\n"
            parent = ("-p", tip) if tip else ()
            commit = self._git(folder, "commit-tree", tree, *parent, given=text.encode()).decode().strip()
            self._git(folder, "push", "--quiet", "--no-verify", self._place, f"{commit}:{self._ref}")
            return commit[:12]

    def _anchor_of(self, folder: Path, commit: str) -> Anchor:
        data = self._git(folder, "cat-file", "blob", f"{commit}:{FILE}")
        return anchors.decode(data, f"{self._place} {self._ref}, commit {commit[:12]}")

    @contextmanager
    def _fetched(self) -> Iterator[tuple[Path, str]]:
        """Make a repository for this call, and bring the ref into it; an empty tip: there is none yet."""
        with tempfile.TemporaryDirectory(prefix="parity-anchor-") as name:
            folder = Path(name)
            self._git(folder, "init", "--quiet", "--bare", ".")
            listed = self._git(folder, "ls-remote", "--", self._place, self._ref).decode().split("\n")
            tips = [line.split("\t")[0] for line in listed if line.endswith(f"\t{self._ref}")]
            if tips:
                self._git(folder, "fetch", "--quiet", "--no-tags", "--", self._place, f"{self._ref}:refs/tip")
                tips = [self._git(folder, "rev-parse", "refs/tip").decode().strip()]
            yield folder, tips[0] if tips else ""

    def _git(self, folder: Path, *arguments: str, given: bytes = b"") -> bytes:
        """Run git away from any repository of the user's.

        Raises:
            Fenced: a push was no fast-forward.
            EvidenceDamaged: an object is not there.
            StoreError: anything else, in git's own words.
        """
        own = {f"GIT_{role}_{name}": text for role in ("AUTHOR", "COMMITTER") for name, text in _WHO.items()}
        kept = {name: text for name, text in os.environ.items() if name not in {"GIT_DIR", "GIT_WORK_TREE"}}
        environment = {**kept, **own, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(  # noqa: S603 # nosec B603 # arguments are ours, and a list
                [GIT, *arguments], cwd=folder, env=environment, input=given, capture_output=True, timeout=SECONDS,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            message = f"{self._place} {self._ref}: git: {error}"
            raise StoreError(message) from error
        if done.returncode == 0:
            return done.stdout
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:400]
        message = f"{self._place} {self._ref}: git {arguments[0]}: {said}"
        if arguments[0] == "push" and any(word in said for word in _REJECTED):
            raise Fenced(message)
        raise (EvidenceDamaged if arguments[0] == "cat-file" else StoreError)(message)
