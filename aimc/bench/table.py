"""The result of `aimc bench` for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.table import Table
from rich.text import Text

from aimc import report
from aimc.bench.document import Section
from aimc.bench.rows import Row

_TITLE_WIDTH = 36
_UNMEASURED = "not measured"


def show(host: Mapping[str, str], repetitions: int, sections: Sequence[Section], stream: TextIO) -> None:
    """Print header and table."""
    out = report.console(stream)
    header = Table.grid(padding=(0, 2))
    header.add_column(style="dim")
    header.add_column()
    for name, value in host.items():
        header.add_row(name, Text(value))
    times = "repetition" if repetitions == 1 else "repetitions"
    header.add_row("figures", f"median and range of {repetitions} {times}; benchmarks take turns")
    out.print(header)
    for benchmark, rows in sections:
        # One table each, since a heading cannot span columns; equal widths make them one to the eye.
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
        table.add_column(benchmark.title, width=_TITLE_WIDTH)
        table.add_column("median", justify="right", width=7, no_wrap=True)
        table.add_column("min – max", justify="right", width=15, no_wrap=True)
        table.add_column("unit", width=9, no_wrap=True)
        table.add_column("clock", width=5, no_wrap=True)
        table.add_column("target", width=6, no_wrap=True)
        table.add_column("")
        for row in rows:
            table.add_row(*_cells(row))
        out.print()
        out.print(table)


def _cells(row: Row) -> list[Text]:
    target = "" if row.target is None else f"{row.target.bound.value} {row.target.value:g}"
    if row.median is None:
        texts = [row.title, "–", "", row.unit, "", target]
    else:
        span = f"{number(min(row.samples))} – {number(max(row.samples))}"
        texts = [row.title, number(row.median), span, row.unit, row.clock.value, target]
    return [*map(Text, texts), _verdict(row)]


def _verdict(row: Row) -> Text:
    if row.median is None:
        return Text(row.note or _UNMEASURED, style="yellow")
    if row.met is None:
        return Text(row.note, style="dim")
    return Text("met", style="green") if row.met else Text("not met", style="bold yellow")


def number(value: float) -> str:
    """Three significant digits without an exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
