"""A manifest goes through untouched: what is sent, less the listed mutations, is what the team wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from documents.apart import apart
from documents.shapes import ALL, EVERY_FIELD, IMAGE, SHAPES, job
from documents.standing import loaded, on_manifest, ordered, write

from harness.model.document import filled, restored
from harness.model.job import Delivery, SecretSource, SecretStore, Side
from harness.model.order import Order
from harness.platforms.documents import without_nulls
from harness.platforms.kubernetes import manifest
from harness.platforms.kubernetes.created import differences

JOB_OF = {
    "CronJob": lambda item: {**item["spec"]["jobTemplate"], "apiVersion": "batch/v1", "kind": "Job"},
    "Job": lambda item: item,
}


def asked_for(written: dict[str, Any]) -> dict[str, Any]:
    """Give the Job that `kubectl` would make of an object."""
    kind = written["kind"]
    if kind in JOB_OF:
        return dict(JOB_OF[kind](written))
    template = written["template"] if kind == "PodTemplate" else written
    labels = {"labels": template["metadata"]["labels"]}
    pod = {"metadata": labels, "spec": template["spec"]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": {"backoffLimit": 0, "template": pod}}


def sent(order: Order) -> dict[str, Any]:
    """Build the object that would be sent."""
    document = order.job.sides[order.run.side].document
    assert document is not None
    return dict(manifest.of_document(order, document, "d" * 64))


@pytest.mark.parametrize("name", ALL)
def test_what_is_sent_less_the_listed_mutations_is_the_manifest(tmp_path: Path, name: str) -> None:
    """Every difference lies where a mutation says so; each mutation has the manifest's value and the sent one."""
    repository = loaded(on_manifest(tmp_path, ALL[name], time_limit="10m"))
    order = ordered(repository, Side.LEGACY)
    made, written = sent(order), without_nulls(asked_for(ALL[name]))
    assert apart(made, written, [mutation.path for mutation in order.mutations]) == []
    tokens = {"<parity:run>": order.run.name, "<parity:run-id>": order.run.id, "<parity:spec>": "d" * 64}
    tokens |= {
        "<parity:campaign>": manifest.campaign_label(order.campaign),
        "<parity:image>": order.identity.image.reference,
    }
    assert restored(made, filled(order.mutations, tokens)) == written
    assert "<parity:" not in json.dumps(made)


def test_the_table_is_as_large_as_it_has_to_be() -> None:
    """Sixty shapes at least, ten of them with all fields of batch/v1 between them."""
    assert len(SHAPES) >= 60
    fields = {field for written in EVERY_FIELD.values() for field in written["spec"]}
    assert fields == {
        "activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "completionMode", "completions", "managedBy",
        "manualSelector", "maxFailedIndexes", "parallelism", "podFailurePolicy", "podReplacementPolicy", "selector",
        "successPolicy", "suspend", "template", "ttlSecondsAfterFinished",
    }  # fmt: skip


def test_every_change_has_a_name_of_the_list(tmp_path: Path) -> None:
    """Name and labels, namespace, shim, image, priority, replicas, deadline, retries and cleanup: nothing else."""
    kinds: set[str] = set()
    for number, written in enumerate(ALL.values()):
        order = ordered(loaded(on_manifest(tmp_path / str(number), written, time_limit="10m")), Side.LEGACY)
        kinds |= {mutation.why.partition(":")[0] for mutation in order.mutations}
    assert kinds == {
        "name", "labels", "namespace", "shim", "image", "priority", "replicas of a shadow", "deadline", "retries",
        "cleanup",
    }  # fmt: skip


def test_the_plain_job_has_these_mutations_and_no_other(tmp_path: Path) -> None:
    """The whole list, as `parity plan` and the page show it."""
    order = ordered(loaded(on_manifest(tmp_path, job())), Side.LEGACY)
    shown = [
        (".".join(map(str, mutation.path)), mutation.old, mutation.why.partition(":")[0])
        for mutation in order.mutations
    ]
    work = "spec.template.spec.containers.0"
    assert shown == [
        ("metadata.name", "train", "name"),
        ("metadata.namespace", None, "namespace"),
        ("metadata.labels", None, "labels"),
        ("metadata.labels.parity-harness/run", None, "labels"),
        ("spec.template.metadata", None, "labels"),
        ("spec.template.metadata.labels.parity-harness/run", None, "labels"),
        ("metadata.annotations", None, "labels"),
        ("spec.template.metadata.annotations", None, "labels"),
        ("spec.backoffLimit", None, "retries"),
        (f"{work}.image", IMAGE, "image"),
        (f"{work}.command", ["python", "train.py"], "shim"),
        ("spec.template.spec.volumes", None, "shim"),
        ("spec.template.spec.volumes.1", None, "shim"),
        (f"{work}.volumeMounts", None, "shim"),
        (f"{work}.volumeMounts.1", None, "shim"),
    ]


def test_without_the_shim_the_command_is_the_teams(tmp_path: Path) -> None:
    """A run without the shim has neither its volumes nor its command."""
    repository = loaded(on_manifest(tmp_path, job(args=["--alpha", "1"])))
    work = sent(ordered(repository, Side.LEGACY, shim=False))["spec"]["template"]["spec"]["containers"][0]
    assert (work["command"], work["args"]) == (["python", "train.py"], ["--alpha", "1"])
    assert "volumeMounts" not in work


def test_the_shim_starts_the_command_where_the_kubelet_fills_it_in(tmp_path: Path) -> None:
    """Arguments stay where they are: `$(POD_NAME)` is filled in by the kubelet, in the command and in them."""
    repository = loaded(on_manifest(tmp_path, SHAPES["references in arguments"]))
    work = sent(ordered(repository, Side.LEGACY))["spec"]["template"]["spec"]["containers"][0]
    assert work["command"] == ["python3", "/parity/shim.py", "/parity/spec.json", "d" * 64, "--", "python", "train.py"]
    assert work["args"] == ["--run=$(POD_NAME)", "$$(HOME)"]


def test_what_a_manifest_says_is_read_into_the_plan(tmp_path: Path) -> None:
    """Command, parameters, environment, secrets, image and resources; what only the cluster knows is left out."""
    variables = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "x$(A)$$"},
        {"name": "C", "value": "$(POD)"},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "hf"}}},
    ]
    asked = {"requests": {"cpu": "1500m", "memory": "2Gi"}, "limits": {"nvidia.com/gpu": 1}}
    written = job(args=["--alpha", "0.1", "--depth=3", "--out", "/x"], env=variables, resources=asked)
    found = loaded(on_manifest(tmp_path, written, parameters={"alpha": 0.1, "depth": 3})).jobs[0]
    side = found.sides[Side.LEGACY]
    assert side.command == ("python", "train.py", "--alpha", "0.1", "--depth=3", "--out", "/x")
    assert side.environment == {"A": "1", "B": "x1$"}
    assert side.secret_sources == {"TOKEN": SecretSource(SecretStore.KUBERNETES, "keys", "hf")}
    assert (side.parameters, side.reading.delivery) == ({"alpha": "0.1", "depth": "3"}, Delivery.ARGV)
    assert (found.image, found.time_limit_seconds) == (IMAGE, 600)
    assert (found.resources.cpu, found.resources.memory_bytes, found.resources.gpu) == (1.5, 2 * 1024**3, 1)
    other = found.sides[Side.CANDIDATE]
    assert other.parameters == {"alpha": 0.1, "depth": 3}
    assert (side.document is not None, other.document) == (True, None)


def test_a_command_that_the_image_has_is_the_entrys(tmp_path: Path) -> None:
    """The shim has to know what to start; the change is listed, and the arguments stay the manifest's."""
    written = job(args=["--alpha", "1"])
    del written["spec"]["template"]["spec"]["containers"][0]["command"]
    repository = loaded(on_manifest(tmp_path, written, legacy={"command": ["/entrypoint.sh"]}))
    order = ordered(repository, Side.LEGACY)
    work = sent(order)["spec"]["template"]["spec"]["containers"][0]
    assert (work["command"][-2:], work["args"]) == (["--", "/entrypoint.sh"], ["--alpha", "1"])
    assert repository.jobs[0].sides[Side.LEGACY].command == ("/entrypoint.sh", "--alpha", "1")
    assert [mutation.old for mutation in order.mutations if "leaves to the image" in mutation.why] == [None]


def test_the_works_image_is_pinned_in_every_container_that_names_it(tmp_path: Path) -> None:
    """Another image is the team's own, and stays as it is written."""
    image = job()["spec"]["template"]["spec"]["containers"][0]["image"]
    init = [{"name": "prepare", "image": image}, {"name": "fetch", "image": "other:1"}]
    order = ordered(loaded(on_manifest(tmp_path, job(pod={"initContainers": init}))), Side.LEGACY)
    pod = sent(order)["spec"]["template"]["spec"]
    pinned = pod["containers"][0]["image"]
    assert pinned != image
    assert [container["image"] for container in pod["initContainers"]] == [pinned, "other:1"]
    assert [mutation.old for mutation in order.mutations if mutation.why.startswith("image")] == [image, image]


def test_a_redirected_effect_changes_the_variable_wherever_it_is(tmp_path: Path) -> None:
    """In the work, in sidecars and in init containers; the old value is listed."""
    table = [{"name": "TABLE", "value": "scores"}]
    written = job(pod={"initContainers": [{"name": "seed", "image": "x", "env": table}]}, env=table)
    effect = {"kind": "table", "target": "scores", "policy": "redirect", "redirect_environment": {"TABLE": "shadow"}}
    order = ordered(loaded(on_manifest(tmp_path, written, effects=[effect])), Side.LEGACY)
    pod = sent(order)["spec"]["template"]["spec"]
    assert [container["env"] for container in (*pod["containers"], *pod["initContainers"])] == [
        [{"name": "TABLE", "value": "shadow"}]
    ] * 2
    assert [mutation.old for mutation in order.mutations if mutation.why.startswith("effects")] == table * 2


def test_a_deadline_is_lowered_to_the_entrys_and_never_raised(tmp_path: Path) -> None:
    """A run of a campaign has a limit; a manifest's own stays where it is the shorter one."""
    for number, (limit, seconds) in enumerate([("5m", 300), ("10m", 600), ("1h", 600)]):
        order = ordered(loaded(on_manifest(tmp_path / str(number), job(), time_limit=limit)), Side.LEGACY)
        assert sent(order)["spec"]["activeDeadlineSeconds"] == seconds


def test_a_priority_class_of_the_entry_takes_the_manifests_place(tmp_path: Path) -> None:
    """Without one the class is taken away, so that production never waits."""
    for number, (settings, found) in enumerate([({}, None), ({"priority_class": "low"}, "low")]):
        file = on_manifest(tmp_path / str(number), SHAPES["a priority class"])
        data = json.loads(file.read_text())
        data["repositories"]["wine"]["legacy"].update(settings)
        file.write_text(json.dumps(data))
        pod = sent(ordered(loaded(file), Side.LEGACY))["spec"]["template"]["spec"]
        assert pod.get("priorityClassName") == found


def test_one_of_several_jobs_is_chosen_by_name(tmp_path: Path) -> None:
    """A file may hold several documents, Lists and CronJobs."""
    several = "\n---\n".join(json.dumps(item) for item in ({"kind": "ServiceAccount"}, SHAPES["a CronJob"], job()))
    listed = {"apiVersion": "v1", "kind": "List", "items": [job(), job(metadata={"name": "other"}, args=["x"])]}
    for name, content, taken in (
        ("a.yaml#nightly", several, "CronJob nightly: spec.jobTemplate"),
        ("a.yaml#Job/train", several, "Job train"),
        ("b.yaml#other", listed, "Job other"),
    ):
        folder = tmp_path / name.replace("/", "-")
        file = write(folder, {name.partition("#")[0]: content}, image=None, legacy={"manifest": name})
        document = loaded(file).jobs[0].sides[Side.LEGACY].document
        assert document is not None
        assert (document.name, document.taken) == (name, taken)


def test_numbers_are_read_as_kubectl_reads_them(tmp_path: Path) -> None:
    """0440 is octal in YAML 1.1: it is 288, and not 440."""
    text = f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: train}}
spec:
  activeDeadlineSeconds: 600
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: {IMAGE}, command: [python, train.py]}}]
      volumes: [{{name: keys, secret: {{secretName: keys, defaultMode: 0440}}}}]
"""
    pod = sent(ordered(loaded(on_manifest(tmp_path, text)), Side.LEGACY))["spec"]["template"]["spec"]
    assert pod["volumes"][0]["secret"]["defaultMode"] == 0o440


def test_the_evidence_does_not_need_the_file_later(tmp_path: Path) -> None:
    """The document lies in the repository's own value, with the file's digest."""
    file = on_manifest(tmp_path, job())
    repository = loaded(file)
    (tmp_path / "k8s/train.yaml").unlink()
    document = repository.jobs[0].sides[Side.LEGACY].document
    assert document is not None
    assert dict(document.content) == job()
    assert document.digest.startswith("sha256:")
    assert differences(sent(ordered(repository, Side.LEGACY)), sent(ordered(repository, Side.LEGACY))) == ()
