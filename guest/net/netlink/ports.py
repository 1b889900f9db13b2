"""Which netlink sockets there are, and messages to groups of them.

Each protocol has its own ports. Sockets without one are not here: Linux does not find them either, and the kernel's
messages pass over members of a group that are bound to no port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from guest.net.netlink.socket import Datagram, NetlinkSocket
    from guest.net.network import Network

_FIRST_AUTOMATIC = (1 << 32) - 4097
"""Ports of sockets whose process's number is taken go down from here; Linux begins somewhere below at random."""


def find(net: Network, protocol: int, port: int) -> NetlinkSocket | None:
    """The socket with a port."""
    return net.netlink_ports.get((protocol, port))


def take(net: Network, socket: NetlinkSocket, wanted: int) -> int:
    """Give a socket a port of its protocol, if nobody has it (EADDRINUSE)."""
    if find(net, socket.protocol, wanted) is not None:
        raise Errno(E.EADDRINUSE)
    net.netlink_ports[socket.protocol, wanted] = socket
    return wanted


def take_automatic(net: Network, socket: NetlinkSocket, pid: int) -> int:
    """Give a socket the number of its process as port, or one that is no process's."""
    candidate = pid
    while find(net, socket.protocol, candidate) is not None:
        candidate = _FIRST_AUTOMATIC if candidate == pid else candidate - 1
    return take(net, socket, candidate)


def give_back(net: Network, socket: NetlinkSocket) -> None:
    """The socket is closed."""
    net.netlink_ports.pop((socket.protocol, socket.port), None)


def broadcast(
    net: Network, protocol: int, message: Datagram, *, sender: NetlinkSocket | None = None, apart_from: int = 0
) -> None:
    """Offer a message to the members of its group but the sender and the socket with the port `apart_from`."""
    bit = 1 << message.group - 1
    for socket in net.netlink_ports.values():
        if socket.protocol != protocol or socket is sender or socket.port == apart_from:
            continue
        if socket.groups & bit:
            socket.kernel.work.packet += 1
            socket.offer(message)
