"""System calls that read or change what is known about files."""

from __future__ import annotations

from guest.abi.constants import UTIME_NOW, UTIME_OMIT
from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, AtFlag, StatxMask
from guest.abi.structs import Stat, Statfs, Statx, StatxTimestamp, Timespec, split_device
from guest.arguments import (
    AccessFlags,
    Address,
    AtFlags,
    DirFd,
    Fd,
    Mode,
    OptionalPath,
    OutPtr,
    Path,
    StatxMaskFlags,
    Uid,
)
from guest.fs.dentry import Dentry
from guest.fs.inode import Inode
from guest.mm.user_copy import copy_from_user
from guest.syscall import syscall
from guest.task import Task

_LINK_FLAGS = AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_NO_AUTOMOUNT | AtFlag.AT_EMPTY_PATH
_STATX_SYNC = AtFlag.AT_STATX_FORCE_SYNC | AtFlag.AT_STATX_DONT_SYNC


def find(task: Task, directory: int, path: bytes, flags: int) -> Dentry:
    """The object that an *at call with AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW means."""
    if not path and flags & AtFlag.AT_EMPTY_PATH:
        return task.fs.cwd if directory == AT_FDCWD else task.files.get(directory).dentry
    return task.fs.find(task.files, directory, path, follow=not flags & AtFlag.AT_SYMLINK_NOFOLLOW)


def _stat(task: Task, directory: int, path: bytes, flags: int) -> Stat:
    if not path and flags & AtFlag.AT_EMPTY_PATH and directory != AT_FDCWD:
        # The open file knows its size better than the name it was opened by.
        return task.files.get(directory).stat()
    return find(task, directory, path, flags).inode.stat()


@syscall("newfstatat")
def newfstatat(task: Task, directory: DirFd, path: Path, result: OutPtr[Stat], flags: AtFlags) -> None:
    if flags & ~_LINK_FLAGS:
        raise Errno(E.EINVAL)
    result.put(_stat(task, directory, path, flags))


@syscall("fstat")
def fstat(task: Task, fd: Fd, result: OutPtr[Stat]) -> None:
    result.put(task.files.get(fd).stat())


@syscall("statx", partial="no birth time, no mount number")
def statx(
    task: Task, directory: DirFd, path: OptionalPath, flags: AtFlags, mask: StatxMaskFlags, result: OutPtr[Statx]
) -> None:
    if flags & ~(_LINK_FLAGS | _STATX_SYNC) or flags & _STATX_SYNC == _STATX_SYNC or mask & 0x80000000:
        raise Errno(E.EINVAL)
    if path is None and not flags & AtFlag.AT_EMPTY_PATH:
        raise Errno(E.EFAULT)
    found = _stat(task, directory, path or b"", flags)
    major, minor = split_device(found.st_dev)
    device_major, device_minor = split_device(found.st_rdev)
    result.put(
        Statx(
            stx_mask=int(StatxMask.STATX_BASIC_STATS),
            stx_nlink=found.st_nlink,
            stx_uid=found.st_uid,
            stx_gid=found.st_gid,
            stx_mode=found.st_mode,
            stx_ino=found.st_ino,
            stx_size=found.st_size,
            stx_blocks=found.st_blocks,
            stx_atime=_timestamp(found.atime),
            stx_ctime=_timestamp(found.ctime),
            stx_mtime=_timestamp(found.mtime),
            stx_rdev_major=device_major,
            stx_rdev_minor=device_minor,
            stx_dev_major=major,
            stx_dev_minor=minor,
        )
    )


def _timestamp(time: Timespec) -> StatxTimestamp:
    return StatxTimestamp(time.tv_sec, time.tv_nsec)


def _access(task: Task, directory: int, path: bytes, mode: int, flags: int) -> None:
    if mode & ~7 or flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH | AtFlag.AT_REMOVEDIR):
        raise Errno(E.EINVAL)
    dentry = find(task, directory, path, flags)
    if mode & 2:
        dentry.check_writable()
    # The guest is root, who may read and write everything, but execute only what somebody may execute.
    if mode & 1 and not dentry.inode.is_directory and not dentry.inode.stat().st_mode & 0o111:
        raise Errno(E.EACCES)


@syscall("faccessat", note="the guest is root")
def faccessat(task: Task, directory: DirFd, path: Path, mode: AccessFlags) -> None:
    _access(task, directory, path, mode, 0)


@syscall("faccessat2", note="the guest is root")
def faccessat2(task: Task, directory: DirFd, path: Path, mode: AccessFlags, flags: AtFlags) -> None:
    _access(task, directory, path, mode, flags)


def _chmod(dentry: Dentry, mode: int) -> None:
    dentry.check_writable()
    dentry.inode.chmod(mode & 0o7777)


@syscall("fchmod")
def fchmod(task: Task, fd: Fd, mode: Mode) -> None:
    _chmod(task.files.get_io(fd).dentry, mode)


@syscall("fchmodat")
def fchmodat(task: Task, directory: DirFd, path: Path, mode: Mode) -> None:
    _chmod(task.fs.find(task.files, directory, path), mode)


@syscall("fchmodat2")
def fchmodat2(task: Task, directory: DirFd, path: Path, mode: Mode, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    _chmod(find(task, directory, path, flags), mode)


def _chown(dentry: Dentry, uid: int, gid: int) -> None:
    dentry.check_writable()
    dentry.inode.chown(-1 if uid == 0xFFFFFFFF else uid, -1 if gid == 0xFFFFFFFF else gid)


@syscall("fchown", partial="files belong to the host user, shown as root: no other owner can be set")
def fchown(task: Task, fd: Fd, uid: Uid, gid: Uid) -> None:
    _chown(task.files.get_io(fd).dentry, uid, gid)


@syscall("fchownat", partial="files belong to the host user, shown as root: no other owner can be set")
def fchownat(task: Task, directory: DirFd, path: Path, uid: Uid, gid: Uid, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    _chown(find(task, directory, path, flags), uid, gid)


@syscall("utimensat", partial="times of symbolic links themselves cannot be set")
def utimensat(task: Task, directory: DirFd, path: OptionalPath, times: Address, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    atime: int | None
    mtime: int | None
    if times:
        data = copy_from_user(task.mm, times, 2 * Timespec.size)
        atime = _time(task, Timespec.from_bytes(data[: Timespec.size]))
        mtime = _time(task, Timespec.from_bytes(data[Timespec.size :]))
        if atime is None and mtime is None:
            return
    else:
        atime = mtime = task.kernel.realtime_ns()
    if path is None:
        dentry = task.files.get(directory).dentry if directory != AT_FDCWD else None
        if dentry is None:
            raise Errno(E.EFAULT)
    else:
        dentry = find(task, directory, path, flags)
    dentry.check_writable()
    dentry.inode.set_times(atime, mtime)


def _time(task: Task, time: Timespec) -> int | None:
    if time.tv_nsec == UTIME_OMIT:
        return None
    if time.tv_nsec == UTIME_NOW:
        return task.kernel.realtime_ns()
    if not 0 <= time.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return time.ns


@syscall("statfs", note="sizes are fixed figures, not the host's")
def statfs(task: Task, path: Path, result: OutPtr[Statfs]) -> None:
    result.put(_statfs(task.fs.find(task.files, AT_FDCWD, path).inode))


@syscall("fstatfs", note="sizes are fixed figures, not the host's")
def fstatfs(task: Task, fd: Fd, result: OutPtr[Statfs]) -> None:
    result.put(_statfs(task.files.get(fd).dentry.inode))


def _statfs(inode: Inode) -> Statfs:
    return inode.statfs()
