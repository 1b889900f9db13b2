"""File systems in memory (Linux: tmpfs): /tmp, /dev/shm, /run, memfd, and the upper layer of the sysroot's overlay."""

from __future__ import annotations

import stat as _stat
from collections.abc import Callable
from itertools import count
from types import GeneratorType
from typing import TYPE_CHECKING, cast

from guest.abi.constants import NAME_MAX
from guest.abi.errno import E, Errno
from guest.abi.structs import Stat, Statfs, Timespec
from guest.fs.content import Budget, FileContent
from guest.fs.inode import Attributes, Entry, Inode

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.wait import Blocking

TMPFS_MAGIC = 0x01021994
F_SEAL_SEAL = 0x1
_PAGE = 4096
_DAY_NS = 86_400 * 10**9


class FileClock:
    """The wall clock of time stamps, in guest time. The kernel that the files belong to sets `source`."""

    def __init__(self, start_ns: int = 0) -> None:
        self.source: Callable[[], int] = lambda: start_ns

    def now_ns(self) -> int:
        return self.source()


class MemoryFilesystem:
    """What the inodes of one file system share."""

    def __init__(self, device: int, clock: FileClock, *, limit_bytes: int, magic: int = TMPFS_MAGIC) -> None:
        self.device = device
        self.clock = clock
        self.magic = magic
        self.budget = Budget(limit_bytes)
        self._numbers = count(1)
        self.find_device: Callable[[int, int], Inode | None] = lambda kind, device: None
        """The driver's inode behind a device node (kind, device number)."""

    def next_number(self) -> int:
        """An inode number, in order of creation."""
        return next(self._numbers)

    def make_root(self, mode: int) -> TmpfsDirectory:
        """Its top directory."""
        return TmpfsDirectory(self, Attributes(mode))

    def statfs(self) -> Statfs:
        blocks = self.budget.limit_bytes // _PAGE
        free = (self.budget.limit_bytes - self.budget.used_bytes) // _PAGE
        return Statfs(f_type=self.magic, f_blocks=blocks, f_bfree=free, f_bavail=free, f_files=1 << 20, f_ffree=1 << 19)


class TmpfsInode(Inode):
    """Metadata in memory."""

    def __init__(self, filesystem: MemoryFilesystem, kind: int, attributes: Attributes, device: int = 0) -> None:
        self.filesystem = filesystem
        self.number = filesystem.next_number()
        self.mode = attributes.mode & 0o7777
        self.uid, self.gid = attributes.uid, attributes.gid
        self.links = 1
        self.device = device
        now = filesystem.clock.now_ns()
        self.atime_ns = self.mtime_ns = self.ctime_ns = now
        self._birth_ns = now
        self._kind = kind
        self._xattrs: dict[bytes, bytes] = {}

    @property
    def kind(self) -> int:
        return self._kind

    @property
    def size(self) -> int:
        return 0

    def stat(self) -> Stat:
        return Stat(
            st_dev=self.filesystem.device,
            st_ino=self.number,
            st_mode=self._kind | self.mode,
            st_nlink=self.links,
            st_uid=self.uid,
            st_gid=self.gid,
            st_rdev=self.device,
            st_size=self.size,
            st_blocks=self.blocks,
            atime=Timespec(*divmod(self.atime_ns, 10**9)),
            mtime=Timespec(*divmod(self.mtime_ns, 10**9)),
            ctime=Timespec(*divmod(self.ctime_ns, 10**9)),
        )

    @property
    def blocks(self) -> int:
        """In units of 512 bytes."""
        return 0

    def access(self) -> tuple[int, int, int]:
        return self._kind | self.mode, self.uid, self.gid

    def birth_ns(self) -> int | None:
        return self._birth_ns

    def statfs(self) -> Statfs:
        return self.filesystem.statfs()

    def xattrs(self) -> dict[bytes, bytes]:
        return self._xattrs

    def chmod(self, mode: int) -> None:
        if self.is_link:
            raise Errno(E.EOPNOTSUPP)
        self.mode = mode & 0o7777
        self.changed()

    def chown(self, uid: int, gid: int) -> None:
        self.uid = self.uid if uid == -1 else uid
        self.gid = self.gid if gid == -1 else gid
        self.changed()

    def set_times(self, atime_ns: int | None, mtime_ns: int | None) -> None:
        self.atime_ns = self.atime_ns if atime_ns is None else atime_ns
        self.mtime_ns = self.mtime_ns if mtime_ns is None else mtime_ns
        self.changed()

    def changed(self) -> None:
        """The metadata changed now."""
        self.ctime_ns = self.filesystem.clock.now_ns()

    def modified(self) -> None:
        """The content changed now."""
        self.mtime_ns = self.ctime_ns = self.filesystem.clock.now_ns()

    def accessed(self) -> None:
        """The content was read now; noted as with the mount option relatime."""
        now = self.filesystem.clock.now_ns()
        if self.atime_ns <= max(self.mtime_ns, self.ctime_ns) or now - self.atime_ns >= _DAY_NS:
            self.atime_ns = now


class TmpfsNode(TmpfsInode):
    """A fifo, a socket or a device node."""

    socket: object | None = None
    """What listens under the name of a socket; set and read by the address family."""

    def open_waiting(self, dentry: Dentry, flags: int) -> File | Blocking[File]:
        if self._kind == _stat.S_IFIFO:
            from guest.events.fifo import open_fifo

            return open_fifo(self, dentry, flags)
        return self.open(dentry, flags)

    def open(self, dentry: Dentry, flags: int) -> File:
        if self._kind == _stat.S_IFIFO:
            file = self.open_waiting(dentry, flags)
            if isinstance(file, GeneratorType):
                file.close()
                raise Errno(E.EAGAIN)
            return cast("File", file)
        if self._kind in (_stat.S_IFCHR, _stat.S_IFBLK):
            driver = self.filesystem.find_device(self._kind, self.device)
            if driver is not None:
                return driver.open(dentry, flags)
        raise Errno(E.ENXIO)


class TmpfsLink(TmpfsInode):
    """A symbolic link."""

    def __init__(self, filesystem: MemoryFilesystem, target: bytes, attributes: Attributes) -> None:
        super().__init__(filesystem, _stat.S_IFLNK, Attributes(0o777, attributes.uid, attributes.gid))
        self.target = target

    @property
    def size(self) -> int:
        return len(self.target)

    def readlink(self) -> bytes:
        return self.target


class TmpfsRegular(TmpfsInode):
    """A regular file."""

    def __init__(
        self, filesystem: MemoryFilesystem, attributes: Attributes, content: FileContent | None = None
    ) -> None:
        super().__init__(filesystem, _stat.S_IFREG, attributes)
        self.content = content or FileContent(filesystem.budget)
        self.seals = F_SEAL_SEAL
        """What may not be done any more (memfd); a file that was not made for it can be given no seals."""
        self.may_be_linked = True
        """False for O_TMPFILE with O_EXCL and for memfd."""
        self.opens = 0
        """Open files, for events that tell of the end of the object."""

    @property
    def size(self) -> int:
        return self.content.size

    @property
    def blocks(self) -> int:
        return -(-self.content.stored_bytes // _PAGE) * (_PAGE // 512)

    def open(self, dentry: Dentry, flags: int) -> File:
        from guest.fs.content_file import ContentFile

        return ContentFile(dentry, flags, self)

    def truncate(self, size: int) -> None:
        from guest.fs.seals import check_truncate

        check_truncate(self, size)
        self.content.truncate(size)
        self.modified()


class TmpfsDirectory(TmpfsInode):
    """A directory. Subclasses that show more than `_children` override `_child`, `_put`, `_drop` and `entries`."""

    def __init__(self, filesystem: MemoryFilesystem, attributes: Attributes) -> None:
        super().__init__(filesystem, _stat.S_IFDIR, attributes)
        self.links = 2
        self._children: dict[bytes, TmpfsInode] = {}

    @property
    def size(self) -> int:
        return 20 * len(self._children)

    def open(self, dentry: Dentry, flags: int) -> File:
        from guest.fs.directory import DirectoryFile

        return DirectoryFile(dentry, flags)

    # -- what subclasses override ------------------------------------------------------------------------------

    def _child(self, name: bytes) -> TmpfsInode | None:
        return self._children.get(name)

    def _put(self, name: bytes, inode: TmpfsInode) -> None:
        self._children[name] = inode

    def _drop(self, name: bytes) -> None:
        del self._children[name]

    def _count_subdirectory(self, delta: int) -> None:
        self.links += delta

    def entries(self) -> list[Entry]:
        return [Entry(name, child.number, child.kind) for name, child in sorted(self._children.items())]

    def is_empty(self) -> bool:
        """Whether it may be removed."""
        return not self._children

    # -- names -------------------------------------------------------------------------------------------------

    def lookup(self, name: bytes) -> TmpfsInode:
        child = self._child(name)
        if child is None:
            raise Errno(E.ENOENT)
        return child

    def _add(self, name: bytes, inode: TmpfsInode) -> None:
        """Give something new its name."""
        self._put(name, inode)
        if inode.is_directory:
            self._count_subdirectory(1)
        self.modified()

    def _check_new(self, name: bytes) -> None:
        if self.links == 0:
            # Removed while somebody was in it.
            raise Errno(E.ENOENT)
        if len(name) > NAME_MAX:
            raise Errno(E.ENAMETOOLONG)
        if self._child(name) is not None:
            raise Errno(E.EEXIST)

    def create(self, name: bytes, attributes: Attributes) -> Inode:
        self._check_new(name)
        inode = TmpfsRegular(self.filesystem, attributes)
        self._add(name, inode)
        return inode

    def tmpfile(self, attributes: Attributes) -> Inode:
        inode = TmpfsRegular(self.filesystem, attributes)
        inode.links = 0
        return inode

    def mkdir(self, name: bytes, attributes: Attributes) -> None:
        self._check_new(name)
        self._add(name, TmpfsDirectory(self.filesystem, attributes))

    def mknod(self, name: bytes, kind: int, attributes: Attributes, device: int = 0) -> Inode:
        self._check_new(name)
        inode = TmpfsNode(self.filesystem, kind, attributes, device)
        self._add(name, inode)
        return inode

    def symlink(self, name: bytes, target: bytes, attributes: Attributes) -> None:
        self._check_new(name)
        self._add(name, TmpfsLink(self.filesystem, target, attributes))

    def link(self, name: bytes, inode: Inode) -> None:
        if not isinstance(inode, TmpfsInode) or inode.filesystem is not self.filesystem:
            raise Errno(E.EXDEV)
        if inode.is_directory:
            raise Errno(E.EPERM)
        if isinstance(inode, TmpfsRegular) and inode.links == 0 and not inode.may_be_linked:
            raise Errno(E.ENOENT)
        self._check_new(name)
        inode.links += 1
        inode.changed()
        self._add(name, inode)

    def unlink(self, name: bytes) -> None:
        inode = self.lookup(name)
        if inode.is_directory:
            raise Errno(E.EISDIR)
        self._remove(name, inode)

    def rmdir(self, name: bytes) -> None:
        inode = self.lookup(name)
        if not isinstance(inode, TmpfsDirectory):
            raise Errno(E.ENOTDIR)
        if not inode.is_empty():
            raise Errno(E.ENOTEMPTY)
        self._remove(name, inode)

    def _remove(self, name: bytes, inode: TmpfsInode) -> None:
        self._drop(name)
        if inode.is_directory:
            self._count_subdirectory(-1)
            inode.links = 0
        else:
            inode.links -= 1
            inode.changed()
        self.modified()

    def rename(self, name: bytes, directory: Inode, new_name: bytes, *, exchange: bool = False) -> None:
        if not isinstance(directory, TmpfsDirectory) or directory.filesystem is not self.filesystem:
            raise Errno(E.EXDEV)
        inode = self.lookup(name)
        if directory.links == 0:
            raise Errno(E.ENOENT)
        if len(new_name) > NAME_MAX:
            raise Errno(E.ENAMETOOLONG)
        other = directory._child(new_name)
        if exchange and other is None:
            raise Errno(E.ENOENT)
        if other is inode:
            return
        if exchange:
            assert other is not None
            directory._take_out(new_name, other)
        elif other is not None:
            if inode.is_directory and not other.is_directory:
                raise Errno(E.ENOTDIR)
            if other.is_directory and not inode.is_directory:
                raise Errno(E.EISDIR)
            (directory.rmdir if other.is_directory else directory.unlink)(new_name)
        self._take_out(name, inode)
        directory._add(new_name, inode)
        inode.changed()
        if exchange:
            assert other is not None
            self._add(name, other)
            other.changed()
        self.modified()

    def _take_out(self, name: bytes, inode: TmpfsInode) -> None:
        """Remove a name of something that gets another."""
        self._drop(name)
        if inode.is_directory:
            self._count_subdirectory(-1)
