"""System calls on descriptors: open, close, dup, ioctl, directory listing."""

from __future__ import annotations

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import IoctlCommand
from guest.abi.errno import E, Errno
from guest.abi.files import CloseRangeFlag, OpenHow
from guest.abi.flags import OpenFlag
from guest.abi.structs import dirent64
from guest.arguments import Address, CreateMode, DirFd, Fd, InPtr, IoctlName, OpenFlags, Path, Size, UInt
from guest.fs.arguments import CloseRangeFlags
from guest.fs.file import File
from guest.fs.path_walk import Resolve
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user
from guest.signal.sigio import set_async
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking


@syscall("openat")
def openat(task: Task, directory: DirFd, path: Path, flags: OpenFlags, mode: CreateMode) -> int | Blocking[int]:
    return _open(task, directory, path, flags, mode, 0)


_OPEN_FLAGS = int(
    OpenFlag.O_WRONLY | OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_EXCL | OpenFlag.O_NOCTTY | OpenFlag.O_TRUNC
    | OpenFlag.O_APPEND | OpenFlag.O_NONBLOCK | OpenFlag.O_SYNC | OpenFlag.O_ASYNC | OpenFlag.O_DIRECTORY
    | OpenFlag.O_NOFOLLOW | OpenFlag.O_DIRECT | OpenFlag.O_LARGEFILE | OpenFlag.O_NOATIME | OpenFlag.O_CLOEXEC
    | OpenFlag.O_PATH | OpenFlag.O_TMPFILE
)  # fmt: skip
_CREATES = int(OpenFlag.O_CREAT | OpenFlag.O_TMPFILE & ~OpenFlag.O_DIRECTORY)
_WITH_PATH = int(OpenFlag.O_PATH | OpenFlag.O_DIRECTORY | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC)
_RESOLVE = sum(Resolve)


@syscall("openat2", note="RESOLVE_CACHED always gives EAGAIN: callers then try without")
def openat2(task: Task, directory: DirFd, path: Path, how: InPtr[OpenHow], size: Size) -> int | Blocking[int]:
    if size < OpenHow.size:
        raise Errno(E.EINVAL)
    if size > PAGE_SIZE:
        raise Errno(E.E2BIG)
    wanted = how.get()
    if any(copy_from_user(task.mm, how.address + OpenHow.size, size - OpenHow.size)):
        # A later version of the structure asks for something.
        raise Errno(E.E2BIG)
    flags, resolve = wanted.flags, wanted.resolve
    if flags & ~_OPEN_FLAGS or resolve & ~_RESOLVE or wanted.mode & ~0o7777:
        raise Errno(E.EINVAL)
    if (wanted.mode and not flags & _CREATES) or (flags & OpenFlag.O_PATH and flags & ~_WITH_PATH):
        raise Errno(E.EINVAL)
    if resolve & Resolve.RESOLVE_BENEATH and resolve & Resolve.RESOLVE_IN_ROOT:
        raise Errno(E.EINVAL)
    if resolve & Resolve.RESOLVE_CACHED:
        raise Errno(E.EAGAIN)
    return _open(task, directory, path, flags, wanted.mode, resolve)


def _open(task: Task, directory: int, path: bytes, flags: int, mode: int, resolve: int) -> int | Blocking[int]:
    task.files.check_room()
    file = task.fs.open_waiting(
        task.files, directory, path, flags, mode, credentials=task.credentials, resolve=resolve
    )  # fmt: skip
    if isinstance(file, File):
        return task.files.install(file, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))
    return _install(task, file, flags)


def _install(task: Task, opening: Blocking[File], flags: int) -> Blocking[int]:
    file = yield from opening
    return task.files.install(file, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


@syscall("close")
def close(task: Task, fd: Fd) -> None:
    task.files.close(fd)


@syscall("close_range")
def close_range(task: Task, first: UInt, last: UInt, flags: CloseRangeFlags) -> None:
    if first > last or flags & ~sum(CloseRangeFlag):
        raise Errno(E.EINVAL)
    if flags & CloseRangeFlag.CLOSE_RANGE_UNSHARE and task.files.users > 1:
        shared, task.files = task.files, task.files.copy()
        shared.release()
    for fd, _ in task.files:
        if first <= fd <= last:
            if flags & CloseRangeFlag.CLOSE_RANGE_CLOEXEC:
                task.files.set_close_on_exec(fd, True)
            else:
                task.files.close(fd)


@syscall("dup")
def dup(task: Task, fd: Fd) -> int:
    return task.files.duplicate(fd)


@syscall("dup3")
def dup3(task: Task, fd: Fd, target: Fd, flags: OpenFlags) -> int:
    if flags & ~OpenFlag.O_CLOEXEC or fd == target:
        raise Errno(E.EINVAL)
    return task.files.duplicate_to(fd, target, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


@syscall("ioctl", partial="generic commands here; the rest is the file's own")
def ioctl(task: Task, fd: Fd, command: IoctlName, argument: Address) -> int | Blocking[int]:
    file = task.files.get_io(fd)
    if command in (IoctlCommand.FIOCLEX, IoctlCommand.FIONCLEX):
        task.files.set_close_on_exec(fd, command == IoctlCommand.FIOCLEX)
        return 0
    if command == IoctlCommand.FIONBIO:
        enabled = int.from_bytes(copy_from_user(task.mm, argument, 4), "little")
        file.flags = int(file.flags & ~OpenFlag.O_NONBLOCK | (OpenFlag.O_NONBLOCK if enabled else 0))
        return 0
    if command == IoctlCommand.FIOASYNC:
        enabled = int.from_bytes(copy_from_user(task.mm, argument, 4), "little")
        if bool(enabled) != bool(file.flags & OpenFlag.O_ASYNC):
            if not file.can_be_asynchronous:
                raise Errno(E.ENOTTY)
            set_async(task.kernel, file, fd, wanted=bool(enabled))
        return 0
    if command == IoctlCommand.FIONREAD:
        copy_to_user(task.mm, argument, min(file.available(), 2**31 - 1).to_bytes(4, "little"))
        return 0
    return file.ioctl(task, command, argument)


@syscall("getdents64", note="entries come sorted by name")
def getdents64(task: Task, fd: Fd, buffer: Address, count: UInt) -> int:
    file = task.files.get_io(fd)
    check_user(task.mm, buffer, 1, Protection.WRITE)
    listing = file.entries()
    records: list[bytes] = []
    size = 0
    for position in range(file.offset, len(listing)):
        entry = listing[position]
        # The types of directory entries are the kind bits of the mode (IFTODT).
        record = dirent64(entry.inode, position + 1, entry.mode >> 12 & 0xF, entry.name)
        if size + len(record) > count:
            break
        records.append(record)
        size += len(record)
    if not records and file.offset < len(listing):
        raise Errno(E.EINVAL)
    copy_to_user(task.mm, buffer, b"".join(records))
    file.offset += len(records)
    return size
