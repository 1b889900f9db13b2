"""System calls on the timers of a process that send signals."""

from __future__ import annotations

from guest.abi.constants import Signal
from guest.abi.cstruct import I32
from guest.abi.errno import E, Errno
from guest.abi.flags import TimerFlag
from guest.abi.signal import Itimerval, ItimerWhich, Sigevent, SigeventNotify
from guest.abi.structs import Itimerspec, Timespec, Timeval
from guest.arguments import ClockName, InPtr, Int, OutPtr, TimerFlags
from guest.signal.arguments import WhichTimer
from guest.signal.clocks import timer_clock
from guest.signal.posix_timers import PosixTimer
from guest.signal.state import is_valid_signal
from guest.signal.timers import timers_of
from guest.syscall import syscall
from guest.task import Task

_PROCESSOR_TIME = "processor time is looked at four times a millisecond, not at every instruction"


def _microseconds(value: Timeval) -> int:
    if value.tv_sec < 0 or not 0 <= value.tv_usec < 10**6:
        raise Errno(E.EINVAL)
    return value.tv_sec * 10**9 + value.tv_usec * 1000


def _nanoseconds(value: Timespec) -> int:
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return value.ns


@syscall("getitimer", partial=_PROCESSOR_TIME)
def getitimer(task: Task, which: WhichTimer, current: OutPtr[Itimerval]) -> None:
    if which not in list(ItimerWhich):
        raise Errno(E.EINVAL)
    current.put(timers_of(task.process, task.kernel).interval[ItimerWhich(which)].get())


@syscall("setitimer", partial=_PROCESSOR_TIME)
def setitimer(task: Task, which: WhichTimer, new: InPtr[Itimerval], old: OutPtr[Itimerval]) -> None:
    # Linux takes a null pointer for zero, which switches the timer off.
    setting = new.get() if new else Itimerval()
    value_ns, interval_ns = _microseconds(setting.it_value), _microseconds(setting.it_interval)
    if which not in list(ItimerWhich):
        raise Errno(E.EINVAL)
    timer = timers_of(task.process, task.kernel).interval[ItimerWhich(which)]
    previous = timer.get()
    timer.set(value_ns, interval_ns)
    if old:
        old.put(previous)


@syscall("timer_create", partial=_PROCESSOR_TIME)
def timer_create(task: Task, clock: ClockName, event: InPtr[Sigevent], result: OutPtr[I32]) -> None:
    timers = timers_of(task.process, task.kernel)
    source = timer_clock(task, clock, timers.dormant)
    wanted = event.get() if event else None
    thread = None if wanted is None else _checked_receiver(task, wanted)
    number = timers.new_id()
    if wanted is None:
        wanted = Sigevent(number, Signal.SIGALRM, SigeventNotify.SIGEV_SIGNAL)
    result.put(number)
    timers.posix[number] = PosixTimer(
        number, source, task.process, thread, wanted.sigev_notify, wanted.sigev_signo, wanted.sigev_value
    )


def _checked_receiver(task: Task, event: Sigevent) -> Task | None:
    """The thread that the signal is for (good_sigevent: EINVAL)."""
    thread = None
    if event.sigev_notify == SigeventNotify.SIGEV_THREAD_ID:
        thread = task.kernel.tasks.find(event.sigev_tid)
        if thread is None or thread.process is not task.process:
            raise Errno(E.EINVAL)
    elif event.sigev_notify not in list(SigeventNotify):
        raise Errno(E.EINVAL)
    if event.sigev_notify != SigeventNotify.SIGEV_NONE and not is_valid_signal(event.sigev_signo):
        raise Errno(E.EINVAL)
    return thread


def _timer(task: Task, number: int) -> PosixTimer:
    timer = timers_of(task.process, task.kernel).posix.get(number)
    if timer is None:
        raise Errno(E.EINVAL)
    return timer


@syscall("timer_settime")
def timer_settime(task: Task, number: Int, flags: TimerFlags, new: InPtr[Itimerspec], old: OutPtr[Itimerspec]) -> None:
    if not new:
        raise Errno(E.EINVAL)
    setting = new.get()
    value_ns, interval_ns = _nanoseconds(setting.it_value), _nanoseconds(setting.it_interval)
    timer = _timer(task, number)
    previous = timer.get()
    timer.set(value_ns, interval_ns, absolute=bool(flags & TimerFlag.TIMER_ABSTIME))
    if old:
        old.put(previous)


@syscall("timer_gettime")
def timer_gettime(task: Task, number: Int, current: OutPtr[Itimerspec]) -> None:
    timer = _timer(task, number)
    current.put(timer.get())


@syscall("timer_getoverrun")
def timer_getoverrun(task: Task, number: Int) -> int:
    return _timer(task, number).overrun_last


@syscall("timer_delete")
def timer_delete(task: Task, number: Int) -> None:
    timer = _timer(task, number)
    timer.disarm()
    del timers_of(task.process, task.kernel).posix[number]
