"""The `aimc` command group. Its table of commands is the place to add one."""

from __future__ import annotations

import importlib

import click

import aimc as package

COMMANDS = {
    "bench": "aimc.cli.bench:bench",
    "demo": "aimc.cli.demo:demo",
    "experiment": "aimc.cli.experiment:experiment",
    "images": "aimc.cli.images:images",
    "presets": "aimc.cli.presets:presets",
    "run": "aimc.cli.run:run",
    "validate": "aimc.cli.validate:validate",
}
"""Each command's module and object; a command is imported when it is used, or listed by `--help`."""

_HELP_NAMES = {"help_option_names": ["-h", "--help"]}


class LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, if there is one."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=LazyGroup,
    context_settings=_HELP_NAMES,
    no_args_is_help=True,
    epilog='Shell completion: add eval "$(_AIMC_COMPLETE=bash_source aimc)" to ~/.bashrc (zsh, fish likewise).',
)
@click.version_option(package.__version__, prog_name="aimc", message="%(prog)s %(version)s")
def aimc() -> None:
    """Run AArch64 Linux programs on a modelled machine with analog in-memory computing tiles.

    Exit statuses of our own: 124 a limit was reached, 125 bad usage or configuration, 126 not an AArch64 Linux program,
    127 no such program, 130 interrupted. Any other is the guest's; 128 + N if signal N killed it.
    """
