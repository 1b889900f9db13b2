"""System calls on the length of files and on writing back."""

from __future__ import annotations

import stat as _stat

from guest.abi.errno import E, Errno
from guest.abi.files import FallocateMode
from guest.abi.flags import AT_FDCWD
from guest.abi.inotify import InotifyMask
from guest.arguments import Fd, Int, Offset, Path, Size, UInt
from guest.fs.arguments import AdviceNameOfFile, FallocateModes
from guest.fs.context import strip_privileges
from guest.fs.dentry import Dentry
from guest.fs.permission import WRITE, check
from guest.fs.syscalls.effects import check_size
from guest.syscall import syscall
from guest.task import Task

_PUNCH, _KEEP = FallocateMode.FALLOC_FL_PUNCH_HOLE, FallocateMode.FALLOC_FL_KEEP_SIZE


def _changed(task: Task, dentry: Dentry) -> None:
    strip_privileges(dentry, task.credentials)
    if dentry.mount.notifier is not None:
        dentry.mount.notifier.event(dentry, InotifyMask.IN_MODIFY)


@syscall("truncate")
def truncate(task: Task, path: Path, size: Offset) -> None:
    if size < 0:
        raise Errno(E.EINVAL)
    dentry = task.fs.find(task.files, AT_FDCWD, path, credentials=task.credentials)
    inode = dentry.inode
    if inode.is_directory:
        raise Errno(E.EISDIR)
    if not _stat.S_ISREG(inode.kind):
        raise Errno(E.EINVAL)
    check(inode, task.credentials, WRITE)
    dentry.check_writable()
    check_size(task, size)
    inode.truncate(size)
    _changed(task, dentry)


@syscall("ftruncate")
def ftruncate(task: Task, fd: Fd, size: Offset) -> None:
    if size < 0:
        raise Errno(E.EINVAL)
    file = task.files.get_io(fd)
    if not file.writable:
        raise Errno(E.EINVAL)
    if file.seekable:
        check_size(task, size)
    file.truncate(size)
    _changed(task, file.dentry)


@syscall("fallocate", partial="no COLLAPSE_RANGE, INSERT_RANGE and UNSHARE_RANGE; host files: mode 0 only")
def fallocate(task: Task, fd: Fd, mode: FallocateModes, offset: Offset, size: Offset) -> None:
    file = task.files.get_io(fd)
    if offset < 0 or size <= 0:
        raise Errno(E.EINVAL)
    if mode & ~sum(FallocateMode) or (mode & _PUNCH and not mode & _KEEP):
        raise Errno(E.EOPNOTSUPP)
    if not file.writable:
        raise Errno(E.EBADF)
    kind = file.dentry.inode.kind
    if _stat.S_ISFIFO(kind):
        raise Errno(E.ESPIPE)
    if _stat.S_ISDIR(kind):
        raise Errno(E.EISDIR)
    if offset + size >= 1 << 63:
        raise Errno(E.EFBIG)
    if not mode & _KEEP and offset + size > file.size():
        check_size(task, offset + size)
    file.allocate(mode, offset, size)
    _changed(task, file.dentry)


@syscall("fadvise64", note="a hint about speed")
def fadvise64(task: Task, fd: Fd, offset: Offset, size: Offset, advice: AdviceNameOfFile) -> None:
    file = task.files.get_io(fd)
    if _stat.S_ISFIFO(file.dentry.inode.kind):
        raise Errno(E.ESPIPE)
    if not 0 <= advice <= 5 or size < 0:
        raise Errno(E.EINVAL)


@syscall("readahead", note="a hint about speed")
def readahead(task: Task, fd: Fd, offset: Offset, count: Size) -> None:
    file = task.files.get(fd)
    if not file.readable:
        raise Errno(E.EBADF)
    if not _stat.S_ISREG(file.dentry.inode.kind):
        raise Errno(E.EINVAL)


@syscall("fsync")
def fsync(task: Task, fd: Fd) -> None:
    task.files.get_io(fd).sync()


@syscall("fdatasync")
def fdatasync(task: Task, fd: Fd) -> None:
    task.files.get_io(fd).sync()


@syscall("sync", note="every write has reached the host, or memory, already")
def sync(task: Task) -> None:
    return None


@syscall("syncfs", note="every write has reached the host, or memory, already")
def syncfs(task: Task, fd: Fd) -> None:
    task.files.get_io(fd)


@syscall("sync_file_range", note="every write has reached the host, or memory, already")
def sync_file_range(task: Task, fd: Fd, offset: Offset, size: Offset, flags: UInt) -> None:
    file = task.files.get_io(fd)
    if flags & ~7 or offset < 0 or size < 0 or offset + size >= 1 << 63:
        raise Errno(E.EINVAL)
    if file.dentry.inode.kind not in (_stat.S_IFREG, _stat.S_IFBLK, _stat.S_IFDIR, _stat.S_IFLNK):
        raise Errno(E.ESPIPE)


@syscall("quotactl", note="refused: there are no quotas")
def quotactl(task: Task, command: UInt, special: Size, identity: Int, address: Size) -> None:
    raise Errno(E.ENOSYS)
