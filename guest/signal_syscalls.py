"""System calls that set signal actions and masks, and that send signals."""

from __future__ import annotations

from guest.abi.constants import SIG_IGN, SigprocmaskHow
from guest.abi.cstruct import U64
from guest.abi.errno import E, Errno
from guest.abi.structs import Sigaction, SigaltStack
from guest.arguments import InPtr, Int, MaskHowName, OutPtr, Pid, SignalNumber, Size
from guest.signal_state import UNBLOCKABLE, SignalInfo, SignalStack, is_valid_signal
from guest.syscall import syscall
from guest.task import FatalSignal, Task

_SIGSET_BYTES = 8
_SS_ONSTACK = 1
_SS_DISABLE = 2
_MINSIGSTKSZ = 5120
_SI_TKILL = -6


def send_signal(sender: Task, receiver: Task, info: SignalInfo, *, group: bool) -> None:
    """Send a signal. Raises FatalSignal if it ends the sender's own process; otherwise it is pending for
    `signal.py`.
    """
    handlers = receiver.handlers
    blocked = receiver.blocked >> (info.number - 1) & 1
    if handlers.is_ignored(info.number) and not blocked:
        return
    if receiver.process is sender.process and not blocked and handlers.is_fatal(info.number):
        raise FatalSignal(info.number)
    (receiver.process.pending if group else receiver.pending).add(info)


@syscall("rt_sigaction")
def rt_sigaction(
    task: Task, number: SignalNumber, action: InPtr[Sigaction], old: OutPtr[Sigaction], size: Size
) -> None:
    if size != _SIGSET_BYTES or not is_valid_signal(number):
        raise Errno(E.EINVAL)
    previous = task.handlers.get(number)
    if action:
        if UNBLOCKABLE >> (number - 1) & 1:
            raise Errno(E.EINVAL)
        new = action.get()
        new.sa_mask &= ~UNBLOCKABLE
        task.handlers.set(number, new)
        if new.sa_handler == SIG_IGN:
            task.pending.discard(number)
            task.process.pending.discard(number)
    if old:
        old.put(previous)


@syscall("rt_sigprocmask")
def rt_sigprocmask(task: Task, how: MaskHowName, mask: InPtr[U64], old: OutPtr[U64], size: Size) -> None:
    if size != _SIGSET_BYTES:
        raise Errno(E.EINVAL)
    previous = task.blocked
    if mask:
        value = mask.get()
        if how == SigprocmaskHow.SIG_BLOCK:
            value |= previous
        elif how == SigprocmaskHow.SIG_UNBLOCK:
            value = previous & ~value
        elif how != SigprocmaskHow.SIG_SETMASK:
            raise Errno(E.EINVAL)
        task.blocked = value & ~UNBLOCKABLE
    if old:
        old.put(previous)
    _end_if_fatal(task)


@syscall("rt_sigpending")
def rt_sigpending(task: Task, result: OutPtr[U64], size: Size) -> None:
    if size > _SIGSET_BYTES:
        raise Errno(E.EINVAL)
    result.put((task.pending.mask | task.process.pending.mask) & task.blocked)


@syscall("sigaltstack", partial="does not know yet whether the task runs on the alternate stack")
def sigaltstack(task: Task, new: InPtr[SigaltStack], old: OutPtr[SigaltStack]) -> None:
    previous = task.signal_stack
    if new:
        value = new.get()
        if value.ss_flags & ~_SS_DISABLE:
            raise Errno(E.EINVAL)
        if value.ss_flags & _SS_DISABLE:
            task.signal_stack = SignalStack()
        elif value.ss_size < _MINSIGSTKSZ:
            raise Errno(E.ENOMEM)
        else:
            task.signal_stack = SignalStack(value.ss_sp, 0, value.ss_size)
    if old:
        old.put(SigaltStack(previous.address, previous.flags, previous.size))


@syscall("kill", partial="process groups other than the caller's own are not known")
def kill(task: Task, pid: Pid, number: Int) -> None:
    if pid in (0, -1, -task.process.group):
        if pid == -1:
            # Linux sends to everybody but the sender and process 1; there is nobody else yet.
            raise Errno(E.ESRCH)
        pid = task.pid
    _send_to_self(task, pid, number, code=0, group=True)


@syscall("tkill", partial="reaches the calling thread only")
def tkill(task: Task, tid: Pid, number: Int) -> None:
    if tid <= 0:
        raise Errno(E.EINVAL)
    _send_to_self(task, tid, number, code=_SI_TKILL, group=False)


@syscall("tgkill", partial="reaches the calling thread only")
def tgkill(task: Task, pid: Pid, tid: Pid, number: Int) -> None:
    if tid <= 0 or pid <= 0:
        raise Errno(E.EINVAL)
    if pid != task.pid:
        raise Errno(E.ESRCH)
    _send_to_self(task, tid, number, code=_SI_TKILL, group=False)


def _send_to_self(task: Task, target: int, number: int, *, code: int, group: bool) -> None:
    if number and not is_valid_signal(number):
        raise Errno(E.EINVAL)
    if target != (task.pid if group else task.tid):
        raise Errno(E.ESRCH)
    if number:
        info = SignalInfo(number, code, task.pid, task.credentials.uid)
        send_signal(task, task, info, group=group)


def _end_if_fatal(task: Task) -> None:
    """A signal that was blocked and has just been unblocked may end the process."""
    for pending in (task.pending, task.process.pending):
        ready = pending.mask & ~task.blocked
        for number in range(1, 65):
            if ready >> (number - 1) & 1 and task.handlers.is_fatal(number):
                raise FatalSignal(number)
