"""Models of LightGBM as text; a field is a path such as `$.trees[0].leaf_value[3]`."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("lightgbm", ())
