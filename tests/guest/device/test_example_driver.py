"""The driver interface, by a driver that uses all of it."""

from __future__ import annotations

from typing import Any

import pytest

from guest.abi.errno import E
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd
from guest.syscall import Pending
from guest.wait import Wakeup
from tests.guest.device.example_driver import PRODUCED, RING_DRAIN, RING_SIZE, RING_START, RingDevice

READ_WRITE, NONBLOCK = 2, 0o4000
PROT_READ, MAP_SHARED, MAP_PRIVATE = 1, 1, 2


@pytest.fixture
def machine(guest: Any) -> tuple[Any, RingDevice]:
    return guest, RingDevice(guest.kernel)


def content(guest: Any, path: str) -> bytes:
    fd = guest.call("openat", -100, path, 0)
    buffer = guest.put(bytes(4096))
    data = guest.read(buffer, guest.call("read", fd, buffer, 4096))
    guest.call("close", fd)
    return bytes(data)


def test_node(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    assert ring.opens == 1
    buffer = guest.put(bytes(16))
    assert guest.call("ioctl", fd, RING_SIZE, buffer) == 0
    assert guest.read(buffer, 4) == (64).to_bytes(4, "little")
    assert guest.call("ioctl", fd, 0x1234, buffer) == -E.ENOTTY.value
    assert guest.call("write", fd, guest.put(b"hello"), 5) == 5
    assert guest.call("read", fd, buffer, 16) == 5
    guest.call("close", fd)
    assert ring.opens == 0


def test_open_may_fail(machine: tuple[Any, RingDevice]) -> None:
    guest, _ = machine
    for _ in range(4):
        assert guest.call("openat", -100, "/dev/ring0", READ_WRITE) >= 0
    assert guest.call("openat", -100, "/dev/ring0", READ_WRITE) == -E.EBUSY.value


def test_duplicates_share_the_open_file(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    copy = guest.task.files.copy()  # as fork does
    guest.call("close", guest.call("dup", fd))
    guest.call("close", fd)
    assert ring.opens == 1, "the child still has it"
    copy.release()
    assert ring.opens == 0


def test_read_waits_for_content(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    buffer = guest.put(bytes(16))
    waiting = guest.start("read", fd, buffer, 16)
    assert isinstance(waiting, Pending)
    assert ring.readiness in waiting.wait.queues
    guest.call("write", fd, guest.put(b"now"), 3)
    assert waiting.resume(Wakeup.WOKEN) == 3
    assert guest.read(buffer, 3) == b"now"
    busy = guest.call("openat", -100, "/dev/ring0", READ_WRITE | NONBLOCK)
    assert guest.call("read", busy, buffer, 16) == -E.EAGAIN.value


def test_ioctl_may_wait(machine: tuple[Any, RingDevice]) -> None:
    guest, _ = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    assert guest.call("ioctl", fd, RING_DRAIN, 0) == 0
    guest.call("write", fd, guest.put(b"x"), 1)
    waiting = guest.start("ioctl", fd, RING_DRAIN, 0)
    assert isinstance(waiting, Pending)
    guest.call("read", fd, guest.put(bytes(1)), 1)
    assert waiting.resume(Wakeup.WOKEN) == 0
    guest.call("write", fd, guest.put(b"x"), 1)
    waiting = guest.start("ioctl", fd, RING_DRAIN, 0)
    assert isinstance(waiting, Pending)
    assert waiting.interrupt() == -E.EINTR.value


def test_poll(machine: tuple[Any, RingDevice]) -> None:
    guest, _ = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)

    def poll() -> int:
        item = guest.put(Pollfd(fd, int(PollEvent.POLLIN | PollEvent.POLLOUT)).to_bytes())
        guest.call("ppoll", item, 1, guest.put(bytes(16)), 0, 8)
        return Pollfd.from_bytes(bytes(guest.read(item, Pollfd.size))).revents

    assert poll() == PollEvent.POLLOUT
    guest.call("write", fd, guest.put(bytes(64)), 64)
    assert poll() == PollEvent.POLLIN


def test_mapping_shows_what_the_driver_writes(machine: tuple[Any, RingDevice]) -> None:
    guest, _ = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    assert guest.call("mmap", 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == -E.EACCES.value
    address = guest.call("mmap", 0, 4096, PROT_READ, MAP_SHARED, fd, 0)
    guest.call("write", fd, guest.put(b"12345"), 5)
    assert guest.read(address, 8) == (5).to_bytes(8, "little")
    assert b"/dev/ring0" in content(guest, "/proc/self/maps")


def test_device_works_on_its_own(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    guest.call("ioctl", fd, RING_START, guest.put((5_000).to_bytes(8, "little")))
    waiting = guest.start("read", fd, guest.put(bytes(32)), 32)
    assert isinstance(waiting, Pending)
    before = guest.kernel.work.interrupt
    assert guest.kernel.timers.next_deadline_ns() == 5_000
    guest.kernel.timers.fire(5_000)
    assert waiting.resume(Wakeup.WOKEN) == len(PRODUCED)
    assert guest.kernel.work.interrupt == before + 1
    assert ring.line.counts == [1]
    assert b" 32:          1     GICv3 32 Level     ring0\n" in content(guest, "/proc/interrupts")


def test_sysfs_and_debugfs(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    fd = guest.call("openat", -100, "/dev/ring0", READ_WRITE)
    guest.call("write", fd, guest.put(b"abc"), 3)
    directory = "/sys/class/ring/ring0"
    assert content(guest, f"{directory}/bytes_in") == b"3\n"
    assert content(guest, "/sys/kernel/debug/ring0/content") == b"abc"
    assert content(guest, f"{directory}/dev") == b"254:0\n"
    assert content(guest, "/sys/dev/char/254:0/uevent") == b"MAJOR=254\nMINOR=0\nDEVNAME=ring0\n"
    assert content(guest, f"{directory}/subsystem/ring0/bytes_out") == b"0\n"
    setting = guest.call("openat", -100, f"{directory}/capacity", 1 | 0o1000)
    assert guest.call("write", setting, guest.put(b"8\n"), 2) == 2
    assert guest.call("write", setting, guest.put(b"x\n"), 2) == -E.EINVAL.value
    assert ring.capacity == 8


def test_uevents(machine: tuple[Any, RingDevice]) -> None:
    guest, ring = machine
    heard: list[bytes] = []
    guest.kernel.devices.listen(lambda event: heard.append(event.text()))
    ring.set_capacity(b"9")
    assert heard == [
        b"change@/devices/virtual/ring/ring0\0ACTION=change\0DEVPATH=/devices/virtual/ring/ring0\0SUBSYSTEM=ring\0"
        b"CAPACITY=9\0MAJOR=254\0MINOR=0\0DEVNAME=ring0\0SEQNUM=2\0"
    ]
    assert content(guest, "/sys/kernel/uevent_seqnum") == b"2\n"


def test_majors_are_listed(machine: tuple[Any, RingDevice]) -> None:
    guest, _ = machine
    assert b"254 ring\n" in content(guest, "/proc/devices")
    assert guest.kernel.devices.allocate_major("other") == 253
