"""The timers of a process that send signals: three interval timers, and those of timer_create."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from guest.abi.constants import Signal
from guest.abi.signal import ItimerWhich
from guest.signal.clocks import Dormant, RealClock, cpu_clock
from guest.signal.cpu_limit import CpuLimit
from guest.signal.interval_timers import IntervalTimer
from guest.signal.posix_timers import PosixTimer

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process


class ProcessTimers:
    """All timers of one process; made when it sets the first one."""

    def __init__(self, kernel: KernelServices, process: Process) -> None:
        self.dormant: Dormant = {}
        self.interval = {
            ItimerWhich.ITIMER_REAL: IntervalTimer(process, RealClock(kernel), Signal.SIGALRM, once_taken=True),
            ItimerWhich.ITIMER_VIRTUAL: IntervalTimer(
                process, cpu_clock(kernel, process, self.dormant, system=False), Signal.SIGVTALRM
            ),
            ItimerWhich.ITIMER_PROF: IntervalTimer(process, cpu_clock(kernel, process, self.dormant), Signal.SIGPROF),
        }
        self.cpu_limit = CpuLimit(process, cpu_clock(kernel, process, self.dormant))
        self.posix: dict[int, PosixTimer] = {}
        self._next_id = 0

    def new_id(self) -> int:
        """A number for a timer; numbers of deleted ones are not given again."""
        number = self._next_id
        self._next_id += 1
        return number

    def alarm_taken(self) -> None:
        """A SIGALRM of the process is no longer pending: a periodic real timer goes on (it does not before)."""
        self.interval[ItimerWhich.ITIMER_REAL].signal_taken()

    def no_longer_ignored(self, number: int) -> None:
        """The program wants a signal again: timers that expired meanwhile send theirs."""
        for timer in self.posix.values():
            timer.no_longer_ignored(number)

    def running_again(self) -> None:
        """A thread of the process is about to run: alarms of processor time count again."""
        for alarm in list(self.dormant):
            alarm.wake()

    def exec(self) -> None:
        """A new program starts: timers of timer_create are gone, interval timers stay."""
        for timer in self.posix.values():
            timer.disarm()
        self.posix.clear()

    def release(self) -> None:
        """The process ends."""
        self.exec()
        for timer in self.interval.values():
            timer.disarm()
        self.cpu_limit.disarm()


def timers_of(process: Process, kernel: KernelServices) -> ProcessTimers:
    """The process's timers."""
    if process.timers is None:
        process.timers = ProcessTimers(kernel, process)
    return cast(ProcessTimers, process.timers)
