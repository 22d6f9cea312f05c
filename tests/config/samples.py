"""One valid file as data, and names for its parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Change = Callable[..., Path]

VALID: dict[str, Any] = {
    "repositories": {
        "wine": {
            "owner": "ml-platform",
            "tier": "demo",
            "policy": "trial",
            "legacy": {"namespace": "parity", "staging": "s3://staging/wine/legacy"},
            "candidate": {
                "account": "123456789012",
                "region": "us-east-1",
                "role": "arn:aws:iam::123456789012:role/parity",
                "staging": "s3://staging/wine/candidate",
            },
            "jobs": {
                "train": {
                    "kind": "training",
                    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:1",
                    "command": ["python", "train.py"],
                    "outputs": {"model": {"path": {"legacy": "/work/model"}}},
                    "metrics": {"rmse": {"better": "lower", "margin": "1%"}},
                    "effects": [],
                    "candidate": {"instance_type": "ml.m5.large"},
                }
            },
        }
    }
}
WINE = ("repositories", "wine")
TRAIN = (*WINE, "jobs", "train")
REMOVED = object()
