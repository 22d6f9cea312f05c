"""ONNX models, by weights and graph."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("onnx", (".onnx",))
