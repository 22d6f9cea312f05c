"""Pickles, also those of joblib, by their opcodes: nothing is unpickled."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("pickle", (".pkl", ".pickle", ".joblib"))
