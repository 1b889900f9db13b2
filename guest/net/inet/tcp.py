"""TCP as a reliable stream between two sockets of the machine.

There are no segments, windows or retransmissions: what one end sends lies in the other's `incoming` at once. What
programs see of the protocol is kept: the accept queue and what happens when it is full, half-closed connections,
resets, errors that arrive later, and the states that poll and getpeername depend on. There is no TIME_WAIT.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import SOMAXCONN, Family, Level, MessageFlag, Protocol, SocketIoctl, SocketOption, SocketType
from guest.abi.socket import TcpState as State
from guest.net.buffer import StreamBuffer
from guest.net.inet import tcp_options
from guest.net.inet.address import Endpoint, family_of
from guest.net.inet.socket import InetSocket, best_receiver
from guest.net.message import Incoming, Outgoing
from guest.net.socket import (
    BOTH_SHUTDOWN,
    ERR,
    HUP,
    IN,
    OUT,
    RCV_SHUTDOWN,
    RDHUP,
    SEND_SHUTDOWN,
    Socket,
    put_int,
)
from guest.wait import Wait

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task
    from guest.timer import Timer
    from guest.wait import Blocking

SEND_BUFFER, RECEIVE_BUFFER = 16384, 131072
"""The middle values of net.ipv4.tcp_wmem and tcp_rmem: what a new socket has."""
CONNECTED_SEND_BUFFER = 2626560
"""What the send buffer of a loopback connection has grown to after the handshake."""
_SYN_RETRIES = 6
_FIRST_RETRY_NS = 10**9
_PEEK, _TRUNC, _OOB = int(MessageFlag.MSG_PEEK), int(MessageFlag.MSG_TRUNC), int(MessageFlag.MSG_OOB)


class Progress(Enum):
    """Of connect, as the program has been told of it (Linux: enum socket_state)."""

    UNCONNECTED = auto()
    CONNECTING = auto()
    CONNECTED = auto()


class TcpSocket(InetSocket):
    """One end of a connection, or a listener."""

    stream = True

    def __init__(self, kernel: KernelServices, family: int, *, nonblocking: bool) -> None:
        super().__init__(
            kernel, family, SocketType.SOCK_STREAM, Protocol.IPPROTO_TCP, kernel.net.tcp, nonblocking=nonblocking
        )
        self.send_buffer, self.receive_buffer = SEND_BUFFER, RECEIVE_BUFFER
        self.state = State.TCP_CLOSE
        self._progress = Progress.UNCONNECTED
        self.peer: TcpSocket | None = None
        self.incoming = StreamBuffer()
        self.fin_received = False
        self.backlog = 0
        self.arrived: deque[TcpSocket] = deque()
        self._starved = False
        self._retry: Timer | None = None

    # -- listening ---------------------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        return self.state is State.TCP_LISTEN

    def bind(self, task: Task, address: bytes) -> None:
        if self.state is not State.TCP_CLOSE:
            raise Errno(E.EINVAL)
        super().bind(task, address)

    def listen(self, task: Task, backlog: int) -> None:
        if self._progress is not Progress.UNCONNECTED or self.state not in (State.TCP_CLOSE, State.TCP_LISTEN):
            raise Errno(E.EINVAL)
        self.backlog = min(backlog & 0xFFFFFFFF, SOMAXCONN)
        if self.listening:
            return
        self.autobind()
        if self.conflicts(self.local):
            raise Errno(E.EADDRINUSE)
        if self.net.host_loopback is not None:
            self.net.host_loopback.listen(self)
        self.state = State.TCP_LISTEN
        self.shutdown_mask = 0
        self.net.tcp_listeners.add(self.local.port, self)

    def accept(self) -> Socket:
        if not self.listening:
            raise Errno(E.EINVAL)
        if not self.arrived:
            raise Errno(E.EAGAIN)
        return self.arrived.popleft()

    def _stop_listening(self) -> None:
        self.net.tcp_listeners.remove(self.local.port, self)
        if self.net.host_loopback is not None:
            self.net.host_loopback.stop_listening(self)
        self.state = State.TCP_CLOSE
        arrived, self.arrived = self.arrived, deque()
        for child in arrived:
            child.close(reset=True)

    # -- connecting --------------------------------------------------------------------------------------------

    def connect(self, task: Task, address: bytes) -> int | Blocking[int]:
        if family_of(address) == Family.AF_UNSPEC:
            self._disconnect()
            return 0
        if self._progress is Progress.CONNECTED:
            raise Errno(E.EISCONN)
        if self._progress is Progress.CONNECTING:
            if self.state is not State.TCP_SYN_SENT:
                return self._connected()
            if self.nonblocking:
                raise Errno(E.EALREADY)
            return self._wait_connected()
        if self.state is not State.TCP_CLOSE:
            raise Errno(E.EISCONN)
        remote = self.reachable(self.parse(address))
        source = self.source_for(remote.ip)
        self.autobind()
        self.local = Endpoint(source, self.local.port)
        self.remote = remote
        self.state = State.TCP_SYN_SENT
        self._progress = Progress.CONNECTING
        self.shutdown_mask = 0
        self._knock(0)
        if self.nonblocking:
            # Even if the answer has come already, as on Linux: the program learns of it by poll or a second connect.
            raise Errno(E.EINPROGRESS)
        return self._connected() if self.state is not State.TCP_SYN_SENT else self._wait_connected()

    def _wait_connected(self) -> Blocking[int]:
        deadline = self.deadline_ns(writing=True)
        while self.state is State.TCP_SYN_SENT:
            yield Wait((self.readiness,), deadline)
            if deadline is not None and self.kernel.clock.now_ns() >= deadline and self.state is State.TCP_SYN_SENT:
                raise Errno(E.EINPROGRESS)
        return self._connected()

    def _connected(self) -> int:
        """Report the outcome of a connect."""
        if self.state is State.TCP_CLOSE:
            error = E(self.error) if self.error else E.ECONNABORTED
            self.error = 0
            self._disconnect()
            raise Errno(error)
        self._progress = Progress.CONNECTED
        return 0

    def _knock(self, retries: int) -> None:
        """Ask for the connection; again later if the listener's queue is full (it drops what it cannot take)."""
        assert self.remote is not None
        self._retry = None
        self.kernel.work.packet += 3
        listener = best_receiver(self.net.tcp_listeners.users(self.remote.port), self.remote, self.local)
        if listener is None:
            if self.net.host_loopback is not None:
                self.net.host_loopback.connect(self)
            else:
                self.refused(E.ECONNREFUSED)
        elif len(listener.arrived) <= listener.backlog:
            self._join(listener)
        elif retries > _SYN_RETRIES:
            self.refused(E.ETIMEDOUT)
        else:
            # After 1, 2, 4… seconds; the attempt is given up 64 seconds after the sixth retry, 127 in all.
            deadline = self.kernel.clock.now_ns() + (_FIRST_RETRY_NS << retries)
            self._retry = self.kernel.timers.add(deadline, lambda: self._knock(retries + 1))

    def _join(self, listener: TcpSocket) -> None:
        assert self.remote is not None
        child = TcpSocket(self.kernel, listener.family, nonblocking=False)
        child.inherit(listener)
        child.accept_from(self.remote, self.local)
        child.peer, self.peer = self, child
        child.establish()
        self.establish()
        listener.arrived.append(child)
        listener.readiness.wake(mask=IN)

    def inherit(self, listener: TcpSocket) -> None:
        """A connection has the options of its listener."""
        self.options = dict(listener.options)
        self.send_buffer, self.receive_buffer = listener.send_buffer, listener.receive_buffer
        self.receive_timeout_ns, self.send_timeout_ns = listener.receive_timeout_ns, listener.send_timeout_ns
        self.linger = listener.linger
        self.owner = listener.owner
        self.bound_ip = self.bound_port = True

    def accept_from(self, local: Endpoint, remote: Endpoint) -> None:
        """Name the end that a listener made."""
        self._take_port(local)
        self.remote = remote
        self._progress = Progress.CONNECTED

    def establish(self) -> None:
        """The handshake is done."""
        self.state = State.TCP_ESTABLISHED
        if not self.option(*_SEND_BUFFER_SET):
            self.send_buffer = CONNECTED_SEND_BUFFER
        self.readiness.wake()

    def refused(self, error: E) -> None:
        """The attempt to connect has failed."""
        self.fail(error)
        self._done()

    def _done(self) -> None:
        """The connection is over: nothing comes or goes any more."""
        self.state = State.TCP_CLOSE
        self.shutdown_mask = BOTH_SHUTDOWN
        self.readiness.wake()

    def _disconnect(self) -> None:
        """Back to where it was before connect or listen."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self.listening:
            self._stop_listening()
        elif self.peer is not None:
            self.peer.reset()
            self.peer = None
        self.state = State.TCP_CLOSE
        self._progress = Progress.UNCONNECTED
        self.remote = None
        self.fin_received = False
        self.shutdown_mask = 0
        self.error = 0
        self.incoming.clear()
        self.unbind_automatic()
        self.readiness.wake()

    def peer_name(self) -> bytes:
        if self.state in (State.TCP_CLOSE, State.TCP_SYN_SENT, State.TCP_LISTEN):
            raise Errno(E.ENOTCONN)
        return super().peer_name()

    # -- ending ------------------------------------------------------------------------------------------------

    def shutdown(self, how: int) -> None:
        mask = how + 1
        if self.state in (State.TCP_LISTEN, State.TCP_SYN_SENT):
            if mask & RCV_SHUTDOWN or self.state is State.TCP_SYN_SENT:
                self._disconnect()
            return
        if self.state is State.TCP_CLOSE:
            self.shutdown_mask |= mask
            self.readiness.wake()
            raise Errno(E.ENOTCONN)
        sends_fin = mask & ~self.shutdown_mask & SEND_SHUTDOWN
        self.shutdown_mask |= mask
        if sends_fin:
            self._send_fin()
        self.readiness.wake()

    def _send_fin(self) -> None:
        peer = self.peer
        if peer is not None and not peer.closed:
            peer.receive_fin()
        if self.fin_received:
            self.state = State.TCP_CLOSE

    def receive_fin(self) -> None:
        """The peer will send nothing more."""
        if self.fin_received or self.state is State.TCP_CLOSE:
            return
        self.fin_received = True
        if self.shutdown_mask & SEND_SHUTDOWN:
            self.state = State.TCP_CLOSE
        self.shutdown_mask |= RCV_SHUTDOWN
        self.readiness.wake()

    def reset(self) -> None:
        """The peer does not know the connection any more; what it sent before may still be read."""
        if self.state in (State.TCP_CLOSE, State.TCP_LISTEN):
            return
        waits_for_close = self.fin_received and not self.shutdown_mask & SEND_SHUTDOWN
        self.fail(E.EPIPE if waits_for_close else E.ECONNRESET)
        self._done()

    def release(self) -> None:
        if self.listening:
            self._stop_listening()
        if self._retry is not None:
            self._retry.cancel()
        self.close(reset=bool(self.incoming.size) or self.linger == (1, 0))

    def close(self, *, reset: bool) -> None:
        """The program is done with the socket; with `reset` the peer learns that something was lost."""
        peer = self.peer
        if peer is not None and not peer.closed:
            if reset:
                peer.reset()
            elif not self.shutdown_mask & SEND_SHUTDOWN:
                peer.receive_fin()
        self.closed = True
        self.state = State.TCP_CLOSE
        self.shutdown_mask = BOTH_SHUTDOWN
        self.incoming.clear()
        self.release_port()

    # -- transfer ----------------------------------------------------------------------------------------------

    def room(self, out: Outgoing) -> int:
        if out.flags & _OOB:
            raise Errno(E.EOPNOTSUPP)
        if self.state is State.TCP_SYN_SENT:
            self._starved = True
            return 0
        if self.error or self.shutdown_mask & SEND_SHUTDOWN:
            self.check_error()
            raise Errno(E.EPIPE)
        peer = self.peer
        if peer is None:
            raise Errno(E.EPIPE)
        room = self.send_limit - peer.incoming.size
        if room <= 0:
            self._starved = True
            return 0
        return room

    def push(self, data: bytes | memoryview, out: Outgoing) -> None:
        peer = self.peer
        assert peer is not None
        self.kernel.work.packet += 1
        if peer.closed:
            # Nobody is there: the answer is a reset, which the next call reports.
            self.reset()
            return
        size = len(data)
        if size:
            peer.incoming.push(data, None, size)
            peer.readiness.wake(mask=IN)

    @property
    def send_limit(self) -> int:
        """Bytes that may be on their way: what both buffers hold."""
        peer = self.peer
        return self.send_buffer + (peer.receive_buffer // 2 if peer is not None else 0)

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & _OOB:
            raise Errno(E.EINVAL)
        if self.listening:
            raise Errno(E.ENOTCONN)
        incoming = self.incoming
        if not incoming.size:
            if self.fin_received:
                return Incoming(b"")
            self.check_error()
            if self.shutdown_mask & RCV_SHUTDOWN:
                return Incoming(b"")
            if self.state is State.TCP_CLOSE:
                raise Errno(E.ENOTCONN)
            raise Errno(E.EAGAIN)
        if flags & _PEEK:
            data: bytes | memoryview = incoming.peek(size)
        else:
            data = incoming.take(size)
            peer = self.peer
            if peer is not None and peer._starved and incoming.size * 3 <= peer.send_limit * 2:
                peer._starved = False
                peer.readiness.wake(mask=OUT)
        if flags & _TRUNC:
            # TCP throws away what it is asked to cut.
            return Incoming(b"", length=len(data))
        return Incoming(data)

    # -- state -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        state = self.state
        if state is State.TCP_LISTEN:
            return IN if self.arrived else 0
        mask = 0
        shut = self.shutdown_mask
        if shut == BOTH_SHUTDOWN or state is State.TCP_CLOSE:
            mask |= HUP
        if shut & RCV_SHUTDOWN:
            mask |= IN | RDHUP
        if state is not State.TCP_SYN_SENT:
            if self.incoming.size and self.incoming.size >= self.option(1, SocketOption.SO_RCVLOWAT, 1):
                mask |= IN
            peer = self.peer
            if shut & SEND_SHUTDOWN or peer is None or peer.incoming.size * 3 < self.send_limit * 2:
                mask |= OUT
            else:
                self._starved = True
        if self.error:
            mask |= ERR
        return mask

    def available(self) -> int:
        if self.listening:
            raise Errno(E.EINVAL)
        return self.incoming.size

    def ioctl(self, task: Task, command: int, argument: int) -> int:
        if command == SocketIoctl.SIOCOUTQ:
            if self.listening:
                raise Errno(E.EINVAL)
            peer = self.peer
            # What fits into the receiver's window is acknowledged.
            waiting = max(peer.incoming.size - peer.receive_buffer // 2, 0) if peer is not None else 0
            return put_int(task, argument, waiting)
        if command == SocketIoctl.SIOCATMARK:
            return put_int(task, argument, 0)
        return super().ioctl(task, command, argument)

    # -- options -----------------------------------------------------------------------------------------------

    @property
    def info_state(self) -> State:
        """The state for TCP_INFO, which tells half-closed connections apart."""
        if self.state is State.TCP_ESTABLISHED:
            if self.fin_received:
                return State.TCP_CLOSE_WAIT
            if self.shutdown_mask & SEND_SHUTDOWN:
                return State.TCP_FIN_WAIT2
        return self.state

    def set_protocol_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        if level != Level.SOL_TCP:
            raise Errno(E.ENOPROTOOPT)
        tcp_options.set_option(self, name, value)

    def get_protocol_option(self, level: int, name: int, size: int) -> bytes:
        if level != Level.SOL_TCP:
            raise Errno(E.EOPNOTSUPP)
        return tcp_options.get_option(self, name)


_SEND_BUFFER_SET = (int(Level.SOL_SOCKET), int(SocketOption.SO_SNDBUF))
