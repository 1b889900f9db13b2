"""System calls that read or change what is known about files."""

from __future__ import annotations

from stat import S_IFDIR, S_IFLNK, S_IFREG

from guest.abi.constants import UTIME_NOW, UTIME_OMIT
from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, AtFlag, StatxMask
from guest.abi.inotify import InotifyMask
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
from guest.fs.permission import (
    WRITE,
    check,
    check_chown,
    check_owner,
    is_owner,
    mode_after_chmod,
    mode_after_write,
    real,
)
from guest.mm.user_copy import copy_from_user
from guest.syscall import syscall
from guest.task import Task

_LINK_FLAGS = AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_NO_AUTOMOUNT | AtFlag.AT_EMPTY_PATH
_AT_EACCESS = AtFlag.AT_REMOVEDIR
"""The same bit, in faccessat2."""
_STATX_SYNC = AtFlag.AT_STATX_FORCE_SYNC | AtFlag.AT_STATX_DONT_SYNC


def find(task: Task, directory: int, path: bytes, flags: int) -> Dentry:
    """The object that an *at call with AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW means."""
    if not path and flags & AtFlag.AT_EMPTY_PATH:
        return task.fs.cwd if directory == AT_FDCWD else task.files.get(directory).dentry
    follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
    return task.fs.find(task.files, directory, path, follow=follow, credentials=task.credentials)


def _found(task: Task, directory: int, path: bytes, flags: int) -> tuple[Dentry, Stat]:
    if not path and flags & AtFlag.AT_EMPTY_PATH and directory != AT_FDCWD:
        # The open file knows its size better than the name it was opened by.
        file = task.files.get(directory)
        return file.dentry, file.stat()
    dentry = find(task, directory, path, flags)
    return dentry, dentry.inode.stat()


@syscall("newfstatat")
def newfstatat(task: Task, directory: DirFd, path: Path, result: OutPtr[Stat], flags: AtFlags) -> None:
    if flags & ~_LINK_FLAGS:
        raise Errno(E.EINVAL)
    result.put(_found(task, directory, path, flags)[1])


@syscall("fstat")
def fstat(task: Task, fd: Fd, result: OutPtr[Stat]) -> None:
    result.put(task.files.get(fd).stat())


_ATTRIBUTE_MOUNT_ROOT = 0x2000


@syscall("statx")
def statx(
    task: Task, directory: DirFd, path: OptionalPath, flags: AtFlags, mask: StatxMaskFlags, result: OutPtr[Statx]
) -> None:
    if flags & ~(_LINK_FLAGS | _STATX_SYNC) or flags & _STATX_SYNC == _STATX_SYNC or mask & 0x80000000:
        raise Errno(E.EINVAL)
    if path is None and not flags & AtFlag.AT_EMPTY_PATH:
        raise Errno(E.EFAULT)
    dentry, found = _found(task, directory, path or b"", flags)
    major, minor = split_device(found.st_dev)
    device_major, device_minor = split_device(found.st_rdev)
    filled = int(StatxMask.STATX_BASIC_STATS | StatxMask.STATX_MNT_ID)
    birth = dentry.inode.birth_ns() if mask & StatxMask.STATX_BTIME else None
    if birth is not None:
        filled |= int(StatxMask.STATX_BTIME)
    result.put(
        Statx(
            stx_mask=filled,
            stx_attributes=_ATTRIBUTE_MOUNT_ROOT if dentry.mount.root is dentry else 0,
            stx_attributes_mask=_ATTRIBUTE_MOUNT_ROOT,
            stx_blksize=found.st_blksize,
            stx_nlink=found.st_nlink,
            stx_uid=found.st_uid,
            stx_gid=found.st_gid,
            stx_mode=found.st_mode,
            stx_ino=found.st_ino,
            stx_size=found.st_size,
            stx_blocks=found.st_blocks,
            stx_atime=_timestamp(found.atime),
            stx_btime=_timestamp(Timespec.from_ns(birth or 0)),
            stx_ctime=_timestamp(found.ctime),
            stx_mtime=_timestamp(found.mtime),
            stx_rdev_major=device_major,
            stx_rdev_minor=device_minor,
            stx_dev_major=major,
            stx_dev_minor=minor,
            stx_mnt_id=dentry.mount.identifier,
        )
    )


def _timestamp(time: Timespec) -> StatxTimestamp:
    return StatxTimestamp(time.tv_sec, time.tv_nsec)


def _access(task: Task, directory: int, path: bytes, mode: int, flags: int) -> None:
    if mode & ~7 or flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH | _AT_EACCESS):
        raise Errno(E.EINVAL)
    credentials = task.credentials if flags & _AT_EACCESS else real(task.credentials)
    if not path and flags & AtFlag.AT_EMPTY_PATH:
        dentry = find(task, directory, path, flags)
    else:
        follow = not flags & AtFlag.AT_SYMLINK_NOFOLLOW
        dentry = task.fs.find(task.files, directory, path, follow=follow, credentials=credentials)
    check(dentry.inode, credentials, mode)
    if mode & WRITE and dentry.inode.kind in (S_IFREG, S_IFDIR, S_IFLNK):
        dentry.check_writable()


@syscall("faccessat")
def faccessat(task: Task, directory: DirFd, path: Path, mode: AccessFlags) -> None:
    _access(task, directory, path, mode, 0)


@syscall("faccessat2")
def faccessat2(task: Task, directory: DirFd, path: Path, mode: AccessFlags, flags: AtFlags) -> None:
    _access(task, directory, path, mode, flags)


def _changed(dentry: Dentry) -> None:
    if dentry.mount.notifier is not None:
        dentry.mount.notifier.event(dentry, InotifyMask.IN_ATTRIB)


def _chmod(task: Task, dentry: Dentry, mode: int) -> None:
    dentry.check_writable()
    check_owner(dentry.inode, task.credentials)
    dentry.inode.chmod(mode_after_chmod(dentry.inode, task.credentials, mode))
    _changed(dentry)


@syscall("fchmod")
def fchmod(task: Task, fd: Fd, mode: Mode) -> None:
    _chmod(task, task.files.get_io(fd).dentry, mode)


@syscall("fchmodat")
def fchmodat(task: Task, directory: DirFd, path: Path, mode: Mode) -> None:
    _chmod(task, find(task, directory, path, 0), mode)


@syscall("fchmodat2")
def fchmodat2(task: Task, directory: DirFd, path: Path, mode: Mode, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    _chmod(task, find(task, directory, path, flags), mode)


def _chown(task: Task, dentry: Dentry, uid: int, gid: int) -> None:
    dentry.check_writable()
    inode = dentry.inode
    uid, gid = (-1 if number == 0xFFFFFFFF else number for number in (uid, gid))
    check_chown(inode, task.credentials, uid, gid)
    inode.chown(uid, gid)
    mode = inode.access()[0]
    # A program does not go on being somebody else's set-user-ID program; even root's chown takes that away.
    if not inode.is_directory and mode_after_write(mode) != mode:
        inode.chmod(mode_after_write(mode) & 0o7777)
    _changed(dentry)


@syscall("fchown", note="in a writable sysroot or a bind the owner is kept for this run only")
def fchown(task: Task, fd: Fd, uid: Uid, gid: Uid) -> None:
    _chown(task, task.files.get_io(fd).dentry, uid, gid)


@syscall("fchownat", note="in a writable sysroot or a bind the owner is kept for this run only")
def fchownat(task: Task, directory: DirFd, path: Path, uid: Uid, gid: Uid, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    _chown(task, find(task, directory, path, flags), uid, gid)


@syscall("utimensat", partial="not of symbolic links in a writable sysroot or a bind")
def utimensat(task: Task, directory: DirFd, path: OptionalPath, times: Address, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_NOFOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    atime: int | None
    mtime: int | None
    explicit = False
    if times:
        data = copy_from_user(task.mm, times, 2 * Timespec.size)
        atime = _time(task, Timespec.from_bytes(data[: Timespec.size]))
        mtime = _time(task, Timespec.from_bytes(data[Timespec.size :]))
        if atime is None and mtime is None:
            return
        explicit = any(
            int.from_bytes(data[start + 8 : start + 16], "little") != UTIME_NOW for start in (0, Timespec.size)
        )
    else:
        atime = mtime = task.kernel.realtime_ns()
    if path is None:
        dentry = task.files.get(directory).dentry if directory != AT_FDCWD else None
        if dentry is None:
            raise Errno(E.EFAULT)
    else:
        dentry = find(task, directory, path, flags)
    dentry.check_writable()
    if not is_owner(dentry.inode, task.credentials):
        # Others who may write may say "now", and nothing else.
        if explicit:
            raise Errno(E.EPERM)
        check(dentry.inode, task.credentials, WRITE)
    dentry.inode.set_times(atime, mtime)
    _changed(dentry)


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
    result.put(_statfs(find(task, AT_FDCWD, path, 0)))


@syscall("fstatfs", note="sizes are fixed figures, not the host's")
def fstatfs(task: Task, fd: Fd, result: OutPtr[Statfs]) -> None:
    result.put(_statfs(task.files.get(fd).dentry))


_ST_RDONLY, _ST_VALID, _ST_RELATIME = 0x1, 0x20, 0x1000


def _statfs(dentry: Dentry) -> Statfs:
    result = dentry.inode.statfs()
    result.f_flags = _ST_VALID | _ST_RELATIME | (_ST_RDONLY if dentry.mount.read_only else 0)
    return result
