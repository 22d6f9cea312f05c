"""`parity`: verbs and exit codes (docs/exit-codes.md). Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, NoReturn

import click

from harness.cli.commands import (
    board,
    campaign,
    cutover,
    diff,
    inventory,
    ledger,
    look,
    pair,
    plugin,
    sandbox,
    setup,
    verdict,
)
from harness.cli.console import with_common
from harness.cli.examples import with_examples
from harness.errors import BackendError, ConfigError, EvidenceDamaged, HarnessError, NotSetUp, PluginUnusable, Refused
from harness.scrub.scrubber import Scrubber

EXIT_CODES = """\b
Exit codes:
  0    GO, or success
  1    NO-GO
  2    usage or configuration: file, line, column, key, found, expected
  3    INCONCLUSIVE, or evidence that is missing or damaged
  4    harness or platform error, or another writer holds the campaign
  5    nothing selected
  130  interrupted
Over several repositories: 2 > 130 > 1 > 4 > 3 > 5 > 0. Only GO is 0.
"""


OTHER_NAMES = {
    "approve": "signoff",
    "check": "check-config",
    "help": "--help",
    "lint": "check-config",
    "move": "cutover",
    "rule": "accept",
    "start": "run",
    "ls": "list",
    "status": "list",
    "validate": "check-config",
    "verify": "ledger verify",
}
"""What other tools call it, to what to type here."""
_SENTENCE_MAX = 1000


class _Parity(click.Group):
    """Lists commands by group, in the order of a migration, and turns our errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order of definition."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group with its commands, and the first sentence of each in whole."""
        del ctx
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(found.name or "", found.get_short_help_str(_SENTENCE_MAX)) for found in commands])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; for one that is not there, name what was meant."""
        name = args[0]
        if name in self.commands or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from harness.config.problems import did_you_mean  # noqa: PLC0415 - see the package

        meant = f"did you mean {OTHER_NAMES[name]}?" if name in OTHER_NAMES else did_you_mean(name, self.commands)
        message = f"No such command {name!r}" + (f" ({meant})." if meant else "; `parity --help` lists all.")
        raise click.UsageError(message, ctx)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run a command; errors become text on stderr and a code."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            _annotate(error)
            _fail(str(error), 2)
        except PluginUnusable as error:
            _fail(str(error), 2)
        except EvidenceDamaged as error:
            _fail(f"evidence: {error}", 3)
        except Refused as error:
            _fail(f"refused: {error}", 2)
        except NotSetUp as error:
            _fail(f"platform: {error} (`parity doctor` asks both platforms)", 4)
        except BackendError as error:
            _fail(f"platform: {error}", 4)
        except HarnessError as error:
            _fail(f"{type(error).__name__}: {error}", 4)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, it is no verdict
            _no_verdict(error)


def _no_verdict(error: BaseException) -> NoReturn:
    """End with a code that is no verdict's: Python and click end with 1 on what they do not know, our NO-GO."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _fail("interrupted", 130)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter's last flush fails too
        sys.exit(4)  # silent, as every tool whose reader has enough: `parity report C --format text | head`
    if isinstance(error, OSError):
        _fail(f"this machine: {error}", 4)
    click.echo(Scrubber.of(os.environ).text("".join(traceback.format_exception(error))), err=True, nl=False)
    _fail("an error in the harness itself: it decided nothing", 4)


def _annotate(error: ConfigError) -> None:
    """Show problems at their lines where a CI system does that."""
    from harness.cli import ci  # noqa: PLC0415 - see the package

    ci.tell_problems(error.problems)


def _fail(text: str, code: int) -> NoReturn:
    from harness.report.text import safe_text  # noqa: PLC0415 - see the package

    click.echo(safe_text(Scrubber.of(os.environ).text(text)), err=True)
    sys.exit(code)


@click.group(
    cls=_Parity, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="parity-harness", prog_name="parity")
def parity() -> None:
    """Prove that ML jobs moved from Kubernetes to SageMaker still do the same work."""


GROUPS = {
    "Start": (
        inventory.inventory,
        setup.init_command,
        setup.check_config,
        setup.doctor,
        setup.infra,
        setup.schema,
        look.completion,
        plugin.plugin_group,
        verdict.explain,
        pair.pair,
    ),
    "Run": (
        campaign.demo,
        campaign.plan,
        campaign.run_command,
        campaign.resume,
        campaign.stop,
        campaign.clean,
        sandbox.sandbox,
    ),
    "Judge": (
        look.list_command,
        verdict.gate,
        verdict.report,
        verdict.explain_verdict,
        verdict.rejudge,
        verdict.recompare,
        diff.diff_command,
        verdict.accept,
        verdict.expire,
        setup.selfcheck,
    ),
    "Cut over": (
        board.board_command,
        cutover.show,
        cutover.signoff,
        cutover.cutover_command,
        cutover.rollback,
        cutover.route,
        cutover.bundle_command,
        ledger.ledger_group,
    ),
}
"""Commands in the order of a migration."""

for _commands in GROUPS.values():
    for _command in _commands:
        parity.add_command(with_examples(with_common(_command)))
