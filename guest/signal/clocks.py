"""The clocks that a process's timers follow, and alarms on them.

An alarm of real time is an entry of the machine's timer queue. One of processor time is looked at when it would expire
if all threads had run since the last look: it fires at the right moment for a process that computes, and up to
`_GRANULARITY_NS` late otherwise. While the process waits it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from guest.abi.constants import ClockId
from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process, Task
    from guest.timer import Timer

_GRANULARITY_NS = 250_000
"""Between two looks at an alarm of processor time; Linux looks at each tick (4 ms at HZ=250)."""
_WALL = (ClockId.CLOCK_REALTIME, ClockId.CLOCK_TAI)
_MONOTONIC = (ClockId.CLOCK_MONOTONIC, ClockId.CLOCK_BOOTTIME)
_WITHOUT_TIMERS = (
    ClockId.CLOCK_MONOTONIC_RAW, ClockId.CLOCK_REALTIME_COARSE, ClockId.CLOCK_MONOTONIC_COARSE,
    ClockId.CLOCK_REALTIME_ALARM, ClockId.CLOCK_BOOTTIME_ALARM,
)  # fmt: skip
_SCHEDULED, _PER_THREAD = 2, 4
"""In the low bits of a negative clock number: which time, and whether that of one thread."""


class Alarm(Protocol):
    """A function that will be called once, unless cancelled."""

    def cancel(self) -> None: ...


class TimerClock(Protocol):
    """A clock that can have alarms."""

    def now(self) -> int:
        """Its reading in nanoseconds."""

    def at(self, deadline: int, fire: Callable[[], None]) -> Alarm:
        """Call `fire` when it reads `deadline`."""


class RealClock:
    """A clock that always goes; `offset_ns` is its reading when the machine started."""

    def __init__(self, kernel: KernelServices, offset_ns: int = 0) -> None:
        self._kernel = kernel
        self._offset_ns = offset_ns

    def now(self) -> int:
        return self._kernel.clock.now_ns() + self._offset_ns

    def at(self, deadline: int, fire: Callable[[], None]) -> Alarm:
        return self._kernel.timers.add(max(deadline - self._offset_ns, 0), fire)


class CpuClock:
    """Processor time of a process or thread."""

    def __init__(self, kernel: KernelServices, process: Process, dormant: Dormant, read: Callable[[], int]) -> None:
        self.kernel = kernel
        self.process = process
        self.dormant = dormant
        self._read = read

    def now(self) -> int:
        return self._read()

    def at(self, deadline: int, fire: Callable[[], None]) -> Alarm:
        return CpuAlarm(self, deadline, fire)


class CpuAlarm:
    """One alarm of a `CpuClock`."""

    def __init__(self, clock: CpuClock, deadline: int, fire: Callable[[], None]) -> None:
        self._clock = clock
        self._deadline = deadline
        self._fire = fire
        self._timer: Timer | None = None
        self._seen = -1
        self.look()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._clock.dormant.pop(self, None)

    def wake(self) -> None:
        """A thread of the process is about to run."""
        del self._clock.dormant[self]
        self._seen = -1
        self.look()

    def look(self) -> None:
        """Fire, or see when to look again."""
        clock = self._clock
        used = clock.now()
        if used >= self._deadline and self._seen >= 0:
            self._fire()
            return
        if used == self._seen:
            # Nothing ran: wait until something does, which `Dormant` hears of on the way to user mode.
            clock.dormant[self] = None
            for thread in clock.process.threads:
                thread.attention = True
            return
        first, self._seen = self._seen < 0, used
        pause = max(self._deadline - used, 0) // max(len(clock.process.threads), 1)
        if not first:
            pause = max(pause, _GRANULARITY_NS)
        self._timer = clock.kernel.timers.add(clock.kernel.clock.now_ns() + pause, self.look)


Dormant = dict[CpuAlarm, None]
"""Alarms of a process whose threads all wait, in order."""


def timer_clock(task: Task, number: int, dormant: Dormant) -> TimerClock:
    """The clock with a number, for timer_create (EINVAL, EOPNOTSUPP)."""
    kernel = task.kernel
    if number in _MONOTONIC:
        return RealClock(kernel)
    if number in _WALL:
        return RealClock(kernel, kernel.identity.epoch_ns)
    if number in _WITHOUT_TIMERS:
        raise Errno(E.EOPNOTSUPP)
    if number == ClockId.CLOCK_PROCESS_CPUTIME_ID:
        return cpu_clock(kernel, task.process, dormant)
    if number == ClockId.CLOCK_THREAD_CPUTIME_ID:
        return cpu_clock(kernel, task.process, dormant, task)
    if number >= 0 or number & 3 != _SCHEDULED:
        raise Errno(E.EINVAL)
    target = ~(number >> 3)
    if number & _PER_THREAD:
        thread = kernel.tasks.find(target) if target else task
        if thread is None or thread.process is not task.process:
            raise Errno(E.EINVAL)
        return cpu_clock(kernel, task.process, dormant, thread)
    process = kernel.tasks.process(target) if target else task.process
    if process is None:
        raise Errno(E.EINVAL)
    return cpu_clock(kernel, process, dormant)


def cpu_clock(
    kernel: KernelServices, process: Process, dormant: Dormant, thread: Task | None = None, *, system: bool = True
) -> CpuClock:
    """Processor time of a process, or of one thread of it, with or without the kernel's part."""

    def read() -> int:
        used = 0
        for task in process.threads if thread is None else (thread,):
            time = kernel.clock.cpu_time(task)
            used += time.user_ns + (time.system_ns if system else 0)
        if thread is None:
            ended = process.ended_threads
            used += ended.user_ns + (ended.system_ns if system else 0)
        return used

    return CpuClock(kernel, process, dormant, read)
