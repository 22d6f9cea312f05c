"""What a run says to the CI system that it runs in: step summary, annotations, a webhook. Effects, and never a verdict.

Nothing here changes an exit code: a summary that can't be written costs a line on stderr.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from harness.errors import Problem
from harness.report import annotate, webhook
from harness.report.markdown import BYTES_MAX, summary_of
from harness.report.values import ReportView
from harness.scrub.scrubber import Scrubber

SUMMARY = "GITHUB_STEP_SUMMARY"
ACTIONS = "GITHUB_ACTIONS"
WEBHOOK = "PARITY_WEBHOOK"
"""An address that holds a secret, so that it is never an option and never printed."""
WEBHOOK_SECONDS = 5.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def tell(views: Sequence[ReportView], environment: Mapping[str, str] = os.environ) -> None:
    """Write the step's summary and its annotations where the environment says that there is a step."""
    if path := environment.get(SUMMARY):
        _append(Path(path), summary_of(views))
    if environment.get(ACTIONS) == "true":
        _annotate(annotate.of_verdicts(views))


def tell_problems(problems: Sequence[Problem], environment: Mapping[str, str] = os.environ) -> None:
    """Annotate what is wrong with a configuration, at its lines."""
    if environment.get(ACTIONS) == "true":
        _annotate(annotate.of_problems(problems))


def notify(views: Sequence[ReportView], place: str, environment: Mapping[str, str] = os.environ) -> None:
    """Post verdicts that changed to the webhook, where one is named."""
    address = environment.get(WEBHOOK, "")
    body = webhook.body_of(views, place) if address else None
    if body is None:
        return
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        click.echo(f"{WEBHOOK}: expected an https:// address; nothing was posted", err=True)
        return
    if trouble := _post(address, body):
        click.echo(f"{WEBHOOK}: the change of verdict was not posted: {trouble}", err=True)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: where the message goes was named, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


def _post(address: str, body: bytes) -> str:
    """Post once; give what went wrong, without the address."""
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - the scheme was checked
    try:
        with urllib.request.build_opener(_Stays()).open(request, timeout=WEBHOOK_SECONDS):
            return ""
    except urllib.error.HTTPError as error:
        return f"the server answered {error.code}"
    except (OSError, ValueError) as error:
        return type(error).__name__


def _append(path: Path, text: str) -> None:
    """Append to what other commands of the step wrote; a text that is there already is not written again."""
    try:
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        if text in before:
            return
        if len(before.encode()) + len(text.encode()) > BYTES_MAX:
            text = "The summary of this step is full; the report has the rest.\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}" if before and not before.endswith("\n") else text)
    except OSError as error:
        click.echo(f"{SUMMARY}: can't be written: {error.strerror or error}", err=True)


def _annotate(found: Sequence[annotate.Annotation]) -> None:
    scrub = Scrubber.of(os.environ)
    for command in annotate.commands(found):
        click.echo(scrub.text(command), err=True)
