"""Results for people: the short table after a run, and a comparison of several runs.

Made with `rich`, which leaves colours away when the stream is no terminal or `NO_COLOR` is set.
"""

from __future__ import annotations

import dataclasses
import posixpath
import signal as signals
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aimc import figures
from aimc.profile import FunctionCost, Profile
from aimc.result import CacheCounters, EndReason, EnergyJoules, Misuse, Result, TileCounters

COMPONENTS = {
    "core_active": "cores, active",
    "core_static": "core leakage",
    "core_idle": "cores, idle",
    "l1": "L1 caches",
    "l1_static": "L1 leakage",
    "l2": "L2 cache",
    "l2_static": "L2 leakage",
    "dram": "DRAM",
    "dram_static": "DRAM standby",
    "tile_mvm": "tile, MVM",
    "tile_io": "tile, input/output",
    "tile_program": "tile, programming",
    "tile_idle": "tile, idle",
}
"""What `EnergyJoules` calls its components, in words."""

CAUSES = {
    "base": "instructions",
    "dependency": "operands",
    "unit": "busy units",
    "fetch": "fetch",
    "branch": "mispredictions",
    "l1d": "L1D",
    "l2": "L2",
    "dram": "DRAM",
    "tlb": "TLB",
    "aimc": "AIMC",
    "kernel": "kernel",
    "idle": "idle",
}
"""What `CycleCauses` calls what cycles are spent on, in words."""

_LEAST_SHARE = 0.01
"""Of the cycles, that a cause must have to be named."""

_SHARES_IN_A_ROW = 4
_NOT_A_TERMINAL_WIDTH = 110
_BAR_WIDTH = 20
_MOST_SYSCALLS = 6
_MOST_FUNCTIONS = 10
_FUNCTION_WIDTH = 40


class _Console(Console):
    """A console that leaves it to its caller what to do when the reader goes away; rich would end the process."""

    def on_broken_pipe(self) -> None:
        """Called while the `BrokenPipeError` is handled."""
        raise


def console(stream: TextIO) -> Console:
    """A console on a stream; output that goes to a file or a pipe is plain and wide enough not to be cut."""
    made = _Console(file=stream, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _NOT_A_TERMINAL_WIDTH
    return made


def report(result: Result, stream: TextIO) -> None:
    """Print the short table after a run."""
    out = console(stream)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_column(justify="right")
    rows.add_column()
    _totals(rows, result)
    _timing(rows, result)
    _energy(rows, result, _blocks(out))
    _aimc(rows, total_of_tiles(result))
    _kernel(rows, result)
    _warnings(rows, result)
    speed = figures.si(result.host.instructions_per_second, " instructions/s")
    rows.add_row("host", figures.si(result.host.seconds, "s"), speed, style="dim")
    out.print()
    out.print(_headline(result))
    out.print(rows)


def report_profile(profile: Profile, stream: TextIO) -> None:
    """Print the most expensive functions."""
    out = console(stream)
    spent = any(function.causes for function in profile.functions)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold", overflow="ellipsis", no_wrap=True, max_width=_FUNCTION_WIDTH)
    for _ in range(3):
        rows.add_column(justify="right")
    if spent:
        rows.add_column(no_wrap=True)
    rows.add_column(overflow="ellipsis", no_wrap=True)
    busy = profile.totals.cycles - profile.totals.idle_cycles
    rows.add_row("function", "cycles", "", "executions", *(["mostly spent on"] if spent else []), "", style="dim")
    for function in profile.functions[:_MOST_FUNCTIONS]:
        executions = "" if function.executions is None else figures.count(function.executions)
        rows.add_row(
            Text(function.function),
            figures.count(round(function.cycles)),
            figures.share(function.cycles, busy),
            executions,
            *([_mostly(function)] if spent else []),
            Text(_place(function), style="dim"),
        )
    if more := profile.functions[_MOST_FUNCTIONS:]:
        cycles = sum(function.cycles for function in more)
        rows.add_row(f"{len(more):,} more", figures.count(round(cycles)), figures.share(cycles, busy), style="dim")
    for warning in profile.warnings:
        empty = [""] * (4 if spent else 3)
        rows.add_row(Text("warning", style="bold yellow"), *empty, Text(warning, style="yellow"))
    out.print()
    out.print(rows)


def _mostly(function: FunctionCost) -> str:
    """The cause that most of its cycles were spent on."""
    if not function.causes:
        return ""
    cause, cycles = max(function.causes.items(), key=lambda item: item[1])
    return f"{CAUSES[cause]} {figures.share(cycles, function.cycles)}"


def _place(function: FunctionCost) -> str:
    """Where a function is, as short as it can be told apart: its source line, else its file; and who executed it."""
    file = posixpath.basename(function.file or "")
    program = posixpath.basename(function.program or "")
    place = file if function.source is None else f"{posixpath.basename(function.source)}:{function.line}"
    return place if program in (file, "") else f"{place} in {program}"


def compare(
    results: Sequence[Result],
    stream: TextIO,
    *,
    labels: Sequence[str] | None = None,
    accuracies: Sequence[float | None] | None = None,
) -> None:
    """Print runs side by side; with two of them also how many times better the second is.

    `labels` head the columns (default: the programs' names); `accuracies` are fractions of 1, where the programs
    have one.
    """
    out = console(stream)
    names = list(labels) if labels is not None else [result.program for result in results]
    gain = len(results) == 2
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="bold")
    table.add_column("")
    for name in names:
        table.add_column(Text(name), justify="right")
    if gain:
        table.add_column("gain", justify="right", style="bold green")

    def row(
        title: str, values: Sequence[float], spelled: Sequence[str], *, style: str = "", compared: bool = True
    ) -> None:
        cells = [title, *spelled]
        if gain:
            cells.append(figures.ratio(values[0], values[1]) if compared else "")
        table.add_row(*cells, style=style)

    if accuracies is not None:
        row("accuracy", [], ["–" if it is None else f"{100 * it:.2f} %" for it in accuracies], compared=False)
    for title, counts in (
        ("instructions", [result.totals.instructions for result in results]),
        ("cycles", [result.totals.cycles for result in results]),
    ):
        row(title, counts, [figures.count(value) for value in counts])
    times = [result.totals.guest_seconds for result in results]
    row("guest time (speed-up)", times, [figures.si(value, "s") for value in times], style="bold")
    energies = [result.totals.energy_joules for result in results]
    row("energy (energy gain)", energies, [figures.si(value, "J") for value in energies], style="bold")
    for component, title in COMPONENTS.items():
        parts: list[float | None] = [getattr(result.energy_joules, component) for result in results]
        if any(parts):
            row(
                f"  {title}",
                [],
                ["not modelled" if it is None else figures.si(it, "J") for it in parts],
                compared=False,
            )
    tiles = [total_of_tiles(result) for result in results]
    if any(tile != TileCounters() for tile in tiles):
        row("AIMC operations", [], ["" for _ in tiles], compared=False)
        for title, values in (
            ("  MVMs", [tile.mvms for tile in tiles]),
            ("  bytes queued", [tile.queued_bytes for tile in tiles]),
            ("  bytes dequeued", [tile.dequeued_bytes for tile in tiles]),
            ("  weights programmed", [tile.programmed_weights for tile in tiles]),
        ):
            row(title, [], [figures.count(value) for value in values], compared=False)
    speeds = [figures.si(result.host.instructions_per_second, " instr/s") for result in results]
    row("host speed", [], speeds, style="dim", compared=False)
    out.print(table)
    _not_modelled_note(out, results)


def total_of_tiles(result: Result) -> TileCounters:
    """The counters of all tiles of a run together."""
    tiles = result.tiles
    misuse = {item.name: sum(getattr(tile.misuse, item.name) for tile in tiles) for item in dataclasses.fields(Misuse)}
    numbers = [item.name for item in dataclasses.fields(TileCounters) if item.name != "misuse"]
    return TileCounters(
        **{name: sum(getattr(tile, name) for tile in tiles) for name in numbers}, misuse=Misuse(**misuse)
    )


def ending(result: Result) -> str:
    """How a run ended, in words."""
    if result.reason is EndReason.MAX_INSTRUCTIONS:
        return "stopped: the limit on instructions was reached"
    if result.reason is EndReason.MAX_SECONDS:
        return "stopped: the limit on guest time was reached"
    if result.reason is EndReason.DEADLOCK:
        return f"stopped: nothing can happen any more, all tasks wait ({result.detail})"
    if result.signal is not None:
        try:
            name = signals.Signals(result.signal).name
        except ValueError:
            name = f"signal {result.signal}"
        return f"killed by {name}{f': {result.detail}' if result.detail else ''}"
    return f"exit status {result.exit_status}"


def _headline(result: Result) -> Text:
    bad = result.reason is not EndReason.EXITED or result.exit_status != 0
    changed = (
        f" with {', '.join(f'{key}={value}' for key, value in result.overrides.items())}" if result.overrides else ""
    )
    return Text.assemble(
        (result.program, "bold"),
        f" on {result.preset}{changed}, {result.fidelity}: ",
        (ending(result), "bold red" if bad else "green"),
    )


def _totals(rows: Table, result: Result) -> None:
    totals, ipc = result.totals, result.instructions_per_cycle
    rows.add_row("instructions", figures.count(totals.instructions), "")
    rows.add_row("cycles", figures.count(totals.cycles), "" if ipc is None else f"IPC {ipc:.2f}")
    rows.add_row("guest time", figures.si(totals.guest_seconds, "s"), "")


def _timing(rows: Table, result: Result) -> None:
    """Where the cycles of all cores went, and what caches and branch predictors did, where that is modelled."""
    causes = [core.cycle_causes for core in result.cores if core.cycle_causes is not None]
    if not causes or result.l2 is None:
        return
    whole = sum(cause.total() for cause in causes)
    parts = {title: sum(getattr(cause, name) for cause in causes) for name, title in CAUSES.items()}
    named = sorted(((part, title) for title, part in parts.items() if part >= _LEAST_SHARE * whole > 0), reverse=True)
    shares = [f"{title} {figures.share(part, whole)}" for part, title in named]
    if rest := whole - sum(part for part, _ in named):
        shares.append(f"other {figures.share(rest, whole)}")
    for first in range(0, len(shares), _SHARES_IN_A_ROW):
        rest_follows = first + _SHARES_IN_A_ROW < len(shares)
        line = ", ".join(shares[first : first + _SHARES_IN_A_ROW]) + ("," if rest_follows else "")
        rows.add_row(Text("" if first else "  spent on", style="not bold"), "", line)
    caches: dict[str, list[CacheCounters | None]] = {
        "L1I": [core.l1i for core in result.cores],
        "L1D": [core.l1d for core in result.cores],
        "L2": [result.l2],
    }
    misses = []
    for title, level in caches.items():
        present = [cache for cache in level if cache is not None]
        accesses = sum(cache.accesses for cache in present)
        share = figures.share(sum(cache.misses for cache in present), accesses)
        misses.append(f"{title} {share} of {figures.count(accesses)}")
    rows.add_row("cache misses", "", ", ".join(misses))
    branches = [core.branch for core in result.cores if core.branch is not None]
    executed = sum(branch.branches for branch in branches)
    wrong = figures.share(sum(branch.mispredicted for branch in branches), executed)
    rows.add_row("branches", figures.count(executed), f"{wrong} mispredicted")


def _energy(rows: Table, result: Result, block: str) -> None:
    total = result.totals.energy_joules
    rows.add_row("energy", figures.si(total, "J"), "")
    for component, title in COMPONENTS.items():
        joules: float | None = getattr(result.energy_joules, component)
        if joules:
            bar = figures.bar(joules, total, _BAR_WIDTH, block)
            shown = Text.assemble(f"{figures.share(joules, total):>7}  ", (bar, "cyan"))
            rows.add_row(Text(f"  {title}", style="not bold"), figures.si(joules, "J"), shown)
    if missing := _not_modelled(result.energy_joules):
        rows.add_row(Text("  not modelled", style="dim"), "", Text(", ".join(missing), style="dim"))


def _aimc(rows: Table, tiles: TileCounters) -> None:
    if tiles == TileCounters():
        return
    parts = [
        f"{figures.si(tiles.queued_bytes, 'B')} queued",
        f"{figures.si(tiles.dequeued_bytes, 'B')} dequeued",
        f"{figures.count(tiles.programmed_weights, 'weight')} programmed",
    ]
    if tiles.read_weights:
        parts.append(f"{figures.count(tiles.read_weights)} read back")
    rows.add_row("AIMC", figures.count(tiles.mvms, "MVM"), ", ".join(parts))
    if tiles.saturated_outputs:
        rows.add_row("", figures.count(tiles.saturated_outputs), "outputs saturated")
    if misused := tiles.misuse.total():
        kinds = {name.replace("_", " "): number for name, number in dataclasses.asdict(tiles.misuse).items() if number}
        what = ", ".join(f"{kind}: {number:,}" for kind, number in kinds.items())
        rows.add_row(Text("AIMC misuse", style="bold red"), figures.count(misused), Text(what, style="red"))


def _kernel(rows: Table, result: Result) -> None:
    kernel = result.kernel
    busiest = sorted(result.syscalls.items(), key=lambda item: (-item[1].count, item[0]))
    named = [f"{name} {counters.count:,}" for name, counters in busiest[:_MOST_SYSCALLS]]
    if len(busiest) > _MOST_SYSCALLS:
        named.append(f"{len(busiest) - _MOST_SYSCALLS} more")
    rows.add_row("system calls", figures.count(kernel.syscalls), ", ".join(named))
    faults = figures.count(kernel.page_faults, "page fault")
    spent = f"{figures.share(kernel.cycles, result.totals.cycles)} of all, {faults}"
    rows.add_row("kernel cycles", figures.count(kernel.cycles), spent)
    if kernel.context_switches:
        _scheduling(rows, result)


def _scheduling(rows: Table, result: Result) -> None:
    """For a run in which tasks took turns."""
    kernel = result.kernel
    parts = [figures.count(len(result.tasks), "task"), figures.count(kernel.migrations, "migration")]
    if waited_ns := sum(core.run_delay_ns for core in result.cores):
        longest_ns = max(core.max_run_delay_ns for core in result.cores)
        parts.append(
            f"waited {figures.si(waited_ns / 1e9, 's')} for a core, at most {figures.si(longest_ns / 1e9, 's')}"
        )
    rows.add_row("switches", figures.count(kernel.context_switches), ", ".join(parts))


def _warnings(rows: Table, result: Result) -> None:
    for warning in result.warnings:
        rows.add_row(
            Text("warning", style="bold yellow"), figures.count(warning.count), Text(warning.message, style="yellow")
        )


def _not_modelled(energy: EnergyJoules) -> list[str]:
    return [title for component, title in COMPONENTS.items() if getattr(energy, component) is None]


def _not_modelled_note(out: Console, results: Sequence[Result]) -> None:
    titles = {title: None for result in results for title in _not_modelled(result.energy_joules)}
    if titles:
        out.print(Text(f"Energy of {', '.join(titles)}: not modelled.", style="dim"))


def _blocks(out: Console) -> str:
    """The character that bars are made of: some terminals and logs know only ASCII."""
    return "█" if out.encoding.lower().startswith("utf") else "#"
