"""Faults on purpose: what a program does when its accelerator fails, tried out without breaking one.

Each has a file in `/sys/kernel/debug/accel0/`, a preset key where it can be there from the start, and can be scheduled
(`driver.fault_schedule`). Chances are drawn from the machine's seed, so that a run with faults can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from emulator.config import InvalidHardware
from guest.abi.errno import E, Errno
from guest.random import RandomStream

if TYPE_CHECKING:
    from driver.config import DriverConfig
    from driver.scheduler import JobScheduler
    from driver.tiles import ManagedTile
    from guest.device.device import Device
    from guest.services import KernelServices

_MILLION = 1_000_000
_ALWAYS = -1
_STORM_PERIOD_NS = 1_000
_MOST_INTERRUPTS = 1_000_000
_DRAW_BYTES = 8


class Chance(StrEnum):
    """Faults that meet some of the jobs."""

    PROGRAM = "fail_program"
    """Programming does not reach its levels: the job fails with EIO, weights stay as they were."""
    TIMEOUT = "fail_timeout"
    """The job hangs: the driver stops it after its timeout, and it fails with ETIMEDOUT."""
    ECC = "fail_ecc"
    """A transfer had an error that could not be corrected: the job fails with EIO, outputs stay as they were."""


@dataclass
class Odds:
    """How often a fault happens."""

    ppm: int
    """Of a million jobs that it could meet."""
    times: int = _ALWAYS
    """How many more times at most; negative for no end."""
    happened: int = 0


class Faults:
    """Of one device."""

    def __init__(self, kernel: KernelServices, config: DriverConfig) -> None:
        self._kernel = kernel
        self._random = RandomStream(kernel.seed, "aimc faults")
        self._odds = {
            Chance.PROGRAM: Odds(config.fail_program_ppm),
            Chance.TIMEOUT: Odds(config.fail_timeout_ppm),
            Chance.ECC: Odds(config.fail_ecc_ppm),
        }
        self.dead: set[ManagedTile] = set()
        """Tiles that do nothing any more."""
        self.stuck_interrupt = False
        """The line is never raised: the driver finds what is done when it looks for jobs that hang."""
        self._stores: dict[str, Callable[[bytes], None]] = {}

    def strikes(self, chance: Chance) -> bool:
        """Whether a fault meets the job at hand."""
        odds = self._odds[chance]
        if not odds.ppm or not odds.times:
            return False
        drawn = int.from_bytes(self._random.bytes(_DRAW_BYTES), "little") % _MILLION
        if drawn >= odds.ppm:
            return False
        odds.times -= odds.times > 0
        odds.happened += 1
        return True

    def register(
        self, device: Device, tiles: list[ManagedTile], jobs: JobScheduler, wedge: Callable[[], None], schedule: str
    ) -> None:
        """Make the files, and plan what is scheduled. Raises InvalidHardware for a schedule that makes no sense."""
        for chance, odds in self._odds.items():
            self._file(
                device,
                chance.value,
                partial(_show_odds, odds),
                partial(_set_odds, odds),
            )
        self._file(
            device,
            "dead_tile",
            lambda: " ".join(str(number) for number in sorted(tile.number for tile in self.dead)) + "\n",
            lambda text: self._kill(tiles, _number(text, -1, len(tiles) - 1)),
        )
        self._file(device, "stuck_irq", lambda: f"{int(self.stuck_interrupt)}\n", self._set_stuck)
        self._file(device, "irq_storm", None, lambda text: self._storm(jobs, _number(text, 1, _MOST_INTERRUPTS)))
        self._file(device, "wedged", None, lambda text: wedge() if _number(text, 0, 1) else None)
        self._plan(schedule)

    def _file(self, device: Device, name: str, show: Callable[[], str] | None, store: Callable[[bytes], None]) -> None:
        self._stores[name] = store
        device.debug_attribute(name, None if show is None else lambda: show().encode(), store)

    def _set_stuck(self, text: bytes) -> None:
        self.stuck_interrupt = bool(_number(text, 0, 1))

    def _kill(self, tiles: list[ManagedTile], number: int) -> None:
        """A tile is dead from now on; -1: all are well again."""
        if number < 0:
            self.dead.clear()
            return
        self.dead.add(tiles[number])
        tiles[number].end_all()

    def _storm(self, jobs: JobScheduler, count: int) -> None:
        """The line is raised again and again for nothing."""
        begin_ns = self._kernel.clock.now_ns()
        for number in range(count):
            self._kernel.timers.add(begin_ns + number * _STORM_PERIOD_NS, jobs.interrupt_for_nothing)

    def _plan(self, schedule: str) -> None:
        """`TIME_NS FILE=VALUE`, several with commas between: what is written to which file at which time."""
        for entry in filter(None, map(str.strip, schedule.split(","))):
            time, _, action = entry.partition(" ")
            name, separator, value = action.strip().partition("=")
            store = self._stores.get(name)
            if not time.isdigit() or not separator or store is None:
                names = ", ".join(self._stores)
                raise InvalidHardware(
                    f"driver.fault_schedule: {entry!r} is not TIME_NS FILE=VALUE with one of the files {names}"
                )
            self._kernel.timers.add(int(time), self._writer(store, entry, value.encode()))

    def _writer(self, store: Callable[[bytes], None], entry: str, value: bytes) -> Callable[[], None]:
        """Writes to a file when its time has come."""

        def write() -> None:
            try:
                store(value)
            except Errno:
                self._kernel.warnings[f"driver.fault_schedule: {entry!r} has a value that its file refuses"] += 1

        return write


def _number(text: bytes, low: int, high: int) -> int:
    """A decimal number between two others (EINVAL)."""
    try:
        value = int(text)
    except ValueError:
        raise Errno(E.EINVAL) from None
    if not low <= value <= high:
        raise Errno(E.EINVAL)
    return value


def _show_odds(odds: Odds) -> str:
    return f"{odds.ppm} {odds.times} {odds.happened}\n"


def _set_odds(odds: Odds, text: bytes) -> None:
    """`PPM` or `PPM TIMES`."""
    words = text.split()
    if not 1 <= len(words) <= 2:
        raise Errno(E.EINVAL)
    ppm = _number(words[0], 0, _MILLION)
    times = _number(words[1], _ALWAYS, 2**31 - 1) if len(words) > 1 else _ALWAYS
    odds.ppm, odds.times = ppm, times
