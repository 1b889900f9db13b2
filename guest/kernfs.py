"""Files that the kernel generates: what procfs, sysfs and debugfs are made of.

The content of an attribute is made when it is read from its beginning, and kept by the open file until it is read from
the beginning again (as Linux's seq_file does), so that one pass over a file sees one state.
"""

from __future__ import annotations

import stat as _stat
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import Stat, Statfs, Timespec
from guest.fs.file import File
from guest.fs.inode import Attributes, Entry, Inode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guest.fs.dentry import Dentry

Show = Callable[[], bytes]
"""Makes the content of an attribute."""
Store = Callable[[bytes], None]
"""Takes what one write call brings (Errno if it is not acceptable)."""
Owner = Callable[[], tuple[int, int]]
"""User and group of an inode."""


def root_owner() -> tuple[int, int]:
    """The owner of most files: root."""
    return 0, 0


@dataclass
class GeneratedFilesystem:
    """What the inodes of one generated file system have in common."""

    magic: int
    device: int
    time_ns: int
    """Time stamp of its files: when the machine started."""
    first_number: int = 1
    missing_names_fail: bool = False
    """See `Inode`."""
    is_sysfs: bool = False
    """An attribute opens only for what its mode grants to somebody, for root too (EACCES); what it cannot do is EIO."""
    _numbers: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = count(self.first_number)

    def number(self) -> int:
        """The next inode number. Trees are built in a fixed order, so numbers are the same in every run."""
        return next(self._numbers)


class GeneratedInode(Inode):
    """Base: identified by its number, and by the object that it shows where numbers come again (a process)."""

    def __init__(
        self, filesystem: GeneratedFilesystem, mode: int, *, number: int | None = None, owner: Owner = root_owner,
        subject: object = None,
    ) -> None:  # fmt: skip
        self.filesystem = filesystem
        self.mode = mode
        self.number = filesystem.number() if number is None else number
        self.owner = owner
        self.subject = subject

    @property
    def kind(self) -> int:
        return _stat.S_IFMT(self.mode)

    @property
    def key(self) -> Hashable:
        return self.filesystem.device, self.number, id(self.subject)

    def same_as(self, other: Inode) -> bool:
        return self is other or (
            isinstance(other, GeneratedInode)
            and other.filesystem is self.filesystem
            and other.number == self.number
            and other.subject is self.subject
        )

    def stat(self) -> Stat:
        uid, gid = self.owner()
        time = Timespec.from_ns(self.filesystem.time_ns)
        return Stat(
            st_dev=self.filesystem.device, st_ino=self.number, st_mode=self.mode, st_uid=uid, st_gid=gid,
            st_nlink=2 if self.is_directory else 1, st_blksize=1024 if not self.is_directory else 4096,
            atime=time, mtime=time, ctime=time,
        )  # fmt: skip

    def statfs(self) -> Statfs:
        return Statfs(f_type=self.filesystem.magic)

    def chmod(self, mode: int) -> None:
        if self.subject is not None:
            # What shows a process has the mode that belongs to it (proc_setattr).
            raise Errno(E.EPERM)
        self.mode = self.kind | mode & 0o7777

    def chown(self, uid: int, gid: int) -> None:
        if self.subject is not None:
            return  # on Linux the next access finds the process's owner again (pid_revalidate)
        old_uid, old_gid = self.owner()
        new = (old_uid if uid == -1 else uid, old_gid if gid == -1 else gid)
        self.owner = lambda: new


class Directory(GeneratedInode):
    """A directory with fixed children; drivers add theirs while the machine starts."""

    def __init__(
        self,
        filesystem: GeneratedFilesystem,
        children: Mapping[bytes, Inode] | None = None,
        *,
        permissions: int = 0o555,
        number: int | None = None,
        owner: Owner = root_owner,
        subject: object = None,
    ) -> None:
        super().__init__(filesystem, _stat.S_IFDIR | permissions, number=number, owner=owner, subject=subject)
        self.children: dict[bytes, Inode] = dict(children or {})
        self.missing_names_fail = filesystem.missing_names_fail

    def stat(self) -> Stat:
        result = super().stat()
        result.st_nlink = 2 + sum(child.is_directory for child in self.children.values())
        return result

    def lookup(self, name: bytes) -> Inode:
        try:
            return self.children[name]
        except KeyError:
            raise Errno(E.ENOENT) from None

    def entries(self) -> list[Entry]:
        return [Entry(name, child.stat().st_ino, child.kind) for name, child in sorted(self.children.items())]

    # Programs change nothing in it.

    def create(self, name: bytes, attributes: Attributes) -> Inode:
        raise Errno(E.EACCES)

    def mkdir(self, name: bytes, attributes: Attributes) -> None:
        raise Errno(E.EPERM)

    def mknod(self, name: bytes, kind: int, attributes: Attributes, device: int = 0) -> Inode:
        raise Errno(E.EPERM)

    def symlink(self, name: bytes, target: bytes, attributes: Attributes) -> None:
        raise Errno(E.EPERM)

    def link(self, name: bytes, inode: Inode) -> None:
        raise Errno(E.EPERM)

    def unlink(self, name: bytes) -> None:
        raise Errno(E.EPERM)

    def rmdir(self, name: bytes) -> None:
        raise Errno(E.EPERM)

    def rename(self, name: bytes, directory: Inode, new_name: bytes, *, exchange: bool = False) -> None:
        raise Errno(E.EPERM)

    def directory(self, name: bytes) -> Directory:
        """The child directory of that name, made if it is not there."""
        child = self.children.get(name)
        if child is None:
            child = self.children[name] = Directory(self.filesystem, permissions=_stat.S_IMODE(self.mode))
        if not isinstance(child, Directory):
            raise ValueError(f"{name!r} is not a directory")
        return child

    def descend(self, path: bytes) -> Directory:
        """The directory at a path below this one; what is missing is made."""
        directory = self
        for name in filter(None, path.split(b"/")):
            directory = directory.directory(name)
        return directory

    def open(self, dentry: Dentry, flags: int) -> File:
        from guest.fs.directory import DirectoryFile

        return DirectoryFile(dentry, flags)


class Attribute(GeneratedInode):
    """A regular file whose content is generated; writable if it has `store`."""

    def __init__(
        self,
        filesystem: GeneratedFilesystem,
        show: Show | None,
        store: Store | None = None,
        *,
        permissions: int | None = None,
        number: int | None = None,
        owner: Owner = root_owner,
        subject: object = None,
    ) -> None:
        if permissions is None:
            permissions = (0o444 if show else 0) | (0o200 if store else 0)
        super().__init__(filesystem, _stat.S_IFREG | permissions, number=number, owner=owner, subject=subject)
        self.show = show
        self.store = store

    def open(self, dentry: Dentry, flags: int) -> File:
        file = AttributeFile(dentry, flags, self)
        if self.filesystem.is_sysfs and (
            (file.readable and not self.mode & 0o444) or (file.writable and not self.mode & 0o222)
        ):
            raise Errno(E.EACCES)
        return file

    def truncate(self, size: int) -> None:
        """Has no effect, as on Linux: `>` in a shell opens with O_TRUNC before it writes."""


class AttributeFile(File):
    """An open attribute."""

    seekable = True

    def __init__(self, dentry: Dentry, flags: int, attribute: Attribute) -> None:
        super().__init__(dentry, flags)
        self._attribute = attribute
        self._content: bytes | None = None

    def read(self, size: int) -> bytes:
        data = self.pread(size, self.offset)
        self.offset += len(data)
        return data

    def pread(self, size: int, offset: int) -> bytes:
        if self._attribute.show is None:
            raise self._unsupported()
        if offset == 0 or self._content is None:
            self._content = self._attribute.show()
        return self._content[offset : offset + size]

    def write(self, data: bytes | memoryview) -> int:
        if self._attribute.store is None:
            raise self._unsupported()
        self._attribute.store(bytes(data))
        self.offset += len(data)
        return len(data)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        if self._attribute.store is None:
            raise self._unsupported()
        self._attribute.store(bytes(data))
        return len(data)

    def truncate(self, size: int) -> None:
        """See `Attribute.truncate`."""

    def _unsupported(self) -> Errno:
        return Errno(E.EIO if self._attribute.filesystem.is_sysfs else E.EINVAL)


class Link(GeneratedInode):
    """A symbolic link whose target may be computed."""

    def __init__(
        self,
        filesystem: GeneratedFilesystem,
        target: Callable[[], bytes] | bytes,
        *,
        permissions: int = 0o777,
        number: int | None = None,
        owner: Owner = root_owner,
        subject: object = None,
    ) -> None:
        super().__init__(filesystem, _stat.S_IFLNK | permissions, number=number, owner=owner, subject=subject)
        self._target = target

    def readlink(self) -> bytes:
        return self._target if isinstance(self._target, bytes) else self._target()


class MagicLink(Link):
    """A link that leads to an object and not to whatever is at the path that it shows (`/proc/self/fd/3`)."""

    def __init__(
        self,
        filesystem: GeneratedFilesystem,
        target: Callable[[], Dentry],
        *,
        path: Callable[[], bytes] | None = None,
        permissions: int = 0o777,
        number: int | None = None,
        owner: Owner = root_owner,
        subject: object = None,
    ) -> None:
        super().__init__(
            filesystem, path or (lambda: target().shown_path()), permissions=permissions, number=number, owner=owner,
            subject=subject,
        )  # fmt: skip
        self._follow = target

    def follow(self) -> Dentry | None:
        """The place that the link leads to; the walk goes on from there (Errno if there is none any more)."""
        return self._follow()


def lines(*texts: str) -> bytes:
    """Text lines as content of an attribute."""
    return "".join(f"{text}\n" for text in texts).encode()
