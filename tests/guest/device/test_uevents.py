"""What a program hears of devices on NETLINK_KOBJECT_UEVENT, and the events that it asks for in sysfs.

What is refused and how messages read was recorded on Linux 6.18 with /sys/devices/virtual/mem/null/uevent.
"""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from guest.abi.errno import E
from guest.abi.flags import PollEvent
from guest.abi.netlink import NetlinkOption
from guest.abi.socket import NETLINK_KOBJECT_UEVENT, Family, Level, MessageFlag, SocketOption, SocketType
from guest.abi.structs import Pollfd
from guest.device.module import BuiltInModule
from guest.syscall import Pending
from guest.wait import Wakeup
from tests.guest.conftest import Guest
from tests.guest.device.example_driver import RingDevice

UEVENT_FILE = "/sys/class/ring/ring0/uevent"
DEVICE = b"DEVPATH=/devices/virtual/ring/ring0\0SUBSYSTEM=ring\0"
NODE = b"MAJOR=254\0MINOR=0\0DEVNAME=ring0\0"
UUID = b"01234567-89ab-cdef-0123-456789ABCDEF"
CAPACITY_EVENT = (
    b"change@/devices/virtual/ring/ring0\0ACTION=change\0" + DEVICE + b"CAPACITY=9\0" + NODE + b"SEQNUM=2\0"
)
"""What the driver's first `set_capacity` tells."""
DONTWAIT = int(MessageFlag.MSG_DONTWAIT)
KERNEL_ADDRESS = struct.pack("<HHII", Family.AF_NETLINK, 0, 0, 1)
"""Port 0, group 1."""


@pytest.fixture
def ring(guest: Guest) -> RingDevice:
    return RingDevice(guest.kernel)


def listener(guest: Guest, *, groups: int = 1) -> int:
    fd = guest.call("socket", Family.AF_NETLINK, SocketType.SOCK_RAW, NETLINK_KOBJECT_UEVENT)
    assert guest.call("bind", fd, guest.put(struct.pack("<HHII", Family.AF_NETLINK, 0, 0, groups)), 12) == 0
    return fd


def receive(guest: Guest, fd: int, flags: int = 0) -> bytes | int:
    """The next message, or minus the error."""
    place = guest.put(bytes(4096))
    size = guest.call("recvfrom", fd, place, 4096, flags | DONTWAIT, 0, 0)
    return guest.read(place, size) if size >= 0 else size


def write(guest: Guest, text: bytes) -> int:
    fd = guest.call("openat", -100, UEVENT_FILE, 1)
    result = guest.call("write", fd, guest.put(text), len(text))
    guest.call("close", fd)
    return result


def sequence(event: bytes | int) -> int:
    assert isinstance(event, bytes)
    return int(event.rpartition(b"SEQNUM=")[2].rstrip(b"\0"))


def set_option(guest: Guest, fd: int, level: int, name: int, value: int) -> None:
    assert guest.call("setsockopt", fd, level, name, guest.put(struct.pack("<i", value)), 4) == 0


def poll(guest: Guest, fd: int) -> int:
    item = guest.put(Pollfd(fd, int(PollEvent.POLLIN)).to_bytes())
    guest.call("ppoll", item, 1, guest.put(bytes(16)), 0, 8)
    return Pollfd.from_bytes(guest.read(item, Pollfd.size)).revents


def test_a_driver_tells_all_members_of_the_group(guest: Guest, ring: RingDevice) -> None:
    members = [listener(guest), listener(guest)]
    others = [listener(guest, groups=0), listener(guest, groups=2)]
    assert receive(guest, members[0]) == -E.EAGAIN, "that the device was added was told before"
    ring.set_capacity(b"9")
    for member in members:
        assert receive(guest, member) == CAPACITY_EVENT
        assert receive(guest, member) == -E.EAGAIN
    for other in others:
        assert receive(guest, other) == -E.EAGAIN


def test_membership_begins_and_ends_with_an_option(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest, groups=0)
    for name, hears in ((NetlinkOption.NETLINK_ADD_MEMBERSHIP, True), (NetlinkOption.NETLINK_DROP_MEMBERSHIP, False)):
        set_option(guest, fd, Level.SOL_NETLINK, name, 1)
        ring.set_capacity(b"9")
        assert isinstance(receive(guest, fd), bytes) == hears


def test_the_kernel_is_the_sender(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    set_option(guest, fd, Level.SOL_SOCKET, SocketOption.SO_PASSCRED, 1)
    ring.set_capacity(b"9")
    data, name, control = guest.put(bytes(10)), guest.put(bytes(12)), guest.put(bytes(64))
    vector = guest.put(struct.pack("<QQ", data, 10))
    header = guest.put(struct.pack("<QI4xQQQQi4x", name, 12, vector, 1, control, 64, 0))
    assert guest.call("recvmsg", fd, header, MessageFlag.MSG_TRUNC) == len(CAPACITY_EVENT), (
        "the length of the whole message"
    )
    assert guest.read(data, 10) == b"change@/de"
    assert guest.read(name, 12) == KERNEL_ADDRESS
    nobody_but_root = struct.pack("<QiiIII", 28, Level.SOL_SOCKET, 2, 0, 0, 0)
    assert guest.read(control, 28) == nobody_but_root
    assert struct.unpack("<i", guest.read(header + 48, 4)) == (MessageFlag.MSG_TRUNC,)
    assert receive(guest, fd) == -E.EAGAIN, "the rest of the message is lost"


def test_anybody_may_listen(guest: Guest, ring: RingDevice) -> None:
    guest.task.credentials = replace(guest.task.credentials, euid=1000, effective=0)
    fd = listener(guest)
    ring.set_capacity(b"9")
    assert isinstance(receive(guest, fd), bytes)


def test_who_waits_is_woken(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    place = guest.put(bytes(256))
    waiting = guest.start("recvfrom", fd, place, 256, 0, 0, 0)
    polling = guest.start("ppoll", guest.put(Pollfd(fd, int(PollEvent.POLLIN)).to_bytes()), 1, 0, 0, 8)
    assert isinstance(waiting, Pending) and isinstance(polling, Pending)
    readiness = guest.task.files.get(fd).readiness
    assert readiness in waiting.wait.queues and readiness in polling.wait.queues
    ring.set_capacity(b"9")
    assert polling.resume(Wakeup.WOKEN) == 1
    assert waiting.resume(Wakeup.WOKEN) == len(CAPACITY_EVENT)


def test_events_that_nobody_reads_are_lost_and_that_is_told_once(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    set_option(guest, fd, Level.SOL_SOCKET, SocketOption.SO_RCVBUF, 1)
    for _ in range(100):
        ring.set_capacity(b"9")
    assert poll(guest, fd) == PollEvent.POLLIN | PollEvent.POLLERR
    assert receive(guest, fd) == -E.ENOBUFS
    assert poll(guest, fd) == PollEvent.POLLIN
    # There would be room after the first, but what is lost is lost in one piece: until the queue is empty.
    assert [sequence(receive(guest, fd)) for _ in range(2)] == [2, 3]
    ring.set_capacity(b"9")
    assert [sequence(receive(guest, fd)) for _ in range(2)] == [4, 5]
    assert receive(guest, fd) == -E.EAGAIN
    ring.set_capacity(b"9")
    assert sequence(receive(guest, fd)) == 103


def test_a_closed_socket_keeps_nothing(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    guest.call("close", fd)
    before = guest.kernel.work.packet
    ring.set_capacity(b"9")
    assert guest.kernel.work.packet == before
    assert listener(guest) >= 0


def test_synthetic_events(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    for number, action in enumerate((b"add", b"remove", b"change", b"move", b"online", b"offline", b"bind", b"unbind")):
        for end in (b"", b"\n", b"\0"):
            assert write(guest, action + end) == len(action + end)
            head = action + b"@/devices/virtual/ring/ring0\0ACTION=" + action + b"\0"
            sequence = b"SEQNUM=%d\0" % (2 + 3 * number + (b"", b"\n", b"\0").index(end))
            assert receive(guest, fd) == head + DEVICE + b"SYNTH_UUID=0\0" + NODE + sequence


def test_synthetic_events_with_an_identity_and_arguments(guest: Guest, ring: RingDevice) -> None:
    fd = listener(guest)
    head = b"change@/devices/virtual/ring/ring0\0ACTION=change\0" + DEVICE + b"SYNTH_UUID=" + UUID + b"\0"
    write(guest, b"change " + UUID + b"\n")
    assert receive(guest, fd) == head + NODE + b"SEQNUM=2\0"
    write(guest, b"change " + UUID + b" A=b Key0=Value1 A=c\n")
    arguments = b"SYNTH_ARG_A=b\0SYNTH_ARG_Key0=Value1\0SYNTH_ARG_A=c\0"
    assert receive(guest, fd) == head + arguments + NODE + b"SEQNUM=3\0"


@pytest.mark.parametrize(
    "text",
    [
        b"chang", b"Change", b"changed", b"\n", b"change\n\n", b" change", b"change ", b"change \n", b"change x",
        b"change " + UUID[:-1], b"change " + UUID + b" ", b"change " + UUID + b" A", b"change " + UUID + b" =b",
        b"change " + UUID + b" A=", b"change " + UUID + b" A_=b", b"change " + UUID + b"  A=b",
        b"change " + UUID + b" A=b\n\n", b"change " + UUID + b" A=" + b"9" * 2000,
        b"change " + UUID + b" A=b" * 64,
    ],
)  # fmt: skip
def test_no_synthetic_event_for_what_is_not_one(guest: Guest, ring: RingDevice, text: bytes) -> None:
    fd = listener(guest)
    assert write(guest, text) == -E.EINVAL
    assert receive(guest, fd) == -E.EAGAIN
    write(guest, b"change")
    event = receive(guest, fd)
    assert isinstance(event, bytes) and event.endswith(b"SEQNUM=2\0"), "no number was used up"


def test_a_device_of_a_class_tells_its_type(guest: Guest) -> None:
    fd = listener(guest)
    guest.kernel.devices.add("ring1", "ring", kind="ring_minor").uevent("change", FULL="1")
    head = b"change@/devices/virtual/ring/ring1\0ACTION=change\0DEVPATH=/devices/virtual/ring/ring1\0SUBSYSTEM=ring\0"
    assert isinstance(receive(guest, fd), bytes), "that it was added"
    assert receive(guest, fd) == head + b"FULL=1\0DEVTYPE=ring_minor\0SEQNUM=2\0"


def test_a_device_of_a_bus_tells_its_driver(guest: Guest) -> None:
    fd = listener(guest)
    device = guest.kernel.devices.add_on_bus("ring1", "platform")
    BuiltInModule(guest.kernel.devices, "rings", version="1").drive(device)
    device.uevent("change")
    head = b"@/devices/platform/ring1\0ACTION=%b\0DEVPATH=/devices/platform/ring1\0SUBSYSTEM=platform\0"
    alias = b"MODALIAS=platform:ring1\0"
    assert receive(guest, fd) == b"add" + head % b"add" + alias + b"SEQNUM=1\0"
    assert receive(guest, fd) == b"change" + head % b"change" + b"DRIVER=rings\0" + alias + b"SEQNUM=2\0"


def test_an_event_may_repeat_what_is_known_of_the_device(guest: Guest, ring: RingDevice) -> None:
    """The strings of the event are all its own, also if they begin as those of the device do."""
    fd = listener(guest)
    ring.device.uevent("change", MAJOR="254", MINOR="0", DEVNAME="ring0", MORE="1")
    event = receive(guest, fd)
    assert isinstance(event, bytes)
    assert event.endswith(DEVICE + NODE + b"MORE=1\0" + NODE + b"SEQNUM=2\0")


def test_an_event_that_is_too_long_for_the_device_is_not_sent(guest: Guest, ring: RingDevice) -> None:
    """The arguments have room by themselves, but not along with what the kernel says."""
    fd = listener(guest)
    assert write(guest, b"change " + UUID + b" A=" + b"9" * 1900) == -E.ENOMEM
    assert write(guest, b"change " + UUID + b" A=b" * 60) == -E.ENOMEM
    assert receive(guest, fd) == -E.EAGAIN
