"""The signal mask argument of ppoll, pselect6 and epoll_pwait."""

from __future__ import annotations

from guest.abi.cstruct import U64
from guest.abi.errno import E, Errno
from guest.arguments import InPtr
from guest.signal.mask import deliverable, with_mask
from guest.task import Task
from guest.wait import Blocking

SIGSET_BYTES = 8


def read_mask(pointer: InPtr[U64], size: int) -> int | None:
    """The mask that a call was given; None if it was given none (EINVAL, EFAULT)."""
    if not pointer:
        return None
    if size != SIGSET_BYTES:
        raise Errno(E.EINVAL)
    return pointer.get()


def wait_masked(task: Task, mask: int | None, call: Blocking[int]) -> Blocking[int]:
    """Run `call`, which waits, with `mask` as the signal mask; None leaves the mask alone."""
    return call if mask is None else with_mask(task, mask, _unless_interrupted(task, call))


def _unless_interrupted(task: Task, call: Blocking[int]) -> Blocking[int]:
    """A signal that the new mask lets through ends the wait before it begins."""
    pending = deliverable(task)
    numbers = (number for number in range(1, pending.bit_length() + 1) if pending >> (number - 1) & 1)
    if not all(task.handlers.is_ignored(number) for number in numbers):
        call.close()
        raise Errno(E.EINTR)
    return (yield from call)
