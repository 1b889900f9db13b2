"""A modelled core: its clock, its counters and its AIMC tile."""

from __future__ import annotations

from emulator import record
from emulator.config import HardwareConfig
from emulator.native_code import function
from emulator.power import PowerDomain
from emulator.tile import Tile
from emulator.timing.core_timing import (
    BLOCK_ADDRESS,
    BLOCK_COUNT,
    BLOCK_SIZE,
    MISMATCHES,
    NOW,
    CoreTiming,
)

CLOCK = record.field(record.CORE, "clock")
"""Number of the clock among a core's words, for where a property would take too long."""
_TILE = record.field(record.CORE, "tile")
_INSTRUCTIONS = record.field(record.CORE, "instructions")

FOREVER = (1 << 63) - 1
"""A clock that is never reached."""


class Core:
    """One core. What runs on it is the business of who drives it; its time is its own."""

    def __init__(self, number: int, config: HardwareConfig) -> None:
        self.number = number
        self.tile = Tile(config.tile, config.compat)
        self.power = PowerDomain()
        self.record = record.new(record.CORE)
        self.state = self.record[0]
        self.state["number"] = number
        self.enable_tile(True)
        self.state["block"] = -1
        for name in ("slice_end", "sync_end", "contention_end", "instruction_end"):
            self.state[name] = FOREVER
        self.address = record.address_of(self.record)
        self.words = record.words(self.record)
        """The record's fields as Python integers, by number (`record.CORE.names`)."""
        self._subcycles_per_second = record.SUBCYCLES * round(config.core.frequency_hz)
        self.idle_subcycles = 0
        self.timing: CoreTiming | None = None
        """Its pipeline and first-level caches, at timing fidelity, from the first time that something runs."""

    def enable_tile(self, enabled: bool) -> None:
        """Let AIMC instructions reach the tile, as they do at the start, or raise an exception (`TILE_DISABLED`)."""
        self.state["tile"] = self.tile.address if enabled else 0

    @property
    def tile_is_enabled(self) -> bool:
        """Whether AIMC instructions reach the tile now."""
        return self.words[_TILE] != 0

    @property
    def clock(self) -> int:
        """Subcycles since the machine started, idle time included."""
        return self.words[CLOCK]

    @property
    def cycles(self) -> int:
        """Whole cycles since the machine started."""
        return self.clock // record.SUBCYCLES

    @property
    def instructions(self) -> int:
        """Instructions retired."""
        return self.words[_INSTRUCTIONS]

    @property
    def time_ns(self) -> int:
        """Virtual time of this core in nanoseconds."""
        return self.words[CLOCK] * 1_000_000_000 // self._subcycles_per_second

    def charge(self, cycles: float) -> None:
        """Let the core be busy for `cycles` with work that it does not execute instruction by instruction."""
        self.words[CLOCK] += round(cycles * record.SUBCYCLES)

    def idle_until(self, clock: int) -> None:
        """Let the core wait until `clock` (subcycles); nothing if that has passed."""
        waited = clock - self.words[CLOCK]
        if waited > 0:
            self.idle_subcycles += waited
            self.words[CLOCK] = clock

    # -- timing fidelity ---------------------------------------------------------------------------------------

    def equip(self, timing: CoreTiming) -> None:
        """Give the core its pipeline."""
        self.timing = timing
        self.state["pipeline"] = timing.address

    def leave_kernel(self) -> None:
        """Let the pipeline begin at the core's clock."""
        assert self.timing is not None
        now = self.words[CLOCK] // record.SUBCYCLES
        if now > self.timing.words[NOW]:
            function("call_advance")(self.timing.address, now)

    def retire(self, pc: int, uops: int = -1, placed: int = 0) -> None:
        """Account for the block entered last, which ended before `pc`: all of it, or its first `uops`.

        `placed`: where caches see `pc`, if the program goes on there at once.
        """
        assert self.timing is not None
        words = self.timing.words
        if uops >= 0:
            words[BLOCK_COUNT] = uops
            words[BLOCK_SIZE] = pc - words[BLOCK_ADDRESS]
        before, mismatches = words[NOW], words[MISMATCHES]
        function("call_retire_cut_block")(self.timing.address, pc, placed)
        cycles = words[NOW] - before
        self.words[CLOCK] += cycles * record.SUBCYCLES
        if uops >= 0:
            # The instruction that did not complete may have made some of its accesses.
            words[MISMATCHES] = mismatches
