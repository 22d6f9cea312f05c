"""Reading a raw HTTP request: which service, operation, account, region and subject it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from harness.sandbox.aws.wire import REGION

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_S3_QUERY = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "uploadId"): "ListParts",
    ("GET", "versions"): "ListObjectVersions",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("POST", "delete"): "DeleteObjects",
    ("PUT", "partNumber"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
_SUBJECTS = (
    *("TrainingJobName", "ProcessingJobName", "TransformJobName", "ModelName"),
    *("ResourceArn", "QueueUrl", "QueueName", "Rule", "Name"),
)
_S3_VERB = {"GET": "Get", "PUT": "Put", "HEAD": "Head", "DELETE": "Delete", "POST": "Post"}

Environ = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """What a request is about."""

    api: str
    operation: str
    region: str
    access_key: str


def read(environ: Environ) -> Request:
    """Read what a request's head says; where the operation travels in a form body it stays empty here."""
    method, path = str(environ.get("REQUEST_METHOD")), str(environ.get("PATH_INFO", ""))
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    signed = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if signed is None:  # presigned: the same scope travels in the query
        signed = _CREDENTIAL.search("Credential=" + unquote((query.get("X-Amz-Credential") or [""])[0]))
    key = (
        signed["key"] if signed else (query.get("AWSAccessKeyId") or [""])[0]
    )  # presigned by version 2, which S3 takes
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    service = signed["service"] if signed else ("sagemaker" if target.startswith("SageMaker.") else "s3")
    operation = target.rpartition(".")[2] if target else _s3_operation(method, path, query) if service == "s3" else ""
    return Request(service, operation, signed["region"] if signed else REGION, key)


def _s3_operation(method: str, path: str, query: Mapping[str, object]) -> str:
    for (verb, mark), name in _S3_QUERY.items():
        if verb == method and mark in query:
            return name
    bucket, _, key = path.lstrip("/").partition("/")
    if key:
        return _S3_VERB.get(method, method) + "Object"
    if not bucket:
        return "ListBuckets"
    return {"GET": "ListObjects", "PUT": "CreateBucket"}.get(method, _S3_VERB.get(method, method) + "Bucket")


def subject(request: Request, path: str, body: Mapping[str, object]) -> str:
    """Name what a request is about: a job, a key, a queue, a rule."""
    if request.api == "s3":
        return path.lstrip("/")
    for field in _SUBJECTS:
        value = body.get(field)
        if isinstance(value, str):
            return value.rpartition("/")[2] if field in {"QueueUrl", "ResourceArn"} else value
    for field in ("logStreamName", "logStreamNamePrefix", "logGroupName", "repositoryName"):
        if isinstance(body.get(field), str):
            return str(body[field])
    return ""
