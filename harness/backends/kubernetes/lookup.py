"""Looks a Job's needs up in its namespace before anything is made there. Only that they are there: no value is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.backends.kubernetes.client import TIMEOUT, ApiException, Cluster, mapped, read_json
from harness.errors import BackendError
from harness.fields.paths import key_path
from harness.model.job import Json
from harness.platforms.json_parts import mappings, part
from harness.platforms.kubernetes.quotas import refusals
from harness.platforms.kubernetes.references import ACCOUNT, CLAIM, CONFIG_MAP, SECRET, Reference, references

_WORDS = {
    CONFIG_MAP: "config_map",
    SECRET: "secret",
    CLAIM: "persistent_volume_claim",
    ACCOUNT: "service_account",
}
"""Kind → what the client's methods call it."""
_ONE_WRITER = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
ROLE = "eks.amazonaws.com/role-arn"
"""Annotation of a service account whose pods assume a role of AWS (EKS, IAM roles for service accounts)."""
_UNSEEN = frozenset({403, 404, 405, 501})
"""HTTP: we may not look, or the server has no such kind."""
_CLEANED = ".metadata |= {name, labels, annotations}"
"""What jq does to an object so that it can be created elsewhere."""


def missing(cluster: Cluster, namespace: str, job: Mapping[str, Json], source: str, *, own: str) -> Iterator[str]:
    """Say what a Job needs and its namespace lacks, each with a command that mends it.

    `source`: the namespace that the team's own job runs in, as far as the document says. `own`: the name of the objects
    that are made with the Job. What may not be looked at is left to the run.
    """
    for reference in references(job):
        if reference.name == own:
            continue
        found = _find(cluster, namespace, reference)
        if found is None:
            yield f"{_where(reference)} is not in namespace {namespace}{_copy(reference, namespace, source)}"
        elif reference.kind == CONFIG_MAP and reference.key:
            keys = {**part(found, "data"), **part(found, "binaryData")}
            if reference.key not in keys:
                yield f"{_where(reference)} in namespace {namespace} has no key {reference.key}"
        elif reference.kind == CLAIM and (user := _user(cluster, namespace, reference.name, found)):
            modes = ", ".join(map(str, _modes(found)))
            yield f"{_where(reference)} takes one writer ({modes}), and pod {user} uses it: name a copy of it"
        elif reference.kind == ACCOUNT and source not in {"", namespace}:
            theirs = _find(cluster, source, reference) if found else None
            if (role := _role(theirs or {})) and not _role(found):
                yield _without_role(reference, namespace, source, role)
    yield from refusals(job, *(_all(cluster, namespace, kind) for kind in ("resource_quota", "limit_range")))


def _without_role(reference: Reference, namespace: str, source: str, role: str) -> str:
    """Tell of an account that assumes no role of AWS where the team's own does; another role is as good."""
    annotate = f"kubectl annotate serviceaccount {reference.name} -n {namespace} {ROLE}=ARN"
    who = f"{_where(reference)} in namespace {namespace} assumes no role of AWS"
    return f"{who}, that of namespace {source} assumes {role}: {annotate}, of a role for runs beside production"


def _role(account: Mapping[str, Json]) -> str:
    return str(part(part(account, "metadata"), "annotations").get(ROLE) or "")


def _all(cluster: Cluster, namespace: str, kind: str) -> list[dict[str, Json]]:
    """List the objects of a kind; none where we may not look."""
    try:
        with mapped(f"list {kind} in {namespace}"):
            read = getattr(cluster.core, f"list_namespaced_{kind}")
            return mappings(read_json(read(namespace, _preload_content=False, _request_timeout=TIMEOUT)).get("items"))
    except BackendError as error:
        if isinstance(error.__cause__, ApiException) and error.__cause__.status in _UNSEEN:
            return []
        raise


def _find(cluster: Cluster, namespace: str, reference: Reference) -> dict[str, Json] | None:
    """Read an object, a Secret without its content; empty: we may not look. None: it is not there."""
    whole = reference.kind == CLAIM or (reference.kind == CONFIG_MAP and reference.key)
    try:
        with mapped(f"read {reference.kind} {reference.name}"):
            read = getattr(cluster.core if whole else cluster.metadata, f"read_namespaced_{_WORDS[reference.kind]}")
            return read_json(read(reference.name, namespace, _preload_content=False, _request_timeout=TIMEOUT))
    except BackendError as error:
        status = error.__cause__.status if isinstance(error.__cause__, ApiException) else None
        if status == 404:  # noqa: PLR2004 - HTTP
            return None
        if status == 403:  # noqa: PLR2004 - HTTP
            return {}
        raise


def _modes(claim: Mapping[str, Json]) -> list[Json]:
    found = part(claim, "spec").get("accessModes")
    return found if isinstance(found, list) else []


def _user(cluster: Cluster, namespace: str, claim: str, found: Mapping[str, Json]) -> str:
    """Name a pod that uses a claim of one writer; empty: none does, or it takes several."""
    if not _modes(found) or not set(map(str, _modes(found))) <= _ONE_WRITER:
        return ""
    pods = cluster.core.list_namespaced_pod(namespace, _request_timeout=TIMEOUT).items
    for pod in pods:
        claims = [volume.persistent_volume_claim for volume in pod.spec.volumes or ()]
        if pod.status.phase in {"Pending", "Running"} and claim in [held.claim_name for held in claims if held]:
            return str(pod.metadata.name)
    return ""


def _where(reference: Reference) -> str:
    return f"{key_path(reference.path)}: {reference.kind} {reference.name}"


def _copy(reference: Reference, namespace: str, source: str) -> str:
    """Give the command that copies an object; a claim's data is nobody's to copy by a command of ours."""
    if reference.kind == CLAIM:
        return ": make a claim of that name with the same data, from a snapshot for example"
    fetch = f"kubectl get {reference.kind.lower()} {reference.name} -n {source or 'NAMESPACE'} -o json"
    return f": {fetch} | jq '{_CLEANED}' | kubectl apply -n {namespace} -f -"
