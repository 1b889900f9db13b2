"""Files without a name in the tree: pipes, sockets, event descriptors (Linux: anon_inode and pipefs)."""

from __future__ import annotations

import stat as _stat
from itertools import count

from guest.abi.structs import Stat, make_device
from guest.fs.dentry import Dentry, Mount
from guest.fs.file import File
from guest.fs.inode import Inode

ANONYMOUS_DEVICE = make_device(0, 14)
_MOUNT = Mount(b"", b"anon_inodefs", b"none", read_only=False)


class AnonymousInode(Inode):
    """The inode of one such file. `number` shows in its path (`pipe:[7]`) and in fstat."""

    def __init__(self, number: int, mode: int) -> None:
        self.number = number
        self._mode = mode

    @property
    def kind(self) -> int:
        return _stat.S_IFMT(self._mode)

    def stat(self) -> Stat:
        return Stat(st_dev=ANONYMOUS_DEVICE, st_ino=self.number, st_mode=self._mode, st_nlink=1, st_blksize=4096)


class InodeNumbers:
    """Numbers for inodes that exist only in this machine, in order of creation."""

    def __init__(self) -> None:
        self._next = count(1)

    def next(self) -> int:
        return next(self._next)


class AnonymousFile(File):
    """Base of files without a name; `name` is what /proc/self/fd shows."""

    def __init__(self, name: bytes, inode: AnonymousInode, flags: int) -> None:
        super().__init__(Dentry(None, name, inode, _MOUNT), flags)

    @property
    def path(self) -> bytes:
        return self.dentry.name
