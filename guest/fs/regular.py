"""Open regular files of the host's file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno, host_errors
from guest.abi.flags import O_ACCMODE, OpenFlag
from guest.abi.structs import Stat
from guest.fs.dentry import Dentry
from guest.fs.file import File
from guest.fs.host import HostInode

if TYPE_CHECKING:
    from guest.mm.page_cache import PageCache, PageCaches
    from guest.mm.vma import MappedFile

_HOST_ACCESS = (os.O_RDONLY, os.O_WRONLY, os.O_RDWR)


class RegularFile(File):
    """The offset is ours, not the host's, so that files can be copied (fork) without sharing host state."""

    seekable = True

    def __init__(self, dentry: Dentry, flags: int, inode: HostInode) -> None:
        host_flags = _HOST_ACCESS[min(flags & O_ACCMODE, 2)] | (os.O_TRUNC if flags & OpenFlag.O_TRUNC else 0)
        self._descriptor = inode.reopen(host_flags)
        self._inode = inode
        super().__init__(dentry, flags)

    def release(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1

    def stat(self) -> Stat:
        with host_errors:
            return self._inode.show(os.fstat(self._descriptor))

    def size(self) -> int:
        with host_errors:
            return os.fstat(self._descriptor).st_size

    def read(self, size: int) -> bytes:
        data = self.pread(size, self.offset)
        self.offset += len(data)
        return data

    def write(self, data: bytes | memoryview) -> int:
        if self.flags & OpenFlag.O_APPEND:
            self.offset = self.size()
        done = self.pwrite(data, self.offset)
        self.offset += done
        return done

    def pread(self, size: int, offset: int) -> bytes:
        # A guest may ask for far more than there is; the host call would allocate all of it.
        if size > 1 << 16:
            size = max(min(size, self.size() - offset), 0)
        with host_errors:
            return os.pread(self._descriptor, size, offset)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        if self.flags & OpenFlag.O_APPEND:
            offset = self.size()
        with host_errors:
            return os.pwrite(self._descriptor, data, offset)

    def mmap(self, *, shared: bool, writable: bool) -> MappedFile:
        if not self.readable:
            raise Errno(E.EACCES)
        if shared and writable and not self.writable:
            raise Errno(E.EACCES)
        return _Pages(self)

    def truncate(self, size: int) -> None:
        with host_errors:
            os.ftruncate(self._descriptor, size)

    def allocate(self, mode: int, offset: int, size: int) -> None:
        if mode:
            raise Errno(E.EOPNOTSUPP)
        if offset + size > self.size():
            self.truncate(offset + size)

    def sync(self) -> None:
        with host_errors:
            os.fsync(self._descriptor)


class _Pages:
    """What a mapping keeps of a file: it outlives the descriptor, so it has one of its own."""

    def __init__(self, file: RegularFile) -> None:
        self.dentry = file.dentry
        self._descriptor = os.dup(file._descriptor)

    @property
    def path(self) -> bytes:
        return self.dentry.shown_path()

    def pages(self, caches: PageCaches) -> PageCache:
        """Its cache; another one once the file has changed."""
        with host_errors:
            found = os.fstat(self._descriptor)
        version = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        return caches.of(version, found.st_size, self.pread)

    def write_back(self, offset: int, data: bytes) -> None:
        with host_errors:
            os.pwrite(self._descriptor, data[: max(os.fstat(self._descriptor).st_size - offset, 0)], offset)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    def pread(self, size: int, offset: int) -> bytes:
        with host_errors:
            return os.pread(self._descriptor, size, offset)
