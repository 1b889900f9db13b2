"""System calls of memory."""

from __future__ import annotations

from collections.abc import Iterator

from emulator import page_entry
from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import IOV_MAX
from guest.abi.constants import MadviseAdvice as Advice
from guest.abi.errno import E, Errno
from guest.abi.flags import MapFlag, MapProtection, MsyncFlag, RemapFlag
from guest.abi.structs import Iovec
from guest.arguments import (
    Address,
    AdviceName,
    Fd,
    Int,
    MapFlags,
    MsyncFlags,
    Offset,
    OutBuffer,
    Pid,
    ProtectionFlags,
    RemapFlags,
    RemapTarget,
    Size,
    UInt,
    ULong,
)
from guest.credentials import Capability
from guest.mm import locking
from guest.mm.address_space import AddressSpace
from guest.mm.layout import page_down, page_up
from guest.mm.user_copy import accessible_bytes, copy_from_user, copy_to_user, read_vector
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
})  # fmt: skip
"""Hints about speed: a program sees no difference (MADV_FREE may always keep the content)."""
_FORK_ADVICE = {
    Advice.MADV_DONTFORK: {"dont_fork": True},
    Advice.MADV_DOFORK: {"dont_fork": False},
    Advice.MADV_WIPEONFORK: {"wipe_on_fork": True},
    Advice.MADV_KEEPONFORK: {"wipe_on_fork": False},
}
_POPULATE_ADVICE = {Advice.MADV_POPULATE_READ: Protection.READ, Advice.MADV_POPULATE_WRITE: Protection.WRITE}


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
    partial="no huge pages; MAP_GROWSDOWN gives an ordinary mapping",
    note="with vm.overcommit_memory = 0 a process gets no more writable memory than there is; Linux guesses generously",
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
    if kind == MapFlag.MAP_SHARED_VALIDATE and flags & MapFlag.MAP_SYNC:
        raise Errno(E.EOPNOTSUPP)
    rights = _protection(protection)
    shared = kind in _SHARED_TYPES
    locked = bool(flags & MapFlag.MAP_LOCKED) or task.mm.lock_future
    if flags & MapFlag.MAP_LOCKED and not locking.may_lock(task):
        raise Errno(E.EPERM)
    if locked and not locking.within_limit(task, page_up(size)):
        raise Errno(E.EAGAIN)
    file, may_write = None, True
    if not flags & MapFlag.MAP_ANONYMOUS:
        opened = task.files.get_io(fd)
        file, offset = opened.mmap_at(offset, page_up(size), shared=shared, writable=bool(rights & Protection.WRITE))
        may_write = not shared or opened.shared_writable
    place = task.mm.map(
        address,
        size,
        rights,
        fixed=bool(flags & (MapFlag.MAP_FIXED | MapFlag.MAP_FIXED_NOREPLACE)),
        may_replace=not flags & MapFlag.MAP_FIXED_NOREPLACE,
        shared=shared,
        may_write=may_write,
        file=file,
        offset=offset,
        reserved=not flags & MapFlag.MAP_NORESERVE,
    )
    if locked:
        task.mm.set_locked(place, place + page_up(size), True)
    if (flags & MapFlag.MAP_POPULATE or locked) and rights:
        task.mm.populate(place, size, Protection.WRITE if rights & Protection.WRITE else Protection.READ)
    return place


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
    area = task.mm.vmas.find(address)
    if area is not None and area.locked and not locking.within_limit(task, page_up(new_size) - page_up(old_size)):
        raise Errno(E.EAGAIN)
    return task.mm.remap(address, old_size, new_size, may_move=may_move, target=new_address if fixed else None)


@syscall("brk", hex_result=True)
def brk(task: Task, address: Address) -> int:
    mm, before = task.mm, task.mm.brk_end
    more = page_up(address) - page_up(before)
    if mm.lock_future and more > 0 and not locking.within_limit(task, more):
        return before
    after = mm.brk(address)
    if mm.lock_future and after > before:
        locking.fill(mm, page_down(before), page_up(after))
    return after


@syscall("madvise", partial="no poisoning of pages; hints about speed have no effect")
def madvise(task: Task, address: Address, size: Size, advice: AdviceName) -> None:
    if address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    size = page_up(size)
    if address + size > task.mm.layout.task_size:
        raise Errno(E.EINVAL)
    if advice == Advice.MADV_DONTNEED:
        task.mm.discard(address, size)
    elif advice == Advice.MADV_REMOVE:
        task.mm.punch(address, size)
    elif advice in _FORK_ADVICE:
        task.mm.advise_fork(address, size, **_FORK_ADVICE[Advice(advice)])
    elif advice in _POPULATE_ADVICE:
        if not task.mm.populate(address, size, _POPULATE_ADVICE[Advice(advice)]):
            raise Errno(E.EFAULT if task.mm.vmas.covers(address, address + size) else E.ENOMEM)
    elif advice not in _ADVICE_WITHOUT_EFFECT:
        raise Errno(E.EINVAL)
    if not task.mm.vmas.covers(address, address + size):
        raise Errno(E.ENOMEM)


@syscall("msync")
def msync(task: Task, address: Address, size: Size, flags: MsyncFlags) -> None:
    everything = MsyncFlag.MS_ASYNC | MsyncFlag.MS_INVALIDATE | MsyncFlag.MS_SYNC
    both = MsyncFlag.MS_ASYNC | MsyncFlag.MS_SYNC
    if flags & ~everything or flags & both == both or address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    task.mm.write_back(address, page_up(size))
    _check_mapped(task, address, size)


@syscall("mlock", note="guest memory is never paged out")
def mlock(task: Task, address: Address, size: Size) -> None:
    locking.lock(task, address, size, on_fault=False)


@syscall("mlock2", note="guest memory is never paged out")
def mlock2(task: Task, address: Address, size: Size, flags: UInt) -> None:
    if flags & ~locking.MLOCK_ONFAULT:
        raise Errno(E.EINVAL)
    locking.lock(task, address, size, on_fault=bool(flags))


@syscall("munlock")
def munlock(task: Task, address: Address, size: Size) -> None:
    task.mm.set_locked(page_down(address), page_up(address + size), False)
    _check_mapped(task, address, size)


@syscall("mlockall", note="guest memory is never paged out")
def mlockall(task: Task, flags: Int) -> None:
    locking.lock_all(task, flags)


@syscall("munlockall")
def munlockall(task: Task) -> None:
    task.mm.lock_future = False
    task.mm.set_locked(0, task.mm.layout.task_size, False)


_MINCORE_PAGES = 4096


@syscall("mincore")
def mincore(task: Task, address: Address, size: Size, result: OutBuffer) -> None:
    if address % PAGE_SIZE:
        raise Errno(E.EINVAL)
    _check_mapped(task, address, size)
    memory = task.mm.memory
    end = address + page_up(size)
    for start in range(address, end, _MINCORE_PAGES * PAGE_SIZE):
        pages = range(start, min(start + _MINCORE_PAGES * PAGE_SIZE, end), PAGE_SIZE)
        # Most stretches of a large hole have nothing at all, which is seen at once.
        found = memory.usage(pages.start, pages.stop)
        present = [memory.entry(page) & page_entry.PRESENT for page in pages] if any(found) else bytes(len(pages))
        copy_to_user(task.mm, result + (start - address) // PAGE_SIZE, bytes(present))


_PROCESS_VM_LIMIT = 1 << 30
_PORTION = 1 << 20
"""No more is fetched at once: the pieces may be holes of mapped files, of any size."""


def _other(task: Task, pid: int) -> AddressSpace:
    other = task.kernel.tasks.find(pid)
    if other is None or other.exited:  # a zombie has no memory any more
        raise Errno(E.ESRCH)
    mine, theirs = task.credentials, other.credentials
    if mine.uid != theirs.uid and not mine.capable(Capability.CAP_SYS_PTRACE):
        raise Errno(E.EPERM)
    return other.mm


def _move_between(task: Task, pid: int, local: int, local_count: int, remote: int, remote_count: int, out: bool) -> int:
    """Copy between this process and another, piece by piece; as much as there was before a bad address."""
    mm = _other(task, pid)
    here = read_vector(task.mm, local, local_count, IOV_MAX)
    there = read_vector(task.mm, remote, remote_count, IOV_MAX)
    source, target = (here, there) if out else (there, here)
    from_mm, to_mm = (task.mm, mm) if out else (mm, task.mm)
    done = 0
    for read_at, write_at, size in _matched(source, target):
        readable = accessible_bytes(from_mm, read_at, size, Protection.READ)
        usable = accessible_bytes(to_mm, write_at, readable, Protection.WRITE)
        try:
            copy_to_user(to_mm, write_at, copy_from_user(from_mm, read_at, usable))
        except Errno:
            usable = 0
        done += usable
        if usable < size:
            if not done:
                raise Errno(E.EFAULT)
            break
    return done


def _matched(source: list[Iovec], target: list[Iovec]) -> Iterator[tuple[int, int, int]]:
    """What is to be copied where, in stretches that lie within one piece of each and are not large."""
    left = _PROCESS_VM_LIMIT
    places = iter([(piece.iov_base, piece.iov_len) for piece in target])
    address, room = 0, 0
    for piece in source:
        start, size = piece.iov_base, piece.iov_len
        while size and left:
            while not room:
                try:
                    address, room = next(places)
                except StopIteration:
                    return
            length = min(size, room, left, _PORTION)
            yield start, address, length
            start, size = start + length, size - length
            address, room = address + length, room - length
            left -= length


@syscall("process_vm_readv")
def process_vm_readv(
    task: Task, pid: Pid, local: Address, local_count: ULong, remote: Address, remote_count: ULong, flags: ULong
) -> int:
    if flags:
        raise Errno(E.EINVAL)
    return _move_between(task, pid, local, local_count, remote, remote_count, out=False)


@syscall("process_vm_writev")
def process_vm_writev(
    task: Task, pid: Pid, local: Address, local_count: ULong, remote: Address, remote_count: ULong, flags: ULong
) -> int:
    if flags:
        raise Errno(E.EINVAL)
    return _move_between(task, pid, local, local_count, remote, remote_count, out=True)


@syscall("pkey_mprotect", partial="only without a key: the processor has no protection keys")
def pkey_mprotect(task: Task, address: Address, size: Size, protection: ProtectionFlags, key: Int) -> None:
    if key != -1:
        raise Errno(E.EINVAL)
    task.mm.protect(address, size, _protection(protection))


@syscall("pkey_alloc", note="the processor has no protection keys")
def pkey_alloc(task: Task, flags: ULong, rights: ULong) -> None:
    raise Errno(E.EINVAL if flags else E.ENOSPC)


@syscall("pkey_free", note="the processor has no protection keys")
def pkey_free(task: Task, key: Int) -> None:
    raise Errno(E.EINVAL)


@syscall("remap_file_pages", note="refused: no program uses it, and Linux emulates it")
def remap_file_pages(task: Task, start: Address, size: ULong, protection: ULong, offset: ULong, flags: ULong) -> None:
    raise Errno(E.EINVAL)


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
