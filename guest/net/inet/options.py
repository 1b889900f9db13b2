"""Options of levels SOL_IP and SOL_IPV6. Most are only stored: on the loopback nothing depends on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import LOOPBACK_INDEX, LOOPBACK_MTU, Family, IpOption, Ipv6Option, Level
from guest.net.inet.address import ANY4, LOOPBACK4, is_multicast

if TYPE_CHECKING:
    from guest.net.inet.socket import InetSocket
    from guest.task import Task

_IP_DEFAULTS = {
    IpOption.IP_TOS: 0, IpOption.IP_TTL: 64, IpOption.IP_RECVOPTS: 0, IpOption.IP_PKTINFO: 0,
    IpOption.IP_MTU_DISCOVER: 1, IpOption.IP_RECVERR: 0, IpOption.IP_RECVTTL: 0, IpOption.IP_RECVTOS: 0,
    IpOption.IP_FREEBIND: 0, IpOption.IP_BIND_ADDRESS_NO_PORT: 0, IpOption.IP_MULTICAST_TTL: 1,
    IpOption.IP_MULTICAST_LOOP: 1, IpOption.IP_MULTICAST_ALL: 1,
}  # fmt: skip
_IPV6_DEFAULTS = {
    Ipv6Option.IPV6_UNICAST_HOPS: 64, Ipv6Option.IPV6_MULTICAST_HOPS: 1, Ipv6Option.IPV6_MULTICAST_LOOP: 1,
    Ipv6Option.IPV6_MTU_DISCOVER: 1, Ipv6Option.IPV6_RECVERR: 0, Ipv6Option.IPV6_V6ONLY: 0,
    Ipv6Option.IPV6_RECVPKTINFO: 0, Ipv6Option.IPV6_RECVHOPLIMIT: 0, Ipv6Option.IPV6_RECVTCLASS: 0,
    Ipv6Option.IPV6_TCLASS: 0, Ipv6Option.IPV6_DONTFRAG: 0, Ipv6Option.IPV6_MULTICAST_IF: 0,
}  # fmt: skip
_RANGES: dict[tuple[int, int], tuple[int, int]] = {
    (Level.SOL_IP, IpOption.IP_TTL): (1, 255),
    (Level.SOL_IP, IpOption.IP_MULTICAST_TTL): (0, 255),
    (Level.SOL_IP, IpOption.IP_MTU_DISCOVER): (0, 5),
    (Level.SOL_IPV6, Ipv6Option.IPV6_UNICAST_HOPS): (0, 255),
    (Level.SOL_IPV6, Ipv6Option.IPV6_MULTICAST_HOPS): (0, 255),
    (Level.SOL_IPV6, Ipv6Option.IPV6_MTU_DISCOVER): (0, 5),
    (Level.SOL_IPV6, Ipv6Option.IPV6_TCLASS): (0, 255),
    (Level.SOL_IPV6, Ipv6Option.IPV6_MULTICAST_IF): (0, LOOPBACK_INDEX),
}
_BOOLEAN = frozenset(
    [
        (Level.SOL_IP, IpOption.IP_PKTINFO), (Level.SOL_IP, IpOption.IP_RECVERR), (Level.SOL_IP, IpOption.IP_RECVTTL),
        (Level.SOL_IP, IpOption.IP_RECVTOS), (Level.SOL_IP, IpOption.IP_FREEBIND),
        (Level.SOL_IP, IpOption.IP_MULTICAST_LOOP), (Level.SOL_IPV6, Ipv6Option.IPV6_V6ONLY),
        (Level.SOL_IPV6, Ipv6Option.IPV6_RECVPKTINFO), (Level.SOL_IPV6, Ipv6Option.IPV6_RECVHOPLIMIT),
        (Level.SOL_IPV6, Ipv6Option.IPV6_RECVTCLASS),
    ]
)  # fmt: skip
"""Any value but 0 reads back as 1."""
_MEMBERSHIPS_LIMIT = 20
"""net.ipv4.igmp_max_memberships."""


def read_int(value: bytes, *, short: bool = False) -> int:
    """The C int of an option (EINVAL); `short`: a single byte will do."""
    if len(value) >= 4:
        return int.from_bytes(value[:4], "little", signed=True)
    if short and value:
        return value[0]
    raise Errno(E.EINVAL)


def set_option(socket: InetSocket, task: Task, level: int, name: int, value: bytes) -> None:
    """setsockopt."""
    if level == Level.SOL_IP:
        _set_ip(socket, name, value)
    elif level == Level.SOL_IPV6 and socket.family == Family.AF_INET6:
        _set_ipv6(socket, name, value)
    else:
        socket.set_protocol_option(task, level, name, value)


def get_option(socket: InetSocket, level: int, name: int, size: int) -> bytes:
    """getsockopt."""
    if level == Level.SOL_IP:
        number = _get_ip(socket, name)
        # A buffer shorter than an int gets a byte.
        return number[:1] if 0 < size < 4 and int.from_bytes(number, "little") < 256 else number
    if level == Level.SOL_IPV6 and socket.family == Family.AF_INET6:
        if name == Ipv6Option.IPV6_MTU:
            return _mtu(socket)
        if name in _IPV6_DEFAULTS:
            return _stored(socket, level, name, _IPV6_DEFAULTS[Ipv6Option(name)])
        raise Errno(E.ENOPROTOOPT)
    return socket.get_protocol_option(level, name, size)


def _stored(socket: InetSocket, level: int, name: int, default: int) -> bytes:
    return (socket.option(level, name, default) & 0xFFFFFFFF).to_bytes(4, "little")


def _mtu(socket: InetSocket) -> bytes:
    if socket.remote is None:
        raise Errno(E.ENOTCONN)
    return LOOPBACK_MTU.to_bytes(4, "little")


def _store(socket: InetSocket, level: int, name: int, number: int, default: int) -> None:
    key = (level, name)
    if key in _RANGES:
        low, high = _RANGES[key]
        if number == -1:
            number = default
        elif not low <= number <= high:
            raise Errno(E.EINVAL)
    socket.options[key] = int(bool(number)) if key in _BOOLEAN else number


def _set_ip(socket: InetSocket, name: int, value: bytes) -> None:
    if name == IpOption.IP_MULTICAST_IF:
        if len(value) < 4:
            raise Errno(E.EINVAL)
        socket.options[(Level.SOL_IP, name)] = int(_names_loopback(value))
    elif name in (IpOption.IP_ADD_MEMBERSHIP, IpOption.IP_DROP_MEMBERSHIP):
        if len(value) < 8:
            raise Errno(E.EINVAL)
        if not is_multicast(value[:4]):
            raise Errno(E.EINVAL)
        if not _names_loopback(value[4:]):
            raise Errno(E.ENODEV)
        _change_membership(socket, value[:4], join=name == IpOption.IP_ADD_MEMBERSHIP)
    elif name == IpOption.IP_MULTICAST_TTL and socket.stream:
        raise Errno(E.EINVAL)
    elif name in _IP_DEFAULTS:
        number = read_int(value, short=True)
        _store(socket, Level.SOL_IP, name, number, _IP_DEFAULTS[IpOption(name)])
    else:
        raise Errno(E.ENOPROTOOPT)


def _names_loopback(value: bytes) -> bool:
    """Whether a struct in_addr, or the rest of ip_mreq or ip_mreqn, names the loopback; EADDRNOTAVAIL for another."""
    index = int.from_bytes(value[4:8], "little") if len(value) >= 8 else 0
    if index == LOOPBACK_INDEX or value[:4] == LOOPBACK4:
        return True
    if index or value[:4] != ANY4:
        raise Errno(E.EADDRNOTAVAIL)
    return False


def _set_ipv6(socket: InetSocket, name: int, value: bytes) -> None:
    if name in (Ipv6Option.IPV6_ADD_MEMBERSHIP, Ipv6Option.IPV6_DROP_MEMBERSHIP):
        if len(value) < 20 or not is_multicast(value[:16]):
            raise Errno(E.EINVAL)
        index = int.from_bytes(value[16:20], "little")
        if index != LOOPBACK_INDEX:
            raise Errno(E.ENODEV)
        _change_membership(socket, value[:16], join=name == Ipv6Option.IPV6_ADD_MEMBERSHIP)
    elif name in _IPV6_DEFAULTS:
        if name == Ipv6Option.IPV6_V6ONLY and socket.is_bound:
            raise Errno(E.EINVAL)
        _store(socket, Level.SOL_IPV6, name, read_int(value), _IPV6_DEFAULTS[Ipv6Option(name)])
    else:
        raise Errno(E.ENOPROTOOPT)


def _get_ip(socket: InetSocket, name: int) -> bytes:
    if name == IpOption.IP_MTU:
        return _mtu(socket)
    if name == IpOption.IP_MULTICAST_IF:
        return LOOPBACK4 if socket.multicast_interface(v4=True) else ANY4
    if name in _IP_DEFAULTS:
        return _stored(socket, Level.SOL_IP, name, _IP_DEFAULTS[IpOption(name)])
    raise Errno(E.EOPNOTSUPP)


def _change_membership(socket: InetSocket, group: bytes, *, join: bool) -> None:
    if join:
        if group in socket.groups:
            raise Errno(E.EADDRINUSE)
        if len(socket.groups) >= _MEMBERSHIPS_LIMIT:
            raise Errno(E.ENOBUFS)
        socket.groups.append(group)
    elif group in socket.groups:
        socket.groups.remove(group)
    else:
        raise Errno(E.EADDRNOTAVAIL)
