"""One timer of timer_create: expiry, signal, overruns (`kernel/time/posix-timers.c`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from guest.abi.signal import SigeventNotify, SignalCode
from guest.abi.structs import Itimerspec, Timespec
from guest.signal.send import send_to_process, send_to_task
from guest.signal.state import SignalInfo

if TYPE_CHECKING:
    from guest.signal.clocks import Alarm, TimerClock
    from guest.task import Process, Task

_MAX_OVERRUN = (1 << 31) - 1


@dataclass(eq=False)
class PosixTimer:
    """A periodic timer stands still from its expiry until its signal is taken; the periods that passed meanwhile are
    its overruns.
    """

    number: int
    clock: TimerClock
    process: Process
    thread: Task | None
    """Who gets the signal (SIGEV_THREAD_ID); None for any thread."""
    notify: int
    signal: int
    value: int
    overrun_last: int = 0
    """Overruns of the expiry whose signal was taken last."""
    interval_ns: int = 0
    expiry: int = 0
    """Reading of the clock; 0 while the timer is off."""
    _alarm: Alarm | None = field(default=None, repr=False)
    _generation: int = 0
    """Counts settings: the signal of an earlier one does not set the timer going again."""
    _ignored: bool = False
    """It expired while its signal was ignored."""

    def set(self, value_ns: int, interval_ns: int, *, absolute: bool) -> None:
        """Begin anew; a value of 0 switches it off."""
        self.disarm()
        if value_ns:
            self.interval_ns = interval_ns
            self._arm(value_ns if absolute else self.clock.now() + value_ns)

    def disarm(self) -> None:
        """Switch it off."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        self._ignored = False
        self._generation += 1
        self.interval_ns = self.expiry = 0

    def get(self) -> Itimerspec:
        """Period and what is left to the next expiry."""
        return Itimerspec(Timespec.from_ns(self.interval_ns), Timespec.from_ns(self._left()))

    def signal_taken(self, info: SignalInfo) -> SignalInfo:
        """The signal of an expiry is no longer pending: its overruns are known now, and the next period counts."""
        if info.status != self._generation:
            return replace(info, status=0)
        overrun = self._forward() - 1 if self.interval_ns else 0
        self.overrun_last = min(max(overrun, 0), _MAX_OVERRUN)
        if self.interval_ns:
            self._arm(self.expiry)
        else:
            self.expiry = 0
        return replace(info, status=0, overrun=self.overrun_last)

    def no_longer_ignored(self, number: int) -> None:
        """Signal `number` is wanted again."""
        if self._ignored and number == self.signal:
            self._ignored = False
            self._expire()

    def _arm(self, expiry: int) -> None:
        self.expiry = max(expiry, 1)
        if self.notify != SigeventNotify.SIGEV_NONE:
            self._alarm = self.clock.at(expiry, self._expire)

    def _expire(self) -> None:
        self._alarm = None
        # The generation travels in a member that SI_TIMER does not use.
        info = SignalInfo(
            self.signal, SignalCode.SI_TIMER, value=self.value, timer_id=self.number, timer=self,
            status=self._generation,
        )  # fmt: skip
        if self.thread is None:
            sent = send_to_process(self.process, info)
        else:
            sent = not self.thread.exited and send_to_task(self.thread, info)
        self._ignored = not sent

    def _forward(self) -> int:
        """Move the expiry behind now; by how many periods."""
        late = self.clock.now() - self.expiry
        if late < 0:
            return 0
        periods = late // self.interval_ns + 1
        self.expiry += periods * self.interval_ns
        return periods

    def _left(self) -> int:
        if not self.expiry:
            return 0
        left = self.expiry - self.clock.now()
        if left > 0:
            return left
        if self.interval_ns:
            return self.interval_ns - -left % self.interval_ns
        # A signal that is about to be sent: not zero, which means that the timer is off.
        return 1 if self._alarm is not None else 0
