"""Character devices: the interface that drivers implement, and the memory devices of /dev."""

from __future__ import annotations

import stat as _stat
from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import Stat, make_device
from guest.fs.file import File
from guest.fs.inode import Inode, SyntheticDirectory, SyntheticLink

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.mm.page_cache import PageCaches
    from guest.mm.vma import MappedFile
    from guest.random import RandomStream

OpenDevice = Callable[["Dentry", int], File]
"""Makes the open file of a device from its dentry and the guest's open flags."""
DEVTMPFS_DEVICE = make_device(0, 5)


class CharacterDevice(Inode):
    """A node of /dev. A driver gives `open_device`, which returns a `File` of its own class with ioctl, mmap, poll…"""

    def __init__(self, major: int, minor: int, open_device: OpenDevice, *, mode: int = 0o666) -> None:
        self.device = make_device(major, minor)
        self._open = open_device
        self._mode = mode

    @property
    def kind(self) -> int:
        return _stat.S_IFCHR

    def stat(self) -> Stat:
        return Stat(
            st_dev=DEVTMPFS_DEVICE,
            st_ino=0x100000 + self.device,
            st_mode=_stat.S_IFCHR | self._mode,
            st_rdev=self.device,
        )

    def open(self, dentry: Dentry, flags: int) -> File:
        return self._open(dentry, flags)

    def truncate(self, size: int) -> None:
        """O_TRUNC on a device does nothing; truncate() itself is refused before it gets here."""
        raise Errno(E.EINVAL)


class NullFile(File):
    """/dev/null."""

    def read(self, size: int) -> bytes:
        return b""

    def write(self, data: bytes | memoryview) -> int:
        return len(data)

    def pread(self, size: int, offset: int) -> bytes:
        return b""

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        return 0


class _Zeros:
    """Pages of a mapping of /dev/zero: anonymous memory by another name."""

    path = b"/dev/zero"

    def pages(self, caches: PageCaches) -> None:
        return None

    def write_back(self, offset: int, data: bytes) -> None:
        """There is no file."""


class ZeroFile(NullFile):
    """/dev/zero."""

    def read(self, size: int) -> bytes:
        return bytes(size)

    def pread(self, size: int, offset: int) -> bytes:
        return bytes(size)

    def mmap(self, *, shared: bool, writable: bool) -> MappedFile:
        return _Zeros()


class FullFile(ZeroFile):
    """/dev/full: no space left."""

    def write(self, data: bytes | memoryview) -> int:
        raise Errno(E.ENOSPC)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        raise Errno(E.ENOSPC)


class RandomFile(NullFile):
    """/dev/random and /dev/urandom: entropy of the seed. Writing is accepted and adds none."""

    def __init__(self, dentry: Dentry, flags: int, random: RandomStream) -> None:
        super().__init__(dentry, flags)
        self._random = random

    def read(self, size: int) -> bytes:
        return self._random.bytes(size)

    def pread(self, size: int, offset: int) -> bytes:
        return self.read(size)


def make_dev(random: RandomStream) -> SyntheticDirectory:
    """The directory /dev. Drivers add theirs with `add_device`."""
    dev = SyntheticDirectory(2, device=DEVTMPFS_DEVICE)

    def open_random(dentry: Dentry, flags: int) -> File:
        return RandomFile(dentry, flags, random)

    dev.children = {
        b"null": CharacterDevice(1, 3, NullFile),
        b"zero": CharacterDevice(1, 5, ZeroFile),
        b"full": CharacterDevice(1, 7, FullFile),
        b"random": CharacterDevice(1, 8, open_random),
        b"urandom": CharacterDevice(1, 9, open_random),
        b"fd": SyntheticLink(3, b"/proc/self/fd"),
        b"stdin": SyntheticLink(4, b"/proc/self/fd/0"),
        b"stdout": SyntheticLink(5, b"/proc/self/fd/1"),
        b"stderr": SyntheticLink(6, b"/proc/self/fd/2"),
    }
    return dev


def add_device(dev: SyntheticDirectory, path: bytes, inode: Inode) -> None:
    """Put a device at a path below /dev, making the directories between (`accel/accel0`)."""
    *directories, name = path.split(b"/")
    for number, directory in enumerate(directories):
        child = dev.children.get(directory)
        if not isinstance(child, SyntheticDirectory):
            child = SyntheticDirectory(0x1000 + 0x100 * number + len(dev.children), device=DEVTMPFS_DEVICE)
            dev.children[directory] = child
        dev = child
    dev.children[name] = inode
