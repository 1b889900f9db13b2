"""splice, tee, vmsplice and sendfile: bytes that move between files without passing through the program.

Bytes between two pipes move as whole buffers. Copied bytes are charged once, where they enter or leave a file.
"""

from __future__ import annotations

from guest.abi.constants import IOV_MAX, MAX_RW_COUNT, Signal
from guest.abi.cstruct import I64
from guest.abi.errno import E, Errno
from guest.abi.events import PIPE_PAGE, SpliceFlag
from guest.abi.flags import OpenFlag
from guest.arguments import Fd, InPtr, InVector, Size
from guest.events.arguments import SpliceFlags
from guest.events.pipe import Pipe, PipeBuffer, PipeFile
from guest.fs.file import File
from guest.mm.user_copy import copy_from_user, copy_to_user, read_vector
from guest.signal.send import send_to_task
from guest.signal.state import SignalInfo
from guest.syscall import Transfer, syscall
from guest.task import Task
from guest.wait import Blocking, Wait

_CHUNK = 1 << 16
_ALL_FLAGS = int(
    SpliceFlag.SPLICE_F_MOVE | SpliceFlag.SPLICE_F_NONBLOCK | SpliceFlag.SPLICE_F_MORE | SpliceFlag.SPLICE_F_GIFT
)


# -- waiting for an end ----------------------------------------------------------------------------------------


def _await_data(pipe: Pipe, nonblocking: bool) -> Blocking[bool]:
    """Wait until there is something to read; False if there never will be."""
    while not pipe.buffers:
        if not pipe.writers:
            return False
        if nonblocking:
            raise Errno(E.EAGAIN)
        yield Wait((pipe.read_queue,))
    return True


def _await_room(task: Task, pipe: Pipe, nonblocking: bool) -> Blocking[None]:
    """Wait for a free buffer (EPIPE with SIGPIPE once nobody reads)."""
    while True:
        if not pipe.readers:
            raise _broken_pipe(task)
        if pipe.free_slots > 0:
            return
        if nonblocking:
            raise Errno(E.EAGAIN)
        yield Wait((pipe.write_queue,))


def _broken_pipe(task: Task) -> Errno:
    send_to_task(task, SignalInfo(Signal.SIGPIPE, pid=task.pid, uid=task.credentials.uid))
    return Errno(E.EPIPE)


def _write_once(task: Task, target: File, data: bytes | memoryview, offset: int | None) -> Blocking[int]:
    """One write that takes something, after waiting for it if the file is blocking."""
    while True:
        try:
            return target.write(data) if offset is None else target.pwrite(data, offset)
        except Errno as error:
            if error.number is E.EPIPE:
                raise _broken_pipe(task) from error
            if error.number is not E.EAGAIN or target.nonblocking:
                raise
        yield Wait((target.readiness,))


def _files(task: Task, source: int, target: int) -> tuple[File, File]:
    """The files of two descriptors, of which the first can be read and the second written (EBADF)."""
    first, second = task.files.get_io(source), task.files.get_io(target)
    if not first.readable or not second.writable:
        raise Errno(E.EBADF)
    return first, second


class _Position:
    """An offset in user memory that a call uses and moves instead of the file's own; none if the pointer is NULL."""

    def __init__(self, file: File, pointer: InPtr[I64]) -> None:
        self._pointer = pointer
        self.start: int | None = None
        if pointer:
            if isinstance(file, PipeFile):
                raise Errno(E.ESPIPE)
            if not file.seekable:
                raise Errno(E.EINVAL)
            self.start = pointer.get()
            if self.start < 0:
                raise Errno(E.EINVAL)

    def at(self, done: int) -> int | None:
        """Where to go on after `done` bytes."""
        return None if self.start is None else self.start + done

    def move(self, done: int) -> None:
        """Store the new offset."""
        if self.start is not None:
            self._pointer.put(self.start + done)


# -- splice ----------------------------------------------------------------------------------------------------


@syscall("splice")
def splice(
    task: Task,
    source: Fd,
    in_offset: InPtr[I64],
    target: Fd,
    out_offset: InPtr[I64],
    count: Size,
    flags: SpliceFlags,
) -> int | Blocking[int]:
    if not count:
        return 0
    if flags & ~_ALL_FLAGS:
        raise Errno(E.EINVAL)
    file, sink = _files(task, source, target)
    start, place = _Position(file, in_offset), _Position(sink, out_offset)
    count = min(count, MAX_RW_COUNT)
    nonblocking = bool(flags & SpliceFlag.SPLICE_F_NONBLOCK)
    if isinstance(file, PipeFile) and isinstance(sink, PipeFile):
        if file.pipe is sink.pipe:
            raise Errno(E.EINVAL)
        return _pipe_to_pipe(task, file, sink, count, nonblocking or file.nonblocking or sink.nonblocking)
    if isinstance(file, PipeFile):
        if sink.flags & OpenFlag.O_APPEND:
            raise Errno(E.EINVAL)
        return _pipe_to_file(task, file.pipe, sink, place, count, nonblocking or file.nonblocking)
    if isinstance(sink, PipeFile):
        return _file_to_pipe(task, file, start, sink.pipe, count, nonblocking or sink.nonblocking)
    raise Errno(E.EINVAL)


def _pipe_to_pipe(task: Task, file: PipeFile, sink: PipeFile, count: int, nonblocking: bool) -> Blocking[int]:
    if not (yield from _await_data(file.pipe, nonblocking)):
        return 0
    yield from _await_room(task, sink.pipe, nonblocking)
    # Another reader may have been faster while this task waited for room.
    moved = file.pipe.take(sum(len(buffer.data) for buffer in file.pipe.peek(count, sink.pipe.free_slots)))
    sink.pipe.put(moved)
    return sum(len(buffer.data) for buffer in moved)


def _pipe_to_file(task: Task, pipe: Pipe, sink: File, place: _Position, count: int, nonblocking: bool) -> Blocking[int]:
    done = 0
    try:
        while done < count and not (done and not pipe.buffers):
            if not (yield from _await_data(pipe, nonblocking)):
                break
            data = b"".join(buffer.data for buffer in pipe.peek(min(count - done, _CHUNK), pipe.slots))
            written = yield from _write_once(task, sink, data, place.at(done))
            pipe.take(written)
            done += written
    except Errno:
        if not done:
            raise
    task.kernel.work.copy += done
    place.move(done)
    return done


def _file_to_pipe(task: Task, file: File, start: _Position, pipe: Pipe, count: int, nonblocking: bool) -> Blocking[int]:
    while True:
        yield from _await_room(task, pipe, nonblocking)
        position = start.at(0)
        offset = (file.offset if position is None else position) if file.seekable else 0
        # Buffers hold pages of the file, so the first ends at a page's end.
        room = pipe.free_slots * PIPE_PAGE - offset % PIPE_PAGE
        try:
            data = file.read(min(count, room)) if position is None else file.pread(min(count, room), position)
            break
        except Errno as error:
            if error.number is not E.EAGAIN or file.nonblocking:
                raise
        yield Wait((file.readiness,))
    if data:
        pipe.put(_pages(data, PIPE_PAGE - offset % PIPE_PAGE))
    start.move(len(data))
    return len(data)


def _pages(data: bytes, first: int) -> list[PipeBuffer]:
    """Buffers for `data`, of which the first takes `first` bytes."""
    ends = [min(first, len(data)), *range(first + PIPE_PAGE, len(data) + PIPE_PAGE, PIPE_PAGE)]
    starts = [0, *ends[:-1]]
    pieces = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return [PipeBuffer(piece, mergeable=False) for piece in pieces if piece]


@syscall("tee")
def tee(task: Task, source: Fd, target: Fd, count: Size, flags: SpliceFlags) -> int | Blocking[int]:
    if flags & ~_ALL_FLAGS:
        raise Errno(E.EINVAL)
    if not count:
        return 0
    file, sink = _files(task, source, target)
    if not isinstance(file, PipeFile) or not isinstance(sink, PipeFile) or file.pipe is sink.pipe:
        raise Errno(E.EINVAL)
    nonblocking = bool(flags & SpliceFlag.SPLICE_F_NONBLOCK) or file.nonblocking or sink.nonblocking
    return _tee(task, file.pipe, sink.pipe, min(count, MAX_RW_COUNT), nonblocking)


def _tee(task: Task, source: Pipe, target: Pipe, count: int, nonblocking: bool) -> Blocking[int]:
    if not (yield from _await_data(source, nonblocking)):
        return 0
    yield from _await_room(task, target, nonblocking)
    copies = source.peek(count, target.free_slots)
    if copies:
        target.put(copies)
    return sum(len(buffer.data) for buffer in copies)


@syscall("vmsplice", note="bytes are copied at the call; a page given with SPLICE_F_GIFT stays the program's")
def vmsplice(task: Task, fd: Fd, vector: InVector, count: Size, flags: SpliceFlags) -> int | Blocking[int]:
    if flags & ~_ALL_FLAGS:
        raise Errno(E.EINVAL)
    file = task.files.get_io(fd)
    if not isinstance(file, PipeFile):
        raise Errno(E.EBADF)
    pieces = [
        (piece.iov_base, piece.iov_len) for piece in read_vector(task.mm, vector, count, IOV_MAX) if piece.iov_len
    ]
    if not pieces:
        return 0
    nonblocking = bool(flags & SpliceFlag.SPLICE_F_NONBLOCK) or file.nonblocking
    if file.writable:
        return _memory_to_pipe(task, file.pipe, pieces, nonblocking)
    return _pipe_to_memory(task, file.pipe, pieces, nonblocking)


def _memory_to_pipe(task: Task, pipe: Pipe, pieces: list[tuple[int, int]], nonblocking: bool) -> Blocking[int]:
    yield from _await_room(task, pipe, nonblocking)
    buffers: list[PipeBuffer] = []
    for address, size in pieces:
        end = address + size
        while address < end and len(buffers) < pipe.free_slots:
            length = min(PIPE_PAGE - address % PIPE_PAGE, end - address)
            try:
                buffers.append(PipeBuffer(copy_from_user(task.mm, address, length), mergeable=False))
            except Errno:
                if not buffers:
                    raise
                end = address
                break
            address += length
    pipe.put(buffers)
    return sum(len(buffer.data) for buffer in buffers)


def _pipe_to_memory(task: Task, pipe: Pipe, pieces: list[tuple[int, int]], nonblocking: bool) -> Blocking[int]:
    if not (yield from _await_data(pipe, nonblocking)):
        return 0
    done = 0
    for address, size in pieces:
        data = b"".join(buffer.data for buffer in pipe.peek(size, pipe.slots))
        try:
            copy_to_user(task.mm, address, data)
        except Errno:
            if not done:
                raise
            break
        pipe.take(len(data))
        done += len(data)
        if len(data) < size:
            break
    return done


# -- sendfile --------------------------------------------------------------------------------------------------


@syscall("sendfile", transfer=Transfer.READ | Transfer.WRITE)
def sendfile(task: Task, target: Fd, source: Fd, offset: InPtr[I64], count: Size) -> int | Blocking[int]:
    file, sink = _files(task, source, target)
    if not file.seekable or sink.flags & OpenFlag.O_APPEND:
        raise Errno(E.EINVAL)
    return _send(task, file, _Position(file, offset), sink, min(count, MAX_RW_COUNT))


def _send(task: Task, file: File, start: _Position, sink: File, count: int) -> Blocking[int]:
    own = file.offset
    done = 0
    try:
        while done < count:
            position = start.at(done)
            data = memoryview(file.pread(min(count - done, _CHUNK), own + done if position is None else position))
            if not data:
                break
            while data:
                written = yield from _write_once(task, sink, data, None)
                done += written
                data = data[written:]
    except Errno:
        # A signal, a full non-blocking file, a broken pipe: what was sent before stands.
        if not done:
            raise
    finally:
        if start.start is None:
            file.offset = own + done
    task.kernel.work.copy += done
    start.move(done)
    return done
