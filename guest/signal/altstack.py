"""The alternate stack of a task for its handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.signal import MINIMUM_STACK, StackFlag
from guest.abi.structs import SigaltStack
from guest.signal.state import SignalStack

if TYPE_CHECKING:
    from guest.task import Task

_FLAGS = int(StackFlag.SS_AUTODISARM)


def choose(stack: SignalStack, sp: int, *, on_stack: bool) -> int:
    """Where a frame goes below: the top of the alternate stack if the handler wants it and the code does not run
    there already, else SP.
    """
    if on_stack and stack.size and not stack.holds(sp):
        return stack.address + stack.size
    return sp


def describe(stack: SignalStack, sp: int) -> SigaltStack:
    """What sigaltstack tells about it to code with this stack pointer."""
    flags = stack.flags & _FLAGS
    if not stack.size:
        flags |= StackFlag.SS_DISABLE
    elif stack.holds(sp):
        flags |= StackFlag.SS_ONSTACK
    return SigaltStack(stack.address, flags - (flags >> 31 << 32), stack.size)


def change(task: Task, new: SigaltStack, sp: int) -> None:
    """Set another one (EPERM while it is in use, EINVAL, ENOMEM if too small)."""
    flags = new.ss_flags & 0xFFFFFFFF
    mode = flags & ~_FLAGS
    if task.signal_stack.holds(sp):
        raise Errno(E.EPERM)
    if mode not in (0, StackFlag.SS_ONSTACK, StackFlag.SS_DISABLE):
        raise Errno(E.EINVAL)
    if mode == StackFlag.SS_DISABLE:
        task.signal_stack = SignalStack(0, flags, 0)
    elif new.ss_size < MINIMUM_STACK:
        raise Errno(E.ENOMEM)
    else:
        task.signal_stack = SignalStack(new.ss_sp, flags, new.ss_size)
