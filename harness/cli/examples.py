"""Commands to copy, one or more for each verb; help shows them, and a test parses each."""

from __future__ import annotations

from collections.abc import Mapping

import click

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "inventory": (
        "parity inventory --namespace ml",
        "kubectl get cronjobs,jobs,pods -n ml -o json | parity inventory -",
    ),
    "init": ("kubectl get cronjobs,jobs -n ml -o json | parity init --from - --into repos.yaml", "parity init --nox"),
    "check-config": ("parity check-config", "parity check-config --config teams/repos.yaml"),
    "doctor": ("parity doctor digits", "parity doctor --only k8s"),
    "infra": ("parity infra --platform aws > stack.json", "parity infra --platform k8s digits > rbac.yaml"),
    "schema": ("parity schema > repos.schema.json", "parity schema --of explain"),
    "plugin list": ("parity plugin list", "parity plugin list --output json"),
    "plugin check": ("parity plugin check my-format",),
    "explain": (
        "parity explain dump.json",
        "parity explain job/nightly -n ml",
        "parity explain K08",
        "parity explain digits",
    ),
    "pair": ("parity pair --legacy legacy.json --candidate candidate.json --outputs old/ model.tar.gz",),
    "demo": ("parity demo", "parity demo --into reports"),
    "plan": ("parity plan digits", "parity plan --all"),
    "run": ("parity run digits wine", "parity run --all --reports s3://BUCKET/PREFIX"),
    "resume": ("parity resume latest",),
    "stop": ("parity stop latest",),
    "clean": ("parity clean latest",),
    "sandbox up": ("parity sandbox up --image boost:1=./boost",),
    "sandbox down": ("parity sandbox down",),
    "sandbox status": ("parity sandbox status",),
    "gate": ("parity gate latest", "parity gate 20261201-01 digits --image digits/train=sha256:4f2a"),
    "report": ("parity report latest --open", "parity report latest --format junit > junit.xml"),
    "explain-verdict": ("parity explain-verdict digits",),
    "rejudge": ("parity rejudge latest", "parity rejudge latest digits --now"),
    "recompare": ("parity recompare latest",),
    "diff": ("parity diff old/ new/ --key id", "parity diff s3://BUCKET/a s3://BUCKET/b --output json"),
    "accept": ("parity accept digits",),
    "expire": ("parity expire latest --as ada --key ~/.ssh/id_ed25519.pub",),
    "selfcheck": ("parity selfcheck --scale 0.01",),
    "show": ("parity show digits",),
    "bundle": ("parity bundle digits --file digits.tar.gz",),
    "ledger anchor": ("parity ledger anchor",),
    "ledger verify": ("parity ledger verify",),
    "ledger export": ("parity ledger export ledger.json",),
}
"""By verb, with that of its group before it."""


def with_examples(command: click.Command, group: str = "") -> click.Command:
    """Give a command, and those below it, the examples that are written here."""
    name = f"{group} {command.name or ''}".strip()
    if isinstance(command, click.Group):
        for beneath in command.commands.values():
            with_examples(beneath, name)
    elif name in EXAMPLES:
        lines = "\n".join(f"  {line}" for line in EXAMPLES[name])
        command.epilog = f"\b\nExamples:\n{lines}"
    return command
