"""Pipes: a ring of buffers of one page each, as Linux keeps it, between two ends.

How much fits depends on how it is written: a write goes on in the last buffer only if its odd part fits there
altogether, so 64 KiB hold 65,536 single bytes but only sixty-four writes of 1,000. Programs see that through EAGAIN
and partial writes, so it is modelled; bytes are moved by whole buffers all the same.
"""

from __future__ import annotations

import stat as _stat
from collections import deque
from typing import TYPE_CHECKING

from guest.abi.constants import FcntlCommand
from guest.abi.errno import E, Errno
from guest.abi.events import PIPE_BUFFERS, PIPE_MAX_SIZE, PIPE_PAGE, PipeFlag
from guest.abi.flags import OpenFlag, PollEvent
from guest.arguments import OutPtr
from guest.credentials import Capability
from guest.events.arguments import FdPair, PipeFlags
from guest.fs.anonymous import AnonymousFile, AnonymousInode
from guest.fs.file import File
from guest.syscall import syscall
from guest.task import Task
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from guest.fs.dentry import Dentry
    from guest.wait import Blocking

READABLE = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)
WRITABLE = int(PollEvent.POLLOUT | PollEvent.POLLWRNORM)
_HANGUP = int(PollEvent.POLLHUP)
_ERROR = int(PollEvent.POLLERR)
_EVERYTHING = READABLE | WRITABLE | _HANGUP | _ERROR
_DIRECT = int(OpenFlag.O_DIRECT)
_ODD = PIPE_PAGE - 1


class PipeBuffer:
    """One slot of the ring. `data` is all that was put in, `start` where the unread part begins.

    A page is not used again from its beginning before it is empty, which is why what was read stays in `data`.
    """

    __slots__ = ("data", "mergeable", "packet", "start")

    def __init__(self, data: bytes, *, packet: bool = False, mergeable: bool = True) -> None:
        self.data = data
        self.start = 0
        self.packet = packet
        """A read takes no more than this one, and the rest of it is lost (O_DIRECT)."""
        self.mergeable = mergeable
        """A write may go on behind it: not if it is a packet or belongs to somebody else too (splice, tee)."""


class Pipe:
    """The ring, who holds its ends, and who waits at each."""

    def __init__(self) -> None:
        self.buffers: deque[PipeBuffer] = deque()
        self.slots = PIPE_BUFFERS
        self.readers = 0
        self.writers = 0
        self.reader_opens = 0
        self.writer_opens = 0
        """Opens so far: a FIFO's open waits for the next one of the other side."""
        self.read_queue = WaitQueue()
        self.write_queue = WaitQueue()

    def __len__(self) -> int:
        """Bytes to be read."""
        return sum(len(buffer.data) - buffer.start for buffer in self.buffers)

    @property
    def free_slots(self) -> int:
        """Buffers that may be added."""
        return self.slots - len(self.buffers)

    # -- bytes -------------------------------------------------------------------------------------------------

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty if there are none and nobody can write any more (else EAGAIN)."""
        buffers = self.buffers
        if size == 0:
            return b""
        if not buffers:
            if self.writers:
                raise Errno(E.EAGAIN)
            return b""
        was_full = len(buffers) >= self.slots
        buffer = buffers[0]
        data = buffer.data
        if len(data) <= size and not buffer.start and (len(buffers) == 1 or buffer.packet):
            # Nearly every read of a small message: all of the only buffer.
            buffers.popleft()
        else:
            data = self._read_some(size)
        if was_full and len(buffers) < self.slots:
            self.write_queue.wake(mask=WRITABLE)
        return data

    def _read_some(self, size: int) -> bytes:
        pieces: list[bytes] = []
        buffers = self.buffers
        while size and buffers:
            buffer = buffers[0]
            piece = buffer.data[buffer.start : buffer.start + size]
            pieces.append(piece)
            size -= len(piece)
            buffer.start += len(piece)
            if buffer.start == len(buffer.data) or buffer.packet:
                buffers.popleft()
            if buffer.packet:
                break
        return b"".join(pieces)

    def write(self, data: bytes | memoryview, *, packet: bool = False) -> int:
        """Take as much of `data` as there is room for (EAGAIN if there is none, EPIPE without readers).

        Up to a page is taken as a whole or not at all, which is what makes PIPE_BUF atomic.
        """
        if not self.readers:
            raise Errno(E.EPIPE)
        size = len(data)
        buffers = self.buffers
        done = 0
        if buffers:
            odd = size & _ODD
            last = buffers[-1]
            if odd and last.mergeable and len(last.data) + odd <= PIPE_PAGE:
                last.data += data[:odd]
                done = odd
        while done < size:
            if len(buffers) >= self.slots:
                if not done:
                    raise Errno(E.EAGAIN)
                break
            piece = bytes(data[done : done + PIPE_PAGE])
            buffers.append(PipeBuffer(piece, packet=packet, mergeable=not packet))
            done += len(piece)
        if done:
            self.read_queue.wake(mask=READABLE)
        return done

    # -- buffers, for splice and tee ---------------------------------------------------------------------------

    def take(self, size: int) -> list[PipeBuffer]:
        """Remove up to `size` bytes as buffers."""
        taken: list[PipeBuffer] = []
        was_full = len(self.buffers) >= self.slots
        while size and self.buffers:
            buffer = self.buffers[0]
            piece = buffer.data[buffer.start : buffer.start + size]
            taken.append(PipeBuffer(piece, packet=buffer.packet, mergeable=False))
            size -= len(piece)
            buffer.start += len(piece)
            if buffer.start == len(buffer.data):
                self.buffers.popleft()
        if was_full and self.free_slots:
            self.write_queue.wake(mask=WRITABLE)
        return taken

    def peek(self, size: int, slots: int) -> list[PipeBuffer]:
        """The first `size` bytes as at most `slots` buffers, which stay."""
        seen: list[PipeBuffer] = []
        for buffer in self.buffers:
            if not size or len(seen) == slots:
                break
            piece = buffer.data[buffer.start : buffer.start + size]
            seen.append(PipeBuffer(piece, packet=buffer.packet, mergeable=False))
            size -= len(piece)
        return seen

    def put(self, buffers: Iterable[PipeBuffer]) -> None:
        """Add buffers, for which there must be room."""
        self.buffers.extend(buffers)
        self.read_queue.wake(mask=READABLE)

    def restore(self, buffers: list[PipeBuffer]) -> None:
        """Put back in front what `take` removed and nobody wanted."""
        self.buffers.extendleft(reversed(buffers))

    def resize(self, size: int) -> int:
        """F_SETPIPE_SZ: the new size in bytes, a power of two pages (EBUSY if the content would not fit)."""
        slots = 1
        while slots * PIPE_PAGE < size:
            slots *= 2
        if slots < len(self.buffers):
            raise Errno(E.EBUSY)
        grown = slots > self.slots
        self.slots = slots
        if grown:
            self.write_queue.wake(mask=WRITABLE)
        return slots * PIPE_PAGE

    # -- ends --------------------------------------------------------------------------------------------------

    def open(self, *, reads: bool, writes: bool) -> None:
        """One more end."""
        if reads:
            self.readers += 1
            self.reader_opens += 1
        if writes:
            self.writers += 1
            self.writer_opens += 1

    def close(self, *, reads: bool, writes: bool) -> None:
        """One end less. When one side is gone the other learns of it; when both are, the content is."""
        self.readers -= reads
        self.writers -= writes
        if bool(self.readers) != bool(self.writers):
            self.read_queue.wake(mask=_EVERYTHING)
            self.write_queue.wake(mask=_EVERYTHING)
        elif not self.readers:
            self.buffers.clear()


class PipeFile(File):
    """One end of a pipe, or both (a FIFO opened for reading and writing)."""

    whole_transfers = True
    can_be_asynchronous = True
    pipe: Pipe
    _writers_before: int | None = None

    def connect(self, pipe: Pipe, *, counted: bool = False, writers_before: int | None = None) -> None:
        """Become an end of `pipe`; `counted` if the pipe knows already (a FIFO's open that waited).

        `writers_before`: no hang-up is shown before there has been a further writer.
        """
        self.pipe = pipe
        self._writers_before = writers_before
        if not counted:
            pipe.open(reads=self.readable, writes=self.writable)
        if self.readable and self.writable:
            pipe.read_queue.observe(self._notice)
            pipe.write_queue.observe(self._notice)
        else:
            self.readiness = pipe.read_queue if self.readable else pipe.write_queue

    def _notice(self) -> None:
        self.readiness.wake()

    def release(self) -> None:
        if self.readable and self.writable:
            self.pipe.read_queue.unobserve(self._notice)
            self.pipe.write_queue.unobserve(self._notice)
        self.pipe.close(reads=self.readable, writes=self.writable)

    def read(self, size: int) -> bytes:
        return self.pipe.read(size)

    def write(self, data: bytes | memoryview) -> int:
        return self.pipe.write(data, packet=bool(self.flags & _DIRECT))

    def poll(self) -> int:
        pipe = self.pipe
        events = 0
        if self.readable:
            if pipe.buffers:
                events |= READABLE
            if not pipe.writers and pipe.writer_opens != self._writers_before:
                events |= _HANGUP
        if self.writable:
            if len(pipe.buffers) < pipe.slots:
                events |= WRITABLE
            if not pipe.readers:
                events |= _ERROR
        return events

    def available(self) -> int:
        return len(self.pipe)

    def fcntl(self, task: Task, command: int, argument: int) -> int:
        if command == FcntlCommand.F_GETPIPE_SZ:
            return self.pipe.slots * PIPE_PAGE
        if command == FcntlCommand.F_SETPIPE_SZ:
            size = argument & 0xFFFFFFFF
            if size > 1 << 31:
                raise Errno(E.EINVAL)
            if size > PIPE_MAX_SIZE and not task.credentials.capable(Capability.CAP_SYS_RESOURCE):
                raise Errno(E.EPERM)
            return self.pipe.resize(size)
        return super().fcntl(task, command, argument)


class AnonymousPipeFile(PipeFile, AnonymousFile):
    """An end that pipe2 made."""


class PipeInode(AnonymousInode):
    """Of a pipe without a name. /proc/PID/fd/N leads to it: opening it there gives a further end, as with a FIFO."""

    def __init__(self, number: int, pipe: Pipe) -> None:
        super().__init__(number, _stat.S_IFIFO | 0o600)
        self.fifo = pipe

    def open_waiting(self, dentry: Dentry, flags: int) -> File | Blocking[File]:
        from guest.events.fifo import open_fifo

        return open_fifo(self, dentry, flags)

    def open(self, dentry: Dentry, flags: int) -> File:
        file = self.open_waiting(dentry, flags)
        if isinstance(file, File):
            return file
        file.close()
        raise Errno(E.EAGAIN)


def make_pipe(task: Task, flags: int = 0) -> tuple[PipeFile, PipeFile]:
    """The reading and the writing end of a new pipe; `flags` are those of the open files."""
    pipe = Pipe()
    inode = PipeInode(task.kernel.inode_numbers.next(), pipe)
    name = b"pipe:[%d]" % inode.number
    reader = AnonymousPipeFile(name, inode, flags & ~_DIRECT)
    writer = AnonymousPipeFile(name, inode, flags | OpenFlag.O_WRONLY)
    reader.connect(pipe)
    writer.connect(pipe)
    return reader, writer


@syscall("pipe2", partial="no notification pipes")
def pipe2(task: Task, descriptors: OutPtr[FdPair], flags: PipeFlags) -> None:
    if flags & ~int(PipeFlag.O_EXCL | PipeFlag.O_NONBLOCK | PipeFlag.O_DIRECT | PipeFlag.O_CLOEXEC):
        raise Errno(E.EINVAL)
    if flags & PipeFlag.O_EXCL:
        raise Errno(E.ENOPKG)
    close_on_exec = bool(flags & PipeFlag.O_CLOEXEC)
    reader, writer = make_pipe(task, flags & int(PipeFlag.O_NONBLOCK | PipeFlag.O_DIRECT))
    writer.get()
    first = second = -1
    try:
        first = task.files.install(reader, close_on_exec=close_on_exec)
        second = task.files.install(writer, close_on_exec=close_on_exec)
        descriptors.put((first, second))
    except Errno:
        for descriptor in (first, second):
            if descriptor >= 0:
                task.files.close(descriptor)
        raise
    finally:
        writer.put()
