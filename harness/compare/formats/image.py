"""Images (PNG, JPEG), by their pixels."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("image", (".png", ".jpg", ".jpeg"))
