"""Which core runs next and how far: the rule that makes results independent of the host.

The runnable core with the smallest clock advances (ties: the smaller number). It runs until something happens, its
slice ends, or it is about to execute a synchronising block while it is more than the skew ahead of the slowest other
core.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from emulator import record
from emulator.config import CoreConfig
from emulator.core import CLOCK, FOREVER, Core
from emulator.stop import Stop
from emulator.turns import Assignment, Turns

_SLICE_END = record.field(record.CORE, "slice_end")
_SYNC_END = record.field(record.CORE, "sync_end")
_CONTENTION_END = record.field(record.CORE, "contention_end")
_INSTRUCTION_END = record.field(record.CORE, "instruction_end")
_UNTIL = record.field(record.TURNS, "until")
_PAUSE = record.field(record.TURNS, "pause")
_INSTRUCTIONS = record.field(record.TURNS, "instructions")

LONGEST_STRETCH = 50_000_000 * record.SUBCYCLES
"""Bound on one stretch of native execution, so that the host can interrupt it; has no effect on results."""


def turn(core: Core) -> tuple[int, int]:
    """Cores advance in this order: the smallest clock first, at equal clocks the smaller number."""
    return core.words[CLOCK], core.number


class RunLoop:
    """Advances cores in the order of their clocks.

    `until` is the clock (subcycles) of the next event outside the cores, `instructions` the number that may still be
    retired.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._slice = config.slice_cycles * record.SUBCYCLES
        self._skew = config.skew_cycles * record.SUBCYCLES

    def step(
        self, runnable: Collection[Assignment], until: int = FOREVER, instructions: int = FOREVER
    ) -> tuple[Assignment, Stop]:
        """Advance the core whose turn it is once; which one, and how that ended.

        Raises ValueError if nothing is runnable.
        """
        chosen = min(runnable, key=lambda assignment: turn(assignment.core))
        if len(runnable) == 1:
            return chosen, self.run_alone(chosen, until, instructions)
        turns = self.turns(runnable)
        number, stop = self.take_turns(turns, max(until, chosen.core.words[CLOCK] + 1), instructions, stretch=0)
        assert stop is not None
        return turns.assignments[number], stop

    def run_alone(self, chosen: Assignment, until: int = FOREVER, instructions: int = FOREVER) -> Stop:
        """Advance the only core that is runnable. A stop of kind SLICE only says that it is time to call again."""
        core = chosen.core
        words = core.words
        clock = words[CLOCK]
        words[_SYNC_END] = words[_CONTENTION_END] = FOREVER
        words[_SLICE_END] = max(min(clock + LONGEST_STRETCH, until), clock + 1)
        words[_INSTRUCTION_END] = FOREVER if instructions >= FOREVER else core.instructions + instructions
        return chosen.engine.run(core, chosen.context)

    def turns(self, runnable: Iterable[Assignment]) -> Turns:
        """What `take_turns` needs of two or more assignments."""
        return Turns(runnable, slice_subcycles=self._slice, skew_subcycles=self._skew)

    def take_turns(
        self, turns: Turns, until: int = FOREVER, instructions: int = FOREVER, *, stretch: int = LONGEST_STRETCH
    ) -> tuple[int, Stop | None]:
        """Advance cores, always the one whose turn it is, until one stops otherwise than at the end of a slice, or is
        to be looked at (`Turns.look`). Which one that is, and its stop, of kind SLICE if that only says that it is time
        to call again; None if it did not run, because it is held, its clock has reached `until` or no instructions are
        left.

        After about `stretch` subcycles of all cores together it also returns at the end of a slice, which changes no
        result.
        """
        words = turns.words
        words[_UNTIL], words[_INSTRUCTIONS] = until, instructions
        clocks = [assignment.core.words[CLOCK] for assignment in turns.assignments]
        words[_PAUSE] = min(clocks) + stretch // len(clocks)
        return turns.engine.take_turns(turns)
