"""Inodes that are objects of the host's file system, each held by an O_PATH handle.

Nothing here ever passes a path with more than one component to the host, except `/proc/self/fd/N`, which names the very
object that the handle holds and whose kind was checked: no race can put another in its place.
"""

from __future__ import annotations

import os
import stat as _stat
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno, host_errors
from guest.abi.structs import Stat, Statfs, Timespec
from guest.fs.handles import kind_of
from guest.fs.inode import Attributes, Entry, Inode
from guest.fs.overlay import EXT4_MAGIC, FIXED_BLOCKS

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File

Owners = dict[tuple[int, int], tuple[int, int]]
"""Users and groups that the guest gave to objects (device, inode number): on the host they stay the caller's."""


class HostInode(Inode):
    """An object in a writable sysroot or a bind. The handle is closed with the last reference."""

    def __init__(self, handle: int, owners: Owners, *, new: bool = False) -> None:
        self.handle = handle
        self._owners = owners
        self._new = new
        """The handle can read and write: it made the file, whose mode need not allow that."""
        found = os.fstat(handle)
        self._identity = (found.st_dev, found.st_ino)
        self._kind = _stat.S_IFMT(found.st_mode)

    @classmethod
    def at(cls, path: Path) -> HostInode:
        """The root of a sysroot or bind. The user names this path, so links in it are followed."""
        with host_errors:
            return cls(os.open(path, os.O_PATH | os.O_CLOEXEC), {})

    def __del__(self) -> None:
        # The constructor may have failed before there was a handle.
        if hasattr(self, "handle"):
            os.close(self.handle)

    @property
    def kind(self) -> int:
        return self._kind

    @property
    def key(self) -> Hashable:
        return self._identity

    def same_as(self, other: Inode) -> bool:
        return isinstance(other, HostInode) and other._identity == self._identity

    def stat(self) -> Stat:
        with host_errors:
            return self.show(os.fstat(self.handle))

    def show(self, found: os.stat_result) -> Stat:
        """The guest's view of this object's metadata."""
        result = stat_from_host(found)
        owner = self._owners.get(self._identity)
        if owner is not None:
            result.st_uid, result.st_gid = owner
        return result

    def statfs(self) -> Statfs:
        return Statfs(
            f_type=EXT4_MAGIC, f_blocks=FIXED_BLOCKS, f_bfree=FIXED_BLOCKS // 2, f_bavail=FIXED_BLOCKS // 2,
            f_files=1 << 26, f_ffree=1 << 25,
        )  # fmt: skip

    def reopen(self, flags: int) -> int:
        """A new host descriptor of this very object."""
        with host_errors:
            if self._new:
                # Offsets are not the host's, so sharing one does no harm.
                self._new = False
                return os.dup(self.handle)
            return os.open(f"/proc/self/fd/{self.handle}", flags | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)

    def open(self, dentry: Dentry, flags: int) -> File:
        from guest.fs.directory import DirectoryFile
        from guest.fs.regular import RegularFile

        if self.is_directory:
            return DirectoryFile(dentry, flags)
        if self._kind == _stat.S_IFREG:
            return RegularFile(dentry, flags, self)
        if self._kind in (_stat.S_IFCHR, _stat.S_IFBLK):
            # As on a file system mounted nodev: the host's devices are not the guest's.
            raise Errno(E.EACCES)
        raise Errno(E.ENXIO)

    # Directories.

    def lookup(self, name: bytes) -> Inode:
        with host_errors:
            handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.handle)
        return HostInode(handle, self._owners)

    def entries(self) -> list[Entry]:
        descriptor = self.reopen(os.O_RDONLY | os.O_DIRECTORY)
        try:
            with host_errors, os.scandir(descriptor) as found:
                listed = [Entry(os.fsencode(item.name), item.inode(), kind_of(item)) for item in found]
        finally:
            os.close(descriptor)
        return sorted(listed, key=lambda entry: entry.name)

    def create(self, name: bytes, attributes: Attributes) -> Inode:
        flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_RDWR
        with host_errors:
            inode = HostInode(os.open(name, flags, 0o600, dir_fd=self.handle), self._owners, new=True)
            os.fchmod(inode.handle, attributes.mode)
        inode._own(attributes)
        return inode

    def _own(self, attributes: Attributes) -> None:
        if (attributes.uid, attributes.gid) != (0, 0):
            self._owners[self._identity] = attributes.uid, attributes.gid

    def mkdir(self, name: bytes, attributes: Attributes) -> None:
        with host_errors:
            os.mkdir(name, 0o700, dir_fd=self.handle)
        made = self.lookup(name)
        made.chmod(attributes.mode)
        if isinstance(made, HostInode):
            made._own(attributes)

    def mknod(self, name: bytes, kind: int, attributes: Attributes, device: int = 0) -> Inode:
        # The host's fifos, sockets and devices would be shared with programs outside.
        raise Errno(E.EPERM)

    def symlink(self, name: bytes, target: bytes, attributes: Attributes) -> None:
        with host_errors:
            os.symlink(target, name, dir_fd=self.handle)

    def link(self, name: bytes, inode: Inode) -> None:
        if not isinstance(inode, HostInode):
            raise Errno(E.EXDEV)
        with host_errors:
            # The handle is followed to the very object, even if that is a link.
            os.link(f"/proc/self/fd/{inode.handle}", name, dst_dir_fd=self.handle, follow_symlinks=True)

    def unlink(self, name: bytes) -> None:
        with host_errors:
            self._forget_owner(name)
            os.unlink(name, dir_fd=self.handle)

    def rmdir(self, name: bytes) -> None:
        with host_errors:
            self._forget_owner(name)
            os.rmdir(name, dir_fd=self.handle)

    def _forget_owner(self, name: bytes) -> None:
        """The host may use the inode number of what is removed for something else."""
        if self._owners:
            found = os.stat(name, dir_fd=self.handle, follow_symlinks=False)
            if found.st_nlink <= 1 or _stat.S_ISDIR(found.st_mode):
                self._owners.pop((found.st_dev, found.st_ino), None)

    def rename(self, name: bytes, directory: Inode, new_name: bytes, *, exchange: bool = False) -> None:
        if not isinstance(directory, HostInode):
            raise Errno(E.EXDEV)
        if exchange:
            raise Errno(E.EINVAL)
        with host_errors:
            os.rename(name, new_name, src_dir_fd=self.handle, dst_dir_fd=directory.handle)

    # Links and metadata.

    def readlink(self) -> bytes:
        if not self.is_link:
            # The host says ENOENT for an empty path that is no link.
            raise Errno(E.EINVAL)
        with host_errors:
            return os.readlink(b"", dir_fd=self.handle)

    def truncate(self, size: int) -> None:
        if self._kind != _stat.S_IFREG:
            super().truncate(size)
        with host_errors:
            os.truncate(f"/proc/self/fd/{self.handle}", size)

    def chmod(self, mode: int) -> None:
        if self.is_link:
            raise Errno(E.EOPNOTSUPP)
        with host_errors:
            Path(f"/proc/self/fd/{self.handle}").chmod(mode & 0o7777)

    def chown(self, uid: int, gid: int) -> None:
        """Kept in memory: on the host every file stays the caller's."""
        now = self.stat()
        self._owners[self._identity] = (now.st_uid if uid == -1 else uid, now.st_gid if gid == -1 else gid)

    def set_times(self, atime_ns: int | None, mtime_ns: int | None) -> None:
        with host_errors:
            now = os.fstat(self.handle)
            times = (
                now.st_atime_ns if atime_ns is None else atime_ns,
                now.st_mtime_ns if mtime_ns is None else mtime_ns,
            )
            if self.is_link:
                # The handle of a link cannot be named through /proc without following it.
                raise Errno(E.EOPNOTSUPP)
            os.utime(f"/proc/self/fd/{self.handle}", ns=times)


def stat_from_host(found: os.stat_result) -> Stat:
    """The guest's view of host metadata. What the host user owns belongs to the guest's root, as in a user
    namespace.
    """
    return Stat(
        st_dev=found.st_dev & 0xFFFFFFFF,
        st_ino=found.st_ino,
        st_mode=found.st_mode,
        st_nlink=found.st_nlink,
        st_uid=0 if found.st_uid == os.geteuid() else found.st_uid,
        st_gid=0 if found.st_gid == os.getegid() else found.st_gid,
        st_rdev=found.st_rdev,
        st_size=found.st_size,
        st_blksize=4096,
        st_blocks=found.st_blocks,
        atime=Timespec.from_ns(found.st_atime_ns),
        mtime=Timespec.from_ns(found.st_mtime_ns),
        ctime=Timespec.from_ns(found.st_ctime_ns),
    )
