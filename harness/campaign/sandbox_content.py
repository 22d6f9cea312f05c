"""What a job needs of a sandbox before it starts: local files as objects of S3, and objects of its cluster."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.backends.aws import Account, Clients, mapped
from harness.backends.kubernetes.client import TIMEOUT, Cluster
from harness.backends.kubernetes.client import mapped as mapped_call
from harness.backends.listings import begun_by
from harness.backends.staging import ANY_OWNER, ensure_bucket
from harness.config import references
from harness.config.sources import read_documents
from harness.errors import Conflict, Refused
from harness.model.job import Input, Json, Side
from harness.model.order import S3Place
from harness.model.repository import Home, Repository
from harness.platforms.json_parts import items, mapping, part
from harness.platforms.kubernetes.checks import homes_of
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.kubernetes.references import ACCOUNT, CLAIM, CONFIG_MAP, SECRET
from harness.platforms.sagemaker.home import SageMakerHome

CLAIM_MARK = "claim:"
REGION = "us-east-1"
KINDS = {
    CONFIG_MAP: "config_map",
    SECRET: "secret",
    CLAIM: "persistent_volume_claim",
    ACCOUNT: "service_account",
}
"""Kind of an object that a pod may name → what the client's methods call it."""
EXPECTED = "ConfigMaps, Secrets, claims and service accounts, as kubectl applies them"
_KEPT = ("name", "labels", "annotations")
"""Of the metadata: what a server wrote into an object that was read from it is another one's."""


@dataclass(frozen=True, slots=True)
class SandboxContent:
    """What a sandbox is given: files for its S3 and its claims, and objects of its cluster."""

    data: tuple[tuple[str, Path], ...] = ()
    """`s3://…` or `claim:NAME` → file or folder."""
    objects: tuple[dict[str, Json], ...] = ()


def data_of(text: str) -> tuple[str, Path]:
    """Take S3_URI=PATH or claim:NAME=PATH apart: either may hold `=`, and the path is there.

    Raises:
        Refused: it is none, or nothing is at the path.
    """
    parts = text.split("=")
    for number in range(1, len(parts)):
        uri, path = "=".join(parts[:number]), Path("=".join(parts[number:]))
        named = S3Place.of(uri).bucket if uri.startswith("s3://") else _claim(uri)
        if path.exists() and named:
            return uri, path
    message = (
        f"--data {text}: expected S3_URI=PATH or claim:NAME=PATH with a file or folder that is there,"
        " such as s3://bucket/train=data/"
    )
    raise Refused(message)


def _claim(place: str) -> str:
    """Name the claim that a place is; empty: it is none."""
    return place.removeprefix(CLAIM_MARK) if place.startswith(CLAIM_MARK) else ""


def objects_of(paths: Iterable[Path]) -> tuple[dict[str, Json], ...]:
    """Read the objects that a pod may name from files that may hold others as well, such as a rendered chart.

    Raises:
        ConfigError: a file is no YAML or JSON.
        Refused: a file holds none of them.
    """
    objects: list[dict[str, Json]] = []
    for path in paths:
        read = read_documents(str(path), path.read_bytes(), EXPECTED)
        every = [item for document in read for item in _flat(document.data)]
        wanted = [item for item in every if item.get("kind") in KINDS and part(item, "metadata").get("name")]
        if not wanted:
            kinds = ", ".join(sorted({str(item.get("kind")) for item in every})) or "nothing"
            message = f"--objects {path}: holds {kinds}; expected {EXPECTED}"
            raise Refused(message)
        objects += wanted
    return tuple(objects)


def _flat(document: Json) -> Iterator[dict[str, Json]]:
    whole = mapping(document)
    members = items(whole.get("items")) if str(whole.get("kind", "")).endswith("List") else [whole]
    yield from (mapping(member) for member in members if member)


def at_the_sandbox(repositories: tuple[Repository, ...]) -> tuple[Repository, ...]:
    """Take each home, and the owners of buckets, to the sandbox that this process's clients are pointed at.

    How the real platforms are reached, and whose accounts they are, means nothing there.
    """
    with mapped("sts get-caller-identity"):
        account = str(Clients(Account("", REGION, None, None))("sts").get_caller_identity()["Account"])
    return tuple(_at(references.at_a_sandbox(repository, account, REGION), account) for repository in repositories)


def _at(repository: Repository, account: str) -> Repository:
    legacy, candidate = (_bare(repository.home(side), account) for side in Side)
    jobs = tuple(
        replace(job, inputs=tuple(replace(given, bucket_owner=_owner(given)) for given in job.inputs))
        for job in repository.jobs
    )
    return replace(repository, jobs=jobs, legacy=legacy, candidate=candidate)


def _owner(given: Input) -> str:
    return given.bucket_owner if given.bucket_owner == ANY_OWNER else ""


def _bare(home: Home, account: str) -> Home:
    if isinstance(home, KubernetesHome):
        owner, region = account if home.staging_owner else "", REGION if home.region else home.region
        return replace(home, context=None, region=region, profile=None, endpoint_url=None, staging_owner=owner)
    if isinstance(home, SageMakerHome):
        return replace(home, account=account, region=REGION, profile=None, endpoint_url=None, staging_owner="")
    return home


def fill(content: SandboxContent, repositories: tuple[Repository, ...], claims: Path) -> None:
    """Put everything into the sandbox that this process's clients are pointed at: objects into each namespace.

    `claims`: the folder in which the sandbox keeps a folder a claim.
    """
    clients = Clients(Account("", REGION, None, None))
    held = {name: path for place, path in content.data if (name := _claim(place))}
    for uri, path in content.data:
        if not _claim(uri):
            _upload(clients, S3Place.of(uri) if path.is_dir() else begun_by(uri), path)
    objects = (*content.objects, *map(_claim_object, held))
    namespaces = {home.namespace for repository in repositories for home in homes_of(repository)}
    cluster = Cluster(None)
    for namespace in sorted(namespaces) if objects else ():
        _create_all(cluster, namespace, objects)
        for name, path in held.items():
            _copy(path, claims / namespace / name)
    cluster.api.close()


def _claim_object(name: str) -> dict[str, Json]:
    """Write a claim that every pair's pod may mount."""
    spec: Json = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"kind": CLAIM, "apiVersion": "v1", "metadata": {"name": name}, "spec": spec}


def _copy(source: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, into, dirs_exist_ok=True)
    else:
        shutil.copy(source, into)


def _upload(clients: Clients, place: S3Place, path: Path) -> None:
    """Send a file as the object of this name, or below a prefix that ends with a slash; a folder file by file."""
    ensure_bucket(clients, place.bucket, REGION)
    files = [(path, "")] if path.is_file() else [(file, file.relative_to(path).as_posix()) for file in path.rglob("*")]
    for file, name in files:
        if file.is_file():
            own = name or (path.name if place.prefix.endswith("/") or not place.prefix else "")
            with mapped(f"s3 put {place.uri(own)}"), file.open("rb") as body:
                clients("s3").put_object(Bucket=place.bucket, Key=place.key(own), Body=body)


def _create_all(cluster: Cluster, namespace: str, objects: tuple[dict[str, Json], ...]) -> None:
    """Create the namespace and the objects in it; what is there stays, also of a file that is given twice."""
    with suppress(Conflict), mapped_call(f"create namespace {namespace}"):
        cluster.core.create_namespace({"metadata": {"name": namespace}}, _request_timeout=TIMEOUT)
    for item in objects:
        metadata = {key: value for key, value in part(item, "metadata").items() if key in _KEPT}
        body = {key: value for key, value in item.items() if key != "status"} | {"metadata": metadata}
        kind = str(item["kind"])
        create = getattr(cluster.core, f"create_namespaced_{KINDS[kind]}")
        with suppress(Conflict), mapped_call(f"create {kind} {metadata['name']}"):
            create(namespace, body, _request_timeout=TIMEOUT)
