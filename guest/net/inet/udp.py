"""UDP: datagrams between sockets of the machine; one for which a receiver has no room is lost, as on Linux."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from guest.abi.errno import E, Errno
from guest.abi.socket import (
    LOOPBACK_INDEX,
    Family,
    IpOption,
    Ipv6Option,
    Level,
    MessageFlag,
    Protocol,
    SocketIoctl,
    SocketOption,
    SocketType,
)
from guest.net.buffer import truesize
from guest.net.inet.address import (
    ANY6,
    MAPPED_PREFIX,
    Endpoint,
    encode_endpoint,
    family_of,
    is_broadcast,
    is_multicast,
)
from guest.net.inet.socket import InetSocket, best_receiver
from guest.net.message import Incoming, Outgoing
from guest.net.socket import BAND, BOTH_SHUTDOWN, ERR, HUP, IN, OUT, RCV_SHUTDOWN, RDHUP, SEND_SHUTDOWN, cut, put_int

if TYPE_CHECKING:
    from guest.net.inet.ports import PortTable
    from guest.services import KernelServices
    from guest.task import Task

_LARGEST_V4, _LARGEST_V6 = 65507, 65527
_HEADERS = 28
DEFAULT_HOPS = 64


class Datagram(NamedTuple):
    """One packet with what its header says."""

    data: bytes
    source: Endpoint
    destination: bytes
    hops: int = DEFAULT_HOPS
    """Time to live or hop limit."""
    traffic_class: int = 0
    """Also called type of service."""
    coverage: int | None = None
    """Of UDP-Lite: how many bytes, the header's included, the checksum covers; None for all."""


class _Received(NamedTuple):
    datagram: Datagram
    charge: int
    time_ns: int


class UdpSocket(InetSocket):
    """One socket; `remote` is its default receiver, and then the only one it hears."""

    may_bind_group = True

    def __init__(
        self,
        kernel: KernelServices,
        family: int,
        *,
        nonblocking: bool,
        protocol: int = Protocol.IPPROTO_UDP,
        ports: PortTable[UdpSocket] | None = None,
    ) -> None:
        ports = kernel.net.udp if ports is None else ports
        super().__init__(kernel, family, SocketType.SOCK_DGRAM, protocol, ports, nonblocking=nonblocking)
        self._queue: deque[_Received] = deque()
        self._charged = 0

    # -- connecting --------------------------------------------------------------------------------------------

    def connect(self, task: Task, address: bytes) -> int:
        if family_of(address) == Family.AF_UNSPEC:
            self.remote = None
            self.unbind_automatic()
            return 0
        remote = self.reachable(self.parse(address))
        if is_broadcast(remote.ip) and not self.option(1, SocketOption.SO_BROADCAST):
            raise Errno(E.EACCES)
        source = self.source_for(remote.ip)
        self.autobind()
        self.local = Endpoint(source, self.local.port)
        self.remote = remote
        return 0

    def shutdown(self, how: int) -> None:
        self.shutdown_mask |= how + 1
        self.readiness.wake()
        if self.remote is None:
            raise Errno(E.ENOTCONN)

    def release(self) -> None:
        self.closed = True
        self.release_port()
        self._queue.clear()
        if self.net.host_loopback is not None:
            self.net.host_loopback.forget(self)

    # -- sending -----------------------------------------------------------------------------------------------

    def send(self, data: bytes, out: Outgoing) -> int:
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if out.address is not None and not (
            self.family == Family.AF_INET6 and family_of(out.address) == Family.AF_UNSPEC
        ):
            address = out.address
            if self.family == Family.AF_INET and len(address) >= 16 and family_of(address) == Family.AF_UNSPEC:
                address = b"\x02\0" + address[2:]
            destination = self.parse(address)
            if not destination.port:
                raise Errno(E.EINVAL)
            destination = self.reachable(destination)
        elif self.remote is not None:
            destination = self.remote
        else:
            raise Errno(E.EDESTADDRREQ)
        if len(data) > (_LARGEST_V4 if destination.is_v4 else _LARGEST_V6):
            raise Errno(E.EMSGSIZE)
        if is_broadcast(destination.ip) and not self.option(1, SocketOption.SO_BROADCAST):
            raise Errno(E.EACCES if destination.ip[0] == 127 else E.ENETUNREACH)
        source_ip = out.source or self.source_for(destination.ip)
        self.check_error()
        if self.shutdown_mask & SEND_SHUTDOWN:
            raise Errno(E.EPIPE)
        self.autobind()
        self.kernel.work.packet += 1
        source = Endpoint(source_ip, self.local.port)
        datagram = self.make_datagram(data, source, destination.ip, out)
        users = self.ports.users(destination.port)
        if is_multicast(destination.ip) or is_broadcast(destination.ip):
            for receiver in list(users):
                if receiver.hears(destination, source):
                    receiver.deliver(datagram)
            return len(data)
        receiver = best_receiver(users, destination, source)
        if receiver is not None:
            receiver.deliver(datagram)
        elif self.protocol == Protocol.IPPROTO_UDP and self.net.host_loopback is not None:
            self.net.host_loopback.send_datagram(self, data, destination)
        elif self.remote is not None or self._wants_errors():
            # The answer is "port unreachable", which only a connected socket is told of.
            self.fail(E.ECONNREFUSED)
            self.readiness.wake(mask=ERR)
        return len(data)

    def make_datagram(self, data: bytes, source: Endpoint, destination: bytes, out: Outgoing) -> Datagram:
        """The packet, with the header that options and ancillary data ask for."""
        group = is_multicast(destination)
        if len(destination) == 4:
            hops = self.option(
                Level.SOL_IP,
                IpOption.IP_MULTICAST_TTL if group else IpOption.IP_TTL,
                1 if group else DEFAULT_HOPS,
            )
            traffic_class = self.option(Level.SOL_IP, IpOption.IP_TOS)
            asked = out.ttl, out.tos
        else:
            hops = self.option(
                Level.SOL_IPV6,
                Ipv6Option.IPV6_MULTICAST_HOPS if group else Ipv6Option.IPV6_UNICAST_HOPS,
                1 if group else DEFAULT_HOPS,
            )
            traffic_class = self.option(Level.SOL_IPV6, Ipv6Option.IPV6_TCLASS)
            asked = out.hop_limit, out.traffic_class
        return Datagram(
            data,
            source,
            destination,
            hops if asked[0] is None else asked[0],
            (traffic_class if asked[1] is None else asked[1]) & 0xFF,
        )

    def _wants_errors(self) -> bool:
        return bool(
            self.option(Level.SOL_IP, IpOption.IP_RECVERR) or self.option(Level.SOL_IPV6, Ipv6Option.IPV6_RECVERR)
        )

    def hears(self, destination: Endpoint, source: Endpoint) -> bool:
        """Whether a datagram to a group is for this socket too."""
        ip = self.local.ip
        if any(ip) and ip != destination.ip:
            return False
        if not any(ip) and len(ip) != len(destination.ip) and (len(ip) == 4 or self.v6_only):
            return False
        if self.remote is not None and self.remote != source:
            return False
        return is_broadcast(destination.ip) or destination.ip in self.groups

    def deliver(self, datagram: Datagram) -> None:
        """Take a datagram, unless the buffer is full or nobody will read."""
        charge = truesize(len(datagram.data) + _HEADERS)
        if self._charged > self.receive_buffer:
            return
        self._queue.append(_Received(datagram, charge, self.kernel.realtime_ns()))
        self._charged += charge
        self.readiness.wake(mask=IN)

    # -- receiving ---------------------------------------------------------------------------------------------

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if flags & MessageFlag.MSG_ERRQUEUE:
            # No details of errors are kept.
            raise Errno(E.EAGAIN)
        self.check_error()
        if not self._queue:
            if self.shutdown_mask & RCV_SHUTDOWN and self.would_wait(flags):
                # Only who would wait is told that nothing will come, as on Linux.
                return Incoming(b"")
            raise Errno(E.EAGAIN)
        datagram, charge, time_ns = self._queue[0]
        if not flags & MessageFlag.MSG_PEEK:
            self._queue.popleft()
            self._charged -= charge
        data, more = cut(datagram.data, size)
        address = encode_endpoint(datagram.source, self.family)
        control = self._control(datagram, time_ns) if self.options else ()
        return Incoming(data, address, None, more, len(datagram.data), control)

    def _control(self, datagram: Datagram, time_ns: int) -> tuple[tuple[int, int, bytes], ...]:
        """What the options ask to be told about a datagram."""
        found: list[tuple[int, int, bytes]] = []
        seconds, rest = divmod(time_ns, 10**9)
        for option, part in ((SocketOption.SO_TIMESTAMP, rest // 1000), (SocketOption.SO_TIMESTAMPNS, rest)):
            if self.option(Level.SOL_SOCKET, option):
                found.append((Level.SOL_SOCKET, option, seconds.to_bytes(8, "little") + part.to_bytes(8, "little")))
        ip, index = datagram.destination, LOOPBACK_INDEX.to_bytes(4, "little")
        hops, traffic_class = datagram.hops.to_bytes(4, "little"), datagram.traffic_class.to_bytes(4, "little")
        if self.family == Family.AF_INET6 and self.option(Level.SOL_IPV6, Ipv6Option.IPV6_RECVPKTINFO):
            full = ip if len(ip) == 16 else MAPPED_PREFIX + ip if any(ip) else ANY6
            found.append((Level.SOL_IPV6, Ipv6Option.IPV6_PKTINFO, full + index))
        if len(ip) == 4:
            if self.option(Level.SOL_IP, IpOption.IP_PKTINFO):
                found.append((Level.SOL_IP, IpOption.IP_PKTINFO, index + ip + ip))
            if self.option(Level.SOL_IP, IpOption.IP_RECVTTL):
                found.append((Level.SOL_IP, IpOption.IP_TTL, hops))
            if self.option(Level.SOL_IP, IpOption.IP_RECVTOS):
                found.append((Level.SOL_IP, IpOption.IP_TOS, traffic_class[:1]))
        else:
            if self.option(Level.SOL_IPV6, Ipv6Option.IPV6_RECVHOPLIMIT):
                found.append((Level.SOL_IPV6, Ipv6Option.IPV6_HOPLIMIT, hops))
            if self.option(Level.SOL_IPV6, Ipv6Option.IPV6_RECVTCLASS):
                found.append((Level.SOL_IPV6, Ipv6Option.IPV6_TCLASS, traffic_class))
        return tuple(found)

    # -- state -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        mask = OUT | BAND
        if self.error:
            mask |= ERR
        if self.shutdown_mask & RCV_SHUTDOWN:
            mask |= RDHUP | IN
        if self.shutdown_mask == BOTH_SHUTDOWN:
            mask |= HUP
        if self._queue:
            mask |= IN
        return mask

    def available(self) -> int:
        return len(self._queue[0].datagram.data) if self._queue else 0

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        if command == SocketIoctl.SIOCOUTQ:
            return put_int(task, argument, 0)
        return super().ioctl(task, command, argument)
