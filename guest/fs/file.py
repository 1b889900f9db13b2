"""Open files (Linux: struct file, "open file description"): what descriptors refer to and share after dup and fork."""

from __future__ import annotations

import stat as _stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from guest.abi.constants import Whence
from guest.abi.errno import E, Errno
from guest.abi.flags import O_ACCMODE, OpenFlag, PollEvent
from guest.abi.structs import Stat
from guest.fs.dentry import Dentry
from guest.wait import Blocking, WaitQueue

if TYPE_CHECKING:
    from guest.credentials import Credentials
    from guest.fs.fdtable import FileTable
    from guest.fs.inode import Entry
    from guest.mm.vma import MappedFile
    from guest.task import Task

SETTABLE_FLAGS = OpenFlag.O_APPEND | OpenFlag.O_NONBLOCK | OpenFlag.O_DIRECT | OpenFlag.O_NOATIME
"""What F_SETFL may change on every file. O_ASYNC: `guest.signal.sigio`."""
_NOT_KEPT = int(OpenFlag.O_CREAT | OpenFlag.O_EXCL | OpenFlag.O_NOCTTY | OpenFlag.O_TRUNC | OpenFlag.O_CLOEXEC)
_NONBLOCK = int(OpenFlag.O_NONBLOCK)


class Ending(Protocol):
    """Something that goes on until it is told to end."""

    def end(self) -> None:
        """Stop."""


class File:
    """Base of all open files: every operation fails as on a file that does not have it.

    `read` and `write` raise EAGAIN when they would have to wait; the system call then waits on `readiness` until
    `poll` says that it is worth another try. A file that never waits (regular ones, most devices) never raises it.
    """

    seekable = False
    pollable = True
    """Whether epoll may watch it: regular files and directories may not be, nor what is always ready."""
    whole_transfers = False
    """Pipes, sockets, terminals: a vector is one transfer, and a blocking write waits until everything is taken."""

    can_be_asynchronous = False
    """Whether O_ASYNC can be set."""

    def __init__(self, dentry: Dentry, flags: int) -> None:
        self.dentry = dentry
        self.flags = int(flags) & ~_NOT_KEPT
        # The access mode never changes, and these are asked at every read and write.
        access = -1 if flags & OpenFlag.O_PATH else flags & O_ACCMODE
        self.readable = access in (0, 2)
        self.writable = access in (1, 2)
        self.offset = 0
        self.readiness = WaitQueue()
        self.watchers: list[Callable[[], None]] = []
        """Called once when the file is released: an epoll that watches it forgets it."""
        self.owner = 0
        """F_SETOWN: the process, or the group if negative, that SIGIO goes to; 0 for none."""
        self.owner_credentials: Credentials | None = None
        """Of the task that set the owner: it must have been allowed to signal it."""
        self.owner_signal = 0
        """F_SETSIG: what is sent instead of SIGIO."""
        self.asynchronous: Ending | None = None
        """Who tells the owner of readiness, while O_ASYNC is set."""
        self._references = 0

    # -- life --------------------------------------------------------------------------------------------------

    def get(self) -> File:
        """One more descriptor refers to this file."""
        self._references += 1
        return self

    def put(self) -> None:
        """One descriptor less; the last one releases the file."""
        self._references -= 1
        if self._references == 0:
            for forget in self.watchers[:]:
                forget()
            mount = self.dentry.mount
            if mount.locks is not None:
                mount.locks.release_file(self)
            if mount.notifier is not None:
                mount.notifier.closed(self)
            self.release()

    def closed_in(self, table: FileTable) -> None:
        """A descriptor of the file in this table is closed; others may be left (filp_close)."""

    def release(self) -> None:
        """Nothing refers to the file any more."""

    # -- what it is --------------------------------------------------------------------------------------------

    @property
    def message_limit(self) -> int | None:
        """Of files of messages (datagram sockets): a write is one; longer ones are not even fetched (EMSGSIZE)."""
        return None

    @property
    def path(self) -> bytes:
        """Path for /proc/self/fd and maps."""
        return self.dentry.shown_path()

    @property
    def nonblocking(self) -> bool:
        return bool(self.flags & _NONBLOCK)

    def stat(self) -> Stat:
        """Metadata."""
        return self.dentry.inode.stat()

    def deadline_ns(self, *, writing: bool) -> int | None:
        """When a read or write that begins to wait now gives up with EAGAIN (SO_RCVTIMEO, SO_SNDTIMEO); None: never."""
        return None

    def poll(self) -> int:
        """Readiness as PollEvent bits."""
        return int(PollEvent.POLLIN | PollEvent.POLLOUT | PollEvent.POLLRDNORM | PollEvent.POLLWRNORM)

    @property
    def shared_writable(self) -> bool:
        """Whether a shared mapping of it may be written, or made writable later (VM_MAYWRITE)."""
        return self.writable

    # -- content -----------------------------------------------------------------------------------------------

    def read(self, size: int) -> bytes:
        """Up to `size` bytes at the file's offset, which moves; empty at the end."""
        raise Errno(E.EINVAL)

    def write(self, data: bytes | memoryview) -> int:
        """Write at the file's offset, which moves; how many bytes were taken."""
        raise Errno(E.EINVAL)

    def pread(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes at `offset`; the file's own offset stays."""
        raise Errno(E.ESPIPE)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        """Write at `offset`; the file's own offset stays."""
        raise Errno(E.ESPIPE)

    def size(self) -> int:
        """Where SEEK_END counts from."""
        return self.stat().st_size

    def seek(self, offset: int, whence: int) -> int:
        """Move the offset and give it (ESPIPE, EINVAL, ENXIO)."""
        if not self.seekable:
            raise Errno(E.ESPIPE)
        if whence == Whence.SEEK_SET:
            target = offset
        elif whence == Whence.SEEK_CUR:
            target = self.offset + offset
        elif whence == Whence.SEEK_END:
            target = self.size() + offset
        elif whence in (Whence.SEEK_DATA, Whence.SEEK_HOLE):
            # A file without holes is one stretch of data with a hole after it.
            if not 0 <= offset < self.size():
                raise Errno(E.ENXIO)
            target = offset if whence == Whence.SEEK_DATA else self.size()
        else:
            raise Errno(E.EINVAL)
        if not 0 <= target < 1 << 63:
            raise Errno(E.EINVAL)
        self.offset = target
        return target

    def available(self) -> int:
        """Bytes that a read gives without waiting, for FIONREAD."""
        if _stat.S_ISREG(self.stat().st_mode):
            return max(self.size() - self.offset, 0)
        raise Errno(E.ENOTTY)

    # -- other -------------------------------------------------------------------------------------------------

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        """A command that the generic layer does not know (ENOTTY). One that waits gives a generator."""
        raise Errno(E.ENOTTY)

    def fcntl(self, task: Task, command: int, argument: int) -> int:
        """A command that the generic layer does not know (EINVAL)."""
        raise Errno(E.EINVAL)

    def mmap(self, *, shared: bool, writable: bool) -> MappedFile:
        """What a mapping reads its pages from (ENODEV)."""
        raise Errno(E.ENODEV)

    def mmap_at(self, offset: int, size: int, *, shared: bool, writable: bool) -> tuple[MappedFile, int]:
        """What a mapping of `size` bytes at an offset of the file reads its pages from, and where in that it begins.

        Devices that have several things to map tell them apart by the offset.
        """
        return self.mmap(shared=shared, writable=writable), offset

    def truncate(self, size: int) -> None:
        raise Errno(E.EINVAL)

    def allocate(self, mode: int, offset: int, size: int) -> None:
        """fallocate: make room, or zeros, in a range (EOPNOTSUPP for modes that the file system does not have)."""
        raise Errno(E.ENODEV)

    def sync(self) -> None:
        """Write back (EINVAL where there is nothing behind the file)."""
        raise Errno(E.EINVAL)

    def entries(self) -> list[Entry]:
        """The listing of a directory, `.` and `..` first, as it was when the directory was opened or rewound."""
        raise Errno(E.ENOTDIR)


class PathFile(File):
    """What O_PATH gives: a place in the tree, without access to content."""

    def read(self, size: int) -> bytes:
        raise Errno(E.EBADF)

    def write(self, data: bytes | memoryview) -> int:
        raise Errno(E.EBADF)

    def pread(self, size: int, offset: int) -> bytes:
        raise Errno(E.EBADF)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        raise Errno(E.EBADF)

    def seek(self, offset: int, whence: int) -> int:
        raise Errno(E.EBADF)

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        raise Errno(E.EBADF)
