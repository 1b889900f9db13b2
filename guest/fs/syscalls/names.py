"""System calls on names: making, removing, renaming; the current directory."""

from __future__ import annotations

import stat as _stat

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, AtFlag, RenameFlag
from guest.arguments import Address, AtFlags, DirFd, Fd, Int, Mode, Offset, Path, RenameFlags, Size, UInt
from guest.fs.dentry import Dentry
from guest.fs.path_walk import Target
from guest.fs.syscalls.metadata import find
from guest.mm.user_copy import copy_to_user
from guest.syscall import syscall
from guest.task import Task


def _new_name(task: Task, directory: int, path: bytes, *, is_directory: bool = False) -> Target:
    """Where something new is to be made (EEXIST, EROFS; ENOENT for a trailing slash unless a directory is made)."""
    target = task.fs.walk(task.files, directory, path, follow=False)
    if target.dentry is not None:
        raise Errno(E.EEXIST)
    if target.wants_directory and not is_directory:
        raise Errno(E.ENOENT)
    target.directory.check_writable()
    return target


@syscall("mkdirat")
def mkdirat(task: Task, directory: DirFd, path: Path, mode: Mode) -> None:
    target = _new_name(task, directory, path, is_directory=True)
    target.directory.inode.mkdir(target.name, mode & ~task.fs.umask & 0o1777)


@syscall("mknodat", partial="regular files only")
def mknodat(task: Task, directory: DirFd, path: Path, mode: Mode, device: UInt) -> None:
    kind = _stat.S_IFMT(mode)
    target = _new_name(task, directory, path)
    if kind not in (0, _stat.S_IFREG):
        raise Errno(E.EPERM)
    target.directory.inode.create(target.name).chmod(mode & ~task.fs.umask & 0o7777)


@syscall("unlinkat")
def unlinkat(task: Task, directory: DirFd, path: Path, flags: AtFlags) -> None:
    if flags & ~AtFlag.AT_REMOVEDIR:
        raise Errno(E.EINVAL)
    target = task.fs.walk(task.files, directory, path, follow=False)
    remove_directory = bool(flags & AtFlag.AT_REMOVEDIR)
    if not target.name:
        if not remove_directory:
            raise Errno(E.EISDIR)
        raise Errno(E.EINVAL if path.endswith(b".") and not path.endswith(b"..") else E.ENOTEMPTY)
    dentry = target.existing()
    target.directory.check_writable()
    if target.name in target.directory.mounted:
        raise Errno(E.EBUSY)
    if remove_directory:
        target.directory.inode.rmdir(target.name)
    elif dentry.inode.is_directory:
        raise Errno(E.EISDIR)
    else:
        target.directory.inode.unlink(target.name)


@syscall("renameat2", partial="no RENAME_EXCHANGE and RENAME_WHITEOUT")
def renameat2(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path, flags: RenameFlags) -> None:
    if flags & ~RenameFlag.RENAME_NOREPLACE:
        raise Errno(E.EINVAL)
    source = task.fs.walk(task.files, old_directory, old, follow=False)
    target = task.fs.walk(task.files, new_directory, new, follow=False)
    if not source.name or not target.name:
        raise Errno(E.EBUSY)
    dentry = source.existing()
    if target.wants_directory and not dentry.inode.is_directory:
        raise Errno(E.ENOTDIR)
    if target.dentry is not None and flags & RenameFlag.RENAME_NOREPLACE:
        raise Errno(E.EEXIST)
    source.directory.check_writable()
    target.directory.check_writable()
    if source.name in source.directory.mounted or target.name in target.directory.mounted:
        raise Errno(E.EBUSY)
    if source.directory.mount is not target.directory.mount:
        raise Errno(E.EXDEV)
    source.directory.inode.rename(source.name, target.directory.inode, target.name)
    source.directory.renamed(source.name, target.directory, target.name)


@syscall("renameat")
def renameat(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path) -> None:
    renameat2(task, old_directory, old, new_directory, new, 0)


@syscall("symlinkat")
def symlinkat(task: Task, content: Path, directory: DirFd, path: Path) -> None:
    if not content:
        raise Errno(E.ENOENT)
    target = _new_name(task, directory, path)
    target.directory.inode.symlink(target.name, content)


@syscall("linkat", partial="no AT_EMPTY_PATH")
def linkat(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path, flags: AtFlags) -> None:
    if flags & ~AtFlag.AT_SYMLINK_FOLLOW:
        raise Errno(E.EINVAL)
    source = task.fs.walk(task.files, old_directory, old, follow=bool(flags & AtFlag.AT_SYMLINK_FOLLOW))
    dentry = source.existing()
    if dentry.inode.is_directory:
        raise Errno(E.EPERM)
    target = _new_name(task, new_directory, new)
    if source.directory.mount is not target.directory.mount or source.name in source.directory.mounted:
        raise Errno(E.EXDEV)
    target.directory.inode.link(target.name, source.directory.inode, source.name)


@syscall("readlinkat")
def readlinkat(task: Task, directory: DirFd, path: Path, buffer: Address, size: Int) -> int:
    if size <= 0:
        raise Errno(E.EINVAL)
    if path:
        dentry = task.fs.find(task.files, directory, path, follow=False)
    else:
        # An empty path means the link that the descriptor was opened on, with O_PATH and O_NOFOLLOW.
        dentry = find(task, directory, path, int(AtFlag.AT_EMPTY_PATH))
        if not dentry.inode.is_link:
            raise Errno(E.ENOENT)
    text = dentry.inode.readlink()[:size]
    copy_to_user(task.mm, buffer, text)
    return len(text)


@syscall("truncate")
def truncate(task: Task, path: Path, size: Offset) -> None:
    if size < 0:
        raise Errno(E.EINVAL)
    dentry = task.fs.find(task.files, AT_FDCWD, path)
    if dentry.inode.is_directory:
        raise Errno(E.EISDIR)
    dentry.check_writable()
    dentry.inode.truncate(size)


@syscall("getcwd")
def getcwd(task: Task, buffer: Address, size: Size) -> int:
    path = task.fs.cwd.path(task.fs.root) + b"\0"
    if len(path) > size:
        raise Errno(E.ERANGE)
    copy_to_user(task.mm, buffer, path)
    return len(path)


def _directory(dentry: Dentry) -> Dentry:
    if not dentry.inode.is_directory:
        raise Errno(E.ENOTDIR)
    return dentry


@syscall("chdir")
def chdir(task: Task, path: Path) -> None:
    task.fs.cwd = _directory(task.fs.find(task.files, AT_FDCWD, path))


@syscall("fchdir")
def fchdir(task: Task, fd: Fd) -> None:
    task.fs.cwd = _directory(task.files.get(fd).dentry)


@syscall("chroot")
def chroot(task: Task, path: Path) -> None:
    task.fs.root = _directory(task.fs.find(task.files, AT_FDCWD, path))


@syscall("umask")
def umask(task: Task, mask: Mode) -> int:
    old, task.fs.umask = task.fs.umask, mask & 0o777
    return old
