"""Options of level SOL_SOCKET, which all sockets have."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.socket import Family, Level, SocketOption
from guest.abi.structs import Timeval
from guest.credentials import Capability
from guest.net.socket import DEFAULT_BUFFER, Socket
from guest.task import Task

_LEVEL = int(Level.SOL_SOCKET)
_O = SocketOption
_STORED = frozenset(
    [
        _O.SO_DEBUG, _O.SO_REUSEADDR, _O.SO_DONTROUTE, _O.SO_BROADCAST, _O.SO_KEEPALIVE, _O.SO_OOBINLINE,
        _O.SO_NO_CHECK, _O.SO_PRIORITY, _O.SO_REUSEPORT, _O.SO_RCVLOWAT, _O.SO_TIMESTAMP, _O.SO_TIMESTAMPNS,
        _O.SO_RXQ_OVFL, _O.SO_MARK, _O.SO_BUSY_POLL, _O.SO_PASSSEC, _O.SO_INCOMING_CPU,
    ]
)  # fmt: skip
"""Integers that read back as they were set."""
_BOOLEAN = frozenset(
    [
        _O.SO_DEBUG, _O.SO_REUSEADDR, _O.SO_DONTROUTE, _O.SO_BROADCAST, _O.SO_KEEPALIVE, _O.SO_OOBINLINE,
        _O.SO_NO_CHECK, _O.SO_REUSEPORT, _O.SO_TIMESTAMP, _O.SO_TIMESTAMPNS, _O.SO_RXQ_OVFL, _O.SO_PASSSEC,
    ]
)  # fmt: skip
_DEFAULTS = {_O.SO_RCVLOWAT: 1, _O.SO_INCOMING_CPU: -1}
_READ_ONLY = frozenset(
    [_O.SO_TYPE, _O.SO_ERROR, _O.SO_PROTOCOL, _O.SO_DOMAIN, _O.SO_ACCEPTCONN, _O.SO_PEERCRED, _O.SO_COOKIE]
)  # fmt: skip
_MINIMUM_SEND, _MINIMUM_RECEIVE = 4608, 2304
_JIFFY_US = 4000
"""Timeouts are kept in ticks, rounded up; CONFIG_HZ is 250 in the arm64 defconfig."""
_LONGEST_TIMEOUT_S = (1 << 63) // 10**9


def _int(value: bytes) -> int:
    if len(value) < 4:
        raise Errno(E.EINVAL)
    return int.from_bytes(value[:4], "little", signed=True)


def set_socket_option(socket: Socket, task: Task, name: int, value: bytes) -> None:
    """setsockopt of level SOL_SOCKET."""
    if name in (_O.SO_RCVTIMEO, _O.SO_SNDTIMEO, _O.SO_RCVTIMEO_NEW, _O.SO_SNDTIMEO_NEW):
        timeout = _timeout(value)
        if name in (_O.SO_RCVTIMEO, _O.SO_RCVTIMEO_NEW):
            socket.receive_timeout_ns = timeout
        else:
            socket.send_timeout_ns = timeout
        return
    if name == _O.SO_BINDTODEVICE:
        if value.split(b"\0", 1)[0] not in (b"", b"lo"):
            raise Errno(E.ENODEV)
        return
    number = _int(value)
    if name == _O.SO_LINGER:
        if len(value) < 8:
            raise Errno(E.EINVAL)
        seconds = int.from_bytes(value[4:8], "little", signed=True)
        socket.linger = (1, seconds) if number else (0, 0)
    elif name in (_O.SO_SNDBUF, _O.SO_RCVBUF, _O.SO_SNDBUFFORCE, _O.SO_RCVBUFFORCE):
        _set_buffer(socket, task, name, number)
    elif name == _O.SO_PASSCRED:
        if socket.family not in (Family.AF_UNIX, Family.AF_NETLINK):
            raise Errno(E.EOPNOTSUPP)
        socket.passes_credentials = bool(number)
    elif name in _STORED:
        if name == _O.SO_REUSEPORT and number and socket.family not in (Family.AF_INET, Family.AF_INET6):
            raise Errno(E.EOPNOTSUPP)
        if name == _O.SO_RCVLOWAT:
            number = number if number > 0 else 2**31 - 1 if number < 0 else 1
        if name == _O.SO_PRIORITY and not 0 <= number <= 6 and not task.credentials.capable(Capability.CAP_NET_ADMIN):
            raise Errno(E.EPERM)
        if name in (_O.SO_DEBUG, _O.SO_MARK) and number and not task.credentials.capable(Capability.CAP_NET_ADMIN):
            raise Errno(E.EACCES if name == _O.SO_DEBUG else E.EPERM)
        socket.options[(_LEVEL, name)] = int(bool(number)) if name in _BOOLEAN else number
    elif name in _READ_ONLY or name != _O.SO_BSDCOMPAT:
        raise Errno(E.ENOPROTOOPT)


def _set_buffer(socket: Socket, task: Task, name: int, number: int) -> None:
    """Limits are kept doubled, since Linux counts its own structures against them."""
    size = min(number & 0xFFFFFFFF, 2**30)
    if name in (_O.SO_SNDBUFFORCE, _O.SO_RCVBUFFORCE):
        if not task.credentials.capable(Capability.CAP_NET_ADMIN):
            raise Errno(E.EPERM)
    else:
        size = min(size, DEFAULT_BUFFER)
    if name in (_O.SO_SNDBUF, _O.SO_SNDBUFFORCE):
        socket.send_buffer = max(size * 2, _MINIMUM_SEND)
        socket.options[(_LEVEL, _O.SO_SNDBUF)] = 1
    else:
        socket.receive_buffer = max(size * 2, _MINIMUM_RECEIVE)


def _timeout(value: bytes) -> int | None:
    if len(value) < Timeval.size:
        raise Errno(E.EINVAL)
    given = Timeval.from_bytes(value[: Timeval.size])
    if not 0 <= given.tv_usec < 10**6:
        raise Errno(E.EDOM)
    if given.tv_sec < 0:
        return 0
    if given.tv_sec >= _LONGEST_TIMEOUT_S:
        return None
    jiffies = given.tv_sec * (10**6 // _JIFFY_US) - -given.tv_usec // _JIFFY_US
    return jiffies * _JIFFY_US * 1000 or None


def get_socket_option(socket: Socket, name: int) -> bytes:
    """getsockopt of level SOL_SOCKET."""
    if name == _O.SO_ERROR:
        error, socket.error = socket.error, 0
        return error.to_bytes(4, "little")
    if name == _O.SO_LINGER:
        return b"".join((part & 0xFFFFFFFF).to_bytes(4, "little") for part in socket.linger)
    if name in (_O.SO_RCVTIMEO, _O.SO_RCVTIMEO_NEW):
        return Timeval.from_ns(socket.receive_timeout_ns or 0).to_bytes()
    if name in (_O.SO_SNDTIMEO, _O.SO_SNDTIMEO_NEW):
        return Timeval.from_ns(socket.send_timeout_ns or 0).to_bytes()
    if name == _O.SO_PEERCRED:
        return socket.peer_identity()
    if name == _O.SO_PEERNAME:
        return socket.peer_name()
    if name == _O.SO_COOKIE:
        return socket.number.to_bytes(8, "little")
    if name == _O.SO_BINDTODEVICE:
        return b""
    return (_integer(socket, name) & 0xFFFFFFFF).to_bytes(4, "little")


def _integer(socket: Socket, name: int) -> int:
    if name == _O.SO_TYPE:
        return socket.kind
    if name == _O.SO_PROTOCOL:
        return socket.protocol
    if name == _O.SO_DOMAIN:
        return socket.family
    if name == _O.SO_ACCEPTCONN:
        return int(socket.listening)
    if name == _O.SO_SNDBUF:
        return socket.send_buffer
    if name == _O.SO_RCVBUF:
        return socket.receive_buffer
    if name == _O.SO_PASSCRED:
        if socket.family not in (Family.AF_UNIX, Family.AF_NETLINK):
            raise Errno(E.EOPNOTSUPP)
        return int(socket.passes_credentials)
    if name == _O.SO_SNDLOWAT:
        return 1
    if name == _O.SO_BSDCOMPAT:
        return 0
    if name in _STORED:
        return socket.option(_LEVEL, name, _DEFAULTS.get(_O(name), 0))
    raise Errno(E.ENOPROTOOPT)
