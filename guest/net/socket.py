"""What all sockets have (Linux: struct sock): options, timeouts, errors to be reported, and operations to refuse."""

from __future__ import annotations

import stat as _stat
from typing import TYPE_CHECKING, NamedTuple

from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.socket import MessageFlag, SocketOption
from guest.abi.structs import Stat, make_device
from guest.fs.anonymous import AnonymousFile, AnonymousInode
from guest.mm.user_copy import copy_to_user
from guest.net.message import Incoming, Outgoing

if TYPE_CHECKING:
    from guest.net.network import Network
    from guest.services import KernelServices
    from guest.task import Task
    from guest.wait import Blocking

RCV_SHUTDOWN, SEND_SHUTDOWN, BOTH_SHUTDOWN = 1, 2, 3
DEFAULT_BUFFER = 212992
"""net.core.rmem_default and wmem_default, which are also the most that a program may ask for (doubled)."""
_SOCKFS_DEVICE = make_device(0, 8)

IN = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)
OUT = int(PollEvent.POLLOUT | PollEvent.POLLWRNORM)
BAND = int(PollEvent.POLLWRBAND)
ERR, HUP, RDHUP = int(PollEvent.POLLERR), int(PollEvent.POLLHUP), int(PollEvent.POLLRDHUP)

_DONTWAIT, _TRUNC = int(MessageFlag.MSG_DONTWAIT), int(MessageFlag.MSG_TRUNC)


LARGEST_MESSAGE = 1 << 22
"""Linux finds no memory in one piece for more, even where SO_SNDBUFFORCE would let it through."""


class PartOfOption(NamedTuple):
    """The value of an option that tells how long it is even if the caller had too little room for it."""

    data: bytes
    """What there was room for."""
    whole_length: int


class _SocketInode(AnonymousInode):
    def stat(self) -> Stat:
        return Stat(st_dev=_SOCKFS_DEVICE, st_ino=self.number, st_mode=_stat.S_IFSOCK | 0o777, st_blksize=4096)


class Socket(AnonymousFile):
    """Base of all sockets. Operations raise EAGAIN where they would wait, like those of every file."""

    whole_transfers = True
    can_be_asynchronous = True
    stream = False
    """Bytes without boundaries: a send may take a part, a receive may join."""

    def __init__(self, kernel: KernelServices, family: int, kind: int, protocol: int, *, nonblocking: bool) -> None:
        inode = _SocketInode(kernel.inode_numbers.next(), _stat.S_IFSOCK | 0o777)
        flags = OpenFlag.O_RDWR | (OpenFlag.O_NONBLOCK if nonblocking else 0)
        super().__init__(b"socket:[%d]" % inode.number, inode, flags)
        self.kernel = kernel
        self.net: Network = kernel.net
        self.family, self.kind, self.protocol = family, kind, protocol
        self.number = inode.number
        self.error = 0
        """Reported once, by the next call or SO_ERROR."""
        self.shutdown_mask = 0
        self.options: dict[tuple[int, int], int] = {}
        """What was set by setsockopt, by level and name."""
        self.send_buffer = self.receive_buffer = DEFAULT_BUFFER
        self.receive_timeout_ns: int | None = None
        self.send_timeout_ns: int | None = None
        self.linger: tuple[int, int] = (0, 0)
        self.passes_credentials = False
        self.closed = False

    @property
    def message_limit(self) -> int | None:
        return None if self.stream else LARGEST_MESSAGE

    def option(self, level: int, name: int, default: int = 0) -> int:
        """The value of an option that is only stored."""
        return self.options.get((level, name), default)

    @property
    def reuses_address(self) -> bool:
        return bool(self.option(1, SocketOption.SO_REUSEADDR))

    @property
    def reuses_port(self) -> bool:
        return bool(self.option(1, SocketOption.SO_REUSEPORT))

    def fail(self, error: E) -> None:
        """Keep an error for the next call."""
        self.error = error.value

    def check_error(self) -> None:
        """Raise the error that waits to be reported."""
        if self.error:
            error, self.error = E(self.error), 0
            raise Errno(error)

    def deadline_ns(self, *, writing: bool) -> int | None:
        timeout = self.send_timeout_ns if writing else self.receive_timeout_ns
        return None if timeout is None else self.kernel.clock.now_ns() + timeout

    # -- naming and connecting ---------------------------------------------------------------------------------

    def bind(self, task: Task, address: bytes) -> None:
        raise Errno(E.EOPNOTSUPP)

    def connect(self, task: Task, address: bytes) -> int | Blocking[int]:
        raise Errno(E.EOPNOTSUPP)

    def listen(self, task: Task, backlog: int) -> None:
        raise Errno(E.EOPNOTSUPP)

    def accept(self) -> Socket:
        """A connection that has arrived (EAGAIN); it has no reference yet."""
        raise Errno(E.EOPNOTSUPP)

    @property
    def listening(self) -> bool:
        return False

    def local_name(self) -> bytes:
        """The sockaddr for getsockname."""
        raise Errno(E.EOPNOTSUPP)

    def peer_name(self) -> bytes:
        """The sockaddr for getpeername (ENOTCONN)."""
        raise Errno(E.ENOTCONN)

    def shutdown(self, how: int) -> None:
        raise Errno(E.EOPNOTSUPP)

    # -- transfer ----------------------------------------------------------------------------------------------

    def room(self, out: Outgoing) -> int:
        """Streams: how many bytes `push` may be given now, 0 if the sender has to wait. Raises what a send raises."""
        raise Errno(E.EOPNOTSUPP)

    def push(self, data: bytes | memoryview, out: Outgoing) -> None:
        """Streams: send bytes for which there is room. `data` must never change."""
        raise Errno(E.EOPNOTSUPP)

    def send(self, data: bytes, out: Outgoing) -> int:
        """Other sockets: send one message (EAGAIN)."""
        raise Errno(E.EOPNOTSUPP)

    def receive(self, size: int, flags: int) -> Incoming:
        """Up to `size` bytes or one message; an empty one at the end (EAGAIN)."""
        raise Errno(E.EOPNOTSUPP)

    def would_wait(self, flags: int) -> bool:
        """Whether a call with these flags waits where there is nothing to receive or no room to send."""
        return not (flags & _DONTWAIT or self.nonblocking)

    def read(self, size: int) -> bytes:
        if not size and self.stream:
            return b""
        received = self.receive(size, 0)
        if received.ancillary is not None:
            received.ancillary.release()
        data = received.data
        return data if isinstance(data, bytes) else bytes(data)

    def write(self, data: bytes | memoryview) -> int:
        task = self.kernel.current
        assert task is not None, "only a task writes"
        out = Outgoing(task)
        if not self.stream:
            return self.send(bytes(data), out)
        size = len(data)
        done = 0
        while True:
            room = self.room(out)
            if room >= size and not done:
                self.push(bytes(data), out)
                return size
            if not room:
                if done or not size:
                    return done
                raise Errno(E.EAGAIN)
            piece = bytes(data[done : done + room])
            self.push(piece, out)
            done += len(piece)
            if done == size:
                return done

    # -- options -----------------------------------------------------------------------------------------------

    def set_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        """setsockopt on a level other than SOL_SOCKET."""
        raise Errno(E.EOPNOTSUPP)

    def get_option(self, task: Task, level: int, name: int, size: int) -> bytes | PartOfOption:
        """getsockopt on a level other than SOL_SOCKET; `size` is what the caller has room for."""
        raise Errno(E.EOPNOTSUPP)

    def peer_identity(self) -> bytes:
        """SO_PEERCRED; nobody for what is not a connected Unix socket."""
        return b"\0\0\0\0" + b"\xff" * 8

    def buffers_changed(self) -> None:
        """SO_SNDBUF or SO_RCVBUF was set."""

    # -- ioctl -------------------------------------------------------------------------------------------------

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        from guest.net.interfaces import interface_ioctl

        return interface_ioctl(task, command, argument)


def put_int(task: Task, address: int, value: int) -> int:
    """Store a C int, the answer of an ioctl."""
    copy_to_user(task.mm, address, (value & 0xFFFFFFFF).to_bytes(4, "little"))
    return 0


def cut(data: bytes | memoryview, size: int) -> tuple[bytes | memoryview, int]:
    """The first `size` bytes of a message, and MSG_TRUNC if it was longer."""
    if len(data) <= size:
        return data, 0
    return memoryview(data)[:size], _TRUNC
