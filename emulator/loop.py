"""Which core runs next and how far: the rule that makes results independent of the host.

The runnable core with the smallest clock advances (ties: the smaller number). It runs until something happens, its
slice ends, or it is about to execute a synchronising block while it is more than the skew ahead of the slowest other
core.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from emulator import record
from emulator.config import CoreConfig
from emulator.core import CLOCK, FOREVER, Core
from emulator.engine import Context, Engine
from emulator.stop import Stop

_SLICE_END = record.field(record.CORE, "slice_end")
_SYNC_END = record.field(record.CORE, "sync_end")
_CONTENTION_END = record.field(record.CORE, "contention_end")
_INSTRUCTION_END = record.field(record.CORE, "instruction_end")

_LONGEST_STRETCH = 50_000_000 * record.SUBCYCLES
"""Bound on one stretch of native execution, so that the host can interrupt it; has no effect on results."""


def turn(core: Core) -> tuple[int, int]:
    """Cores advance in this order: the smallest clock first, at equal clocks the smaller number."""
    return core.words[CLOCK], core.number


@dataclass(frozen=True)
class Assignment:
    """A context that is to run on a core."""

    core: Core
    engine: Engine
    context: Context


class RunLoop:
    """Advances cores in the order of their clocks."""

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
        return chosen, self.advance(chosen, runnable, until, instructions)

    def advance(
        self,
        chosen: Assignment,
        runnable: Collection[Assignment],
        until: int = FOREVER,
        instructions: int = FOREVER,
    ) -> Stop:
        """Advance one of the runnable cores, the one whose turn it is, once.

        `until` is the clock (subcycles) of the next event outside the cores, `instructions` the number that may still
        be retired. A stop of kind SLICE only says that it is time to call again.
        """
        core = chosen.core
        words = core.words
        clock = words[CLOCK]
        if len(runnable) < 2:
            end = clock + _LONGEST_STRETCH
            words[_SYNC_END] = words[_CONTENTION_END] = FOREVER
        else:
            end = clock + self._slice
            number = core.number
            others = min(
                [
                    # At equal clocks the smaller number goes first: a larger one stops one subcycle earlier.
                    assignment.core.words[CLOCK] - (assignment.core.number < number)
                    for assignment in runnable
                    if assignment is not chosen
                ]
            )
            words[_SYNC_END] = others + self._skew
            words[_CONTENTION_END] = others
        if until < end:
            end = until
        words[_SLICE_END] = end if end > clock else clock + 1
        words[_INSTRUCTION_END] = FOREVER if instructions >= FOREVER else core.instructions + instructions
        return chosen.engine.run(core, chosen.context)
