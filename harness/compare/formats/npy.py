"""NumPy arrays of one file."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("npy", (".npy",))
