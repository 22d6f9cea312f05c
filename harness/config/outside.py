"""Places outside a job that its command, environment and parameters name: what it may read, write or call. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.scrub import detect, names
from harness.scrub.scrubber import Scrubber

_URL = re.compile(r"(?i)\b((?:jdbc:)?[a-z][a-z0-9+.-]{1,20}:(?:[a-z0-9]+:)?(?://|@)[^\s\"'<>|;,\\)\]}]+)")
_ARN = re.compile(r"\barn:aws[a-z-]*:(sns|sqs|kinesis|dynamodb|glue|rds|es|events|ses|firehose|kafka)\w*:[^\s\"',;]+")
_SCHEMES = {
    **dict.fromkeys(
        ("s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "wasb", "wasbs", "hdfs", "oss", "adl"), "bucket"
    ),
    **dict.fromkeys(("http", "https", "grpc", "grpcs", "ws", "wss"), "http"),
    **dict.fromkeys(("kafka", "amqp", "amqps", "nats", "mqtt", "mqtts", "pulsar", "pulsar+ssl", "sqs", "sns"), "topic"),
    **dict.fromkeys(("smtp", "smtps", "mailto"), "mail"),
    **dict.fromkeys(("file", "python", "data"), ""),
}
"""Scheme of an address → kind of effect; one that is not here is a database's, empty is nothing outside."""
_ARN_KINDS = {"dynamodb": "table", "glue": "table", "rds": "table", "es": "http", "ses": "mail"}
_BY_NAME = (
    ("topic", re.compile(r"TOPIC|QUEUE|STREAM_NAME|BOOTSTRAP|BROKER|KAFKA")),
    ("mail", re.compile(r"SMTP|MAIL|(^|_)RECIPIENTS?($|_)")),
    ("registry", re.compile(r"MLFLOW_|REGISTRY|MODEL_PACKAGE_GROUP|WANDB_(PROJECT|ENTITY|BASE)")),
    ("table", re.compile(
        r"(^|_)TABLE(_NAME)?$|DATABASE|(^|_)DB_?(HOST|NAME|URL|URI)|(^|_)DSN$"
        r"|(PG|POSTGRES|MYSQL|REDIS|MONGO\w*|ES|ELASTIC\w*)_?(HOST|URL|URI)")),
    ("bucket", re.compile(r"BUCKET")),
    ("http", re.compile(r"(^|_)(WEBHOOK|ENDPOINT|PUSHGATEWAY|STATSD)(_|$)|_(HOST|URL|URI)$")),
)  # fmt: skip
"""Kind of effect → names of variables, flags and parameters whose value is a place of that kind."""
_FLAG = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
_SHOWN_MAX = 160


@dataclass(frozen=True, slots=True, order=True)
class Outside:
    """One place outside a job."""

    where: str
    """As `command[3]` or `environment.TABLE`."""
    kind: str
    """Of the effect that it may be."""
    place: str
    """Without credentials."""


def places_outside(job: Mapping[str, Any]) -> tuple[Outside, ...]:
    """List what a written job names outside itself, besides its declared inputs, in its own order."""
    inputs = {str(value.get("uri", "")).rstrip("/") for value in job.get("inputs", {}).values()}
    found: dict[tuple[str, str], Outside] = {}
    for where, name, text in _texts(job):
        for outside in _in_text(where, name, text):
            if outside.place.rstrip("/") not in inputs:
                found.setdefault((outside.kind, outside.place), outside)
    return tuple(found.values())


def _texts(job: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give every text with where it stands and the name that it has there."""
    for base, part in (("", job), *((f"{side}.", job.get(side, {})) for side in ("legacy", "candidate"))):
        yield from _arguments(f"{base}command", part.get("command") or [])
        for key in ("environment", "parameters"):
            for name, value in (part.get(key) or {}).items():
                yield f"{base}{key}.{name}", str(name), value if isinstance(value, str) else ""
        for number, sidecar in enumerate(part.get("sidecars") or []):
            yield from _arguments(f"{base}sidecars[{number}].command", sidecar["command"])


def _arguments(where: str, command: list[str]) -> Iterator[tuple[str, str, str]]:
    before = ""
    for number, word in enumerate(command):
        flag = _FLAG.fullmatch(word)
        name, value = (flag[1], flag[2]) if flag else (before, word)
        if value is not None:
            yield f"{where}[{number}]", name, value
        before = flag[1] if flag and flag[2] is None else ""


def _in_text(where: str, name: str, text: str) -> Iterator[Outside]:
    addresses = [match[1].rstrip(".:") for match in _URL.finditer(text)]
    for address in addresses:
        kind = _SCHEMES.get(address.removeprefix("jdbc:").partition(":")[0].lower(), "table")
        kind = "registry" if kind == "http" and _kind_by(name) == "registry" else kind
        if kind:
            yield Outside(where, kind, _shown(address))
    for match in _ARN.finditer(text):
        yield Outside(where, _ARN_KINDS.get(match[1], "topic"), _shown(match[0]))
    by_name = _kind_by(name)
    if (
        by_name
        and text
        and not addresses
        and "arn:" not in text
        and not detect.rule_of(name, text)
        and not _is_plain(text)
    ):
        yield Outside(where, by_name, _shown(text))


def _kind_by(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_").replace(".", "_")
    return next((kind for kind, pattern in _BY_NAME if pattern.search(words)), "")


def _is_plain(text: str) -> bool:
    """Tell switches and numbers, which are no places."""
    return re.fullmatch(r"(?i)true|false|yes|no|on|off|none|[-+0-9.]*", text) is not None or text.startswith("/")


def _shown(place: str) -> str:
    """Write a place without credentials, in bounded length."""
    bare = re.sub(r"(?<=//)[^/@\s]*:[^/@\s]*@", "", Scrubber().text(" ".join(place.split())))
    return f"{bare[:_SHOWN_MAX]}…" if len(bare) > _SHOWN_MAX else bare


def credentials(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """List arguments of commands that hold credentials, with the rule that says so."""
    for where, name, text in _texts(job):
        if "command[" not in where:
            continue
        rule = detect.rule_of(name, text)
        if rule and not (rule == detect.NAMED and names.is_placeholder(text)):
            yield where, rule
