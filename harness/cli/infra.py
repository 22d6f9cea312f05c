"""`parity infra`: the template on stdout, for whoever owns the account."""

from __future__ import annotations

import json

import click

from harness.backends.sagemaker import infra as infrastructure
from harness.model.repository import Repository


def show(repositories: tuple[Repository, ...], name: str, source: str) -> int:
    """Print the CloudFormation template; nothing is called."""
    click.echo(json.dumps(infrastructure.template(repositories, name, source), indent=2))
    return 0
