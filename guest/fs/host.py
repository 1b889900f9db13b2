"""Inodes that are objects of the host's file system, each held by an O_PATH handle.

Nothing here ever passes a path with more than one component to the host, except `/proc/self/fd/N`, which names the very
object that the handle holds and whose kind was checked: no race can put another in its place.
"""

from __future__ import annotations

import os
import stat as _stat
from pathlib import Path
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno, host_errors
from guest.abi.structs import Stat, Statfs, Timespec
from guest.fs.inode import Entry, Inode

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File

EXT4_MAGIC = 0xEF53
_FIXED_BLOCKS = 1 << 28
"""Size of every host-backed file system as the guest sees it: 1 TiB in blocks of 4 KiB, half of it free."""


class HostInode(Inode):
    """An object in the sysroot. The handle is closed with the last reference."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        found = os.fstat(handle)
        self._identity = (found.st_dev, found.st_ino)
        self._kind = _stat.S_IFMT(found.st_mode)

    @classmethod
    def at(cls, path: Path) -> HostInode:
        """The root of a sysroot or bind. The user names this path, so links in it are followed."""
        with host_errors:
            return cls(os.open(path, os.O_PATH | os.O_CLOEXEC))

    def __del__(self) -> None:
        # The constructor may have failed before there was a handle.
        if hasattr(self, "handle"):
            os.close(self.handle)

    @property
    def kind(self) -> int:
        return self._kind

    def same_as(self, other: Inode) -> bool:
        return isinstance(other, HostInode) and other._identity == self._identity

    def stat(self) -> Stat:
        with host_errors:
            return stat_from_host(os.fstat(self.handle))

    def statfs(self) -> Statfs:
        return Statfs(
            f_type=EXT4_MAGIC, f_blocks=_FIXED_BLOCKS, f_bfree=_FIXED_BLOCKS // 2, f_bavail=_FIXED_BLOCKS // 2,
            f_files=1 << 26, f_ffree=1 << 25,
        )  # fmt: skip

    def reopen(self, flags: int) -> int:
        """A new host descriptor of this very object."""
        with host_errors:
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
        return HostInode(handle)

    def entries(self) -> list[Entry]:
        descriptor = self.reopen(os.O_RDONLY | os.O_DIRECTORY)
        try:
            with host_errors, os.scandir(descriptor) as found:
                listed = [Entry(os.fsencode(item.name), item.inode(), _kind_of(item)) for item in found]
        finally:
            os.close(descriptor)
        return sorted(listed, key=lambda entry: entry.name)

    def create(self, name: bytes) -> Inode:
        flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_RDWR
        with host_errors:
            return HostInode(os.open(name, flags, 0o600, dir_fd=self.handle))

    def mkdir(self, name: bytes, mode: int) -> None:
        with host_errors:
            os.mkdir(name, 0o700, dir_fd=self.handle)
        self.lookup(name).chmod(mode & 0o7777)

    def symlink(self, name: bytes, target: bytes) -> None:
        with host_errors:
            os.symlink(target, name, dir_fd=self.handle)

    def link(self, name: bytes, directory: Inode, old_name: bytes) -> None:
        if not isinstance(directory, HostInode):
            raise Errno(E.EXDEV)
        with host_errors:
            os.link(old_name, name, src_dir_fd=directory.handle, dst_dir_fd=self.handle, follow_symlinks=False)

    def unlink(self, name: bytes) -> None:
        with host_errors:
            os.unlink(name, dir_fd=self.handle)

    def rmdir(self, name: bytes) -> None:
        with host_errors:
            os.rmdir(name, dir_fd=self.handle)

    def rename(self, name: bytes, directory: Inode, new_name: bytes) -> None:
        if not isinstance(directory, HostInode):
            raise Errno(E.EXDEV)
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
        """Owners are the host user, shown as root (see `stat_from_host`): only what is so already can be set."""
        now = self.stat()
        if (uid not in (-1, now.st_uid)) or (gid not in (-1, now.st_gid)):
            raise Errno(E.EPERM)

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


def _kind_of(item: os.DirEntry[str]) -> int:
    if item.is_symlink():
        return _stat.S_IFLNK
    if item.is_dir(follow_symlinks=False):
        return _stat.S_IFDIR
    if item.is_file(follow_symlinks=False):
        return _stat.S_IFREG
    return _stat.S_IFMT(item.stat(follow_symlinks=False).st_mode)
