"""A program's netlink socket: the same for all protocols."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from guest.abi.errno import E, Errno
from guest.abi.netlink import SOCKADDR, NetlinkOption, sockaddr
from guest.abi.socket import Family, Level, MessageFlag
from guest.credentials import Capability
from guest.net.ancillary import Ancillary, PeerIdentity
from guest.net.buffer import truesize
from guest.net.message import Incoming, Outgoing
from guest.net.netlink import ports
from guest.net.netlink.request import answers
from guest.net.socket import BAND, ERR, IN, OUT, PartOfOption, Socket, cut

if TYPE_CHECKING:
    from guest.net.netlink.protocol import NetlinkProtocol
    from guest.services import KernelServices
    from guest.task import Task

KERNEL = PeerIdentity(0, 0, 0)
"""Who the kernel is, as a sender."""
_MOST_ADDRESSED_GROUPS = 32
"""A sockaddr_nl has room for no more; higher groups are joined by an option."""
_SWITCHES = frozenset(NetlinkOption) - {
    NetlinkOption.NETLINK_ADD_MEMBERSHIP, NetlinkOption.NETLINK_DROP_MEMBERSHIP,
    NetlinkOption.NETLINK_LIST_MEMBERSHIPS,
}  # fmt: skip
"""Options that are on or off."""


class Datagram(NamedTuple):
    """One message on its way to sockets of its protocol."""

    data: bytes
    port: int
    """Of the sender; 0 is the kernel."""
    group: int
    """The group that it was sent to, 0 for none."""
    identity: PeerIdentity


def _mask(group: int) -> int:
    """A group in a set of groups (netlink_group_mask); those beyond 32 cannot be told."""
    return 1 << group - 1 & 0xFFFFFFFF if group else 0


def _first_group(groups: int) -> int:
    """A message goes to one group only (ffs)."""
    return (groups & -groups).bit_length()


def _decode(address: bytes) -> tuple[int, int]:
    """Port and set of groups (EINVAL)."""
    if len(address) < SOCKADDR.size:
        raise Errno(E.EINVAL)
    family, port, groups = SOCKADDR.unpack_from(address)
    if family != Family.AF_NETLINK:
        raise Errno(E.EINVAL)
    return port, groups


class NetlinkSocket(Socket):
    """One socket, with the kernel as receiver until it is connected to another program."""

    def __init__(self, kernel: KernelServices, kind: int, protocol: NetlinkProtocol, *, nonblocking: bool) -> None:
        super().__init__(kernel, Family.AF_NETLINK, kind, protocol.number, nonblocking=nonblocking)
        self._kernel_end = protocol
        self.port = 0
        """0 as long as it is not bound."""
        self.groups = 0
        """A bit for each group that it is in, from group 1."""
        self._has_group_set = False
        self._connected = False
        self._receiver = (0, 0)
        """Port and group of who gets messages without an address."""
        self._queue: deque[Datagram] = deque()
        self._charged = 0
        """What the queue counts against the receive buffer."""
        self._congested = False
        """A message was lost: no more are taken before all that are there were received."""
        self._waiting_senders: dict[NetlinkSocket, None] = {}
        self._waits_at: NetlinkSocket | None = None
        """The last that had no room: it should not keep this socket when that is closed."""
        protocol.opened(kernel)

    # -- naming and connecting ---------------------------------------------------------------------------------

    def bind(self, task: Task, address: bytes) -> None:
        port, groups = _decode(address)
        if self.port and port != self.port:
            raise Errno(E.EINVAL)
        if not self.port:
            self.port = ports.take(self.net, self, port) if port else self._take_automatic_port(task)
        addressed = (1 << min(self._kernel_end.groups, _MOST_ADDRESSED_GROUPS)) - 1
        self._has_group_set |= bool(groups)
        self.groups = self.groups & ~addressed | groups & addressed

    def _take_automatic_port(self, task: Task) -> int:
        return ports.take_automatic(self.net, self, task.pid)

    def connect(self, task: Task, address: bytes) -> int:
        if len(address) < 2:
            raise Errno(E.EINVAL)
        if int.from_bytes(address[:2], "little") == Family.AF_UNSPEC:
            self._connected, self._receiver = False, (0, 0)
            return 0
        port, groups = _decode(address)
        self._check_may_send(task, port, groups)
        if not self.port:
            self.port = self._take_automatic_port(task)
        self._connected, self._receiver = True, (port, _first_group(groups))
        return 0

    def _check_may_send(self, task: Task, port: int, groups: int) -> None:
        """Everybody may ask the kernel; only the network's administrator talks to other programs (EPERM)."""
        if (port or groups) and not task.credentials.capable(Capability.CAP_NET_ADMIN):
            raise Errno(E.EPERM)

    def local_name(self) -> bytes:
        return sockaddr(self.port, self.groups & 0xFFFFFFFF)

    def peer_name(self) -> bytes:
        port, group = self._receiver
        return sockaddr(port, _mask(group))

    def release(self) -> None:
        self.closed = True
        self._queue.clear()
        ports.give_back(self.net, self)
        self._admit_senders()
        if self._waits_at is not None:
            self._waits_at._waiting_senders.pop(self, None)
            self._waits_at = None

    # -- sending -----------------------------------------------------------------------------------------------

    def send(self, data: bytes, out: Outgoing) -> int:
        if out.flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        if not data:
            raise Errno(E.ENODATA)
        port, group = self._receiver
        if out.address is not None:
            port, groups = _decode(out.address)
            self._check_may_send(out.task, port, groups)
            group = _first_group(groups)
        if not self.port:
            self.port = self._take_automatic_port(out.task)
        if len(data) > self.send_buffer - 32:
            raise Errno(E.EMSGSIZE)
        receiver = self._find(port) if port else None
        if receiver is not None and not receiver.has_room():
            # Before the group gets the message: the sender comes again.
            if self.would_wait(out.flags):
                receiver._waiting_senders[self] = None
                self._waits_at = receiver
            raise Errno(E.EAGAIN)
        identity = out.ancillary.identity if out.ancillary is not None else None
        message = Datagram(data, self.port, group, identity or PeerIdentity.real(out.task))
        self.kernel.work.packet += 1
        if group:
            ports.broadcast(self.net, self.protocol, message, sender=self, apart_from=port)
        if not port:
            capped = bool(self.option(Level.SOL_NETLINK, NetlinkOption.NETLINK_CAP_ACK))
            for answer in answers(self._kernel_end, out.task, data, self.port, capped=capped):
                self.offer(Datagram(answer, 0, 0, KERNEL))
        elif receiver is None:
            raise Errno(E.ECONNREFUSED)
        else:
            receiver._put(message)
        return len(data)

    def _find(self, port: int) -> NetlinkSocket | None:
        """The socket with a port, unless it is connected to somebody else."""
        found = ports.find(self.net, self.protocol, port)
        if found is not None and found._connected and found._receiver[0] != self.port:
            return None
        return found

    # -- receiving ---------------------------------------------------------------------------------------------

    def has_room(self) -> bool:
        """Whether a message is taken: also one that goes beyond the end of the receive buffer."""
        return self._charged <= self.receive_buffer and not self._congested

    def offer(self, message: Datagram) -> None:
        """Take a message whose sender does not wait: without room it is lost, and a receive will say so (ENOBUFS)."""
        if self.has_room():
            self._put(message)
        elif not (self._congested or self.option(Level.SOL_NETLINK, NetlinkOption.NETLINK_NO_ENOBUFS)):
            self._congested = True
            self.fail(E.ENOBUFS)
            self.readiness.wake(mask=ERR)

    def deliver(self, data: bytes) -> None:
        """The kernel says something for which it has asked for room before."""
        if not self.closed:
            self._put(Datagram(data, 0, 0, KERNEL))

    def _put(self, message: Datagram) -> None:
        self._queue.append(message)
        self._charged += truesize(len(message.data))
        self.readiness.wake(mask=IN)

    def receive(self, size: int, flags: int) -> Incoming:
        if flags & MessageFlag.MSG_OOB:
            raise Errno(E.EOPNOTSUPP)
        try:
            # An error comes before the messages that arrived before it.
            self.check_error()
            if not self._queue:
                raise Errno(E.EAGAIN)
            message = self._queue[0]
            if not flags & MessageFlag.MSG_PEEK:
                self._queue.popleft()
                self._charged -= truesize(len(message.data))
        finally:
            self._end_congestion()
        data, more = cut(message.data, size)
        ancillary = Ancillary(message.identity) if self.passes_credentials else None
        control: tuple[tuple[int, int, bytes], ...] = ()
        if self.option(Level.SOL_NETLINK, NetlinkOption.NETLINK_PKTINFO):
            group = message.group.to_bytes(4, "little")
            control = ((Level.SOL_NETLINK, NetlinkOption.NETLINK_PKTINFO, group),)
        address = sockaddr(message.port, _mask(message.group))
        return Incoming(data, address, ancillary, more, len(message.data), control)

    def _end_congestion(self) -> None:
        if not self._queue:
            self._congested = False
        if not self._congested:
            self._admit_senders()

    def _admit_senders(self) -> None:
        senders, self._waiting_senders = self._waiting_senders, {}
        for sender in senders:
            sender.readiness.wake(mask=OUT | BAND)

    # -- state -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        return OUT | BAND | (IN if self._queue else 0) | (ERR if self.error else 0)

    # -- options -----------------------------------------------------------------------------------------------

    def set_option(self, task: Task, level: int, name: int, value: bytes) -> None:
        if level != Level.SOL_NETLINK:
            raise Errno(E.ENOPROTOOPT)
        # As on Linux, less than an integer is not refused.
        number = int.from_bytes(value[:4], "little", signed=True) if len(value) >= 4 else 0
        if name in (NetlinkOption.NETLINK_ADD_MEMBERSHIP, NetlinkOption.NETLINK_DROP_MEMBERSHIP):
            self._set_membership(number, member=name == NetlinkOption.NETLINK_ADD_MEMBERSHIP)
            return
        if name not in _SWITCHES:
            raise Errno(E.ENOPROTOOPT)
        if name == NetlinkOption.NETLINK_LISTEN_ALL_NSID and not task.credentials.capable(Capability.CAP_NET_BROADCAST):
            raise Errno(E.EPERM)
        self.options[(level, name)] = int(bool(number))
        if name == NetlinkOption.NETLINK_NO_ENOBUFS and number:
            self._congested = False
            self._admit_senders()

    def _set_membership(self, group: int, *, member: bool) -> None:
        self._has_group_set = True
        if not 1 <= group <= self._kernel_end.groups:
            raise Errno(E.EINVAL)
        bit = 1 << group - 1
        self.groups = self.groups | bit if member else self.groups & ~bit

    def get_option(self, task: Task, level: int, name: int, size: int) -> bytes | PartOfOption:
        if level != Level.SOL_NETLINK:
            raise Errno(E.ENOPROTOOPT)
        if name == NetlinkOption.NETLINK_LIST_MEMBERSHIPS:
            # Words of 32 groups; none as long as the socket has had nothing to do with groups.
            words = (self._kernel_end.groups + 31) // 32 if self._has_group_set else 0
            return PartOfOption(self.groups.to_bytes(4 * words, "little")[: size // 4 * 4], 4 * words)
        if name not in _SWITCHES:
            raise Errno(E.ENOPROTOOPT)
        if size < 4:
            raise Errno(E.EINVAL)
        return self.option(level, name).to_bytes(4, "little")
