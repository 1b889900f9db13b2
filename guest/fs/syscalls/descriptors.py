"""System calls on descriptors: open, close, dup, fcntl, ioctl, directory listing."""

from __future__ import annotations

from emulator.memory import Protection
from guest.abi.constants import FcntlCommand, IoctlCommand
from guest.abi.errno import E, Errno
from guest.abi.flags import DescriptorFlag, OpenFlag
from guest.abi.structs import Flock, dirent64
from guest.arguments import Address, CreateMode, DirFd, FcntlName, Fd, Int, IoctlName, OpenFlags, Path, UInt
from guest.fs.file import SETTABLE_FLAGS, PathFile
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user, write_struct
from guest.syscall import syscall
from guest.task import Task

_F_UNLCK = 2
_CLOSE_RANGE_CLOEXEC = 4


@syscall("openat", partial="no O_TMPFILE")
def openat(task: Task, directory: DirFd, path: Path, flags: OpenFlags, mode: CreateMode) -> int:
    file = task.fs.open(task.files, directory, path, flags, mode)
    return task.files.install(file, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


@syscall("close")
def close(task: Task, fd: Fd) -> None:
    task.files.close(fd)


@syscall("close_range", partial="no CLOSE_RANGE_UNSHARE")
def close_range(task: Task, first: UInt, last: UInt, flags: UInt) -> None:
    if first > last or flags & ~_CLOSE_RANGE_CLOEXEC:
        raise Errno(E.EINVAL)
    for fd, _ in task.files:
        if first <= fd <= last:
            if flags & _CLOSE_RANGE_CLOEXEC:
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


@syscall("fcntl", partial="descriptors, status flags, and record locks, which never conflict inside one process")
def fcntl(task: Task, fd: Fd, command: FcntlName, argument: Address) -> int:
    file = task.files.get(fd)
    if command in (FcntlCommand.F_DUPFD, FcntlCommand.F_DUPFD_CLOEXEC):
        close_on_exec = command == FcntlCommand.F_DUPFD_CLOEXEC
        return task.files.duplicate(fd, lowest=argument & 0xFFFFFFFF, close_on_exec=close_on_exec)
    if command == FcntlCommand.F_GETFD:
        return int(DescriptorFlag.FD_CLOEXEC) if task.files.close_on_exec(fd) else 0
    if command == FcntlCommand.F_SETFD:
        task.files.set_close_on_exec(fd, bool(argument & DescriptorFlag.FD_CLOEXEC))
        return 0
    if command == FcntlCommand.F_GETFL:
        # The kernel reports O_LARGEFILE, which it sets for every 64-bit program.
        return file.flags | (0 if isinstance(file, PathFile) else OpenFlag.O_LARGEFILE)
    if isinstance(file, PathFile):
        raise Errno(E.EBADF)
    if command == FcntlCommand.F_SETFL:
        file.flags = int(file.flags & ~SETTABLE_FLAGS | argument & SETTABLE_FLAGS)
        return 0
    if command in (FcntlCommand.F_GETLK, FcntlCommand.F_OFD_GETLK):
        lock = Flock.from_bytes(copy_from_user(task.mm, argument, Flock.size))
        lock.l_type = _F_UNLCK
        write_struct(task.mm, argument, lock)
        return 0
    if command in (
        FcntlCommand.F_SETLK, FcntlCommand.F_SETLKW, FcntlCommand.F_OFD_SETLK, FcntlCommand.F_OFD_SETLKW
    ):  # fmt: skip
        lock = Flock.from_bytes(copy_from_user(task.mm, argument, Flock.size))
        if lock.l_type > _F_UNLCK or lock.l_whence > 2:
            raise Errno(E.EINVAL)
        return 0
    raise Errno(E.EINVAL)


@syscall("flock", note="never conflicts inside one process")
def flock(task: Task, fd: Fd, operation: Int) -> None:
    task.files.get_io(fd)
    if operation & ~4 not in (1, 2, 8):
        raise Errno(E.EINVAL)


@syscall("ioctl", partial="generic commands here; the rest is the file's own")
def ioctl(task: Task, fd: Fd, command: IoctlName, argument: Address) -> int:
    file = task.files.get_io(fd)
    if command in (IoctlCommand.FIOCLEX, IoctlCommand.FIONCLEX):
        task.files.set_close_on_exec(fd, command == IoctlCommand.FIOCLEX)
        return 0
    if command == IoctlCommand.FIONBIO:
        enabled = int.from_bytes(copy_from_user(task.mm, argument, 4), "little")
        file.flags = int(file.flags & ~OpenFlag.O_NONBLOCK | (OpenFlag.O_NONBLOCK if enabled else 0))
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
