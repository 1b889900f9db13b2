"""The sysroot as the guest sees it: what lies in the host's folder, and over it, in memory, what the guest changed.

Like Linux's overlayfs, with the host's folder as the lower layer; but a changed file is not copied up at once. Each
object is an inode in memory whose metadata start as the host's; a directory looks up in the host's folder what it has
not seen yet, a file reads there what was not written. So renaming a folder moves one object, a chmod copies nothing,
and inode numbers never change. Removed names are kept (`whiteouts`), and directories that the guest makes have nothing
beneath them (they are `opaque`).

What the guest sees of metadata does not depend on the host: inode numbers count up in the order of first sight, and
times are those of modification, which belong to the sysroot's content.
"""

from __future__ import annotations

import os
import stat as _stat
from pathlib import Path

from guest.abi.errno import E, Errno
from guest.abi.structs import Statfs
from guest.fs.content import FileContent
from guest.fs.handles import HandleCache, HostNode
from guest.fs.inode import Attributes, Entry
from guest.fs.tmpfs import (
    FileClock,
    MemoryFilesystem,
    TmpfsDirectory,
    TmpfsInode,
    TmpfsLink,
    TmpfsNode,
    TmpfsRegular,
)

EXT4_MAGIC = 0xEF53
FIXED_BLOCKS = 1 << 28
"""Size as the guest sees it: 1 TiB in blocks of 4 KiB, half of it free, like that of a writable sysroot."""
_UPPER_LIMIT = 4 << 30
"""What a guest may write over a sysroot, as it is kept in the host's memory."""
_MOST_ABSENT = 65_536


class OverlayFilesystem(MemoryFilesystem):
    """One sysroot with its layer in memory."""

    def __init__(self, device: int, clock: FileClock, folder: Path) -> None:
        super().__init__(device, clock, limit_bytes=_UPPER_LIMIT, magic=EXT4_MAGIC)
        self._cache = HandleCache()
        self._linked: dict[tuple[int, int], TmpfsInode] = {}
        self._user, self._group = os.geteuid(), os.getegid()
        node = HostNode.root(self._cache, folder)
        if node.kind != _stat.S_IFDIR:
            raise Errno(E.ENOTDIR)
        self.root = OverlayDirectory(self, node)

    def close(self) -> None:
        """Close what is open on the host."""
        self._cache.close()

    @property
    def open_handles(self) -> int:
        """Host descriptors held now."""
        return len(self._cache)

    def statfs(self) -> Statfs:
        return Statfs(
            f_type=self.magic, f_blocks=FIXED_BLOCKS, f_bfree=FIXED_BLOCKS // 2, f_bavail=FIXED_BLOCKS // 2,
            f_files=1 << 26, f_ffree=1 << 25,
        )  # fmt: skip

    def inode_of(self, node: HostNode) -> TmpfsInode:
        """The inode for an object of the host. All names of a file with several lead to one."""
        found = node.found
        if found.st_nlink > 1 and node.kind != _stat.S_IFDIR:
            known = self._linked.get((found.st_dev, found.st_ino))
            if known is None:
                known = self._linked[found.st_dev, found.st_ino] = self._make(node)
                known.links = found.st_nlink
            return known
        return self._make(node)

    def _make(self, node: HostNode) -> TmpfsInode:
        inode: TmpfsInode
        attributes = self.attributes(node)
        if node.kind == _stat.S_IFDIR:
            return OverlayDirectory(self, node)
        if node.kind == _stat.S_IFREG:
            inode = OverlayRegular(self, attributes, node)
        elif node.kind == _stat.S_IFLNK:
            inode = TmpfsLink(self, node.readlink(), attributes)
        else:
            inode = TmpfsNode(self, node.kind, attributes, node.found.st_rdev)
        set_lower_times(inode, node)
        return inode

    def attributes(self, node: HostNode) -> Attributes:
        """Mode and owner. What the host user owns belongs to the guest's root, as in a user namespace."""
        found = node.found
        return Attributes(
            found.st_mode & 0o7777,
            0 if found.st_uid == self._user else found.st_uid,
            0 if found.st_gid == self._group else found.st_gid,
        )


class OverlayRegular(TmpfsRegular):
    """A regular file of the host; what is written to it stays here."""

    def __init__(self, filesystem: OverlayFilesystem, attributes: Attributes, node: HostNode) -> None:
        super().__init__(filesystem, attributes, FileContent(filesystem.budget, node))

    @property
    def blocks(self) -> int:
        return -(-self.size // 4096) * 8


class OverlayDirectory(TmpfsDirectory):
    """A directory of the host, with changes."""

    filesystem: OverlayFilesystem

    def __init__(self, filesystem: OverlayFilesystem, node: HostNode) -> None:
        super().__init__(filesystem, filesystem.attributes(node))
        self._node = node
        # The number of subdirectories is not known without a listing; overlayfs says 1 too.
        self.links = 1
        self._whiteouts: set[bytes] = set()
        """Names that are not looked for in the host's folder: removed ones, and some known to be absent."""
        set_lower_times(self, node)

    @property
    def size(self) -> int:
        return 4096

    @property
    def blocks(self) -> int:
        return 8

    def _child(self, name: bytes) -> TmpfsInode | None:
        child = self._children.get(name)
        if child is not None or name in self._whiteouts:
            return child
        node = self._node.lookup(name)
        if node is None:
            if len(self._whiteouts) < _MOST_ABSENT:
                self._whiteouts.add(name)
            return None
        child = self._children[name] = self.filesystem.inode_of(node)
        return child

    def _drop(self, name: bytes) -> None:
        super()._drop(name)
        self._whiteouts.add(name)

    def _count_subdirectory(self, delta: int) -> None:
        """See `links` above."""

    def entries(self) -> list[Entry]:
        names = {entry.name for entry in self._node.entries()} - self._whiteouts
        names.update(self._children)
        listed = []
        for name in sorted(names):
            child = self._child(name)
            if child is not None:
                listed.append(Entry(name, child.number, child.kind))
        return listed

    def is_empty(self) -> bool:
        return not self._children and all(entry.name in self._whiteouts for entry in self._node.entries())


def set_lower_times(inode: TmpfsInode, node: HostNode) -> None:
    """All times are the modification time: the others say when the host's folder was made or read."""
    inode.atime_ns = inode.mtime_ns = inode.ctime_ns = inode._birth_ns = node.found.st_mtime_ns
