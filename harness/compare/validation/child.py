"""Validates untrusted tables by a suite: a process of its own, run by file path, shut in before it reads.

Request as JSON on standard input: form, contract (a `TableContract`), spill_bytes, expected ([{type, kwargs}]) and
sides ({name: [{"file": name, "partition": {name: value}}]}), one a table; files are names in the working directory.
Answer as JSON on standard output: {"version": …, "tables": {name: {"met": […]} or {"trouble": text}}}, or
{"trouble": text} where no table can be validated.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness.bounded import process_limits

NEEDED = "great_expectations"
MISSING = "great-expectations is not installed: pip install 'parity-harness[expectations]'"
FORBIDDEN = frozenset({
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "socket.bind", "socket.connect",
    "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen",
})  # fmt: skip
"""Events of sys.addaudithook: nothing here has to reach a network or start a process."""


def shut_in() -> None:
    """Refuse network and processes for good: a hook can't be taken away again."""

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            message = f"{event} is not allowed while tables are validated"
            raise RuntimeError(message)

    sys.addaudithook(refuse)


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Validate every table, or say why not."""
    if importlib.util.find_spec(NEEDED) is None:
        return {"trouble": MISSING}
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    shut_in()
    with contextlib.redirect_stdout(sys.stderr):  # the answer alone goes to standard output
        from harness.compare.validation.suite import Refused, Suite  # noqa: PLC0415 - after the limits, and late

        try:
            suite = Suite(request["expected"])
        except Refused as error:
            return {"trouble": str(error)}
        return {"version": suite.version, "tables": {name: _table(suite, name, request) for name in request["sides"]}}


def _table(suite: Any, name: str, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from harness.compare.engine.session import Trouble  # noqa: PLC0415 - after the limits, which hold for its start
    from harness.compare.validation.frames import frame_of  # noqa: PLC0415 - the same

    try:
        return {"met": suite.validate(frame_of(name, request))}
    except Trouble as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except MemoryError:
        return {"trouble": "needs more memory than it may"}


if __name__ == "__main__":
    process_limits.serve(answer)
