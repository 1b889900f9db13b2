"""System calls on a task's own signals: actions, masks, waiting, the alternate stack, return from handlers."""

from __future__ import annotations

from guest.abi.constants import Signal, SigprocmaskHow
from guest.abi.errno import E, Errno
from guest.abi.signal import KNOWN_ACTION_FLAGS, SIGSET_BYTES, SignalCode
from guest.abi.structs import Sigaction, SigaltStack, Timespec
from guest.arguments import Address, InPtr, MaskHowName, OutPtr, Size
from guest.mm.user_copy import copy_to_user
from guest.signal import altstack, frame
from guest.signal.arguments import SignalMask, SignalName
from guest.signal.delivery import take
from guest.signal.mask import set_blocked, with_mask
from guest.signal.send import force
from guest.signal.state import UNBLOCKABLE, SignalInfo, bit, is_valid_signal
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup


def _check_size(size: int) -> None:
    if size != SIGSET_BYTES:
        raise Errno(E.EINVAL)


@syscall("rt_sigaction")
def rt_sigaction(task: Task, number: SignalName, action: InPtr[Sigaction], old: OutPtr[Sigaction], size: Size) -> None:
    _check_size(size)
    new = action.get() if action else None
    if not is_valid_signal(number) or (new is not None and UNBLOCKABLE & bit(number)):
        raise Errno(E.EINVAL)
    previous = task.handlers.get(number)
    if new is not None:
        new.sa_mask &= ~UNBLOCKABLE
        new.sa_flags &= KNOWN_ACTION_FLAGS
        task.handlers.set(number, new)
        if task.handlers.is_ignored(number):
            task.process.pending.discard(bit(number))
            for thread in task.process.threads:
                thread.pending.discard(bit(number))
        elif task.process.timers is not None:
            task.process.timers.no_longer_ignored(number)
    if old:
        old.put(previous)


@syscall("rt_sigprocmask")
def rt_sigprocmask(task: Task, how: MaskHowName, mask: InPtr[SignalMask], old: OutPtr[SignalMask], size: Size) -> None:
    _check_size(size)
    previous = task.blocked
    if mask:
        value = mask.get()
        if how == SigprocmaskHow.SIG_BLOCK:
            value |= previous
        elif how == SigprocmaskHow.SIG_UNBLOCK:
            value = previous & ~value
        elif how != SigprocmaskHow.SIG_SETMASK:
            raise Errno(E.EINVAL)
        set_blocked(task, value)
    if old:
        old.put(previous)


@syscall("rt_sigpending")
def rt_sigpending(task: Task, result: OutPtr[SignalMask], size: Size) -> None:
    if size > SIGSET_BYTES:
        raise Errno(E.EINVAL)
    pending = (task.pending.mask | task.process.pending.mask) & task.blocked
    copy_to_user(task.mm, result.address, pending.to_bytes(SIGSET_BYTES, "little")[:size])


@syscall("rt_sigsuspend", restartable=False)
def rt_sigsuspend(task: Task, mask: InPtr[SignalMask], size: Size) -> Blocking[None]:
    _check_size(size)
    return with_mask(task, mask.get(), _pause())


def _pause() -> Blocking[None]:
    while True:
        yield Wait()


@syscall("rt_sigtimedwait", restartable=False)
def rt_sigtimedwait(
    task: Task, wanted: InPtr[SignalMask], info: Address, timeout: InPtr[Timespec], size: Size
) -> int | Blocking[int]:
    _check_size(size)
    mask = wanted.get() & ~UNBLOCKABLE
    deadline = None
    if timeout:
        duration = timeout.get()
        if duration.tv_sec < 0 or not 0 <= duration.tv_nsec < 10**9:
            raise Errno(E.EINVAL)
        deadline = task.kernel.clock.now_ns() + duration.ns
    taken = take(task, ~mask)
    if taken is not None:
        return _taken(task, info, taken)
    return _wait_for_signal(task, mask, info, deadline)


def _wait_for_signal(task: Task, mask: int, info: int, deadline: int | None) -> Blocking[int]:
    # Signals waited for that are not blocked are taken all the same: while the wait lasts, they are.
    saved = task.blocked
    task.blocked |= mask
    try:
        while True:
            if deadline is not None and task.kernel.clock.now_ns() >= deadline:
                raise Errno(E.EAGAIN)
            wakeup = yield Wait((task.handlers.arrivals,), deadline, mask)
            taken = take(task, ~mask)
            if taken is not None:
                return _taken(task, info, taken)
            if wakeup is Wakeup.TIMEOUT:
                raise Errno(E.EAGAIN)
    finally:
        set_blocked(task, saved)


def _taken(task: Task, address: int, info: SignalInfo) -> int:
    if address:
        copy_to_user(task.mm, address, info.to_bytes())
    return info.number


@syscall("sigaltstack")
def sigaltstack(task: Task, new: InPtr[SigaltStack], old: OutPtr[SigaltStack]) -> None:
    sp = task.registers.state().sp
    previous = altstack.describe(task.signal_stack, sp)
    if new:
        altstack.change(task, new.get(), sp)
    if old:
        old.put(previous)


@syscall("rt_sigreturn", hex_result=True, restartable=False)
def rt_sigreturn(task: Task) -> int:
    try:
        frame.pop(task)
    except frame.BadFrame:
        force(task, SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL))
        return 0
    # The result goes where the frame's X0 went.
    value = task.registers.x(0)
    return value - (1 << 64) if value >> 63 else value


@syscall("restart_syscall", note="calls that are continued after a stop never return to user mode meanwhile")
def restart_syscall(task: Task) -> None:
    raise Errno(E.EINTR)
