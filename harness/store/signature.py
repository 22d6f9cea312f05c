"""Signatures over bytes with a person's own SSH key, made and checked by `ssh-keygen -Y` (OpenSSH 8.1 or later)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from harness.errors import Refused

KEYGEN = "ssh-keygen"
_SIGN_SECONDS = 120
"""A person may have to type a passphrase or touch a token."""
_CHECK_SECONDS = 10
_PRINCIPAL = "approver"
"""One name for whoever signs: the key is what is checked, and a name here would be read as a pattern."""


def sign(data: bytes, key: Path, purpose: str) -> str:
    """Sign with a private key, or with a public key whose other half an agent holds; give the armoured signature.

    Raises:
        Refused: there is no such key, or it would not sign.
    """
    return _run(["-Y", "sign", "-q", "-n", purpose, "-f", str(key)], data, _SIGN_SECONDS)


def holds(data: bytes, signature: str, public_key: str, purpose: str) -> bool:
    """Tell whether this key signed these bytes for this purpose; a check that can't be made is no."""
    with tempfile.TemporaryDirectory(prefix="parity-signature-") as name:
        allowed, armoured = Path(name, "allowed"), Path(name, "signature")
        allowed.write_text(f"{_PRINCIPAL} {public_key}\n", encoding="utf-8")
        armoured.write_text(signature, encoding="utf-8")
        try:
            _run(
                ["-Y", "verify", "-I", _PRINCIPAL, "-n", purpose, "-f", str(allowed), "-s", str(armoured)],
                data,
                _CHECK_SECONDS,
            )
        except Refused:
            return False
    return True


def _run(arguments: list[str], data: bytes, seconds: int) -> str:
    try:
        done = subprocess.run(  # noqa: S603 # nosec B603 # fixed program, no shell
            [KEYGEN, *arguments], input=data, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{KEYGEN}: {error}"
        raise Refused(message) from error
    if done.returncode:
        message = f"{KEYGEN}: {done.stderr.decode('utf-8', 'replace').strip()[-300:]}"
        raise Refused(message)
    return done.stdout.decode("ascii", "replace")
