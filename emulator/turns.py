"""Contexts that take turns on several cores: what `turn_operations.py` goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emulator import record
from emulator.core import FOREVER, Core
from emulator.engine import Context, Engine

_LOOK_AT = record.field(record.TURN, "look_at")
_HELD = record.field(record.TURN, "held")
_FIELDS = record.TURN.itemsize // 8


@dataclass(frozen=True)
class Assignment:
    """A context that is to run on a core."""

    core: Core
    engine: Engine
    context: Context


class Turns:
    """Assignments of one engine to different cores, in the order of the cores' numbers."""

    def __init__(self, assignments: Iterable[Assignment], *, slice_subcycles: int, skew_subcycles: int) -> None:
        """At least two: a core alone takes no turns."""
        self.assignments = sorted(assignments, key=lambda assignment: assignment.core.number)
        self.engine = self.assignments[0].engine
        count = len(self.assignments)
        entries = record.new(record.TURN, count)
        entries["core"] = [assignment.core.address for assignment in self.assignments]
        entries["context"] = [assignment.context.address for assignment in self.assignments]
        entries["look_at"] = FOREVER
        self._entries = record.words(entries)
        turns = record.new(record.TURNS)
        turns["entries"], turns["count"] = record.address_of(entries), count
        turns["slice"], turns["skew"] = slice_subcycles, skew_subcycles
        self.engine.prepare_turns(turns[0])
        self.address = record.address_of(turns)
        self.words = record.words(turns)

    def look(self, number: int, *, at: int, held: bool) -> None:
        """What whoever decides wants of an entry: its turns end at the clock `at`, and then it is looked at; it does
        not run if it is `held`.
        """
        first = number * _FIELDS
        self._entries[first + _LOOK_AT] = at
        self._entries[first + _HELD] = held
