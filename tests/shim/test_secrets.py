"""The shim takes declared secrets from their stores with the job's role, or ends the run before the job's command."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness.platforms import exits
from harness.shim import shim

if TYPE_CHECKING:
    from shim.conftest import Bench

KEYS = {"AccessKeyId": "key", "SecretAccessKey": "word", "Token": "passing"}
HELD = {"prod/hub": json.dumps({"token": "s3cr3t-of-the-hub", "user": "ada"}), "/prod/dsn": "pg-word-7"}


class Store(BaseHTTPRequestHandler):
    """Secrets Manager and Parameter Store as their JSON protocol has them, and the role's credentials."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - one a server class, see `store`
    answers: list[int] = []  # noqa: RUF012 - the same

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give the role's credentials to whoever has the container's token."""
        self._answer(200 if self.headers["Authorization"] == "door" else 403, KEYS)

    def do_POST(self) -> None:
        """Answer a signed question."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, target = asked.get("SecretId") or asked["Name"], self.headers["X-Amz-Target"]
        type(self).asked.append((target, self.headers["Authorization"].partition("Signature=")[0]))
        status = self.answers.pop(0) if self.answers else 200
        if status != 200:
            self._answer(status, {"__type": "AccessDeniedException" if status == 400 else "InternalServiceError"})
        elif name not in HELD:
            self._answer(400, {"__type": "com.amazonaws#ResourceNotFoundException", "message": f"no {name}"})
        elif target == "AmazonSSM.GetParameter":
            self._answer(200, {"Parameter": {"Value": HELD[name]}})
        else:
            self._answer(200, {"SecretString": HELD[name]})

    def _answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def store() -> Iterator[tuple[dict[str, str], type[Store]]]:
    """Serve; give the environment of a container whose role may ask, and what was asked."""
    kind = type("Fresh", (Store,), {"asked": [], "answers": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    environment = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/role",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "door",
        "AWS_ENDPOINT_URL": url,
    }
    try:
        yield environment, kind
    finally:
        server.shutdown()
        server.server_close()


def source(name: str, **more: str) -> dict[str, str]:
    """Say where a secret is."""
    return {"name": name, "store": "secretsmanager", "id": "prod/hub", "key": "token", "region": "us-east-1", **more}


TELL = "import os; print(len(os.environ['HF_TOKEN']), os.environ['DSN'][-1])"


def test_secrets_reach_the_job_and_nothing_that_is_written(bench: Bench, store: tuple[dict[str, str], Any]) -> None:
    """One field of a secret and a whole parameter; the record has a keyed hash and a coarse shape of each."""
    environment, asked = store
    sources = [source("HF_TOKEN"), source("DSN", store="ssm", id="/prod/dsn", key="")]
    spec = bench.python(TELL, secrets=["HF_TOKEN", "DSN"], secret_sources=sources)
    ended = bench.run(spec, environment=environment)
    assert (ended.returncode, ended.stdout) == (0, b"17 7\n")
    record = bench.record
    assert record["environment"]["HF_TOKEN"].startswith("hmac-sha256:")
    assert record["secrets"] == {
        "HF_TOKEN": "under 32 characters: letters, digits, others",
        "DSN": "under 16 characters: letters, digits, others",
    }
    assert [target for target, _ in asked.asked] == ["secretsmanager.GetSecretValue", "AmazonSSM.GetParameter"]
    written = b"".join(path.read_bytes() for path in bench.folder.rglob("*") if path.is_file())
    assert b"s3cr3t-of-the-hub" not in json.dumps(record).encode() + written + ended.stderr


@pytest.mark.parametrize(
    ("sources", "answers", "said"),
    [
        ([source("HF_TOKEN", id="gone")], [], "HF_TOKEN: secretsmanager answered ResourceNotFoundException"),
        ([source("HF_TOKEN")], [400], "HF_TOKEN: secretsmanager answered AccessDeniedException"),
        ([source("HF_TOKEN")], [500] * 4, "HF_TOKEN: secretsmanager answered InternalServiceError"),
        ([source("HF_TOKEN", key="none")], [], "HF_TOKEN: it is no JSON map with the key none"),
        ([{"name": "HF_TOKEN", "store": "environment"}], [], "HF_TOKEN: the Secret or its key is not there"),
        (
            [source("HF_TOKEN", id="gone"), source("DSN", id="gone")], [],
            "; ".join(f"{name}: secretsmanager answered ResourceNotFoundException" for name in ("HF_TOKEN", "DSN")),
        ),
    ],
    ids=["missing", "denied", "down", "no such field", "no such Secret", "two"],
)  # fmt: skip
def test_a_secret_that_is_not_to_be_had_ends_the_run_before_its_command(
    sources: list[dict[str, str]], answers: list[int], said: str, bench: Bench, store: tuple[dict[str, str], Any]
) -> None:
    """Exit code 96, a record with the reason, and no first instruction."""
    environment, kind = store
    kind.answers += answers
    spec = bench.python("print('started')", secrets=["HF_TOKEN"], secret_sources=sources)
    ended = bench.run(spec, environment=environment)
    assert (ended.returncode, ended.stdout) == (exits.SHIM_CREDENTIALS, b"")
    record = bench.record
    assert record["refused"] == f"credentials unavailable: {said}"
    assert record["first_instruction_seconds"] is None
    assert ended.stderr.decode().splitlines() == [
        "parity-shim: start of log",
        f"parity-shim: credentials unavailable: {said}",
        "parity-shim: end of log",
    ]


def test_a_passing_fault_of_a_store_is_asked_again(bench: Bench, store: tuple[dict[str, str], Any]) -> None:
    """Two internal errors, then the value."""
    environment, kind = store
    kind.answers += [500, 503]
    spec = bench.python("print('started')", secrets=["HF_TOKEN"], secret_sources=[source("HF_TOKEN")])
    assert bench.run(spec, environment=environment).stdout == b"started\n"
    assert len(kind.asked) == 3


def test_a_container_without_a_role_says_so(bench: Bench) -> None:
    """As under network isolation."""
    spec = bench.python("print('started')", secrets=["HF_TOKEN"], secret_sources=[source("HF_TOKEN")])
    assert bench.run(spec).returncode == exits.SHIM_CREDENTIALS
    assert bench.record["refused"] == "credentials unavailable: HF_TOKEN: the container has no role"


@pytest.mark.parametrize("service", ["secretsmanager", "ssm"])
@pytest.mark.parametrize("token", ["passing", ""])
def test_the_signature_is_the_one_that_botocore_makes(
    service: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, with and without a session token."""
    now = 1_780_000_000.0
    data, target = b'{"SecretId":"a"}', shim.TARGETS[service]
    url = f"https://{service}.eu-west-1.amazonaws.com/"
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    ours = urllib.request.Request(url, data=data, headers=headers, method="POST")
    shim.sign(ours, data, (service, "eu-west-1"), {**KEYS, "Token": token}, now)
    theirs = botocore.awsrequest.AWSRequest("POST", url, headers=headers, data=data)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: datetime.fromtimestamp(now, UTC))
    keys = botocore.credentials.Credentials("key", "word", token or None)
    auth = botocore.auth.SigV4Auth(keys, service, "eu-west-1")
    auth.add_auth(theirs)
    assert theirs.headers["X-Amz-Date"] == stamp
    assert ours.get_header("Authorization") == theirs.headers["Authorization"]


def test_the_shape_of_a_secret_tells_its_class_and_nothing_more() -> None:
    """Lengths fall in five classes; a line feed at the end is the commonest difference."""
    assert shim.shape("") == "under 8 characters: none"
    assert shim.shape("abc") == shim.shape("xyzw") == "under 8 characters: letters"
    assert shim.shape("a1" * 20) == "under 64 characters: letters, digits"
    assert shim.shape("a" * 63 + "\n") == "64 or more characters: letters, white space at an end, others"


def test_the_codes_of_shim_and_judge_are_one() -> None:
    """Each stands in its own file, because the shim stands alone."""
    endings = (exits.SHIM_INPUTS, exits.SHIM_CREDENTIALS, exits.SHIM_REFUSED)
    assert endings == (shim.INPUTS, shim.CREDENTIALS, shim.REFUSED)
