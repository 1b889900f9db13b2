"""What TCP and UDP sockets have in common: local and remote endpoint, ports, routes, IP options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from guest.abi.errno import E, Errno
from guest.abi.socket import Family, IpOption, Ipv6Option, Level
from guest.credentials import Capability
from guest.net.inet import options
from guest.net.inet.address import (
    ANY4,
    ANY6,
    LOOPBACK4,
    LOOPBACK6,
    NOWHERE4,
    NOWHERE6,
    Endpoint,
    encode_endpoint,
    family_of,
    is_broadcast,
    is_loopback,
    is_multicast,
    parse_endpoint,
)
from guest.net.inet.ports import FIRST_UNPRIVILEGED, PortTable
from guest.net.socket import Socket

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task

_S = TypeVar("_S", bound="InetSocket")


class InetSocket(Socket):
    """Base of TCP and UDP."""

    def __init__(
        self, kernel: KernelServices, family: int, kind: int, protocol: int, ports: PortTable[Any], *, nonblocking: bool
    ) -> None:
        super().__init__(kernel, family, kind, protocol, nonblocking=nonblocking)
        self._nowhere = NOWHERE4 if family == Family.AF_INET else NOWHERE6
        self.ports = ports
        self.local = self._nowhere
        self.remote: Endpoint | None = None
        self.owner = 0
        """User who made it: sockets that share a port must have one owner."""
        self._holds_port = False
        self.bound_ip = False
        """The program chose the address, or the port: it outlives a connection."""
        self.bound_port = False
        self.groups: list[bytes] = []
        """Multicast groups that it has joined."""

    @property
    def v6_only(self) -> bool:
        return bool(self.option(Level.SOL_IPV6, Ipv6Option.IPV6_V6ONLY))

    # -- names -------------------------------------------------------------------------------------------------

    def parse(self, address: bytes) -> Endpoint:
        """An endpoint that this socket may talk to (EINVAL, EAFNOSUPPORT)."""
        if self.family == Family.AF_INET6 and family_of(address) == Family.AF_INET and len(address) >= 16:
            # An IPv6 socket takes an IPv4 peer in either form unless it is for IPv6 only.
            if self.v6_only:
                raise Errno(E.ENETUNREACH)
            return parse_endpoint(address, Family.AF_INET)
        return parse_endpoint(address, self.family)

    def bind(self, task: Task, address: bytes) -> None:
        if self.family == Family.AF_INET and len(address) >= 16 and family_of(address) == Family.AF_UNSPEC:
            # For compatibility with old programs, as on Linux, if the address is the wildcard.
            if any(address[4:8]):
                raise Errno(E.EAFNOSUPPORT)
            address = b"\x02\0" + address[2:]
        wanted = parse_endpoint(address, self.family)
        if wanted.is_v4 and self.family == Family.AF_INET6 and self.v6_only:
            raise Errno(E.EINVAL)
        if not self._may_bind(wanted.ip):
            raise Errno(E.EADDRNOTAVAIL)
        if 0 < wanted.port < FIRST_UNPRIVILEGED and not task.credentials.capable(Capability.CAP_NET_BIND_SERVICE):
            raise Errno(E.EACCES)
        if self._holds_port or self.remote is not None:
            raise Errno(E.EINVAL)
        port = wanted.port or self.ports.ephemeral()
        local = Endpoint(wanted.ip, port)
        if wanted.port and self.conflicts(local):
            raise Errno(E.EADDRINUSE)
        self.bound_ip = not wanted.is_any
        self.bound_port = bool(wanted.port)
        self._take_port(local)

    def _may_bind(self, ip: bytes) -> bool:
        if not any(ip) or is_loopback(ip) or self.option(Level.SOL_IP, IpOption.IP_FREEBIND):
            return True
        return self.may_bind_group and (is_multicast(ip) or is_broadcast(ip))

    may_bind_group = False
    """Whether the address may be one of many receivers."""

    def _take_port(self, local: Endpoint) -> None:
        self.local = local
        self.ports.add(local.port, self)
        self._holds_port = True

    def autobind(self) -> None:
        """Take a port, unless there is one."""
        if not self._holds_port:
            self._take_port(Endpoint(self.local.ip, self.ports.ephemeral()))

    def release_port(self) -> None:
        """Somebody else may have it."""
        if self._holds_port:
            self.ports.remove(self.local.port, self)
            self._holds_port = False

    def unbind_automatic(self) -> None:
        """Give back what the program did not choose itself (disconnect)."""
        if not self.bound_port:
            self.release_port()
        self.local = Endpoint(
            self.local.ip if self.bound_ip else self._nowhere.ip, self.local.port if self._holds_port else 0
        )

    def conflicts(self, local: Endpoint) -> bool:
        """Whether another socket keeps this one from the endpoint."""
        return any(
            other is not self and _overlap(local.ip, self.v6_only, other.local.ip, other.v6_only)
            and not self.shares_with(other)
            for other in self.ports.users(local.port)
        )  # fmt: skip

    def shares_with(self, other: InetSocket) -> bool:
        """Whether the options of both allow one port for both."""
        if self.reuses_address and other.reuses_address and not other.listening:
            return True
        return self.reuses_port and other.reuses_port and self.owner == other.owner

    def source_for(self, destination: bytes) -> bytes:
        """The local address for packets to `destination` (ENETUNREACH: there is only the loopback)."""
        v4 = len(destination) == 4
        if is_multicast(destination):
            if not self.multicast_interface(v4=v4):
                raise Errno(E.ENETUNREACH)
        elif not is_loopback(destination):
            raise Errno(E.ENETUNREACH)
        if any(self.local.ip) and not is_multicast(self.local.ip):
            if self.local.is_v4 != v4:
                raise Errno(E.ENETUNREACH)
            return self.local.ip
        return LOOPBACK4 if v4 else LOOPBACK6

    def reachable(self, destination: Endpoint) -> Endpoint:
        """A destination as Linux takes it: the wildcard means this machine."""
        if self.family == Family.AF_INET6 and self.v6_only and destination.is_v4:
            raise Errno(E.ENETUNREACH)
        if destination.is_any:
            # An IPv6 socket that is bound to an IPv4 address means that family's loopback.
            v4 = destination.is_v4 or (any(self.local.ip) and self.local.is_v4)
            return Endpoint(LOOPBACK4 if v4 else LOOPBACK6, destination.port)
        return destination

    def multicast_interface(self, *, v4: bool) -> bool:
        """Whether the program chose the loopback for its multicast packets."""
        key = (Level.SOL_IP, IpOption.IP_MULTICAST_IF) if v4 else (Level.SOL_IPV6, Ipv6Option.IPV6_MULTICAST_IF)
        return bool(self.options.get(key))

    def local_name(self) -> bytes:
        return encode_endpoint(self.local, self.family)

    def peer_name(self) -> bytes:
        if self.remote is None:
            raise Errno(E.ENOTCONN)
        return encode_endpoint(self.remote, self.family)

    # -- options -----------------------------------------------------------------------------------------------

    def set_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        options.set_option(self, task, level, name, value)

    def get_option(self, task: Task, level: int, name: int, size: int) -> bytes:
        return options.get_option(self, level, name, size)

    def set_protocol_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        """An option of TCP or UDP."""
        raise Errno(E.ENOPROTOOPT)

    def get_protocol_option(self, level: int, name: int, size: int) -> bytes:
        # Not the number of setsockopt, but Linux's (do_ip_getsockopt).
        raise Errno(E.EOPNOTSUPP)

    @property
    def is_bound(self) -> bool:
        return self._holds_port


def _overlap(first: bytes, first_v6_only: bool, second: bytes, second_v6_only: bool) -> bool:
    return (
        first == second
        or (first in (ANY4, ANY6) and _covers(first, first_v6_only, second, second_v6_only))
        or (second in (ANY4, ANY6) and _covers(second, second_v6_only, first, first_v6_only))
    )


def _covers(wildcard: bytes, v6_only: bool, other: bytes, other_v6_only: bool) -> bool:
    """Whether packets to `other` may belong to a socket bound to the wildcard."""
    if wildcard == ANY4:
        return len(other) == 4 or (other == ANY6 and not other_v6_only)
    return len(other) == 16 or not v6_only


def best_receiver(sockets: Iterable[_S], destination: Endpoint, source: Endpoint) -> _S | None:
    """The socket that a packet belongs to: a connected one before a bound one before one of all addresses. Among
    equals that share their port, chosen by the source's port; otherwise the one bound last, as on Linux.
    """
    best: list[_S] = []
    best_score = -1
    for socket in sockets:
        score = _score(socket, destination, source)
        if score > best_score:
            best, best_score = [socket], score
        elif score == best_score and score >= 0:
            best.append(socket)
    if len(best) > 1 and best[-1].reuses_port:
        return best[source.port % len(best)]
    return best[-1] if best else None


def _score(socket: InetSocket, destination: Endpoint, source: Endpoint) -> int:
    score = 0
    ip = socket.local.ip
    if ip == destination.ip:
        score += 4
    elif any(ip):
        return -1
    elif len(ip) == len(destination.ip):
        score += 1
    elif len(ip) == 4 or socket.v6_only:
        return -1
    if socket.remote is not None and not socket.listening:
        if socket.remote != source:
            return -1
        score += 8
    return score
