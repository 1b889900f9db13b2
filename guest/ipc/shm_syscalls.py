"""System calls of shared memory segments."""

from __future__ import annotations

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.errno import E, Errno
from guest.abi.ipc import Control, GetFlag, ShmControl, ShmFlag, ShmidDs, ShmInfo, Shminfo
from guest.arguments import Address, Int, Size
from guest.credentials import Capability
from guest.ipc.arguments import GetFlags, Key, ShmCommand, ShmFlags, now_s
from guest.ipc.ids import READ, WRITE
from guest.ipc.shm import Attachment, Segment, Segments
from guest.mm.layout import page_down, page_up
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task


def _segments(task: Task) -> Segments:
    segments = task.kernel.ipc.shm
    segments.sweep()
    return segments


@syscall("shmget", partial="no huge pages")
def shmget(task: Task, key: Key, size: Size, flags: GetFlags) -> int:
    segments = _segments(task)

    def check(found: Segment) -> None:
        if size > found.size:
            raise Errno(E.EINVAL)

    return segments.get(key, flags, task.credentials, make=lambda: _make(task, key, size, flags), check=check)


def _make(task: Task, key: int, size: int, flags: int) -> Segment:
    kernel, limits = task.kernel, task.kernel.ipc.limits
    if not 1 <= size <= limits.shmmax:
        raise Errno(E.EINVAL)
    if kernel.ipc.shm.total_pages + -(-size // PAGE_SIZE) > limits.shmall or len(kernel.ipc.shm) >= limits.shmmni:
        raise Errno(E.ENOSPC)
    if flags & GetFlag.SHM_HUGETLB or (not flags & GetFlag.SHM_NORESERVE and size > kernel.memory_bytes):
        # No huge pages, as if their pool were empty; and no more memory than there is.
        raise Errno(E.ENOMEM)
    pages = kernel.caches.new(page_up(size))
    return Segment(key, flags, task.credentials, pages, size, task.pid, now_s(task))


@syscall("shmat", hex_result=True)
def shmat(task: Task, number: Int, address: Address, flags: ShmFlags) -> int:
    segments = _segments(task)
    fixed, remap = bool(address), bool(flags & ShmFlag.SHM_REMAP)
    if number < 0:
        raise Errno(E.EINVAL)
    if address % PAGE_SIZE:
        if not flags & ShmFlag.SHM_RND:
            raise Errno(E.EINVAL)
        address = page_down(address)
        if not address and remap:
            raise Errno(E.EINVAL)
    if not address:
        if remap:
            raise Errno(E.EINVAL)
        fixed = False
    rights, wanted = Protection.READ, READ
    if not flags & ShmFlag.SHM_RDONLY:
        rights, wanted = rights | Protection.WRITE, wanted | WRITE
    if flags & ShmFlag.SHM_EXEC:
        rights, wanted = rights | Protection.EXECUTE, wanted | 0o111
    segment = segments.find(number)
    segment.check(task.credentials, wanted)
    if fixed and not remap and task.mm.vmas.overlapping(address, address + page_up(segment.size)):
        raise Errno(E.EINVAL)
    place = task.mm.map(
        address, segment.size, rights, fixed=fixed, shared=True, may_write=not flags & ShmFlag.SHM_RDONLY,
        file=Attachment(segment),
    )  # fmt: skip
    segment.attached_s, segment.last_pid = now_s(task), task.pid
    return place


@syscall("shmdt")
def shmdt(task: Task, address: Address) -> None:
    mm = task.mm
    area = mm.vmas.find(address)
    if area is None or area.start != address or not isinstance(area.file, Attachment) or area.offset:
        raise Errno(E.EINVAL)
    # Whatever is left of the attachment, which may have been cut into pieces.
    attachment = area.file
    for part in [part for part in mm.vmas if part.file is attachment and part.start - address == part.offset]:
        mm.unmap(part.start, part.size)
    segment = attachment.segment
    segment.detached_s, segment.last_pid = now_s(task), task.pid
    task.kernel.ipc.shm.sweep()


@syscall("shmctl", partial="shm_dtime and shm_lpid do not change when exit or exec detaches")
def shmctl(task: Task, number: Int, command: ShmCommand, buffer: Address) -> int:
    segments, credentials = _segments(task), task.credentials
    if number < 0 or command < 0:
        raise Errno(E.EINVAL)
    match command:
        case Control.IPC_INFO:
            limits = task.kernel.ipc.limits
            info = Shminfo(limits.shmmax, 1, limits.shmmni, limits.shmmni, limits.shmall)
            copy_to_user(task.mm, buffer, info.to_bytes())
            return segments.highest_index
        case ShmControl.SHM_INFO:
            resident = sum(segment.pages.stored_bytes for segment in segments) // PAGE_SIZE
            copy_to_user(task.mm, buffer, ShmInfo(len(segments), segments.total_pages, resident).to_bytes())
            return segments.highest_index
        case Control.IPC_STAT | ShmControl.SHM_STAT | ShmControl.SHM_STAT_ANY:
            by_number = command == Control.IPC_STAT
            segment = segments.find(number) if by_number else segments.at(number)
            if command != ShmControl.SHM_STAT_ANY:
                segment.check(credentials, READ)
            copy_to_user(task.mm, buffer, segment.status().to_bytes())
            return 0 if by_number else segment.id
        case Control.IPC_SET:
            new = ShmidDs.from_bytes(bytes(copy_from_user(task.mm, buffer, ShmidDs.size)))
            segment = segments.find(number)
            segment.check_owner(credentials)
            segment.set_perm(new.shm_perm)
            segment.changed_s = now_s(task)
            return 0
        case Control.IPC_RMID:
            segment = segments.find(number)
            segment.check_owner(credentials)
            segments.doom(segment)
            return 0
        case ShmControl.SHM_LOCK | ShmControl.SHM_UNLOCK:
            segment = segments.find(number)
            if not credentials.capable(Capability.CAP_IPC_LOCK) and credentials.euid not in (segment.uid, segment.cuid):
                raise Errno(E.EPERM)
            segment.locked = command == ShmControl.SHM_LOCK
            return 0
    raise Errno(E.EINVAL)
