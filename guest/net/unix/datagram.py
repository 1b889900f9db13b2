"""Unix datagram sockets: reliable, so a sender waits where a receiver is full."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from guest.abi.errno import E, Errno
from guest.abi.socket import Family, MessageFlag, SocketType
from guest.net.ancillary import NOBODY, Ancillary, PeerIdentity
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
    cut,
)
from guest.net.unix.names import UnixSocket, encode_name

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task
    from guest.wait import Blocking

_QUEUE_LENGTH = 10
"""net.unix.max_dgram_qlen: a receiver with more messages than this is full."""
_UNSPECIFIED = int(Family.AF_UNSPEC).to_bytes(2, "little")


class _Message(NamedTuple):
    data: bytes
    sender: UnixDatagramSocket
    name: bytes | None
    """The sender's name when it sent."""
    ancillary: Ancillary | None
    charge: int


class UnixDatagramSocket(UnixSocket):
    """One socket, with a default receiver if it is connected."""

    def __init__(self, kernel: KernelServices, *, nonblocking: bool) -> None:
        super().__init__(kernel, SocketType.SOCK_DGRAM, nonblocking=nonblocking)
        self.peer: UnixDatagramSocket | None = None
        self.messages: deque[_Message] = deque()
        self._charged = 0
        """What this socket has sent and nobody has read yet."""
        self._starved = False
        self._waiting_senders: dict[UnixDatagramSocket, None] = {}
        """Sockets that were told that this one is full."""

    # -- connecting --------------------------------------------------------------------------------------------

    def connect(self, task: Task, address: bytes) -> int | Blocking[int]:
        if address[:2] == _UNSPECIFIED and len(address) >= 2:
            self.peer = None
            self.readiness.wake()
            return 0
        found = self.find_peer(task, address)
        if self.passes_credentials:
            self.autobind()
        assert isinstance(found, UnixDatagramSocket)
        if found.peer is not None and found.peer is not self:
            raise Errno(E.EPERM)
        if self.peer is not None and self.peer is not found:
            self.drop_messages()
        self.peer = found
        self.readiness.wake()
        return 0

    def peer_name(self) -> bytes:
        if self.peer is None:
            raise Errno(E.ENOTCONN)
        return encode_name(self.peer.name)

    def shutdown(self, how: int) -> None:
        mask = how + 1
        self.shutdown_mask |= mask
        self.readiness.wake()
        if mask & RCV_SHUTDOWN:
            self._admit_senders()

    def release(self) -> None:
        self.closed = True
        self.shutdown_mask = BOTH_SHUTDOWN
        self.forget_name()
        self.drop_messages()
        self._admit_senders()
        peer = self.peer
        if peer is not None and peer.peer is self and not peer.closed:
            peer.readiness.wake()
        self.peer = None

    def drop_messages(self) -> None:
        """Throw away what was not read."""
        while self.messages:
            message = self.messages.popleft()
            if message.ancillary is not None:
                message.ancillary.release()
            self._gone(message)

    # -- sending -----------------------------------------------------------------------------------------------

    def send(self, data: bytes, out: Outgoing) -> int:
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if out.address is None:
            receiver = self.peer
            if receiver is None:
                raise Errno(E.ENOTCONN)
        else:
            found = self.find_peer(out.task, out.address)
            assert isinstance(found, UnixDatagramSocket)
            receiver = found
        if self.passes_credentials:
            self.autobind()
        if len(data) > self.send_buffer - 32:
            raise Errno(E.EMSGSIZE)
        self.check_error()
        if self.shutdown_mask & SEND_SHUTDOWN:
            raise Errno(E.EPIPE)
        if self._charged >= self.send_buffer:
            self._starved = True
            raise Errno(E.EAGAIN)
        if receiver.closed:
            if receiver is self.peer:
                self.peer = None
            raise Errno(E.ECONNREFUSED)
        if receiver.peer is not None and receiver.peer is not self:
            raise Errno(E.EPERM)
        if receiver.shutdown_mask & RCV_SHUTDOWN:
            raise Errno(E.EPIPE)
        if receiver._is_full_for(self):
            receiver._waiting_senders[self] = None
            raise Errno(E.EAGAIN)
        ancillary = self.accompany(out, receiver)
        out.ancillary = None
        charge = self.charge_of(len(data))
        receiver.messages.append(_Message(data, self, self.name, ancillary, charge))
        self._charged += charge
        self.kernel.work.packet += 1
        receiver.readiness.wake(mask=IN)
        return len(data)

    def _is_full_for(self, sender: UnixDatagramSocket) -> bool:
        return sender is not self and self.peer is not sender and len(self.messages) > _QUEUE_LENGTH

    # -- receiving ---------------------------------------------------------------------------------------------

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if not self.messages:
            self.check_error()
            if self.shutdown_mask & RCV_SHUTDOWN and self.would_wait(flags):
                # Only who would wait is told that nothing will come, as on Linux.
                return Incoming(b"")
            raise Errno(E.EAGAIN)
        message = self.messages[0]
        ancillary = message.ancillary
        if flags & MessageFlag.MSG_PEEK:
            ancillary = ancillary.duplicate() if ancillary is not None else None
        else:
            self.messages.popleft()
            self._gone(message)
            self._admit_senders()
        if self.passes_credentials:
            ancillary = ancillary or Ancillary()
            ancillary.identity = ancillary.identity or NOBODY
        elif ancillary is not None:
            ancillary.identity = None
        data, more = cut(message.data, size)
        address = encode_name(message.name) if message.name is not None else None
        return Incoming(data, address, ancillary, more, len(message.data))

    def _gone(self, message: _Message) -> None:
        """A message is no longer on its way: its sender has room again."""
        sender = message.sender
        sender._charged -= message.charge
        if sender._starved and sender._charged * 4 <= sender.send_buffer:
            sender._starved = False
            sender.readiness.wake(mask=OUT | BAND)

    def _admit_senders(self) -> None:
        if self._waiting_senders and (len(self.messages) <= _QUEUE_LENGTH or self.closed):
            senders, self._waiting_senders = self._waiting_senders, {}
            for sender in senders:
                sender.readiness.wake(mask=OUT | BAND)

    # -- state -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        mask = 0
        if self.error:
            mask |= ERR
        if self.shutdown_mask & RCV_SHUTDOWN:
            mask |= RDHUP | IN
        if self.shutdown_mask == BOTH_SHUTDOWN:
            mask |= HUP
        if self.messages:
            mask |= IN
        if self._charged * 4 > self.send_buffer:
            self._starved = True
            return mask
        peer = self.peer
        if peer is not None and not peer.closed and peer._is_full_for(self):
            peer._waiting_senders[self] = None
            return mask
        return mask | OUT | BAND

    def unread(self) -> int:
        return len(self.messages[0].data) if self.messages else 0

    def unsent(self) -> int:
        return self._charged


def datagram_pair(
    kernel: KernelServices, task: Task, *, nonblocking: bool
) -> tuple[UnixDatagramSocket, UnixDatagramSocket]:
    """Two sockets that are each other's receiver."""
    first = UnixDatagramSocket(kernel, nonblocking=nonblocking)
    second = UnixDatagramSocket(kernel, nonblocking=nonblocking)
    first.peer, second.peer = second, first
    first.peer_is = second.peer_is = PeerIdentity.of(task)
    return first, second
