"""Tables of the derived index, the same in SQLite and PostgreSQL. What is in them can be made again from the stores."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

VERSION = 1
"""Of these tables; an index of another version is dropped and made again."""
METADATA = MetaData()


def _table(name: str, keys: Iterable[str], *columns: Column[object]) -> Table:
    """Make a table whose key is a store and what follows it."""
    key: list[Column[object]] = [
        Column(key, Integer if key == "sequence" else String, primary_key=True, autoincrement=False) for key in keys
    ]
    return Table(f"board_{name}", METADATA, *key, *columns)


def _texts(*names: str) -> list[Column[object]]:
    return [Column(name, Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[Column[object]]:
    return [Column(name, Float(53), nullable=False) for name in names]


def _counts(*names: str) -> list[Column[object]]:
    return [Column(name, Integer, nullable=False) for name in names]


META = Table("board_meta", METADATA, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
PLACE = _table("place", ("store",), *_counts("entries"), *_texts("head", "trouble"), *_numbers("read_at"))
_KEY = ("store", "repository", "campaign")
CAMPAIGN = _table(
    "campaign",
    _KEY,
    *_texts("state", "trouble", "owner", "tier", "base", "image", "policy", "rules", "author", "decision", "evidence"),
    *_texts("reason", "remedy", "approvers", "cells"),
    *_numbers("begun_at", "planned_at", "judged_at", "expires_at", "due_at", "verified_at", "alpha"),
    *_counts("blocking", "clean", "pairs", "pairs_needed", "approvals", "runs", "week"),
    Column("price", Float(53)),
    Column("price_max", Float(53)),
)
REPOSITORY = _table(
    "repository",
    ("store", "repository"),
    *_texts("campaign", "running"),
    *_numbers("since", "first_go_at"),
)
"""Which campaign of a repository is its newest judged one, which one is open, and since when its decision stands."""
DIVERGENCE = _table(
    "divergence",
    (*_KEY, "signature"),
    *_texts("outcome", "check", "dimension", "rule", "title", "advice", "summary"),
    *_numbers("at"),
    *_counts("count"),
)
READING = _table(
    "reading",
    (*_KEY, "kind", "subject"),
    *_texts("unit", "margin", "outcome"),
    *_numbers("at"),
    *_counts("week"),
    Column("legacy", Float(53)),
    Column("candidate", Float(53)),
)
FALSE_FAILURE = _table("false_failure", (*_KEY, "rule"), *_texts("month"), *_numbers("at"), *_counts("runs"))
STEP = _table(
    "step",
    ("store", "sequence"),
    *_texts("repository", "stage", "by", "campaign"),
    *_numbers("since"),
    *_counts("share"),
    Column("synthetic", Boolean, nullable=False),
)
SIGNED = _table("signed", ("store", "sequence"), *_texts("repository", "campaign", "signer"), *_numbers("at"))
OF_CAMPAIGN = (CAMPAIGN, DIVERGENCE, READING, FALSE_FAILURE)

Index("board_divergence_signature", DIVERGENCE.c.signature)
Index("board_divergence_repository", DIVERGENCE.c.repository)
Index("board_campaign_state", CAMPAIGN.c.state)
