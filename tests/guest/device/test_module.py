"""What sysfs shows of a driver that is built into the kernel."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest.abi.errno import E, Errno
from guest.device.module import BuiltInModule, parse_number

READ_ONLY, WRITE_ONLY = 0, 1
PARAMETERS = "/sys/module/ring/parameters"


class Ring:
    """A driver with parameters."""

    def __init__(self, guest: Any) -> None:
        self.capacity = 64
        self.module = BuiltInModule(guest.kernel.devices, "ring", version="2.1")
        self.module.parameter("capacity", lambda: self.capacity, self.set_capacity, low=1, high=4096)
        self.module.parameter("rings", lambda: 3)

    def set_capacity(self, value: int) -> None:
        self.capacity = value


def content(guest: Any, path: str) -> bytes:
    fd = guest.call("openat", -100, path, READ_ONLY)
    assert fd >= 0, path
    buffer = guest.put(bytes(64))
    data = bytes(guest.read(buffer, guest.call("read", fd, buffer, 64)))
    guest.call("close", fd)
    return data


def write(guest: Any, path: str, text: bytes) -> int:
    fd = guest.call("openat", -100, path, WRITE_ONLY)
    assert fd >= 0, path
    result: int = guest.call("write", fd, guest.put(text), len(text))
    guest.call("close", fd)
    return result


def mode(guest: Any, path: str) -> int:
    size_of_stat, offset_of_mode = 128, 16
    buffer = guest.put(bytes(size_of_stat))
    assert guest.call("newfstatat", -100, path, buffer, 0) == 0
    return int.from_bytes(guest.read(buffer + offset_of_mode, 4), "little") & 0o7777


def target(guest: Any, path: str) -> bytes:
    buffer = guest.put(bytes(256))
    length = guest.call("readlinkat", -100, path, buffer, 256)
    assert length > 0, path
    return bytes(guest.read(buffer, length))


def test_parameters(guest: Any) -> None:
    ring = Ring(guest)
    assert content(guest, f"{PARAMETERS}/capacity") == b"64\n"
    assert content(guest, f"{PARAMETERS}/rings") == b"3\n"
    assert (mode(guest, f"{PARAMETERS}/capacity"), mode(guest, f"{PARAMETERS}/rings")) == (0o644, 0o444)
    assert write(guest, f"{PARAMETERS}/capacity", b"0x80\n") == 5
    assert ring.capacity == 128
    assert content(guest, f"{PARAMETERS}/capacity") == b"128\n"


@pytest.mark.parametrize("text", [b"", b"\n", b"x", b"-1", b"0", b"4097", b"1 2", b"1\n\n", b" 1", b"08", b"9" * 5000])
def test_a_bad_value_changes_nothing(guest: Any, text: bytes) -> None:
    ring = Ring(guest)
    with pytest.raises(Errno) as error:
        parse_number(text, 1, 4096)
    assert error.value.number is E.EINVAL
    if text:
        assert write(guest, f"{PARAMETERS}/capacity", text) == -E.EINVAL.value
    assert ring.capacity == 64


@given(
    st.integers(0, 2**64 - 1),
    st.sampled_from(["{:d}", "{:#x}", "{:#X}", "0{:o}", "+{:d}"]),
    st.sampled_from(["", "\n"]),
)
def test_numbers_are_taken_in_the_bases_of_c(value: int, form: str, end: str) -> None:
    assert parse_number((form.format(value) + end).encode()) == value


def test_nothing_of_a_loadable_module(guest: Any) -> None:
    Ring(guest)
    assert content(guest, "/sys/module/ring/version") == b"2.1\n"
    for missing in ("/sys/module/ring/refcnt", "/sys/module/ring/initstate", "/proc/modules"):
        assert guest.call("faccessat", -100, missing, 0) == -E.ENOENT.value


def test_device_driver_and_module_lead_to_each_other(guest: Any) -> None:
    ring = Ring(guest)
    ring.module.drive(guest.kernel.devices.add_on_bus("ring0", "platform"))
    assert target(guest, "/sys/devices/platform/ring0/driver") == b"../../../bus/platform/drivers/ring"
    assert target(guest, "/sys/bus/platform/drivers/ring/module") == b"../../../../module/ring"
    assert target(guest, "/sys/bus/platform/drivers/ring/ring0") == b"../../../../devices/platform/ring0"
    assert target(guest, "/sys/module/ring/drivers/platform:ring") == b"../../../bus/platform/drivers/ring"
    for link in (
        "/sys/devices/platform/ring0/driver/module/parameters/capacity",
        "/sys/bus/platform/devices/ring0/driver/ring0/driver/module/version",
        "/sys/module/ring/drivers/platform:ring/ring0/uevent",
        "/sys/bus/platform/devices/ring0/uevent",
    ):
        assert guest.call("faccessat", -100, link, 0) == 0, link
