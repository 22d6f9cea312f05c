"""The bytes of the shim's record → a `Record`, read strictly, and the events that it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.backends.base import RECORD_BYTES_MAX
from harness.errors import EvidenceDamaged
from harness.model import strict_json
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Json
from harness.model.observation import Record, Typed
from harness.scrub.scrubber import Scrubber

RECORD_SCHEMA = "parity.record/1"


def read_record(data: bytes | None, expected: bool) -> tuple[Record | None, str]:  # noqa: FBT001 - a fact of the run
    """Read the shim's record strictly; say what is wrong with it, or that an expected one is missing."""
    if data is None:
        return None, "the shim's record never arrived" if expected else ""
    try:
        value = strict_json.read(data, bytes_max=RECORD_BYTES_MAX)
        return record_of(value), ""
    except (strict_json.StrictError, EvidenceDamaged) as error:
        return None, f"record.json: {error}"


def record_of(value: Json) -> Record:
    """Turn the shim's JSON into a record.

    Raises:
        EvidenceDamaged: it is no record, or has fields of the wrong type.
    """
    if not isinstance(value, dict) or value.get("schema") != RECORD_SCHEMA:
        message = f"not a {RECORD_SCHEMA}"
        raise EvidenceDamaged(message)
    return _record(value)


def _record(value: Mapping[str, Json]) -> Record:
    parameters = {
        name: Typed(_text(fact.get("type")), fact.get("value")) for name, fact in _maps(value.get("parameters"))
    }
    outputs = {
        name: {_text(file.get("path")): _text(file.get("sha256")) for file in map(_map, _list(output.get("files")))}
        for name, output in _maps(value.get("outputs"))
    }
    return Record(
        run=_text(value.get("run")),
        exit_code=_integer(value.get("exit_code")),
        signal=_integer(value.get("signal")),
        first_instruction_seconds=_float(value.get("first_instruction_seconds")),
        started_seconds=_float(value.get("started_seconds")),
        finished_seconds=_float(value.get("finished_seconds")),
        parameters=parameters,
        environment=_strings(value.get("environment")),
        libraries=_strings(value.get("libraries")),
        inputs={name: _text(given.get("sha256")) for name, given in _maps(value.get("inputs"))},
        outputs=outputs,
        image_config_digest=_text(value.get("image_config_digest")) or None,
        process=_strings(value.get("process")),
        max_rss_bytes=_integer(value.get("max_rss_bytes")),
        cpu_seconds=_float(value.get("cpu_seconds")),
        refused=_text(value.get("refused")),
        secrets=_strings(value.get("secrets")),
        troubles=tuple(map(_text, _list(value.get("troubles")))),
        distributions=_looked(value.get("distributions")),
        mounts=_looked(value.get("mounts")),
        log_started=value.get("log_started") is True,
    )


def shim_events(record: Record) -> Iterator[Event]:
    """Give the work's first instruction and its exit, as the shim saw them."""
    if record.first_instruction_seconds is not None:
        at = Time(record.first_instruction_seconds, ClockName.CONTAINER, 0.0, 1.0)
        yield Event(
            "shim:first",
            Kind.FIRST_INSTRUCTION,
            Witness.SHIM,
            at,
            at.seconds,
            role=Role.MAIN,
            label="first instruction",
        )
    if record.finished_seconds is not None and record.exit_code is not None:
        at = Time(record.finished_seconds, ClockName.CONTAINER, 0.0, 1.0)
        native = {"exitCode": str(record.exit_code), "signal": str(record.signal or "")}
        yield Event("shim:exit", Kind.EXITED, Witness.SHIM, at, at.seconds, role=Role.MAIN, label="exit", native=native)


def _expected(kind: str, value: Json) -> EvidenceDamaged:
    return EvidenceDamaged(f"expected {kind}, found {Scrubber().text(str(value))[:80]!r}")


def _text(value: Json) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise _expected("text", value)


def _integer(value: Json) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _expected("an integer", value)


def _float(value: Json) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    raise _expected("a number", value)


def _strings(value: Json) -> dict[str, str]:
    return {
        name: item if isinstance(item, str) else strict_json.write(item).decode().strip()
        for name, item in _map(value).items()
    }


def _looked(value: Json) -> dict[str, str] | None:
    """Read what a shim before this one did not look for."""
    return None if value is None else _strings(value)


def _maps(value: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    return ((name, _map(item)) for name, item in _map(value).items())


def _map(value: Json) -> Mapping[str, Json]:
    if value is None or isinstance(value, dict):
        return value or {}
    raise _expected("a map", value)


def _list(value: Json) -> Sequence[Json]:
    if value is None or isinstance(value, list):
        return value or []
    raise _expected("a list", value)
