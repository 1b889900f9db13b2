"""eventfd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.events import EventfdFlag
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd
from tests.guest.events.events_guest import Waiting, poll, read, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

NONBLOCK = int(EventfdFlag.EFD_NONBLOCK)
READABLE = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)
WRITABLE = int(PollEvent.POLLOUT | PollEvent.POLLWRNORM)


def number(value: int) -> bytes:
    return value.to_bytes(8, "little")


def test_a_read_takes_the_sum_of_the_writes(guest: Guest) -> None:
    fd = guest.call("eventfd2", 3, NONBLOCK)
    assert write(guest, fd, number(4)) == 8
    assert read(guest, fd, 8) == number(7)
    assert read(guest, fd, 8) == -E.EAGAIN


def test_a_semaphore_is_taken_one_by_one(guest: Guest) -> None:
    fd = guest.call("eventfd2", 2, NONBLOCK | int(EventfdFlag.EFD_SEMAPHORE))
    assert [read(guest, fd, 8) for _ in range(3)] == [number(1), number(1), -E.EAGAIN]


def test_a_full_counter_makes_writers_wait(guest: Guest) -> None:
    fd = guest.call("eventfd2", 0, 0)
    assert write(guest, fd, number(2**64 - 2)) == 8
    call = Waiting(guest.start("write", fd, guest.put(number(1)), 8))
    assert poll(guest, Pollfd(fd, 0xFFFF))[1] == [READABLE]
    assert read(guest, fd, 8) == number(2**64 - 2)
    assert call.go_on() == 8
    assert poll(guest, Pollfd(fd, 0xFFFF))[1] == [READABLE | WRITABLE]


def test_bad_arguments(guest: Guest) -> None:
    fd = guest.call("eventfd2", 0, 0)
    assert guest.call("eventfd2", 0, 2) == -E.EINVAL
    assert write(guest, fd, number(2**64 - 1)) == -E.EINVAL
    assert write(guest, fd, b"1234") == -E.EINVAL
    assert read(guest, fd, 4) == -E.EINVAL
    assert guest.task.files.get(fd).path == b"anon_inode:[eventfd]"
