"""Great-expectations itself: an ephemeral suite over one DataFrame at a time. The only file that imports it.

Its import costs about 10 s of CPU time, so it is imported once for all tables of an output, in a process that is
bounded; its context is ephemeral and writes nothing, and of its results only numbers and a few values are kept.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

warnings.simplefilter("ignore")  # of its own dependencies, to the users of notebooks

import great_expectations as gx  # noqa: E402 - after its warnings are silent
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: E402 - the same

SHOWN_MAX = 5
"""Unexpected values that are kept of one expectation."""
TEXT_MAX = 200
COUNTS = ("element_count", "missing_count", "unexpected_count")


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Why a suite can't be used."""


class Suite:
    """All expectations of one output."""

    def __init__(self, expected: Sequence[Mapping[str, Any]]) -> None:
        """Take the expectations as values of great-expectations, in their order.

        Raises:
            Refused: one has arguments that it does not know.
        """
        self.version = str(gx.__version__)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
        self._whole = asset.add_batch_definition_whole_dataframe("whole")
        self._expected = [_expectation(number, written) for number, written in enumerate(expected)]

    def validate(self, frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a DataFrame
        """Say of each expectation whether the table meets it, and with what numbers."""
        batch = self._whole.get_batch({"dataframe": frame})
        form = {"result_format": "SUMMARY", "partial_unexpected_count": SHOWN_MAX}
        return [_met(batch, expectation, form) for expectation in self._expected]


def _expectation(number: int, written: Mapping[str, Any]) -> Any:  # noqa: ANN401 - its package has no types
    try:
        return ExpectationConfiguration(type=written["type"], kwargs=dict(written["kwargs"])).to_domain_obj()
    except Exception as error:  # whatever it raises, it is about what the suite says
        said = " ".join(str(error).split())[:300]
        message = f"expectations[{number}] ({written['type']}) of the suite is none that it knows: {said}"
        raise Refused(message) from error


def _met(batch: Any, expectation: Any, form: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - the same
    try:
        told = batch.validate(expectation, result_format=dict(form)).to_json_dict()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - what it can't validate decides nothing
        return {"success": False, "trouble": _said(error)}
    trouble = _trouble(told.get("exception_info") or {})
    if trouble:
        return {"success": False, "trouble": trouble}
    result = told.get("result") or {}
    made: dict[str, Any] = {"success": bool(told["success"]), "trouble": ""}
    made["counts"] = {name: int(result[name]) for name in COUNTS if isinstance(result.get(name), int)}
    made["observed"] = _text(result["observed_value"]) if result.get("observed_value") is not None else ""
    value = result.get("observed_value")
    made["number"] = float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    made["unexpected"] = [_text(item) for item in (result.get("partial_unexpected_list") or [])[:SHOWN_MAX]]
    return made


def _trouble(told: Mapping[str, Any]) -> str:
    """Find what an expectation raised; it is told by metric, or at once."""
    infos = [told] if "raised_exception" in told else [info for info in told.values() if isinstance(info, Mapping)]
    said = [str(info.get("exception_message") or "no reason") for info in infos if info.get("raised_exception")]
    return " ".join(said[0].split())[:300] if said else ""


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"
