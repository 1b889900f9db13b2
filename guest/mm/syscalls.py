"""System calls of memory."""

from __future__ import annotations

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import MadviseAdvice as Advice
from guest.abi.errno import E, Errno
from guest.abi.flags import MapFlag, MapProtection, MsyncFlag, RemapFlag
from guest.arguments import (
    Address,
    AdviceName,
    Fd,
    Int,
    MapFlags,
    MsyncFlags,
    Offset,
    OutBuffer,
    ProtectionFlags,
    RemapFlags,
    RemapTarget,
    Size,
    UInt,
)
from guest.mm.layout import page_up
from guest.mm.user_copy import copy_to_user
from guest.syscall import syscall
from guest.task import Task

_RIGHTS = MapProtection.PROT_READ | MapProtection.PROT_WRITE | MapProtection.PROT_EXEC
_ANNOTATIONS = MapProtection.PROT_BTI
"""Accepted and without effect on a core that lacks the feature, as HWCAP2 says. PROT_MTE is refused as Linux does
then.
"""
_SHARED_TYPES = (MapFlag.MAP_SHARED, MapFlag.MAP_SHARED_VALIDATE)
_MAP_TYPE = 0xF

_ADVICE_WITHOUT_EFFECT = frozenset({
    Advice.MADV_NORMAL, Advice.MADV_RANDOM, Advice.MADV_SEQUENTIAL, Advice.MADV_WILLNEED, Advice.MADV_FREE,
    Advice.MADV_HUGEPAGE, Advice.MADV_NOHUGEPAGE, Advice.MADV_DONTDUMP, Advice.MADV_DODUMP, Advice.MADV_COLD,
    Advice.MADV_PAGEOUT, Advice.MADV_MERGEABLE, Advice.MADV_UNMERGEABLE, Advice.MADV_COLLAPSE,
    Advice.MADV_POPULATE_READ, Advice.MADV_POPULATE_WRITE,
})  # fmt: skip
"""Hints about speed: a program sees no difference (MADV_FREE may always keep the content)."""


def _protection(value: int) -> Protection:
    if value & ~(_RIGHTS | _ANNOTATIONS):
        raise Errno(E.EINVAL)
    protection = Protection.NONE
    if value & MapProtection.PROT_READ:
        protection |= Protection.READ
    if value & MapProtection.PROT_WRITE:
        protection |= Protection.WRITE
    if value & MapProtection.PROT_EXEC:
        protection |= Protection.EXECUTE
    return protection


@syscall(
    "mmap",
    hex_result=True,
    note="file mappings are read in at once; anonymous memory is zero until touched",
    partial="no writable shared mapping of a file; no huge pages; MAP_GROWSDOWN gives an ordinary mapping",
)
def mmap(
    task: Task, address: Address, size: Size, protection: ProtectionFlags, flags: MapFlags, fd: Fd, offset: Offset
) -> int:
    kind = flags & _MAP_TYPE
    if (kind != MapFlag.MAP_PRIVATE and kind not in _SHARED_TYPES) or size == 0 or offset % PAGE_SIZE or offset < 0:
        raise Errno(E.EINVAL)
    if flags & MapFlag.MAP_HUGETLB:
        # As on a kernel whose pool of huge pages is empty.
        raise Errno(E.ENOMEM)
    rights = _protection(protection)
    shared = kind in _SHARED_TYPES
    file = None
    if not flags & MapFlag.MAP_ANONYMOUS:
        file = task.files.get_io(fd).mmap(shared=shared, writable=bool(rights & Protection.WRITE))
    fixed = bool(flags & (MapFlag.MAP_FIXED | MapFlag.MAP_FIXED_NOREPLACE))
    return task.mm.map(
        address,
        size,
        rights,
        fixed=fixed,
        replace=not flags & MapFlag.MAP_FIXED_NOREPLACE,
        shared=shared,
        file=file,
        offset=offset,
    )


@syscall("munmap")
def munmap(task: Task, address: Address, size: Size) -> None:
    task.mm.unmap(address, size)


@syscall("mprotect", partial="PROT_GROWSDOWN and PROT_GROWSUP are refused")
def mprotect(task: Task, address: Address, size: Size, protection: ProtectionFlags) -> None:
    task.mm.protect(address, size, _protection(protection))


@syscall("mremap", hex_result=True, partial="no MREMAP_DONTUNMAP")
def mremap(
    task: Task, address: Address, old_size: Size, new_size: Size, flags: RemapFlags, new_address: RemapTarget
) -> int:
    if flags & ~(RemapFlag.MREMAP_MAYMOVE | RemapFlag.MREMAP_FIXED):
        raise Errno(E.EINVAL)
    fixed, may_move = bool(flags & RemapFlag.MREMAP_FIXED), bool(flags & RemapFlag.MREMAP_MAYMOVE)
    if fixed and not may_move:
        raise Errno(E.EINVAL)
    return task.mm.remap(address, old_size, new_size, may_move=may_move, target=new_address if fixed else None)


@syscall("brk", hex_result=True)
def brk(task: Task, address: Address) -> int:
    return task.mm.brk(address)


@syscall("madvise", partial="only the advice that changes no result; fork advice waits for fork")
def madvise(task: Task, address: Address, size: Size, advice: AdviceName) -> None:
    if address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    if advice == Advice.MADV_DONTNEED:
        task.mm.discard(address, page_up(size))
    elif advice not in _ADVICE_WITHOUT_EFFECT:
        raise Errno(E.EINVAL)
    if not task.mm.vmas.covers(address, address + page_up(size)):
        raise Errno(E.ENOMEM)


@syscall("msync")
def msync(task: Task, address: Address, size: Size, flags: MsyncFlags) -> None:
    # There is nothing to write back: no mapping is shared with a file and writable.
    everything = MsyncFlag.MS_ASYNC | MsyncFlag.MS_INVALIDATE | MsyncFlag.MS_SYNC
    both = MsyncFlag.MS_ASYNC | MsyncFlag.MS_SYNC
    if flags & ~everything or flags & both == both or address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    _check_mapped(task, address, size)


@syscall("mlock", note="guest memory is never paged out")
def mlock(task: Task, address: Address, size: Size) -> None:
    _check_mapped(task, address, size)


@syscall("mlock2", note="guest memory is never paged out")
def mlock2(task: Task, address: Address, size: Size, flags: UInt) -> None:
    if flags & ~1:
        raise Errno(E.EINVAL)
    _check_mapped(task, address, size)


@syscall("munlock")
def munlock(task: Task, address: Address, size: Size) -> None:
    _check_mapped(task, address, size)


@syscall("mlockall", note="guest memory is never paged out")
def mlockall(task: Task, flags: Int) -> None:
    if not flags or flags & ~7 or flags == 4:
        raise Errno(E.EINVAL)


@syscall("munlockall")
def munlockall(task: Task) -> None:
    return None


@syscall("mincore", note="every mapped page is in memory")
def mincore(task: Task, address: Address, size: Size, result: OutBuffer) -> None:
    if address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    _check_mapped(task, address, size)
    copy_to_user(task.mm, result, b"\1" * (page_up(size) // PAGE_SIZE))


@syscall("membarrier", partial="QUERY, and the barriers, which are the order of the simulation itself")
def membarrier(task: Task, command: Int, flags: UInt, cpu: Int) -> int:
    # Commands GLOBAL, GLOBAL_EXPEDITED, PRIVATE_EXPEDITED and the two registrations: cores here see memory in one
    # order.
    supported = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4
    if flags:
        raise Errno(E.EINVAL)
    if command == 0:
        return supported
    if command < 0 or command & (command - 1) or not command & supported:
        raise Errno(E.EINVAL)
    return 0


def _check_mapped(task: Task, address: int, size: int) -> None:
    start = address & ~(PAGE_SIZE - 1)
    if address + size > task.mm.layout.task_size or not task.mm.vmas.covers(start, page_up(address + size)):
        raise Errno(E.ENOMEM)
