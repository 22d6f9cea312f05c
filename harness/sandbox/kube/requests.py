"""One API request taken apart, before anything is done for it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from harness.sandbox.kube import discovery
from harness.sandbox.kube.objects import ApiError, Object

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
YES = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class Target:
    """A resource path taken apart."""

    plural: str
    namespace: str
    name: str
    sub: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request, parsed."""

    method: str
    target: Target
    query: Mapping[str, str]
    body: Any
    content_type: str
    as_table: bool
    agent: str = ""

    @property
    def watching(self) -> bool:
        """Tell whether a stream of changes is asked for."""
        return self.asks("watch")

    @property
    def verb(self) -> str:
        """Name what is asked as Kubernetes names it."""
        if self.watching:
            return "watch"
        if self.method == "GET":
            return "get" if self.target.name else "list"
        return _VERBS[self.method]

    @property
    def operation(self) -> str:
        """Name verb and resource, as a fault waits for them; a dry run is none of what a job is made by."""
        return f"{'dry-run ' if self.dry_run else ''}{self.verb} {self.target.plural}"

    @property
    def dry_run(self) -> bool:
        """Tell whether nothing is to be made."""
        return self.query.get("dryRun") == "All"

    @property
    def subject(self) -> str:
        """Name the object that it is about, as far as the request says."""
        return self.target.name or (str(metadata_of(self.body).get("name", "")))

    def asks(self, option: str) -> bool:
        """Tell whether an option is switched on."""
        return self.query.get(option) in YES

    def number(self, option: str, default: int) -> int:
        """Read a whole number from the query.

        Raises:
            ApiError: 400, it is none.
        """
        text = self.query.get(option, "")
        if not text:
            return default
        if not text.isdecimal():
            raise ApiError(400, "BadRequest", f"{option}: {text!r} is no whole number")
        return int(text)


def metadata_of(body: object) -> Object:
    """Give the metadata of a body, empty when it has none."""
    found = body.get("metadata") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def parse(method: str, path: str, query: str, headers: Mapping[str, str], *, body: bytes) -> Request:
    """Take a request apart.

    Raises:
        ApiError: 400, 404, 406, 415 or 501, by what can't be understood.
    """
    accept, content = headers.get("Accept", ""), headers.get("Content-Type", "").partition(";")[0]
    if content == "application/vnd.kubernetes.protobuf":
        raise ApiError(415, "UnsupportedMediaType", "the sandbox speaks JSON only, not protobuf")
    if accept and "json" not in accept and "*/*" not in accept and not path.endswith("/log"):
        raise ApiError(406, "NotAcceptable", "the sandbox speaks JSON only")
    try:
        value = json.loads(body) if body else None
    except ValueError as error:
        raise ApiError(400, "BadRequest", f"the body is no JSON: {error}") from error
    asked = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return Request(method, target_of(path), asked, value, content, "as=Table" in accept, headers.get("User-Agent", ""))


def target_of(path: str) -> Target:
    """Take a resource path apart.

    Raises:
        ApiError: 404 for a resource that is not served, 501 for a part of one that is not.
    """
    parts = [name for name in path.split("/") if name]
    if parts[:2] == ["api", "v1"]:
        rest, group = parts[2:], "v1"
    elif parts[:3] == ["apis", "batch", "v1"]:
        rest, group = parts[3:], "batch/v1"
    else:
        raise _unknown(path)
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, sub = (*rest, "", "", "")[:3]
    known = discovery.KINDS.get(plural)
    if known is None or known[1] != group:
        raise _unknown(path)
    if sub and sub not in discovery.SUBRESOURCES.get(plural, ()):
        raise ApiError(501, "NotImplemented", f"the sandbox does not support {plural}/{sub}")
    return Target(plural, namespace, name, sub)


def _unknown(path: str) -> ApiError:
    return ApiError(404, "NotFound", f"the server could not find the requested resource: {path}")
