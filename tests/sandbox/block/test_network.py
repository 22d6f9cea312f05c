"""A closed network: what is tried in it is named and refused, what may pass passes, the host is not changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.sandbox import process
from harness.sandbox.block import network, outlet
from harness.sandbox.block.names import NameBook
from harness.sandbox.block.outlet import HttpRequest, Log, Outlet, Tried, is_allowed, place_of
from harness.sandbox.images import Image

closes = pytest.mark.skipif(bool(network.trouble()), reason=f"nothing can be blocked here: {network.trouble()}")

FOLDER = "s3://staging/wine/campaign/run-1/"
OWN = {"host": "127.0.0.1:4000"}
TALKS = """
import socket, urllib.request
def said(host, port, words):
    with socket.create_connection((host, port), 120) as line:
        line.sendall(words)
        return line.recv(1000)
print(said("db.internal", 3306, b"\\x4a\\0\\0\\0"))
print(said("api.internal", 443, b"\\x16\\x03\\x01"))
head = b"DELETE /models/7?key=secret HTTP/1.1\\r\\nHost: registry.internal:8080\\r\\n\\r\\n"
print(said("2001:db8::7", 8080, head)[:12])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.sendto(b"a:1|c", ("statsd.internal", 8125))
with socket.create_server(("0.0.0.0", 8125)) as server, socket.create_connection(("127.0.0.1", 8125)):
    print("own loopback", server.accept()[1][0])
"""


@closes
def test_any_protocol_at_any_port_is_named_and_refused_and_loopback_stays_the_processes_own() -> None:
    """Hosts by the names that were asked for, without queries; a listener of the process's own is no way out."""
    made = network.BlockedNetwork.open(None, "")
    done = subprocess.run([*made.entering, sys.executable, "-c", TALKS], capture_output=True, text=True, check=False)
    log = made.close()
    assert (done.stdout.splitlines(), done.stderr) == (
        ["b''", "b''", "b'HTTP/1.1 403'", "own loopback 127.0.0.1"], "",
    )  # fmt: skip
    assert log == Log({
        Tried("connect", "db.internal:3306"): 1,
        Tried("connect (TLS)", "api.internal:443"): 1,
        Tried("DELETE", "http://registry.internal:8080/models/7"): 1,
        Tried("send", "statsd.internal:8125"): 1,
    })  # fmt: skip


@closes
def test_a_closed_container_changes_no_file_of_the_host_and_sees_no_socket_of_it(tmp_path: Path) -> None:
    """It writes to its image's copy, its home and /tmp; in an open one the same write to the host is done."""
    places = (Path(__file__).parent, Path.home())  # /tmp is a container's own
    outside = next(place for place in places if not place.is_relative_to("/tmp")) / "parity-written-outside"
    code = tmp_path / "code"
    code.mkdir()
    words = (
        "import os, pathlib, sys",
        "for place in (sys.argv[1], os.environ['HOME'] + '/x', '/tmp/x', 'x'):",
        "    try: pathlib.Path(place).write_text('x'); print('written')",
        "    except OSError as error: print(error.strerror)",
        "print(sorted(os.listdir('/run')))",
    )
    command = (sys.executable, "-c", "\n".join(words), str(outside))
    image = Image("test:1", "test", "1", code, "", "{}", "")
    made = network.BlockedNetwork.open(None, "")
    said = {}
    try:
        for name, entering in (("closed", made.entering), ("open", ())):
            spec = process.ContainerSpec(
                "test", image, command, {}, (), tmp_path / f"{name}.log", process.Isolation.NAMESPACES,
                tmp_path / name, entering=entering,
            )  # fmt: skip
            ended = process.start(spec).wait(120)
            assert ended is not None
            lines = (tmp_path / f"{name}.log").read_text(encoding="utf-8").splitlines()
            said[name] = [line.partition(" F ")[2] for line in lines]
            assert (outside.exists(), list(code.iterdir()) == []) == ((False, True) if entering else (True, False))
    finally:
        outside.unlink(missing_ok=True)
        made.close()
    assert said["closed"] == ["Read-only file system", "written", "written", "written", "[]"]
    assert said["open"][0] == "written"


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("GET", "/staging/wine/campaign/run-2/other.json", True),
        ("HEAD", "/production/scores.csv", True),
        ("PUT", "/staging/wine/campaign/run-1/record.json?X-Amz-Signature=00", True),
        ("POST", "/staging/wine/campaign/run-1/model.tar.gz?uploadId=1", True),
        ("PUT", "/staging/wine/campaign/run-1/effects.json", False),
        ("PUT", "/staging/wine/campaign/run-1/", False),
        ("PUT", "/staging/wine/campaign/run-11/record.json", False),
        ("PUT", "/staging/wine/campaign/run-1/../../../../production/x", False),
        ("PUT", "/staging/wine/campaign/run-1/%2e%2e/x", False),
        ("DELETE", "/production/scores.csv", False),
        ("POST", "/staging?delete", False),
        ("POST", "/", False),
        ("GET", "/?Action=SendMessage&QueueUrl=q", False),
        ("GET", "/123456789012/queue?Action=PurgeQueue", False),
    ],
)
def test_reads_pass_and_writes_pass_below_the_runs_own_folder_alone(
    method: str,
    target: str,
    allowed: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The log of what was tried is the one key there that the run may not write."""
    assert is_allowed(HttpRequest(method, target, OWN), FOLDER) is allowed


def test_a_bucket_in_the_name_of_the_host_is_no_way_past_the_rule() -> None:
    """The path alone would look like the run's own."""
    request = HttpRequest("PUT", "/staging/wine/campaign/run-1/x", {"host": "production.localhost:4000"})
    assert not is_allowed(request, FOLDER)
    assert place_of(request, "127.0.0.1", 4000, own=True) == "s3://production/staging/wine/campaign/run-1/x"


@pytest.mark.parametrize(
    ("request_", "own", "place"),
    [
        (HttpRequest("PUT", "/production/a%20b.csv?x=1", OWN), True, "s3://production/a b.csv"),
        (HttpRequest("POST", "/", {**OWN, "x-amz-target": "SageMaker.CreateModel"}), True, "SageMaker.CreateModel"),
        (HttpRequest("POST", "/hook?token=1", {"host": "hooks.internal"}), False, "http://hooks.internal/hook"),
        (HttpRequest("POST", "http://far.internal:81/a?b", {}), False, "http://far.internal:81/a"),
        (HttpRequest("POST", "/hook", {}), False, "http://10.0.0.7/hook"),
    ],
)
def test_a_request_is_named_by_what_it_is_about_without_its_query(
    request_: HttpRequest,
    own: bool,  # noqa: FBT001 - a table's column
    place: str,
) -> None:
    """Queries hold signatures and tokens."""
    assert place_of(request_, "10.0.0.7", 80, own=own) == place


def test_a_name_has_one_address_and_only_questions_of_addresses_are_answered_with_it() -> None:
    """A query of RFC 1035 for an A record, one for AAAA, and bytes that are none."""
    book = NameBook()
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02db\x08internal\x00"
    answer = book.answer(query + b"\x00\x01\x00\x01")
    assert answer is not None
    assert (answer[:2], answer[6:8], answer[-4:]) == (b"\x12\x34", b"\x00\x01", bytes((198, 18, 0, 1)))
    assert (book.name_of("198.18.0.1"), book.address_of("db.internal")) == ("db.internal", "198.18.0.1")
    none = book.answer(query + b"\x00\x1c\x00\x01")
    assert none is not None
    assert none[6:8] == b"\x00\x00"
    assert [book.answer(data) for data in (b"", query, b"\xff" * 40)] == [None, None, None]


def test_what_an_earlier_attempt_tried_stays_in_the_log_of_a_run() -> None:
    """A pod that is made again writes the same object."""
    kept: dict[str, bytes] = {}
    way = Outlet(0, kept.__setitem__)
    way.keep(FOLDER, Log({Tried("POST", "http://a/"): 1}))
    way.keep(FOLDER, Log({Tried("POST", "http://a/"): 2, Tried("connect", "b:1"): 1}, 3))
    (data,) = kept.values()
    assert list(kept) == [f"{FOLDER}{outlet.LOG_NAME}"]
    assert data.decode().split() == [
        "{",
        '"schema":',
        '"parity.effects/1",',
        '"stopped":',
        "[",
        "{",
        '"verb":',
        '"POST",',
        '"place":',
        '"http://a/",',
        '"times":',
        "3",
        "},",
        "{",
        '"verb":',
        '"connect",',
        '"place":',
        '"b:1",',
        '"times":',
        "1",
        "}",
        "],",
        '"left_out":',
        "3",
        "}",
    ]


def test_a_sandbox_without_namespaces_says_why_it_can_block_nothing() -> None:
    """Relocated processes share the machine's network."""
    assert network.refusal(process.Isolation.RELOCATED) == (
        "its containers run with isolation relocated, and only namespaces can be closed"
    )
