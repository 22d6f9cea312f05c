"""All hostile inputs of one seed, by family."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from attack import documents, evidence, files
from attack.case import Case

COUNTS = {
    "explain": 100,
    "check-config": 90,
    "check-config --request": 50,
    "init": 70,
    "evidence": 90,
    "archives": 90,
    "tables": 45,
    "json": 50,
    "names": 60,
}
"""How many of each a whole session runs."""


def cases(seed: int, folder: Path) -> Iterator[Case]:
    """Generate them; the same seed gives the same inputs. The folder keeps what they begin from."""
    tree = folder / "campaign"
    evidence.finished(tree / "reports")

    def of(family: str) -> random.Random:
        return random.Random(f"{seed} {family}")

    yield from documents.explained(of("explain"), COUNTS["explain"])
    yield from documents.many_objects(5000)
    yield from documents.configured(of("check-config"), COUNTS["check-config"])
    yield from documents.requested(of("request"), COUNTS["check-config --request"])
    yield from documents.begun(of("init"), COUNTS["init"])
    yield from evidence.spoiled(tree, of("evidence"), COUNTS["evidence"])
    yield from files.archived(of("archives"), COUNTS["archives"])
    yield from files.scanned()
    yield from files.tabled(of("tables"), COUNTS["tables"])
    yield from files.jsons(of("json"), COUNTS["json"])
    yield from documents.named(of("names"), COUNTS["names"])
