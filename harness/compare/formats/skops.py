"""Models in files of skops, by arrays and values."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("skops", (".skops",))
