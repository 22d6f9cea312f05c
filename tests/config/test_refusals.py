"""What is refused, each with its key and a sentence that helps; and beside each, what is just allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from config.samples import REMOVED, TRAIN, VALID, WINE, Change
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.config.load import check, load, problems_of
from harness.errors import ConfigError
from harness.fields.units import seconds, size_bytes

HYPERPARAMETERS = {"file": "/opt/ml/input/config/hyperparameters.json", "as": "strings"}
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PINNED = f"docker.io/wine@sha256:{'0' * 64}"
OFF = {(*TRAIN, "shim"): "off"}
PLATFORM = {(*TRAIN, "candidate", "read_parameters"): HYPERPARAMETERS}
PROCESSING = {(*TRAIN, "kind"): "processing"}
WAIVER = {"id": "w1", "owner": "a", "reason": "b", "scope": "outputs.files/train/model/*", "last_day": "2027-01-31"}
EFFECT = {"kind": "table", "target": "t", "policy": "duplicate-safe"}
JOB = VALID["repositories"]["wine"]["jobs"]["train"]
ADA = {"name": "ada", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA ada@example.org"}
BOB = {"name": "bob@example.org", "key": "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="}
SIDECAR = {"name": "proxy", "command": ["proxy"]}
EXAMPLES = {"output": "model", "file": "p.csv", "label": "y", "prediction": "p", "score": "auc"}
MANY = {f"p{number}": 1 for number in range(101)}
PRICES = {
    (*WINE, "legacy", "price_per_cpu_hour"): 1,
    (*WINE, "legacy", "price_per_gb_hour"): 0.5,
    (*WINE, "candidate", "prices"): {"ml.m5.large": 2},
}


def _input(number: int) -> dict[str, Any]:
    return {f"in{each}": {"uri": f"s3://data/{each}", "pin": "1"} for each in range(number)}


Case = tuple[dict[tuple[str, ...], Any], str, str]
KEPT = {"A": {"legacy": {"secret": "s", "key": "k"}, "candidate": {"secrets_manager": "s"}}}
RULES = (*TRAIN, "outputs", "model", "rules")


def _csv(**written: Any) -> dict[tuple[str, ...], Any]:
    return {RULES: [{"files": "*.csv", "table": {"csv": written}}]}


REFUSED: dict[str, Case] = {
    # CSV
    "quote in a delimiter": (_csv(delimiter='|"|'), "csv", "without quote, escape and line end"),
    "one mark for two": (_csv(decimal=",", thousands=","), "csv", "another mark than decimal"),
    "one mark for two in a column": (
        _csv(thousands=",", columns={"v": {"decimal": ","}}), "csv", "another mark than decimal",
    ),
    # words and names
    "unknown key": ({(*TRAIN, "comand"): []}, "jobs.train.comand", "did you mean command"),
    "unknown preset": ({(*WINE, "policy"): "standart"}, "policy", "did you mean standard"),
    "underscore in a job": ({(*WINE, "jobs", "a_b"): None}, "jobs.a_b", "a-z, 0-9 and -"),
    "long job": ({(*WINE, "jobs", "a" * 64): None}, "jobs." + "a" * 64, "1 to 63"),
    "long names together": ({(*WINE, "jobs", "a" * 42): JOB}, "jobs." + "a" * 42, "at most 45"),
    "long scratch": ({(*TRAIN, "scratch"): {"s" * 56: "/s"}}, "scratch." + "s" * 56, "at most 55"),
    "trailing hyphen": ({(*WINE, "jobs", "a-"): None}, "jobs.a-", "no - at either end"),
    "upper case namespace": ({(*WINE, "legacy", "namespace"): "Parity"}, "legacy.namespace", "a-z"),
    "short account": ({(*WINE, "candidate", "account"): "1234"}, "candidate.account", "12 digits"),
    "foreign role": (
        {(*WINE, "candidate", "role"): "arn:aws:iam::000000000001:role/x"}, "candidate.role", "account 123456789012",
    ),
    "output name": ({(*TRAIN, "outputs", "a/b"): {"path": "/opt/ml/model/x"}}, "outputs.a/b", "letters, digits"),
    "channel of the shim": (
        {(*TRAIN, "inputs"): {"parity": {"uri": "s3://data/x", "pin": "1"}}}, "inputs.parity", "another name",
    ),
    "container called main": ({(*TRAIN, "sidecars"): [{**SIDECAR, "name": "main"}]}, "sidecars[0].name", "no other"),
    "two sidecars, one name": ({(*TRAIN, "sidecars"): [SIDECAR, SIDECAR]}, "sidecars[1].name", "no other"),
    # who signs
    "approver without a key": (
        {(*WINE, "policy"): {"preset": "trial", "approvers": [{**ADA, "key": "A"}]}},
        "approvers[0].key", "an SSH public key",
    ),
    "a private key": (
        {(*WINE, "policy"): {"preset": "trial", "approvers": [{**ADA, "key": "-----BEGIN OPENSSH PRIVATE KEY-----"}]}},
        "approvers[0].key", "an SSH public key",
    ),
    "one person twice": (
        {(*WINE, "policy"): {"preset": "trial", "approvers": [ADA, {**BOB, "name": "ada"}]}},
        "approvers[1].name", "of their own",
    ),
    "one key twice": (
        {(*WINE, "policy"): {"preset": "trial", "approvers": [ADA, {**ADA, "name": "bob"}]}},
        "approvers[1].key", "of their own",
    ),
    "runs without the shim that nothing can have": (
        {(*WINE, "policy"): {"preset": "trial", "shim_off_pairs": 1}, **OFF}, "policy.shim_off_pairs", "need no shim",
    ),
    "more signatures than approvers": (
        {(*WINE, "policy"): {"preset": "critical", "approvers": [ADA]}}, "policy.approvals", "as many approvers",
    ),
    "signatures of nobody": (
        {(*WINE, "policy"): {"preset": "trial", "approvals": 2}}, "policy.approvals", "no accepted difference",
    ),
    # lists
    "text for a command": ({(*TRAIN, "command"): "python x.py"}, "jobs.train.command", "write one argument a member"),
    "text for a list": ({(*TRAIN, "libraries"): "numpy"}, "jobs.train.libraries", 'write ["numpy"]'),
    "number for a list": ({(*TRAIN, "libraries"): 6}, "jobs.train.libraries", "write [6]"),
    # units
    "duration without a unit": ({(*TRAIN, "time_limit"): 600}, "time_limit", "units: s, m, h, d"),
    "unknown duration unit": ({(*TRAIN, "time_limit"): "10min"}, "time_limit", "units: s, m, h, d"),
    "size without a unit": ({(*TRAIN, "resources"): {"memory": 1024}}, "resources.memory", "Ki, Mi, Gi"),
    "unknown size unit": ({(*TRAIN, "resources"): {"memory": "1GB"}}, "resources.memory", "Ki, Mi, Gi"),
    "memory in thousandths": ({(*TRAIN, "resources"): {"memory": "512m"}}, "resources.memory", "Ki, Mi, Gi"),
    "negative duration": ({(*TRAIN, "cadence"): "-1d"}, "cadence", "units"),
    "no time": ({(*TRAIN, "time_limit"): "0s"}, "time_limit", "1s to 28d"),
    "more than 28 days": ({(*TRAIN, "time_limit"): "29d"}, "time_limit", "1s to 28d"),
    "more than 9 days of processing": (
        {**PROCESSING, (*TRAIN, "time_limit"): "10d"}, "time_limit", "1s to 9d",
    ),
    # metrics
    "margin without direction": ({(*TRAIN, "metrics", "rmse", "better"): REMOVED}, "metrics.rmse.better", "direction"),
    "metric without margin": ({(*TRAIN, "metrics", "rmse", "margin"): REMOVED}, "metrics.rmse.margin", "largest"),
    "bare margin": ({(*TRAIN, "metrics", "rmse", "margin"): 0.1}, "metrics.rmse.margin", "{absolute: 0.1}"),
    "empty margin": ({(*TRAIN, "metrics", "rmse", "margin"): {}}, "metrics.rmse.margin", "absolute and relative"),
    "negative margin": (
        {(*TRAIN, "metrics", "rmse", "margin"): {"absolute": -1}}, "metrics.rmse.margin.absolute", "at least 0",
    ),
    # images that nobody could resolve
    "a tag of another registry": ({(*TRAIN, "image"): "docker.io/wine:1"}, "train.image", "in ECR only"),
    "no tag of another registry": ({(*TRAIN, "image"): "wine"}, "train.image", "name@sha256: and 64 digits"),
    "a digest that is cut": (
        {(*TRAIN, "image"): "docker.io/wine@sha256:abc"}, "train.image", "name@sha256: and 64 digits",
    ),
    "a digest that is cut, in ECR": (
        {(*TRAIN, "image"): f"{ECR}/wine@sha256:{'0' * 63}"}, "train.image", "name@sha256: and 64 digits",
    ),
    "a digest in capitals": (
        {(*TRAIN, "image"): f"{ECR}/wine@sha256:{'A' * 64}"}, "train.image", "name@sha256: and 64 digits",
    ),
    "a base of another registry": ({(*TRAIN, "base"): PINNED}, "train.base", "an image of ECR"),
    "an image of another registry on a base": (
        {(*TRAIN, "image"): PINNED, (*TRAIN, "base"): f"{ECR}/base:1"}, "train.image", "known by its layers",
    ),
    "regex without a group": ({(*TRAIN, "metrics", "rmse", "regex"): "rmse=.*"}, "metrics.rmse.regex", "a group"),
    "broken regex": ({(*TRAIN, "metrics", "rmse", "regex"): "rmse=("}, "metrics.rmse.regex", "regular expression"),
    "examples without a declared output": (
        {(*TRAIN, "metrics", "rmse", "examples"): {**EXAMPLES, "output": "nowhere"}},
        "metrics.rmse.examples.output", "one of: model",
    ),
    "examples without a key": (
        {(*TRAIN, "metrics", "rmse", "examples"): EXAMPLES}, "metrics.rmse.examples.file", "a rule of the output model",
    ),
    "examples without a score": (
        {(*TRAIN, "metrics", "rmse", "examples"): {key: EXAMPLES[key] for key in EXAMPLES if key != "score"}},
        "metrics.rmse.examples.score", "",
    ),
    "an unknown score": (
        {(*TRAIN, "metrics", "rmse", "examples"): {**EXAMPLES, "score": "acuracy"}},
        "metrics.rmse.examples.score", "did you mean accuracy?",
    ),
    "a target without its direction": (
        {(*TRAIN, "metrics", "rmse", "target"): "0.93"}, "metrics.rmse.target", '">= 0.93" for what rises',
    ),
    "a target beside another report": (
        {(*TRAIN, "metrics", "rmse", "target"): "<= 0.2", (*TRAIN, "metrics", "rmse", "take"): "best"},
        "metrics.rmse.target", "a curve in the log",
    ),
    "a source that nothing has": (
        {(*TRAIN, "metrics", "rmse", "source"): "final_metric"}, "metrics.rmse.source", "did you mean final_metrics",
    ),
    "a source of the other platform": (
        {(*TRAIN, "metrics", "rmse", "source"): {"legacy": "final_metrics"}},
        "metrics.rmse.source.legacy", "one of: log, file",
    ),
    "a source of both sides that one has": (
        {(*TRAIN, "metrics", "rmse", "source"): "cloudwatch"}, "metrics.rmse.source", "only SageMaker has cloudwatch",
    ),
    "a source of another kind of job": (
        {**PROCESSING, (*TRAIN, "metrics", "rmse", "source"): {"candidate": "final_metrics"}},
        "metrics.rmse.source.candidate", "SageMaker keeps metrics of training jobs only",
    ),
    "the best of the last": (
        {
            (*TRAIN, "metrics", "rmse", "source"): {"candidate": "final_metrics"},
            (*TRAIN, "metrics", "rmse", "take"): "best",
        },
        "metrics.rmse.take", "one of: last",
    ),
    "a file that is declared nowhere": (
        {(*TRAIN, "metrics", "rmse", "source"): {"candidate": "file"}},
        "metrics.rmse.source.candidate", "file: beside it",
    ),
    "a file that no side reads": (
        {(*TRAIN, "metrics", "rmse", "source"): "log",
         (*TRAIN, "metrics", "rmse", "file"): {"output": "model", "name": "m.json", "value": "rmse"}},
        "metrics.rmse.source", "leave out file: where no side reads it",
    ),
    "a source beside examples": (
        {(*TRAIN, "metrics", "rmse", "examples"): EXAMPLES, (*TRAIN, "metrics", "rmse", "source"): "log"},
        "metrics.rmse.source", "one of them",
    ),
    "a target in a source without a curve": (
        {(*TRAIN, "metrics", "rmse", "target"): "<= 0.2",
         (*TRAIN, "metrics", "rmse", "source"): {"candidate": "final_metrics"}},
        "metrics.rmse.target", "a curve in the log",
    ),
    "a tracking server that is a folder": (
        {(*TRAIN, "metrics", "rmse", "mlflow"): {"uri": "file:///mlruns", "experiment": "e"}},
        "metrics.rmse.mlflow.uri", "a file store is an output",
    ),
    "credentials of a tracking server": (
        {(*TRAIN, "metrics", "rmse", "mlflow"): {"uri": "https://u@m.example.org", "experiment": "e"}},
        "metrics.rmse.mlflow.uri", "MLFLOW_TRACKING_TOKEN",
    ),
    "MLflow that is declared nowhere": (
        {(*TRAIN, "metrics", "rmse", "source"): {"legacy": "mlflow"}},
        "metrics.rmse.source.legacy", "mlflow: beside it",
    ),
    "tags of MLflow that are none": (
        {(*TRAIN, "metrics", "rmse", "mlflow"): {"uri": "https://m.example.org", "experiment": "e"},
         (*TRAIN, "environment"): {"MLFLOW_RUN_CONTEXT": "team=blue"}},
        "legacy.environment.MLFLOW_RUN_CONTEXT", "tags as a JSON object",
    ),
    "41 metrics": (
        {(*TRAIN, "metrics"): {f"m{each}": {"better": "lower", "margin": "1%"} for each in range(41)}},
        "metrics", "at most 40",
    ),
    # the service's caps where nothing can be staged
    "101 parameters in the platform's file": (
        {**PLATFORM, (*TRAIN, "parameters"): MANY}, "parameters", "at most 100",
    ),
    "long parameter in the platform's file": (
        {**PLATFORM, (*TRAIN, "parameters"): {"x": "y" * 2501}}, "parameters.x", "at most 2500",
    ),
    "typed platform file": (
        {(*TRAIN, "candidate", "read_parameters"): {**HYPERPARAMETERS, "as": "json"}},
        "candidate.read_parameters", "strings",
    ),
    "platform file for processing": (
        {**PLATFORM, **PROCESSING}, "candidate.read_parameters", "training jobs only",
    ),
    "101 variables without the shim": (
        {**OFF, (*TRAIN, "environment"): {f"V{each}": "1" for each in range(101)}}, "environment", "at most 100",
    ),
    "long variable without the shim": (
        {**OFF, (*TRAIN, "environment"): {"V": "y" * 513}}, "environment.V", "at most 512",
    ),
    "long variable of processing without the shim": (
        {**OFF, **PROCESSING, (*TRAIN, "environment"): {"V": "y" * 257}}, "environment.V", "at most 256",
    ),
    "long argument without the shim": ({**OFF, (*TRAIN, "command"): ["x" * 257]}, "command", "at most 256"),
    "arguments by parameters without the shim": ({**OFF, (*TRAIN, "parameters"): MANY}, "command", "at most 100"),
    "file without the shim": (
        {**OFF, (*TRAIN, "read_parameters"): {"file": "/p"}, (*TRAIN, "parameters"): {"a": 1}},
        "read_parameters", "only the shim",
    ),
    "20 inputs and the shim": ({(*TRAIN, "inputs"): _input(20)}, "inputs", "at most 19"),
    "10 inputs of processing and the shim": ({**PROCESSING, (*TRAIN, "inputs"): _input(10)}, "inputs", "at most 9"),
    "retried processing": ({**PROCESSING, (*TRAIN, "retries"): 1}, "retries", "never retries"),
    "warm pool of processing": (
        {**PROCESSING, (*TRAIN, "candidate", "keep_alive"): "10m"}, "candidate.keep_alive", "no warm pools",
    ),
    "warm pool over an hour": ({(*TRAIN, "candidate", "keep_alive"): "2h"}, "candidate.keep_alive", "3600"),
    "small disk": ({(*TRAIN, "resources"): {"disk": "1Mi"}}, "resources.disk", "1Gi to 16Ti"),
    # places
    "candidate path nobody uploads": (
        {(*TRAIN, "outputs", "model", "path"): "/work/model"}, "outputs.model.path", "SageMaker uploads nothing else",
    ),
    "moved channel": (
        {(*TRAIN, "inputs"): {"x": {"uri": "s3://data/x", "pin": "1", "path": "/data/x"}}},
        "inputs.x.path", "puts it there",
    ),
    "output in an output": (
        {(*TRAIN, "outputs", "logs"): {"path": {"legacy": "/work/model/logs"}}},
        "outputs.logs.path", "folder of its own",
    ),
    "output on scratch": (
        {(*TRAIN, "scratch"): {"tmp": "/work/model"}}, "outputs.model.path", "folder of its own",
    ),
    "relative path": ({(*TRAIN, "outputs", "model", "path"): "model"}, "outputs.model.path", "absolute path"),
    "path that climbs": ({(*TRAIN, "outputs", "model", "path"): "/opt/ml/model/../x"}, "outputs.model.path", ".."),
    "output in the kernel's folders": (
        {(*TRAIN, "outputs", "model", "path"): "/proc/self"}, "outputs.model.path", "outside /proc, /sys and /dev",
    ),
    "output on one side in the kernel's folders": (
        {(*TRAIN, "outputs", "model", "path"): {"legacy": "/dev"}}, "outputs.model.path", "outside /proc",
    ),
    "output at the root": ({(*TRAIN, "outputs", "model", "path"): "/"}, "outputs.model.path", "absolute path"),
    "scratch in the kernel's folders": (
        {(*TRAIN, "scratch"): {"tmp": "/sys/fs/cgroup"}}, "scratch.tmp", "outside /proc, /sys and /dev",
    ),
    "input in the kernel's folders": (
        {(*TRAIN, "inputs"): {"x": {"uri": "s3://data/x", "path": "/dev/fd", "pin": "v1"}}}, "inputs.x.path",
        "outside /proc, /sys and /dev",
    ),
    "output without a path": ({(*TRAIN, "outputs", "model"): {}}, "outputs.model.path", "Kubernetes side writes"),
    "input without a pin": ({(*TRAIN, "inputs"): {"x": {"uri": "s3://data/x"}}}, "inputs.x.pin", "object version"),
    "one staging for both sides": (
        {(*WINE, "candidate", "staging"): "s3://staging/wine/legacy/"}, "staging", "nobody else writes",
    ),
    "staging inside staging": (
        {(*WINE, "candidate", "staging"): "s3://staging/wine/legacy/x"},
        "candidate.staging", "inside wine.legacy.staging",
    ),
    "one output place for both sides": (
        {(*TRAIN, "outputs", "t"): {"uri": {"legacy": "s3://out/t", "candidate": "s3://out/t"}}},
        "outputs.t.uri", "nobody else writes",
    ),
    "candidate inside legacy": (
        {(*TRAIN, "outputs", "t"): {"uri": {"legacy": "s3://out/t", "candidate": "s3://out/t/new"}}},
        "outputs.t.uri.candidate", "inside wine.jobs.train.outputs.t.uri.legacy",
    ),
    "output in the staging": (
        {(*TRAIN, "outputs", "t"): {"uri": {"legacy": "s3://staging/wine/legacy", "candidate": "s3://out/t"}}},
        "outputs.t.uri.legacy", "nobody else writes",
    ),
    "output on one side only": (
        {(*TRAIN, "outputs", "t"): {"uri": {"legacy": "s3://out/t"}}}, "outputs.t.uri", "of this side",
    ),
    "one address for both sides": ({(*TRAIN, "outputs", "t"): {"uri": "s3://out/t"}}, "outputs.t.uri", "a map"),
    # T22, T23
    "http": ({(*WINE, "legacy", "staging"): "http://169.254.169.254/latest"}, "legacy.staging", "only s3://"),
    "file": ({(*WINE, "legacy", "staging"): "file:///tmp/x"}, "legacy.staging", "only s3://"),
    "chained": ({(*WINE, "legacy", "staging"): "simplecache::s3://staging/x"}, "legacy.staging", "only s3://"),
    "chained inside": ({(*WINE, "legacy", "staging"): "s3://staging/x::http://y"}, "legacy.staging", "only s3://"),
    "bucket in capitals": ({(*WINE, "legacy", "staging"): "s3://Staging/x"}, "legacy.staging", "a bucket's name"),
    "bucket of two": ({(*WINE, "legacy", "staging"): "s3://ab"}, "legacy.staging", "3 to 63"),
    "prefix with a space": ({(*WINE, "legacy", "staging"): "s3://staging/a b"}, "legacy.staging", "no space"),
    "long prefix": ({(*WINE, "legacy", "staging"): "s3://staging/" + "x" * 1024}, "legacy.staging", "at most 1024"),
    "place that climbs": ({(*WINE, "legacy", "staging"): "s3://staging/wine/../x"}, "legacy.staging", ".."),
    "kubeconfig": ({(*WINE, "legacy", "kubeconfig"): "./k"}, "legacy.kubeconfig", "name a context"),
    "credential process": (
        {(*WINE, "candidate", "credential_process"): "x"},
        "candidate.credential_process", "profile",
    ),
    "secret key": ({(*WINE, "candidate", "aws_secret_access_key"): "x"}, "candidate.aws_secret_access_key", "profile"),
    "credential in the environment": (
        {(*TRAIN, "environment"): {"AWS_SECRET_ACCESS_KEY": "x"}}, "environment.AWS_SECRET_ACCESS_KEY", "secrets:",
    ),
    "key id in a value": ({(*TRAIN, "environment"): {"X": "AKIAABCDEFGHIJKLMNOP"}}, "environment.X", "no credentials"),
    "password in an address": ({(*TRAIN, "parameters"): {"u": "pg://me:pw@db/x"}}, "parameters.u", "no credentials"),
    "user in the endpoint": (
        {(*WINE, "candidate", "endpoint_url"): "https://me@host"}, "candidate.endpoint_url", "without user",
    ),
    "secret that is a variable": (
        {(*TRAIN, "secrets"): KEPT, (*TRAIN, "environment"): {"A": "1"}}, "environment.A", "never stands in this file",
    ),
    "bare names of secrets": ({(*TRAIN, "secrets"): ["HF_TOKEN"]}, "train.secrets", "where legacy and candidate keep"),
    "secret without a place": ({(*TRAIN, "secrets"): {"A": {}}}, "train.secrets.A", "where legacy and candidate keep"),
    "secret of two stores": (
        {(*TRAIN, "secrets"): {"A": {"candidate": {"secrets_manager": "s", "parameter": "/p"}}}},
        "secrets.A.candidate", "one of them",
    ),
    "key of a parameter": (
        {(*TRAIN, "secrets"): {"A": {"candidate": {"parameter": "/p", "key": "k"}}}},
        "secrets.A.candidate", "taken whole",
    ),
    "secret without the shim": ({(*TRAIN, "secrets"): KEPT, (*TRAIN, "shim"): "off"}, "secrets.A", "job's role"),
    "reserved variable": ({(*TRAIN, "environment"): {"PARITY_X": "1"}}, "environment.PARITY_X", "PARITY_"),
    # effects
    "no effects policy": ({(*TRAIN, "effects"): REMOVED}, "effects", "effects: []"),
    "effects that nobody decided": ({(*TRAIN, "effects"): "CHANGE-ME"}, "effects", "nobody but a person can say"),
    "effect without a policy": (
        {(*TRAIN, "effects"): [{"kind": "table", "target": "t"}]},
        "effects[0].policy", "value",
    ),
    "redirect to nowhere": (
        {(*TRAIN, "effects"): [{**EFFECT, "policy": "redirect"}]}, "effects[0].redirect_environment", "elsewhere",
    ),
    # seams without an implementation
    "format that nothing provides": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "*", "form": "words"}]}}},
        "outputs.model.rules[0].form", "one of: auto, bytes, json, jsonl, yaml, csv, parquet, npy",
    ),
    "format nearly spelled": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "*", "form": "parqet"}]}}},
        "outputs.model.rules[0].form", "did you mean parquet",
    ),
    "a tolerance for bytes": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "*", "form": "bytes", "tolerance": {"*": "1%"}}]}}},
        "outputs.model.rules[0].tolerance", "what such files can follow: the same bytes only",
    ),
    "a key of JSON files": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "*.json", "key": ["id"]}]}}},
        "outputs.model.rules[0].key", "what such files can follow: ignore and tolerance",
    ),
    "a rule of skipped files": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "*.tmp", "skip": True, "ignore": ["a"]}]}}},
        "outputs.model.rules[0].ignore", "its files are not compared",
    ),
    "a metric in a file of no output": (
        {(*TRAIN, "metrics", "rmse", "file"): {"output": "modle", "name": "m.json", "value": "$.rmse"}},
        "metrics.rmse.file.output", "one of: model",
    ),
    "a metric in a file without its place": (
        {(*TRAIN, "metrics", "rmse", "file"): {"output": "model", "name": "m.json"}},
        "metrics.rmse.file.value", "where the number stands in the file",
    ),
    "an unknown placeholder": (
        {(*TRAIN, "outputs"): {"model": {"rules": [{"files": "model-{timestmp}.bin"}]}}},
        "outputs.model.rules[0].files", "one of {timestamp}, {uuid}",
    ),
    "batch transform as a pair": ({(*TRAIN, "kind"): "transform"}, "kind", "as a pair, write processing"),
    "tuning as a pair": ({(*TRAIN, "kind"): "tuning"}, "kind", "write one training job"),
    "observed": ({(*TRAIN, "origin"): "observed"}, "origin", "not built yet"),
    "replicas": ({(*TRAIN, "replicas"): 2}, "replicas", "not built yet"),
    "retention": ({(*TRAIN, "retention"): "30d"}, "retention", "a repository has it"),
    "retention without a class": ({(*WINE, "retention"): "30d"}, "retention", "a map"),
    "retention of facts": ({(*WINE, "retention"): {"facts": "30d"}}, "retention.facts", ""),
    "blocked beside open": (
        {(*TRAIN, "effects"): [{**EFFECT, "policy": "block"}, EFFECT]}, "effects[1].policy",
        "block: another effect of the job is blocked, which closes its network for this one too",
    ),
    "blocked, with an output of its own": (
        {
            (*TRAIN, "effects"): [{**EFFECT, "policy": "block"}],
            (*TRAIN, "outputs"): {"model": {"uri": {"legacy": "s3://a/l", "candidate": "s3://a/c"}}},
        },
        "effects[0].policy", "a job that needs nothing of a network that is closed",
    ),
    "blocked, with a secret to fetch": (
        {
            (*TRAIN, "effects"): [{**EFFECT, "policy": "block"}],
            (*TRAIN, "secrets"): {
                "HF": {"legacy": {"secret": "hub", "key": "t"}, "candidate": {"secrets_manager": "prod/hub"}},
            },
        },
        "effects[0].policy", "a job that needs nothing of a network that is closed",
    ),
    # caps
    "too many runs": ({(*WINE, "limits"): {"runs_max": 5}}, "limits.runs_max", "at least 20"),
    "too dear": ({**PRICES, (*WINE, "limits"): {"price_max": 1}}, "limits.price_max", "may cost"),
    "lazy image of both sides": ({(*TRAIN, "lazy_image"): "soci"}, "lazy_image", "write it under candidate:"),
    "unknown lazy image": ({(*TRAIN, "candidate", "lazy_image"): "estargz"}, "candidate.lazy_image", "soci"),
    "no time for the slots": (
        {(*TRAIN, "cadence"): "15m", (*WINE, "limits"): {"campaign_time_max": "179m"}},
        "limits.campaign_time_max",
        "at least 10800 s",
    ),
    "cap without prices": ({(*WINE, "limits"): {"price_max": 1}}, "limits.price_max", "prices for every side"),
    # waivers and the rest
    "waiver without an owner": ({(*WINE, "waivers"): [{**WAIVER, "owner": ""}]}, "waivers[0].owner", "line of text"),
    "waiver without a reason": (
        {(*WINE, "waivers"): [{key: WAIVER[key] for key in ("id", "owner", "scope", "last_day")}]},
        "waivers[0].reason", "a value",
    ),
    "waiver without an end": (
        {(*WINE, "waivers"): [{key: WAIVER[key] for key in ("id", "owner", "scope", "reason")}]},
        "waivers[0].last_day", "a value",
    ),
    "waiver until never": (
        {(*WINE, "waivers"): [{**WAIVER, "last_day": "2026-02-30"}]},
        "waivers[0].last_day", "a day",
    ),
    "waiver of everything": ({(*WINE, "waivers"): [{**WAIVER, "scope": "*"}]}, "waivers[0].scope", "CHECK/JOB/"),
    "waiver of every check of a job": (
        {(*WINE, "waivers"): [{**WAIVER, "scope": "*/train/*"}]}, "waivers[0].scope", "by name",
    ),
    "waiver of a check in all jobs": (
        {(*WINE, "waivers"): [{**WAIVER, "scope": "truth.*/train"}]}, "waivers[0].scope", "by name",
    ),
    "waiver of any character": (
        {(*WINE, "waivers"): [{**WAIVER, "scope": "truth.ending/[!x]*"}]}, "waivers[0].scope", "by name",
    ),
    "waiver of all outputs": (
        {(*WINE, "waivers"): [{**WAIVER, "scope": "outputs.files/train/*"}]}, "waivers[0].scope", "about an output",
    ),
    "waiver of another job": (
        {(*WINE, "waivers"): [{**WAIVER, "scope": "truth.ending/trian/*"}]}, "waivers[0].scope", "jobs: train",
    ),
    "relative margin above all": (
        {(*TRAIN, "metrics", "rmse", "margin"): "150%"}, "metrics.rmse.margin", "at most 100%",
    ),
    "startup wider than the preset": (
        {(*WINE, "policy"): {"preset": "standard", "startup_ratio_max": 2.0}}, "policy.startup_ratio_max", "preset",
    ),
    "floor wider than the preset": (
        {(*WINE, "policy"): {"preset": "standard", "startup_floor": "10m"}}, "policy.startup_floor", "preset standard",
    ),
    "losses wider than the preset": (
        {(*WINE, "policy"): {"preset": "standard", "loss_margin": 0.5}}, "policy.loss_margin", "preset standard",
    ),
    "two waivers, one id": ({(*WINE, "waivers"): [WAIVER, WAIVER]}, "waivers[1].id", "no other waiver"),
    "no day at all": ({(*WINE, "policy"): {"preset": "trial", "days": 0}}, "policy.days", "at least 1"),
    "every run may be bad": ({(*WINE, "policy"): {"preset": "trial", "bad_runs_max": 1}}, "bad_runs_max", "below 1"),
    "success with exit code 1": (
        {(*TRAIN, "expected"): {"cause": "success", "exit_code": 1}}, "expected", "exit code 0",
    ),
    "unknown cause": ({(*TRAIN, "expected"): "code eror"}, "expected", "did you mean code error"),
    "sidecar on SageMaker": ({(*TRAIN, "candidate", "sidecars"): [SIDECAR]}, "candidate.sidecars", "only Kubernetes"),
    "instance on Kubernetes": (
        {(*TRAIN, "legacy"): {"instance_type": "ml.m5.large"}},
        "legacy.instance_type", "SageMaker",
    ),
    "no instance type": ({(*TRAIN, "candidate"): {}}, "candidate.instance_type", "ml.m5.large"),
    "subnets without groups": (
        {(*WINE, "candidate", "subnets"): ["subnet-1"]},
        "candidate.security_groups", "together",
    ),
    "truth value for a word": ({(*TRAIN, "shim"): False}, "shim", "on, off"),
}  # fmt: skip

ALLOWED: dict[str, dict[tuple[str, ...], Any]] = {
    "another registry's digest": {(*TRAIN, "image"): PINNED},
    "another registry's digest with its tag": {(*TRAIN, "image"): f"docker.io/wine:1@sha256:{'0' * 64}"},
    "a digest of ECR": {(*TRAIN, "image"): f"{ECR}/wine@sha256:{'0' * 64}"},
    "a base of ECR": {(*TRAIN, "base"): f"{ECR}/base:1"},
    "a sidecar of another registry": {(*TRAIN, "sidecars"): [{**SIDECAR, "image": "docker.io/proxy:1"}]},
    "a metric in MLflow": {
        (*TRAIN, "metrics", "rmse", "mlflow"): {"uri": "http://mlflow.ml:5000", "experiment": "wine"},
        (*TRAIN, "environment"): {"MLFLOW_RUN_CONTEXT": '{"team": "blue"}'},
    },
    "a source a side": {(*TRAIN, "metrics", "rmse", "source"): {"legacy": "log", "candidate": "final_metrics"}},
    "the best of a series": {
        (*TRAIN, "metrics", "rmse", "source"): {"candidate": "cloudwatch"}, (*TRAIN, "metrics", "rmse", "take"): "min",
    },
    "a file of one side": {
        (*TRAIN, "metrics", "rmse", "source"): {"legacy": "file"},
        (*TRAIN, "metrics", "rmse", "file"): {"output": "model", "name": "m.json", "value": "rmse"},
    },
    "epochs to a target": {(*TRAIN, "metrics", "rmse", "target"): "<= 0.2"},
    "a preset whose rulings nobody signs": {(*WINE, "policy"): "critical"},
    "two approvers who must both sign": {(*WINE, "policy"): {"preset": "critical", "approvers": [ADA, BOB]}},
    "long names that fit": {(*WINE, "jobs", "a" * 41): JOB, (*TRAIN, "scratch"): {"s" * 55: "/s"}},
    "100 parameters in the platform's file": {
        **PLATFORM, (*TRAIN, "parameters"): {f"p{number}": "x" * 2500 for number in range(100)},
    },
    "101 parameters, staged": {(*TRAIN, "parameters"): {**MANY, "long": "x" * 9999}},
    "101 long variables under the shim": {(*TRAIN, "environment"): {f"V{each}": "y" * 999 for each in range(101)}},
    "100 variables without the shim": {
        **OFF, (*TRAIN, "environment"): {f"V{each}": "y" * 512 for each in range(100)},
    },
    "19 inputs and the shim": {(*TRAIN, "inputs"): _input(19)},
    "neighbours with one beginning": {
        (*WINE, "legacy", "staging"): "s3://staging/wine", (*WINE, "candidate", "staging"): "s3://staging/wine2",
    },
    "written places apart": {
        (*TRAIN, "outputs", "t"): {"uri": {"legacy": "s3://out/t/old", "candidate": "s3://out/t/new"}}
    },
    "SageMaker's own path on both sides": {(*TRAIN, "outputs", "model", "path"): "/opt/ml/model"},
    "just time for the slots": {(*TRAIN, "cadence"): "15m", (*WINE, "limits"): {"campaign_time_max": "180m"}},
    "slots that are not waited for": {(*TRAIN, "cadence"): "61m", (*WINE, "limits"): {"campaign_time_max": "1h"}},
    "cap above the price": {**PRICES, (*WINE, "limits"): {"price_max": 100}},
    "waiver of one ending": {(*WINE, "waivers"): [{**WAIVER, "scope": "truth.ending/train/*"}]},
    "margin with its reason": {
        (*TRAIN, "metrics", "rmse", "margin"): "150%", (*TRAIN, "metrics", "rmse", "margin_reason"): "counts near 1",
    },
    "policy wider with its reason": {
        (*WINE, "policy"): {"preset": "standard", "loss_margin": 0.5, "margin_reason": "spot nodes on both sides"},
    },
    "expired waiver": {(*WINE, "waivers"): [{**WAIVER, "last_day": "2020-01-01"}]},
    "job that is meant to fail": {(*TRAIN, "expected"): {"cause": "code error", "exit_code": 3}},
    "one replica, launched": {(*TRAIN, "replicas"): 1, (*TRAIN, "origin"): "launched"},
    "28 days": {(*TRAIN, "time_limit"): "28d"},
    "secret with its stores": {(*TRAIN, "secrets"): KEPT},
    "secret of one side": {(*TRAIN, "secrets"): {"A": {"candidate": {"parameter": "/prod/a"}}}},
    "effects of all": {(*TRAIN, "effects"): REMOVED, ("defaults", "every_job"): {"effects": []}},
    "effect that must not happen twice": {(*TRAIN, "effects"): [{**EFFECT, "policy": "once"}]},
    "effects of a repository": {(*TRAIN, "effects"): REMOVED, (*WINE, "every_job"): {"effects": [EFFECT]}},
    "network": {
        (*WINE, "candidate", "subnets"): ["subnet-1"], (*WINE, "candidate", "security_groups"): ["sg-1"],
    },
}  # fmt: skip


@pytest.mark.parametrize(("changes", "key", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_with_key_and_help(change: Change, changes: Any, key: str, said: str) -> None:
    """Each refusal names the key, where it stands, and what would be right."""
    path = change(changes)
    problems = check(path)
    about = [problem for problem in problems if key in problem.key]
    assert about, problems
    assert any(said in str(problem) for problem in about), about
    assert all(problem.line > 1 and problem.column > 0 for problem in problems)
    with pytest.raises(ConfigError):
        load(path)


@pytest.mark.parametrize("changes", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_just_inside_is_allowed(change: Change, changes: Any) -> None:
    """The controls of the refusals."""
    assert check(change(changes)) == ()


def test_two_repositories_may_not_share_a_place(change: Change) -> None:
    """Shared places are found across repositories, and the inner one is told."""
    path = change()
    text = path.read_text()
    twin = text.replace('"wine"', '"other"', 1)
    both = {"repositories": {**json.loads(text)["repositories"], **json.loads(twin)["repositories"]}}
    path.write_text(json.dumps(both, indent=1))
    assert {problem.key for problem in check(path)} == {
        "repositories.other.legacy.staging", "repositories.other.candidate.staging",
    }  # fmt: skip


def test_a_refused_credential_is_never_shown(change: Change) -> None:
    """The message about a credential does not repeat it."""
    path = change(
        {
            (*TRAIN, "environment"): {"X": "AKIAABCDEFGHIJKLMNOP", "MY_PASSWORD": "hunter2"},
            (*TRAIN, "parameters"): {"u": "pg://me:geheim@db/x"},
        }
    )
    said = "\n".join(map(str, check(path)))
    assert said.count("no credentials") == 3
    for secret in ("AKIAABCDEFGHIJKLMNOP", "hunter2", "geheim"):
        assert secret not in said


@given(st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,2})?", fullmatch=True), st.text("smhdwKMGTiBk µ", max_size=3))
def test_only_listed_units_are_read(number: str, unit: str) -> None:
    """A number with any other unit, or none, is neither a duration nor a size."""
    assert (seconds(number + unit) is not None) == (unit in {"s", "m", "h", "d"})
    assert (size_bytes(number + unit) is not None) == (unit in {"Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T"})


tokens = st.sampled_from([
    "a", "wine", "jobs", "kind", "training", "outputs", "path", "metrics", "margin", "1%", "null", "5", "-", "{}",
    "[]", "[1, {a: b}]", "true", "candidate", "legacy", "every_job", "defaults", "policy", "days", "effects", "uri",
])  # fmt: skip
keys = st.sampled_from([
    "repositories", "defaults", "wine", "jobs", "train", "legacy", "candidate", "environment", "parameters",
    "inputs", "outputs", "metrics", "rmse", "margin", "path", "uri", "rules", "read_parameters", "file", "as",
    "policy", "effects", "every_job", "resources", "kind", "command", "waivers", "sidecars", "scratch", "limits",
    "expected", "days",
])  # fmt: skip
trees = st.recursive(
    tokens,
    lambda inner: st.dictionaries(
        keys, inner | st.lists(inner, max_size=2) | st.none() | st.integers() | st.booleans(), max_size=5
    ),
    max_leaves=20,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees, at=st.sampled_from([(), WINE, TRAIN, (*TRAIN, "outputs"), (*TRAIN, "candidate"), ("defaults",)]))
def test_any_tree_is_loaded_or_refused(change: Change, tree: Any, at: tuple[str, ...]) -> None:
    """Whatever stands wherever, the answer is problems with places, or values; never anything else."""
    path = change({at: tree} if at else {("repositories",): tree})
    text = Path(path).read_bytes()
    for problem in problems_of(text, "repos.yaml"):
        assert problem.line >= 1
        assert problem.key
        assert problem.expected
    assert json.loads(text)


def test_two_jobs_whose_runs_would_have_one_name_are_refused(change: Change) -> None:
    """wine/red-train and wine-red/train: each would be judged by whatever ran under the name."""
    wine = VALID["repositories"]["wine"]
    red = {
        **wine,
        "legacy": {**wine["legacy"], "staging": "s3://staging/red/legacy"},
        "candidate": {**wine["candidate"], "staging": "s3://staging/red/candidate"},
    }
    found = check(change({("repositories", "wine-red"): red, (*WINE, "jobs", "red-train"): JOB}))
    told = [problem for problem in found if "another name" in problem.expected]
    assert [problem.key for problem in told] == ["repositories.wine-red.jobs.train"]
    assert told[0].found.strip('"') == "wine-red-train, as wine.jobs.red-train makes"
    alone = check(change({("repositories", "wine-red"): red}))
    assert not [problem for problem in alone if "another name" in problem.expected]
