"""What a job needs of a sandbox is said as the command that gives it; where its code stands is read of its command."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents.shapes import IMAGE, job
from documents.standing import loaded, on_manifest, write

from harness.campaign.sandbox_content import SandboxContent, data_of, objects_of
from harness.cli.sandbox_needs import command_of, with_places
from harness.cli.sandboxes import SandboxWanted
from harness.config.load import check, load
from harness.config.references import at_a_sandbox
from harness.errors import Refused
from harness.sandbox.images import folder_of

INIT = {"name": "prepare", "image": "docker.io/library/busybox:1.36", "command": ["true"]}
NEEDY = job(
    pod={
        "serviceAccountName": "trainer",
        "initContainers": [INIT],
        "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "rows"}}],
    },
    envFrom=[{"configMapRef": {"name": "settings"}}],
    command=["python", "/srv/app/src/train.py"],
)
OBJECTS = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: 5a1b}, data: {k: v}}
- {apiVersion: v1, kind: Service, metadata: {name: b}}
---
apiVersion: v1
kind: Secret
metadata: {name: c}
"""


def test_a_command_names_images_claims_and_objects_of_a_manifest(tmp_path: Path) -> None:
    """Each once, images without their registry; what only the team has is a word to replace."""
    repository = loaded(on_manifest(tmp_path, NEEDY))
    assert command_of(repository) == (
        "parity run wine --sandbox --image wine:1=PATH --image library/busybox:1.36=PATH --data claim:rows=PATH"
        " --objects FILE  # FILE: ConfigMap settings, ServiceAccount trainer"
    )


def test_a_command_names_the_inputs_of_a_job_that_is_written_short(tmp_path: Path) -> None:
    """And no objects where nothing asks for any."""
    inputs = {"train": {"uri": "s3://acme/train", "pin": "1", "path": {"legacy": "/data"}}}
    repository = loaded(write(tmp_path, {}, inputs=inputs))
    assert command_of(repository) == "parity run wine --sandbox --image wine:1=PATH --data s3://acme/train=PATH"


@pytest.mark.parametrize(
    ("file", "place"), [("src/train.py", ":/srv/app"), ("train.py", ":/srv/app/src"), ("x.py", "")]
)
def test_where_an_image_has_its_folder_is_read_of_the_commands(tmp_path: Path, file: str, place: str) -> None:
    """By the longest end of a word that is a file of the folder; none where no word is."""
    code = tmp_path / "code"
    (code / file).parent.mkdir(parents=True)
    (code / file).touch()
    repository = loaded(on_manifest(tmp_path, NEEDY))
    assert with_places((f"wine:1={code}",), (repository,)) == (f"wine:1={code}{place}",)
    assert with_places((f"wine:1={code}:/own", f"other:1={code}"), (repository,)) == (
        f"wine:1={code}:/own",
        f"other:1={code}",
    )
    assert folder_of(f"{code}:/own/") == (code, "/own")
    assert folder_of(str(code)) == (code, "")


def test_data_is_a_place_and_a_path_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either may hold an equals sign, as folders of partitions do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "day=1").mkdir()
    assert data_of("s3://acme/t/day=1=day=1") == ("s3://acme/t/day=1", Path("day=1"))
    assert data_of("claim:rows=day=1") == ("claim:rows", Path("day=1"))
    for wrong in ("s3://acme/t=nothing", "acme/t=day=1", "claim:=day=1", "s3://=day=1"):
        with pytest.raises(Refused, match="expected S3_URI=PATH or claim:NAME=PATH"):
            data_of(wrong)


def test_of_a_rendered_chart_only_what_a_pod_may_name_is_taken(tmp_path: Path) -> None:
    """In lists and in several documents; a file with none of it is refused with what it holds."""
    file = tmp_path / "rendered.yaml"
    file.write_text(OBJECTS)
    names = [(item["kind"], item["metadata"]) for item in objects_of([file])]
    assert names == [("ConfigMap", {"name": "a", "uid": "5a1b"}), ("Secret", {"name": "c"})]
    assert SandboxWanted(objects=(file,)).content() == SandboxContent((), objects_of([file]))
    file.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: b}\n")
    with pytest.raises(Refused, match="holds Service; expected ConfigMaps, Secrets"):
        objects_of([file])


def test_the_sample_image_is_the_one_that_manifests_name() -> None:
    """Else the first test would compare nothing."""
    assert IMAGE.endswith("/wine:1")


def test_where_an_image_has_its_folder_is_read_of_the_folder_that_its_work_starts_in(tmp_path: Path) -> None:
    """A relative path in the command is a file of the folder, or the image stands elsewhere."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "train.py").touch()
    for words, folder, place in (
        (["python", "train.py"], "/workspace", ":/workspace"),
        (["python", "other.py"], "/workspace", ""),
        (["python", "train.py"], "/", ""),
    ):
        repository = loaded(on_manifest(tmp_path, job(command=words, workingDir=folder)))
        assert with_places((f"wine:1={code}",), (repository,)) == (f"wine:1={code}{place}",)


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("ghcr.io/acme/mlp:2024.1", "acme/mlp:2024.1"),
        ("bi/report:9", "bi/report:9"),
        ("localhost:5000/x", "x"),
        ("555555555555.dkr.ecr.eu-west-1.amazonaws.com/etl:7", "etl:7"),
    ],
)
def test_a_sandbox_has_a_tag_of_any_registry_that_real_platforms_ask_ecr_for(
    written: str, there: str, tmp_path: Path
) -> None:
    """Under its name without the registry, as `--image` names it; for a real run it has to be pinned, or in ECR."""
    path = write(tmp_path, {}, image=written)
    assert load(path, sandbox=True)[0].jobs[0].image == written
    assert [problem.key.rpartition(".")[2] for problem in check(path)] == (
        ["image"] if "amazonaws" not in written else []
    )
    [job_there] = at_a_sandbox(load(path, sandbox=True)[0], "123456789012", "us-east-1").jobs
    assert job_there.image == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{there}"
