"""Files of torch.save, by the opcodes of their pickle and the bytes of their storages."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("pytorch", (".pt", ".pth"))
