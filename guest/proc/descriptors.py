"""/proc/PID/fd and /proc/PID/fdinfo: one entry for each open descriptor."""

from __future__ import annotations

import stat as _stat
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag
from guest.fs.inode import Entry, Inode
from guest.kernfs import Attribute, Directory, MagicLink

if TYPE_CHECKING:
    from guest.fs.dentry import Mount
    from guest.fs.file import File
    from guest.kernfs import GeneratedFilesystem, Owner
    from guest.task import Task

_NO_MOUNT = 15
"""Shown for pipes, sockets and the like, which on Linux are on mounts inside the kernel."""


@runtime_checkable
class ShowsInfo(Protocol):
    """An open file with lines of its own in fdinfo (eventfd, epoll, inotify…)."""

    def show_fdinfo(self) -> bytes:
        """Lines that follow `ino`."""


def mount_number(mount: Mount) -> int:
    """The identity of a mount in fdinfo; files without a place in the tree are on a mount of their own."""
    return mount.identifier or _NO_MOUNT


class DescriptorDirectory(Directory):
    """The descriptors of a task's table, looked up at each access."""

    def __init__(self, filesystem: GeneratedFilesystem, task: Task, number: int, owner: Owner, *, info: bool) -> None:
        super().__init__(filesystem, permissions=0o555 if info else 0o500, number=number, owner=owner, subject=task)
        self._task = task
        self._info = info

    def lookup(self, name: bytes) -> Inode:
        fd = descriptor_number(name)
        if fd is None or self._task.exited:
            raise Errno(E.ENOENT)
        return self._entry(fd, self._file(fd))

    def entries(self) -> list[Entry]:
        if self._task.exited:
            return []
        kind = _stat.S_IFREG if self._info else _stat.S_IFLNK
        listed = [Entry(str(fd).encode(), self._number(fd), kind) for fd, _ in self._task.files]
        return sorted(listed, key=lambda entry: int(entry.name))

    def _number(self, fd: int) -> int:
        return self.number + (fd + 1) * 16

    def _file(self, fd: int) -> File:
        try:
            return self._task.files.get(fd)
        except Errno:
            raise Errno(E.ENOENT) from None

    def _entry(self, fd: int, file: File) -> Inode:
        if self._info:
            return Attribute(
                self.filesystem, lambda: self._show(fd), permissions=0o444, number=self._number(fd), owner=self.owner,
                subject=file,
            )  # fmt: skip
        permissions = (0o500 if file.readable else 0) | (0o300 if file.writable else 0)
        return MagicLink(
            self.filesystem, lambda: self._file(fd).dentry, path=lambda: self._file(fd).path, permissions=permissions,
            number=self._number(fd), owner=self.owner, subject=file,
        )  # fmt: skip

    def _show(self, fd: int) -> bytes:
        file = self._file(fd)
        flags = file.flags
        # O_LARGEFILE is always set on a 64-bit system; the descriptor's own flag is shown with them.
        flags |= OpenFlag.O_LARGEFILE
        if self._task.files.close_on_exec(fd):
            flags |= OpenFlag.O_CLOEXEC
        mount = mount_number(file.dentry.mount)
        text = f"pos:\t{file.offset}\nflags:\t0{flags:o}\nmnt_id:\t{mount}\nino:\t{file.stat().st_ino}\n".encode()
        return text + (file.show_fdinfo() if isinstance(file, ShowsInfo) else b"")


def descriptor_number(name: bytes) -> int | None:
    """The number that a name stands for, None if it is not one in its usual form."""
    if not name.isdigit() or len(name) > 10 or (name[:1] == b"0" and name != b"0"):
        return None
    return int(name)
