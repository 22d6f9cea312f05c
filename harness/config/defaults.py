"""Every default of `repos.yaml` in one table, in the form in which a user would write it, each with its reason.

What is not listed here has no default: it is either required (owner, tier, policy, and of a job kind, image, command,
outputs and effects) or it may stay unset. What only one platform knows, its own `SideForm` says.
"""

from __future__ import annotations

import re
from typing import Any

LIMITS: dict[str, Any] = {
    "runs_max": 200,  # the `standard` preset at its last look: 24 pairs of three jobs, with repeats
    "pairs_in_flight": 4,  # few enough for a new account's quota of 8 instances of a type, four on each side
    "campaign_time_max": "24h",  # a campaign over night; longer ones are a decision
}
"""`price_max` has no default: without prices there is nothing to compare it with."""

JOB: dict[str, Any] = {
    "inputs": {},  # a job may bring its data in its image
    "metrics": {},  # a job may report none; then outputs alone decide
    "parameters": {},
    "environment": {},
    "secrets": {},
    "read_parameters": "argv",  # what most programs do; both platforms pass arguments unchanged
    "resources": {
        "cpu": 1,  # a whole core: no throttling that would blur times
        "memory": "1Gi",  # small enough to be noticed by a job that needs more
        "gpu": 0,
        "disk": "30Gi",  # what is attached where nothing is asked for
    },
    "time_limit": "1h",  # a forgotten limit costs an hour at most, not a day
    "retries": 0,  # a retry hides the failure that the harness is there to see
    "shim": "on",  # without it the process's own view is missing
    "expected": "success",
    "not_secret": {},
    "libraries": [],  # all distributions are recorded as a digest anyway; names make a difference readable
}

OUTPUT: dict[str, Any] = {
    "rules": [],  # bytes decide until the owner says otherwise
    "bytes_max": "256Mi",  # carried out in seconds by the shim; larger ones are a decision
}

RULE: dict[str, Any] = {
    "form": "auto",  # by the file's ending
    "key": [],  # rows belong to each other as `order` says
    "tolerance": {},  # exact
    "ignore": [],
    "order": "undeclared",  # rows that are equal only in another order decide nothing
}

METRIC: dict[str, Any] = {"critical": True}  # a metric nobody calls uncritical may hold the gate

SIDECAR: dict[str, Any] = {"native": False}  # the older, commoner form: a second container

EFFECT: dict[str, Any] = {"redirect_environment": {}}

REAL: dict[str, Any] = {"accounts": [], "clusters": []}  # what nobody names is not real


def metric_regex(name: str, form: str = "point") -> str:
    """Find a metric by its name in the ways in which frameworks log: a NaN is found too, and is no number.

    `rmse=0.25`, `rmse: 0.25`, `"rmse": 0.25`, `rmse=tensor(0.25, …)`, a cell of a table (`│ rmse │ 0.25`), a row of a
    report (`rmse   0.25`), and `{"metric": "rmse", "value": 0.25}`.
    """
    digits = r"[0-9.]+" if form == "point" else r"[0-9][0-9.,]*"
    number = rf"[-+]?(?:{digits}(?:[eE][-+]?[0-9]+)?|[nN][aA][nN]|[iI]nf)"
    word = re.escape(name)
    between = r"\s*[=:]\s*(?:(?:tensor|array|np\.float64|np\.float32)\()?|\s*[│|]\s*|\s{2,}"
    named = rf"(?:^|[\s,;{{\"'(│|])(?:{word})[\"']?(?:{between})"
    valued = rf"[\"'](?:metric|name|metric_name)[\"']\s*:\s*[\"']{word}[\"']\s*,\s*[\"']value[\"']\s*:\s*"
    return rf"(?:{named}|{valued})({number})"
