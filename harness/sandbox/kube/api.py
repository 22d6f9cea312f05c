"""The API server: HTTP in front of the objects. What it does not support it refuses by name."""

from __future__ import annotations

import base64
import copy
import json
import secrets
import select
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.sandbox.kube import defaults, discovery, jobs, patch
from harness.sandbox.kube.faults import KubeFaults
from harness.sandbox.kube.objects import ApiError, Change, Object, Objects
from harness.sandbox.kube.selectors import fields_match, labels_match
from harness.sandbox.kube.table import table

WATCH_SECONDS_MAX = 1800.0
BOOKMARK_SECONDS = 5.0
BODY_BYTES_MAX = 3 * 1024 * 1024
"""etcd and the API server refuse requests over 3 MiB."""

Audit = Callable[[Mapping[str, object]], None]


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

    verb: str
    target: Target
    query: Mapping[str, str]
    body: Any
    content_type: str
    as_table: bool
    agent: str = ""


@dataclass
class ApiServer:
    """Objects, faults, logs and the door to them."""

    objects: Objects
    faults: KubeFaults
    logs: Path
    token: str
    audit: Audit
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, context: ssl.SSLContext) -> tuple[ThreadingHTTPServer, str]:
        """Listen on a free loopback port; give the server and its URL."""
        handler = type("Handler", (_Handler,), {"api": self})
        server = _Server(("127.0.0.1", 0), handler)
        # The handshake belongs into the connection's own thread: in the accepting one a silent client would block all.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="kube-api", daemon=True
        ).start()
        return server, f"https://127.0.0.1:{server.server_address[1]}"

    # -- verbs --------------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> tuple[int, Object]:
        """Answer everything but watches and logs."""
        target = request.target
        self._check_namespace(target, request.verb)
        match request.verb, bool(target.name):
            case "GET", True:
                return 200, self.objects.get(target.plural, target.namespace, target.name)
            case "GET", False:
                return 200, self._list(request)
            case "POST", False:
                return 201, self._create(request)
            case "PUT", True:
                return 200, self._replace(request)
            case "PATCH", True:
                return 200, self._patch(request)
            case "DELETE", True:
                return 200, self._delete(request, target.name)
            case "DELETE", False:
                for each in self._chosen(request)[0]:
                    with suppress(ApiError):
                        self._delete(request, each["metadata"]["name"])
                return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        raise ApiError(405, "MethodNotAllowed", f"{request.verb} is not supported here")

    def _check_namespace(self, target: Target, verb: str) -> None:
        if target.namespace and verb == "POST" and self.objects.find("namespaces", "", target.namespace) is None:
            raise ApiError(
                404,
                "NotFound",
                f'namespaces "{target.namespace}" not found',
                {"name": target.namespace, "kind": "namespaces"},
            )

    def _chosen(self, request: Request) -> tuple[list[Object], int]:
        items, version = self.objects.list(request.target.plural, request.target.namespace)
        return [each for each in items if matches(request.query, each)], version

    def _list(self, request: Request) -> Object:
        items, version = self._chosen(request)
        offset = _continued(request.query.get("continue", ""))
        limit = int(request.query.get("limit") or 0)
        page = items[offset : offset + limit] if limit else items[offset:]
        kind, group, _, _ = discovery.KINDS[request.target.plural]
        metadata: Object = {"resourceVersion": str(version)}
        if limit and offset + limit < len(items):
            token = base64.urlsafe_b64encode(json.dumps([offset + limit, version]).encode()).decode()
            metadata |= {"continue": token, "remainingItemCount": len(items) - offset - limit}
        if request.as_table:
            return table(request.target.plural, page, str(version))
        bare = [{name: value for name, value in each.items() if name not in {"kind", "apiVersion"}} for each in page]
        return {"kind": f"{kind}List", "apiVersion": group, "metadata": metadata, "items": bare}

    def _create(self, request: Request) -> Object:
        target, item = request.target, copy.deepcopy(request.body)
        kind, group, namespaced, _ = discovery.KINDS[target.plural]
        if not isinstance(item, dict):
            raise ApiError(400, "BadRequest", "the body is no object")
        item |= {"kind": item.get("kind") or kind, "apiVersion": item.get("apiVersion") or group}
        metadata = item.setdefault("metadata", {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + secrets.token_hex(4)[:5]
        defaults.check_name(kind, metadata.get("name", ""))
        if namespaced and metadata.setdefault("namespace", target.namespace) != target.namespace:
            raise ApiError(400, "BadRequest", "the namespace of the object does not match the request")
        self._prepare(target.plural, item)
        if request.query.get("dryRun") == "All":
            return {**item, "metadata": {**metadata, "uid": "", "resourceVersion": "0"}}
        made = self.objects.create(target.plural, item)
        if target.plural == "jobs":
            made = self.objects.change(
                "jobs",
                target.namespace,
                metadata["name"],
                lambda each: defaults.label_job(each, made["metadata"]["uid"]),
            )
        return made

    @staticmethod
    def _prepare(plural: str, item: Object) -> None:
        if plural == "jobs":
            item.pop("status", None)
            item["status"] = {}
            defaults.prepare_job(item)
        elif plural == "pods":
            item["status"] = {"phase": "Pending"}
            defaults.prepare_pod_spec("Pod", item["metadata"]["name"], item.setdefault("spec", {}))
        elif plural == "secrets":
            data = dict(item.get("data") or {})
            for name, text in (item.pop("stringData", None) or {}).items():
                data[name] = base64.b64encode(text.encode()).decode()
            item |= {"data": data, "type": item.get("type") or "Opaque"}

    def _replace(self, request: Request) -> Object:
        target, wanted = request.target, request.body
        version = wanted.get("metadata", {}).get("resourceVersion")

        def edit(item: Object) -> None:
            self._check_version(item, version, target)
            if target.sub == "status":
                item["status"] = wanted.get("status", {})
                return
            for name in set(item) | set(wanted):
                if name not in {"metadata", "status"}:
                    item[name] = wanted.get(name)
            kept = {
                name: item["metadata"].get(name)
                for name in (
                    "uid",
                    "creationTimestamp",
                    "generation",
                    "resourceVersion",
                    "deletionTimestamp",
                    "deletionGracePeriodSeconds",
                )
            }
            item["metadata"] = {
                **wanted["metadata"],
                **{name: value for name, value in kept.items() if value is not None},
            }

        return self.objects.change(target.plural, target.namespace, target.name, edit)

    def _patch(self, request: Request) -> Object:
        target = request.target
        kinds: dict[str, Callable[[Any, Any], Any]] = {
            "application/json-patch+json": patch.json_patch,
            "application/merge-patch+json": patch.merge,
            "application/strategic-merge-patch+json": patch.strategic,
        }
        apply = kinds.get(request.content_type)
        if apply is None:
            raise ApiError(
                501, "NotImplemented", f"the sandbox does not support patches of type {request.content_type}"
            )

        def edit(item: Object) -> None:
            changed = apply(item, request.body)
            if isinstance(request.body, dict):
                self._check_version(item, request.body.get("metadata", {}).get("resourceVersion"), target)
            kept = (
                {"status": item.get("status")}
                if target.sub != "status"
                else {name: item.get(name) for name in item if name not in {"status", "metadata"}}
            )
            protected = {
                name: item["metadata"][name]
                for name in ("uid", "creationTimestamp", "resourceVersion", "generation", "namespace", "name")
                if name in item["metadata"]
            }
            item.clear()
            item |= changed
            item |= {name: value for name, value in kept.items() if value is not None}
            item["metadata"] = {**changed["metadata"], **protected}

        return self.objects.change(target.plural, target.namespace, target.name, edit)

    @staticmethod
    def _check_version(item: Object, version: str | None, target: Target) -> None:
        if version and version != item["metadata"]["resourceVersion"]:
            text = (
                f'Operation cannot be fulfilled on {target.plural} "{target.name}": the object has been modified; '
                "please apply your changes to the latest version and try again"
            )
            raise ApiError(409, "Conflict", text, {"name": target.name, "kind": target.plural})

    def _delete(self, request: Request, name: str) -> Object:
        target = request.target
        options = request.body if isinstance(request.body, dict) else {}
        propagation = request.query.get("propagationPolicy") or options.get("propagationPolicy") or "Background"
        grace = request.query.get("gracePeriodSeconds") or options.get("gracePeriodSeconds")
        if target.plural == "jobs":
            gone = jobs.delete_job(self.objects, target.namespace, name, propagation)
        elif target.plural == "pods":
            return jobs.delete_pod(
                self.objects, self.objects.get("pods", target.namespace, name), None if grace is None else int(grace)
            )
        else:
            gone = self.objects.remove(target.plural, target.namespace, name)
        details = {"name": name, "kind": target.plural, "uid": gone["metadata"]["uid"]}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}

    # -- watch --------------------------------------------------------------------------------------------------------

    def watch(self, request: Request) -> Iterator[Object | None]:
        """Stream changes; None asks the handler to check that the client is still there."""
        plural, namespace = request.target.plural, request.target.namespace
        limit = min(float(request.query.get("timeoutSeconds") or WATCH_SECONDS_MAX), WATCH_SECONDS_MAX)
        ends, first = time.monotonic() + limit, True
        version = int(request.query.get("resourceVersion") or 0)
        bookmarks = request.query.get("allowWatchBookmarks") in {"true", "1"}
        if version == 0:
            items, version = self._chosen(request)
            for each in items:
                yield self._shown(request, "ADDED", each, first=first)
                first = False
        generation, marked = self.faults.watch_generation, time.monotonic()
        while time.monotonic() < ends and not self.stop.is_set():
            if self.faults.watch_lost(generation):
                return
            try:
                changes = self.objects.since(plural, version)
            except ApiError as error:
                yield {"type": "ERROR", "object": error.status()}
                return
            for change in self.faults.disorder(changes):
                version = max(version, change.version)
                if namespace in ("", change.object["metadata"].get("namespace", "")) and (
                    seen := _seen(request.query, change)
                ):
                    yield self._shown(request, seen, change.object, first=first)
                    first = False
            if bookmarks and time.monotonic() - marked > BOOKMARK_SECONDS:
                marked = time.monotonic()
                yield self._bookmark(plural, version)
            yield None
            self.objects.wait(version, min(0.5, max(0.0, ends - time.monotonic())))

    @staticmethod
    def _bookmark(plural: str, version: int) -> Object:
        kind, group, _, _ = discovery.KINDS[plural]
        return {
            "type": "BOOKMARK",
            "object": {"kind": kind, "apiVersion": group, "metadata": {"resourceVersion": str(version)}},
        }

    @staticmethod
    def _shown(request: Request, kind: str, item: Object, *, first: bool) -> Object:
        if request.as_table:
            item = table(request.target.plural, [item], item["metadata"]["resourceVersion"], columns=first)
        return {"type": kind, "object": item}

    # -- logs ---------------------------------------------------------------------------------------------------------

    def log(self, request: Request) -> Iterator[bytes]:
        """Give a container's log lines, following it while the pod lives when asked."""
        pod = self.objects.get("pods", request.target.namespace, request.target.name)
        names = [each["name"] for each in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]]
        wanted = request.query.get("container") or (names[0] if len(names) == 1 else "")
        if wanted not in names:
            raise ApiError(
                400,
                "BadRequest",
                f"a container name must be specified for pod {request.target.name}, choose one of: {names}",
            )
        files = sorted((self.logs / pod["metadata"]["uid"]).glob(f"{wanted}-*.log"))
        if not files:
            raise ApiError(
                400,
                "BadRequest",
                f'container "{wanted}" in pod "{request.target.name}" is waiting to start: ContainerCreating',
            )
        follow = request.query.get("follow") in {"true", "1"}
        stamps = request.query.get("timestamps") in {"true", "1"}
        tail = int(request.query.get("tailLines") or -1)
        with files[-1].open("rb") as file:
            lines = file.readlines()
            for line in lines[-tail:] if tail >= 0 else lines:
                yield _plain(line, stamps=stamps)
            while follow and not self.stop.is_set():
                line = file.readline()
                if line:
                    yield _plain(line, stamps=stamps)
                elif self._over(pod):
                    return
                else:
                    time.sleep(0.1)

    def _over(self, pod: Object) -> bool:
        found = self.objects.find("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
        return found is None or found["status"].get("phase") in {"Succeeded", "Failed"}


def matches(query: Mapping[str, str], item: Object) -> bool:
    """Tell whether an object is selected."""
    labels = item["metadata"].get("labels") or {}
    return labels_match(query.get("labelSelector", ""), labels) and fields_match(query.get("fieldSelector", ""), item)


def _seen(query: Mapping[str, str], change: Change) -> str:
    """Say what a watcher with a selector sees of a change: what falls out of the selection is DELETED to it."""
    here = matches(query, change.object)
    before = change.before is not None and matches(query, change.before)
    if change.type == "DELETED":
        return "DELETED" if here or before else ""
    if here:
        return "MODIFIED" if before else "ADDED"
    return "DELETED" if before else ""


def _continued(token: str) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))[0])
    except (ValueError, IndexError, TypeError) as error:
        raise ApiError(400, "BadRequest", "continue key is not valid") from error


def _plain(line: bytes, *, stamps: bool) -> bytes:
    stamp, _, rest = line.partition(b" ")
    text = rest.split(b" ", 2)[2]
    return stamp + b" " + text if stamps else text


class _Server(ThreadingHTTPServer):
    """Many connections at once; one that breaks is no news."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients come and go."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    api: ApiServer
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr; the audit log has it."""

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        try:
            body = self._body()
            self._check_token()
            found = discovery.answer(parts.path.rstrip("/") or "/")
            if found is not None:
                self._send(200, found)
                return
            self._resource(self._request(parts.path, parts.query, body))
        except ApiError as error:
            self._send(error.code, error.status())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - names the base class looks for

    def _check_token(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.api.token}":
            raise ApiError(401, "Unauthorized", "Unauthorized")

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            raise ApiError(413, "RequestEntityTooLarge", f"the request is over {BODY_BYTES_MAX} bytes")
        return self.rfile.read(length)

    def _request(self, path: str, query: str, body: bytes) -> Request:
        accept, content = self.headers.get("Accept", ""), (self.headers.get("Content-Type") or "").partition(";")[0]
        if content == "application/vnd.kubernetes.protobuf":
            raise ApiError(415, "UnsupportedMediaType", "the sandbox speaks JSON only, not protobuf")
        if accept and "json" not in accept and "*/*" not in accept and not path.endswith("/log"):
            raise ApiError(406, "NotAcceptable", "the sandbox speaks JSON only")
        try:
            value = json.loads(body) if body else None
        except ValueError as error:
            raise ApiError(400, "BadRequest", f"the body is no JSON: {error}") from error
        asked = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        agent = self.headers.get("User-Agent", "")
        return Request(self.command, _target(path), asked, value, content, "as=Table" in accept, agent)

    def _resource(self, request: Request) -> None:
        target, watching = request.target, request.query.get("watch") in {"true", "1"}
        name = (
            target.name or (request.body or {}).get("metadata", {}).get("name", "")
            if isinstance(request.body, dict) or target.name
            else ""
        )
        verb = (
            "watch"
            if watching
            else {
                "GET": "get" if target.name else "list",
                "POST": "create",
                "PUT": "update",
                "PATCH": "patch",
                "DELETE": "delete",
            }[request.verb]
        )
        try:
            self.api.faults.throttle(verb, name)
            if target.sub == "log":
                status = self._stream_log(request)
            elif watching:
                status = self._stream_watch(request)
            else:
                status, answer = self.api.answer(request)
                if self.api.faults.lost_reply(verb, name):
                    self.close_connection = True
                    self.connection.close()
                    return
                self._send(
                    status,
                    table(target.plural, [answer], answer["metadata"]["resourceVersion"])
                    if request.as_table and target.name and request.verb == "GET"
                    else answer,
                )
        except ApiError as error:
            status = error.code
            raise
        finally:
            self.api.audit(
                {
                    "api": "kubernetes",
                    "verb": verb,
                    "resource": target.plural,
                    "namespace": target.namespace,
                    "name": name,
                    "status": status,
                    "user_agent": request.agent,
                }
            )

    def _send(self, code: int, value: Object) -> None:
        data = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _stream_watch(self, request: Request) -> int:
        self._begin("application/json")
        for message in self.api.watch(request):
            if message is not None:
                self.api.faults.freeze()
                self._chunk(json.dumps(message).encode() + b"\n")
            elif self._gone():
                break
        self._chunk(b"")
        return 200

    def _gone(self) -> bool:
        """Tell whether the client has closed its end: a watching client says nothing else."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        self.close_connection = self.close_connection or bool(readable)
        return bool(readable)

    def _stream_log(self, request: Request) -> int:
        lines = self.api.log(request)
        first = next(lines, None)
        self._begin("text/plain")
        written, limit = 0, int(request.query.get("limitBytes") or 0)
        for line in (
            ([first] if first is not None else []) + list(lines)
            if request.query.get("follow") not in {"true", "1"}
            else _chain(first, lines)
        ):
            if limit and written + len(line) > limit:
                line = line[: limit - written]  # noqa: PLW2901 - the cut line is the last one
            written += len(line)
            if line:
                self._chunk(line)
            if limit and written >= limit:
                break
        self._chunk(b"")
        return 200


def _chain(first: bytes | None, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first is not None:
        yield first
    yield from rest


def _target(path: str) -> Target:
    """Take a resource path apart."""
    parts = [each for each in path.split("/") if each]
    if parts[:2] == ["api", "v1"]:
        rest, group = parts[2:], "v1"
    elif parts[:3] == ["apis", "batch", "v1"]:
        rest, group = parts[3:], "batch/v1"
    else:
        raise ApiError(404, "NotFound", f"the server could not find the requested resource: {path}")
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, sub = (*rest, "", "", "")[:3]
    known = discovery.KINDS.get(plural)
    if known is None or known[1] != group:
        raise ApiError(404, "NotFound", f"the server could not find the requested resource: {path}")
    if sub and sub not in discovery.SUBRESOURCES.get(plural, ()):
        raise ApiError(501, "NotImplemented", f"the sandbox does not support {plural}/{sub}")
    return Target(plural, namespace, name, sub)
