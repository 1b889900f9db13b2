"""/proc/net: the interfaces and sockets of the machine, whose only interface is the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from guest.kernfs import Attribute, Directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from guest.kernfs import GeneratedFilesystem
    from guest.services import KernelServices

_DEVICES = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier"
    " compressed\n"
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
_IF_INET6 = "00000000000000000000000000000001 01 80 10 80       lo\n"


@runtime_checkable
class SocketTables(Protocol):
    """What the sockets' owner lists for these files: rows without the heading, each ended by a line feed."""

    def proc_rows(self, table: str) -> str:
        """The rows of `tcp`, `tcp6`, `udp`, `udp6` or `unix`."""

    def loopback_traffic(self) -> tuple[int, int]:
        """Bytes and packets that went over the loopback interface."""


def _rows(kernel: KernelServices, table: str) -> str:
    network: object = kernel.network
    return network.proc_rows(table) if isinstance(network, SocketTables) else ""


def devices(kernel: KernelServices) -> str:
    """/proc/net/dev."""
    network: object = kernel.network
    size, packets = network.loopback_traffic() if isinstance(network, SocketTables) else (0, 0)
    one_way = f"{size:>8} {packets:>7}    0    0    0     0"
    return f"{_DEVICES}    lo:{one_way}          0         0 {one_way}       0          0\n"


def make_directory(filesystem: GeneratedFilesystem, kernel: KernelServices, number: int) -> Directory:
    """/proc/PID/net; inode numbers follow `number`, which is a multiple of the room between tasks."""

    def table(heading: str, name: str) -> Callable[[], str]:
        return lambda: heading + _rows(kernel, name)

    texts: dict[bytes, Callable[[], str]] = {
        b"dev": lambda: devices(kernel),
        b"if_inet6": lambda: _IF_INET6,
        b"route": lambda: _ROUTE,
        b"tcp": table(_TCP, "tcp"),
        b"tcp6": table(_TCP6, "tcp6"),
        b"udp": table(_UDP, "udp"),
        b"udp6": table(_UDP6, "udp6"),
        b"unix": table(_UNIX, "unix"),
    }
    children = {
        name: Attribute(filesystem, _encoded(show), number=number + 0xA00 + position)
        for position, (name, show) in enumerate(texts.items())
    }
    return Directory(filesystem, children, number=number)


def _encoded(show: Callable[[], str]) -> Callable[[], bytes]:
    return lambda: show().encode()
