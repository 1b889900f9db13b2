"""System calls on names: making, removing, renaming; the current directory."""

from __future__ import annotations

import stat as _stat

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, AtFlag, RenameFlag
from guest.arguments import Address, AtFlags, DirFd, Fd, Int, Mode, Path, RenameFlags, Size, UInt
from guest.credentials import Capability
from guest.fs.dentry import Dentry
from guest.fs.inode import Attributes, Inode
from guest.fs.path_walk import Target
from guest.fs.permission import EXECUTE, WRITE, attributes_of_new, check, check_create, check_delete
from guest.fs.syscalls.metadata import find
from guest.mm.user_copy import copy_to_user
from guest.syscall import syscall
from guest.task import Task

_KINDS = (_stat.S_IFREG, _stat.S_IFCHR, _stat.S_IFBLK, _stat.S_IFIFO, _stat.S_IFSOCK)


def walk(task: Task, directory: int, path: bytes, *, follow: bool = False) -> Target:
    """Where a path leads, as the task may see it."""
    return task.fs.walk(task.files, directory, path, follow=follow, credentials=task.credentials)


def new_name(task: Task, directory: int, path: bytes, *, is_directory: bool = False) -> Target:
    """Where something new is to be made (EEXIST, EROFS, EACCES; ENOENT for a trailing slash unless a directory is
    made). Also for sockets that are bound to a name.
    """
    target = walk(task, directory, path)
    if target.dentry is not None:
        raise Errno(E.EEXIST)
    if target.wants_directory and not is_directory:
        raise Errno(E.ENOENT)
    target.directory.check_writable()
    check_create(target.directory.inode, task.credentials)
    return target


def _attributes(task: Task, target: Target, mode: int, *, is_directory: bool = False) -> Attributes:
    return attributes_of_new(target.directory.inode, mode, task.credentials, is_directory=is_directory)


def _created(target: Target, *, is_directory: bool = False) -> None:
    notifier = target.directory.mount.notifier
    if notifier is not None:
        notifier.created(target.directory.inode, target.name, is_directory=is_directory)


def make_node(task: Task, directory: int, path: bytes, kind: int, mode: int, device: int = 0) -> Dentry:
    """Make a file, a fifo, a socket or a device node and give its dentry: mknod, and bind of an AF_UNIX socket."""
    target = new_name(task, directory, path)
    attributes = _attributes(task, target, mode & ~task.fs.umask & 0o7777)
    parent = target.directory.inode
    if kind == _stat.S_IFREG:
        inode: Inode = parent.create(target.name, attributes)
    else:
        inode = parent.mknod(target.name, kind, attributes, device)
    _created(target)
    return target.directory.child(target.name, inode)


@syscall("mkdirat")
def mkdirat(task: Task, directory: DirFd, path: Path, mode: Mode) -> None:
    target = new_name(task, directory, path, is_directory=True)
    target.directory.inode.mkdir(
        target.name, _attributes(task, target, mode & ~task.fs.umask & 0o1777, is_directory=True)
    )
    _created(target, is_directory=True)


@syscall("mknodat", note="in a writable sysroot or a bind regular files only")
def mknodat(task: Task, directory: DirFd, path: Path, mode: Mode, device: UInt) -> None:
    kind = _stat.S_IFMT(mode) or _stat.S_IFREG
    if kind not in _KINDS:
        raise Errno(E.EPERM if kind == _stat.S_IFDIR else E.EINVAL)
    if kind in (_stat.S_IFCHR, _stat.S_IFBLK) and not task.credentials.capable(Capability.CAP_MKNOD):
        raise Errno(E.EPERM)
    make_node(task, directory, path, kind, mode, device)


@syscall("unlinkat")
def unlinkat(task: Task, directory: DirFd, path: Path, flags: AtFlags) -> None:
    if flags & ~AtFlag.AT_REMOVEDIR:
        raise Errno(E.EINVAL)
    target = walk(task, directory, path)
    remove_directory = bool(flags & AtFlag.AT_REMOVEDIR)
    if not target.name:
        if not remove_directory:
            raise Errno(E.EISDIR)
        if not path.strip(b"/"):
            raise Errno(E.EBUSY)
        raise Errno(E.EINVAL if path.endswith(b".") and not path.endswith(b"..") else E.ENOTEMPTY)
    dentry = target.existing()
    place, inode = target.directory, dentry.inode
    place.check_writable()
    check_delete(place.inode, inode, task.credentials)
    if remove_directory and not inode.is_directory:
        raise Errno(E.ENOTDIR)
    if not remove_directory and inode.is_directory:
        raise Errno(E.EISDIR)
    if place.is_mount_point(target.name):
        raise Errno(E.EBUSY)
    if remove_directory:
        place.inode.rmdir(target.name)
    else:
        place.inode.unlink(target.name)
    place.removed(target.name)
    if place.mount.notifier is not None:
        place.mount.notifier.removed(place.inode, target.name, inode)


@syscall("renameat2", partial="no RENAME_WHITEOUT; no RENAME_EXCHANGE in a writable sysroot or a bind")
def renameat2(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path, flags: RenameFlags) -> None:
    if flags & ~(RenameFlag.RENAME_NOREPLACE | RenameFlag.RENAME_EXCHANGE) or flags == (
        RenameFlag.RENAME_NOREPLACE | RenameFlag.RENAME_EXCHANGE
    ):
        raise Errno(E.EINVAL)
    exchange = bool(flags & RenameFlag.RENAME_EXCHANGE)
    source, target = walk(task, old_directory, old), walk(task, new_directory, new)
    if source.directory.mount is not target.directory.mount:
        raise Errno(E.EXDEV)
    if not source.name or not target.name:
        raise Errno(E.EEXIST if flags & RenameFlag.RENAME_NOREPLACE and not target.name else E.EBUSY)
    dentry = source.existing() if source.dentry is None else source.dentry
    source.directory.check_writable()
    replaced = target.dentry
    if replaced is not None and flags & RenameFlag.RENAME_NOREPLACE:
        raise Errno(E.EEXIST)
    if exchange and replaced is None:
        raise Errno(E.ENOENT)
    if replaced is None and target.directory.inode.missing_names_fail:
        raise Errno(E.ENOENT)
    is_directory = dentry.inode.is_directory
    if not is_directory and (source.wants_directory or (target.wants_directory and not exchange)):
        raise Errno(E.ENOTDIR)
    if exchange and target.wants_directory and replaced is not None and not replaced.inode.is_directory:
        raise Errno(E.ENOTDIR)
    if target.directory.is_below(dentry):
        # A directory cannot go into itself.
        raise Errno(E.EINVAL)
    if replaced is not None and source.directory.is_below(replaced):
        raise Errno(E.EINVAL if exchange else E.ENOTEMPTY)
    if replaced is not None and replaced.inode.same_as(dentry.inode):
        return
    _check_rename(task, source, target, dentry, replaced, exchange)
    if source.directory.is_mount_point(source.name) or target.directory.is_mount_point(target.name):
        raise Errno(E.EBUSY)
    parent, new_parent = source.directory.inode, target.directory.inode
    parent.rename(source.name, new_parent, target.name, exchange=exchange)
    source.directory.renamed(source.name, target.directory, target.name, exchange=exchange)
    notifier = source.directory.mount.notifier
    if notifier is not None:
        notifier.moved(parent, source.name, new_parent, target.name, dentry.inode)
        if exchange and replaced is not None:
            notifier.moved(new_parent, target.name, parent, source.name, replaced.inode)
        elif replaced is not None:
            notifier.replaced(replaced.inode)


def _check_rename(
    task: Task, source: Target, target: Target, dentry: Dentry, replaced: Dentry | None, exchange: bool
) -> None:
    """May the task take the name away, put it there, and change what `..` of a directory means?"""
    credentials = task.credentials
    check_delete(source.directory.inode, dentry.inode, credentials)
    if replaced is None:
        check_create(target.directory.inode, credentials)
    else:
        check_delete(target.directory.inode, replaced.inode, credentials)
        if not exchange and dentry.inode.is_directory != replaced.inode.is_directory:
            raise Errno(E.ENOTDIR if dentry.inode.is_directory else E.EISDIR)
    if source.directory is not target.directory:
        if dentry.inode.is_directory:
            check(dentry.inode, credentials, WRITE)
        if exchange and replaced is not None and replaced.inode.is_directory:
            check(replaced.inode, credentials, WRITE)


@syscall("renameat")
def renameat(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path) -> None:
    renameat2(task, old_directory, old, new_directory, new, 0)


@syscall("symlinkat")
def symlinkat(task: Task, content: Path, directory: DirFd, path: Path) -> None:
    if not content:
        raise Errno(E.ENOENT)
    target = new_name(task, directory, path)
    target.directory.inode.symlink(target.name, content, _attributes(task, target, 0o777))
    _created(target)


@syscall("linkat")
def linkat(task: Task, old_directory: DirFd, old: Path, new_directory: DirFd, new: Path, flags: AtFlags) -> None:
    if flags & ~(AtFlag.AT_SYMLINK_FOLLOW | AtFlag.AT_EMPTY_PATH):
        raise Errno(E.EINVAL)
    if not old and flags & AtFlag.AT_EMPTY_PATH:
        if not task.credentials.capable(Capability.CAP_DAC_READ_SEARCH):
            raise Errno(E.ENOENT)
        dentry = find(task, old_directory, old, int(AtFlag.AT_EMPTY_PATH))
    else:
        dentry = walk(task, old_directory, old, follow=bool(flags & AtFlag.AT_SYMLINK_FOLLOW)).existing()
    target = new_name(task, new_directory, new)
    inode = dentry.inode
    if dentry.mount is not target.directory.mount:
        raise Errno(E.EXDEV)
    if inode.is_directory:
        raise Errno(E.EPERM)
    _check_hard_link(task, inode)
    target.directory.inode.link(target.name, inode)
    if target.directory.mount.notifier is not None:
        target.directory.mount.notifier.linked(target.directory.inode, target.name, inode)


def _check_hard_link(task: Task, inode: Inode) -> None:
    """As with fs.protected_hardlinks = 1: only of one's own files, or of harmless ones that one may change anyway."""
    credentials = task.credentials
    mode, uid, _ = inode.access()
    if credentials.fsuid == uid or credentials.capable(Capability.CAP_FOWNER):
        return
    harmless = (
        _stat.S_ISREG(mode)
        and not mode & _stat.S_ISUID
        and mode & (_stat.S_ISGID | _stat.S_IXGRP) != _stat.S_ISGID | _stat.S_IXGRP
    )
    if not harmless:
        raise Errno(E.EPERM)
    try:
        check(inode, credentials, 6)
    except Errno:
        raise Errno(E.EPERM) from None


@syscall("readlinkat")
def readlinkat(task: Task, directory: DirFd, path: Path, buffer: Address, size: Int) -> int:
    if size <= 0:
        raise Errno(E.EINVAL)
    # An empty path means the link that the descriptor was opened on, with O_PATH and O_NOFOLLOW.
    dentry = find(task, directory, path, int(AtFlag.AT_EMPTY_PATH | AtFlag.AT_SYMLINK_NOFOLLOW))
    if not path and not dentry.inode.is_link:
        raise Errno(E.ENOENT)
    text = dentry.inode.readlink()[:size]
    copy_to_user(task.mm, buffer, text)
    return len(text)


@syscall("getcwd")
def getcwd(task: Task, buffer: Address, size: Size) -> int:
    cwd = task.fs.cwd
    if cwd.inode.stat().st_nlink == 0:
        raise Errno(E.ENOENT)
    path = cwd.path(task.fs.root) + b"\0"
    if not cwd.is_below(task.fs.root):
        path = b"(unreachable)" + path
    if len(path) > size:
        raise Errno(E.ERANGE)
    copy_to_user(task.mm, buffer, path)
    return len(path)


def directory_of(task: Task, dentry: Dentry) -> Dentry:
    """A directory that the task may go to (ENOTDIR, EACCES)."""
    if not dentry.inode.is_directory:
        raise Errno(E.ENOTDIR)
    check(dentry.inode, task.credentials, EXECUTE)
    return dentry


@syscall("chdir")
def chdir(task: Task, path: Path) -> None:
    task.fs.cwd = directory_of(task, task.fs.find(task.files, AT_FDCWD, path, credentials=task.credentials))


@syscall("fchdir")
def fchdir(task: Task, fd: Fd) -> None:
    task.fs.cwd = directory_of(task, task.files.get(fd).dentry)


@syscall("umask")
def umask(task: Task, mask: Mode) -> int:
    old, task.fs.umask = task.fs.umask, mask & 0o777
    return old
