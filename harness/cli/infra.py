"""`parity infra`: what whoever owns the account or the cluster has to apply, on stdout; nothing is called."""

from __future__ import annotations

from harness.backends.kubernetes import rights
from harness.backends.sagemaker import infra as infrastructure
from harness.cli import answer
from harness.errors import Refused
from harness.model.repository import Repository
from harness.platforms.kubernetes.checks import homes_of


def show(repositories: tuple[Repository, ...], name: str, source: str) -> int:
    """Print the CloudFormation template."""
    answer.document(infrastructure.template(repositories, name, source))
    return 0


def show_rights(repositories: tuple[Repository, ...]) -> int:
    """Print service account, roles and bindings for every namespace of one cluster; kubectl takes JSON.

    Raises:
        Refused: the repositories name several contexts.
    """
    homes = [home for repository in repositories for home in homes_of(repository)]
    contexts = sorted({home.context or "current context" for home in homes})
    if len(contexts) != 1:
        named = " and ".join(contexts) or "none"
        message = f"one manifest is for one context, these repositories are of {named}: name those of one"
        raise Refused(message)
    answer.document(rights.manifest(sorted({home.namespace for home in homes})))
    return 0
