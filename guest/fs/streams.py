"""The guest's standard streams, which are streams of whoever runs it.

Nothing is kept back: a write reaches the caller's stream before the call returns, so that both streams and whatever the
caller writes keep their order.
"""

from __future__ import annotations

import io
import os
import stat as _stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from guest.abi.constants import Whence
from guest.abi.errno import E, Errno, host_errors
from guest.abi.flags import O_ACCMODE, OpenFlag, PollEvent
from guest.abi.structs import Stat, make_device
from guest.fs.dentry import Dentry, Mount
from guest.fs.file import File
from guest.fs.host import stat_from_host
from guest.fs.inode import Inode
from guest.host_ready import readable, wait_writable

if TYPE_CHECKING:
    from collections.abc import Callable

    from guest.host_inputs import HostInputs


@dataclass(frozen=True)
class Streams:
    """Standard input, output and error: binary streams of the caller."""

    stdin: BinaryIO
    stdout: BinaryIO
    stderr: BinaryIO
    interactive: bool = False
    """A read of a pipe returns what has arrived, `poll` says whether anything has, and a terminal is the guest's alone
    (raw mode). Otherwise a read of a pipe waits until it is full or the input ends, because how much has arrived
    depends on the host's timing; a terminal is always read as it comes."""


class _StreamInode(Inode):
    """Gives a stream a place for `fstat` and `path`; it has no name in the tree, but /proc/self/fd leads to it."""

    def __init__(self, stat: Stat, open_again: Callable[[int], File]) -> None:
        self._stat = stat
        self._open_again = open_again

    @property
    def kind(self) -> int:
        return _stat.S_IFMT(self._stat.st_mode)

    def stat(self) -> Stat:
        return self._stat

    def open(self, dentry: Dentry, flags: int) -> File:
        return self._open_again(flags)


class StreamFile(File):
    """One of the caller's streams: a host descriptor if it has one, else any binary stream object."""

    def __init__(
        self, name: bytes, stream: BinaryIO, flags: int, *, interactive: bool, inputs: HostInputs | None = None
    ) -> None:
        """`inputs` is what an interactive pipe waits at; without it a read blocks the machine."""
        self._stream = stream
        self._descriptor = descriptor_of(stream)
        self._interactive = interactive
        self._inputs = inputs if interactive else None
        if self._descriptor is None:
            # An object in memory looks like a pipe.
            stat = Stat(st_dev=make_device(0, 12), st_ino=(flags & O_ACCMODE) + 1, st_mode=_stat.S_IFIFO | 0o600)
        else:
            if flags & OpenFlag.O_WRONLY:
                stream.flush()
            with host_errors:
                stat = stat_from_host(os.fstat(self._descriptor))
        self.seekable = _stat.S_ISREG(stat.st_mode)
        mount = Mount(b"", b"stream", b"none", read_only=False)
        inode = _StreamInode(
            stat, lambda again: StreamFile(name, stream, again, interactive=interactive, inputs=inputs)
        )
        super().__init__(Dentry(None, name, inode, mount), flags)

    def release(self) -> None:
        if self._inputs is not None and self._descriptor is not None and self.readable:
            self._inputs.unwatch(self._descriptor)

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
        if self._inputs is not None and not self._has_input():
            self._inputs.watch(self._descriptor, self._input_came)
            raise Errno(E.EAGAIN)
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
                readable([self._descriptor], None)
                continue
            pieces.append(piece)
            left -= len(piece)
            if not piece or self._interactive or os.isatty(self._descriptor):
                break
        return b"".join(pieces)

    def _input_came(self) -> None:
        self.readiness.wake()

    def _has_input(self) -> bool:
        """Whether the host would let a read go on at once."""
        return self._descriptor is None or bool(readable([self._descriptor]))

    def poll(self) -> int:
        if self._inputs is None or self._descriptor is None or not self.readable:
            # Not interactive: a read always gets what it asks for, however long the host takes.
            return super().poll()
        if self._has_input():
            return int(PollEvent.POLLIN | PollEvent.POLLRDNORM)
        self._inputs.watch(self._descriptor, self._input_came)
        return 0

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
                wait_writable(self._descriptor)
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


def standard_files(streams: Streams, inputs: HostInputs | None = None) -> tuple[File, File, File]:
    """The files for descriptors 0, 1 and 2 where they are not the host's terminal (`guest.tty.console`)."""
    names = (b"pipe:[stdin]", b"pipe:[stdout]", b"pipe:[stderr]")
    modes = (0, int(OpenFlag.O_WRONLY), int(OpenFlag.O_WRONLY))
    first, second, third = (
        StreamFile(name, stream, mode, interactive=streams.interactive, inputs=inputs)
        for name, stream, mode in zip(names, (streams.stdin, streams.stdout, streams.stderr), modes, strict=True)
    )
    return first, second, third


def descriptor_of(stream: BinaryIO) -> int | None:
    """The host descriptor behind a stream, None for an object in memory."""
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, AttributeError, OSError):
        return None
