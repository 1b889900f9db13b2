"""UDP-Lite: UDP whose checksum may cover only the beginning of a datagram (RFC 3828).

Nothing is damaged on the loopback, so coverage decides only whether a receiver that asks for more takes a datagram.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import Level, Protocol, UdpLiteOption
from guest.net.inet.address import Endpoint
from guest.net.inet.options import read_int
from guest.net.inet.udp import Datagram, UdpSocket
from guest.net.message import Outgoing

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task

_HEADER = 8
_MOST = 0xFFFF


class UdpLiteSocket(UdpSocket):
    """One socket. Its ports are not those of UDP."""

    def __init__(self, kernel: KernelServices, family: int, *, nonblocking: bool) -> None:
        super().__init__(
            kernel, family, nonblocking=nonblocking, protocol=Protocol.IPPROTO_UDPLITE, ports=kernel.net.udplite
        )

    def set_protocol_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        if level not in (Level.SOL_UDP, Level.SOL_UDPLITE) or name not in list(UdpLiteOption):
            raise Errno(E.ENOPROTOOPT)
        coverage = read_int(value)
        if 0 < coverage < _HEADER or coverage < 0:
            # Less than the header would be no checksum at all.
            coverage = _HEADER
        self.options[(Level.SOL_UDPLITE, name)] = min(coverage, _MOST)

    def get_protocol_option(self, level: int, name: int, size: int) -> bytes:
        if level not in (Level.SOL_UDP, Level.SOL_UDPLITE) or name not in list(UdpLiteOption):
            raise Errno(E.ENOPROTOOPT)
        return self.option(Level.SOL_UDPLITE, name).to_bytes(4, "little")

    def make_datagram(self, data: bytes, source: Endpoint, destination: bytes, out: Outgoing) -> Datagram:
        datagram = super().make_datagram(data, source, destination, out)
        coverage = self.option(Level.SOL_UDPLITE, UdpLiteOption.UDPLITE_SEND_CSCOV)
        return datagram._replace(coverage=coverage) if 0 < coverage < len(data) + _HEADER else datagram

    def deliver(self, datagram: Datagram) -> None:
        wanted = self.options.get((Level.SOL_UDPLITE, UdpLiteOption.UDPLITE_RECV_CSCOV))
        # A receiver that set 0 takes only what is covered whole.
        if wanted is not None and datagram.coverage is not None and (wanted == 0 or datagram.coverage < wanted):
            return
        super().deliver(datagram)
