"""Connected Unix sockets: SOCK_STREAM, and SOCK_SEQPACKET, which keeps the boundaries of messages.

A connection is two sockets that hold each other. What one sends waits in the other's `incoming`, and counts against
the sender's buffer until it is read.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import SOMAXCONN, MessageFlag, SocketType
from guest.net.ancillary import NOBODY, Ancillary, PeerIdentity
from guest.net.buffer import StreamBuffer
from guest.net.message import Incoming, Outgoing
from guest.net.socket import (
    BAND,
    BOTH_SHUTDOWN,
    ERR,
    HUP,
    IN,
    OUT,
    RCV_SHUTDOWN,
    RDHUP,
    SEND_SHUTDOWN,
    Socket,
    cut,
)
from guest.net.unix.names import UnixSocket, encode_name
from guest.wait import Wait, WaitQueue

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task
    from guest.wait import Blocking

_LARGEST_SEGMENT = 32768
"""A stream cuts what it is given into messages of this size (UNIX_SKB_FRAGS_SZ)."""
_PEEK = int(MessageFlag.MSG_PEEK)


class UnixStreamSocket(UnixSocket):
    """One end."""

    def __init__(self, kernel: KernelServices, kind: int, *, nonblocking: bool) -> None:
        super().__init__(kernel, kind, nonblocking=nonblocking)
        self.stream = kind == SocketType.SOCK_STREAM
        self.peer: UnixStreamSocket | None = None
        self.incoming = StreamBuffer()
        self.backlog: int | None = None
        """Not None: the socket listens."""
        self.arrived: deque[UnixStreamSocket] = deque()
        self.place_free = WaitQueue()
        """Of those who wait for a place among the arrived."""
        self._starved = False
        """Somebody was told that there is no room to send."""

    # -- connecting --------------------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        return self.backlog is not None

    def listen(self, task: Task, backlog: int) -> None:
        if self.name is None or self.peer is not None:
            raise Errno(E.EINVAL)
        backlog &= 0xFFFFFFFF
        if self.backlog is not None and backlog > self.backlog:
            self.place_free.wake()
        self.backlog = min(backlog, SOMAXCONN)
        self.peer_is = PeerIdentity.of(task)

    def connect(self, task: Task, address: bytes) -> int | Blocking[int]:
        listener = self._listener(task, address)
        if len(listener.arrived) <= (listener.backlog or 0):
            return self._connect_to(task, listener)
        if self.nonblocking:
            raise Errno(E.EAGAIN)
        return self._wait_for_place(task, address, listener)

    def _listener(self, task: Task, address: bytes) -> UnixStreamSocket:
        listener = self.find_peer(task, address)
        if self.passes_credentials:
            self.autobind()
        assert isinstance(listener, UnixStreamSocket)
        if not listener.listening or listener.shutdown_mask & RCV_SHUTDOWN:
            raise Errno(E.ECONNREFUSED)
        return listener

    def _wait_for_place(self, task: Task, address: bytes, listener: UnixStreamSocket) -> Blocking[int]:
        deadline = self.deadline_ns(writing=True)
        while len(listener.arrived) > (listener.backlog or 0):
            yield Wait((listener.place_free,), deadline)
            if deadline is not None and self.kernel.clock.now_ns() >= deadline:
                raise Errno(E.EAGAIN)
            listener = self._listener(task, address)
        return self._connect_to(task, listener)

    def _connect_to(self, task: Task, listener: UnixStreamSocket) -> int:
        # Asked only now: a socket that is connected waits for a place too, as on Linux.
        if self.peer is not None:
            raise Errno(E.EISCONN)
        if self.listening:
            raise Errno(E.EINVAL)
        other = UnixStreamSocket(self.kernel, self.kind, nonblocking=False)
        other.name = listener.name
        other.passes_credentials = listener.passes_credentials
        other.send_buffer = listener.send_buffer
        self.peer_is = listener.peer_is
        other.peer_is = PeerIdentity.of(task)
        self.pair(other)
        listener.arrived.append(other)
        self.kernel.work.packet += 1
        listener.readiness.wake(mask=IN)
        return 0

    def pair(self, other: UnixStreamSocket) -> None:
        """Make the two sockets the ends of one connection."""
        self.peer, other.peer = other, self

    def accept(self) -> Socket:
        if self.backlog is None or self.shutdown_mask & RCV_SHUTDOWN:
            raise Errno(E.EINVAL)
        if not self.arrived:
            raise Errno(E.EAGAIN)
        accepted = self.arrived.popleft()
        self.place_free.wake()
        return accepted

    def peer_name(self) -> bytes:
        if self.peer is None:
            raise Errno(E.ENOTCONN)
        return encode_name(self.peer.name)

    def shutdown(self, how: int) -> None:
        mask = how + 1
        self.shutdown_mask |= mask
        peer = self.peer
        if peer is not None:
            if mask & RCV_SHUTDOWN:
                peer.shutdown_mask |= SEND_SHUTDOWN
            if mask & SEND_SHUTDOWN:
                peer.shutdown_mask |= RCV_SHUTDOWN
            peer.readiness.wake()
        self.readiness.wake()
        self.place_free.wake()

    def release(self) -> None:
        self.closed = True
        self.forget_name()
        self.backlog = None
        self.place_free.wake()
        for waiting in self.arrived:
            # Connected but never accepted: the other end sees a reset.
            waiting._close(reset=True)
        self.arrived.clear()
        self._close(reset=bool(self.incoming.segments))

    def _close(self, *, reset: bool) -> None:
        self.closed = True
        self.shutdown_mask = BOTH_SHUTDOWN
        peer = self.peer
        if peer is not None and not peer.closed:
            peer.shutdown_mask = BOTH_SHUTDOWN
            if reset:
                peer.fail(E.ECONNRESET)
            peer.readiness.wake()
        self.incoming.clear()

    # -- sending -----------------------------------------------------------------------------------------------

    def room(self, out: Outgoing) -> int:
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        peer = self._receiver(out)
        limit = self.send_buffer
        if peer.incoming.charged >= limit:
            self._starved = True
            return 0
        return min(_LARGEST_SEGMENT, (limit >> 1) - 64)

    def push(self, data: bytes | memoryview, out: Outgoing) -> None:
        peer = self.peer
        assert peer is not None
        # The files go with the first piece of what one call sends.
        ancillary = self.accompany(out, peer)
        out.ancillary = None
        peer.incoming.push(data, ancillary, self.charge_of(len(data)))
        self.kernel.work.packet += 1
        peer.readiness.wake(mask=IN)

    def send(self, data: bytes, out: Outgoing) -> int:
        """One message of SOCK_SEQPACKET."""
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if self.peer is None:
            self.check_error()
            raise Errno(E.ENOTCONN)
        peer = self._receiver(out)
        if len(data) > self.send_buffer - 32:
            raise Errno(E.EMSGSIZE)
        charge = self.charge_of(len(data))
        if peer.incoming.charged >= self.send_buffer:
            self._starved = True
            raise Errno(E.EAGAIN)
        ancillary = self.accompany(out, peer)
        out.ancillary = None
        peer.incoming.push(data, ancillary, charge)
        self.kernel.work.packet += 1
        peer.readiness.wake(mask=IN)
        return len(data)

    def _receiver(self, out: Outgoing) -> UnixStreamSocket:
        peer = self.peer
        if out.address is not None and self.stream:
            raise Errno(E.EISCONN if peer is not None else E.EOPNOTSUPP)
        if peer is None:
            raise Errno(E.ENOTCONN)
        if self.shutdown_mask & SEND_SHUTDOWN:
            raise Errno(E.EPIPE)
        self.check_error()
        return peer

    # -- receiving ---------------------------------------------------------------------------------------------

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if self.peer is None:
            raise Errno(E.EINVAL if self.stream else E.ENOTCONN)
        buffer = self.incoming
        if not buffer.segments:
            self.check_error()
            if self.shutdown_mask & RCV_SHUTDOWN:
                return Incoming(b"")
            raise Errno(E.EAGAIN)
        return self._receive_bytes(size, flags) if self.stream else self._receive_message(size, flags)

    def _receive_bytes(self, size: int, flags: int) -> Incoming:
        buffer = self.incoming
        first = buffer.segments[0]
        if first.ancillary is None and not self.passes_credentials and len(buffer.segments) == 1:
            # What mostly happens.
            if flags & _PEEK:
                return Incoming(buffer.peek(size))
            received = Incoming(buffer.take(size))
            self._read_some()
            return received
        identity = first.ancillary.identity if first.ancillary is not None else None
        ancillary: Ancillary | None = None
        span = 0
        for segment in buffer.segments:
            own = segment.ancillary
            if segment is not first:
                # Bytes of different senders are not mixed, nor are files of two messages joined.
                if self.passes_credentials and (own.identity if own is not None else None) != identity:
                    break
                if ancillary is not None and ancillary.files:
                    break
            if own is not None and own.files:
                ancillary = own
            span += len(segment.data)
            if span >= size:
                break
        wanted = min(span, size)
        result = None
        if ancillary is not None or self.passes_credentials:
            result = Ancillary(identity or NOBODY if self.passes_credentials else None)
            if ancillary is not None:
                if flags & _PEEK:
                    result = Ancillary(result.identity, ancillary.files)
                else:
                    result.files = ancillary.take_files()
        if flags & _PEEK:
            return Incoming(buffer.peek(wanted), ancillary=result)
        received = Incoming(buffer.take(wanted), ancillary=result)
        self._read_some()
        return received

    def _receive_message(self, size: int, flags: int) -> Incoming:
        segment = self.incoming.segments[0]
        data, more = cut(segment.data, size)
        length = len(segment.data)
        ancillary = segment.ancillary
        if flags & _PEEK:
            ancillary = ancillary.duplicate() if ancillary is not None else None
        else:
            self.incoming.segments.popleft()
            self.incoming.size -= length
            self.incoming.charged -= segment.charge
            self._read_some()
        if self.passes_credentials:
            ancillary = ancillary or Ancillary()
            ancillary.identity = ancillary.identity or NOBODY
        elif ancillary is not None:
            ancillary.identity = None
        return Incoming(data, None, ancillary, more, length)

    def _read_some(self) -> None:
        """There is room again: tell a sender that was told that there is none."""
        peer = self.peer
        if peer is not None and peer._starved and self.incoming.charged * 4 <= peer.send_buffer:
            peer._starved = False
            peer.readiness.wake(mask=OUT | BAND)

    # -- state -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        mask = 0
        shut = self.shutdown_mask
        if self.error:
            mask |= ERR
        if shut == BOTH_SHUTDOWN:
            mask |= HUP
        if shut & RCV_SHUTDOWN:
            mask |= RDHUP | IN
        if self.incoming.segments or self.arrived:
            mask |= IN
        if self.listening:
            return mask
        peer = self.peer
        if peer is None:
            return mask | HUP | OUT | BAND
        if peer.incoming.charged * 4 <= self.send_buffer:
            mask |= OUT | BAND
        else:
            self._starved = True
        return mask

    def unread(self) -> int:
        if not self.stream:
            segments = self.incoming.segments
            return len(segments[0].data) if segments else 0
        return self.incoming.size

    def unsent(self) -> int:
        return self.peer.incoming.charged if self.peer is not None else 0


def socket_pair(kernel: KernelServices, task: Task, kind: int, *, nonblocking: bool) -> tuple[UnixSocket, UnixSocket]:
    """Two connected sockets without names."""
    first = UnixStreamSocket(kernel, kind, nonblocking=nonblocking)
    second = UnixStreamSocket(kernel, kind, nonblocking=nonblocking)
    first.pair(second)
    first.peer_is = second.peer_is = PeerIdentity.of(task)
    return first, second
