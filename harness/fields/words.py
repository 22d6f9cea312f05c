"""Checked kinds of text and numbers in `repos.yaml`: names, places, units. Each says what was expected instead.

Name rules are the stricter of both platforms: Kubernetes labels (RFC 1123) and SageMaker names (sagemaker.md 1.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from harness.bounded.pattern import PatternRefused, count_groups
from harness.fields import units

LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"


def refuse(expected: str, hint: str = "") -> PydanticCustomError:
    """Make the error that becomes a Problem with this expectation."""
    return PydanticCustomError("config", "{expected}", {"expected": expected, "hint": hint})


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Look at a value, and perhaps translate it, before its type is checked; show editors this schema."""

    check: Callable[[object], object]
    shown: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put the check in front of the type's own schema."""
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Answer with the written form, not with what it is translated to."""
        return dict(self.shown)


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """Accept a short form of a map: the check makes the map of it; editors are shown both."""

    check: Callable[[object], object]
    shown: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put the translation in front of the map's own schema."""
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Allow the short form beside the map."""
        return {"anyOf": [self.shown, handler(core)]}


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """Look at a value before its type is checked, to say more than the type could; editors are shown the type."""

    check: Callable[[object], object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put the check in front of the type's own schema."""
        return core_schema.no_info_before_validator_function(self.check, handler(source))


def _text(pattern: str, expected: str, length_max: int = 1024, hint: str = "") -> Checked:
    """Make a kind of text with a pattern, for the reader and for editors."""
    compiled = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and (len(value) > length_max or not compiled.search(value) or "\n" in value):
            raise refuse(expected, hint)
        return value

    return Checked(check, {"type": "string", "pattern": pattern, "maxLength": length_max, "description": expected})


def _quantity(read: Callable[[str], int | None], pattern: str, expected: str) -> Checked:
    def check(value: object) -> object:
        found = read(value) if isinstance(value, str) else None
        if found is None:
            raise refuse(expected)
        return found

    return Checked(check, {"type": "string", "pattern": pattern, "description": expected})


def _check_variable(name: object) -> object:
    if isinstance(name, str) and name.startswith("PARITY_"):
        raise refuse("a name that does not start with PARITY_", "those are the harness's own")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,255}", name):
        raise refuse("a name of letters, digits and _, at most 256 long")
    return name


def _check_parameter(name: object) -> object:
    if not isinstance(name, str) or not is_parameter(name):
        raise refuse("a name of letters, digits, _, - and dot, at most 256 long")
    return name


def _place_hint(value: str) -> str:
    """Say what of a place is at fault."""
    if not value.startswith("s3://") or "::" in value:
        return "only s3:// is allowed"
    if not re.match(rf"s3://{_BUCKET}(/|$)", value):
        return "a bucket's name is 3 to 63 of a-z, 0-9, dot and -, with a letter or digit at either end"
    if len(value) > _URI_MAX:
        return f"at most {_URI_MAX} characters"
    return "no space, ? or # in a prefix"


def _check_uri(value: object) -> object:
    """T23: evidence and data are in S3; any other protocol can reach what it should not."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(rf"s3://({_BUCKET})(/[^\s?#]*)?", value)
    if found is None or len(value) > _URI_MAX or "::" in value:
        raise refuse("an S3 place such as s3://bucket/prefix", _place_hint(value))
    if any(part in {".", "..", ""} for part in (found[2] or "").strip("/").split("/") if found[2] not in {None, "/"}):
        raise refuse("an S3 place without empty, . or .. parts")
    return value


def _check_endpoint(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise refuse("an http(s) address without user, query or fragment", "credentials come from the profile")
    return value


def _check_path(value: object) -> object:
    if isinstance(value, str) and (
        not value.startswith("/")
        or len(value) > _PATH_MAX
        or any(part in {"", ".", ".."} for part in value.rstrip("/").split("/")[1:])
        or re.search(r"[\x00-\x1f]", value)
        or value == "/"
    ):
        raise refuse("an absolute path inside the container without empty, . or .. parts, at most 256 long")
    if isinstance(value, str) and _KERNEL.match(value) and not _SHARED_MEMORY.match(value):
        raise refuse(
            "a path outside /proc, /sys and /dev (but for /dev/shm)", "what lies there are no files of a job's"
        )
    return value.rstrip("/") if isinstance(value, str) else value


def _check_day(value: object) -> object:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    except ValueError:
        return None


def _day(value: object) -> date:
    found = _check_day(value)
    if not isinstance(found, date):
        raise refuse("a day such as 2026-12-31")
    return found


def _check_regex(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        groups = count_groups(value)
    except PatternRefused as error:
        raise refuse("a regular expression", str(error)[:80]) from error
    if not groups or len(value) > _REGEX_MAX:
        raise refuse("a regular expression of at most 500 characters with a group around the number")
    return value


_BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_KERNEL = re.compile(r"/(proc|sys|dev)(/|$)")
_SHARED_MEMORY = re.compile(r"/dev/shm(/|$)")  # noqa: S108 # nosec B108 # a path is read, nothing is written
_URI_MAX = 1024
"""SageMaker's S3Uri (sagemaker.md 1.1)."""
_PATH_MAX = 256
"""SageMaker's LocalPath (sagemaker.md 1.3)."""
_REGEX_MAX = 500
"""SageMaker's MetricDefinitions (sagemaker.md 1.2)."""

Name = Annotated[
    StrictStr,
    _text(LABEL, "a name of a-z, 0-9 and -, 1 to 63 long, no - at either end", 63, "both platforms must accept it"),
]
Part = Annotated[
    StrictStr,
    _text(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "a name of letters, digits, dot, _ and -, starting with a letter or digit", 64
    ),
]
MetricName = Annotated[StrictStr, _text(r"^[A-Za-z0-9][A-Za-z0-9_.:/@-]*$", "a metric name without spaces", 255)]
Cluster = Annotated[
    StrictStr,
    _text(
        r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        "the uid of the namespace kube-system, as `kubectl get namespace kube-system -o jsonpath={.metadata.uid}` says",
        36,
    ),
]
Place = Annotated[
    StrictStr,
    _text(r"^(?!https?://[^/]*@)[^-\s:][^\s]*$", "a path or an address of a git repository, without credentials", 1024),
]
Ref = Annotated[
    StrictStr,
    _text(r"^refs/[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)+$", "a ref such as refs/parity/ledger", 200),
]
Line = Annotated[StrictStr, _text(r"\S", "one line of text")]
Verdict = Annotated[StrictStr, _text(r"^(GO|INCONCLUSIVE|NO-GO)$", "one of: GO, INCONCLUSIVE, NO-GO")]
Account = Annotated[StrictStr, _text(r"^[0-9]{12}$", 'an account of 12 digits, quoted: "123456789012"', 12)]
BucketOwner = Annotated[
    StrictStr, _text(r"^([0-9]{12}|any)$", 'an account of 12 digits, quoted: "123456789012", or any', 12)
]
Region = Annotated[StrictStr, _text(r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$", "a region such as us-east-1", 32)]
Role = Annotated[
    StrictStr,
    _text(
        r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
        "a role such as arn:aws:iam::123456789012:role/name",
        2048,
    ),
]
Image = Annotated[
    StrictStr, _text(r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$", "an image reference of at most 255 characters", 255)
]
InstanceType = Annotated[StrictStr, _text(r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$", "an instance type such as ml.m5.large", 64)]
Subnet = Annotated[StrictStr, _text(r"^subnet-[0-9a-zA-Z]+$", "a subnet such as subnet-0a1b2c3d", 32)]
SecurityGroup = Annotated[StrictStr, _text(r"^sg-[0-9a-zA-Z]+$", "a security group such as sg-0a1b2c3d", 32)]
Variable = Annotated[StrictStr, _text(r"^[A-Za-z_][A-Za-z0-9_]*$", "a name of letters, digits and _", 256)]
Distribution = Annotated[StrictStr, _text(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "the name of a Python distribution", 128)]
Person = Annotated[
    StrictStr, _text(r"^[A-Za-z0-9][A-Za-z0-9._+@-]*$", "a name without spaces, such as ada@example.org", 128)
]
PublicKey = Annotated[
    StrictStr,
    _text(
        r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]+=*( \S+)?$",
        "an SSH public key such as ssh-ed25519 AAAA…",
        4096,
        "one line of a .pub file",
    ),
]
Argument = Annotated[StrictStr, Field(max_length=100_000)]

Duration = Annotated[StrictInt, _quantity(units.seconds, units.DURATION_PATTERN, units.DURATION_EXPECTED)]
Size = Annotated[StrictInt, _quantity(units.size_bytes, units.SIZE_PATTERN, units.SIZE_EXPECTED)]
Uri = Annotated[StrictStr, Checked(_check_uri, {"type": "string", "pattern": "^s3://[a-z0-9]"})]
Endpoint = Annotated[StrictStr, Checked(_check_endpoint, {"type": "string", "pattern": "^https?://"})]
ContainerPath = Annotated[StrictStr, Checked(_check_path, {"type": "string", "pattern": "^/", "maxLength": 256})]
Day = Annotated[date, Checked(_day, {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"})]
Regex = Annotated[StrictStr, Checked(_check_regex, {"type": "string", "maxLength": 500})]
ObjectName = Annotated[
    StrictStr, _text(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "the name of a Secret: a-z, 0-9, - and dot", 253)
]
DataKey = Annotated[StrictStr, _text(r"^[A-Za-z0-9._-]+$", "a key of letters, digits, dot, _ and -", 253)]
SecretId = Annotated[
    StrictStr,
    _text(r"^[A-Za-z0-9/_+=.@:-]+$", "the name or ARN of a secret or parameter", 2048, "never its value"),
]
VariableName = Annotated[StrictStr, Checked(_check_variable, {"type": "string"})]
VariableValue = StrictStr
ParameterName = Annotated[StrictStr, Checked(_check_parameter, {"type": "string"})]
ParameterValue = JsonValue

Positive = Annotated[StrictFloat, Field(gt=0, le=1e15, allow_inf_nan=False)]
Number = Annotated[StrictFloat, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
NotNegative = Annotated[StrictFloat, Field(ge=0, le=1e15, allow_inf_nan=False)]
Share = Annotated[StrictFloat, Field(gt=0, lt=1)]
Count = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
Whole = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Flag = StrictBool


def is_parameter(name: str) -> bool:
    """Tell whether both platforms accept the name of a parameter."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}", name) is not None
