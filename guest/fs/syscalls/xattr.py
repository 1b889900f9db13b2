"""System calls on extended attributes."""

from __future__ import annotations

import stat as _stat

from guest.abi.errno import E, Errno
from guest.abi.files import XattrFlag
from guest.abi.flags import AT_FDCWD
from guest.abi.inotify import InotifyMask
from guest.arguments import Address, Fd, InBuffer, OutBuffer, Path, Size
from guest.credentials import Capability
from guest.fs.arguments import XattrFlags
from guest.fs.dentry import Dentry
from guest.fs.permission import READ, WRITE, check, is_owner
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task

_NAME_MAX = 255
_SIZE_MAX = 65536
_LIST_MAX = 65536


def _named(task: Task, path: bytes, *, follow: bool) -> Dentry:
    return task.fs.find(task.files, AT_FDCWD, path, follow=follow, credentials=task.credentials)


def _check_name(name: bytes) -> None:
    if not 0 < len(name) <= _NAME_MAX:
        raise Errno(E.ERANGE)


def _may_use(task: Task, dentry: Dentry, name: bytes, *, write: bool) -> None:
    """xattr_permission: whose attributes may be seen and set depends on their name space."""
    inode, credentials = dentry.inode, task.credentials
    if write:
        dentry.check_writable()
    space, dot, rest = name.partition(b".")
    if not dot or not rest or space not in (b"user", b"trusted", b"security"):
        raise Errno(E.EOPNOTSUPP)
    refused = E.EPERM if write else E.ENODATA
    if space == b"trusted" and not credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(refused)
    if space == b"security" and write and not credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(E.EPERM)
    if space == b"user":
        if inode.kind not in (_stat.S_IFREG, _stat.S_IFDIR):
            raise Errno(refused)
        sticky = inode.is_directory and inode.access()[0] & _stat.S_ISVTX
        if sticky and write and not is_owner(inode, credentials):
            raise Errno(E.EPERM)
        check(inode, credentials, WRITE if write else READ)


def _set(task: Task, dentry: Dentry, name: bytes, value: int, size: int, flags: int) -> None:
    if flags & ~sum(XattrFlag):
        raise Errno(E.EINVAL)
    _check_name(name)
    if size > _SIZE_MAX:
        raise Errno(E.E2BIG)
    data = copy_from_user(task.mm, value, size) if size else b""
    _may_use(task, dentry, name, write=True)
    attributes = dentry.inode.xattrs()
    if flags & XattrFlag.XATTR_CREATE and name in attributes:
        raise Errno(E.EEXIST)
    if flags & XattrFlag.XATTR_REPLACE and name not in attributes:
        raise Errno(E.ENODATA)
    attributes[name] = data
    _changed(dentry)


def _changed(dentry: Dentry) -> None:
    if dentry.mount.notifier is not None:
        dentry.mount.notifier.event(dentry, InotifyMask.IN_ATTRIB)


def _get(task: Task, dentry: Dentry, name: bytes, value: int, size: int) -> int:
    _check_name(name)
    _may_use(task, dentry, name, write=False)
    data = dentry.inode.xattrs().get(name)
    if data is None:
        raise Errno(E.ENODATA)
    return _give(task, data, value, size)


def _give(task: Task, data: bytes, address: int, size: int) -> int:
    """Into the caller's buffer; a size of 0 asks how large it must be."""
    if size:
        if len(data) > size:
            raise Errno(E.ERANGE)
        copy_to_user(task.mm, address, data)
    return len(data)


def _list(task: Task, dentry: Dentry, buffer: int, size: int) -> int:
    try:
        names = sorted(dentry.inode.xattrs())
    except Errno as error:
        if error.number is not E.EOPNOTSUPP:
            raise
        names = []
    if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
        names = [name for name in names if not name.startswith(b"trusted.")]
    return _give(task, b"".join(name + b"\0" for name in names), buffer, min(size, _LIST_MAX))


def _remove(task: Task, dentry: Dentry, name: bytes) -> None:
    _check_name(name)
    _may_use(task, dentry, name, write=True)
    if dentry.inode.xattrs().pop(name, None) is None:
        raise Errno(E.ENODATA)
    _changed(dentry)


@syscall("setxattr", note="not in a writable sysroot or a bind")
def setxattr(task: Task, path: Path, name: Path, value: InBuffer, size: Size, flags: XattrFlags) -> None:
    _set(task, _named(task, path, follow=True), name, value, size, flags)


@syscall("lsetxattr", note="not in a writable sysroot or a bind")
def lsetxattr(task: Task, path: Path, name: Path, value: InBuffer, size: Size, flags: XattrFlags) -> None:
    _set(task, _named(task, path, follow=False), name, value, size, flags)


@syscall("fsetxattr", note="not in a writable sysroot or a bind")
def fsetxattr(task: Task, fd: Fd, name: Path, value: InBuffer, size: Size, flags: XattrFlags) -> None:
    _set(task, task.files.get_io(fd).dentry, name, value, size, flags)


@syscall("getxattr", note="not in a writable sysroot or a bind")
def getxattr(task: Task, path: Path, name: Path, value: OutBuffer, size: Size) -> int:
    return _get(task, _named(task, path, follow=True), name, value, size)


@syscall("lgetxattr", note="not in a writable sysroot or a bind")
def lgetxattr(task: Task, path: Path, name: Path, value: OutBuffer, size: Size) -> int:
    return _get(task, _named(task, path, follow=False), name, value, size)


@syscall("fgetxattr", note="not in a writable sysroot or a bind")
def fgetxattr(task: Task, fd: Fd, name: Path, value: OutBuffer, size: Size) -> int:
    return _get(task, task.files.get_io(fd).dentry, name, value, size)


@syscall("listxattr")
def listxattr(task: Task, path: Path, buffer: Address, size: Size) -> int:
    return _list(task, _named(task, path, follow=True), buffer, size)


@syscall("llistxattr")
def llistxattr(task: Task, path: Path, buffer: Address, size: Size) -> int:
    return _list(task, _named(task, path, follow=False), buffer, size)


@syscall("flistxattr")
def flistxattr(task: Task, fd: Fd, buffer: Address, size: Size) -> int:
    return _list(task, task.files.get_io(fd).dentry, buffer, size)


@syscall("removexattr")
def removexattr(task: Task, path: Path, name: Path) -> None:
    _remove(task, _named(task, path, follow=True), name)


@syscall("lremovexattr")
def lremovexattr(task: Task, path: Path, name: Path) -> None:
    _remove(task, _named(task, path, follow=False), name)


@syscall("fremovexattr")
def fremovexattr(task: Task, fd: Fd, name: Path) -> None:
    _remove(task, task.files.get_io(fd).dentry, name)
