"""Models of XGBoost as JSON or UBJSON, value by value in the precision that it computes with."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("xgboost", (".ubj",))
