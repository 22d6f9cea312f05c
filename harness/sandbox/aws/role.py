"""How a job gets its role: the container credential provider that AWS clients ask, answered on loopback.

A real container reads AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and asks a link-local address. Here
AWS_CONTAINER_CREDENTIALS_FULL_URI does the same (clients allow it for loopback), with the secret of
AWS_CONTAINER_AUTHORIZATION_TOKEN that clients send along, and AWS_ENDPOINT_URL leads to the sandbox; a real job has
none of them. A job with network isolation gets no role, as on the service.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote, unquote

from harness.sandbox import door
from harness.sandbox.aws import keys
from harness.sandbox.aws.emulator import assume
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.wire import Home

PREFIX = "/parity-role/"
_PARTS = 4


class RolePath:
    """Hands out temporary credentials of the roles that jobs were created with."""

    def __init__(self, url: str) -> None:
        """Remember where the sandbox answers; the token is known to its jobs only."""
        self._url, self._token = url, secrets.token_hex(16)

    def environment(self, job: Job) -> Mapping[str, str]:
        """Give what the job's container needs to find its role."""
        if job.role is None:
            return {}
        role = quote(job.role, safe="")
        path = f"{PREFIX}{job.home.account}/{job.home.region}/{quote(job.name)}/{role}"
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self._url + path,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._token,
            "AWS_ENDPOINT_URL": self._url,
        }

    def refusal(self, environ: Mapping[str, object]) -> keys.Refused | None:
        """Refuse whoever is no job of this sandbox."""
        if door.same(str(environ.get("HTTP_AUTHORIZATION", "")), self._token):
            return None
        return keys.stranger("credentials of a role are given to the sandbox's own jobs only")

    @staticmethod
    def serves(path: str) -> bool:
        """Tell whether a request is for credentials."""
        return path.startswith(PREFIX)

    @staticmethod
    def answer(path: str) -> bytes:
        """Make credentials as the container provider's protocol wants them."""
        account, region, name, role = unquote(path.removeprefix(PREFIX)).split("/", _PARTS - 1)
        made = assume(Home(account, region), role, f"SageMaker-{name}"[:64])
        reply = {
            "RoleArn": role,
            "AccessKeyId": made.access_key,
            "SecretAccessKey": made.secret_key,
            "Token": made.token,
            "Expiration": made.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return json.dumps(reply).encode()
