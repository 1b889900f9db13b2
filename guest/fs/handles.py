"""Host descriptors kept for a sysroot: a bounded number, the least recently used closed first.

A program such as python3 looks at thousands of names; a handle for each would exhaust the host's limit. What the
overlay shows of the host does not change during a run, so a handle that was closed can be opened again by parent and
name, and is checked to be the same object.
"""

from __future__ import annotations

import os
import resource
import stat as _stat
from collections import OrderedDict
from pathlib import Path

from guest.abi.errno import E, Errno, host_errors
from guest.fs.inode import Entry

_KEPT = 512
_WANTED_LIMIT = 8192


def raise_descriptor_limit() -> None:
    """Let this process have more descriptors (open files of the guest keep one each), as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_LIMIT if hard == resource.RLIM_INFINITY else min(_WANTED_LIMIT, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class HandleCache:
    """The descriptors of one sysroot."""

    def __init__(self, capacity: int = _KEPT) -> None:
        self._capacity = capacity
        self._handles: OrderedDict[HostNode, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._handles)

    def get(self, node: HostNode) -> int:
        """The descriptor of a node; good until the next call of this method."""
        handle = self._handles.get(node)
        if handle is None:
            handle = node.open()
            while len(self._handles) >= self._capacity:
                os.close(self._handles.popitem(last=False)[1])
            self._handles[node] = handle
        else:
            self._handles.move_to_end(node)
        return handle

    def close(self) -> None:
        """Close everything; a node that is used again opens again."""
        while self._handles:
            os.close(self._handles.popitem()[1])


class HostNode:
    """An object below a sysroot that nobody changes. Its descriptor, if any, is in the cache: O_PATH for a directory,
    for reading if it is a regular file. The host never resolves more than one component of a path, and no link.
    """

    __slots__ = ("_cache", "_name", "_parent", "found", "kind")

    def __init__(self, cache: HandleCache, parent: HostNode | None, name: bytes, found: os.stat_result) -> None:
        self._cache = cache
        self._parent = parent
        self._name = name
        self.found = found
        """What the host said when the name was first looked up."""
        self.kind = _stat.S_IFMT(found.st_mode)

    @classmethod
    def root(cls, cache: HandleCache, path: Path) -> HostNode:
        """The top. The user names this path, so links in it are followed."""
        with host_errors:
            real = os.fsencode(path.resolve())
            return cls(cache, None, real, os.stat(real))  # noqa: PTH116

    @property
    def size(self) -> int:
        return self.found.st_size

    def lookup(self, name: bytes) -> HostNode | None:
        """A name in this directory; None if there is none."""
        handle = self._cache.get(self)
        try:
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Errno.from_host(error) from error
        return HostNode(self._cache, self, name, found)

    def entries(self) -> list[Entry]:
        """Names in this directory, sorted."""
        with host_errors:
            descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._cache.get(self))
            try:
                with os.scandir(descriptor) as found:
                    listed = [Entry(os.fsencode(item.name), item.inode(), kind_of(item)) for item in found]
            finally:
                os.close(descriptor)
        return sorted(listed, key=lambda entry: entry.name)

    def readlink(self) -> bytes:
        """Text of a symbolic link."""
        assert self._parent is not None
        with host_errors:
            return os.readlink(self._name, dir_fd=self._cache.get(self._parent))

    def pread(self, size: int, offset: int) -> bytes:
        """Content of a regular file."""
        with host_errors:
            return os.pread(self._cache.get(self), size, offset)

    def open(self) -> int:
        """A new host descriptor of this very object (ESTALE if something else has its name by now)."""
        flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
        with host_errors:
            if self._parent is None:
                handle = os.open(self._name, flags)
            else:
                handle = os.open(self._name, flags, dir_fd=self._cache.get(self._parent))
            try:
                found = os.fstat(handle)
                if (found.st_dev, found.st_ino, _stat.S_IFMT(found.st_mode)) != (
                    self.found.st_dev, self.found.st_ino, self.kind,
                ):  # fmt: skip
                    raise Errno(E.ESTALE)
                if self.kind == _stat.S_IFREG:
                    # The path names the very object that the handle holds: no race can put another in its place.
                    return os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_CLOEXEC)
                handle, result = -1, handle
                return result
            finally:
                if handle >= 0:
                    os.close(handle)


def kind_of(item: os.DirEntry[str]) -> int:
    """S_IFMT bits of a directory entry of the host."""
    if item.is_symlink():
        return _stat.S_IFLNK
    if item.is_dir(follow_symlinks=False):
        return _stat.S_IFDIR
    if item.is_file(follow_symlinks=False):
        return _stat.S_IFREG
    return _stat.S_IFMT(item.stat(follow_symlinks=False).st_mode)
