"""The file tree of a machine: root, binds, /dev, places in memory, and the place of the program to run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from guest.abi.errno import E, Errno
from guest.abi.structs import make_device
from guest.fs.dentry import Dentry, Mount
from guest.fs.devices import make_dev
from guest.fs.handles import raise_descriptor_limit
from guest.fs.host import HostInode
from guest.fs.inode import Attributes, Inode, SyntheticDirectory
from guest.fs.locks import LockRegistry
from guest.fs.notify import Notifier
from guest.fs.overlay import OverlayFilesystem
from guest.fs.path_walk import walk
from guest.fs.tmpfs import FileClock, MemoryFilesystem, TmpfsDirectory
from guest.random import RandomStream

_FIRST_MOUNT = 20
_FIRST_DEVICE = 40
_SHMEM_DEVICE = make_device(0, 1)
_DEFAULT_LIMIT = 1 << 30
"""Of a file system in memory before the size of the machine's memory is known."""
_IN_MEMORY = ((b"/tmp", 0o1777), (b"/run", 0o755))


class SysrootError(Exception):
    """A sysroot or bind that cannot be used; one sentence."""


@dataclass(frozen=True)
class Bind:
    """A host folder or file that appears at a guest path."""

    host: Path
    guest: bytes
    read_only: bool = False


class FileTree:
    """One per machine; processes refer to its dentries through their `FsContext`."""

    def __init__(
        self, sysroot: Path | None, random: RandomStream, binds: Sequence[Bind] = (), *, writable: bool = False
    ) -> None:
        """Without a sysroot the root is empty and read-only but for /dev, /tmp and /run (and the program, see
        `place_program`). A sysroot stays as it is: what the guest writes is kept in memory and lost at the end, unless
        it is `writable`. Binds are always written through, but for read-only ones.
        """
        self._sysroot = sysroot
        self._overlay: OverlayFilesystem | None = None
        self._numbers = count(_FIRST_MOUNT)
        self._devices = count(_FIRST_DEVICE)
        self._memory: list[MemoryFilesystem] = []
        self._keep: list[Dentry] = []
        # Directories made for mounts, which nothing else refers to.
        self.clock = FileClock()
        """Of files in memory; see `attach`."""
        self.locks = LockRegistry()
        self.notifier = Notifier()
        self._limit_bytes = _DEFAULT_LIMIT
        root: Inode
        if sysroot is None:
            root, mount = SyntheticDirectory(1), self.make_mount(b"/", b"rootfs", b"none", read_only=True)
        else:
            raise_descriptor_limit()
            root, mount = self._root(sysroot, writable), self.make_mount(b"/", b"ext4", b"/dev/root", read_only=False)
            if not root.is_directory:
                raise SysrootError(f"sysroot {sysroot} is not a folder")
        self.root = Dentry(None, b"", root, mount)
        mount.root = self.root
        self.mounts: list[Mount] = [mount]
        self.dev = make_dev(random)
        self.mount(b"/dev", self.dev, kind=b"devtmpfs", source=b"devtmpfs", read_only=False)
        self._mount_memory(b"/dev/shm", 0o1777)
        for path, mode in _IN_MEMORY:
            if not writable or self.root.lookup(path[1:]) is None:
                self._mount_memory(path, mode)
        shmem = MemoryFilesystem(_SHMEM_DEVICE, self.clock, limit_bytes=self._limit_bytes)
        self._memory.append(shmem)
        self.shmem = shmem
        """Where memory files without a name are (memfd_create)."""
        self.shmem_mount = self.make_mount(b"", b"tmpfs", b"none", read_only=False)
        for bind in binds:
            self.mount(bind.guest, _host_root(bind.host), kind=b"ext4", source=b"/dev/root", read_only=bind.read_only)

    def _root(self, sysroot: Path, writable: bool) -> Inode:
        if writable:
            return _host_root(sysroot)
        try:
            self._overlay = OverlayFilesystem(self.next_device(), self.clock, sysroot)
        except Errno as error:
            if error.number is E.ENOTDIR:
                raise SysrootError(f"sysroot {sysroot} is not a folder") from error
            raise SysrootError(f"cannot use {sysroot}: {error}") from error
        self._overlay.find_device = self.find_device
        return self._overlay.root

    def attach(self, realtime_ns: Callable[[], int], memory_bytes: int) -> None:
        """The kernel that the files belong to: its wall clock, and half of its memory for each file system there."""
        self.clock.source = realtime_ns
        self._limit_bytes = memory_bytes // 2
        for filesystem in self._memory:
            filesystem.budget.limit_bytes = self._limit_bytes

    def close(self) -> None:
        """The machine is off: close what is open on the host for the sysroot."""
        if self._overlay is not None:
            self._overlay.close()

    def next_device(self) -> int:
        """A device number for a file system."""
        return make_device(0, next(self._devices))

    def make_memory_filesystem(self) -> MemoryFilesystem:
        """A further tmpfs."""
        filesystem = MemoryFilesystem(self.next_device(), self.clock, limit_bytes=self._limit_bytes)
        filesystem.find_device = self.find_device
        self._memory.append(filesystem)
        return filesystem

    def _mount_memory(self, path: bytes, mode: int) -> None:
        filesystem = self.make_memory_filesystem()
        self.mount(path, filesystem.make_root(mode), kind=b"tmpfs", source=b"tmpfs", read_only=False)

    def find_device(self, kind: int, device: int) -> Inode | None:
        """The device of /dev with a number, for nodes that the guest makes elsewhere."""
        pending: list[SyntheticDirectory] = [self.dev]
        while pending:
            for child in pending.pop().children.values():
                if isinstance(child, SyntheticDirectory):
                    pending.append(child)
                elif child.kind == kind and getattr(child, "device", None) == device:
                    return child
        return None

    def make_mount(self, path: bytes, kind: bytes, source: bytes, *, read_only: bool) -> Mount:
        """A mount that is not in the tree yet."""
        return Mount(
            path, kind, source, read_only, next(self._numbers), locks=self.locks, notifier=self.notifier
        )  # fmt: skip

    def mount(self, path: bytes, inode: Inode, *, kind: bytes, source: bytes, read_only: bool) -> Dentry:
        """Put a file system or a single file at a path. Missing directories on the way are made, in memory only."""
        components = [component for component in path.split(b"/") if component]
        if not components or b".." in components or b"." in components:
            raise SysrootError(f"cannot mount on {os.fsdecode(path)}: not an absolute path below /")
        directory = self.root
        for component in components[:-1]:
            child = directory.lookup(component)
            if child is not None and child.inode.is_link:
                child = walk(self.root, directory, component, follow=True).dentry
            if child is None:
                child = self._make_directory(directory, component)
            if not child.inode.is_directory:
                raise SysrootError(f"cannot mount on {os.fsdecode(path)}: {os.fsdecode(component)} is not a directory")
            directory = child
        mount = self.make_mount(path, kind, source, read_only=read_only)
        return self.mount_at(directory, components[-1], inode, mount)

    def mount_at(self, directory: Dentry, name: bytes, inode: Inode, mount: Mount) -> Dentry:
        """Put a file system on a name."""
        self.mounts.append(mount)
        mount.root = directory.mount_on(name, inode, mount)
        return mount.root

    def unmount(self, mount: Mount) -> None:
        """Take a mount away."""
        assert mount.root is not None
        mount.root.parent.unmount(mount.root.name)
        self.mounts.remove(mount)
        self.notifier.unmounted(mount.root.inode)

    def _make_directory(self, directory: Dentry, name: bytes) -> Dentry:
        if isinstance(directory.inode, TmpfsDirectory):
            directory.inode.mkdir(name, Attributes(0o755))
            child = directory.lookup(name)
            assert child is not None
        else:
            inode = SyntheticDirectory(0x2000 + len(self.mounts) + len(self._keep))
            child = directory.mount_on(name, inode, directory.mount)
        self._keep.append(child)
        return child

    def place_program(self, program: Path) -> bytes:
        """The guest path of a program named on the host's command line (raises Errno ENOENT if there is none).

        With a sysroot the path is first taken as the guest's, then as one of the host inside the sysroot. What is
        neither appears, read-only, in the guest's root under its name.
        """
        if self._sysroot is not None:
            guest = b"/" + os.fsencode(program).lstrip(b"/")
            try:
                if not walk(self.root, self.root, guest, follow=True).existing().inode.is_directory:
                    return guest
            except Errno as error:
                if error.number not in (E.ENOENT, E.ENOTDIR):
                    raise
        if not program.is_file():
            raise Errno(E.ENOENT)
        real = program.resolve()
        if self._sysroot is not None and real.is_relative_to(self._sysroot.resolve()):
            return b"/" + os.fsencode(real.relative_to(self._sysroot.resolve()))
        name = os.fsencode(program.name)
        self.mount(b"/" + name, HostInode.at(real), kind=b"ext4", source=b"/dev/root", read_only=True)
        return b"/" + name


def _host_root(path: Path) -> HostInode:
    try:
        return HostInode.at(path)
    except Errno as error:
        raise SysrootError(f"cannot use {path}: {error}") from error
