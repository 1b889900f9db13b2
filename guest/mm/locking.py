"""Locked memory: mlock and its relatives (`mm/mlock.c`). Nothing is ever paged out, so what counts is the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import Resource
from guest.abi.errno import E, Errno
from guest.credentials import Capability
from guest.mm.layout import page_down, page_up

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace
    from guest.task import Task

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
MLOCK_ONFAULT = 1


def may_lock(task: Task) -> bool:
    """Whether the task may lock anything at all (can_do_mlock)."""
    return bool(_limit(task)) or task.credentials.capable(Capability.CAP_IPC_LOCK)


def within_limit(task: Task, more: int) -> bool:
    """Whether so many bytes more may be locked (RLIMIT_MEMLOCK)."""
    if task.credentials.capable(Capability.CAP_IPC_LOCK):
        return True
    return task.mm.locked_bytes + more <= _limit(task)


def _limit(task: Task) -> int:
    return task.process.limits.get(Resource.RLIMIT_MEMLOCK).rlim_cur & -PAGE_SIZE


def lock(task: Task, address: int, size: int, *, on_fault: bool) -> None:
    """mlock (EPERM, ENOMEM, EINVAL, EAGAIN)."""
    if not may_lock(task):
        raise Errno(E.EPERM)
    mm = task.mm
    start, end = page_down(address), page_up(address + size)
    if end < start or end > mm.layout.task_size:
        raise Errno(E.ENOMEM if size < 1 << 63 else E.EINVAL)
    already = sum(area.slice(start, end).size for area in mm.vmas.overlapping(start, end) if area.locked)
    if not within_limit(task, end - start - already):
        raise Errno(E.ENOMEM)
    mm.set_locked(start, end, True)
    if not mm.vmas.covers(start, end):
        raise Errno(E.ENOMEM)
    if not on_fault and not fill(mm, start, end):
        raise Errno(E.ENOMEM)


def fill(mm: AddressSpace, start: int, end: int) -> bool:
    """Let every page of a locked range be there; whether all of them may be."""
    done = True
    for area in mm.vmas.overlapping(start, end):
        part = area.slice(start, end)
        writable = area.protection & Protection.WRITE and not area.shared
        if not area.protection or not mm.populate(
            part.start, part.size, Protection.WRITE if writable else Protection.READ
        ):
            done = False
    return done


def lock_all(task: Task, flags: int) -> None:
    """mlockall (EINVAL, EPERM, ENOMEM)."""
    if not flags or flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) or flags == MCL_ONFAULT:
        raise Errno(E.EINVAL)
    if not may_lock(task):
        raise Errno(E.EPERM)
    mm = task.mm
    if flags & MCL_CURRENT and not within_limit(task, mm.mapped_bytes - mm.locked_bytes):
        raise Errno(E.ENOMEM)
    mm.lock_future = bool(flags & MCL_FUTURE)
    if flags & MCL_CURRENT:
        mm.set_locked(0, mm.layout.task_size, True)
        if not flags & MCL_ONFAULT:
            for area in tuple(mm.vmas):
                if area.protection:
                    fill(mm, area.start, area.end)
