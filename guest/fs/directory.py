"""Open directories."""

from __future__ import annotations

import stat as _stat
from typing import TYPE_CHECKING

from guest.abi.constants import Whence
from guest.abi.errno import E, Errno
from guest.abi.flags import O_ACCMODE
from guest.fs.dentry import Dentry
from guest.fs.file import File
from guest.fs.inode import Entry

if TYPE_CHECKING:
    from guest.fs.fdtable import FileTable
    from guest.fs.notify import Listener


class DirectoryFile(File):
    """The offset is the index of the next entry in the listing, which is taken at the first read after open or
    rewind.
    """

    seekable = True

    def __init__(self, dentry: Dentry, flags: int) -> None:
        if flags & O_ACCMODE:
            raise Errno(E.EISDIR)
        super().__init__(dentry, flags)
        self._listing: list[Entry] | None = None
        self.watches: dict[FileTable, Listener] = {}
        """Of F_NOTIFY, by the descriptors through which they were asked for."""

    def closed_in(self, table: FileTable) -> None:
        if self.watches and (watch := self.watches.get(table)) is not None:
            watch.end()

    def release(self) -> None:
        self._listing = None

    def read(self, size: int) -> bytes:
        raise Errno(E.EISDIR)

    def pread(self, size: int, offset: int) -> bytes:
        raise Errno(E.EISDIR)

    def seek(self, offset: int, whence: int) -> int:
        target = super().seek(offset, whence)
        if target == 0 or (whence == Whence.SEEK_SET and offset == 0):
            self._listing = None
        return target

    def sync(self) -> None:
        """Directories are written through."""

    def entries(self) -> list[Entry]:
        if self._listing is None:
            found = {entry.name: entry for entry in self.dentry.inode.entries()}
            for name, mounted in (self.dentry.mounted or {}).items():
                found[name] = Entry(name, mounted.inode.stat().st_ino, mounted.inode.kind)
            here, above = self.dentry.inode.stat().st_ino, self.dentry.parent.inode.stat().st_ino
            dots = [Entry(b".", here, _stat.S_IFDIR), Entry(b"..", above, _stat.S_IFDIR)]
            self._listing = dots + [found[name] for name in sorted(found)]
        return self._listing
