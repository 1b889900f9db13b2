"""Internet addresses and struct sockaddr_in and sockaddr_in6."""

from __future__ import annotations

from typing import NamedTuple

from guest.abi.errno import E, Errno
from guest.abi.socket import LOOPBACK_INDEX, Family

ANY4, ANY6 = bytes(4), bytes(16)
LOOPBACK4, LOOPBACK6 = b"\x7f\0\0\1", bytes(15) + b"\1"
MAPPED_PREFIX = bytes(10) + b"\xff\xff"
_V4_SIZE, _V6_SIZE, _V6_MINIMUM = 16, 28, 24


class Endpoint(NamedTuple):
    """An address and a port."""

    ip: bytes
    """4 or 16 bytes."""
    port: int

    @property
    def is_v4(self) -> bool:
        return len(self.ip) == 4

    @property
    def is_any(self) -> bool:
        return not any(self.ip)


NOWHERE4, NOWHERE6 = Endpoint(ANY4, 0), Endpoint(ANY6, 0)


def is_loopback(ip: bytes) -> bool:
    """127.0.0.0/8 and ::1."""
    return ip[0] == 127 if len(ip) == 4 else ip == LOOPBACK6


def is_multicast(ip: bytes) -> bool:
    """224.0.0.0/4 and ff00::/8."""
    return 224 <= ip[0] < 240 if len(ip) == 4 else ip[0] == 0xFF


def is_broadcast(ip: bytes) -> bool:
    """What needs SO_BROADCAST: the loopback network's own broadcast address and the limited one."""
    return ip in (b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff")


def family_of(address: bytes) -> int:
    """sa_family (EINVAL if there is none)."""
    if len(address) < 2:
        raise Errno(E.EINVAL)
    return int.from_bytes(address[:2], "little")


def parse_endpoint(address: bytes, family: int) -> Endpoint:
    """A sockaddr of a socket's own family (EINVAL, EAFNOSUPPORT)."""
    if family == Family.AF_INET:
        if len(address) < _V4_SIZE:
            raise Errno(E.EINVAL)
        if family_of(address) != Family.AF_INET:
            raise Errno(E.EAFNOSUPPORT)
        return Endpoint(bytes(address[4:8]), int.from_bytes(address[2:4], "big"))
    if len(address) < _V6_MINIMUM:
        raise Errno(E.EINVAL)
    if family_of(address) != Family.AF_INET6:
        raise Errno(E.EAFNOSUPPORT)
    ip, port = bytes(address[8:24]), int.from_bytes(address[2:4], "big")
    return Endpoint(ip[12:] if ip.startswith(MAPPED_PREFIX) else ip, port)


def encode_endpoint(endpoint: Endpoint, family: int) -> bytes:
    """The sockaddr of an endpoint as a socket of the family shows it."""
    ip, port = endpoint
    if family == Family.AF_INET:
        return b"\x02\0" + port.to_bytes(2, "big") + ip + bytes(8)
    if len(ip) == 4:
        ip = MAPPED_PREFIX + ip if any(ip) else ANY6
    scope = LOOPBACK_INDEX if ip[0] == 0xFE and ip[1] & 0xC0 == 0x80 else 0
    return b"\x0a\0" + port.to_bytes(2, "big") + bytes(4) + ip + scope.to_bytes(4, "little")
