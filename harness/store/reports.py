"""What `--reports` names: a folder, or `s3://bucket/prefix` with a local spool. Campaigns and the ledger lie in it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness import private
from harness.errors import ConfigError, Problem
from harness.store import ledger
from harness.store.archive import Archive
from harness.store.base import Store
from harness.store.books import ObjectBook
from harness.store.folder import Folder
from harness.store.ledger import Ledger

SPOOL = "PARITY_SPOOL"
OWNER = "PARITY_STORE_OWNER"
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/((?:[A-Za-z0-9!_.*'()-]+/)*[A-Za-z0-9!_.*'()-]*))?")


@dataclass(frozen=True, slots=True)
class Reports:
    """All campaigns of a team, and their ledger."""

    store: Store
    folder: Path
    """Of this machine: the folder itself, or the spool of a shared store."""
    ledger: Ledger
    halt: threading.Event = field(default_factory=threading.Event)
    """Set by the first interrupt of a command."""

    def archive(self, campaign: str) -> Archive:
        """Open one campaign by its name; it may be there or not.

        Raises:
            ConfigError: a path leads outside, where this ledger vouches for nothing.
        """
        root = self.folder / campaign
        if len(PurePosixPath(campaign).parts) != 1 or campaign in {".", ".."} or root.is_symlink():
            found, expected = f"{campaign}, which leads outside", f"the name of a campaign in {self}"
            hint = "another folder is named by --reports, and its ledger lies in it"
            raise ConfigError((Problem(str(self), 0, 0, "campaign", found, expected, hint),))
        around = None if isinstance(self.store, Folder) else self.store
        return Archive(root, around.under(campaign) if around else None, self.ledger, around)

    def __str__(self) -> str:
        """Give what a user types after --reports."""
        return self.store.place()


def in_folder(folder: Path) -> Reports:
    """Open a folder; one that was copied from a bucket has its ledger as the bucket had it."""
    return Reports(Folder(folder), folder, ledger.in_folder(folder))


def of(where: Path | Reports) -> Reports:
    """Open a folder that is given as path; what is open stays as it is."""
    return in_folder(where) if isinstance(where, Path) else where


def open_reports(text: str, tell: Callable[[str], None] = lambda _: None) -> Reports:
    """Open what --reports says.

    Raises:
        ConfigError: it is no folder and no `s3://bucket/prefix`.
        StoreError: there are no credentials for the bucket.
    """
    if "://" not in text:
        return in_folder(Path(text))
    found = _BUCKET.fullmatch(text)
    if found is None:
        raise ConfigError(
            (Problem("--reports", 0, 0, "place", text, "a folder, or s3://BUCKET or s3://BUCKET/PREFIX"),)
        )
    from harness.store import s3  # noqa: PLC0415 - boto3 costs a second that no folder needs

    bucket, prefix = found[1], (found[2] or "").strip("/")
    halt, spool = threading.Event(), spool_folder() / bucket / prefix
    store = s3.Bucket(
        s3.client(), bucket, f"{prefix}/" if prefix else "", spool, os.environ.get(OWNER, ""), tell=tell, halt=halt
    )
    return Reports(store, spool, Ledger(ObjectBook(store)), halt)


def spool_folder() -> Path:
    """Give the folder where what goes to shared stores is written first: $PARITY_SPOOL, or one of the user's state."""
    if named := os.environ.get(SPOOL):
        return Path(named)
    return private.state_folder() / "spool"
