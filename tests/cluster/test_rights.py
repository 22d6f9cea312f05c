"""The backend under the committed RBAC manifest: it does all it has to, and without any one right it does not."""

from __future__ import annotations

import copy
import json
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from legacy_story import Story

from harness.backends.base import Health
from harness.backends.kubernetes import doctor, rights
from harness.platforms.kubernetes.home import KubernetesHome

NEEDED = rights.needed("parity")
WAIT_SECONDS = 30.0
AT_ONCE = 6


def name_of(number: int) -> str:
    """Name the namespace in which one right is missing; the last one misses none."""
    return f"rights-{number}"


@pytest.fixture(scope="module")
def told(cluster: Path, image: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, tuple[str, list[str]]]:
    """Tell the story in as many namespaces as there are rights, one right missing in each, and in one with all."""
    numbers, folder = range(len(NEEDED) + 1), tmp_path_factory.mktemp("rights")
    for number in numbers:
        kubectl(cluster, "create", "namespace", name_of(number))
    items = [item for number in numbers for item in lacking(name_of(number), number)]
    kubectl(cluster, "apply", "-f", "-", given={"apiVersion": "v1", "kind": "List", "items": items})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig(cluster, folder, [name_of(number) for number in numbers])))
        for name, value in {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "word"}.items():
            patch.setenv(name, value)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda each: tell(each, image, folder), numbers))
    kubectl(cluster, "delete", "namespace", "--wait=false", *map(name_of, numbers))
    return dict(zip(numbers, found, strict=True))


def place_of(number: int) -> str:
    """Name the namespace that the missing right is about."""
    return NEEDED[number].namespace if NEEDED[number].namespace == "kube-system" else name_of(number)


def missing(number: int) -> str:
    """Write what the doctor should say."""
    return f"we may not: {NEEDED[number].verb} {NEEDED[number].resource} in {place_of(number)}"


def lacking(namespace: str, number: int) -> list[Any]:
    """Write a namespace's manifest without its right of that number."""
    items: list[Any] = copy.deepcopy(rights.manifest([namespace])["items"])  # type: ignore[arg-type]
    if number < len(NEEDED):
        gone, place = NEEDED[number], place_of(number)
        (role,) = (item for item in items if (item["kind"], item["metadata"]["namespace"]) == ("Role", place))
        (rule,) = (rule for rule in role["rules"] if rule["resources"] == [gone.resource])
        rule["verbs"].remove(gone.verb)
        role["rules"] = [rule for rule in role["rules"] if rule["verbs"]]
    return items


def kubectl(cluster: Path, *arguments: str, given: object = None) -> str:
    """Run kubectl as the administrator."""
    command = ["kubectl", f"--kubeconfig={cluster}", *arguments]
    stdin = None if given is None else json.dumps(given)
    return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout


def kubeconfig(cluster: Path, folder: Path, namespaces: list[str]) -> Path:
    """Write a kubeconfig with one context a namespace, each with a token of the service account there."""
    written = json.loads(kubectl(cluster, "config", "view", "--raw", "--flatten", "-o", "json"))
    place = written["clusters"][0]["name"]
    tokens = {
        namespace: kubectl(cluster, "create", "token", "parity-harness", "-n", namespace).strip()
        for namespace in namespaces
    }
    written["users"] = [{"name": each, "user": {"token": token}} for each, token in tokens.items()]
    written["contexts"] = [
        {"name": namespace, "context": {"cluster": place, "user": namespace}} for namespace in namespaces
    ]
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(written | {"current-context": ""}), encoding="utf-8")
    return path


def tell(number: int, image: str, folder: Path) -> tuple[str, list[str]]:
    """Wait until the roles hold, which takes the API server a moment; then tell the story."""
    namespace, wanted = name_of(number), missing(number) if number < len(NEEDED) else ""
    ends, said = time.monotonic() + WAIT_SECONDS, "-"
    while said != wanted and time.monotonic() < ends:
        said = doctored(namespace)
        time.sleep(0.2)
    mine = folder / namespace
    mine.mkdir()
    return said, list(Story(namespace, namespace, image, mine).tell())


def doctored(namespace: str) -> str:
    """Ask the doctor what is missing."""
    home = KubernetesHome(namespace, namespace, None, "s3://staging/", None, None)
    bad = [symptom for symptom in doctor.check(home) if symptom.health is not Health.GOOD]
    return next((symptom.text for symptom in bad if symptom.subject == "rights"), "")


def test_the_manifest_is_enough(told: Mapping[int, tuple[str, list[str]]]) -> None:
    """Under the service account nothing fails, nothing is left out and no watch is blind; the doctor agrees."""
    assert told[len(NEEDED)] == ("", [])


@pytest.mark.parametrize("number", range(len(NEEDED)), ids=[right.words for right in NEEDED])
def test_no_right_is_too_many(number: int, told: Mapping[int, tuple[str, list[str]]]) -> None:
    """Without it something fails, and the doctor names it, and no other."""
    said, complaints = told[number]
    assert said == missing(number)
    assert complaints != []
