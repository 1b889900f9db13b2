"""Sending a signal: whether it becomes pending, where, and which thread has to see to it (`kernel/signal.c`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import SIG_DFL, SIG_IGN, Resource, Signal
from guest.abi.errno import E, Errno
from guest.abi.signal import FIRST_REAL_TIME, SignalCode
from guest.abi.structs import Sigaction
from guest.signal.mask import deliverable
from guest.signal.state import STOPPING, SignalInfo, bit

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process, Task


def send_to_task(task: Task, info: SignalInfo) -> bool:
    """Send a signal to one thread; False if nothing became pending because it is ignored. Raises EAGAIN if too many
    real-time signals are queued.
    """
    return _send(task, task.process, info, task)


def send_to_process(process: Process, info: SignalInfo) -> bool:
    """Send a signal to a process: any thread that does not block it takes it. Otherwise like `send_to_task`."""
    if not process.threads:
        return False
    return _send(process.threads[0], process, info, None)


def send_to_group(kernel: KernelServices, group: int, info: SignalInfo) -> int:
    """Send a signal to every process of a process group, without asking for permission; how many there are."""
    members = [process for process in kernel.tasks.group(group) if process.threads]
    for process in members:
        send_to_process(process, info)
    return len(members)


def force(task: Task, info: SignalInfo) -> None:
    """Send a signal that the task's own last instruction caused. If it is blocked or ignored, its action becomes the
    default one, which ends the process (force_sig_info).
    """
    number = info.number
    action = task.handlers.get(number)
    blocked = bool(task.blocked & bit(number))
    if blocked or action.sa_handler == SIG_IGN:
        task.handlers.set(number, Sigaction(SIG_DFL, action.sa_flags, action.sa_restorer, action.sa_mask))
        task.blocked &= ~bit(number)
    task.pending.add(info)
    task.attention = True


def force_fatal(task: Task, number: int) -> None:
    """End the process by a signal, whatever it wants done with it (a frame that cannot be written or read back)."""
    task.handlers.set(number, Sigaction())
    force(task, SignalInfo(number, SignalCode.SI_KERNEL))


def force_segv(task: Task, delivering: int) -> None:
    """The frame for the handler of `delivering` could not be made. If that is SIGSEGV itself, nothing can handle it."""
    if delivering == Signal.SIGSEGV:
        force_fatal(task, Signal.SIGSEGV)
    else:
        force(task, SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL))


def _send(task: Task, process: Process, info: SignalInfo, thread: Task | None) -> bool:
    """`task` is any thread of the process; `thread` the one that must take the signal, or None for any."""
    number = info.number
    if process.ending is not None or process.exit_code is not None:
        return False
    scheduling = task.kernel.scheduling
    if number == Signal.SIGCONT:
        _discard(process, STOPPING)
        scheduling.continue_process(process)
    elif bit(number) & STOPPING:
        _discard(process, bit(Signal.SIGCONT))
    elif number == Signal.SIGKILL and process.stopped:
        # The only signal that takes effect on a stopped process; it does not run again first.
        scheduling.end_process(process, 0, signal=Signal.SIGKILL)
        return True
    if task.handlers.is_ignored(number) and not _blocked(process, thread, number):
        return False
    if _queue_is_full(process, info):
        raise Errno(E.EAGAIN)
    if (process.pending if thread is None else thread.pending).add(info):
        task.handlers.arrivals.wake(mask=bit(number))
        chosen = _receiver(process, number) if thread is None else thread
        if chosen is not None and not chosen.blocked & bit(number):
            scheduling.wake_for_signal(chosen)
    return True


def _discard(process: Process, mask: int) -> None:
    process.pending.discard(mask)
    for thread in process.threads:
        thread.pending.discard(mask)


def _blocked(process: Process, thread: Task | None, number: int) -> bool:
    """Whether an ignored signal is kept because its receiver blocks it: it may be handled when it is unblocked."""
    receiver = thread or process.threads[0]
    return bool(receiver.blocked & bit(number))


def _receiver(process: Process, number: int) -> Task | None:
    """The thread that a signal of the process interrupts: the first that does not block it, rather one that has no
    other signal to see to.
    """
    willing = [thread for thread in process.threads if not thread.blocked & bit(number)]
    return next((thread for thread in willing if not deliverable(thread) & thread.pending.mask), None) or next(
        iter(willing), None
    )


def _queue_is_full(process: Process, info: SignalInfo) -> bool:
    """RLIMIT_SIGPENDING applies to real-time signals that carry a value; counted here by process, not by user."""
    if info.number < FIRST_REAL_TIME or info.code >= SignalCode.SI_USER or info.timer is not None:
        return False
    queued = len(process.pending) + sum(len(thread.pending) for thread in process.threads)
    return queued >= process.limits.get(Resource.RLIMIT_SIGPENDING).rlim_cur
