"""`aimc presets`: what the machine presets say, and where they have it from."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from aimc.cli import options

if TYPE_CHECKING:
    from aimc.preset import Preset

_INDENT = (0, 0, 0, 4)


@click.group(invoke_without_command=True)
@click.pass_context
def presets(context: click.Context) -> None:
    """List or show machine presets, with every value, unit and source."""
    if context.invoked_subcommand is None:
        context.invoke(list_presets)


@presets.command("list")
def list_presets() -> None:
    """List the built-in presets: whole machines first, then the parts that they include."""
    from rich.table import Table

    from aimc import config, preset, report

    table = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    loaded = [config.load_preset(name) for name in preset.names()]
    for entry in sorted(loaded, key=lambda entry: (bool(config.missing_keys(entry)), entry.name)):
        table.add_row(entry.name, entry.description)
    report.console(sys.stdout).print(table)


@presets.command()
@click.argument("name", shell_complete=options.complete_preset)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(name: str, as_json: bool) -> None:
    """Show a preset by name or path: each key with value, unit, allowed range, meaning, technology node and source."""
    from aimc import config

    preset = config.load_preset(name)
    if as_json:
        sys.stdout.write(json.dumps(_document(preset), indent=2) + "\n")
    else:
        _print(preset)


def _document(preset: Preset) -> dict[str, Any]:
    from aimc import config

    declared = config.declared()
    return {
        "name": preset.name,
        "description": preset.description,
        "values": {
            key: {
                "value": setting.value,
                "unit": declared[key].key.unit,
                "meaning": declared[key].key.doc,
                "source": setting.source,
                "node_nm": setting.node_nm,
                "file": setting.origin.name,
            }
            for key, setting in preset.settings.items()
        },
        "missing": config.missing_keys(preset),
    }


def _print(preset: Preset) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from aimc import config, report

    out = report.console(sys.stdout)
    out.print(Text(preset.name, style="bold"), Text(f"– {preset.description}"))
    part = ""
    for key, setting in preset.settings.items():
        declaration = config.declared()[key]
        if key.partition(".")[0] != part:
            part = key.partition(".")[0]
            out.print()
        node = f", {setting.node_nm:g} nm" if setting.node_nm is not None else ""
        assumed = setting.source.startswith("assumption")
        value = f"{setting.value:,}" if isinstance(setting.value, int) else _number(setting.value)
        out.print(Text.assemble((key, "bold"), " = ", (f"{value} {declaration.key.unit}".rstrip(), "bold cyan")))
        meaning = f"{declaration.key.doc} ({declaration.range()})" if declaration.range() else declaration.key.doc
        out.print(Padding(Text(meaning), _INDENT))
        out.print(Padding(Text(f"{setting.source}{node}", style="yellow" if assumed else "dim"), _INDENT))
    if missing := config.missing_keys(preset):
        out.print()
        out.print(
            Text(f"Gives no value for {len(missing)} of {len(config.declared())} keys: a part for presets to include.")
        )


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"
