"""The bundle of private certificate authorities that a policy declares: there, and in a form that TLS can use."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

from harness.model.repository import Repository
from harness.platforms.fault import Fault

BYTES_MAX = 1 << 20
"""Of a bundle: the public roots of a whole system are 0.3 MB."""
EXPECTED = "a file of certificates in PEM, its path relative to this file"
_HINT = "of a cluster it is the certificate-authority-data of the kubeconfig, decoded"


def faults(repository: Repository) -> Iterator[Fault]:
    """Complain of a bundle that the campaign could not trust anything by."""
    if repository.real.ca is None:
        return
    found = _trouble(Path(repository.real.ca))
    if found:
        yield Fault(("real", "ca"), f"{repository.real.ca}: {found}", EXPECTED, _HINT)


def _trouble(path: Path) -> str:
    try:
        if not path.is_file():
            return "no such file"
        if path.stat().st_size > BYTES_MAX:
            return f"more than {BYTES_MAX >> 20} MiB"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=str(path))
    except ssl.SSLError:
        return "no certificate could be read from it"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", "") or str(error)
    return "" if context.cert_store_stats()["x509"] else "it holds no certificate"
