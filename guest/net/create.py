"""Which sockets there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import (
    IPPROTO_MAX,
    SOCK_CLOEXEC,
    SOCK_MAX,
    SOCK_NONBLOCK,
    SOCK_TYPE_MASK,
    Family,
    Protocol,
    SocketType,
)
from guest.credentials import Capability
from guest.net.inet.tcp import TcpSocket
from guest.net.inet.udp import UdpSocket
from guest.net.inet.udplite import UdpLiteSocket
from guest.net.netlink.protocols import PROTOCOLS
from guest.net.netlink.socket import NetlinkSocket
from guest.net.socket import Socket
from guest.net.unix.datagram import UnixDatagramSocket, datagram_pair
from guest.net.unix.stream import UnixStreamSocket, socket_pair

if TYPE_CHECKING:
    from guest.task import Task


def split_type(kind: int) -> tuple[int, bool, bool]:
    """The type, whether non-blocking, whether closed on exec (EINVAL)."""
    if kind & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC) or not 0 <= kind & SOCK_TYPE_MASK < SOCK_MAX:
        raise Errno(E.EINVAL)
    return kind & SOCK_TYPE_MASK, bool(kind & SOCK_NONBLOCK), bool(kind & SOCK_CLOEXEC)


def make_socket(task: Task, family: int, kind: int, protocol: int, *, nonblocking: bool) -> Socket:
    """A socket without a reference (EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EPERM, EACCES)."""
    kernel = task.kernel
    socket: Socket
    if family == Family.AF_UNIX:
        if protocol not in (0, Family.AF_UNIX):
            raise Errno(E.EPROTONOSUPPORT)
        if kind in (SocketType.SOCK_STREAM, SocketType.SOCK_SEQPACKET):
            socket = UnixStreamSocket(kernel, kind, nonblocking=nonblocking)
        elif kind in (SocketType.SOCK_DGRAM, SocketType.SOCK_RAW):
            # Linux gives a datagram socket to who asks for a raw one.
            socket = UnixDatagramSocket(kernel, nonblocking=nonblocking)
        else:
            raise Errno(E.ESOCKTNOSUPPORT)
        return socket
    if family in (Family.AF_INET, Family.AF_INET6):
        socket = _make_inet(task, family, kind, protocol, nonblocking=nonblocking)
        return socket
    if family == Family.AF_NETLINK:
        if kind not in (SocketType.SOCK_RAW, SocketType.SOCK_DGRAM):
            raise Errno(E.ESOCKTNOSUPPORT)
        if protocol not in PROTOCOLS:
            raise Errno(E.EPROTONOSUPPORT)
        return NetlinkSocket(kernel, kind, PROTOCOLS[protocol], nonblocking=nonblocking)
    raise Errno(E.EAFNOSUPPORT)


def _make_inet(task: Task, family: int, kind: int, protocol: int, *, nonblocking: bool) -> TcpSocket | UdpSocket:
    if not 0 <= protocol < IPPROTO_MAX:
        raise Errno(E.EINVAL)
    socket: TcpSocket | UdpSocket
    if kind == SocketType.SOCK_STREAM and protocol in (0, Protocol.IPPROTO_TCP):
        socket = TcpSocket(task.kernel, family, nonblocking=nonblocking)
    elif kind == SocketType.SOCK_DGRAM and protocol in (0, Protocol.IPPROTO_UDP):
        socket = UdpSocket(task.kernel, family, nonblocking=nonblocking)
    elif kind == SocketType.SOCK_DGRAM and protocol == Protocol.IPPROTO_UDPLITE:
        socket = UdpLiteSocket(task.kernel, family, nonblocking=nonblocking)
    elif kind == SocketType.SOCK_DGRAM and protocol == (
        Protocol.IPPROTO_ICMP if family == Family.AF_INET else Protocol.IPPROTO_ICMPV6
    ):
        # net.ipv4.ping_group_range is empty: nobody may have these.
        raise Errno(E.EACCES)
    elif kind == SocketType.SOCK_RAW:
        if not task.credentials.capable(Capability.CAP_NET_RAW):
            raise Errno(E.EPERM)
        # Linux would let root; this machine has no packets to show.
        raise Errno(E.EPROTONOSUPPORT)
    elif kind in (SocketType.SOCK_STREAM, SocketType.SOCK_DGRAM):
        raise Errno(E.EPROTONOSUPPORT)
    else:
        raise Errno(E.ESOCKTNOSUPPORT)
    socket.owner = task.credentials.euid
    return socket


def make_pair(task: Task, family: int, kind: int, protocol: int, *, nonblocking: bool) -> tuple[Socket, Socket]:
    """Two connected sockets (EOPNOTSUPP for families other than Unix)."""
    if family != Family.AF_UNIX:
        # Linux makes the sockets first, so its errors come first.
        first = make_socket(task, family, kind, protocol, nonblocking=nonblocking)
        first.get().put()
        raise Errno(E.EOPNOTSUPP)
    if protocol not in (0, Family.AF_UNIX):
        raise Errno(E.EPROTONOSUPPORT)
    if kind in (SocketType.SOCK_DGRAM, SocketType.SOCK_RAW):
        return datagram_pair(task.kernel, task, nonblocking=nonblocking)
    if kind in (SocketType.SOCK_STREAM, SocketType.SOCK_SEQPACKET):
        return socket_pair(task.kernel, task, kind, nonblocking=nonblocking)
    raise Errno(E.ESOCKTNOSUPPORT)
