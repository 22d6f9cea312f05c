"""NumPy arrays of a zip archive."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("npz", (".npz",))
