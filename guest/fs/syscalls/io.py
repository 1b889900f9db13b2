"""System calls that move content: read, write and their relatives."""

from __future__ import annotations

import stat as _stat
from collections.abc import Callable

from emulator.memory import Protection
from guest.abi.constants import IOV_MAX, MAX_RW_COUNT, Signal
from guest.abi.cstruct import I64
from guest.abi.errno import E, Errno
from guest.abi.files import RWF_APPEND, RWF_DSYNC, RWF_HIPRI, RWF_NOWAIT, RWF_SYNC
from guest.abi.flags import OpenFlag
from guest.arguments import Fd, InBuffer, InPtr, Int, InVector, Long, Offset, OutBuffer, OutVector, Size, WhenceName
from guest.fs.arguments import ReadWriteFlags
from guest.fs.file import File
from guest.fs.syscalls.effects import was_read, was_written, writable_bytes
from guest.mm.user_copy import accessible_bytes, copy_from_user, copy_to_user, read_vector
from guest.signal.send import send_to_task
from guest.signal.state import SignalInfo
from guest.syscall import Transfer, syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup

_PORTION = 1 << 20
"""Content is moved in portions of this size, so that a large buffer, which may be a hole of a file mapped without any
memory behind it, costs the host no more.
"""


def wait_while_busy(file: File, attempt: Callable[[], int]) -> int | Blocking[int]:
    """Run `attempt`; if the file is not ready (EAGAIN) and blocking, give a generator that waits and tries again."""
    try:
        return attempt()
    except Errno as error:
        if error.number is not E.EAGAIN or file.nonblocking:
            raise
    return _retry(file, attempt)


def _retry(file: File, attempt: Callable[[], int]) -> Blocking[int]:
    wait = Wait((file.readiness,), file.deadline_ns(writing=False))
    while True:
        if (yield wait) is Wakeup.TIMEOUT:
            raise Errno(E.EAGAIN)
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


def _in_portions(size: int, move: Callable[[int, int], int]) -> int:
    """Move `size` bytes: `move(done, portion)` moves some more and says how many. Ends where that are fewer than asked
    for; an error counts only if nothing was moved.
    """
    done = 0
    while True:
        portion = min(size - done, _PORTION)
        try:
            moved = move(done, portion)
        except Errno:
            if done:
                return done
            raise
        done += moved
        if moved < portion or done >= size:
            return done


def _read(task: Task, read: Callable[[int, int], bytes], address: int, size: int) -> int:
    """Fill a buffer; `read(size, done)` gives the next bytes."""

    def move(done: int, portion: int) -> int:
        data = read(portion, done)
        copy_to_user(task.mm, address + done, data)
        return len(data)

    return _in_portions(size, move)


def _write(task: Task, write: Callable[[bytes | memoryview, int], int], address: int, size: int) -> int:
    """Write a buffer; `write(data, done)` takes the next bytes."""

    def move(done: int, portion: int) -> int:
        data = copy_from_user(task.mm, address + done, portion)
        try:
            return write(data, done)
        except Errno as error:
            if error.number is E.EPIPE:
                send_to_task(task, SignalInfo(Signal.SIGPIPE, pid=task.pid, uid=task.credentials.uid))
            raise

    return _in_portions(size, move)


def _write_whole(task: Task, file: File, size: int, rest: Callable[[int], bytes | memoryview]) -> int | Blocking[int]:
    """Write `size` bytes to a file of whole transfers; `rest(done)` gives what follows after `done` bytes, or the next
    portion of it.
    """
    try:
        done = _write_some(task, file, size, rest, 0)
    except Errno as error:
        if error.number is not E.EAGAIN or file.nonblocking:
            raise
        done = 0
    else:
        if done == size or file.nonblocking:
            return done
    return _write_rest(task, file, size, rest, done)


def _write_rest(
    task: Task, file: File, size: int, rest: Callable[[int], bytes | memoryview], done: int
) -> Blocking[int]:
    wait = Wait((file.readiness,), file.deadline_ns(writing=True))
    try:
        while True:
            if (yield wait) is Wakeup.TIMEOUT:
                raise Errno(E.EAGAIN)
            try:
                done = _write_some(task, file, size, rest, done)
            except Errno as error:
                if error.number is not E.EAGAIN:
                    raise
            else:
                if done == size:
                    return done
    except Errno:
        # A signal or a broken pipe: what was taken before stands.
        if done:
            return done
        raise


def _write_some(task: Task, file: File, size: int, rest: Callable[[int], bytes | memoryview], done: int) -> int:
    """Write what the file takes now; how much is done then."""
    began = done
    while True:
        data = rest(done)
        taken = 0
        try:
            taken = file.write(data)
        except Errno as error:
            if error.number is E.EPIPE:
                send_to_task(task, SignalInfo(Signal.SIGPIPE, pid=task.pid, uid=task.credentials.uid))
            if done == began:
                raise
            return done
        finally:
            # All of it was charged as copied; the rest will be again.
            task.mm.work.copy -= len(data) - taken
        done += taken
        if taken < len(data) or done >= size:
            return done


def _fetch(task: Task, file: File, buffer: int, size: int) -> Callable[[int], bytes]:
    """What a file of whole transfers is given of a buffer: a message as one, a stream in portions."""
    if file.message_limit is None:
        return lambda done: copy_from_user(task.mm, buffer + done, min(size - done, _PORTION))
    if size > file.message_limit:
        raise Errno(E.EMSGSIZE)
    return lambda done: copy_from_user(task.mm, buffer + done, size - done)


def _places(task: Task, vector: int, count: int, access: Protection) -> list[tuple[int, int]]:
    """Addresses and sizes of the pieces of a vector, up to the first byte that may not be used (EFAULT if there is
    nothing before it).
    """
    places: list[tuple[int, int]] = []
    room = 0
    for piece in read_vector(task.mm, vector, count, IOV_MAX):
        size = min(piece.iov_len, MAX_RW_COUNT - room)
        if size == 0:
            continue
        usable = accessible_bytes(task.mm, piece.iov_base, size, access)
        places.append((piece.iov_base, usable))
        room += usable
        if usable < size:
            if not room:
                raise Errno(E.EFAULT)
            break
    return places


def _gather(task: Task, places: list[tuple[int, int]], done: int, limit: int) -> bytes:
    """Up to `limit` bytes of the pieces of a vector, `done` of which are left out."""
    parts: list[bytes] = []
    for address, size in places:
        skipped = min(done, size)
        done -= skipped
        taken = min(size - skipped, limit)
        if taken:
            parts.append(bytes(copy_from_user(task.mm, address + skipped, taken)))
            limit -= taken
    return b"".join(parts)


def _read_whole(task: Task, file: File, vector: int, count: int) -> int:
    """Fill the pieces of a vector from one read."""
    places = _places(task, vector, count, Protection.WRITE)
    data = memoryview(file.read(sum(size for _, size in places)))
    done = 0
    for address, size in places:
        copy_to_user(task.mm, address, data[done : done + size])
        done += size
        if done >= len(data):
            break
    return len(data)


@syscall("read", transfer=Transfer.READ)
def read(task: Task, fd: Fd, buffer: OutBuffer, count: Size) -> int | Blocking[int]:
    file = _readable(task, fd)
    size = _usable(task, buffer, count, Protection.WRITE)

    if file.whole_transfers:

        def attempt() -> int:
            data = file.read(size)
            copy_to_user(task.mm, buffer, data)
            return was_read(file, len(data))

        return wait_while_busy(file, attempt)
    return wait_while_busy(
        file, lambda: was_read(file, _read(task, lambda portion, _: file.read(portion), buffer, size))
    )


@syscall("write", transfer=Transfer.WRITE)
def write(task: Task, fd: Fd, buffer: InBuffer, count: Size) -> int | Blocking[int]:
    file = _writable(task, fd)
    size = _usable(task, buffer, count, Protection.READ)
    if file.whole_transfers:
        return _write_whole(task, file, size, _fetch(task, file, buffer, size))
    size = writable_bytes(task, file, size, None)
    return wait_while_busy(
        file, lambda: was_written(task, file, _write(task, lambda data, _: file.write(data), buffer, size))
    )


@syscall("pread64", transfer=Transfer.READ)
def pread64(task: Task, fd: Fd, buffer: OutBuffer, count: Size, offset: Offset) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _readable(task, fd)
    size = _usable(task, buffer, count, Protection.WRITE)
    return was_read(file, _read(task, lambda portion, done: file.pread(portion, offset + done), buffer, size))


@syscall("pwrite64", transfer=Transfer.WRITE)
def pwrite64(task: Task, fd: Fd, buffer: InBuffer, count: Size, offset: Offset) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    file = _writable(task, fd)
    size = _usable(task, buffer, count, Protection.READ)
    size = writable_bytes(task, file, size, offset)
    return was_written(task, file, _write(task, lambda data, done: file.pwrite(data, offset + done), buffer, size))


def _read_pieces(task: Task, vector: int, count: int, read_some: Callable[[int, int], bytes]) -> int:
    """Fill the pieces of a vector in order; `read_some(size, done)` gives the next bytes."""
    done = 0
    for piece in read_vector(task.mm, vector, count, IOV_MAX):
        size = min(piece.iov_len, MAX_RW_COUNT - done)
        if size == 0:
            continue
        try:
            usable = _usable(task, piece.iov_base, size, Protection.WRITE)
            moved = _read(task, lambda portion, at, done=done: read_some(portion, done + at), piece.iov_base, usable)  # type: ignore[misc]
        except Errno:
            # What was moved before stands; the error comes back with the next call.
            if done:
                return done
            raise
        done += moved
        if moved < size:
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
            written = _write(task, lambda data, at, done=done: write_some(data, done + at), piece.iov_base, usable)  # type: ignore[misc]
        except Errno:
            if done:
                return done
            raise
        done += written
        if written < size:
            break
    return done


@syscall("readv", transfer=Transfer.READ)
def readv(task: Task, fd: Fd, vector: OutVector, count: Size) -> int | Blocking[int]:
    file = _readable(task, fd)
    if file.whole_transfers:
        return wait_while_busy(file, lambda: _read_whole(task, file, vector, count))
    return wait_while_busy(
        file, lambda: was_read(file, _read_pieces(task, vector, count, lambda size, _: file.read(size)))
    )


@syscall("writev", transfer=Transfer.WRITE)
def writev(task: Task, fd: Fd, vector: InVector, count: Size) -> int | Blocking[int]:
    file = _writable(task, fd)
    if file.whole_transfers:
        places = _places(task, vector, count, Protection.READ)
        size = sum(length for _, length in places)
        if file.message_limit is not None and size > file.message_limit:
            raise Errno(E.EMSGSIZE)
        portion = _PORTION if file.message_limit is None else size
        return _write_whole(task, file, size, lambda done: _gather(task, places, done, portion))
    return wait_while_busy(file, lambda: _write_vector(task, file, vector, count, None))


def _write_vector(task: Task, file: File, vector: int, count: int, offset: int | None) -> int:
    """Write the pieces of a vector, as far as RLIMIT_FSIZE lets them."""

    def write_some(data: bytes | memoryview, done: int) -> int:
        at = None if offset is None else offset + done
        data = data[: writable_bytes(task, file, len(data), at)]
        return file.write(data) if at is None else file.pwrite(data, at)

    return was_written(task, file, _write_pieces(task, vector, count, write_some))


def _read_vector_at(task: Task, file: File, vector: int, count: int, offset: int) -> int:
    done = _read_pieces(task, vector, count, lambda size, done: file.pread(size, offset + done))
    return was_read(file, done)


@syscall("preadv", transfer=Transfer.READ)
def preadv(task: Task, fd: Fd, vector: OutVector, count: Size, offset: Offset, high: Long) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    return _read_vector_at(task, _readable(task, fd), vector, count, offset)


@syscall("pwritev", transfer=Transfer.WRITE)
def pwritev(task: Task, fd: Fd, vector: InVector, count: Size, offset: Offset, high: Long) -> int:
    if offset < 0:
        raise Errno(E.EINVAL)
    return _write_vector(task, _writable(task, fd), vector, count, offset)


def _check_flags(flags: int, known: int) -> None:
    if flags & ~known:
        raise Errno(E.EOPNOTSUPP)


@syscall(
    "preadv2", note="RWF_HIPRI and RWF_NOWAIT make no difference where nothing waits for a disk", transfer=Transfer.READ
)
def preadv2(
    task: Task, fd: Fd, vector: OutVector, count: Size, offset: Offset, high: Long, flags: ReadWriteFlags
) -> int | Blocking[int]:
    if offset < -1:
        raise Errno(E.EINVAL)
    file = _readable(task, fd)
    _check_flags(flags, RWF_HIPRI | RWF_NOWAIT)
    if offset != -1:
        return _read_vector_at(task, file, vector, count, offset)
    if flags & RWF_NOWAIT and not file.nonblocking and file.whole_transfers:
        return was_read(file, _read_whole(task, file, vector, count))
    return readv(task, fd, vector, count)


@syscall(
    "pwritev2",
    note="every write reaches what is behind the file at once, so RWF_SYNC and RWF_DSYNC hold",
    transfer=Transfer.WRITE,
)
def pwritev2(
    task: Task, fd: Fd, vector: InVector, count: Size, offset: Offset, high: Long, flags: ReadWriteFlags
) -> int | Blocking[int]:
    if offset < -1:
        raise Errno(E.EINVAL)
    file = _writable(task, fd)
    _check_flags(flags, RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND)
    if flags & RWF_APPEND and file.seekable:
        kept = file.offset
        done = _write_vector(task, file, vector, count, file.size())
        file.offset = kept if offset != -1 else file.size()
        return done
    return writev(task, fd, vector, count) if offset == -1 else _write_vector(task, file, vector, count, offset)


@syscall("lseek")
def lseek(task: Task, fd: Fd, offset: Offset, whence: WhenceName) -> int:
    return task.files.get(fd).seek(offset, whence)


def _copy(task: Task, source: File, target: File, count: int, offset: int | None, out_offset: int | None) -> int:
    """Move up to `count` bytes between files inside the kernel; an offset of None is the file's own."""
    done = 0
    count = min(count, MAX_RW_COUNT)
    while done < count:
        size = min(_PORTION, count - done)
        data = source.read(size) if offset is None else source.pread(size, offset + done)
        if not data:
            break
        try:
            written = target.write(data) if out_offset is None else target.pwrite(data, out_offset + done)
        except Errno as error:
            if error.number is E.EPIPE:
                send_to_task(task, SignalInfo(Signal.SIGPIPE, pid=task.pid, uid=task.credentials.uid))
            written = 0
            if not done:
                raise
        done += written
        if written < len(data):
            if offset is None and source.seekable:
                source.offset -= len(data) - written
            break
    task.mm.work.copy += done
    was_read(source, done)
    return was_written(task, target, done)


@syscall("copy_file_range", transfer=Transfer.READ | Transfer.WRITE)
def copy_file_range(
    task: Task, source: Fd, in_offset: InPtr[I64], out: Fd, out_offset: InPtr[I64], count: Size, flags: Int
) -> int:
    if flags:
        raise Errno(E.EINVAL)
    file, target = _readable(task, source), _writable(task, out)
    for end in (file, target):
        if end.dentry.inode.is_directory:
            raise Errno(E.EISDIR)
        if not _stat.S_ISREG(end.dentry.inode.kind):
            raise Errno(E.EINVAL)
    if target.flags & OpenFlag.O_APPEND:
        raise Errno(E.EBADF)
    start = in_offset.get() if in_offset else None
    place = out_offset.get() if out_offset else None
    first = file.offset if start is None else start
    second = target.offset if place is None else place
    if first < 0 or second < 0:
        raise Errno(E.EINVAL)
    count = min(count, MAX_RW_COUNT, max(file.size() - first, 0))
    if file.dentry.inode.same_as(target.dentry.inode) and first < second + count and second < first + count:
        raise Errno(E.EINVAL)
    count = writable_bytes(task, target, count, second)
    done = _copy(task, file, target, count, start, place)
    if start is not None:
        in_offset.put(start + done)
    if place is not None:
        out_offset.put(place + done)
    return done
