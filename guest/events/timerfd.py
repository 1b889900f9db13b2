"""timerfd: a timer that is a file; reading it gives how often it expired."""

from __future__ import annotations

from guest.abi.constants import ClockId
from guest.abi.errno import E, Errno
from guest.abi.events import TimerfdFlag, TimerfdSetFlag
from guest.abi.flags import OpenFlag
from guest.abi.structs import Itimerspec, Timespec
from guest.arguments import ClockName, Fd, InPtr, OutPtr
from guest.events.anon_inode import AnonymousEventFile
from guest.events.arguments import TimerfdFlags, TimerfdSetFlags
from guest.events.pipe import READABLE
from guest.services import KernelServices
from guest.syscall import syscall
from guest.task import Task
from guest.timer import Timer

_REALTIME = (ClockId.CLOCK_REALTIME, ClockId.CLOCK_REALTIME_ALARM)
_CLOCKS = (*_REALTIME, ClockId.CLOCK_MONOTONIC, ClockId.CLOCK_BOOTTIME, ClockId.CLOCK_BOOTTIME_ALARM)


class TimerFile(AnonymousEventFile):
    """One timer. A periodic one that has expired is not started again before it is read (as on Linux): what it
    missed is calculated, so an unread timer costs nothing.
    """

    def __init__(self, kernel: KernelServices, clock: int, flags: int) -> None:
        super().__init__(b"[timerfd]", flags | OpenFlag.O_RDWR)
        self.realtime = clock in _REALTIME
        self._kernel = kernel
        self._timer: Timer | None = None
        self._next_ns = 0
        """When it expires next, or expired last if nobody has asked since; monotonic."""
        self._interval_ns = 0
        self._expirations = 0
        self._expired = False

    def read(self, size: int) -> bytes:
        if size < 8:
            raise Errno(E.EINVAL)
        if not self._expirations:
            raise Errno(E.EAGAIN)
        self._catch_up()
        count = self._expirations
        self._expirations = 0
        return count.to_bytes(8, "little")

    def write(self, data: bytes | memoryview) -> int:
        raise Errno(E.EINVAL)

    def poll(self) -> int:
        return READABLE if self._expirations else 0

    def release(self) -> None:
        self._stop()

    def settings(self) -> Itimerspec:
        """Interval and time left (timerfd_gettime)."""
        self._catch_up()
        left = max(self._next_ns - self._kernel.clock.now_ns(), 0) if self._timer is not None else 0
        if self._timer is not None and self._timer.pending:
            # An armed timer never shows zero, which would say that it is not.
            left = max(left, 1)
        return Itimerspec(Timespec.from_ns(self._interval_ns), Timespec.from_ns(left))

    def set(self, value_ns: int, interval_ns: int, *, absolute: bool) -> None:
        """Start the timer, or stop it if `value_ns` is 0. An absolute value counts on the timer's own clock."""
        self._stop()
        self._expirations = 0
        self._expired = False
        self._interval_ns = interval_ns
        if not value_ns:
            return
        now = self._kernel.clock.now_ns()
        if not absolute:
            self._next_ns = now + value_ns
        else:
            self._next_ns = value_ns - (self._kernel.identity.epoch_ns if self.realtime else 0)
        self._start()

    def _start(self) -> None:
        self._timer = self._kernel.timers.add(self._next_ns, self._fire)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._expired = True
        self._expirations += 1
        self.readiness.wake(mask=READABLE)

    def _catch_up(self) -> None:
        """Count the expirations since the one that was noticed, and start the timer for the next."""
        if not self._expired or not self._interval_ns:
            return
        self._expired = False
        periods = (self._kernel.clock.now_ns() - self._next_ns) // self._interval_ns
        self._expirations += max(periods, 0)
        self._next_ns += (max(periods, 0) + 1) * self._interval_ns
        self._start()


def _timer(task: Task, fd: int) -> TimerFile:
    file = task.files.get_io(fd)
    if not isinstance(file, TimerFile):
        raise Errno(E.EINVAL)
    return file


def _duration_ns(value: Timespec) -> int:
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return value.ns


@syscall("timerfd_create")
def timerfd_create(task: Task, clock: ClockName, flags: TimerfdFlags) -> int:
    if flags & ~int(TimerfdFlag.TFD_NONBLOCK | TimerfdFlag.TFD_CLOEXEC) or clock not in _CLOCKS:
        raise Errno(E.EINVAL)
    file = TimerFile(task.kernel, clock, flags & TimerfdFlag.TFD_NONBLOCK)
    return task.files.install(file, close_on_exec=bool(flags & TimerfdFlag.TFD_CLOEXEC))


@syscall("timerfd_settime", note="TFD_TIMER_CANCEL_ON_SET never cancels: the guest's clock cannot be set")
def timerfd_settime(
    task: Task, fd: Fd, flags: TimerfdSetFlags, new: InPtr[Itimerspec], old: OutPtr[Itimerspec]
) -> None:
    value = new.get()
    if flags & ~int(TimerfdSetFlag.TFD_TIMER_ABSTIME | TimerfdSetFlag.TFD_TIMER_CANCEL_ON_SET):
        raise Errno(E.EINVAL)
    first, interval = _duration_ns(value.it_value), _duration_ns(value.it_interval)
    timer = _timer(task, fd)
    before = timer.settings()
    timer.set(first, interval, absolute=bool(flags & TimerfdSetFlag.TFD_TIMER_ABSTIME))
    if old:
        old.put(before)


@syscall("timerfd_gettime")
def timerfd_gettime(task: Task, fd: Fd, result: OutPtr[Itimerspec]) -> None:
    result.put(_timer(task, fd).settings())
