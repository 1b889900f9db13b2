"""Who uses which port of one protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from guest.net.inet.socket import InetSocket

_S = TypeVar("_S", bound="InetSocket")

FIRST_EPHEMERAL, LAST_EPHEMERAL = 32768, 60999
"""net.ipv4.ip_local_port_range."""
FIRST_UNPRIVILEGED = 1024


class PortTable(Generic[_S]):
    """Bound sockets by port, in order of binding."""

    def __init__(self) -> None:
        self._sockets: dict[int, dict[_S, None]] = {}
        self._next = FIRST_EPHEMERAL

    def users(self, port: int) -> Iterable[_S]:
        """The sockets bound to a port."""
        return self._sockets.get(port, ())

    def add(self, port: int, socket: _S) -> None:
        self._sockets.setdefault(port, {})[socket] = None

    def remove(self, port: int, socket: _S) -> None:
        users = self._sockets.get(port)
        if users is not None:
            users.pop(socket, None)
            if not users:
                del self._sockets[port]

    def ephemeral(self) -> int:
        """A port that nobody uses: one after the other, where Linux chooses at random (EADDRINUSE)."""
        for _ in range(FIRST_EPHEMERAL, LAST_EPHEMERAL + 1):
            port = self._next
            self._next = port + 1 if port < LAST_EPHEMERAL else FIRST_EPHEMERAL
            if port not in self._sockets:
                return port
        raise Errno(E.EADDRINUSE)
