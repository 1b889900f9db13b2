"""What a task has to do before it returns to user mode (Linux: get_signal).

The kernel asks `next_action` again and again until it gives None: several handlers can be entered one on top of the
other, and a stopped task goes on here when it is continued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from guest.abi.constants import SIG_DFL, SIG_IGN, Resource, Signal
from guest.abi.signal import SigactionFlag
from guest.abi.structs import Sigaction
from guest.signal import jobs
from guest.signal.state import STOPPING, SignalInfo, bit, dumps_core, is_ignored_by_default

if TYPE_CHECKING:
    from guest.task import Task

_SMALLEST_CORE = 4096
"""Under a smaller RLIMIT_CORE no core is dumped (ELF_EXEC_PAGESIZE, linux_binfmt.min_coredump)."""


@dataclass(frozen=True)
class Deliver:
    """Run a handler: `frame.push` makes its frame."""

    info: SignalInfo
    action: Sigaction


@dataclass(frozen=True)
class Fatal:
    """The process ends."""

    info: SignalInfo
    core_dump: bool


@dataclass(frozen=True)
class Stop:
    """The process stops (job control)."""

    info: SignalInfo


Action = Deliver | Fatal | Stop


def next_action(task: Task) -> Action | None:
    """What to do next; None if no signal is left that does something. Takes the signal from what is pending."""
    if task.process.timers is not None:
        task.process.timers.running_again()
    while (info := take(task, task.blocked)) is not None:
        action = task.handlers.get(info.number)
        if action.sa_handler == SIG_IGN and info.number != Signal.SIGKILL:
            continue
        if action.sa_handler not in (SIG_DFL, SIG_IGN):
            if action.sa_flags & SigactionFlag.SA_RESETHAND:
                task.handlers.set(info.number, replace(action, sa_handler=SIG_DFL))
            return Deliver(info, action)
        if is_ignored_by_default(info.number):
            continue
        if bit(info.number) & STOPPING:
            # Nobody could continue a process of an orphaned group; SIGSTOP means it all the same.
            if info.number != Signal.SIGSTOP and jobs.is_orphaned(task.kernel, task.process.group):
                continue
            return Stop(info)
        return Fatal(info, dumps_core(info.number) and _core_wanted(task))
    return None


def take(task: Task, blocked: int) -> SignalInfo | None:
    """The signal to be delivered next, no longer pending: faults, then the task's own, then the process's."""
    own, shared = task.pending, task.process.pending
    info = own.take_fault(blocked) or own.take(blocked)
    if info is None:
        info = shared.take(blocked)
        if info is not None and info.number == Signal.SIGALRM and task.process.timers is not None:
            task.process.timers.alarm_taken()
    if info is not None and info.timer is not None:
        info = info.timer.signal_taken(info)
    return info


def _core_wanted(task: Task) -> bool:
    return task.process.dumpable == 1 and task.process.limits.get(Resource.RLIMIT_CORE).rlim_cur >= _SMALLEST_CORE
