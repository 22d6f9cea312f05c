"""Commands around the sandbox, and the environment that points clients at it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from harness import private
from harness.campaign.sandbox_content import SandboxContent, data_of, objects_of
from harness.cli import answer, console
from harness.errors import Refused
from harness.sandbox import door, stack


@dataclass(frozen=True, slots=True)
class SandboxWanted:
    """What is written of the sandbox that a command starts."""

    images: tuple[str, ...] = ()
    """NAME:TAG=PATH; none: the demo's."""
    data: tuple[str, ...] = ()
    """S3_URI=PATH."""
    objects: tuple[Path, ...] = ()

    def content(self) -> SandboxContent:
        """Read what it is given, before it is started.

        Raises:
            Refused: something is not there or holds nothing of what is expected.
        """
        return SandboxContent(tuple(map(data_of, self.data)), objects_of(self.objects))

    @property
    def options(self) -> tuple[str, ...]:
        """Give the words of a command that ask for it."""
        asked = {"--image": self.images, "--data": self.data, "--objects": map(str, self.objects)}
        return (
            "--sandbox",
            *(word for option, values in asked.items() for value in values for word in (option, value)),
        )


def folder_of(campaign: str) -> Path:
    """Give the folder of a sandbox that runs for one campaign.

    It stands in for two platforms, with their logs and Secrets as the jobs wrote them. So it lies with the user's state
    and not below the reports, where nothing may hold a secret.
    """
    return private.state_folder() / "sandbox" / campaign


def claims_of(campaign: str) -> Path:
    """Give the folder in which a campaign's sandbox keeps a folder a claim, by namespace and name."""
    return folder_of(campaign) / "kube" / "claims"


def options(images: tuple[str, ...], engine: str | None, bind: str | None, *, beyond: bool) -> tuple[str, ...]:
    """Give the daemon's options.

    Raises:
        Refused: an engine without images of its own, for the demo's are code trees; or an address beyond loopback
            that was not confirmed.
    """
    if engine and not images:
        message = f"--engine {engine} runs images of archives: name each with --image NAME:TAG=ARCHIVE"
        raise Refused(message)
    try:
        door.check_bind(bind or door.LOOPBACK, confirmed=beyond)
    except door.BindError as error:
        raise Refused(str(error)) from error
    apart = ("--isolation", engine) if engine else ()
    return (*apart, *(("--bind", bind) if bind else ()), *(("--bind-beyond-loopback",) if beyond else ()))


def up(folder: Path, images: tuple[str, ...], nemesis: Path | None, options: tuple[str, ...] = ()) -> int:
    """Start a sandbox and print how to reach it."""
    if console.dry_run():
        answer.lines([f"would start a sandbox in {folder}, with {', '.join(images or demo_images())}"])
        answer.rows([{"name": "folder", "value": str(folder)}])
        return 0
    private.make_folder(folder)
    found = stack.up(folder, images=images or demo_images(), nemesis=nemesis, options=options)
    show(found)
    answer.rows({"name": name, "value": value} for name, value in environment(found).items())
    answer.lines([f"# stop it with: parity sandbox down --dir {shlex.quote(str(folder))}"])
    return 0


def show(found: stack.Endpoints) -> None:
    """Print the shell lines that point kubectl and boto3 at a sandbox, and what to try."""
    for name, value in environment(found).items():
        answer.raw(f"export {name}={shlex.quote(value)}\n")  # as it is: the sandbox's own key is no secret
    kubectl = f"kubectl --kubeconfig {shlex.quote(str(found.kubeconfig))}"
    answer.lines([
        "# kubectl and boto3 use the sandbox in a shell that has these; or, in any shell:",
        f"#   {kubectl} get jobs,pods -A",
        f"#   {kubectl} get pods -A -w      (kubectl watches one kind at a time)",
    ])  # fmt: skip


def down(folder: Path) -> int:
    """Stop a sandbox; one that ran for a campaign leaves nothing behind."""
    if console.dry_run():
        state = "stopped" if stack.status(folder) is not None else "not running"
        answer.row(f"{folder}: would be {state}" if state == "stopped" else state, name="sandbox", value=state)
        return 0
    _end(folder)
    answer.rows([{"name": "sandbox", "value": "stopped"}])
    if folder.absolute().parent == folder_of("").absolute() and folder.is_dir():
        _remove(folder)
    return 0


def status(folder: Path) -> int:
    """Say whether a sandbox runs."""
    found = stack.status(folder)
    if found is None:
        answer.row("not running", name="sandbox", value="not running")
        return 5
    show(found)
    answer.rows({"name": name, "value": value} for name, value in environment(found).items())
    return 0


def environment(found: stack.Endpoints) -> Mapping[str, str]:
    """Give the variables that kubectl and boto3 read."""
    return {"KUBECONFIG": str(found.kubeconfig), **found.aws}


_IN_WHEEL = Path(__file__).parents[1] / "_scenarios"
_CHECKOUT = Path(__file__).parents[2]


def demo_folder() -> Path:
    """Find the demo's scenario: beside the package in a checkout, inside it in a wheel."""
    return demo_config().parent / "scenarios" / "demo"


def demo_config() -> Path:
    """Find the demo's repositories; documents and images lie beside them as in a checkout."""
    return (_IN_WHEEL if _IN_WHEEL.is_dir() else _CHECKOUT) / "repos.yaml"


def demo_images() -> tuple[str, ...]:
    """List the demo's images as NAME:TAG=FOLDER."""
    folders = sorted(path for path in (demo_folder() / "images").iterdir() if path.is_dir())
    return tuple(f"demo/{folder.name}:1={folder}" for folder in folders)


@dataclass
class Held:
    """A sandbox that a command uses."""

    interrupted: bool = False
    """The campaign is to be resumed on it, so it is left running."""
    planned: bool = False
    """There is a campaign to be resumed on it, should the command fail."""


@contextmanager
def for_command(
    folder: Path, *, wanted: bool, images: tuple[str, ...] = (), nemesis: Path | None = None, keep: bool = False
) -> Iterator[Held]:
    """Run a sandbox around one command. One that fails leaves it running where there is a campaign to be resumed.

    `images`: what it has, as NAME:TAG=FOLDER; the demo's where none is named.
    """
    held = Held()
    if not wanted:
        yield held
        return
    private.make_folder(folder)
    found = stack.up(folder, images=images or demo_images(), nemesis=nemesis)
    try:
        with pointed_at(found):
            if keep:
                show(found)  # before the work: a running campaign is what there is to see
            yield held
    except BaseException:
        if held.planned or keep:
            _tell_on(folder)
        else:
            _end(folder)
            _remove(folder)
        raise
    if not keep and not held.interrupted:
        _end(folder)
        _remove(folder)
        return
    _tell_on(folder)


@contextmanager
def resumed(folder: Path) -> Iterator[Held]:
    """Use the sandbox that a campaign left running, if it had one; stop it when the command is through."""
    held = Held()
    found = stack.status(folder) if folder.is_dir() else None
    if found is None:
        yield held
        return
    with pointed_at(found):
        yield held
    if held.interrupted:
        _tell_on(folder)
    else:
        _end(folder)
        _remove(folder)


def _tell_on(folder: Path) -> None:
    answer.lines([f"the sandbox runs on; stop it with: parity sandbox down --dir {shlex.quote(str(folder))}"])


def _end(folder: Path) -> None:
    """Stop a sandbox, and tighten what its jobs wrote with modes of their own: its folder's kept others out so far."""
    stack.down(folder)
    if folder.is_dir():
        private.tighten(folder)


def _remove(folder: Path) -> None:
    """Delete the folder of a campaign's sandbox; where that fails say so, for the campaign itself is over."""
    try:
        private.remove(folder)
    except OSError as error:
        click.echo(f"{folder}: could not be deleted: {error}; it holds logs as the jobs wrote them", err=True)


@contextmanager
def pointed_at(found: stack.Endpoints) -> Iterator[None]:
    """Point the official clients of this process at the sandbox."""
    kept = {name: os.environ.get(name) for name in environment(found)}
    os.environ.update(environment(found))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
