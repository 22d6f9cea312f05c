"""Hostile documents for the commands that read one: explain, check-config, init, and names on the command line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attack import nasty
from attack.case import Case

from harness.cli.main import parity

TESTS = Path(__file__).parents[1]
RECORDED = TESTS / "recorded"
REQUEST: dict[str, Any] = {
    "TrainingJobName": "wine-1",
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wine:1",
        "TrainingInputMode": "File",
    },
    "RoleArn": "arn:aws:iam::123456789012:role/wine",
    "HyperParameters": {"depth": "3"},
    "OutputDataConfig": {"S3OutputPath": "s3://wine/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    "Environment": {"A": "1"},
}  # fmt: skip
JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "train", "namespace": "ml", "labels": {"app": "train"}},
    "spec": {
        "backoffLimit": 0,
        "activeDeadlineSeconds": 600,
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [
                    {
                        "name": "main",
                        "image": "registry.example/train:1",
                        "command": ["python", "train.py"],
                        "args": ["--depth", "3"],
                        "env": [{"name": "A", "value": "1"}],
                        "resources": {"requests": {"cpu": "2", "memory": "4Gi"}},
                    }
                ],
            }
        },
    },
}
ALIASES = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%b]\n" % (98 + level, 98 + level, b",".join([b"*%c" % (97 + level)] * 9)) for level in range(9)
)
"""A few hundred bytes of YAML that are 387 million values when they are walked."""
YAML: dict[str, bytes] = {
    "aliases": ALIASES,
    "tag": b"repositories: !!python/object/apply:os.system ['touch ../outside/escaped']\n",
    "deep flow": b"repositories: " + b"[" * 5000,
    "deep block": b"".join(b" " * level + b"a:\n" for level in range(3000)),
    "name twice": b"repositories: {}\nrepositories: {}\n",
    "merge": b"a: &a {b: 1}\nrepositories: {<<: *a, <<: [*a, *a]}\n",
    "tab": b"repositories:\n\twine: {}\n",
    "two documents": b"repositories: {}\n---\nrepositories: {}\n",
    "nothing": b"",
    "no text": bytes(range(256)) * 8,
    "ten megabytes": b"repositories:\n" + b"".join(b"  w%d: {owner: x}\n" % number for number in range(500_000)),
    "a list": b"- 1\n- 2\n",
    "an anchor of itself": b"repositories: &a [*a]\n",
    "a number": b"7\n",
    "old octal and yes": b"repositories: {yes: {owner: 010, tier: on}}\n",
    "long key": b"? " + b"k" * 200_000 + b"\n: 1\n",
    "carriage returns": b"repositories:\r  wine:\r    owner: x\r",
}


def told(*words: str) -> Callable[[], object]:
    """Run `parity` with these words."""
    return lambda: parity(list(words), prog_name="parity")


def records() -> list[tuple[str, Any]]:
    """Read recorded records of both platforms, the smaller half of them."""
    files = [*RECORDED.glob("kubernetes/*.json"), *RECORDED.glob("sagemaker/*.json")]
    return [(path.stem, json.loads(path.read_bytes())) for path in sorted(files)]


def explained(draw: random.Random, count: int) -> Iterator[Case]:
    """Files of records for `parity explain`."""
    known = records()
    for _ in range(count):
        name, document = draw.choice(known)
        kind, data = nasty.spoiled(document, draw)
        words = ("explain", "records.json", *(["--json"] if draw.random() < 0.5 else []))
        yield Case("explain", f"{name}: {kind}", told(*words), {"records.json": data}, codes=frozenset({0, 2}))


def many_objects(count: int) -> Iterator[Case]:
    """One job of very many pods: more work than one of a few, and no more than that."""
    job = {**JOB, "metadata": {**JOB["metadata"], "uid": "j"}}
    owner = [{"kind": "Job", "uid": "j", "name": "train", "controller": True}]
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{n}", "uid": f"u{n}", "ownerReferences": owner}}
        for n in range(count)
    ]
    data = json.dumps({"apiVersion": "v1", "kind": "List", "items": [job, *pods]}).encode()
    yield Case("explain", f"{count} pods", told("explain", "records.json"), {"records.json": data})


def configured(draw: random.Random, count: int) -> Iterator[Case]:
    """Files of repositories for `parity check-config`: spoiled values, and YAML that is hard to read."""
    entry = loaded_entry()
    for kind, data in YAML.items():
        yield Case("check-config", kind, told("check-config"), {"repos.yaml": data}, codes=frozenset({2}))
    for _ in range(count - len(YAML)):
        kind, data = nasty.spoiled(entry, draw)  # JSON is YAML
        yield Case("check-config", kind, told("check-config"), {"repos.yaml": data}, codes=frozenset({0, 2}))


def loaded_entry() -> dict[str, Any]:
    """Give a sound file of one repository."""
    job: dict[str, Any] = {
        "kind": "training",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:1",
        "command": ["python", "train.py"],
        "parameters": {"depth": 3},
        "legacy": {"environment": {"MODEL_DIR": "/work/model"}},
        "candidate": {"instance_type": "ml.m5.large"},
        "outputs": {"model": {"path": {"legacy": "/work/model"}, "rules": [{"files": "*.csv", "key": ["id"]}]}},
        "metrics": {"rmse": {"better": "lower", "margin": "1%", "regex": "rmse=([0-9.]+)"}},
        "effects": [],
    }
    repository = {
        "owner": "team",
        "tier": "test",
        "policy": {"preset": "trial", "pairs": 3},
        "limits": {"pairs_in_flight": 2, "runs_max": 100, "price_max": 5, "campaign_time_max": "30m"},
        "legacy": {"namespace": "ml", "staging": "s3://wine/legacy"},
        "candidate": {
            "account": "123456789012",
            "region": "us-east-1",
            "role": "arn:aws:iam::123456789012:role/wine",
            "staging": "s3://wine/candidate",
        },
        "jobs": {"train": job},
    }
    return {"repositories": {"wine": repository}}


def requested(draw: random.Random, count: int) -> Iterator[Case]:
    """Create requests for `parity check-config --request`."""
    for _ in range(count):
        kind, data = nasty.spoiled(REQUEST, draw)
        words = told("check-config", "--request", "request.json")
        yield Case("check-config --request", kind, words, {"request.json": data}, codes=frozenset({0, 2}))


def begun(draw: random.Random, count: int) -> Iterator[Case]:
    """Documents for `parity init`: a Job's manifest, and what SageMaker says of a job."""
    described = json.loads((RECORDED / "sagemaker" / "training-completed.describe.json").read_bytes())
    for kind, data in YAML.items():
        yield Case("init", kind, told("init", "--from", "job.yaml"), {"job.yaml": data}, codes=frozenset({2}))
    for _ in range(count - len(YAML)):
        kind, data = nasty.spoiled(draw.choice([JOB, described]), draw)
        yield Case("init", kind, told("init", "--from", "job.yaml"), {"job.yaml": data}, codes=frozenset({0, 2}))


NAMED = (
    ("gate", "NAME"),
    ("report", "NAME"),
    ("rejudge", "NAME"),
    ("resume", "NAME"),
    ("clean", "NAME"),
    ("recompare", "NAME"),
    ("explain", "NAME"),
    ("explain-verdict", "NAME"),
    ("plan", "NAME"),
    ("gate", "c", "NAME"),
    ("check-config", "--config", "NAME"),
    ("init", "--from", "NAME"),
    ("explain-verdict", "wine", "--campaign", "NAME"),
    ("report", "c", "--reports", "NAME"),
)
"""Commands that take a name, with the place of it."""


def named(draw: random.Random, count: int) -> Iterator[Case]:
    """Names on the command line that are paths, options, markup or far too long."""
    texts = {kind: text for kind, text in nasty.WORDS.items() if "\x00" not in text and "\ud800" not in text}
    texts |= {"long": "A" * 100_000, "device": "/dev/zero", "process": "/proc/self/mem", "folder": "/", "dot": "."}
    texts |= {"home": "~root", "two dots": "..", "line": "a\x0b\x0cb", "raw byte": "a\udcffb"}
    every = [(words, kind) for words in NAMED for kind in sorted(texts)]
    for words, kind in draw.sample(every, min(count, len(every))):
        said = [texts[kind] if word == "NAME" else word for word in words]
        codes = frozenset({0}) | frozenset({2, 3, 4, 5})
        yield Case(
            "names", f"{' '.join(words)}: {kind}", told(*said), {"repos.yaml": b"repositories: {}\n"}, codes=codes
        )
