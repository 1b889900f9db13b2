"""The file tree of a machine: root, binds, /dev, and the place of the program to run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guest.abi.errno import E, Errno
from guest.fs.dentry import Dentry, Mount
from guest.fs.devices import make_dev
from guest.fs.host import HostInode
from guest.fs.inode import Inode, SyntheticDirectory
from guest.fs.path_walk import walk
from guest.random import RandomStream


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

    def __init__(self, sysroot: Path | None, random: RandomStream, binds: Sequence[Bind] = ()) -> None:
        """Without a sysroot the root is empty and read-only but for /dev (and the program, see `place_program`)."""
        self._sysroot = sysroot
        root: Inode
        if sysroot is None:
            root, mount = SyntheticDirectory(1), Mount(b"/", b"rootfs", b"none", read_only=True)
        else:
            root, mount = _host_root(sysroot), Mount(b"/", b"ext4", b"/dev/root", read_only=False)
            if not root.is_directory:
                raise SysrootError(f"sysroot {sysroot} is not a folder")
        self.root = Dentry(None, b"", root, mount)
        self.mounts: list[Mount] = [mount]
        self.dev = make_dev(random)
        self.mount(b"/dev", self.dev, kind=b"devtmpfs", source=b"devtmpfs", read_only=False)
        for bind in binds:
            self.mount(bind.guest, _host_root(bind.host), kind=b"ext4", source=b"/dev/root", read_only=bind.read_only)

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
                inode_number = 0x2000 + len(self.mounts)
                child = directory.mount_on(component, SyntheticDirectory(inode_number), directory.mount)
            if not child.inode.is_directory:
                raise SysrootError(f"cannot mount on {os.fsdecode(path)}: {os.fsdecode(component)} is not a directory")
            directory = child
        mount = Mount(path, kind, source, read_only)
        self.mounts.append(mount)
        return directory.mount_on(components[-1], inode, mount)

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
