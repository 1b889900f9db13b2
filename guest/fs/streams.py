"""The guest's standard streams, which are streams of whoever runs it.

Nothing is kept back: a write reaches the caller's stream before the call returns, so that both streams and whatever the
caller writes keep their order.
"""

from __future__ import annotations

import io
import os
import select
import stat as _stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from guest.abi.constants import IoctlCommand, Whence
from guest.abi.errno import E, Errno, host_errors
from guest.abi.flags import OpenFlag
from guest.abi.structs import Stat, Termios, Winsize, make_device
from guest.fs.dentry import Dentry, Mount
from guest.fs.file import File
from guest.fs.host import stat_from_host
from guest.fs.inode import Inode
from guest.mm.user_copy import write_struct

if TYPE_CHECKING:
    from guest.task import Task

_TERMINAL = Termios(
    c_iflag=0o2400, c_oflag=0o5, c_cflag=0o277, c_lflag=0o105073,
    c_cc=(3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0),
)  # fmt: skip
"""Settings of a fresh Linux terminal at 38400 baud; the host's own are not read, so that no result depends on them."""


@dataclass(frozen=True)
class Streams:
    """Standard input, output and error: binary streams of the caller."""

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO
    interactive: bool = False
    """A read of a pipe returns what has arrived. Otherwise it waits until it is full or the input ends, because how
    much has arrived depends on the host's timing; a terminal is always read as it comes."""


class _StreamInode(Inode):
    """Gives a stream a place for `fstat` and `path`; it has no name in the tree."""

    def __init__(self, stat: Stat) -> None:
        self._stat = stat

    @property
    def kind(self) -> int:
        return _stat.S_IFMT(self._stat.st_mode)

    def stat(self) -> Stat:
        return self._stat


class StreamFile(File):
    """One of the caller's streams: a host descriptor if it has one, else any binary stream object."""

    def __init__(self, name: bytes, stream: BinaryIO, flags: int, *, interactive: bool) -> None:
        self._stream = stream
        self._descriptor = _descriptor_of(stream)
        self._interactive = interactive
        if self._descriptor is None:
            # An object in memory looks like a pipe.
            stat = Stat(st_dev=make_device(0, 12), st_ino=flags + 1, st_mode=_stat.S_IFIFO | 0o600)
            self.terminal = False
        else:
            if flags & OpenFlag.O_WRONLY:
                stream.flush()
            with host_errors:
                stat = stat_from_host(os.fstat(self._descriptor))
            self.terminal = os.isatty(self._descriptor)
        self.seekable = _stat.S_ISREG(stat.st_mode)
        mount = Mount(b"", b"stream", b"none", read_only=False)
        super().__init__(Dentry(None, name, _StreamInode(stat), mount), flags)

    @property
    def path(self) -> bytes:
        return self.dentry.name

    def stat(self) -> Stat:
        if self._descriptor is not None and self.seekable:
            with host_errors:
                return stat_from_host(os.fstat(self._descriptor))
        return self.dentry.inode.stat()

    def read(self, size: int) -> bytes:
        if self._descriptor is None:
            return self._stream.read(size)
        pieces: list[bytes] = []
        left = size
        while left > 0:
            try:
                with host_errors:
                    piece = os.read(self._descriptor, min(left, 1 << 20))
            except Errno as error:
                if error.number is not E.EAGAIN:
                    raise
                # The caller set its end non-blocking; the guest did not.
                select.select([self._descriptor], [], [])
                continue
            pieces.append(piece)
            left -= len(piece)
            if not piece or self.terminal or self._interactive:
                break
        return b"".join(pieces)

    def write(self, data: bytes | memoryview) -> int:
        if self._descriptor is None:
            self._stream.write(data)
            self._stream.flush()
            return len(data)
        done = 0
        while done < len(data):
            try:
                with host_errors:
                    done += os.write(self._descriptor, data[done:])
            except Errno as error:
                if error.number is not E.EAGAIN:
                    raise
                select.select([], [self._descriptor], [])
        return done

    def pread(self, size: int, offset: int) -> bytes:
        if self._descriptor is None or not self.seekable:
            raise Errno(E.ESPIPE)
        with host_errors:
            return os.pread(self._descriptor, size, offset)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        if self._descriptor is None or not self.seekable:
            raise Errno(E.ESPIPE)
        with host_errors:
            return os.pwrite(self._descriptor, data, offset)

    def seek(self, offset: int, whence: int) -> int:
        if self._descriptor is None or not self.seekable:
            raise Errno(E.ESPIPE)
        if whence not in (Whence.SEEK_SET, Whence.SEEK_CUR, Whence.SEEK_END):
            raise Errno(E.EINVAL)
        with host_errors:
            return os.lseek(self._descriptor, offset, whence)

    def truncate(self, size: int) -> None:
        if self._descriptor is None or not self.seekable:
            raise Errno(E.EINVAL)
        with host_errors:
            os.ftruncate(self._descriptor, size)

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        if not self.terminal or self._descriptor is None:
            raise Errno(E.ENOTTY)
        if command == IoctlCommand.TCGETS:
            write_struct(task.mm, argument, _TERMINAL)
            return 0
        if command == IoctlCommand.TIOCGWINSZ:
            with host_errors:
                size = os.get_terminal_size(self._descriptor)
            write_struct(task.mm, argument, Winsize(ws_row=size.lines, ws_col=size.columns))
            return 0
        # Changing the caller's terminal is not ours to do.
        raise Errno(E.ENOTTY)


def standard_files(streams: Streams) -> tuple[File, File, File]:
    """The files for descriptors 0, 1 and 2."""
    interactive = streams.interactive
    return (
        StreamFile(b"pipe:[stdin]", streams.stdin, 0, interactive=interactive),
        StreamFile(b"pipe:[stdout]", streams.stdout, OpenFlag.O_WRONLY, interactive=interactive),
        StreamFile(b"pipe:[stderr]", streams.stderr, OpenFlag.O_WRONLY, interactive=interactive),
    )


def _descriptor_of(stream: BinaryIO) -> int | None:
    """The host descriptor behind a stream, None for an object in memory."""
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, AttributeError, OSError):
        return None
