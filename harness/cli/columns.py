"""Columns of what each verb answers programs with; types as JSON Schema calls them.

A verb that is not here answers with a document that has a form of its own, such as a template of CloudFormation.
"""

from __future__ import annotations

from collections.abc import Mapping

EMPTY: Mapping[str, str | int | bool] = {"string": "", "integer": 0, "number": 0, "boolean": False}
"""What stands where nothing is known."""


def _columns(strings: str, **others: str) -> Mapping[str, str]:
    return {**dict.fromkeys(strings.split(), "string"), **others}


_VERDICTS = _columns("repository campaign verdict evidence code reason report")
_PLAN = _columns(
    "repository job instance text",
    pairs="integer",
    pairs_max="integer",
    repeats="integer",
    counted_runs="integer",
    time_limit_seconds="integer",
)
_RUN = {**_VERDICTS, **_PLAN}
"""Verdicts; with --dry-run, what would be run."""
_STOPPED = _columns("campaign run platform error", stopped="boolean")
_STAGE = _columns("repository stage file", share="integer", practice="boolean", version="integer", dry_run="boolean")
_SANDBOX = _columns("name value")

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "accept": _columns("repository campaign finding state text"),
    "board": _columns("address file", repositories="integer", damaged="integer", files="integer", megabytes="number"),
    "bundle": _columns("repository campaign file standing", files="integer"),
    "check-config": _columns("file key found expected hint", line="integer", column="integer"),
    "clean": _STOPPED,
    "completion": _columns("shell script"),
    "cutover": _STAGE,
    "demo": _RUN,
    "doctor": _columns("platform place subject health text fix file"),
    "expire": _columns("repository file state"),
    "explain-verdict": _columns("text"),
    "gate": _columns("repository campaign verdict evidence anchored code reason", passes="boolean"),
    "init": _columns("file state repositories text"),
    "ledger anchor": _columns("ledger place receipt state", entries="integer"),
    "ledger export": _columns("file", entries="integer", places="integer"),
    "ledger verify": _columns("place text", agrees="boolean"),
    "list": _columns("repository verdict evidence judged_at campaign"),
    "pair": _VERDICTS,
    "plan": _PLAN,
    "plugin check": _columns("plugin problem", holds="boolean"),
    "plugin list": _columns("group name distribution version reference"),
    "recompare": _RUN,
    "report": {**_VERDICTS, **_columns("file")},
    "resume": _RUN,
    "rollback": _STAGE,
    "route": _columns("answer why", recorded="boolean"),
    "run": _RUN,
    "sandbox down": _SANDBOX,
    "sandbox status": _SANDBOX,
    "sandbox up": _SANDBOX,
    "selfcheck": _columns("case broken", passed="boolean"),
    "show": _columns(
        "repository kind stage verdict evidence reason standing since by", share="integer", in_force="boolean"
    ),
    "signoff": _columns("repository campaign standing file next", in_force="boolean", dry_run="boolean"),
    "stop": _STOPPED,
}
"""By verb."""

OWN_DOCUMENTS = ("diff", "explain", "explain several", "inventory", "rejudge", "rejudge --diff")
"""What answers with a document whose schema is not one of rows."""
