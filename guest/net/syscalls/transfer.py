"""Calls that send and receive."""

from __future__ import annotations

from collections.abc import Generator

from emulator.memory import Protection
from guest.abi.constants import MAX_RW_COUNT, Signal
from guest.abi.errno import E, Errno
from guest.abi.socket import UIO_MAXIOV, Family, MessageFlag
from guest.abi.structs import Timespec
from guest.arguments import Fd, InPtr, OutBuffer, Size, UInt
from guest.mm.user_copy import accessible_bytes, copy_to_user
from guest.net.arguments import (
    InMessage,
    InMessages,
    InSockaddr,
    LengthPointer,
    MessageFlags,
    OutMessage,
    OutMessages,
    OutSockaddr,
    SendBuffer,
)
from guest.net.message import Incoming, Outgoing
from guest.net.socket import LARGEST_MESSAGE, Socket
from guest.net.syscalls.lookup import socket_of, wait_ready
from guest.net.user import (
    HEADER_SIZE,
    LARGE,
    MessageHeader,
    Pieces,
    UserSource,
    read_address,
    read_control,
    read_header,
    read_pieces,
    scatter,
    writable_bytes,
    write_address,
    write_header,
)
from guest.signal.send import send_to_task
from guest.signal.state import SignalInfo
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait

_DONTWAIT, _NOSIGNAL, _WAITALL = (
    int(MessageFlag.MSG_DONTWAIT), int(MessageFlag.MSG_NOSIGNAL), int(MessageFlag.MSG_WAITALL),
)  # fmt: skip
_PEEK, _TRUNC, _ERRQUEUE = int(MessageFlag.MSG_PEEK), int(MessageFlag.MSG_TRUNC), int(MessageFlag.MSG_ERRQUEUE)
_MORE, _FASTOPEN = int(MessageFlag.MSG_MORE), int(MessageFlag.MSG_FASTOPEN)
_WAITFORONE = int(MessageFlag.MSG_WAITFORONE)
_MMSGHDR_SIZE = 64


# -- sending ---------------------------------------------------------------------------------------------------


def _send(task: Task, socket: Socket, pieces: Pieces, total: int, out: Outgoing) -> int | Blocking[int]:
    """Send a buffer; what `out` holds is given back if it was not sent."""
    waits = socket.would_wait(out.flags)
    try:
        if out.flags & _FASTOPEN or (out.flags & _MORE and not socket.stream and socket.family != Family.AF_UNIX):
            # Neither is modelled; a datagram that is put together piece by piece would arrive in pieces.
            raise Errno(E.EOPNOTSUPP)
        source = UserSource(task.mm, pieces, total)
        if not socket.stream:
            if total > LARGEST_MESSAGE:
                raise Errno(E.EMSGSIZE)
            data = source.take(total)
            try:
                return socket.send(data, out)
            except Errno as error:
                if error.number is not E.EAGAIN or not waits:
                    raise
            call = _send_message(task, socket, data, out)
        else:
            _push(socket, source, out, 0)
            if not source.left:
                return total - source.lost
            if not waits:
                if source.left == total:
                    raise Errno(E.EAGAIN)
                return total - source.left
            call = _send_rest(task, socket, source, total, out)
    except Errno as error:
        _failed(task, error, out)
        raise
    return call


def _failed(task: Task, error: Errno, out: Outgoing) -> None:
    if out.ancillary is not None:
        out.ancillary.release()
        out.ancillary = None
    if error.number is E.EPIPE and not out.flags & _NOSIGNAL:
        send_to_task(task, SignalInfo(Signal.SIGPIPE, pid=task.pid, uid=task.credentials.uid))


def _push(socket: Socket, source: UserSource, out: Outgoing, done: int) -> None:
    """Send as much as there is room for. An error after a part was sent is left for the next call."""
    while True:
        waiting_error = socket.error
        try:
            room = socket.room(out)
            if not room:
                return
            left = source.left
            if not left:
                return
            data = source.take(min(room, left, LARGE))
        except Errno:
            if not done:
                raise
            socket.error = waiting_error
            source.lost, source.left = source.left, 0
            return
        socket.push(data, out)
        done += len(data)
        if not source.left:
            return


def _send_rest(task: Task, socket: Socket, source: UserSource, total: int, out: Outgoing) -> Blocking[int]:
    wait = Wait((socket.readiness,), socket.deadline_ns(writing=True))
    while True:
        done = total - source.left
        try:
            yield from wait_ready(task, socket, wait)
            _push(socket, source, out, 0)
        except Errno as error:
            if done:
                return done
            _failed(task, error, out)
            raise
        if not source.left:
            return total - source.lost


def _send_message(task: Task, socket: Socket, data: bytes, out: Outgoing) -> Blocking[int]:
    wait = Wait((socket.readiness,), socket.deadline_ns(writing=True))
    try:
        while True:
            yield from wait_ready(task, socket, wait)
            try:
                return socket.send(data, out)
            except Errno as error:
                if error.number is not E.EAGAIN:
                    raise
    except Errno as error:
        _failed(task, error, out)
        raise


@syscall("sendto")
def sendto(
    task: Task, fd: Fd, buffer: SendBuffer, count: Size, flags: MessageFlags, address: InSockaddr, length: UInt
) -> int | Blocking[int]:
    socket = socket_of(task, fd)
    name = read_address(task, address, _length(length)) if address else None
    total = min(count, MAX_RW_COUNT)
    return _send(task, socket, [(buffer, total)], total, Outgoing(task, flags, name))


def _length(value: int) -> int:
    return value - (1 << 32) if value & 1 << 31 else value


@syscall("sendmsg")
def sendmsg(task: Task, fd: Fd, message: InMessage, flags: MessageFlags) -> int | Blocking[int]:
    return _send_from(task, socket_of(task, fd), message, flags)


def _send_from(task: Task, socket: Socket, message: int, flags: int) -> int | Blocking[int]:
    header = read_header(task, message)
    name = None
    if header.name and header.name_length:
        name = read_address(task, header.name, min(header.name_length, 128))
    pieces, total = read_pieces(task, header.vector, header.vector_length)
    out = Outgoing(task, flags, name)
    if header.control and header.control_length:
        read_control(task, socket, header, out)
    return _send(task, socket, pieces, total, out)


@syscall("sendmmsg")
def sendmmsg(task: Task, fd: Fd, messages: InMessages, count: UInt, flags: MessageFlags) -> Blocking[int]:
    socket = socket_of(task, fd)
    return _send_all(task, socket, messages, min(count, UIO_MAXIOV), flags)


def _send_all(task: Task, socket: Socket, messages: int, count: int, flags: int) -> Blocking[int]:
    for number in range(count):
        address = messages + number * _MMSGHDR_SIZE
        try:
            sent = yield from _finished(_send_from(task, socket, address, flags))
            copy_to_user(task.mm, address + HEADER_SIZE, sent.to_bytes(4, "little"))
        except Errno:
            if number:
                return number
            raise
    return count


def _finished(result: int | Blocking[int]) -> Blocking[int]:
    """The result of a call that may have to wait."""
    if isinstance(result, Generator):
        return (yield from result)
    return result


# -- receiving -------------------------------------------------------------------------------------------------


class _Destination:
    """Where received bytes go. `deliver` gives the call's result."""

    __slots__ = ()

    def deliver(self, task: Task, received: Incoming, flags: int) -> int:
        raise NotImplementedError


class _ToBuffer(_Destination):
    """recvfrom."""

    __slots__ = ("address", "buffer", "length")

    def __init__(self, buffer: int, address: int, length: int) -> None:
        self.buffer = buffer
        self.address = address
        self.length = length

    def deliver(self, task: Task, received: Incoming, flags: int) -> int:
        if received.ancillary is not None:
            received.ancillary.release()
        data = received.data
        if data:
            copy_to_user(task.mm, self.buffer, data)
        if self.address:
            if received.address is not None:
                write_address(task, self.address, self.length, received.address)
            else:
                copy_to_user(task.mm, self.length, bytes(4))
        return received.length if flags & _TRUNC else len(data)


class _ToMessage(_Destination):
    """recvmsg."""

    __slots__ = ("_address", "_header", "_pieces")

    def __init__(self, address: int, header: MessageHeader, pieces: Pieces) -> None:
        self._address = address
        self._header = header
        self._pieces = pieces

    def deliver(self, task: Task, received: Incoming, flags: int) -> int:
        try:
            scatter(task.mm, self._pieces, received.data)
            write_header(task, self._address, self._header, received, flags)
        finally:
            if received.ancillary is not None:
                received.ancillary.release()
        return received.length if flags & _TRUNC else len(received.data)


def _receive(task: Task, socket: Socket, size: int, flags: int, place: _Destination) -> int | Blocking[int]:
    if flags & _ERRQUEUE:
        # No details of errors are kept, so the queue is always empty.
        raise Errno(E.EAGAIN)
    waits = socket.would_wait(flags)
    try:
        received = socket.receive(size, flags)
    except Errno as error:
        if error.number is not E.EAGAIN or not waits:
            raise
        return _wait_and_receive(task, socket, size, flags, place, None)
    if flags & _WAITALL and waits and socket.stream and not flags & (_PEEK | _TRUNC) and 0 < len(received.data) < size:
        return _wait_and_receive(task, socket, size, flags, place, received)
    return place.deliver(task, received, flags)


def _wait_and_receive(
    task: Task, socket: Socket, size: int, flags: int, place: _Destination, received: Incoming | None
) -> Blocking[int]:
    """`received` is what MSG_WAITALL has got so far."""
    wait = Wait((socket.readiness,), socket.deadline_ns(writing=False))
    everything = bool(flags & _WAITALL) and socket.stream and not flags & (_PEEK | _TRUNC)
    parts: list[bytes | memoryview] = [] if received is None else [received.data]
    done = 0 if received is None else len(received.data)
    while True:
        try:
            if done and received is not None and received.ancillary is not None and received.ancillary.files:
                break
            yield from wait_ready(task, socket, wait)
            more = _try(socket, size - done, flags)
            if more is None:
                continue
        except Errno:
            # The deadline, a signal or a reset: what has come before is the result.
            if not done:
                raise
            break
        if not everything:
            return place.deliver(task, more, flags)
        if received is None:
            received = more
        elif more.ancillary is not None:
            received.ancillary, more.ancillary = more.ancillary, received.ancillary
            if more.ancillary is not None:
                more.ancillary.release()
        parts.append(more.data)
        done += len(more.data)
        if done >= size or not more.data:
            break
    assert received is not None
    received.data = b"".join(parts)
    received.length = done
    return place.deliver(task, received, flags)


def _try(socket: Socket, size: int, flags: int) -> Incoming | None:
    try:
        return socket.receive(size, flags)
    except Errno as error:
        if error.number is not E.EAGAIN:
            raise
    return None


@syscall("recvfrom")
def recvfrom(
    task: Task, fd: Fd, buffer: OutBuffer, count: Size, flags: MessageFlags, address: OutSockaddr, length: LengthPointer
) -> int | Blocking[int]:
    socket = socket_of(task, fd)
    size = min(count, MAX_RW_COUNT)
    if socket.stream and size and not flags & _TRUNC:
        # As much as may be stored: bytes taken from a stream must not be lost.
        size = accessible_bytes(task.mm, buffer, size, Protection.WRITE)
        if not size:
            raise Errno(E.EFAULT)
    return _receive(task, socket, size, flags, _ToBuffer(buffer, address, length))


@syscall("recvmsg")
def recvmsg(task: Task, fd: Fd, message: OutMessage, flags: MessageFlags) -> int | Blocking[int]:
    return _receive_into(task, socket_of(task, fd), message, flags)


def _receive_into(task: Task, socket: Socket, message: int, flags: int) -> int | Blocking[int]:
    header = read_header(task, message)
    if header.name and header.name_length < 0:
        raise Errno(E.EINVAL)
    pieces, size = read_pieces(task, header.vector, header.vector_length)
    if socket.stream and size and not flags & _TRUNC:
        size = writable_bytes(task.mm, pieces)
    return _receive(task, socket, size, flags, _ToMessage(message, header, pieces))


@syscall("recvmmsg", note="the timeout is looked at after each message, as on Linux")
def recvmmsg(
    task: Task, fd: Fd, messages: OutMessages, count: UInt, flags: MessageFlags, timeout: InPtr[Timespec]
) -> Blocking[int]:
    socket = socket_of(task, fd)
    deadline = None
    if timeout:
        value = timeout.get()
        if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
            raise Errno(E.EINVAL)
        deadline = task.kernel.clock.now_ns() + value.ns
    return _receive_all(task, socket, messages, min(count, UIO_MAXIOV), flags, deadline)


def _receive_all(
    task: Task, socket: Socket, messages: int, count: int, flags: int, deadline: int | None
) -> Blocking[int]:
    if not count:
        return 0
    for number in range(count):
        address = messages + number * _MMSGHDR_SIZE
        try:
            received = yield from _finished(_receive_into(task, socket, address, flags & ~_WAITFORONE))
            copy_to_user(task.mm, address + HEADER_SIZE, received.to_bytes(4, "little"))
        except Errno as error:
            if not number:
                raise
            if error.number not in (E.EAGAIN, E.EINTR):
                socket.fail(error.number)
            return number
        if flags & _WAITFORONE:
            flags |= _DONTWAIT
        if deadline is not None and task.kernel.clock.now_ns() >= deadline:
            return number + 1
    return count
