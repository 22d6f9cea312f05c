"""A job with five effects: an object outside its own place, a hook, a mail, a registered model and a row of a table."""

import http.client
import json
import os
import smtplib
import socket
import struct
import sys
import urllib.request

where = json.loads(os.environ["WHERE"])
PATIENCE_SECONDS = 120


def send(url: str, method: str = "POST") -> None:
    """Send an HTTP request that changes something."""
    request = urllib.request.Request(url, data=b"new", method=method, headers=where["headers"])
    urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()


def mail() -> None:
    """Send a mail."""
    with smtplib.SMTP(where["host"], where["mail"], timeout=PATIENCE_SECONDS) as server:
        server.sendmail("job@example.com", ["owner@example.org"], "Subject: done\n\nok")


def row() -> None:
    """Insert a row, by the first two messages of PostgreSQL's protocol."""
    body = struct.pack("!I", 196608) + b"user\0job\0database\0scores\0\0"
    with socket.create_connection((where["host"], where["database"]), PATIENCE_SECONDS) as server:
        server.sendall(struct.pack("!I", len(body) + 4) + body)
        if not server.recv(1).startswith(b"R"):
            raise OSError("no session")
        server.sendall(b"Q" + struct.pack("!I", 31) + b"INSERT INTO scores VALUES(1)\0")
        server.recv(1)


for name, act in {
    "object": lambda: send(where["object"], "PUT"),
    "hook": lambda: send(where["hook"]),
    "mail": mail,
    "model": lambda: send(where["registry"]),
    "row": row,
}.items():
    try:
        act()
    except (OSError, http.client.HTTPException, smtplib.SMTPException) as error:
        sys.stdout.write(f"stopped {name} {type(error).__name__}\n")
    else:
        sys.stdout.write(f"done {name}\n")
