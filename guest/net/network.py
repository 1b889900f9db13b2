"""What the sockets of one machine share (Linux: struct net, a network namespace)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from guest.net.inet.ports import PortTable

if TYPE_CHECKING:
    from guest.net.inet.host_loopback import HostLoopback
    from guest.net.inet.tcp import TcpSocket
    from guest.net.inet.udp import UdpSocket
    from guest.net.netlink.socket import NetlinkSocket
    from guest.net.unix.names import UnixSocket


class Network:
    """One per machine."""

    def __init__(self) -> None:
        self.abstract_names: dict[tuple[int, bytes], UnixSocket] = {}
        """By type of socket and name: types do not see each other's."""
        self.paths: dict[Hashable, UnixSocket] = {}
        """Unix sockets by the key of the inode that they are bound to."""
        self.next_autobind = 0
        self.tcp: PortTable[TcpSocket] = PortTable()
        self.tcp_listeners: PortTable[TcpSocket] = PortTable()
        """Those of `tcp` that listen: what a connection looks through."""
        self.udp: PortTable[UdpSocket] = PortTable()
        self.udplite: PortTable[UdpSocket] = PortTable()
        self.netlink_ports: dict[tuple[int, int], NetlinkSocket] = {}
        """By protocol and port."""
        self.host_loopback: HostLoopback | None = None
        """What joins the loopback to the host's, in a run that was told to."""
