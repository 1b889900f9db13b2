"""Load averages: how many threads ran or wanted to, averaged over 1, 5 and 15 minutes of guest time.

`kernel/sched/loadavg.c`: every 5 s the number of runnable threads goes into three exponential averages, in fixed point.
Samples are not taken by a timer, which would keep an idle machine awake, but when the number is about to change: it was
the same at all times in between.
"""

from __future__ import annotations

FIXED_SHIFT = 11
_ONE = 1 << FIXED_SHIFT
_PERIOD_NS = 5 * 10**9
_DECAY = (1884, 2014, 2037)
"""1 / exp(5 s / n minutes) for 1, 5 and 15 minutes, in fixed point."""


class LoadAverage:
    """The averages of a machine. Times are clocks in units of which there are `units_per_second`."""

    def __init__(self, units_per_second: int) -> None:
        self._period = units_per_second * _PERIOD_NS // 10**9
        self.due = self._period
        """When the next sample is to be taken."""
        self._averages = [0, 0, 0]

    @property
    def averages(self) -> tuple[int, int, int]:
        """Fixed point with `FIXED_SHIFT` bits behind the point."""
        one, five, fifteen = self._averages
        return one, five, fifteen

    def catch_up(self, now: int, runnable: int) -> None:
        """Take the samples that are due at `now`; `runnable` threads there have been since the last call."""
        active = runnable * _ONE
        while self.due <= now:
            before = tuple(self._averages)
            for index, decay in enumerate(_DECAY):
                load = self._averages[index]
                new = load * decay + active * (_ONE - decay)
                # Rounded towards the number, so that it is reached.
                self._averages[index] = (new + _ONE - 1 if active >= load else new) // _ONE
            if tuple(self._averages) == before:
                self.due += (now - self.due) // self._period * self._period
            self.due += self._period
