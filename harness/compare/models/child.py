"""Compares two untrusted files of models or arrays: a process of its own, run by file path, shut in before it reads.

Request as JSON on standard input: form, tolerance ({pattern: [absolute, relative]}), ignore, and sides
({side: [{"file": name}]}); files are names in the working directory. Answer as JSON on standard output:
{"difference": …} or {"trouble": text}.
"""

from __future__ import annotations

import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness.bounded import process_limits

UNSOUND = (
    OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, EOFError, RuntimeError, zlib.error,
    lzma.LZMAError, zipfile.BadZipFile,
)  # fmt: skip
"""What a file raises that lies about itself."""


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Compare, or say why not."""
    from harness.compare.models.compare import compare_parts  # noqa: PLC0415 - after the limits, which hold for its start
    from harness.compare.models.hdf5 import read_hdf5  # noqa: PLC0415 - the same
    from harness.compare.models.images import read_image  # noqa: PLC0415 - the same
    from harness.compare.models.npy import read_npy, read_npz  # noqa: PLC0415 - the same
    from harness.compare.models.onnx import read_onnx  # noqa: PLC0415 - the same
    from harness.compare.models.parts import Parts, Trouble  # noqa: PLC0415 - the same
    from harness.compare.models.pickles import read_pickle, read_torch  # noqa: PLC0415 - the same
    from harness.compare.models.safetensors import read_safetensors  # noqa: PLC0415 - the same
    from harness.compare.models.skops import read_skops  # noqa: PLC0415 - the same

    readers: dict[str, Callable[[Path], Parts]] = {
        "npy": read_npy,
        "npz": read_npz,
        "safetensors": read_safetensors,
        "pickle": read_pickle,
        "pytorch": read_torch,
        "hdf5": read_hdf5,
        "onnx": read_onnx,
        "skops": read_skops,
        "image": read_image,
    }
    sides = []
    for side in ("legacy", "candidate"):
        try:
            sides.append(readers[request["form"]](Path(request["sides"][side][0]["file"])))
        except (Trouble, *UNSOUND) as error:
            return {"trouble": _said(side, error)}
        except MemoryError:
            return {"trouble": f"{side} file: needs more memory than it may"}
    try:
        return {"difference": compare_parts(sides[0], sides[1], request["tolerance"], request["ignore"])}
    except (Trouble, *UNSOUND) as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except MemoryError:
        return {"trouble": "needs more memory than it may"}


def _said(side: str, error: Exception) -> str:
    return f"{side} file: {' '.join(str(error).split())[:400]}"


if __name__ == "__main__":
    process_limits.serve(answer)
