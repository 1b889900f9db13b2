"""What a name leads to. Every operation that an inode's kind does not have fails as Linux fails it."""

from __future__ import annotations

import stat as _stat
from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import Stat, Statfs

if TYPE_CHECKING:
    from guest.events.pipe import Pipe
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.wait import Blocking


@dataclass(frozen=True)
class Entry:
    """One name in a directory."""

    name: bytes
    inode: int
    mode: int
    """Only the kind (S_IFMT) need be right."""


@dataclass(frozen=True)
class Attributes:
    """Permissions and owner of something new, as `guest.fs.permission.attributes_of_new` finds them."""

    mode: int
    """Permission bits only (07777)."""
    uid: int = 0
    gid: int = 0


class Inode(ABC):
    """Base of all inodes: behaves as an inode of a read-only file system."""

    fifo: Pipe | None = None
    """What readers and writers share while one of them has it open, if this is a fifo or a pipe."""

    immutable = False
    """Nobody changes it, whatever its mode and their capabilities (S_IMMUTABLE)."""
    missing_names_fail = False
    """Looking up a name that is not in this directory is an error even for a call that would make it (procfs)."""

    @abstractmethod
    def stat(self) -> Stat:
        """Its metadata; nothing may be assumed to stay as it was."""

    @property
    @abstractmethod
    def kind(self) -> int:
        """S_IFDIR, S_IFREG…: never changes."""

    @property
    def is_directory(self) -> bool:
        return self.kind == _stat.S_IFDIR

    @property
    def is_link(self) -> bool:
        return self.kind == _stat.S_IFLNK

    @property
    def key(self) -> Hashable:
        """What stands for the object where locks and watches are kept: equal for all inodes of one object."""
        return self

    def same_as(self, other: Inode) -> bool:
        """Whether both are the same object of the file system."""
        return self is other

    def access(self) -> tuple[int, int, int]:
        """Mode, user and group, for permission checks."""
        found = self.stat()
        return found.st_mode, found.st_uid, found.st_gid

    def birth_ns(self) -> int | None:
        """When it was made; None where the file system does not know."""
        return None

    def xattrs(self) -> dict[bytes, bytes]:
        """Extended attributes, to be changed in place (EOPNOTSUPP where the file system has none)."""
        raise Errno(E.EOPNOTSUPP)

    def open(self, dentry: Dentry, flags: int) -> File:
        """An open file. `flags` are the guest's; creation and permission to write were dealt with before."""
        raise Errno(E.ENXIO)

    def open_waiting(self, dentry: Dentry, flags: int) -> File | Blocking[File]:
        """Like `open`, for callers that can wait: the open of a fifo gives a generator until the other side comes."""
        return self.open(dentry, flags)

    def statfs(self) -> Statfs:
        """The file system. Figures are fixed, so that no result depends on how full the host's disk is."""
        raise Errno(E.ENOSYS)

    # Directories.

    def lookup(self, name: bytes) -> Inode:
        """The inode of a name (ENOENT)."""
        raise Errno(E.ENOTDIR)

    def entries(self) -> list[Entry]:
        """All names but `.` and `..`, sorted, so that no result depends on the host's order."""
        raise Errno(E.ENOTDIR)

    def create(self, name: bytes, attributes: Attributes) -> Inode:
        """Make an empty regular file (EEXIST). The first `open` of the result succeeds whatever its mode says."""
        raise Errno(E.EROFS)

    def tmpfile(self, attributes: Attributes) -> Inode:
        """Make a regular file without a name (O_TMPFILE)."""
        raise Errno(E.EOPNOTSUPP)

    def mkdir(self, name: bytes, attributes: Attributes) -> None:
        raise Errno(E.EROFS)

    def mknod(self, name: bytes, kind: int, attributes: Attributes, device: int = 0) -> Inode:
        """Make a fifo, a socket or a device node; whether the caller may is checked before."""
        raise Errno(E.EROFS if self.is_directory else E.ENOTDIR)

    def symlink(self, name: bytes, target: bytes, attributes: Attributes) -> None:
        raise Errno(E.EROFS)

    def link(self, name: bytes, inode: Inode) -> None:
        """Give a file of the same file system a further name here (EXDEV if it is of another)."""
        raise Errno(E.EROFS)

    def unlink(self, name: bytes) -> None:
        raise Errno(E.EROFS)

    def rmdir(self, name: bytes) -> None:
        raise Errno(E.EROFS)

    def rename(self, name: bytes, directory: Inode, new_name: bytes, *, exchange: bool = False) -> None:
        """Move `name` to `new_name` of `directory`, or exchange the two (EXDEV across file systems)."""
        raise Errno(E.EROFS)

    # Links and metadata.

    def readlink(self) -> bytes:
        raise Errno(E.EINVAL)

    def follow(self) -> Dentry | None:
        """Where a magic link (`/proc/self/fd/N`) leads without its text being walked; None for an ordinary link."""
        return None

    def truncate(self, size: int) -> None:
        raise Errno(E.EISDIR if self.is_directory else E.EINVAL)

    def chmod(self, mode: int) -> None:
        raise Errno(E.EROFS)

    def chown(self, uid: int, gid: int) -> None:
        """Change owner and group; -1 leaves one as it is."""
        raise Errno(E.EROFS)

    def set_times(self, atime_ns: int | None, mtime_ns: int | None) -> None:
        """Set times; None leaves one as it is."""
        raise Errno(E.EROFS)


class SyntheticDirectory(Inode):
    """A read-only directory that exists only here: the root without a sysroot, /dev."""

    def __init__(self, inode: int, *, device: int = 0, filesystem: int = 0x01021994) -> None:
        self.children: dict[bytes, Inode] = {}
        self._inode = inode
        self._device = device
        self._filesystem = filesystem

    @property
    def kind(self) -> int:
        return _stat.S_IFDIR

    def stat(self) -> Stat:
        return Stat(st_dev=self._device, st_ino=self._inode, st_mode=_stat.S_IFDIR | 0o755, st_nlink=2)

    def statfs(self) -> Statfs:
        return Statfs(f_type=self._filesystem)

    def lookup(self, name: bytes) -> Inode:
        try:
            return self.children[name]
        except KeyError:
            raise Errno(E.ENOENT) from None

    def entries(self) -> list[Entry]:
        return [Entry(name, child.stat().st_ino, child.kind) for name, child in sorted(self.children.items())]

    def open(self, dentry: Dentry, flags: int) -> File:
        from guest.fs.directory import DirectoryFile

        return DirectoryFile(dentry, flags)


class SyntheticLink(Inode):
    """A symbolic link that exists only here."""

    def __init__(self, inode: int, target: bytes) -> None:
        self._inode = inode
        self._target = target

    @property
    def kind(self) -> int:
        return _stat.S_IFLNK

    def stat(self) -> Stat:
        return Stat(st_ino=self._inode, st_mode=_stat.S_IFLNK | 0o777, st_size=len(self._target))

    def readlink(self) -> bytes:
        return self._target
