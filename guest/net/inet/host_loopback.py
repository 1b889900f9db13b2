"""`--net host-loopback`: the guest's loopback joined to the host's, for who asks for it.

A connection to a port that no guest socket listens on goes to the host's loopback; a guest's TCP listener is reachable
from the host under its own port. When data arrives depends on the host, so such a run cannot be repeated exactly.

Each connection of this kind has a guest socket at one end and a `HostEnd` at the other, which is a TCP socket that no
program holds: what the guest sends lies in its `incoming` until the host takes it.
"""

from __future__ import annotations

import errno
import socket as host
from contextlib import suppress
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.net.inet.address import LOOPBACK4, LOOPBACK6, Endpoint
from guest.net.inet.tcp import TcpSocket
from guest.net.inet.udp import Datagram, UdpSocket
from guest.net.socket import IN

if TYPE_CHECKING:
    from guest.services import KernelServices

_CHUNK = 65536
_DATAGRAM = 65536
_CONNECT_SECONDS = 5.0
"""The host's loopback answers at once unless a listener's queue is full."""
_AGAIN_NS = 10**6
"""Guest time after which the host is asked again whether it has room."""
_WARNING = "the host's loopback was part of the machine (--net host-loopback): the run is not reproducible"
_BACKLOG = 128


def _family(ip: bytes) -> host.AddressFamily:
    return host.AF_INET if len(ip) == 4 else host.AF_INET6


def _text(ip: bytes) -> str:
    return host.inet_ntop(_family(ip), ip)


def _endpoint(name: tuple[str, int]) -> Endpoint:
    """An endpoint of the host's notation."""
    text = name[0]
    return Endpoint(host.inet_pton(host.AF_INET6 if ":" in text else host.AF_INET, text), name[1])


class HostEnd(TcpSocket):
    """The far end of a connection between a guest socket and a host socket."""

    def __init__(self, kernel: KernelServices, family: int, connection: host.socket) -> None:
        super().__init__(kernel, family, nonblocking=True)
        self._connection = connection
        connection.setblocking(False)
        self._host_ended = False
        self._told_end = False
        self._asks_again = False
        self.readiness.observe(self._changed)

    def join(self, guest: TcpSocket) -> None:
        """Connect it with the guest's end."""
        self.peer, guest.peer = guest, self
        self.establish()
        guest.establish()
        self._watch()

    def _watch(self) -> None:
        if not self.closed and not self._host_ended:
            self.kernel.host_inputs.watch(self._connection.fileno(), self._arrived)

    def _arrived(self) -> None:
        """The host has sent something, or ended."""
        guest = self.peer
        if self.closed or guest is None:
            return
        if guest.closed:
            self.end()
            return
        if guest.incoming.size >= self.send_limit:
            self._starved = True
            return
        try:
            data = self._connection.recv(_CHUNK)
        except BlockingIOError:
            self._watch()
            return
        except OSError:
            guest.reset()
            self.end()
            return
        self.kernel.work.packet += 1
        if data:
            guest.incoming.push(data, None, len(data))
            guest.readiness.wake(mask=IN)
            self._watch()
        else:
            self._host_ended = True
            guest.receive_fin()

    def _changed(self) -> None:
        """The guest has sent, read or ended."""
        if self.closed:
            return
        guest = self.peer
        while self.incoming.size:
            try:
                sent = self._connection.send(self.incoming.peek(_CHUNK))
            except BlockingIOError:
                self._ask_again()
                return
            except OSError:
                if guest is not None and not guest.closed:
                    guest.reset()
                self.end()
                return
            self.incoming.take(sent)
        if guest is not None and guest._starved:
            guest._starved = False
            guest.readiness.wake()
        if self.fin_received and not self._told_end:
            self._told_end = True
            with suppress(OSError):
                self._connection.shutdown(host.SHUT_WR)
        if guest is None or guest.closed or (self._host_ended and self._told_end):
            self.end()
        else:
            self._watch()

    def _ask_again(self) -> None:
        if not self._asks_again:
            self._asks_again = True
            self.kernel.timers.add(self.kernel.clock.now_ns() + _AGAIN_NS, self._again)

    def _again(self) -> None:
        self._asks_again = False
        self._changed()

    def reset(self) -> None:
        """The guest has thrown the connection away."""
        if not self.closed:
            with suppress(OSError):
                self._connection.setsockopt(host.SOL_SOCKET, host.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.end()

    def end(self) -> None:
        """Nothing goes either way any more."""
        if not self.closed:
            self.readiness.unobserve(self._changed)
            self.kernel.host_inputs.unwatch(self._connection.fileno())
            self._connection.close()
            self.closed = True
            self.incoming.clear()


class HostLoopback:
    """One per machine that has it; holds the host sockets."""

    def __init__(self, kernel: KernelServices) -> None:
        self._kernel = kernel
        self._ends: list[HostEnd] = []
        self._listeners: dict[TcpSocket, list[host.socket]] = {}
        self._datagrams: dict[UdpSocket, host.socket] = {}
        kernel.warnings[_WARNING] += 1

    def close(self) -> None:
        """The run is over."""
        for end in self._ends:
            end.end()
        for listener in list(self._listeners):
            self.stop_listening(listener)
        for socket in list(self._datagrams):
            self.forget(socket)

    # -- TCP ---------------------------------------------------------------------------------------------------

    def connect(self, guest: TcpSocket) -> None:
        """Connect a guest socket to a listener of the host, or let it fail as the host fails."""
        assert guest.remote is not None
        connection = host.socket(_family(guest.remote.ip), host.SOCK_STREAM)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect((_text(guest.remote.ip), guest.remote.port))
        except OSError as error:
            connection.close()
            guest.refused(E.ETIMEDOUT if isinstance(error, TimeoutError) else Errno.from_host(error).number)
            return
        self._join(guest, connection)

    def _join(self, guest: TcpSocket, connection: host.socket) -> None:
        self._ends = [end for end in self._ends if not end.closed]
        end = HostEnd(self._kernel, guest.family, connection)
        self._ends.append(end)
        end.join(guest)

    def listen(self, guest: TcpSocket) -> None:
        """Let the host reach a listener (EADDRINUSE if the host uses the port itself, EACCES)."""
        ip = guest.local.ip
        addresses = [ip] if any(ip) else [LOOPBACK4]
        if len(ip) == 16 and not any(ip):
            addresses = [LOOPBACK6] if guest.v6_only else [LOOPBACK4, LOOPBACK6]
        sockets: list[host.socket] = []
        for address in addresses:
            try:
                listener = host.socket(_family(address), host.SOCK_STREAM)
                sockets.append(listener)
                listener.setsockopt(host.SOL_SOCKET, host.SO_REUSEADDR, 1)
                listener.bind((_text(address), guest.local.port))
                listener.listen(_BACKLOG)
            except OSError as error:
                if len(addresses) == 2 and address == LOOPBACK6 and error.errno != errno.EADDRINUSE:
                    # A host without IPv6 is still reached by IPv4.
                    continue
                for made in sockets:
                    made.close()
                raise Errno.from_host(error) from error
            listener.setblocking(False)
        self._listeners[guest] = sockets
        for listener in sockets:
            self._watch(guest, listener)

    def _watch(self, guest: TcpSocket, listener: host.socket) -> None:
        if listener.fileno() >= 0:
            self._kernel.host_inputs.watch(listener.fileno(), lambda: self._arrived(guest, listener))

    def _arrived(self, guest: TcpSocket, listener: host.socket) -> None:
        if guest.closed or not guest.listening:
            return
        if len(guest.arrived) > guest.backlog:
            deadline = self._kernel.clock.now_ns() + _AGAIN_NS
            self._kernel.timers.add(deadline, lambda: self._watch(guest, listener))
            return
        try:
            connection, name = listener.accept()
        except BlockingIOError:
            self._watch(guest, listener)
            return
        child = TcpSocket(self._kernel, guest.family, nonblocking=False)
        child.inherit(guest)
        child.accept_from(_endpoint(connection.getsockname()), _endpoint(name))
        self._join(child, connection)
        self._kernel.work.packet += 3
        guest.arrived.append(child)
        guest.readiness.wake(mask=IN)
        self._watch(guest, listener)

    def stop_listening(self, guest: TcpSocket) -> None:
        """The guest's listener is gone."""
        for listener in self._listeners.pop(guest, []):
            self._kernel.host_inputs.unwatch(listener.fileno())
            listener.close()

    # -- UDP ---------------------------------------------------------------------------------------------------

    def send_datagram(self, guest: UdpSocket, data: bytes, destination: Endpoint) -> None:
        """Send to the host; what comes back reaches the guest's socket. Errors are lost, as datagrams may be."""
        family = _family(destination.ip)
        socket = self._datagrams.get(guest)
        if socket is None or socket.family != family:
            self.forget(guest)
            socket = host.socket(family, host.SOCK_DGRAM)
            socket.setblocking(False)
            self._datagrams[guest] = socket
            self._watch_datagrams(guest, socket)
        with suppress(OSError):
            socket.sendto(data, (_text(destination.ip), destination.port))

    def _watch_datagrams(self, guest: UdpSocket, socket: host.socket) -> None:
        self._kernel.host_inputs.watch(socket.fileno(), lambda: self._datagram_arrived(guest, socket))

    def _datagram_arrived(self, guest: UdpSocket, socket: host.socket) -> None:
        if guest.closed or self._datagrams.get(guest) is not socket:
            return
        with suppress(OSError):
            data, name = socket.recvfrom(_DATAGRAM)
            source = _endpoint(name)
            if guest.remote in (None, source):
                guest.deliver(Datagram(data, source, guest.source_for(source.ip)))
        self._watch_datagrams(guest, socket)

    def forget(self, guest: UdpSocket) -> None:
        """The guest's socket is gone."""
        socket = self._datagrams.pop(guest, None)
        if socket is not None:
            self._kernel.host_inputs.unwatch(socket.fileno())
            socket.close()
