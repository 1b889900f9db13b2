"""Netlink sockets: questions to the kernel, answered at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import NETLINK_ROUTE, Family, Level, MessageFlag
from guest.net.ancillary import Ancillary, PeerIdentity
from guest.net.message import Incoming, Outgoing
from guest.net.netlink.route import answers
from guest.net.socket import BAND, IN, OUT, Socket, cut

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task

_ADDRESS_SIZE = 12
_KERNEL = PeerIdentity(0, 0, 0)
_OPTIONS = range(1, 13)


def _encode(port: int, groups: int) -> bytes:
    """struct sockaddr_nl."""
    return (
        int(Family.AF_NETLINK).to_bytes(2, "little")
        + bytes(2)
        + port.to_bytes(4, "little")
        + groups.to_bytes(4, "little")
    )


class NetlinkSocket(Socket):
    """One socket of the route family."""

    def __init__(self, kernel: KernelServices, kind: int, *, nonblocking: bool) -> None:
        super().__init__(kernel, Family.AF_NETLINK, kind, NETLINK_ROUTE, nonblocking=nonblocking)
        self._port = 0
        self._groups = 0
        self._queue: deque[bytes] = deque()

    def bind(self, task: Task, address: bytes) -> None:
        if len(address) < _ADDRESS_SIZE or int.from_bytes(address[:2], "little") != Family.AF_NETLINK:
            raise Errno(E.EINVAL)
        port = int.from_bytes(address[4:8], "little")
        if self._port and port != self._port:
            raise Errno(E.EINVAL)
        if not self._port:
            self._take_port(task, port)
        # Nothing ever changes, so members of a group are never told of anything.
        self._groups = int.from_bytes(address[8:12], "little")

    def _take_port(self, task: Task, port: int) -> None:
        """A port number; 0 for the process's own number, or one that no process has if that is taken."""
        ports = self.net.netlink_ports
        if port and port in ports:
            raise Errno(E.EADDRINUSE)
        candidate = port or task.pid
        while candidate in ports:
            candidate = (candidate if candidate >= 1 << 31 else 1 << 32) - 1
        ports[candidate] = self
        self._port = candidate

    def connect(self, task: Task, address: bytes) -> int:
        if len(address) < 2:
            raise Errno(E.EINVAL)
        family = int.from_bytes(address[:2], "little")
        if family == Family.AF_UNSPEC:
            return 0
        if family != Family.AF_NETLINK or len(address) < _ADDRESS_SIZE:
            raise Errno(E.EINVAL)
        if any(address[4:12]):
            # Only the kernel answers here.
            raise Errno(E.ECONNREFUSED)
        if not self._port:
            self._take_port(task, 0)
        return 0

    def local_name(self) -> bytes:
        return _encode(self._port, self._groups)

    def peer_name(self) -> bytes:
        return _encode(0, 0)

    def release(self) -> None:
        self.closed = True
        self._queue.clear()
        if self._port:
            self.net.netlink_ports.pop(self._port, None)

    def send(self, data: bytes, out: Outgoing) -> int:
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if out.address is not None:
            if len(out.address) < _ADDRESS_SIZE or int.from_bytes(out.address[:2], "little") != Family.AF_NETLINK:
                raise Errno(E.EINVAL)
            if any(out.address[4:12]):
                raise Errno(E.ECONNREFUSED)
        if not self._port:
            self._take_port(out.task, 0)
        if len(data) > self.send_buffer - 32:
            raise Errno(E.EMSGSIZE)
        self.kernel.work.packet += 1
        self._queue.extend(answers(data, self._port))
        self.readiness.wake(mask=IN)
        return len(data)

    def deliver(self, message: bytes) -> None:
        """The kernel says something unasked."""
        if not self.closed:
            self._queue.append(message)
            self.readiness.wake(mask=IN)

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if not self._queue:
            raise Errno(E.EAGAIN)
        message = self._queue[0] if flags & MessageFlag.MSG_PEEK else self._queue.popleft()
        data, more = cut(message, size)
        ancillary = Ancillary(_KERNEL) if self.passes_credentials else None
        return Incoming(data, _encode(0, 0), ancillary, more, len(message))

    def poll(self) -> int:
        return OUT | BAND | (IN if self._queue else 0)

    def available(self) -> int:
        return len(self._queue[0]) if self._queue else 0

    def set_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        if level != Level.SOL_NETLINK or name not in _OPTIONS:
            raise Errno(E.ENOPROTOOPT)
        if len(value) < 4:
            raise Errno(E.EINVAL)
        self.options[(level, name)] = int.from_bytes(value[:4], "little")

    def get_option(self, task: Task, level: int, name: int, size: int) -> bytes:
        if level != Level.SOL_NETLINK or name not in _OPTIONS:
            raise Errno(E.ENOPROTOOPT)
        return self.option(level, name).to_bytes(4, "little")
