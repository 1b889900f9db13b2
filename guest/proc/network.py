"""/proc/net: the interfaces and sockets of the machine, whose only interface is the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.socket import Family, TcpState
from guest.kernfs import Attribute, Directory
from guest.net.inet.address import Endpoint
from guest.net.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from guest.kernfs import GeneratedFilesystem
    from guest.net.inet.socket import InetSocket
    from guest.services import KernelServices

_DEVICES = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier"
    " compressed\n"
    # What goes over the loopback is not counted.
    "    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0"
    "          0\n"
)
_TCP = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
    "                                                     \n"
)
_TCP6 = (
    "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when"
    " retrnsmt   uid  timeout inode\n"
)
_UDP = (
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer"
    " drops            \n"
)
_UDP6 = (
    "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when"
    " retrnsmt   uid  timeout inode ref pointer drops\n"
)
_UNIX = "Num       RefCount Protocol Flags    Type St Inode Path\n"
_ROUTE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".ljust(127) + "\n"
_ACCEPTS = 0x10000
"""__SO_ACCEPTCON"""
_IF_INET6 = "00000000000000000000000000000001 01 80 10 80       lo\n"


_TCP_WIDTH, _UDP_WIDTH = 149, 127
_ALL_PORTS = range(1, 1 << 16)


def _endpoint(endpoint: Endpoint, family: int) -> str:
    """Address in words of the processor's order, and port: `0100007F:0050`."""
    ip = endpoint.ip
    if family == Family.AF_INET6 and len(ip) == 4:
        ip = bytes(10) + b"\xff\xff" + ip if any(ip) else bytes(16)
    words = [int.from_bytes(ip[start : start + 4], "little") for start in range(0, len(ip), 4)]
    return "".join(f"{word:08X}" for word in words) + f":{endpoint.port:04X}"


def _row(position: int, socket: InetSocket, state: int, received: int) -> str:
    nowhere = Endpoint(bytes(len(socket.local.ip)), 0)
    local, remote = (_endpoint(place, socket.family) for place in (socket.local, socket.remote or nowhere))
    return (
        f"{position:4}: {local} {remote} {state:02X} {0:08X}:{received:08X} 00:00000000 {0:08X} "
        f"{0:5} {0:8} {socket.number} 1 0000000000000000"
    )


def _network(kernel: KernelServices) -> Network:
    """The sockets of the machine; of one that never had any, none."""
    found: Network | None = getattr(kernel, "net", None)
    return found or Network()


def tcp_rows(kernel: KernelServices, family: int) -> str:
    """Rows of /proc/net/tcp or tcp6."""
    network = _network(kernel)
    sockets = [socket for port in _ALL_PORTS for socket in network.tcp.users(port) if socket.family == family]
    rows = [
        _row(position, socket, socket.state, len(socket.arrived) if socket.listening else socket.incoming.size)
        + " 100 0 0 10 0"
        for position, socket in enumerate(sockets)
    ]
    return "".join(row.ljust(_TCP_WIDTH) + "\n" for row in rows)


def udp_rows(kernel: KernelServices, family: int) -> str:
    """Rows of /proc/net/udp or udp6."""
    network = _network(kernel)
    sockets = [socket for port in _ALL_PORTS for socket in network.udp.users(port) if socket.family == family]
    rows = [
        _row(position, socket, TcpState.TCP_CLOSE if socket.remote is None else TcpState.TCP_ESTABLISHED, 0) + " 0"
        for position, socket in enumerate(sockets)
    ]
    return "".join(row.replace(" 1 0000", " 2 0000").ljust(_UDP_WIDTH) + "\n" for row in rows)


def unix_rows(kernel: KernelServices) -> str:
    """Rows of /proc/net/unix: sockets with a name."""
    network = _network(kernel)
    sockets = [*network.abstract_names.values(), *network.paths.values()]
    return "".join(
        f"0000000000000000: 00000002 00000000 {_ACCEPTS if socket.listening else 0:08X} {socket.kind:04X} 01 "
        f"{socket.number:5} {_shown(socket.name or b'')}\n"
        for socket in sockets
    )


def _shown(name: bytes) -> str:
    # Abstract names are shown with @ for each NUL.
    return name.replace(b"\0", b"@").decode(errors="replace")


def make_directory(filesystem: GeneratedFilesystem, kernel: KernelServices, number: int) -> Directory:
    """/proc/PID/net; inode numbers follow `number`, which is a multiple of the room between tasks."""

    texts: dict[bytes, Callable[[], str]] = {
        b"dev": lambda: _DEVICES,
        b"if_inet6": lambda: _IF_INET6,
        b"route": lambda: _ROUTE,
        b"tcp": lambda: _TCP + tcp_rows(kernel, Family.AF_INET),
        b"tcp6": lambda: _TCP6 + tcp_rows(kernel, Family.AF_INET6),
        b"udp": lambda: _UDP + udp_rows(kernel, Family.AF_INET),
        b"udp6": lambda: _UDP6 + udp_rows(kernel, Family.AF_INET6),
        b"unix": lambda: _UNIX + unix_rows(kernel),
    }
    children = {
        name: Attribute(filesystem, _encoded(show), number=number + 0xA00 + position)
        for position, (name, show) in enumerate(texts.items())
    }
    return Directory(filesystem, children, number=number)


def _encoded(show: Callable[[], str]) -> Callable[[], bytes]:
    return lambda: show().encode()
