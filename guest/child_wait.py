"""Waiting for children: wait4 and waitid (`kernel/exit.c`, do_wait)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.flags import show_flags
from guest.abi.process import WaitId, WaitOption
from guest.abi.signal import ChildCode
from guest.abi.structs import Rusage, Timeval
from guest.accounting import Accounting, of_process, peak_resident_bytes
from guest.arguments import Address, ArgumentType, Integer, OutPtr, Pid, Shown, signed32, unsigned32
from guest.child_notice import child_info, end_info
from guest.exit import reap
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.services import CpuTime
from guest.signal.state import SignalInfo
from guest.syscall import syscall
from guest.task import Process, Task
from guest.wait import Blocking, Wait

_WAIT4_OPTIONS = (
    WaitOption.WNOHANG | WaitOption.WSTOPPED | WaitOption.WCONTINUED
    | WaitOption.WNOTHREAD | WaitOption.WCLONE | WaitOption.WALL
)  # fmt: skip
_WAITID_OPTIONS = _WAIT4_OPTIONS | WaitOption.WEXITED | WaitOption.WNOWAIT
_SAID_STOPPED = 0x7F
_SAID_CONTINUED = 0xFFFF


def show_options(value: int) -> str:
    """Options as strace prints them: WSTOPPED is WUNTRACED for wait4, and three have underscores."""
    text = show_flags(WaitOption, value)
    for name in ("WNOTHREAD", "WALL", "WCLONE"):
        text = text.replace(name, f"__{name}")
    return text


class _StatusType(ArgumentType):
    """Where wait4 stores a status."""

    output = True

    def show(self, shown: Shown) -> str:
        if not shown.raw:
            return "NULL"
        if shown.result is None or shown.result <= 0:
            return hex(shown.raw)
        return show_status(int.from_bytes(copy_from_user(shown.task.mm, shown.raw, 4), "little"))


def show_status(status: int) -> str:
    """`[{WIFEXITED(s) && WEXITSTATUS(s) == 1}]`."""
    if status == _SAID_CONTINUED:
        return "[{WIFCONTINUED(s)}]"
    if status & 0xFF == _SAID_STOPPED:
        return f"[{{WIFSTOPPED(s) && WSTOPSIG(s) == {_signal(status >> 8)}}}]"
    if status & 0x7F:
        core = " && WCOREDUMP(s)" if status & 0x80 else ""
        return f"[{{WIFSIGNALED(s) && WTERMSIG(s) == {_signal(status & 0x7F)}{core}}}]"
    return f"[{{WIFEXITED(s) && WEXITSTATUS(s) == {status >> 8}}}]"


def _signal(number: int) -> str:
    return Signal(number).name if number in Signal.__members__.values() else f"SIGRT_{number - 32}"


WaitStatus = Annotated[int, _StatusType()]
Wait4Options = Annotated[int, Integer(unsigned32, lambda value: show_options(value).replace("WSTOPPED", "WUNTRACED"))]
WaitidOptions = Annotated[int, Integer(unsigned32, show_options)]
_ID_NAMES = {member.value: member.name for member in WaitId}
WaitIdName = Annotated[int, Integer(signed32, lambda value: _ID_NAMES.get(value, hex(value)))]


@dataclass(frozen=True)
class _Report:
    """What a wait found."""

    child: Process
    info: SignalInfo
    usage: Rusage

    @property
    def status(self) -> int:
        """As wait4 stores it."""
        if self.info.code == ChildCode.CLD_STOPPED:
            return self.info.status << 8 | _SAID_STOPPED
        if self.info.code == ChildCode.CLD_CONTINUED:
            return _SAID_CONTINUED
        assert self.child.exit_code is not None
        return self.child.exit_code


@syscall("wait4", partial="__WNOTHREAD is EINVAL: children belong to the process, not to one of its threads")
def wait4(task: Task, pid: Pid, status: WaitStatus, options: Wait4Options, usage: OutPtr[Rusage]) -> Blocking[int]:
    if options & ~_WAIT4_OPTIONS or options & WaitOption.WNOTHREAD:
        raise Errno(E.EINVAL)
    if pid == -(1 << 31):
        raise Errno(E.ESRCH)
    group = task.process.group if pid == 0 else -pid
    if pid > 0:
        chosen = _with_pid(pid)
    elif pid == -1:
        chosen = _any
    else:
        chosen = _in_group(group)
    return _wait4(task, chosen, status, options | WaitOption.WEXITED, usage)


def _wait4(
    task: Task, chosen: Callable[[Process], bool], status: int, options: int, usage: OutPtr[Rusage]
) -> Blocking[int]:
    report = yield from _wait(task, chosen, options)
    if report is None:
        return 0
    if status:
        copy_to_user(task.mm, status, report.status.to_bytes(4, "little"))
    if usage:
        usage.put(report.usage)
    return report.child.pid


@syscall("waitid", partial="__WNOTHREAD is EINVAL: children belong to the process, not to one of its threads")
def waitid(
    task: Task, kind: WaitIdName, number: Pid, info: Address, options: WaitidOptions, usage: OutPtr[Rusage]
) -> Blocking[None]:
    states = WaitOption.WEXITED | WaitOption.WSTOPPED | WaitOption.WCONTINUED
    if options & ~_WAITID_OPTIONS or options & WaitOption.WNOTHREAD or not options & states:
        raise Errno(E.EINVAL)
    return _waitid(task, _chooser(task, kind, number), info, options, usage)


def _chooser(task: Task, kind: int, number: int) -> Callable[[Process], bool]:
    match kind:
        case WaitId.P_ALL:
            return _any
        case WaitId.P_PID if number > 0:
            return _with_pid(number)
        case WaitId.P_PGID if number >= 0:
            return _in_group(number or task.process.group)
        case WaitId.P_PIDFD if number >= 0:
            from guest.events.pidfd import process_of

            target = process_of(task.files.get(number))
            return lambda child: child is target
    raise Errno(E.EINVAL)


def _waitid(
    task: Task, chosen: Callable[[Process], bool], info: int, options: int, usage: OutPtr[Rusage]
) -> Blocking[None]:
    report = yield from _wait(task, chosen, options)
    if report is not None and usage:
        usage.put(report.usage)
    if not info:
        return
    found = report.info if report is not None else SignalInfo(0)
    number = Signal.SIGCHLD if report is not None else 0
    # Only these six members are stored; the four bytes between them are padding that stays as it is.
    copy_to_user(task.mm, info, b"".join(value.to_bytes(4, "little") for value in (number, 0, found.code)))
    fields = (found.pid, found.uid, found.status)
    copy_to_user(task.mm, info + 16, b"".join(value.to_bytes(4, "little") for value in fields))


def _any(child: Process) -> bool:
    return True


def _with_pid(pid: int) -> Callable[[Process], bool]:
    return lambda child: child.pid == pid


def _in_group(group: int) -> Callable[[Process], bool]:
    return lambda child: child.group == group


def _wait(task: Task, chosen: Callable[[Process], bool], options: int) -> Blocking[_Report | None]:
    """Until one of the chosen children has something to report; None if that is not so now, under WNOHANG."""
    process = task.process
    while True:
        candidates = [child for child in process.children if chosen(child) and _is_kind(child, options)]
        if not candidates:
            raise Errno(E.ECHILD)
        for child in candidates:
            report = _report(task, child, options)
            if report is not None:
                return report
        if options & WaitOption.WNOHANG:
            return None
        yield Wait(queues=(process.child_event,))


def _is_kind(child: Process, options: int) -> bool:
    """Children whose end does not send SIGCHLD are "clones" and waited for only when asked for."""
    if options & WaitOption.WALL:
        return True
    return (child.exit_signal != Signal.SIGCHLD) == bool(options & WaitOption.WCLONE)


def _report(task: Task, child: Process, options: int) -> _Report | None:
    keep = bool(options & WaitOption.WNOWAIT)
    if child.zombie:
        if not options & WaitOption.WEXITED:
            return None
        report = _Report(child, end_info(child), _usage(task, child))
        if not keep:
            reap(task.kernel, child)
        return report
    if options & WaitOption.WSTOPPED and child.stop_to_report:
        report = _Report(child, child_info(child, ChildCode.CLD_STOPPED, child.stop_to_report), _usage(task, child))
        if not keep:
            child.stop_to_report = 0
        return report
    if options & WaitOption.WCONTINUED and child.continue_to_report:
        report = _Report(child, child_info(child, ChildCode.CLD_CONTINUED, Signal.SIGCONT), _usage(task, child))
        if not keep:
            child.continue_to_report = False
        return report
    return None


def _usage(task: Task, child: Process) -> Rusage:
    clock = task.kernel.clock
    used = sum((clock.cpu_time(thread) for thread in child.threads), child.ended_threads) + child.waited_children
    own = [peak_resident_bytes(thread.mm, child) for thread in child.threads]
    peak = max(child.peak_bytes, child.children_peak_bytes, *own, 0)
    return make_rusage(used, peak, of_process(child) + child.waited_accounting)


def make_rusage(used: CpuTime, peak_bytes: int, counts: Accounting) -> Rusage:
    """struct rusage: times, the peak of resident memory, faults and switches."""
    return Rusage(
        Timeval.from_ns(used.user_ns),
        Timeval.from_ns(used.system_ns),
        peak_bytes // 1024,
        ru_minflt=counts.minor_faults,
        ru_nvcsw=counts.voluntary_switches,
        ru_nivcsw=counts.involuntary_switches,
    )
