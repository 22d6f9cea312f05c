"""The only file that imports the kubernetes client: connection, raw reads and error mapping."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from harness.backends import tls
from harness.backends.kubernetes.kubeconfig import no_credentials, overheard, quiet_renewal, readable
from harness.backends.kubernetes.rights import Right
from harness.errors import BackendError, Conflict, SubmitRefused, Throttled, Unavailable, Unreachable
from harness.model import reality, strict_json
from harness.model.job import Json
from harness.platforms.json_parts import part

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
TIMEOUT = (CONNECT_SECONDS, READ_SECONDS)
RETRIES = urllib3.Retry(
    total=6,
    connect=3,
    read=2,
    status=6,
    backoff_factor=0.2,
    backoff_max=5.0,
    backoff_jitter=0.2,
    retry_after_max=30,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
)
"""Of single calls: any method, because every create has a name of its own."""

_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json"

Object = Mapping[str, Json]


class Cluster:
    """One context of the user's kubeconfig. Repositories name a context, they never supply one."""

    def __init__(self, context: str | None) -> None:
        """Read the kubeconfig.

        Calls are tried again when the server is busy or a reply is lost: names are deterministic, so the second create
        finds the first one's object. Watches are not: retries would multiply their timeouts, and they list anew anyway.
        """
        calls = _settings(context)
        calls.retries = RETRIES
        self.host = str(calls.host)
        self._calls = calls
        self.api = client.ApiClient(calls)
        self.core = client.CoreV1Api(self.api)
        self.batch = client.BatchV1Api(self.api)
        bare = client.ApiClient(calls)
        bare.set_default_header("Accept", _METADATA)
        self.metadata = client.CoreV1Api(bare)
        """Reads objects without their content."""
        self.authorization = client.AuthorizationV1Api(self.api)
        watches = client.ApiClient(_settings(context))
        self.watch_core = client.CoreV1Api(watches)
        self.watch_batch = client.BatchV1Api(watches)

    def version(self) -> str:
        """Ask which Kubernetes answers."""
        with mapped("version"):
            return str(client.VersionApi(self.api).get_code(_request_timeout=TIMEOUT).git_version)

    def cluster_id(self) -> str:
        """Name the cluster by the uid of its kube-system namespace; empty when we may not read it."""
        try:
            found = self.core.read_namespace("kube-system", _request_timeout=TIMEOUT)
        except ApiException:
            return ""
        return str(found.metadata.uid)

    def proof(self, ca: str | None) -> dict[str, str]:
        """Ask for the cluster's id over TLS under the policy's trust; gives facts for `harness.model.reality`.

        The kubeconfig's own CA is not believed: whoever hands out a kubeconfig could name one of their own.

        Raises:
            NotSetUp: the declared certificate authorities can't be read.
        """
        calls = self._calls
        trust = tls.Trust(ca, (calls.cert_file, calls.key_file) if calls.cert_file else None)
        facts = {reality.CA: trust.words, reality.VERIFICATION: _verification(calls)}
        if facts[reality.VERIFICATION] != "on":
            return facts | {"api.tls": "certificates are not verified"}
        headers: dict[str, str] = {"Accept": "application/json"}
        path = f"{urlsplit(self.host).path.rstrip('/')}/api/v1/namespaces/kube-system"
        self.api.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
        answer = tls.ask(tls.Question(self.host, path, headers, calls.tls_server_name, calls.proxy), trust)
        return facts | answer.facts("api") | {reality.PROVEN: _uid_in(answer)}

    def create_job(self, namespace: str, body: Mapping[str, Json], **query: str) -> dict[str, Json]:
        """Create a Job exactly as it is given; answer what the server keeps.

        The client's own call reads it into its model first, which refuses a number as an amount (`cpu: 16`) and leaves
        out every field that the client is too old to know.

        Raises:
            ApiException: the server refused it.
        """
        path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        headers: dict[str, str] = {"Accept": _JSON, "Content-Type": _JSON, "User-Agent": str(self.api.user_agent)}
        self.api.update_params_for_auth(headers, [], ["BearerToken"], path, "POST", None)
        url = f"{self.host.rstrip('/')}{path}{'?' if query else ''}{urlencode(query)}"
        reply = self.api.rest_client.request("POST", url, headers=headers, body=dict(body), _request_timeout=TIMEOUT)
        data = reply.data or reply.read()
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise ApiException(http_resp=reply)
        return _object(strict_json.read(data))

    def may(self, right: Right) -> bool:
        """Ask whether we have a right.

        Raises:
            SubmitRefused: the API server has no access reviews.
        """
        resource, _, sub = right.resource.partition("/")
        asked = {"verb": right.verb, "group": right.group, "resource": resource, "namespace": right.namespace}
        if resource == "namespaces":
            asked["name"] = right.namespace
        if sub:
            asked["subresource"] = sub
        with mapped("access review"):
            answer = self.authorization.create_self_subject_access_review(
                {"spec": {"resourceAttributes": asked}}, _request_timeout=TIMEOUT
            )
        return bool(answer.status.allowed)


def _verification(calls: client.Configuration) -> str:
    if urlsplit(str(calls.host)).scheme != "https":
        return f"the endpoint {calls.host} is plain http"
    return "on" if calls.verify_ssl else "the kubeconfig says insecure-skip-tls-verify"


def _uid_in(answer: tls.Answer) -> str:
    if answer.tls != reality.VALIDATED or answer.status != 200:  # noqa: PLR2004 - HTTP
        return ""
    try:
        found = strict_json.read(answer.body)
    except strict_json.StrictError:
        return ""
    return str(part(found, "metadata").get("uid", "")) if isinstance(found, dict) else ""


def _settings(context: str | None) -> client.Configuration:
    settings = client.Configuration()
    settings.connection_pool_maxsize = 16
    # The client reads KUBECONFIG when it is imported; a sandbox of this very command is younger.
    file = os.environ.get("KUBECONFIG", config.KUBE_CONFIG_DEFAULT_LOCATION)
    with readable(file), overheard() as lines:
        config.load_kube_config(config_file=file, context=context, client_configuration=settings)
    if lines:
        raise no_credentials(file, lines[0])
    quiet_renewal(settings)
    settings.retries = False
    return settings


def default_namespace(context: str | None) -> str:
    """Give the namespace that a context of the kubeconfig names; `default` where it names none."""
    file = os.environ.get("KUBECONFIG", config.KUBE_CONFIG_DEFAULT_LOCATION)
    with readable(file):
        contexts, active = config.list_kube_config_contexts(config_file=file)
    chosen = next((known for known in contexts if known["name"] == context), active) if context else active
    return str((chosen or {}).get("context", {}).get("namespace") or "default")


@contextmanager
def mapped(action: str) -> Iterator[None]:
    """Turn the client's errors into ours, the original as cause."""
    try:
        yield
    except ApiException as error:
        message = f"{action}: HTTP {error.status} {reason_of(error)}"
        match error.status:
            case 429:
                raise Throttled(message) from error
            case 409:
                raise Conflict(message) from error
            case 400 | 403 | 404 | 422 | 501:  # 501: a stand-in's word for what it can't do
                raise SubmitRefused(message) from error
            case status if status == HTTPStatus.UNAUTHORIZED or (status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Unavailable(message) from error
            case _:
                raise BackendError(message) from error
    except urllib3.exceptions.HTTPError as error:
        message = f"{action}: {error}"
        raise Unreachable(message) from error


def reason_of(error: ApiException) -> str:
    """Give the API server's own message."""
    try:
        body = json.loads(error.body or "{}")
        return str(body.get("message") or error.reason)
    except (ValueError, AttributeError):
        return str(error.reason)


def read_json(response: Any) -> dict[str, Json]:  # noqa: ANN401 - urllib3's response type differs by version
    """Read a whole reply as strict JSON."""
    with response:
        return _object(strict_json.read(response.data))


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        message = "the API server answered something that is no object"
        raise BackendError(message)
    return value


__all__ = [
    "TIMEOUT",
    "ApiException",
    "Cluster",
    "Object",
    "default_namespace",
    "mapped",
    "read_json",
    "reason_of",
]
