"""A SOCI index is looked up in ECR beside the image: found, not there, or not known; it is never guessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from harness.backends.aws import Account, Clients
from harness.backends.soci import INDEX_TYPES, look_up

if TYPE_CHECKING:
    from conftest import Cloud

ACCOUNT = "123456789012"
NAME = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/notebook"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
SUBJECT = f"sha256:{'4' * 64}"


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Reach the AWS half, with a repository for notebook images that is gone afterwards."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    made = Clients(Account(ACCOUNT, "us-east-1", None, cloud.url), attempts_max=1)
    made("ecr").create_repository(repositoryName="notebook")
    yield made
    made("ecr").delete_repository(repositoryName="notebook", force=True)


def push(clients: Clients, tag: str, manifest: dict[str, Any]) -> str:
    """Push a manifest; give its digest."""
    text = json.dumps({"schemaVersion": 2, **manifest})
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    media, named = manifest["mediaType"], {"imageTag": tag, "imageDigest": digest}
    clients("ecr").put_image(repositoryName="notebook", imageManifest=text, imageManifestMediaType=media, **named)
    return digest


def image() -> dict[str, Any]:
    """Write the manifest of an image."""
    return {"mediaType": IMAGE, "config": {"digest": f"sha256:{'1' * 64}"}, "layers": []}


def index(*types: str) -> dict[str, Any]:
    """Write an OCI index over one artifact of each type."""
    listed = [{"mediaType": IMAGE, "digest": f"sha256:{'2' * 64}", "artifactType": name} for name in types]
    return {"mediaType": INDEX, "manifests": listed}


def said(clients: Clients, reference: str = f"{NAME}:1") -> tuple[bool | None, str]:
    """Look up and give what was found and said."""
    seen = look_up(clients, reference)
    assert seen.reference == reference
    return seen.found, seen.said


def test_an_index_of_version_2_lies_in_the_images_own_index(clients: Clients) -> None:
    """Tag and digest name the same; the artifact beside the image says what it is."""
    digest = push(clients, "1", index("", INDEX_TYPES[1]))
    bound = (True, "a SOCI index is bound into the image's own index")
    assert [said(clients), said(clients, f"{NAME}@{digest}")] == [bound, bound]


def test_an_index_of_version_1_refers_to_the_image_by_the_fallback_tag(clients: Clients) -> None:
    """`sha256-…` of OCI distribution 1.1; control: a signature under that tag is no index."""
    digest = push(clients, "1", image())
    push(clients, digest.replace(":", "-"), index("application/vnd.cncf.notary.signature"))
    assert said(clients)[0] is None
    push(clients, digest.replace(":", "-"), index("application/vnd.cncf.notary.signature", INDEX_TYPES[0]))
    assert said(clients) == (True, f"a SOCI index refers to {digest[:19]}… by tag")


def test_a_registry_that_cannot_list_referrers_leaves_it_unknown(clients: Clients) -> None:
    """The emulator lacks that call; nothing is made of the silence."""
    push(clients, "1", image())
    found, text = said(clients)
    assert found is None
    assert text.startswith("the lookup failed: ecr list-image-referrers notebook: UnsupportedOperation")


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        (f"{NAME}:2", "the image is not in the registry"),
        ("registry.example/notebook:1", "only an image in ECR can be looked up"),
        (f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/nowhere:1", "RepositoryNotFoundException"),
    ],
)
def test_what_cannot_be_looked_up_is_said(clients: Clients, reference: str, text: str) -> None:
    """A missing image, another registry, a missing repository."""
    found, told = said(clients, reference)
    assert (found, text in told) == (None, True), told


def referrers(*pages: list[dict[str, Any]]) -> Clients:
    """Script the service's own list of referrers, held to the API model by the client library."""
    made = Clients(Account(ACCOUNT, "us-east-1", None, "http://127.0.0.1:9"), attempts_max=1)
    stub = Stubber(made("ecr"))
    text = json.dumps(image())
    stub.add_response("batch_get_image", {"images": [{"imageId": {"imageDigest": SUBJECT}, "imageManifest": text}]})
    stub.add_response("batch_get_image", {"images": []})
    for number, page in enumerate(pages, start=1):
        more = {"nextToken": f"page {number}"} if number < len(pages) else {}
        asked = {"nextToken": f"page {number - 1}"} if number > 1 else {}
        expected = {"subjectId": {"imageDigest": SUBJECT}, "filter": {"artifactTypes": list(INDEX_TYPES)}}
        named = {"registryId": ACCOUNT, "repositoryName": "notebook"}
        stub.add_response("list_image_referrers", {"referrers": page, **more}, {**named, **expected, **asked})
    if not pages:
        stub.add_client_error("list_image_referrers", "AccessDeniedException", "no right to ecr:BatchGetImage", 400)
    stub.activate()
    return made


def referrer(kind: str) -> dict[str, Any]:
    """Write one entry of the list."""
    return {"digest": f"sha256:{'3' * 64}", "mediaType": IMAGE, "artifactType": kind, "size": 1}


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([[], [referrer(INDEX_TYPES[0])]], (True, f"a SOCI index refers to {SUBJECT[:19]}…")),
        ([[referrer("application/spdx+json")]], (False, "no SOCI index lies beside it")),
        ([], (None, "the lookup failed: ecr list-image-referrers notebook: AccessDeniedException")),
    ],
    ids=["found on the second page", "not there", "denied"],
)
def test_the_services_own_list_decides(pages: list[Any], expected: tuple[bool | None, str]) -> None:
    """Found, surely not there, or refused: three different answers."""
    found, text = said(referrers(*pages))
    assert (found, text[: len(expected[1])]) == expected
