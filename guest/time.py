"""System calls of time. All of it is virtual: cycles of the core divided by its frequency, from the machine's start."""

from __future__ import annotations

from guest.abi.constants import CLOCK_TICKS_PER_SECOND, ClockId
from guest.abi.errno import E, Errno
from guest.abi.flags import TimerFlag
from guest.abi.structs import Timespec, Timeval, Timezone, Tms
from guest.arguments import ClockName, InPtr, OutPtr, TimerFlags
from guest.services import CpuTime
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Until, Wakeup

COARSE_NS = 4_000_000
"""Resolution of the coarse clocks: a tick of a kernel with HZ=250."""
_TICK_NS = 10**9 // CLOCK_TICKS_PER_SECOND
_REALTIME = (ClockId.CLOCK_REALTIME, ClockId.CLOCK_REALTIME_COARSE, ClockId.CLOCK_REALTIME_ALARM, ClockId.CLOCK_TAI)
_MONOTONIC = (
    ClockId.CLOCK_MONOTONIC, ClockId.CLOCK_MONOTONIC_RAW, ClockId.CLOCK_MONOTONIC_COARSE, ClockId.CLOCK_BOOTTIME,
    ClockId.CLOCK_BOOTTIME_ALARM,
)  # fmt: skip
_COARSE = (ClockId.CLOCK_REALTIME_COARSE, ClockId.CLOCK_MONOTONIC_COARSE)


def clock_ns(task: Task, clock: int) -> int:
    """Reading of a clock (EINVAL for one that does not exist)."""
    if clock in _MONOTONIC:
        now = task.kernel.clock.now_ns()
    elif clock in _REALTIME:
        now = task.kernel.realtime_ns()
    else:
        return _cpu_clock_ns(task, clock)
    return now - now % COARSE_NS if clock in _COARSE else now


def _cpu_clock_ns(task: Task, clock: int) -> int:
    if clock < 0:
        # clock_getcpuclockid: the complement of a pid or tid in the high bits, bit 2 for a thread, 2 = scheduled time.
        number, per_thread = ~(clock >> 3), bool(clock & 4)
        if clock & 3 == 3 or number not in (0, task.tid if per_thread else task.pid):
            raise Errno(E.EINVAL)
    elif clock in (ClockId.CLOCK_PROCESS_CPUTIME_ID, ClockId.CLOCK_THREAD_CPUTIME_ID):
        per_thread = clock == ClockId.CLOCK_THREAD_CPUTIME_ID
    else:
        raise Errno(E.EINVAL)
    used = task.kernel.clock.cpu_time(task) if per_thread else process_time(task)
    return used.user_ns + used.system_ns


def process_time(task: Task) -> CpuTime:
    """Processor time of all threads of the task's process, those that are over included."""
    times = (task.kernel.clock.cpu_time(thread) for thread in task.process.threads)
    return sum(times, task.process.ended_threads)


@syscall("clock_gettime")
def clock_gettime(task: Task, clock: ClockName, result: OutPtr[Timespec]) -> None:
    result.put(Timespec.from_ns(clock_ns(task, clock)))


@syscall("clock_getres")
def clock_getres(task: Task, clock: ClockName, result: OutPtr[Timespec]) -> None:
    clock_ns(task, clock)
    if result:
        result.put(Timespec.from_ns(COARSE_NS if clock in _COARSE else 1))


@syscall("clock_settime", note="the guest's clock cannot be set")
def clock_settime(task: Task, clock: ClockName, value: InPtr[Timespec]) -> None:
    value.get()
    clock_ns(task, clock)
    raise Errno(E.EPERM if clock == ClockId.CLOCK_REALTIME else E.EINVAL)


@syscall("gettimeofday")
def gettimeofday(task: Task, result: OutPtr[Timeval], zone: OutPtr[Timezone]) -> None:
    if result:
        result.put(Timeval.from_ns(task.kernel.realtime_ns()))
    if zone:
        zone.put(Timezone())


def _duration_ns(value: Timespec) -> int:
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return value.ns


def _sleep(task: Task, deadline_ns: int, remaining: OutPtr[Timespec] | None) -> Blocking[None]:
    """Sleep until the monotonic deadline; on a signal, EINTR with what is left in `remaining`."""
    clock = task.kernel.clock
    try:
        while clock.now_ns() < deadline_ns:
            if (yield Until(deadline_ns)) is Wakeup.TIMEOUT:
                break
    except Errno:
        if remaining:
            remaining.put(Timespec.from_ns(max(deadline_ns - clock.now_ns(), 0)))
        raise


@syscall("nanosleep", restartable=False)
def nanosleep(task: Task, duration: InPtr[Timespec], remaining: OutPtr[Timespec]) -> Blocking[None]:
    return _sleep(task, task.kernel.clock.now_ns() + _duration_ns(duration.get()), remaining)


@syscall("clock_nanosleep", restartable=False, partial="no processor-time clocks")
def clock_nanosleep(
    task: Task, clock: ClockName, flags: TimerFlags, duration: InPtr[Timespec], remaining: OutPtr[Timespec]
) -> Blocking[None]:
    if clock not in _MONOTONIC and clock not in _REALTIME:
        clock_ns(task, clock)
        raise Errno(E.EOPNOTSUPP)
    if clock in _COARSE or clock == ClockId.CLOCK_MONOTONIC_RAW:
        raise Errno(E.EOPNOTSUPP)
    value = _duration_ns(duration.get())
    now = task.kernel.clock.now_ns()
    if flags & TimerFlag.TIMER_ABSTIME:
        return _sleep(task, value - (task.kernel.identity.epoch_ns if clock in _REALTIME else 0), None)
    return _sleep(task, now + value, remaining)


@syscall("times")
def times(task: Task, result: OutPtr[Tms]) -> int:
    if result:
        used, children = process_time(task), task.process.waited_children
        result.put(
            Tms(
                tms_utime=used.user_ns // _TICK_NS,
                tms_stime=used.system_ns // _TICK_NS,
                tms_cutime=children.user_ns // _TICK_NS,
                tms_cstime=children.system_ns // _TICK_NS,
            )
        )
    return task.kernel.clock.now_ns() // _TICK_NS
