"""Open regular files whose content is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Whence
from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag
from guest.fs import seals
from guest.fs.content import FileContent
from guest.fs.dentry import Dentry
from guest.fs.file import File
from guest.fs.tmpfs import TmpfsRegular

if TYPE_CHECKING:
    from guest.mm.page_cache import PageCache, PageCaches
    from guest.mm.vma import MappedFile

_KEEP_SIZE, _PUNCH_HOLE, _ZERO_RANGE = 0x1, 0x2, 0x10
_APPEND = int(OpenFlag.O_APPEND)


class ContentFile(File):
    """An open file of a `TmpfsRegular`."""

    seekable = True

    def __init__(self, dentry: Dentry, flags: int, inode: TmpfsRegular) -> None:
        super().__init__(dentry, flags)
        self.inode = inode
        if flags & OpenFlag.O_TRUNC and inode.size:
            inode.truncate(0)
        inode.opens += 1

    def release(self) -> None:
        self.inode.opens -= 1
        if self.inode.opens == 0 and self.inode.links == 0 and self.dentry.mount.notifier is not None:
            self.dentry.mount.notifier.deleted(self.inode)

    def size(self) -> int:
        return self.inode.content.size

    def read(self, size: int) -> bytes:
        data = self.inode.content.read(self.offset, size)
        self.offset += len(data)
        self.inode.accessed()
        return data

    def pread(self, size: int, offset: int) -> bytes:
        self.inode.accessed()
        return self.inode.content.read(offset, size)

    def write(self, data: bytes | memoryview) -> int:
        if self.flags & _APPEND:
            self.offset = self.inode.content.size
        done = self._store(data, self.offset)
        self.offset += done
        return done

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        # As on Linux, a file opened for appending appends here too.
        return self._store(data, self.inode.content.size if self.flags & _APPEND else offset)

    def _store(self, data: bytes | memoryview, offset: int) -> int:
        inode = self.inode
        if inode.seals:
            seals.check_write(inode, offset + len(data))
        if offset + len(data) >= 1 << 63:
            raise Errno(E.EFBIG)
        done = inode.content.write(offset, data)
        inode.modified()
        return done

    def seek(self, offset: int, whence: int) -> int:
        content = self.inode.content
        if whence not in (Whence.SEEK_DATA, Whence.SEEK_HOLE):
            return super().seek(offset, whence)
        if not 0 <= offset < content.size:
            raise Errno(E.ENXIO)
        found = content.next_data(offset) if whence == Whence.SEEK_DATA else content.next_hole(offset)
        if found is None:
            raise Errno(E.ENXIO)
        self.offset = found
        return found

    @property
    def shared_writable(self) -> bool:
        return self.writable and not self.inode.seals & seals.NO_WRITES

    def mmap(self, *, shared: bool, writable: bool) -> MappedFile:
        if not self.readable:
            raise Errno(E.EACCES)
        if shared and writable:
            if not self.writable:
                raise Errno(E.EACCES)
            if self.inode.seals & seals.NO_WRITES:
                raise Errno(E.EPERM)
        return ContentPages(self.dentry, self.inode.content)

    def truncate(self, size: int) -> None:
        self.inode.truncate(size)

    def allocate(self, mode: int, offset: int, size: int) -> None:
        inode, end = self.inode, offset + size
        if mode not in (0, _KEEP_SIZE, _KEEP_SIZE | _PUNCH_HOLE, _ZERO_RANGE, _ZERO_RANGE | _KEEP_SIZE):
            raise Errno(E.EOPNOTSUPP)
        if mode & (_PUNCH_HOLE | _ZERO_RANGE):
            seals.check_write(inode, min(end, inode.size))
            inode.content.punch(offset, size)
        if not mode & _KEEP_SIZE and end > inode.size:
            seals.check_truncate(inode, end)
            inode.content.truncate(end)
        inode.modified()

    def sync(self) -> None:
        """Memory is all there is."""


class ContentPages:
    """What a mapping keeps of a file in memory."""

    def __init__(self, dentry: Dentry, content: FileContent) -> None:
        self.dentry = dentry
        self.content = content

    @property
    def path(self) -> bytes:
        return self.dentry.shown_path()

    def pages(self, caches: PageCaches) -> PageCache:
        return self.content.pages(caches)

    def write_back(self, offset: int, data: bytes) -> None:
        """The pages are the content."""
