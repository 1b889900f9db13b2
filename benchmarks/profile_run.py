"""Where the host's time goes in a run: a profile of the Python side, and why translated code was left.

    python benchmarks/profile_run.py [--rows N] [--sort KEY] [--set KEY=VALUE] PROGRAM [ARGUMENTS…]

Needs nothing but Python's own profiler, which slows Python down but not translated code: shares among Python functions
are right, the share of `start` (translated code, hooks and translation) is too small. So the run is done twice, first
without the profiler.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aimc import figures
from aimc.machine import Machine
from aimc.result import Result
from emulator import unicorn_library
from emulator.core import Core
from emulator.engine import Context, Engine
from emulator.record import ExitReason
from emulator.stop import Stop


class Stops:
    """Counts of stops: of translated code by the hooks' reason, and of the engine by what it then told the kernel."""

    def __init__(self) -> None:
        self.of_code: Counter[str] = Counter()
        self.of_engine: Counter[str] = Counter()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens inside the `with` statement, in every engine."""
        stop, run = Engine._stop, Engine.run

        def counting_stop(engine: Engine, core: Core, context: Context, error: int) -> Stop | None:
            self.of_code[ExitReason(int(engine._state["exit_reason"])).name.lower()] += 1
            return stop(engine, core, context, error)

        def counting_run(engine: Engine, core: Core, context: Context) -> Stop:
            result = run(engine, core, context)
            self.of_engine[result.kind.name.lower()] += 1
            return result

        Engine._stop = counting_stop  # type: ignore[method-assign,assignment]
        Engine.run = counting_run  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            Engine._stop = stop  # type: ignore[method-assign]
            Engine.run = run  # type: ignore[method-assign]


class NativeTime:
    """Time inside Unicorn: translation, translated code and hooks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Add up what happens inside the `with` statement."""
        start = unicorn_library.start

        def timed(handle: object, pc: int) -> int:
            began = time.perf_counter()
            try:
                return start(handle, pc)
            finally:
                self.seconds += time.perf_counter() - began

        unicorn_library.start = timed
        try:
            yield
        finally:
            unicorn_library.start = start


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=25, help="functions to show (default: 25)")
    parser.add_argument("--sort", default="tottime", help="order: tottime (own time, default) or cumtime")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("program", help="an image, or the path of a program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    machine = Machine(overrides=dict(setting.split("=", 1) for setting in options.settings))

    stops, native = Stops(), NativeTime()
    with native.measured():
        plain = _run(machine, options.program, options.arguments)
    profiler = cProfile.Profile()
    with stops.counted():
        profiler.enable()
        _run(machine, options.program, options.arguments)
        profiler.disable()

    instructions = figures.count(plain.totals.instructions, "instruction")
    print(f"{options.program}: {instructions} in {figures.si(plain.host.seconds, 's')}")
    print(
        f"  inside Unicorn {figures.si(native.seconds, 's')}, in Python "
        f"{figures.si(max(plain.host.seconds - native.seconds, 0), 's')}"
    )
    _show("stops of translated code, by reason", stops.of_code)
    _show("stops of the engine, by kind", stops.of_engine)
    _show("system calls", {name: entry.count for name, entry in plain.syscalls.items()})
    print(f"\nPython functions, by {options.sort}, of a second run under the profiler")
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats(options.sort).print_stats(options.rows)
    return 0


def _run(machine: Machine, program: str, arguments: list[str]) -> Result:
    return machine.run(program, arguments, capture=True)


def _show(title: str, counts: Mapping[str, int]) -> None:
    print(f"\n{title}")
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        print(f"  {count:>12,}  {name}")


if __name__ == "__main__":
    sys.exit(main())
