"""Compares two untrusted data sets: a process of its own, run by file path, shut in before it reads.

Request as JSON on standard input: `ask` (`difference`, `noise` or `examples`), form, key, tolerance
({column: [absolute, relative]}), ignore, order, contract (a `TableContract`), spill_bytes, and sides
({side: [{"file": name, "partition": {name: value}}]}); files are names in the working directory. Answer as JSON on
standard output: {ask: …} or {"trouble": text}.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness.bounded import process_limits
from harness.compare.engine.lined_up import examples, noise
from harness.compare.engine.session import SPILL_BYTES, Session, Trouble, memory_bytes
from harness.compare.engine.tables import SIDES, difference

ANSWERS: dict[str, Callable[[Session, dict[str, Any]], Any]] = {
    "difference": difference,
    "noise": noise,
    "examples": examples,
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Compare, or say why not."""
    files = [part["file"] for side in SIDES for part in request["sides"][side]]
    spill = int(request.get("spill_bytes", SPILL_BYTES))
    session = Session([*files, *(f"{file}.text" for file in files)], spill_bytes=spill)
    ask = str(request.get("ask", "difference"))
    try:
        return {ask: ANSWERS[ask](session, request)}
    except (Trouble, session.error) as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except MemoryError:
        return {"trouble": f"needs more than {memory_bytes()} bytes of memory"}


if __name__ == "__main__":
    process_limits.serve(answer)
