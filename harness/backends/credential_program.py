"""A program that a user's settings name to give credentials: `credential_process`, a kubeconfig's `exec`.

The clients of both platforms wait for it without end. This is what they start in place of `subprocess.Popen`.
"""

from __future__ import annotations

import subprocess
from typing import Any

SECONDS = 60
"""On the wall, because a person may be asked something meanwhile; the longest that such programs take is a log-in."""


class ProgramSilent(RuntimeError):  # noqa: N818 - as `Throttled`
    """The program did not end in time."""


class Program(subprocess.Popen[Any]):
    """A process that is killed when it has not ended within `SECONDS`.

    It stays in the terminal's group, so that it can ask for a password and hears Ctrl-C.
    """

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002, ANN401 - Popen's
        """Wait for its end and give what it wrote.

        Raises:
            ProgramSilent: it did not end in time and was killed.
        """
        try:
            return super().communicate(input, SECONDS if timeout is None else timeout)
        except subprocess.TimeoutExpired as error:
            self.kill()
            self.wait()
            for pipe in (self.stdin, self.stdout, self.stderr):
                if pipe is not None:
                    pipe.close()
            message = f"the program did not end within {error.timeout:g} s and was stopped"
            raise ProgramSilent(message) from None
