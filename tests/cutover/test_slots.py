"""One authoritative answer for each slot, whatever flips, crashes or is out in between."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from cutover.conftest import Scene

from harness.cutover import slots
from harness.cutover.slots import Routed
from harness.cutover.stages import Stage
from harness.cutover.table import SCHEMA, Row, Table
from harness.errors import EvidenceDamaged, StoreError
from harness.model.job import Side
from harness.store.base import Store
from harness.store.folder import Folder

SEED = 20261130
OUT = "the bucket does not answer"


def table(share: int, version: int) -> Table:
    """Give a table in which candidate answers so many per cent."""
    row = Row(Stage.CANARY, "share", share, "2026-11-25T12:00:00Z", "", "c1", synthetic=False)
    return Table(SCHEMA, version, {"wine": row})


class Failing:
    """A store that is out now and then, also after it wrote."""

    def __init__(self, folder: Path, rate: float = 0.0) -> None:
        """Wrap a folder; `rate`: the share of calls that fail."""
        self.folder, self.rate, self.draw = Folder(folder), rate, random.Random(SEED)

    def __getattr__(self, name: str) -> Any:
        """Hand on what never fails."""
        return getattr(self.folder, name)

    def _may_fail(self) -> None:
        if self.draw.random() < self.rate:
            raise StoreError(OUT)

    def read(self, name: str) -> bytes | None:
        """Read, or fail."""
        self._may_fail()
        return self.folder.read(name)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Write, and perhaps lose the reply."""
        self._may_fail()
        written = self.folder.put_if_absent(name, data)
        self._may_fail()
        return written


def route(store: Failing, cache: Folder, known: Table | None, asked: tuple[str, str, str]) -> Routed:
    """Ask on a host."""
    return slots.route(cast("Store", store), cache, known, asked)


def test_a_thousand_slots_get_one_recorded_answer_each(tmp_path: Path) -> None:
    """Twelve hosts ask for each, with caches of their own, while the share flips and a fifth of all calls fails.

    The control drops the record: then the flips show.
    """
    store = Failing(tmp_path / "store", rate=0.2)
    draw = random.Random(SEED)
    caches = [Folder(tmp_path / f"host{number}") for number in range(12)]
    asked = [(str(slot), host, draw.choice([0, 30, 70, 100])) for slot in range(1_000) for host in range(3)]
    draw.shuffle(asked)

    def ask(item: tuple[str, int, int]) -> tuple[str, Routed]:
        slot, host, share = item
        known = None if draw.random() < 0.1 else table(share, share)
        return slot, route(store, caches[(host * 5 + int(slot)) % 12], known, ("wine", "train", slot))

    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(ask, asked))
    recorded: dict[str, set[Side]] = defaultdict(set)
    for slot, found in answered:
        if found.recorded:
            recorded[slot].add(found.answer)
    assert len(recorded) > 500
    assert {len(answers) for answers in recorded.values()} == {1}
    store.rate = 0.0
    for slot, answers in recorded.items():
        assert {route(store, caches[0], table(0, 0), ("wine", "train", slot)).answer} == answers


def test_without_a_record_flips_would_show(tmp_path: Path) -> None:
    """The negative control of the test above."""
    found = {
        slots.route(
            Folder(tmp_path / str(share)), Folder(tmp_path / "cache"), table(share, 0), ("wine", "train", "s")
        ).answer
        for share in (0, 100)
    }
    assert found == {Side.LEGACY, Side.CANDIDATE}


def test_an_answer_that_was_given_here_stays_while_the_store_is_out(tmp_path: Path) -> None:
    """And a new slot gets the last known answer, which nobody may publish on."""
    store, cache = Failing(tmp_path / "store"), Folder(tmp_path / "cache")
    assert route(store, cache, table(100, 1), ("wine", "train", "a")) == Routed(Side.CANDIDATE, recorded=True)
    store.rate = 1.0
    assert route(store, cache, None, ("wine", "train", "a")) == Routed(Side.CANDIDATE, recorded=True)
    assert route(store, cache, None, ("wine", "train", "b")) == Routed(Side.CANDIDATE, recorded=False, why=OUT)


def test_a_host_that_never_saw_an_answer_says_legacy_and_records_nothing(tmp_path: Path) -> None:
    """Legacy's output counts until something else is known."""
    store = Failing(tmp_path / "store", rate=1.0)
    found = route(store, Folder(tmp_path / "cache"), table(100, 1), ("wine", "train", "a"))
    assert found == Routed(Side.LEGACY, recorded=False, why=OUT)
    store.rate = 0.0
    unread = route(store, Folder(tmp_path / "cache"), None, ("wine", "train", "a"))
    assert unread == Routed(Side.LEGACY, recorded=False, why="the ledger can't be read")
    assert store.read(slots.name_of("wine", "train", "a")) is None


def test_the_record_of_another_slot_is_no_answer(tmp_path: Path) -> None:
    """A file that was copied."""
    store = Failing(tmp_path / "store")
    route(store, Folder(tmp_path / "cache"), table(100, 1), ("wine", "train", "a"))
    data = store.read(slots.name_of("wine", "train", "a"))
    assert data is not None
    store.put(slots.name_of("wine", "train", "b"), data)
    with pytest.raises(EvidenceDamaged, match="it is the record of another slot"):
        route(store, Folder(tmp_path / "cache"), table(100, 1), ("wine", "train", "b"))


def test_the_command_answers_and_guards_what_is_published(scene: Scene) -> None:
    """Two lines in a DAG or a CI job; a repository that never moved is legacy's."""
    scene.campaign()
    found = scene.parity("route", "wine/train", "2026-11-25")
    assert (found.exit_code, found.stdout) == (0, '{"answer": "legacy", "recorded": true, "why": ""}\n')
    assert scene.parity("route", "wine/train", "2026-11-25", "--publish", "legacy").exit_code == 0
    assert scene.parity("route", "wine/train", "2026-11-25", "--publish", "candidate").exit_code == 1
    scene.sign("ada")
    for words in (("shadow",), ("dual",), ("canary", "--share", "99")):
        scene.cut_over(*words)
    assert scene.parity("route", "wine/train", "2026-11-25").stdout == found.stdout, "what was answered stays"
    assert '"candidate"' in scene.parity("route", "wine/train", "2026-11-26").stdout


@pytest.mark.parametrize(
    ("job", "slot"), [("wine", "s"), ("wine/train", "../../x"), ("wine/train", "a b"), ("wine/train", "")]
)
def test_a_slot_that_is_no_name_is_refused(scene: Scene, job: str, slot: str) -> None:
    """It becomes a file's name."""
    scene.campaign()
    assert scene.parity("route", job, slot).exit_code == 2
