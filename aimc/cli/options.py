"""Options that several commands share, and the kinds of values they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from aimc.bind import Bind
from aimc.errors import AimcError, UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])


def size(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Complete `512M` to `512MiB`, as other tools mean it; leave the rest to the configuration's own check."""
    if value is None:
        return None
    return re.sub(r"(?<=\d)\s*([kmgtKMGT])$", lambda match: f"{match[1].upper()}iB", value.strip())


def pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Split each `KEY=VALUE` at its first `=`; a value may be empty or contain further ones."""
    split = []
    for text in values:
        name, equals, content = text.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{text!r} is not of the form {parameter.metavar}", context, parameter)
        split.append((name, content))
    return tuple(split)


def bind_mounts(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Bind, ...]:
    """Read each `HOST:GUEST[:ro]` and look that the host's side exists."""
    try:
        return tuple(Bind.parse(text) for text in values)
    except AimcError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def configuration(command: _Command) -> _Command:
    """Add the options that choose and change the machine; `overrides` turns them into a mapping."""
    for option in reversed(
        [
            click.option(
                "--preset", metavar="NAME", default=None, shell_complete=complete_preset,
                help="Machine preset by name, or by path (./my.toml). Default: high-power.",
            ),
            click.option("--cores", metavar="N", type=int, help="Number of cores, each with a tile (key core.count)."),
            click.option("--fidelity", metavar="LEVEL", help="How cycles are found (key fidelity)."),
            click.option(
                "--memory", metavar="SIZE", callback=size,
                help="Memory that guest programs may map, such as 512MiB; 2G means 2 GiB (key memory.size_bytes).",
            ),
            click.option(
                "--set", "settings", metavar="KEY=VALUE", callback=pairs, multiple=True, shell_complete=complete_key,
                help="Change any value of the preset: core.frequency_hz=1.5GHz. `aimc presets show` lists the keys.",
            ),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def overrides(
    cores: int | None, fidelity: str | None, memory: str | None, settings: tuple[tuple[str, str], ...]
) -> dict[str, str | float | int]:
    """What the options of `configuration` change, by key. Raises `UsageError` if one key is given twice."""
    given: list[tuple[str, str | int | None]] = [
        ("core.count", cores),
        ("fidelity", fidelity),
        ("memory.size_bytes", memory),
        *settings,
    ]
    changes: dict[str, str | float | int] = {}
    for key, value in given:
        if value is None:
            continue
        if key in changes:
            raise UsageError(f"{key} is given twice")
        changes[key] = value
    return changes


def complete_preset(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from aimc import preset

    return [name for name in preset.names() if name.startswith(incomplete)]


def complete_key(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from aimc.config import declared

    return [f"{key}=" for key in declared() if key.startswith(incomplete)]
