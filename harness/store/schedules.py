"""Amendments of a plan as records of the journal, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.errors import EvidenceDamaged
from harness.model.plan import Plan
from harness.model.schedule import Amendment, Replacement, Schedule, Stop, TakeOver, Wave
from harness.store import codec

RECORD = "amendment"
_KINDS: Mapping[str, type[Amendment]] = {"wave": Wave, "replacement": Replacement, "stop": Stop, "take-over": TakeOver}
_WORDS = {kind: word for word, kind in _KINDS.items()}


def record_of(amendment: Amendment) -> Mapping[str, object]:
    """Write one amendment as a record of the journal."""
    return {"record": RECORD, "kind": _WORDS[type(amendment)], "amendment": amendment}


def schedule_of(plan: Plan, records: Iterable[Mapping[str, object]]) -> Schedule:
    """Put a plan and the amendments among its journal's records together.

    Raises:
        EvidenceDamaged: a record is of no known kind, has another shape, or names a pair that the plan does not have.
    """
    schedule = Schedule(plan).amended(_amendment(record) for record in records if record.get("record") == RECORD)
    _check_named(schedule)
    return schedule


def _amendment(record: Mapping[str, object]) -> Amendment:
    kind = _KINDS.get(str(record.get("kind")))
    if kind is None:
        message = f"journal.log: an amendment of kind {record.get('kind')!r} is not known to this version"
        raise EvidenceDamaged(message)
    return codec.decode(codec.encode(record.get("amendment")), kind, "journal.log")


def _check_named(schedule: Schedule) -> None:
    """Refuse amendments that speak of pairs nobody planned."""
    known = {pair.id for pair in schedule.plan.pairs} | {added.pair.id for added in schedule.replacements.values()}
    named = {pair for amendment in schedule.amendments for pair in _named(amendment)}
    if unknown := sorted(named - known):
        message = f"journal.log: an amendment names pairs that are not in the plan: {', '.join(unknown[:5])}"
        raise EvidenceDamaged(message)


def _named(amendment: Amendment) -> tuple[str, ...]:
    match amendment:
        case Wave(_, pairs, _):
            return pairs
        case Replacement(pair, _, _, _):
            return (pair.replaces,) if pair.replaces else ()
        case TakeOver():
            return ()
        case Stop(pair_id, _, _, _, _):
            return (pair_id,)
