"""System calls that move content: read, write and their relatives."""

from __future__ import annotations

from collections.abc import Callable

from emulator.memory import Protection
from guest.abi.constants import IOV_MAX, MAX_RW_COUNT, Signal
from guest.abi.cstruct import I64
from guest.abi.errno import E, Errno
from guest.arguments import Fd, InBuffer, InPtr, Int, InVector, Long, Offset, OutBuffer, OutVector, Size, WhenceName
from guest.fs.file import File
from guest.mm.user_copy import accessible_bytes, copy_to_user, read_vector, view_from_user
from guest.signal_state import SignalInfo
from guest.signal_syscalls import send_signal
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait


def wait_while_busy(file: File, attempt: Callable[[], int]) -> int | Blocking[int]:
    """Run `attempt`; if the file is not ready (EAGAIN) and blocking, give a generator that waits and tries again."""
    try:
        return attempt()
    except Errno as error:
        if error.number is not E.EAGAIN or file.nonblocking:
            raise
    return _retry(file, attempt)


def _retry(file: File, attempt: Callable[[], int]) -> Blocking[int]:
    while True:
        yield Wait(queues=(file.readiness,))
        try:
            return attempt()
        except Errno as error:
            if error.number is not E.EAGAIN:
                raise


def _readable(task: Task, fd: int) -> File:
    file = task.files.get(fd)
    if not file.readable:
        raise Errno(E.EBADF)
    return file


def _writable(task: Task, fd: int) -> File:
    file = task.files.get(fd)
    if not file.writable:
        raise Errno(E.EBADF)
    return file


def _usable(task: Task, address: int, size: int, access: Protection) -> int:
    """As much of the buffer as may be used: Linux moves what comes before a bad page (EFAULT if that is nothing)."""
    if size >= 1 << 63:
        raise Errno(E.EINVAL)
    size = min(size, MAX_RW_COUNT)
    usable = accessible_bytes(task.mm, address, size, access)
    if size and not usable:
        raise Errno(E.EFAULT)
    return usable


def _write(task: Task, write: Callable[[bytes | memoryview], int], address: int, size: int) -> int:
    try:
        return write(view_from_user(task.mm, address, size))
    except Errno as error:
        if error.number is E.EPIPE:
            send_signal(task, task, SignalInfo(Signal.SIGPIPE), group=False)
        raise


@syscall("read")
def read(task: Task, fd: Fd, buffer: OutBuffer, count: Size) -> int | Blocking[int]:
    file = _readable(task, fd)
    size = _usable(task, buffer, count, Protection.WRITE)

    def attempt() -> int:
        data = file.read(size)
        copy_to_user(task.mm, buffer, data)
        return len(data)

    return wait_while_busy(file, attempt)


@syscall("write")
def write(task: Task, fd: Fd, buffer: InBuffer, count: Size) -> int | Blocking[int]:
    file = _writable(task, fd)
    size = _usable(task, buffer, count, Protection.READ)
    return wait_while_busy(file, lambda: _write(task, file.write, buffer, size))


@syscall("pread64")
def pread64(task: Task, fd: Fd, buffer: OutBuffer, count: Size, offset: Offset) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _readable(task, fd)
    data = file.pread(_usable(task, buffer, count, Protection.WRITE), offset)
    copy_to_user(task.mm, buffer, data)
    return len(data)


@syscall("pwrite64")
def pwrite64(task: Task, fd: Fd, buffer: InBuffer, count: Size, offset: Offset) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _writable(task, fd)
    size = _usable(task, buffer, count, Protection.READ)
    return _write(task, lambda data: file.pwrite(data, offset), buffer, size)


def _read_pieces(task: Task, vector: int, count: int, read_some: Callable[[int, int], bytes]) -> int:
    """Fill the pieces of a vector in order; `read_some(size, done)` gives the next bytes."""
    done = 0
    for piece in read_vector(task.mm, vector, count, IOV_MAX):
        size = min(piece.iov_len, MAX_RW_COUNT - done)
        if size == 0:
            continue
        try:
            data = read_some(_usable(task, piece.iov_base, size, Protection.WRITE), done)
        except Errno:
            # What was moved before stands; the error comes back with the next call.
            if done:
                return done
            raise
        copy_to_user(task.mm, piece.iov_base, data)
        done += len(data)
        if len(data) < size:
            break
    return done


def _write_pieces(task: Task, vector: int, count: int, write_some: Callable[[bytes | memoryview, int], int]) -> int:
    done = 0
    for piece in read_vector(task.mm, vector, count, IOV_MAX):
        size = min(piece.iov_len, MAX_RW_COUNT - done)
        if size == 0:
            continue
        try:
            usable = _usable(task, piece.iov_base, size, Protection.READ)
            written = _write(task, lambda data, at=done: write_some(data, at), piece.iov_base, usable)  # type: ignore[misc]
        except Errno:
            if done:
                return done
            raise
        done += written
        if written < size:
            break
    return done


@syscall("readv")
def readv(task: Task, fd: Fd, vector: OutVector, count: Size) -> int | Blocking[int]:
    file = _readable(task, fd)
    return wait_while_busy(file, lambda: _read_pieces(task, vector, count, lambda size, _: file.read(size)))


@syscall("writev")
def writev(task: Task, fd: Fd, vector: InVector, count: Size) -> int | Blocking[int]:
    file = _writable(task, fd)
    return wait_while_busy(file, lambda: _write_pieces(task, vector, count, lambda data, _: file.write(data)))


@syscall("preadv")
def preadv(task: Task, fd: Fd, vector: OutVector, count: Size, offset: Offset, high: Long) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _readable(task, fd)
    return _read_pieces(task, vector, count, lambda size, done: file.pread(size, offset + done))


@syscall("pwritev")
def pwritev(task: Task, fd: Fd, vector: InVector, count: Size, offset: Offset, high: Long) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _writable(task, fd)
    return _write_pieces(task, vector, count, lambda data, done: file.pwrite(data, offset + done))


@syscall("lseek")
def lseek(task: Task, fd: Fd, offset: Offset, whence: WhenceName) -> int:
    return task.files.get(fd).seek(offset, whence)


_CHUNK = 1 << 20


def _copy(task: Task, source: File, target: File, count: int, offset: int | None, out_offset: int | None) -> int:
    """Move up to `count` bytes between files inside the kernel; an offset of None is the file's own."""
    done = 0
    count = min(count, MAX_RW_COUNT)
    while done < count:
        size = min(_CHUNK, count - done)
        data = source.read(size) if offset is None else source.pread(size, offset + done)
        if not data:
            break
        try:
            written = target.write(data) if out_offset is None else target.pwrite(data, out_offset + done)
        except Errno as error:
            if error.number is E.EPIPE:
                send_signal(task, task, SignalInfo(Signal.SIGPIPE), group=False)
            written = 0
            if not done:
                raise
        done += written
        if written < len(data):
            if offset is None and source.seekable:
                source.offset -= len(data) - written
            break
    task.mm.work.copy += done
    return done


@syscall("sendfile")
def sendfile(task: Task, out: Fd, source: Fd, offset: InPtr[I64], count: Size) -> int:
    target, file = _writable(task, out), _readable(task, source)
    start = offset.get() if offset else None
    if start is not None and start < 0:
        raise Errno(E.EINVAL)
    if not file.seekable:
        raise Errno(E.EINVAL)
    done = _copy(task, file, target, count, start, None)
    if start is not None:
        offset.put(start + done)
    return done


@syscall("copy_file_range")
def copy_file_range(
    task: Task, source: Fd, in_offset: InPtr[I64], out: Fd, out_offset: InPtr[I64], count: Size, flags: Int
) -> int:
    if flags:
        raise Errno(E.EINVAL)
    file, target = _readable(task, source), _writable(task, out)
    if not (file.seekable and target.seekable):
        raise Errno(E.EINVAL)
    start = in_offset.get() if in_offset else None
    place = out_offset.get() if out_offset else None
    done = _copy(task, file, target, count, start, place)
    if start is not None:
        in_offset.put(start + done)
    if place is not None:
        out_offset.put(place + done)
    return done


@syscall("fsync")
def fsync(task: Task, fd: Fd) -> None:
    task.files.get_io(fd).sync()


@syscall("fdatasync")
def fdatasync(task: Task, fd: Fd) -> None:
    task.files.get_io(fd).sync()


@syscall("sync", note="every write has reached the host already")
def sync(task: Task) -> None:
    return None


@syscall("ftruncate")
def ftruncate(task: Task, fd: Fd, size: Offset) -> None:
    if size < 0:
        raise Errno(E.EINVAL)
    file = task.files.get_io(fd)
    if not file.writable:
        raise Errno(E.EINVAL)
    file.truncate(size)


@syscall("fallocate", partial="mode 0 only")
def fallocate(task: Task, fd: Fd, mode: Int, offset: Offset, size: Offset) -> None:
    if offset < 0 or size <= 0:
        raise Errno(E.EINVAL)
    if mode:
        raise Errno(E.EOPNOTSUPP)
    _writable(task, fd).allocate(offset + size)


@syscall("fadvise64", note="a hint about speed")
def fadvise64(task: Task, fd: Fd, offset: Offset, size: Offset, advice: Int) -> None:
    file = task.files.get_io(fd)
    if not file.seekable:
        raise Errno(E.ESPIPE)
    if not 0 <= advice <= 5 or size < 0:
        raise Errno(E.EINVAL)
