"""Tensors of a safetensors file; its metadata is not compared."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("safetensors", (".safetensors",))
