"""An S3 in a process of its own, for the official client: moto's server, one request after the other.

moto looks whether an object is there and puts it in two steps. One thread makes of a conditional put what S3 promises:
of two writers one wins.
"""

from __future__ import annotations

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def main() -> None:
    """Serve on a free port of loopback, and print it."""
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
