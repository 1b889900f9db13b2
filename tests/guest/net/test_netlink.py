"""Netlink sockets among themselves, where a program cannot see the whole: who waits for whom.

What calls return is compared with Linux by `programs/netlink.c`.
"""

from __future__ import annotations

import gc
import struct
import weakref
from dataclasses import replace

import pytest

from guest.abi.errno import E
from guest.abi.netlink import HEADER, HeaderFlag, MessageType, NetlinkOption
from guest.abi.socket import NETLINK_KOBJECT_UEVENT, NETLINK_ROUTE, Family, Level, MessageFlag, SocketOption, SocketType
from guest.credentials import Capability
from guest.syscall import Pending
from guest.wait import Wakeup
from tests.guest.conftest import Guest

DONTWAIT = int(MessageFlag.MSG_DONTWAIT)
DUMP = int(HeaderFlag.NLM_F_REQUEST | HeaderFlag.NLM_F_ACK | HeaderFlag.NLM_F_ROOT | HeaderFlag.NLM_F_MATCH)


def sockaddr(guest: Guest, port: int, groups: int = 0) -> int:
    return guest.put(struct.pack("<HHII", Family.AF_NETLINK, 0, port, groups))


def bound(guest: Guest, port: int, protocol: int = NETLINK_KOBJECT_UEVENT) -> int:
    fd = guest.call("socket", Family.AF_NETLINK, SocketType.SOCK_DGRAM, protocol)
    assert guest.call("bind", fd, sockaddr(guest, port), 12) == 0
    return fd


def fill(guest: Guest, sender: int, receiver_port: int) -> None:
    """Send until there is no room."""
    address, data = sockaddr(guest, receiver_port), guest.put(b"x")
    while (sent := guest.call("sendto", sender, data, 1, DONTWAIT, address, 12)) == 1:
        pass
    assert sent == -E.EAGAIN


def small_receiver(guest: Guest, port: int) -> int:
    fd = bound(guest, port)
    small = guest.put(struct.pack("<i", 1))
    assert guest.call("setsockopt", fd, Level.SOL_SOCKET, SocketOption.SO_RCVBUF, small, 4) == 0
    return fd


def test_a_sender_waits_for_room_at_the_receiver(guest: Guest) -> None:
    receiver, sender = small_receiver(guest, 1), bound(guest, 2)
    fill(guest, sender, 1)
    waiting = guest.start("sendto", sender, guest.put(b"last"), 4, 0, sockaddr(guest, 1), 12)
    assert isinstance(waiting, Pending)
    (queue,) = waiting.wait.queues
    assert queue is guest.task.files.get(sender).readiness
    place = guest.put(bytes(16))
    assert guest.call("recvfrom", receiver, place, 16, 0, 0, 0) == 1
    assert waiting.resume(Wakeup.WOKEN) == 4


def test_a_sender_is_told_that_the_receiver_has_gone(guest: Guest) -> None:
    receiver, sender = small_receiver(guest, 1), bound(guest, 2)
    fill(guest, sender, 1)
    waiting = guest.start("sendto", sender, guest.put(b"last"), 4, 0, sockaddr(guest, 1), 12)
    assert isinstance(waiting, Pending)
    guest.call("close", receiver)
    assert waiting.resume(Wakeup.WOKEN) == -E.ECONNREFUSED


def test_a_full_receiver_does_not_keep_senders_that_were_closed(guest: Guest) -> None:
    receiver, sender = small_receiver(guest, 1), bound(guest, 2)
    fill(guest, sender, 1)
    waiting = guest.start("sendto", sender, guest.put(b"last"), 4, 0, sockaddr(guest, 1), 12)
    assert isinstance(waiting, Pending)
    alive = weakref.ref(guest.task.files.get(sender))
    assert waiting.interrupt() == -E.EINTR
    guest.call("close", sender)
    del waiting
    gc.collect()
    assert alive() is None
    assert guest.call("recvfrom", receiver, guest.put(bytes(16)), 16, 0, 0, 0) == 1


def test_a_group_hears_once_of_what_had_to_wait(guest: Guest) -> None:
    receiver, sender, member = small_receiver(guest, 1), bound(guest, 2), bound(guest, 3)
    assert guest.call("bind", member, sockaddr(guest, 3, groups=2), 12) == 0
    fill(guest, sender, 1)
    waiting = guest.start("sendto", sender, guest.put(b"both"), 4, 0, sockaddr(guest, 1, groups=2), 12)
    assert isinstance(waiting, Pending)
    place = guest.put(bytes(16))
    guest.call("recvfrom", receiver, place, 16, 0, 0, 0)
    assert waiting.resume(Wakeup.WOKEN) == 4
    assert guest.call("recvfrom", member, place, 16, DONTWAIT, 0, 0) == 4
    assert guest.call("recvfrom", member, place, 16, DONTWAIT, 0, 0) == -E.EAGAIN


def test_a_queue_is_bounded(guest: Guest) -> None:
    """Also for answers of the kernel: what is too much is lost, and told."""
    fd = bound(guest, 1, NETLINK_ROUTE)
    request = HEADER.pack(17, MessageType.RTM_GETLINK, DUMP, 1, 0) + b"\0"
    place = guest.put(request)
    for _ in range(1000):
        assert guest.call("sendto", fd, place, len(request), 0, 0, 0) == len(request)
    answer = guest.put(bytes(4096))
    assert guest.call("recvfrom", fd, answer, 4096, DONTWAIT, 0, 0) == -E.ENOBUFS
    count = 0
    while guest.call("recvfrom", fd, answer, 4096, DONTWAIT, 0, 0) > 0:
        count += 1
    assert 10 < count < 300


def test_one_port_of_each_protocol(guest: Guest) -> None:
    """A message goes to the socket with the port in the sender's protocol."""
    routes, events, sender = bound(guest, 1, NETLINK_ROUTE), bound(guest, 1), bound(guest, 2)
    assert guest.call("sendto", sender, guest.put(b"x"), 1, 0, sockaddr(guest, 1), 12) == 1
    place = guest.put(bytes(16))
    assert guest.call("recvfrom", routes, place, 16, DONTWAIT, 0, 0) == -E.EAGAIN
    assert guest.call("recvfrom", events, place, 16, DONTWAIT, 0, 0) == 1


@pytest.mark.parametrize(
    ("room", "words"),
    [(0, b""), (3, b""), (4, bytes(4)), (7, bytes(4)), (8, b"\0\0\0\0\x08\0\0\0"), (9, b"\0\0\0\0\x08\0\0\0")],
)
def test_memberships_fill_whole_words_and_tell_how_many_there_are(guest: Guest, room: int, words: bytes) -> None:
    """As on Linux 6.18: a program asks once for the length, and once more with room for it."""
    fd = bound(guest, 1, NETLINK_ROUTE)
    group = guest.put(struct.pack("<i", 36))
    guest.call("setsockopt", fd, Level.SOL_NETLINK, NetlinkOption.NETLINK_ADD_MEMBERSHIP, group, 4)
    value, length = guest.put(b"\xaa" * 12), guest.put(struct.pack("<i", room))
    option = NetlinkOption.NETLINK_LIST_MEMBERSHIPS
    assert guest.call("getsockopt", fd, Level.SOL_NETLINK, option, value, length) == 0
    assert guest.read(length, 4) == struct.pack("<i", 8)
    assert guest.read(value, 12) == words.ljust(12, b"\xaa")


def test_events_of_other_network_namespaces_need_a_capability(guest: Guest) -> None:
    fd = bound(guest, 1)
    arguments = fd, Level.SOL_NETLINK, NetlinkOption.NETLINK_LISTEN_ALL_NSID, guest.put(struct.pack("<i", 1)), 4
    assert guest.call("setsockopt", *arguments) == 0
    everything = guest.task.credentials.effective
    without = replace(guest.task.credentials, effective=everything & ~(1 << Capability.CAP_NET_BROADCAST))
    guest.task.credentials = without
    assert guest.call("setsockopt", *arguments) == -E.EPERM


def test_a_dump_is_acknowledged_by_its_end(guest: Guest) -> None:
    fd = bound(guest, 1, NETLINK_ROUTE)
    request = HEADER.pack(17, MessageType.RTM_GETLINK, DUMP, 1, 0) + b"\0"
    guest.call("sendto", fd, guest.put(request), len(request), 0, 0, 0)
    place = guest.put(bytes(4096))
    size = guest.call("recvfrom", fd, place, 4096, DONTWAIT, 0, 0)
    answer = guest.read(place, size)
    assert HEADER.unpack_from(answer)[1] == MessageType.RTM_NEWLINK
    assert HEADER.unpack_from(answer, size - 20)[1] == MessageType.NLMSG_DONE
    assert guest.call("recvfrom", fd, place, 4096, DONTWAIT, 0, 0) == -E.EAGAIN
