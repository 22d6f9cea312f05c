"""Nobody but a client with the sandbox's own secrets starts anything in it: no page in a browser, no other user."""

from __future__ import annotations

import base64
import json
import re
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
import urllib3
from botocore.config import Config
from click.testing import CliRunner
from kubernetes import client, config

from harness.cli.main import parity
from harness.sandbox import door, stack

IMAGE = Path(__file__).parent / "aws" / "image"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
EVIL, PAGE = "evil.example", "http://evil.example"
STRANGER = "AKIAIOSFODNN7EXAMPLE"
REFUSALS = {400, 401, 403, 501}


@dataclass(frozen=True)
class Ask:
    """One raw request; `key` and `token` stand for secrets: ours, none, or another."""

    half: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    key: str | None = None
    """None: no Authorization header at all; "own": the sandbox's; anything else is sent as it is."""
    in_query: bool = False


@dataclass
class Sandbox:
    """A running daemon, with what its owner knows."""

    found: stack.Endpoints
    folder: Path
    pool: urllib3.PoolManager

    @property
    def aws_url(self) -> str:
        """Give the address of the AWS half."""
        return self.found.aws["AWS_ENDPOINT_URL"]

    @property
    def said(self) -> dict[str, Any]:
        """Read what the daemon published."""
        value: dict[str, Any] = json.loads((self.folder / "sandbox.json").read_bytes())
        return value

    def send(self, ask: Ask) -> Any:
        """Send a request as it is."""
        headers = {"User-Agent": "test", **ask.headers}
        if ask.half == "kube":
            token = self.token if ask.key == "own" else ask.key
            headers |= {"Authorization": f"Bearer {token}"} if token is not None else {}
            return self.pool.request(
                ask.method, self.said["kube_url"] + ask.path, body=ask.body, headers=headers, retries=False, timeout=20
            )
        key = self.found.aws["AWS_ACCESS_KEY_ID"] if ask.key == "own" else ask.key
        scope = f"{key}/20260101/us-east-1/{ask.headers.get('service', 's3')}/aws4_request"
        path = ask.path
        if ask.in_query:
            path += f"{'&' if '?' in path else '?'}X-Amz-Credential={quote(scope, safe='')}&X-Amz-Signature=0"
        elif key is not None:
            headers |= {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        return self.pool.request(
            ask.method, self.aws_url + path, body=ask.body, headers=headers, retries=False, timeout=20
        )

    @property
    def token(self) -> str:
        """Read the bearer token from the kubeconfig that the daemon wrote."""
        return self._written('token: "(.+?)"')

    @property
    def authority(self) -> str:
        """Read the certificate from the kubeconfig."""
        return base64.b64decode(self._written("certificate-authority-data: ([^}]+)")).decode()

    def _written(self, pattern: str) -> str:
        found = re.search(pattern, self.found.kubeconfig.read_text(encoding="utf-8"))
        assert found
        return found[1]

    def sdk(self, service: str, signature: str | None = None) -> Any:
        """Make an official client of the AWS half."""
        return boto3.client(
            service, endpoint_url=self.aws_url, region_name="us-east-1",
            aws_access_key_id=self.found.aws["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.found.aws["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, signature_version=signature
            ),
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Give everything that a request could have made or taken away, as the owner sees it."""
        batch = client.BatchV1Api(config.new_client_from_config(str(self.found.kubeconfig)))
        sagemaker, s3 = self.sdk("sagemaker"), self.sdk("s3")
        return {
            "jobs": sorted(job.metadata.name for job in batch.list_job_for_all_namespaces().items),
            "training": [job["TrainingJobName"] for job in sagemaker.list_training_jobs()["TrainingJobSummaries"]],
            "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
            "keys": [item["Key"] for item in s3.list_objects_v2(Bucket="kept")["Contents"]],
            "queues": self.sdk("sqs").list_queues().get("QueueUrls", []),
            "users": [user["UserName"] for user in self.sdk("iam").list_users()["Users"]],
            "pids": sorted(path.name for path in (self.folder / "aws" / "jobs").rglob("*")),
        }


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run one real daemon with one bucket, one object and one queue in it."""
    folder = tmp_path_factory.mktemp("door") / "sandbox"
    found = stack.up(folder, images=(f"tiny/image:1={IMAGE}",))
    try:
        ready = Sandbox(found, folder, urllib3.PoolManager())
        ready.pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=ready.authority))
        ready.sdk("s3").create_bucket(Bucket="kept")
        ready.sdk("s3").put_object(Bucket="kept", Key="kept.txt", Body=b"kept")
        ready.sdk("sqs").create_queue(QueueName="kept")
        yield ready
    finally:
        stack.down(folder)


def training(marker: str) -> bytes:
    """Write a request whose command says that it ran."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tiny/image:1"
    said = {
        "TrainingJobName": "no-credentials",
        "RoleArn": "arn:aws:iam::123456789012:role/parity-demo",
        "AlgorithmSpecification": {
            "TrainingImage": image, "TrainingInputMode": "File",
            "ContainerEntrypoint": ["sh", "-c"], "ContainerArguments": [f"id > {marker}"],
        },
        "OutputDataConfig": {"S3OutputPath": "s3://kept/out/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }  # fmt: skip
    return json.dumps(said).encode()


def job(marker: str) -> bytes:
    """Write a Job whose command says that it ran."""
    container = {"name": "main", "image": "tiny/image:1", "command": ["sh", "-c", f"id > {marker}"]}
    spec = {"restartPolicy": "Never", "containers": [container]}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "no-credentials"}}
    return json.dumps({**body, "spec": {"template": {"spec": spec}}}).encode()


RUN = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "SageMaker.CreateTrainingJob",
    "service": "sagemaker",
}
QUERY = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
TRAIN, JOB = b"TRAIN", b"JOB"

AWS = {
    "a training job, unsigned": Ask("aws", "POST", "/", RUN, TRAIN),
    "a training job, unsigned, foreign Host": Ask("aws", "POST", "/", {**RUN, "Host": EVIL}, TRAIN),
    "a training job, unsigned, from a page": Ask("aws", "POST", "/", {**RUN, **TEXT, "Origin": PAGE}, TRAIN),
    "a training job, the old well-known key": Ask("aws", "POST", "/", RUN, TRAIN, key="sandbox"),
    "a training job, another account's key": Ask("aws", "POST", "/", RUN, TRAIN, key=STRANGER),
    "a training job, an empty key": Ask("aws", "POST", "/", RUN, TRAIN, key=""),
    "a training job, our key, foreign Host": Ask("aws", "POST", "/", {**RUN, "Host": EVIL}, TRAIN, key="own"),
    "a training job, our key, foreign Host with a port": Ask(
        "aws", "POST", "/", {**RUN, "Host": f"{EVIL}:80"}, TRAIN, key="own"
    ),
    "a training job, our key, a Host that begins as ours": Ask(
        "aws", "POST", "/", {**RUN, "Host": f"127.0.0.1.{EVIL}"}, TRAIN, key="own"
    ),
    "a training job, our key, AWS's own name": Ask(
        "aws", "POST", "/", {**RUN, "Host": "api.sagemaker.us-east-1.amazonaws.com"}, TRAIN, key="own"
    ),
    "a training job, our key, from a page": Ask("aws", "POST", "/", {**RUN, "Origin": PAGE}, TRAIN, key="own"),
    "a training job, our key, from a file": Ask("aws", "POST", "/", {**RUN, "Origin": "null"}, TRAIN, key="own"),
    "a training job, our key, from a local page": Ask(
        "aws", "POST", "/", {**RUN, "Origin": "http://localhost:8080"}, TRAIN, key="own"
    ),
    "an object, unsigned": Ask("aws", "PUT", "/kept/stolen.txt", {}, b"x"),
    "an object, a wrong key in the query": Ask("aws", "PUT", "/kept/stolen.txt", {}, b"x", STRANGER, in_query=True),
    "an object, our key in the query, foreign Host": Ask(
        "aws", "PUT", "/kept/stolen.txt", {"Host": EVIL}, b"x", "own", in_query=True
    ),
    "an object's end, unsigned": Ask("aws", "DELETE", "/kept/kept.txt"),
    "a bucket, unsigned": Ask("aws", "PUT", "/stolen"),
    "a form that posts an object": Ask("aws", "POST", "/kept", QUERY, b"key=stolen.txt&file=x"),
    "a bucket by its name in Host": Ask(
        "aws", "PUT", "/stolen.txt", {"Host": "stolen.s3.amazonaws.com"}, b"x", key="own"
    ),
    "a queue, unsigned": Ask("aws", "POST", "/", QUERY, b"Action=CreateQueue&QueueName=stolen"),
    "a user, unsigned": Ask("aws", "POST", "/", QUERY, b"Action=CreateUser&UserName=stolen"),
    "a role taken, unsigned": Ask(
        "aws", "POST", "/", QUERY,
        b"Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::123456789012:role/parity-demo"
        b"&RoleSessionName=stolen&WebIdentityToken=stolen",
    ),
    "a role's credentials, without the token": Ask(
        "aws", "GET", "/parity-role/123456789012/us-east-1/job/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fparity-demo"
    ),
    "a role's credentials, a wrong token": Ask(
        "aws", "GET", "/parity-role/123456789012/us-east-1/job/role", {"Authorization": "stolen"}
    ),
    "moto's reset": Ask("aws", "POST", "/moto-api/reset"),
    "moto's reset, from a page": Ask("aws", "POST", "/moto-api/reset", {**TEXT, "Origin": PAGE}),
    "moto's reset, foreign Host": Ask("aws", "POST", "/moto-api/reset", {"Host": EVIL}),
    "moto's reset, our key, from a page": Ask("aws", "POST", "/moto-api/reset", {"Origin": PAGE}, key="own"),
    "moto's reset of authentication": Ask("aws", "POST", "/moto-api/reset-auth"),
    "moto's data": Ask("aws", "GET", "/moto-api/data.json"),
    "moto's page": Ask("aws", "GET", "/moto-api/"),
    "moto's settings": Ask("aws", "POST", "/moto-api/config", JSON, b'{"batch": {"use_docker": true}}'),
    "moto's state manager": Ask("aws", "POST", "/moto-api/state-manager/set-transition", JSON, b"{}"),
    "moto's proxy": Ask("aws", "POST", "/moto-api/proxy/passthrough", JSON, b'{"http_hosts": ["evil.example"]}'),
}  # fmt: skip
KUBE = {
    "a Job, no token": Ask("kube", "POST", JOBS, JSON, JOB),
    "a Job, no token, foreign Host": Ask("kube", "POST", JOBS, {**JSON, "Host": EVIL}, JOB),
    "a Job, no token, from a page": Ask("kube", "POST", JOBS, {**TEXT, "Origin": PAGE}, JOB),
    "a Job, an empty token": Ask("kube", "POST", JOBS, JSON, JOB, key=""),
    "a Job, a wrong token": Ask("kube", "POST", JOBS, JSON, JOB, key="0" * 32),
    "a Job, our token, foreign Host": Ask("kube", "POST", JOBS, {**JSON, "Host": EVIL}, JOB, key="own"),
    "a Job, our token, from a page": Ask("kube", "POST", JOBS, {**JSON, "Origin": PAGE}, JOB, key="own"),
    "a Job, our token, from a local page": Ask(
        "kube", "POST", JOBS, {**JSON, "Origin": "https://127.0.0.1:8443"}, JOB, key="own"
    ),
    "all Jobs' end": Ask("kube", "DELETE", JOBS),
    "a Secret": Ask("kube", "GET", "/api/v1/namespaces/default/secrets"),
    "discovery": Ask("kube", "GET", "/api"),
    "a page's question whether it may": Ask("kube", "OPTIONS", JOBS, {"Origin": PAGE}),
}


@pytest.mark.parametrize("ask", [*AWS.values(), *KUBE.values()], ids=[*AWS, *KUBE])
def test_a_request_without_our_secret_or_from_elsewhere_does_nothing(
    sandbox: Sandbox, ask: Ask, tmp_path: Path
) -> None:
    """It is refused, what is there stays, nothing new is there, and no command ran."""
    before, marker = sandbox.state(), tmp_path / "ran.txt"
    body = {TRAIN: training(str(marker)), JOB: job(str(marker))}.get(ask.body or b"", ask.body)
    reply = sandbox.send(Ask(ask.half, ask.method, ask.path, ask.headers, body, ask.key, ask.in_query))
    assert reply.status in REFUSALS, reply.data[:300]
    assert b"AccessKeyId>" not in reply.data
    assert b"kept" not in reply.data
    assert sandbox.state() == before
    assert not marker.exists()


def test_there_are_thirty_and_more() -> None:
    """Without a secret of ours, or with it from elsewhere."""
    assert len(AWS) + len(KUBE) >= 30


def test_the_same_requests_with_the_key_are_done(sandbox: Sandbox, tmp_path: Path) -> None:
    """The control: each kind of request, from a client that has what the daemon wrote."""
    markers = [tmp_path / "training.txt", tmp_path / "job.txt"]
    assert sandbox.send(Ask("aws", "PUT", "/kept/new.txt", {}, b"x", "own", in_query=True)).status == 200
    assert sandbox.send(Ask("aws", "GET", "/moto-api/data.json", key="own")).status == 200
    named = {**RUN, "Host": f"localhost:{urlsplit(sandbox.aws_url).port}"}
    assert sandbox.send(Ask("aws", "POST", "/", named, training(str(markers[0])), "own")).status == 200
    assert sandbox.send(Ask("kube", "POST", JOBS, JSON, job(str(markers[1])), "own")).status == 201
    seen = sandbox.state()
    assert ("no-credentials" in seen["training"], "no-credentials" in seen["jobs"]) == (True, True)
    assert "new.txt" in seen["keys"]


def test_a_presigned_url_of_the_sandboxs_key_moves_one_thing(sandbox: Sandbox) -> None:
    """What the shim does: no Authorization header, the key in the URL."""
    asked = {"Bucket": "kept", "Key": "grant.txt"}
    for version in ("s3v4", "s3"):  # the second is what boto3 writes unless it is told otherwise
        signer = sandbox.sdk("s3", version)
        put, get = (signer.generate_presigned_url(name, Params=asked) for name in ("put_object", "get_object"))
        assert sandbox.pool.request("PUT", put, body=version.encode()).status == 200
        assert sandbox.pool.request("GET", get).data == version.encode()
        refused = get.replace(sandbox.found.aws["AWS_ACCESS_KEY_ID"], STRANGER)
        assert sandbox.pool.request("GET", refused).status == 403


def test_what_opens_the_sandbox_is_the_owners_to_read(sandbox: Sandbox) -> None:
    """The folder is 0700, each file with a secret 0600, and no other file has a secret in it."""
    assert stat.S_IMODE(sandbox.folder.stat().st_mode) == 0o700
    secrets = {sandbox.token, sandbox.found.aws["AWS_ACCESS_KEY_ID"], sandbox.found.aws["AWS_SECRET_ACCESS_KEY"]}
    holders = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in sandbox.folder.rglob("*")
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets)
    }
    assert holders == {"kubeconfig": 0o600, "sandbox.json": 0o600}
    assert stat.S_IMODE((sandbox.folder / "kube" / "server.pem").stat().st_mode) == 0o600
    command = (
        Path(f"/proc/{sandbox.found.pid}/cmdline").read_bytes()
        + Path(f"/proc/{sandbox.found.pid}/environ").read_bytes()
    )
    assert not any(secret.encode() in command for secret in secrets)


def test_every_sandbox_draws_its_own() -> None:
    """Two draws share nothing, and neither looks like a key of AWS."""
    one, other = door.draw(), door.draw()
    assert one.access_key_id != other.access_key_id
    assert one.secret_access_key != other.secret_access_key
    assert len(one.access_key_id) == len("SANDBOX") + 32
    assert not one.access_key_id.startswith(("AKIA", "ASIA"))


@pytest.mark.parametrize(
    ("host", "origin", "bound", "strange"),
    [
        ("127.0.0.1:4566", None, "127.0.0.1", False),
        ("127.0.0.1", None, "127.0.0.1", False),
        ("LOCALHOST:1", None, "127.0.0.1", False),
        ("[::1]:4566", None, "127.0.0.1", False),
        ("127.9.9.9", None, "127.0.0.1", False),
        ("10.0.0.7:4566", None, "10.0.0.7", False),
        ("10.0.0.7:4566", None, "127.0.0.1", True),
        ("10.0.0.8:4566", None, "10.0.0.7", True),
        ("", None, "127.0.0.1", True),
        ("evil.example", None, "127.0.0.1", True),
        ("127.0.0.1.nip.io", None, "127.0.0.1", True),
        ("localhost.evil.example", None, "127.0.0.1", True),
        ("[::1].evil.example", None, "127.0.0.1", True),
        ("127.0.0.1@evil.example", None, "127.0.0.1", True),
        ("127.0.0.1", "null", "127.0.0.1", True),
        ("127.0.0.1", "", "127.0.0.1", True),
        ("127.0.0.1", "http://127.0.0.1", "127.0.0.1", True),
    ],
)
def test_host_and_origin_tell_a_client_from_a_page(host: str, origin: str | None, bound: str, *, strange: bool) -> None:
    """Loopback and the bound address are ours, whatever the port; any Origin is a page's."""
    assert bool(door.strange(host, origin, bound)) is strange


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.7", "::", "example.org"])
def test_an_address_beyond_loopback_is_asked_for_twice(tmp_path: Path, address: str) -> None:
    """Once is refused with the reason and the second option, by the command and by the daemon."""
    folder = tmp_path / "sandbox"
    said = CliRunner().invoke(parity, ["sandbox", "up", "--dir", str(folder), "--bind", address])
    assert said.exit_code == 2, said.output
    assert "--bind-beyond-loopback" in said.output
    assert f"--bind {address}: whoever reaches that address" in said.output
    assert not folder.exists()
    with pytest.raises(stack.SandboxError, match="--bind-beyond-loopback"):
        stack.up(folder, images=(f"tiny/image:1={IMAGE}",), options=("--bind", address))
    assert stack.status(folder) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_needs_no_second_word(address: str) -> None:
    """The control."""
    door.check_bind(address, confirmed=False)
