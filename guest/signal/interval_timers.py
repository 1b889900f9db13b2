"""setitimer and getitimer: one timer of real time and two of processor time per process."""

from __future__ import annotations

from guest.abi.constants import Signal
from guest.abi.signal import Itimerval, SignalCode
from guest.abi.structs import Timeval
from guest.signal.clocks import Alarm, TimerClock
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo
from guest.task import Process

_LEAST_LEFT_NS = 1000
"""What a timer that is about to expire shows: zero would mean that it is not set."""


class IntervalTimer:
    """One of the three. `once_taken`: the next period begins to count only when the signal of the last one was taken,
    as Linux does for ITIMER_REAL so that a short period cannot flood the machine.
    """

    def __init__(self, process: Process, clock: TimerClock, signal: Signal, *, once_taken: bool = False) -> None:
        self._process = process
        self._clock = clock
        self._signal = signal
        self._once_taken = once_taken
        self._interval_ns = 0
        self._expiry = 0
        self._alarm: Alarm | None = None
        self._waits_for_take = False

    def get(self) -> Itimerval:
        """Period and what is left."""
        left = 0 if self._alarm is None else max(self._expiry - self._clock.now(), _LEAST_LEFT_NS)
        return Itimerval(Timeval.from_ns(self._interval_ns), Timeval.from_ns(left))

    def set(self, value_ns: int, interval_ns: int) -> None:
        """Begin anew; a value of 0 switches it off."""
        self.disarm()
        self._interval_ns = interval_ns
        if value_ns:
            self._arm(self._clock.now() + value_ns)

    def disarm(self) -> None:
        """Switch it off."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        self._waits_for_take = False

    def signal_taken(self) -> None:
        """The signal of the last expiry is no longer pending."""
        if self._waits_for_take:
            self._waits_for_take = False
            self._next_period()

    def _arm(self, expiry: int) -> None:
        self._expiry = expiry
        self._alarm = self._clock.at(expiry, self._expire)

    def _expire(self) -> None:
        self._alarm = None
        self._waits_for_take = self._once_taken and bool(self._interval_ns)
        if self._interval_ns and not self._once_taken:
            self._next_period()
        send_to_process(self._process, SignalInfo(self._signal, SignalCode.SI_KERNEL))

    def _next_period(self) -> None:
        missed = max(self._clock.now() - self._expiry, 0) // self._interval_ns
        self._arm(self._expiry + (missed + 1) * self._interval_ns)
