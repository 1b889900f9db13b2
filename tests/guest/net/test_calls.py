"""Calls on sockets with arguments that programs should not give, and how strace shows them."""

from __future__ import annotations

import io
import random
import struct
from dataclasses import replace

import pytest

from guest.abi.errno import E
from guest.abi.socket import Family, SocketType
from guest.credentials import Capability
from guest.strace import Tracer
from guest.syscall import Pending
from tests.guest.conftest import Guest

CALLS = [
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "sendto",
    "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "setsockopt", "getsockopt", "ioctl", "read",
    "write", "close", "dup",
]  # fmt: skip


def loopback(port: int, ip: bytes = b"\x7f\0\0\1") -> bytes:
    return struct.pack("<H", Family.AF_INET) + port.to_bytes(2, "big") + ip + bytes(8)


def pair(guest: Guest, kind: int = SocketType.SOCK_STREAM) -> tuple[int, int]:
    place = guest.put(bytes(8))
    assert guest.call("socketpair", Family.AF_UNIX, kind, 0, place) == 0
    first, second = struct.unpack("<ii", guest.read(place, 8))
    return first, second


def test_there_is_no_way_out(guest: Guest) -> None:
    fd = guest.call("socket", Family.AF_INET, SocketType.SOCK_STREAM, 0)
    assert guest.call("connect", fd, guest.put(loopback(80, b"\x08\x08\x08\x08")), 16) == -E.ENETUNREACH
    fd = guest.call("socket", Family.AF_INET, SocketType.SOCK_DGRAM, 0)
    there = guest.put(loopback(53, b"\x0a\0\0\1"))
    assert guest.call("sendto", fd, guest.put(b"x"), 1, 0, there, 16) == -E.ENETUNREACH
    broadcast = guest.put(loopback(53, b"\xff\xff\xff\xff"))
    assert guest.call("sendto", fd, guest.put(b"x"), 1, 0, broadcast, 16) == -E.ENETUNREACH


def test_raw_sockets_are_refused(guest: Guest) -> None:
    assert guest.call("socket", Family.AF_INET, SocketType.SOCK_RAW, 1) == -E.EPROTONOSUPPORT
    guest.task.credentials = replace(guest.task.credentials, effective=0)
    assert guest.call("socket", Family.AF_INET, SocketType.SOCK_RAW, 1) == -E.EPERM
    assert guest.call("socket", 17, SocketType.SOCK_RAW, 0) == -E.EAFNOSUPPORT


def test_low_ports_need_a_capability(guest: Guest) -> None:
    fd = guest.call("socket", Family.AF_INET, SocketType.SOCK_STREAM, 0)
    every = guest.task.credentials
    guest.task.credentials = replace(every, effective=every.effective & ~(1 << Capability.CAP_NET_BIND_SERVICE))
    assert guest.call("bind", fd, guest.put(loopback(80)), 16) == -E.EACCES
    guest.task.credentials = every
    assert guest.call("bind", fd, guest.put(loopback(80)), 16) == 0


def test_ephemeral_ports_come_in_order(guest: Guest) -> None:
    ports = []
    for _ in range(3):
        fd = guest.call("socket", Family.AF_INET, SocketType.SOCK_STREAM, 0)
        guest.call("bind", fd, guest.put(loopback(0)), 16)
        place, size = guest.put(bytes(16)), guest.put(struct.pack("<i", 16))
        guest.call("getsockname", fd, place, size)
        ports.append(int.from_bytes(guest.read(place + 2, 2), "big"))
    assert ports == [32768, 32769, 32770]


def test_a_receiver_waits_and_is_woken(guest: Guest) -> None:
    first, second = pair(guest)
    place = guest.put(bytes(16))
    waiting = guest.start("recvfrom", second, place, 16, 0, 0, 0)
    assert isinstance(waiting, Pending)
    (queue,) = waiting.wait.queues
    assert queue is guest.task.files.get(second).readiness
    guest.call("sendto", first, guest.put(b"hello"), 5, 0, 0, 0)
    from guest.wait import Wakeup

    assert waiting.resume(Wakeup.WOKEN) == 5
    assert guest.read(place, 5) == b"hello"


def test_messages_are_counted_and_copied_once(guest: Guest) -> None:
    first, second = pair(guest)
    data, place = guest.put(bytes(1000)), guest.put(bytes(1000))
    before = replace(guest.kernel.work)
    guest.call("sendto", first, data, 1000, 0, 0, 0)
    guest.call("recvfrom", second, place, 1000, 0, 0, 0)
    work = guest.kernel.work
    assert (work.packet - before.packet, work.copy - before.copy) == (1, 2000)


def test_files_in_flight_are_closed_when_the_receiver_goes(guest: Guest) -> None:
    first, second = pair(guest)
    passed, kept = pair(guest)
    control = struct.pack("<QIIi4x", 20, 1, 1, passed)
    vector = guest.put(struct.pack("<QQ", guest.put(b"x"), 1))
    header = guest.put(struct.pack("<QI4xQQQQi4x", 0, 0, vector, 1, guest.put(control), 24, 0))
    assert guest.call("sendmsg", first, header, 0) == 1
    guest.call("close", passed)
    nonblocking = 0x40
    assert guest.call("recvfrom", kept, guest.put(b"x"), 1, nonblocking, 0, 0) == -E.EAGAIN
    guest.call("close", second)
    assert guest.call("recvfrom", kept, guest.put(b"x"), 1, nonblocking, 0, 0) == 0


def test_strace_shows_addresses_options_and_messages(guest: Guest) -> None:
    lines = io.StringIO()
    guest.table.tracer = Tracer(lines)
    fd = guest.call("socket", Family.AF_INET, SocketType.SOCK_STREAM | 0o2000000, 6)
    guest.call("bind", fd, guest.put(loopback(8080)), 16)
    guest.call("setsockopt", fd, 1, 2, guest.put(struct.pack("<i", 1)), 4)
    first, _ = pair(guest)
    vector = guest.put(struct.pack("<QQ", guest.put(b"hello"), 5))
    header = guest.put(struct.pack("<QI4xQQQQi4x", 0, 0, vector, 1, 0, 0, 0))
    guest.call("sendmsg", first, header, 0x4040)
    assert [line.split(") = ")[0] for line in lines.getvalue().splitlines() if "socketpair" not in line] == [
        "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP",
        f'bind({fd}, {{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}}, 16',
        f"setsockopt({fd}, SOL_SOCKET, SO_REUSEADDR, [1], 4",
        f'sendmsg({first}, {{msg_name=NULL, msg_namelen=0, msg_iov=[{{iov_base="hello", iov_len=5}}], '
        "msg_iovlen=1, msg_controllen=0, msg_flags=0}, MSG_DONTWAIT|MSG_NOSIGNAL",
    ]


@pytest.mark.parametrize("traced", [False, True])
def test_nonsense_gives_errors_only(guest: Guest, traced: bool) -> None:
    """Whatever a program passes: a number, or a wait; never an exception of ours."""
    if traced:
        guest.table.tracer = Tracer(io.StringIO())
    choice = random.Random(1)
    noise = guest.put(choice.randbytes(4096))
    addresses = [guest.put(loopback(choice.choice([0, 7, 8]))) for _ in range(4)]
    addresses += [guest.put(b"\1\0\0name"), guest.put(b"\1\0/name\0"), guest.put(bytes(128))]
    addresses += [guest.put(struct.pack("<H", Family.AF_INET6) + choice.randbytes(26)), 0, 8, (1 << 64) - 1]
    for _ in range(3000):
        name = choice.choice(CALLS)
        usual = [choice.randrange(12), choice.randrange(3, 9), choice.choice(addresses), choice.choice([16, 28, 110])]
        arguments = [
            choice.choice([*usual, noise + choice.randrange(4096), choice.getrandbits(choice.choice([8, 32, 64]))])
            for _ in range(6)
        ]
        if name in ("socket", "socketpair"):
            arguments[:3] = [choice.choice([1, 2, 10, 16, 99]), choice.choice([1, 2, 3, 5, 0o4001, 0o4002]), 0]
            arguments[3] = noise
        elif choice.random() < 0.8:
            arguments[0] = choice.randrange(3, 12)
        result = guest.start(name, *arguments)
        if isinstance(result, Pending):
            result.cancel()
