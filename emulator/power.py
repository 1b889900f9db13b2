"""Power domains: parts of the machine whose clock can be stopped, or whose supply can be switched off, on their own.

A driver or a governor changes a domain's state; the hardware only keeps how long it was in each, from which energy
follows. Time is in subcycles, integers, so that nothing is lost however often states change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PowerState(Enum):
    """What a domain is given."""

    ON = "on"
    RETENTION = "retention"
    """The clock is stopped; what it holds is kept."""
    OFF = "off"
    """The supply is switched off; what it holds is lost, unless its cells keep it without power."""


@dataclass(frozen=True)
class Residency:
    """How long a domain was in each state, in subcycles."""

    on: int
    retention: int = 0
    off: int = 0


class PowerDomain:
    """One core or one tile. It is on when the machine starts."""

    def __init__(self) -> None:
        self.state = PowerState.ON
        self._since = 0
        self._spent = dict.fromkeys(PowerState, 0)

    def set_state(self, state: PowerState, clock: int) -> None:
        """Change the state at `clock` (subcycles since the machine started). Raises ValueError if that has passed."""
        if clock < self._since:
            raise ValueError(f"a power state cannot change at {clock}, before the last change at {self._since}")
        self._spent[self.state] += clock - self._since
        self.state, self._since = state, clock

    def residency(self, clock: int) -> Residency:
        """How long it was in each state until `clock`, which is not before the last change."""
        spent = {**self._spent, self.state: self._spent[self.state] + clock - self._since}
        return Residency(spent[PowerState.ON], spent[PowerState.RETENTION], spent[PowerState.OFF])
